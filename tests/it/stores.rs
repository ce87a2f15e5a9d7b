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

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use kit::home::Output;

/// The longest a keyring that does not answer may hold anybody up.
const PATIENCE: Duration = Duration::from_secs(4);

/// Who measures time does not want a crowd on the machine at once.
static MACHINE: RwLock<()> = RwLock::new(());

fn calm() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(PoisonError::into_inner)
}

fn crowd() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}

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
