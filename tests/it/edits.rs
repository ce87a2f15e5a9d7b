//! Edits beside other writers, in unusual places, and what a killed process leaves behind.

mod locks;
mod open_elsewhere;
#[cfg(target_os = "linux")]
mod places;
mod secrets;
mod writers;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use kit::laptop::Laptop;

const CONFIG: &str = ".aws/config";
const KUBECONFIG: &str = ".kube/config";

/// Returns the files of a folder in the home whose names end so.
fn named(laptop: &Laptop, folder: &str, end: &str) -> Vec<PathBuf> {
    let found = std::fs::read_dir(laptop.home.path(folder)).into_iter();
    let paths = found.flatten().flatten().map(|found| found.path());
    let named = paths.filter(|path| path.to_string_lossy().ends_with(end));
    named.collect()
}

/// Waits until this holds.
#[track_caller]
fn wait_until(holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "never");
        std::thread::sleep(Duration::from_millis(2));
    }
}
