//! Signals that end the program. While a file of the program must not be left behind (a lock file, a temporary file with a
//! name), they are held back; at the end of that they take effect as if they had come just then.
//!
//! Held back are Ctrl-C (SIGINT), SIGTERM, and SIGHUP, which a closed terminal sends. Nothing can hold back SIGKILL: what it
//! leaves behind is found by its lock, see [`super::lock`] and [`super::file`].

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
#[cfg(unix)]
use signal_hook::low_level;

/// The number of [`Hold`]s.
static HOLDS: Mutex<usize> = Mutex::new(0);
static SIGNALS: OnceLock<Signals> = OnceLock::new();

struct Signals {
    /// A signal ends the program at once.
    take_effect: Arc<AtomicBool>,
    /// The last signal that was held back, or 0.
    came: Arc<AtomicUsize>,
}

/// As long as there is one, signals are held back.
#[derive(Debug)]
#[must_use]
pub struct Hold(());

/// Holds signals back until the value is dropped.
pub fn hold() -> Hold {
    let mut holds = HOLDS.lock().unwrap_or_else(PoisonError::into_inner);
    *holds += 1;
    SIGNALS
        .get_or_init(Signals::watch)
        .take_effect
        .store(false, Ordering::SeqCst);
    Hold(())
}

/// Returns whether a signal is held back: waiting should end early.
pub fn is_held_back() -> bool {
    SIGNALS
        .get()
        .is_some_and(|signals| signals.came.load(Ordering::SeqCst) != 0)
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut holds = HOLDS.lock().unwrap_or_else(PoisonError::into_inner);
        *holds -= 1;
        let Some(signals) = SIGNALS.get().filter(|_| *holds == 0) else {
            return;
        };
        signals.take_effect.store(true, Ordering::SeqCst);
        if let Ok(signal @ 1..) = i32::try_from(signals.came.load(Ordering::SeqCst)) {
            end_by(signal);
        }
    }
}

/// Ends the program as the signal does.
#[cfg(unix)]
fn end_by(signal: i32) {
    let _ = low_level::emulate_default_handler(signal);
}

/// Ends the program with the status that Windows gives one that Ctrl-C or Ctrl-Break ends, `STATUS_CONTROL_C_EXIT`.
#[cfg(windows)]
fn end_by(_: i32) {
    std::process::exit(0xC000_013A_u32.cast_signed());
}

impl Signals {
    fn watch() -> Self {
        let signals = Signals {
            take_effect: Arc::new(AtomicBool::new(true)),
            came: Arc::new(AtomicUsize::new(0)),
        };
        for signal in ending().into_iter().filter(|signal| !is_ignored(*signal)) {
            let (take_effect, came) = (signals.take_effect.clone(), signals.came.clone());
            let number = usize::try_from(signal).unwrap_or_default();
            // Handlers run in this order. Without the second one, a signal that is held back would be forgotten.
            if flag::register_conditional_default(signal, take_effect).is_ok() {
                let _ = flag::register_usize(signal, came, number);
            }
        }
        signals
    }
}

#[cfg(unix)]
fn ending() -> [i32; 3] {
    [SIGINT, SIGTERM, signal_hook::consts::SIGHUP]
}

/// Ctrl-Break, a closed window, and the end of the Windows session: <signal.h> of its C runtime.
#[cfg(windows)]
const SIGBREAK: i32 = 21;

#[cfg(windows)]
fn ending() -> [i32; 3] {
    [SIGINT, SIGTERM, SIGBREAK]
}

/// Ignores Ctrl-C and Ctrl-Break from now on, in this process only.
#[cfg(windows)]
pub fn ignore() {
    for signal in [SIGINT, SIGBREAK] {
        let _ = flag::register(signal, Arc::new(AtomicBool::new(false)));
    }
}

/// Returns whether the program was started with this signal ignored, as nohup and shells without job control do. A handler
/// would undo that. See proc_pid_status(5), `SigIgn`.
#[cfg(target_os = "linux")]
fn is_ignored(signal: i32) -> bool {
    const MAX_STATUS: u64 = 1 << 16;
    let path = std::path::Path::new("/proc/self/status");
    let Ok(Some(bytes)) = super::file::read(path, MAX_STATUS) else {
        return false;
    };
    let text = String::from_utf8_lossy(&bytes);
    let mask = text.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

#[cfg(not(target_os = "linux"))]
fn is_ignored(_: i32) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::ExitStatus;

    /// Runs one of the tests here that are ignored otherwise.
    fn ended(name: &str) -> ExitStatus {
        crate::sys::process::command(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact"])
            .arg(format!("sys::interrupt::tests::{name}"))
            .status()
            .unwrap()
    }

    #[test]
    #[ignore = "a program that the test below starts"]
    fn holds_ctrl_c_back() {
        let held = hold();
        signal_hook::low_level::raise(SIGINT).unwrap();
        assert!(is_held_back());
        drop(held);
        unreachable!("it has ended");
    }

    #[test]
    fn what_was_held_back_ends_the_program_as_the_system_does() {
        let status = ended("holds_ctrl_c_back");
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt as _;
            assert_eq!(status.signal(), Some(SIGINT));
        }
        #[cfg(windows)]
        assert_eq!(status.code(), Some(0xC000_013A_u32.cast_signed()));
    }

    #[cfg(windows)]
    #[test]
    #[ignore = "a program that the test below starts"]
    fn ignores_ctrl_c() {
        ignore();
        // The C runtime forgets a handler when it has called it.
        for signal in [SIGINT, SIGINT, SIGBREAK, SIGBREAK, SIGINT] {
            signal_hook::low_level::raise(signal).unwrap();
        }
    }

    #[cfg(windows)]
    #[test]
    fn what_is_ignored_does_not_end_the_program() {
        assert_eq!(ended("ignores_ctrl_c").code(), Some(0));
    }
}
