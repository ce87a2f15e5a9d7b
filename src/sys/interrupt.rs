//! Signals that end the program. While a file of the program must not be left behind (a lock file, a temporary file with a
//! name), they are held back; at the end of that they take effect as if they had come just then.
//!
//! Held back are Ctrl-C (SIGINT), SIGTERM, and SIGHUP, which a closed terminal sends; on Windows Ctrl-C, Ctrl-Break and the end of the
//! window. Nothing can hold back SIGKILL: what it leaves behind is found by its lock, see [`super::lock`] and [`super::file`].

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::sync::{Mutex, PoisonError};

#[cfg(unix)]
use unix as system;
#[cfg(windows)]
use windows as system;
#[cfg(windows)]
pub use windows::ignore;

/// The number of [`Hold`]s.
static HOLDS: Mutex<usize> = Mutex::new(0);

/// As long as there is one, signals are held back.
#[derive(Debug)]
#[must_use]
pub struct Hold(());

/// Holds signals back until the value is dropped.
pub fn hold() -> Hold {
    let mut holds = HOLDS.lock().unwrap_or_else(PoisonError::into_inner);
    if *holds == 0 {
        system::hold_back();
    }
    *holds += 1;
    Hold(())
}

/// Returns whether a signal is held back: waiting should end early.
pub fn is_held_back() -> bool {
    system::came()
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut holds = HOLDS.lock().unwrap_or_else(PoisonError::into_inner);
        *holds -= 1;
        if *holds == 0 {
            system::let_through();
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::sys::process::this_test;
    use std::os::unix::process::ExitStatusExt as _;

    #[test]
    #[ignore = "a program that the test below starts"]
    fn holds_a_signal_back() {
        let held = hold();
        signal_hook::low_level::raise(signal_hook::consts::SIGTERM).unwrap();
        assert!(is_held_back());
        drop(held);
        unreachable!("it has ended");
    }

    #[test]
    fn what_was_held_back_ends_the_program() {
        let status = this_test(module_path!(), "holds_a_signal_back").status();
        let ended_by = status.unwrap().signal();
        assert_eq!(ended_by, Some(signal_hook::consts::SIGTERM));
    }
}
