//! Whether files and sockets can still be opened.

use std::io;

/// How many a network request or a call to a keyring needs at the same time: a runtime, its signals, the CA certificates, a
/// connection, the system's look-up of a host.
#[cfg(unix)]
const NEEDED: usize = 12;

/// Checks that some files can still be opened. tokio and zbus panic where they cannot open their own.
///
/// # Errors
/// The limit of this process (`ulimit -n`) or that of the system is reached.
#[cfg(unix)]
pub fn check() -> io::Result<()> {
    let pairs: io::Result<Vec<_>> = (0..NEEDED / 2)
        .map(|_| std::os::unix::net::UnixStream::pair())
        .collect();
    pairs.map(drop)
}

#[cfg(windows)]
pub fn check() -> io::Result<()> {
    // The limit is sixteen million handles.
    Ok(())
}
