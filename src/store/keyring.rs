//! The keyrings of the operating systems. Each keeps one key under a label, for this user, and answers within seconds.

#[cfg(windows)]
pub mod credential_manager;
#[cfg(target_os = "linux")]
pub mod kernel;
#[cfg(target_os = "macos")]
pub mod keychain;
#[cfg(target_os = "linux")]
pub mod secret_service;

/// Why a keyring cannot be used.
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
    #[error("{who} did not answer within {seconds} seconds")]
    Timeout { who: &'static str, seconds: u64 },
    /// Seccomp, SELinux or a missing permission.
    #[error("the system does not allow it: {0}")]
    Forbidden(String),
    /// The user's quota is used up.
    #[error("the user's quota of keys is used up")]
    Full,
    #[error("{0}")]
    Other(String),
}
