//! The stores of the cache's key, with the real services: the kernel's keyring, gnome-keyring on a session bus, and a file.
//!
//! Refusals of the operating system come from strace, which makes a system call fail as the kernel would.

mod choice;
mod fallback;
mod kernel;
mod logout;
mod memory;
pub mod person;
mod prompts;
mod quick;
mod secret_service;
mod shared;
mod together;
mod trust;

use std::time::{Duration, Instant};

use kit::home::Output;

/// The longest delay that a keyring may cause: 2.5 s if it does not answer, and some time for a busy computer.
const PATIENCE: Duration = Duration::from_secs(8);
/// Too short for a command that waits for a keyring until the timeout.
const AT_ONCE: Duration = Duration::from_millis(2_400);
/// The stores of this operating system.
const STORES: [&str; 3] = ["kernel", "secret-service", "file"];

/// Runs the command and checks that it takes at most `limit`.
#[track_caller]
fn within(limit: Duration, run: impl FnOnce() -> Output) -> Output {
    let started = Instant::now();
    let output = run();
    let took = started.elapsed();
    assert!(took <= limit, "it took {took:?}:\n{output}");
    output
}

/// Returns the lines of stderr that are warnings.
fn warnings(output: &Output) -> Vec<&str> {
    let lines = output.stderr.lines();
    lines.filter(|line| line.starts_with("warning: ")).collect()
}
