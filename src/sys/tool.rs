//! Runs other programs for their output, with limits on time and size, in the same environment.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::Builder;
use std::time::{Duration, Instant};

use super::process;
use super::program as programs;
use super::system::System;
#[cfg(windows)]
use super::system::windows_program;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{program} is not installed or not on the PATH")]
    Missing { program: &'static str },
    #[error("could not start {program}: {source}")]
    Start {
        program: &'static str,
        source: io::Error,
    },
    #[error("{program} did not finish within {} seconds", limit.as_secs())]
    Slow {
        program: &'static str,
        limit: Duration,
    },
    #[error("{program} printed more than {limit} bytes")]
    TooLarge { program: &'static str, limit: u64 },
    /// `said` is the end of its stderr, unchanged.
    #[error("{program} failed: {said}")]
    Failed {
        program: &'static str,
        said: String,
        status: ExitStatus,
    },
}

/// How much of stderr is kept, in bytes: as much as is shown of a remote text.
const MAX_STDERR: usize = 2_000;
/// The longest list of processes that is read, in bytes.
#[cfg(target_os = "linux")]
const MAX_CHILDREN: u64 = 64 << 10;
/// The longest time that ending a program with all that it started may take.
#[cfg(not(unix))]
const TREE_LIMIT: Duration = Duration::from_secs(2);
/// The time between two checks whether it has exited.
const PAUSE: Duration = Duration::from_millis(10);

/// Returns what `PROGRAM ARGUMENTS…` prints, up to `max_bytes`. The program is searched in the absolute folders of `path`, and
/// has no input.
///
/// # Errors
/// Those of [`capture`], and the program is not found.
pub fn run(
    program: &'static str,
    arguments: &[&str],
    path: &OsStr,
    max_bytes: u64,
    limit: Duration,
) -> Result<Vec<u8>, Error> {
    let found = programs::find(program, path, System::THIS).ok_or(Error::Missing { program })?;
    let mut command = process::command(found);
    command.args(arguments).stdin(Stdio::null());
    capture(program, command, max_bytes, limit)
}

/// Returns what the command prints, up to `max_bytes`. Errors name it `program`.
///
/// # Errors
/// It fails, prints too much, or runs longer than `limit`; in the last two cases it is killed, with what it started, as far as that can
/// be found: on Windows what a program started that has ended itself cannot, nor on macOS what runs at a terminal.
pub fn capture(
    program: &'static str,
    mut command: Command,
    max_bytes: u64,
    limit: Duration,
) -> Result<Vec<u8>, Error> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    process::without_window(&mut command);
    let grouped = group(&mut command);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(source) => return Err(Error::Start { program, source }),
    };
    let end = Instant::now() + limit;
    let left = || end.saturating_duration_since(Instant::now());
    let stdout = child.stdout.take();
    let stdout = stdout.map(|pipe| on_a_thread(move || read(pipe, max_bytes)));
    let stderr = child.stderr.take();
    let stderr = stderr.map(|pipe| on_a_thread(|| read_end(pipe)));
    let (stdout, stderr) = match (stdout.transpose(), stderr.transpose()) {
        (Ok(stdout), Ok(stderr)) => (stdout, stderr),
        (Err(source), _) | (_, Err(source)) => {
            kill(&mut child, grouped);
            return Err(Error::Start { program, source });
        }
    };
    let stdout = stdout.and_then(|pipe| pipe.recv_timeout(left()).ok());
    if stdout
        .as_ref()
        .is_some_and(|bytes| bytes.len() as u64 > max_bytes)
    {
        kill(&mut child, grouped);
        let limit = max_bytes;
        return Err(Error::TooLarge { program, limit });
    }
    // It has closed its output, or time is up; then a process that it started may still have its output open.
    match (exited(&mut child, end), stdout) {
        (Some(status), Some(bytes)) if status.success() => Ok(bytes),
        (Some(status), _) if !status.success() => {
            let said = stderr.and_then(|pipe| pipe.recv_timeout(left().max(PAUSE)).ok());
            let said = String::from_utf8_lossy(&said.unwrap_or_default())
                .trim()
                .to_owned();
            let said = match said.is_empty() {
                true => status.to_string(),
                false => said,
            };
            Err(Error::Failed {
                program,
                said,
                status,
            })
        }
        _ => {
            kill(&mut child, grouped);
            Err(Error::Slow { program, limit })
        }
    }
}

