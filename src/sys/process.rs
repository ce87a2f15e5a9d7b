//! This process and its children: no core dumps, and work that goes on in the background.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Stdio};
#[cfg(unix)]
use std::sync::OnceLock;

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the caller allows its programs.
#[cfg(unix)]
static CALLERS_LIMIT: OnceLock<Rlimit> = OnceLock::new();

/// From here on this process leaves no core dump, and no other program of the user's can read its memory (on Linux:
/// prctl(2), `PR_SET_DUMPABLE`). Where the system refuses there is nothing better to do than to go on.
pub fn forbid_core_dumps() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    #[cfg(unix)]
    {
        let limit = getrlimit(Resource::Core);
        let none = Rlimit {
            current: Some(0),
            ..limit
        };
        if setrlimit(Resource::Core, none).is_ok() {
            let _ = CALLERS_LIMIT.set(limit);
        }
    }
}

/// Before another program takes our place: it gets the limit that the caller had.
pub fn restore_core_limit() {
    #[cfg(unix)]
    if let Some(limit) = CALLERS_LIMIT.get() {
        let _ = setrlimit(Resource::Core, *limit);
    }
}

/// Starts this program once more, in the background: it has no input, and nobody waits for its output. The child calls
/// [`detach`].
pub fn start_in_background<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> io::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        const DETACHED_PROCESS: u32 = 0x0000_0008;
        command.creation_flags(DETACHED_PROCESS);
    }
    command.spawn().map(drop)
}

/// A session of its own: no terminal, and no Ctrl-C that was meant for whoever started us. See setsid(2).
pub fn detach() {
    #[cfg(unix)]
    let _ = rustix::process::setsid();
}
