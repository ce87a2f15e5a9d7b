//! Where the key of the cache lives, on the real parts: the kernel's keyring, gnome-keyring on a session bus, a file.
//!
//! What the system may refuse is refused by strace, which makes a system call fail as the kernel would.
#![cfg(target_os = "linux")]

mod choice;
mod fallback;
mod kernel;
mod logout;
mod memory;
mod person;
mod secret_service;
mod together;

use std::time::{Duration, Instant};

use kit::home::Output;

/// The longest that a keyring may delay a command: 2.5 s if it does not answer, and what a busy machine adds.
const PATIENCE: Duration = Duration::from_secs(8);
/// Too short for a command that waits for a keyring in vain.
const AT_ONCE: Duration = Duration::from_millis(2_400);
/// The stores of this system.
const STORES: [&str; 3] = ["kernel", "secret-service", "file"];

/// What was done, in at most this time.
#[track_caller]
fn within(limit: Duration, run: impl FnOnce() -> Output) -> Output {
    let started = Instant::now();
    let output = run();
    let took = started.elapsed();
    assert!(took <= limit, "it took {took:?}:\n{output}");
    output
}

/// The lines of stderr that warn.
fn warnings(output: &Output) -> Vec<&str> {
    let lines = output.stderr.lines();
    lines.filter(|line| line.starts_with("warning: ")).collect()
}
