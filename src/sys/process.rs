//! This process and its children: no core dumps, work in the background, other programs.

mod apart;
#[cfg(any(windows, test))]
mod line;

use std::ffi::OsStr;
#[cfg(target_os = "linux")]
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
#[cfg(unix)]
use std::sync::{Mutex, PoisonError};

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub use self::apart::Apart;

/// The name of the program that does everything: see the crate's documentation.
pub const FULL: &str = "apono-login-full";

/// The name under which kubectl finds the program as its plugin.
pub const KUBECTL_PLUGIN: &str = "kubectl-apono_login";

/// The limit on core dumps that this process was started with.
#[cfg(unix)]
static CALLERS_LIMIT: OnceLock<Rlimit> = OnceLock::new();

/// Prevents core dumps of this process, and on Linux prevents other programs of the user from reading its memory (prctl(2),
/// `PR_SET_DUMPABLE`). A failure is ignored.
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

/// Restores the limit on core dumps that this process was started with.
#[cfg(unix)]
fn restore_core_limit() {
    if let Some(limit) = CALLERS_LIMIT.get() {
        let _ = setrlimit(Resource::Core, *limit);
    }
}

/// Returns whether kubectl ran this program as its plugin: then it is typed as `kubectl apono-login`.
pub fn is_kubectl_plugin() -> bool {
    static IS_PLUGIN: OnceLock<bool> = OnceLock::new();
    *IS_PLUGIN.get_or_init(|| {
        let started_as = std::env::args_os().next().unwrap_or_default();
        let name = Path::new(&started_as).file_stem();
        name.is_some_and(|name| name.eq_ignore_ascii_case(KUBECTL_PLUGIN))
    })
}

/// Returns a command that runs a program. Every program is started from here.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that starts programs"
)]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

/// Returns the path of this program. Linux appends a word to the path of a program that was replaced while it ran, as an upgrade
/// does (proc_pid_exe(5)): then it is the path of the new one.
pub fn own_path() -> io::Result<PathBuf> {
    let path = match std::env::current_exe() {
        Ok(path) => path,
        // Without /proc there is what it was started as. A relative path or a bare name may lead to another file by now.
        Err(error) => {
            let started_as = std::env::args_os().next().map(PathBuf::from);
            let absolute = started_as.filter(|path| path.is_absolute() && path.is_file());
            absolute.ok_or(error)?
        }
    };
    let replaced = path
        .to_str()
        .and_then(|text| text.strip_suffix(" (deleted)"));
    let new = replaced.map(PathBuf::from).filter(|new| new.is_file());
    Ok(new.unwrap_or(path))
}

/// Returns the path of the file of this name in the folder of this program.
#[cfg(target_os = "linux")]
pub fn beside(name: &str) -> io::Result<PathBuf> {
    Ok(own_path()?.with_file_name(name))
}

/// Runs a program in place of this one, under another name. Returns only on failure.
#[cfg(target_os = "linux")]
pub fn replace_with<'a>(
    program: &Path,
    name: &OsStr,
    arguments: impl Iterator<Item = &'a OsString>,
) -> io::Error {
    use std::os::unix::process::CommandExt as _;
    let mut command = self::command(program);
    command.arg0(name).args(arguments);
    replace(command)
}

/// Runs this program again in its place, as it was started, with these variables besides those that it has. Returns only on failure.
pub fn run_again<'v>(variables: impl IntoIterator<Item = (&'v str, &'v str)>) -> io::Error {
    let path = match own_path() {
        Ok(path) => path,
        Err(error) => return error,
    };
    let mut command = self::command(path);
    let mut words = std::env::args_os();
    #[cfg(unix)]
    if let Some(name) = words.next() {
        use std::os::unix::process::CommandExt as _;
        command.arg0(name);
    }
    #[cfg(not(unix))]
    let _ = words.next();
    command.args(words).envs(variables);
    replace(command)
}

/// Starts this program again in the background, without input and output. The child calls [`detach`].
pub fn start_in_background<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> io::Result<()> {
    let mut command = self::command(own_path()?);
    Apart::start(command.args(arguments)).map(drop)
}

