//! What the console of Windows tells its programs: Ctrl-C, Ctrl-Break, and the end of its window.
//!
//! tokio tells the system that the program has dealt with it as long as there is a receiver, and else lets the system end the program.
//! The signals of the C runtime are not used: signal-hook asks it for the handler of before (`SIG_GET`), and a runtime that does not
//! know this, as wine's, then jumps to address 2 at Ctrl-C.

use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, ctrl_break, ctrl_c, ctrl_close};

/// The status of a program that Ctrl-C or Ctrl-Break ends, `STATUS_CONTROL_C_EXIT`.
const ENDED: u32 = 0xC000_013A;

static HELD: Mutex<Option<Receiver>> = Mutex::new(None);

/// Keeps the system from ending the program. What cannot be received ends it.
struct Receiver {
    ctrl_c: Option<CtrlC>,
    ctrl_break: Option<CtrlBreak>,
    ctrl_close: Option<CtrlClose>,
    came: bool,
}

impl Receiver {
    fn new() -> Self {
        Receiver {
            ctrl_c: ctrl_c().ok(),
            ctrl_break: ctrl_break().ok(),
            ctrl_close: ctrl_close().ok(),
            came: false,
        }
    }

    fn came(&mut self) -> bool {
        let mut context = Context::from_waker(Waker::noop());
        let polls = [
            self.ctrl_c
                .as_mut()
                .map(|event| event.poll_recv(&mut context)),
            self.ctrl_break
                .as_mut()
                .map(|event| event.poll_recv(&mut context)),
            self.ctrl_close
                .as_mut()
                .map(|event| event.poll_recv(&mut context)),
        ];
        self.came |= polls.contains(&Some(Poll::Ready(Some(()))));
        self.came
    }
}

pub(super) fn hold_back() {
    *HELD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Receiver::new());
}

pub(super) fn came() -> bool {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    held.as_mut().is_some_and(Receiver::came)
}

/// Ends the program, if it was told to end, with the status that Windows gives one then.
pub(super) fn let_through() {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if held.take().is_some_and(|mut receiver| receiver.came()) {
        std::process::exit(ENDED.cast_signed());
    }
}

/// Ignores Ctrl-C and Ctrl-Break from now on, in this process only. The end of the window is left to the system, which waits some
/// seconds for the programs in it.
pub fn ignore() {
    std::mem::forget(Receiver::new());
}

/// A program in C presses Ctrl-C: `kit::in_c`.
#[cfg(test)]
#[allow(clippy::disallowed_methods, clippy::print_stdout)]
mod tests {
    use super::*;
    use crate::sys::{interrupt, process};
    use std::iter;
    use std::os::windows::process::CommandExt as _;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    const LONG: Duration = Duration::from_secs(50);
    /// The file that a program makes when it waits for Ctrl-C.
    const READY: &str = "READY";

    /// Runs one of the tests here that are ignored otherwise in a console of its own, where Ctrl-C is pressed once it is ready.
    fn pressed(name: &str) -> i32 {
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        let folder = tempfile::tempdir().unwrap();
        let ready = folder.path().join("ready");
        let test = process::this_test(module_path!(), name);
        let words = iter::once(test.get_program()).chain(test.get_args());
        let words = words.map(|word| format!("\"{}\"", word.display()));
        let line = words.collect::<Vec<_>>().join(" ");
        let mut command = process::command(kit::in_c::program("ctrl-c", "ctrl-c"));
        command.arg(&ready).arg(line).env(READY, &ready);
        let status = command.creation_flags(CREATE_NO_WINDOW).status().unwrap();
        status.code().unwrap()
    }

    fn is_ready() {
        std::fs::write(PathBuf::from(std::env::var_os(READY).unwrap()), "").unwrap();
    }

    #[test]
    #[ignore = "a program that a test starts"]
    fn holds_it_back() {
        let held = interrupt::hold();
        is_ready();
        let started = Instant::now();
        while !interrupt::is_held_back() && started.elapsed() < LONG {
            std::thread::sleep(Duration::from_millis(20));
        }
        // For a second: it is not ended from outside.
        std::thread::sleep(Duration::from_secs(1));
        drop(held);
        std::process::exit(3);
    }

    #[test]
    #[ignore = "a program that a test starts"]
    fn held_it_back_before() {
        drop(interrupt::hold());
        is_ready();
        std::thread::sleep(LONG);
        std::process::exit(3);
    }

    #[test]
    #[ignore = "a program that a test starts"]
    fn ignores_it() {
        interrupt::ignore();
        is_ready();
        std::thread::sleep(Duration::from_secs(5));
        std::process::exit(7);
    }

    #[test]
    fn ctrl_c_ends_the_program_unless_it_is_held_back_or_ignored() {
        // The status that the system gives: wine gives another one.
        let by_the_system = [0, ENDED.cast_signed()];
        for (name, expected) in [
            ("holds_it_back", &[ENDED.cast_signed()][..]),
            ("held_it_back_before", &by_the_system),
            ("ignores_it", &[7]),
        ] {
            let status = pressed(name);
            assert!(expected.contains(&status), "{name}: {status:x}");
        }
    }
}
