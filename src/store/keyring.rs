//! The keyrings of the operating systems. Each stores one key under a label for this user, and responds within seconds.

#[cfg(windows)]
mod credential_manager;
#[cfg(target_os = "linux")]
pub mod kernel;
#[cfg(target_os = "macos")]
mod keychain;
#[cfg(any(target_os = "macos", windows))]
pub mod native;
#[cfg(target_os = "linux")]
pub mod secret_service;

use std::sync::mpsc::sync_channel;
use std::time::Duration;

use zeroize::Zeroizing;

use super::seal::Key;

/// What is stored under a label.
type Found = Option<Zeroizing<Vec<u8>>>;

/// The calls of one keyring. Each is given the label of the key.
pub struct Keyring {
    /// Returns what is stored. `None` if there is nothing, or if it has expired.
    pub read: fn(&str) -> Result<Found, Problem>,
    /// Stores the key, and replaces what was there.
    pub write: fn(&str, &Key) -> Result<(), Problem>,
    /// Restarts the time limit of the key, if it has one.
    pub prolong: fn(&str) -> Result<(), Problem>,
    /// Removes what is stored, if anything.
    pub remove: fn(&str) -> Result<(), Problem>,
    /// Unlocks the keyring, which may open a window for its password.
    pub unlock: fn(&str) -> Result<(), Problem>,
}

/// The time limit of one call that needs no user. A daemon that hangs then costs less than three seconds in all.
const LIMIT: Duration = Duration::from_millis(2_500);

/// The programs that the Secret Service needs, as [`Problem::Timeout`] names them.
const TIMEOUTS: [&str; 2] = [SESSION_BUS, SECRET_SERVICE];
const SESSION_BUS: &str = "the D-Bus session bus (dbus-daemon)";
const SECRET_SERVICE: &str =
    "the Secret Service (org.freedesktop.secrets: gnome-keyring, KWallet, KeePassXC)";

/// Why a keyring cannot be used.
#[cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "each system uses some of them")
)]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The store is of another operating system.
    #[error("not a store of this operating system")]
    OtherSystem,
    /// No keyring is running.
    #[error("{0}")]
    Absent(String),
    /// The user must unlock the keyring first.
    #[error("the keyring is locked")]
    Locked,
    /// The key was stored by a build of this program with another signature, and macOS gives it to no other.
    #[error(
        "the key in it was stored by another build of apono-login, and macOS gives it to no other program"
    )]
    OfAnotherBuild,
    /// The keyring gives the key to no process that the user has not confirmed, or asked the user for something else.
    #[error("the keyring wants each access confirmed in a window")]
    Unconfirmed,
    /// The user closed the keyring's window.
    #[error("the keyring's window was closed without an answer")]
    Dismissed,
    /// The Secret Service runs, but has no keyring to store new keys in.
    #[error("the Secret Service has no default keyring")]
    NoDefault,
    #[error("{who} did not respond{}", within_limit(limit))]
    Timeout {
        who: &'static str,
        /// How long it was waited for. `None` if the bus says that there will be no response.
        limit: Option<Duration>,
    },
    /// Seccomp, SELinux or a missing permission prevents it.
    #[error("the system does not allow it: {0}")]
    Forbidden(&'static str),
    /// The user's quota is used up.
    #[error("the user's quota of keys is used up")]
    Full,
    #[error("{0}")]
    Other(String),
}

fn within_limit(limit: &Option<Duration>) -> String {
    let limit = limit.map(|limit| format!(" within {} seconds", limit.as_secs_f32()));
    limit.unwrap_or_default()
}

impl Problem {
    /// Returns the note of a timeout for the processes that wait for their turn. It differs from the one of the timeout before.
    pub fn note(&self, last: &str) -> Option<String> {
        let Problem::Timeout { who, .. } = self else {
            return None;
        };
        let number = TIMEOUTS.iter().position(|known| known == who)?;
        let count: u64 = last
            .split_once(' ')
            .and_then(|(count, _)| count.parse().ok())
            .unwrap_or(0);
        Some(format!("{} {number}", count.wrapping_add(1)))
    }

    /// Returns the timeout of a note.
    pub fn of_note(note: &str) -> Option<Self> {
        let number: usize = note.split_once(' ')?.1.parse().ok()?;
        let who = TIMEOUTS.get(number)?;
        // Calls that take turns all have this limit.
        let limit = Some(LIMIT);
        Some(Problem::Timeout { who, limit })
    }
}

/// Runs the task on a thread of its own. Returns `None` if it takes too long; the thread then goes on without a reader.
fn within<T: Send + 'static>(
    limit: Duration,
    task: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Option<Result<T, Problem>> {
    let (sender, receiver) = sync_channel(1);
    // Sending fails after the time limit.
    let work = move || drop(sender.send(task()));
    match std::thread::Builder::new().spawn(work) {
        Ok(_) => receiver.recv_timeout(limit).ok(),
        Err(error) => Some(Err(Problem::Other(format!(
            "could not start a thread: {error}"
        )))),
    }
}