/// Moves this process into its own session, without a terminal: it does not get the Ctrl-C of the program that started it. See
/// setsid(2). Closes all inherited files but the standard ones: a shell waits until all processes have closed the output of a
/// command substitution, whatever its descriptor. Must be called before anything is opened.
pub fn detach() {
    #[cfg(unix)]
    {
        let _ = rustix::process::setsid();
        // Not in the process that starts this one: `exec` has to pass its files on to the command.
        for inherited in open_files() {
            let _ = nix::unistd::close(inherited);
        }
    }
}

/// The files that this process has inherited, but the standard ones, by number. Empty where they have to stay open.
#[cfg(unix)]
static INHERITED: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// Remembers which files this process has inherited, for [`close_inherited`]. Must be called before anything is opened.
pub fn remember_inherited() {
    #[cfg(unix)]
    {
        *INHERITED.lock().unwrap_or_else(PoisonError::into_inner) = open_files();
    }
}

/// Closes the files that [`remember_inherited`] found: for a program that goes on after this one, as a browser does. A shell waits
/// until all processes have closed its pipe.
pub fn close_inherited() {
    #[cfg(unix)]
    for number in std::mem::take(&mut *INHERITED.lock().unwrap_or_else(PoisonError::into_inner)) {
        let _ = nix::unistd::close(number);
    }
}

/// Returns the numbers of the open files, but the standard ones.
#[cfg(unix)]
fn open_files() -> Vec<i32> {
    let names = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    let numbers = names.filter_map(|found| found.file_name().to_str()?.parse::<i32>().ok());
    let mut numbers: Vec<_> = numbers.filter(|number| *number > 2).collect();
    // One was that of the folder, which is closed now.
    numbers.retain(|number| {
        Path::new(&format!("/dev/fd/{number}"))
            .symlink_metadata()
            .is_ok()
    });
    numbers
}

/// Runs the command in place of this process, with its original limit on core dumps: signals, terminal and exit status are those
/// of the command. Returns only on failure.
#[cfg(unix)]
pub fn replace(mut command: Command) -> io::Error {
    use std::os::unix::process::CommandExt as _;
    restore_core_limit();
    command.exec()
}

/// Runs the command and exits with its status, which may be any 32-bit number. Until then Ctrl-C, Ctrl-Break and the end of the
/// window are for the command alone, which decides when to end: a shell that waits for this process would go on too early
/// otherwise, and would not get its status. Returns only on failure.
#[cfg(windows)]
pub fn replace(mut command: Command) -> io::Error {
    super::interrupt::ignore();
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

/// Lets the command run without a window of its own where this process has no console. Where it has one, the command uses that,
/// and gets its Ctrl-C.
pub fn without_window(command: &mut Command) {
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        if !has_console() {
            command.creation_flags(CREATE_NO_WINDOW);
        }
    }
    #[cfg(not(windows))]
    let _ = command;
}

/// Returns whether this process has a console, visible or not.
#[cfg(windows)]
fn has_console() -> bool {
    // Opening a device, which no other program can have put there.
    std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open("CONOUT$")
        .is_ok()
}

/// Returns a command that runs one of the tests that are ignored otherwise, as a program of its own: `module` is its `module_path!`. Words
/// may follow.
#[cfg(test)]
pub fn this_test(module: &str, name: &str) -> Command {
    let (_, module) = module.split_once("::").unwrap();
    let mut command = command(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "--nocapture"]);
    command.args([&format!("{module}::{name}"), "--"]);
    command
}

#[cfg(windows)]
#[cfg(test)]
#[allow(clippy::print_stdout)]
mod tests {
    use super::*;
    use std::os::windows::process::CommandExt as _;

    const DETACHED_PROCESS: u32 = 0x0000_0008;

    #[test]
    #[ignore = "a program that a test starts"]
    fn says_whether_it_has_a_console() {
        println!("console: {}", has_console());
    }

    #[test]
    #[ignore = "a program that a test starts"]
    fn starts_a_command() {
        println!("first: {}", has_console());
        let mut command = this_test(module_path!(), "says_whether_it_has_a_console");
        without_window(&mut command);
        let output = command.output().unwrap();
        println!("second: {}", String::from_utf8_lossy(&output.stdout));
    }

    /// Without the flag Windows would open a window for it: a console program without a console gets one with a window.
    #[test]
    fn a_command_of_a_program_without_a_console_gets_one_that_is_not_seen() {
        let mut command = this_test(module_path!(), "starts_a_command");
        let output = command.creation_flags(DETACHED_PROCESS).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("first: false"), "{said}");
        assert!(said.contains("console: true"), "{said}");
    }
}