/// Waits for its exit until `end`, and looks at least once.
fn exited(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => std::thread::sleep(PAUSE),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Reads up to one byte more than `max`.
fn read(pipe: impl Read, max: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = pipe.take(max + 1).read_to_end(&mut bytes);
    bytes
}

/// Reads the last `MAX_STDERR` bytes: the error message is at the end.
fn read_end(mut pipe: impl Read) -> Vec<u8> {
    let mut end = Vec::new();
    let mut some = [0; 4096];
    while let Ok(read @ 1..) = pipe.read(&mut some) {
        end.extend_from_slice(&some[..read]);
        let before = end.len().saturating_sub(MAX_STDERR);
        end.drain(..before);
    }
    end
}

/// # Errors
/// The limit on threads of the user or the system is reached.
fn on_a_thread(read: impl FnOnce() -> Vec<u8> + Send + 'static) -> io::Result<Receiver<Vec<u8>>> {
    let (send, receive) = mpsc::channel();
    Builder::new().spawn(move || send.send(read()))?;
    Ok(receive)
}

/// Puts the program into a process group, so that the processes it starts can be killed with it. Returns whether it did.
///
/// At a terminal it does not: a process group of its own could not ask for an MFA code there, and would not get Ctrl-C.
#[cfg(unix)]
fn group(command: &mut Command) -> bool {
    use std::os::unix::process::CommandExt;
    let at_terminal = std::fs::File::open("/dev/tty").is_ok();
    if !at_terminal {
        command.process_group(0);
    }
    !at_terminal
}

#[cfg(not(unix))]
fn group(_command: &mut Command) -> bool {
    false
}

/// Kills the program and what it started, as far as they can be found, and waits for its end.
#[cfg(unix)]
fn kill(child: &mut Child, grouped: bool) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    let program = Pid::from_child(child);
    if grouped {
        let _ = kill_process_group(program, Signal::KILL);
    } else {
        // Stopped first: while it runs, it may start more.
        let _ = kill_process(program, Signal::STOP);
        for descendant in descendants(program) {
            let _ = kill_process(descendant, Signal::KILL);
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// `taskkill` ends what it started, too: that may hold the output of this process open.
#[cfg(not(unix))]
fn kill(child: &mut Child, _grouped: bool) {
    let mut tree = process::command(windows_program("taskkill.exe"));
    tree.args(["/F", "/T", "/PID", &child.id().to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    process::without_window(&mut tree);
    if let Ok(mut tree) = tree.spawn() {
        exited(&mut tree, Instant::now() + TREE_LIMIT);
        let _ = tree.kill();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Returns the processes that a process started, and those that they started. See proc_pid_task_children(5).
#[cfg(target_os = "linux")]
fn descendants(process: rustix::process::Pid) -> Vec<rustix::process::Pid> {
    let mut found = vec![process];
    let mut at = 0;
    while let Some(parent) = found.get(at).map(|pid| pid.as_raw_nonzero()) {
        at += 1;
        let path = format!("/proc/{parent}/task/{parent}/children");
        let children = super::file::read(path.as_ref(), MAX_CHILDREN)
            .ok()
            .flatten();
        let children = String::from_utf8(children.unwrap_or_default()).unwrap_or_default();
        let children = children
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok());
        found.extend(children.filter_map(rustix::process::Pid::from_raw));
    }
    found.split_off(1)
}

/// Other systems do not say which they are without help from another program.
#[cfg(all(unix, not(target_os = "linux")))]
fn descendants(_: rustix::process::Pid) -> [rustix::process::Pid; 0] {
    []
}

#[cfg(windows)]
#[cfg(test)]
mod windows_tests;

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str, max_bytes: u64, limit: Duration) -> Result<Vec<u8>, Error> {
        let path = OsStr::new("relative:/usr/bin:/bin");
        run("sh", &["-c", script], path, max_bytes, limit)
    }

    #[test]
    fn output_and_errors() {
        let minute = Duration::from_secs(60);
        assert_eq!(sh("echo x", 100, minute).unwrap(), b"x\n");
        assert_eq!(sh("cat", 100, minute).unwrap(), b"");
        let failed = sh("echo no >&2; exit 3", 100, minute).unwrap_err();
        assert_eq!(failed.to_string(), "sh failed: no");
        for endless in ["head -c 1000000 /dev/zero", "yes"] {
            let large = sh(endless, 100, minute).unwrap_err();
            assert!(matches!(large, Error::TooLarge { limit: 100, .. }));
        }
        // Of a long stderr only the end is kept.
        let long = sh(
            "yes | head -c 100000 >&2; echo the cause >&2; exit 1",
            100,
            minute,
        );
        let long = long.unwrap_err().to_string();
        assert!(
            long.ends_with("the cause") && long.len() < 2_100,
            "{}",
            long.len()
        );
        let missing = run("no-such-program", &[], OsStr::new("/bin"), 1, minute).unwrap_err();
        assert!(matches!(missing, Error::Missing { .. }));
    }

    #[test]
    fn one_that_hangs_is_killed() {
        let start = Instant::now();
        for script in ["exec sleep 60", "sleep 60 & exit 0", "yes >&2"] {
            let slow = sh(script, 100, Duration::from_millis(200)).unwrap_err();
            assert!(matches!(slow, Error::Slow { .. }), "{script}: {slow}");
        }
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    /// The processes that it started are killed too.
    #[test]
    fn and_what_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let script = format!("(sleep 2; touch '{}') & sleep 60", mark.display());
        let slow = sh(&script, 100, Duration::from_millis(500)).unwrap_err();
        assert!(matches!(slow, Error::Slow { .. }), "{slow}");
        std::thread::sleep(Duration::from_millis(2500));
        assert!(!mark.exists());
    }

    /// At a terminal, where a program of its own group could not ask its user.
    #[cfg(target_os = "linux")]
    #[test]
    fn and_what_it_started_in_this_group() {
        let sleeper = |n: u32| format!("9{n}.{}", std::process::id());
        let script = format!(
            "(sleep {} & sleep {}) & sleep {}",
            sleeper(1),
            sleeper(2),
            sleeper(3)
        );
        let mut child = process::command("sh")
            .args(["-c", &script])
            .spawn()
            .unwrap();
        let sleeping = || {
            let path = OsStr::new("/usr/bin:/bin");
            let listed = run(
                "ps",
                &["-eo", "args"],
                path,
                1 << 20,
                Duration::from_secs(60),
            );
            let listed = String::from_utf8(listed.unwrap()).unwrap();
            let lines = listed.lines().map(str::trim);
            let ours = |line: &&str| (1..4).any(|n| *line == format!("sleep {}", sleeper(n)));
            lines.filter(ours).count()
        };
        while sleeping() < 3 {
            std::thread::sleep(PAUSE);
        }
        kill(&mut child, false);
        // Init has to notice.
        let end = Instant::now() + Duration::from_secs(10);
        while sleeping() > 0 {
            assert!(Instant::now() < end, "{} still sleep", sleeping());
            std::thread::sleep(PAUSE);
        }
    }
}
