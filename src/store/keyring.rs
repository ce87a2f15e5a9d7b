//! The keyrings of the operating systems. Each keeps one key under a label, for this user, and answers within seconds.

#[cfg(windows)]
pub mod credential_manager;
#[cfg(target_os = "linux")]
pub mod kernel;
#[cfg(target_os = "macos")]
pub mod keychain;
#[cfg(target_os = "linux")]
pub mod secret_service;

#[cfg(any(target_os = "linux", target_os = "macos", windows))]
use std::sync::mpsc::sync_channel;
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
use std::time::Duration;

/// The most that one call may take, all of it: 2.5 seconds, says [`Problem::Timeout`] too. With what is around it a daemon
/// that hangs costs less than three.
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
const LIMIT: Duration = Duration::from_millis(2_500);

/// Why a keyring cannot be used.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "each system has some of them")
)]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It belongs to another operating system.
    #[error("it is not a store of this operating system")]
    OtherSystem,
    /// Nobody is there who keeps it.
    #[error("{0}")]
    Absent(String),
    /// It is there, and its owner has to unlock it first.
    #[error("the keyring is locked")]
    Locked,
    #[error("{who} did not answer within 2.5 seconds")]
    Timeout { who: &'static str },
    /// Seccomp, SELinux or a missing permission.
    #[error("the system does not allow it: {0}")]
    Forbidden(&'static str),
    /// The user's quota is used up.
    #[error("the user's quota of keys is used up")]
    Full,
    #[error("{0}")]
    Other(String),
}

/// Runs the task on a thread of its own, which is left behind if it takes too long: `None`.
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
fn within_limit<T: Send + 'static>(
    task: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Option<Result<T, Problem>> {
    let (sender, receiver) = sync_channel(1);
    // Sending fails when nobody waits any more.
    let work = move || drop(sender.send(task()));
    match std::thread::Builder::new().spawn(work) {
        Ok(_) => receiver.recv_timeout(LIMIT).ok(),
        Err(error) => Some(Err(Problem::Other(format!(
            "no thread could be started: {error}"
        )))),
    }
}
