//! Signals of Unix.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

static SIGNALS: OnceLock<Signals> = OnceLock::new();

struct Signals {
    /// A signal ends the program at once.
    take_effect: Arc<AtomicBool>,
    /// The last signal that was held back, or 0.
    came: Arc<AtomicUsize>,
}

pub(super) fn hold_back() {
    let signals = SIGNALS.get_or_init(Signals::watch);
    signals.take_effect.store(false, Ordering::SeqCst);
}

pub(super) fn came() -> bool {
    SIGNALS
        .get()
        .is_some_and(|signals| signals.came.load(Ordering::SeqCst) != 0)
}

/// Ends the program by the signal that came, as that does.
pub(super) fn let_through() {
    let Some(signals) = SIGNALS.get() else {
        return;
    };
    signals.take_effect.store(true, Ordering::SeqCst);
    if let Ok(signal @ 1..) = i32::try_from(signals.came.load(Ordering::SeqCst)) {
        let _ = low_level::emulate_default_handler(signal);
    }
}

impl Signals {
    fn watch() -> Self {
        let signals = Signals {
            take_effect: Arc::new(AtomicBool::new(true)),
            came: Arc::new(AtomicUsize::new(0)),
        };
        let ending = [SIGINT, SIGTERM, SIGHUP];
        for signal in ending.into_iter().filter(|signal| !is_ignored(*signal)) {
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

/// Returns whether the program was started with this signal ignored, as nohup and shells without job control do. A handler
/// would undo that. See proc_pid_status(5), `SigIgn`.
#[cfg(target_os = "linux")]
fn is_ignored(signal: i32) -> bool {
    const MAX_STATUS: u64 = 1 << 16;
    let path = std::path::Path::new("/proc/self/status");
    let Ok(Some(bytes)) = crate::sys::file::read(path, MAX_STATUS) else {
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
