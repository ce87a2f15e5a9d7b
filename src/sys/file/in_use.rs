//! Files that another program has open.
//!
//! Windows refuses to open, replace or delete a file as long as a program has it open and did not allow that: virus scanners,
//! indexers and backups do so for a moment, editors for longer. Other systems refuse nothing. `fs::rename` and
//! `fs::remove_file` work as on POSIX where the file system can (`FILE_RENAME_FLAG_POSIX_SEMANTICS`): that helps only where the
//! other program has opened the file with `FILE_SHARE_DELETE`.

use std::io;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::sys::interrupt;
use crate::sys::system::System;

/// How long to wait for other programs in all.
const PATIENCE: Duration = Duration::from_secs(2);
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

const ERROR_ACCESS_DENIED: i32 = 5;
const ERROR_SHARING_VIOLATION: i32 = 32;
const ERROR_LOCK_VIOLATION: i32 = 33;
/// The file was deleted, and a program that has it open keeps its name.
const ERROR_DELETE_PENDING: i32 = 303;
/// A program has mapped the file into its memory.
const ERROR_USER_MAPPED_FILE: i32 = 1224;

/// Does something with the file at this path, again for up to two seconds while another program keeps that from succeeding.
///
/// # Errors
/// Those of `attempt`. One for which [`is_in_use`] holds says that the other program still has the file open.
pub fn retry<T>(path: &Path, attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    retry_on(System::THIS, PATIENCE, attempt, || is_held(path))
}

/// Returns whether what was tried failed because another program has the file open.
pub fn is_in_use(error: &io::Error) -> bool {
    is_in_use_on(System::THIS, error)
}

fn is_in_use_on(system: System, error: &io::Error) -> bool {
    const CODES: [i32; 4] = [
        ERROR_SHARING_VIOLATION,
        ERROR_LOCK_VIOLATION,
        ERROR_DELETE_PENDING,
        ERROR_USER_MAPPED_FILE,
    ];
    let code = error.raw_os_error();
    system == System::Windows && code.is_some_and(|code| CODES.contains(&code))
}

/// A denied access is a file in use where `is_held` says so: Windows denies it to whoever replaces or deletes such a file.
fn retry_on<T>(
    system: System,
    patience: Duration,
    mut attempt: impl FnMut() -> io::Result<T>,
    mut is_held: impl FnMut() -> bool,
) -> io::Result<T> {
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    // It may have been closed between the attempt and the question.
    let mut denials = 0;
    loop {
        let error = match attempt() {
            Err(error) if system == System::Windows => error,
            done => return done,
        };
        let is_denied = error.raw_os_error() == Some(ERROR_ACCESS_DENIED);
        let error = match is_denied && is_held() {
            true => io::Error::from_raw_os_error(ERROR_SHARING_VIOLATION),
            false => error,
        };
        denials += usize::from(is_denied);
        let helps = is_in_use_on(system, &error) || (is_denied && denials < 3);
        if !helps || started.elapsed() >= patience || interrupt::is_held_back() {
            return Err(error);
        }
        sleep(pause.min(patience.saturating_sub(started.elapsed())));
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Returns whether another program has the file open in a way that forbids to delete it. Asks by opening it for that.
#[cfg(windows)]
fn is_held(path: &Path) -> bool {
    use std::os::windows::fs::OpenOptionsExt as _;
    const DELETE: u32 = 0x0001_0000;
    let opened = std::fs::OpenOptions::new().access_mode(DELETE).open(path);
    opened.is_err_and(|error| is_in_use(&error))
}

#[cfg(not(windows))]
fn is_held(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tries_again_only_where_that_helps() {
        let short = Duration::from_millis(60);
        for (system, code, held, tries, last) in [
            // (system, error, another program has it open, tries at least, error in the end)
            (System::Windows, ERROR_SHARING_VIOLATION, false, 3, 32),
            (System::Windows, ERROR_LOCK_VIOLATION, false, 3, 33),
            (System::Windows, ERROR_USER_MAPPED_FILE, false, 3, 1224),
            (System::Windows, ERROR_ACCESS_DENIED, true, 3, 32),
            (System::Windows, 2, true, 1, 2),
            (System::Linux, ERROR_SHARING_VIOLATION, true, 1, 32),
            (System::Mac, ERROR_ACCESS_DENIED, true, 1, 5),
        ] {
            let mut tried = 0;
            let attempt = || -> io::Result<()> {
                tried += 1;
                Err(io::Error::from_raw_os_error(code))
            };
            let error = retry_on(system, short, attempt, || held).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(last), "{system:?} {code}");
            assert!(tried >= tries && (tries > 1 || tried == 1), "{tried}");
            assert_eq!(is_in_use_on(system, &error), tries > 1);
        }
    }

    /// A user who may not change a file need not wait.
    #[test]
    fn a_denial_is_told_soon() {
        let started = Instant::now();
        let denied = || -> io::Result<()> { Err(io::Error::from_raw_os_error(5)) };
        let error = retry_on(System::Windows, PATIENCE, denied, || false).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(5));
        assert!(started.elapsed() < PATIENCE / 4);
    }

    #[test]
    fn it_ends_with_the_first_success() {
        let mut left = 3;
        let attempt = || {
            left -= 1;
            match left {
                0 => Ok("done"),
                _ => Err(io::Error::from_raw_os_error(ERROR_SHARING_VIOLATION)),
            }
        };
        let done = retry_on(System::Windows, PATIENCE, attempt, || true);
        assert_eq!(done.unwrap(), "done");
    }
}
