//! Runs other programs for their output, with limits on time and size, without input, in the same environment.

use std::ffi::OsStr;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use super::process;
use super::program as programs;
use super::system::System;

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
    Failed { program: &'static str, said: String },
}

/// How much of stderr is kept, in bytes.
const MAX_STDERR: usize = 16 << 10;
/// The time between two checks whether it has exited.
const PAUSE: Duration = Duration::from_millis(10);

/// Returns what `PROGRAM ARGUMENTS…` prints, up to `max_bytes`. The program is searched in the absolute folders of `path`.
///
/// # Errors
/// The program is not found, fails, prints too much, or runs longer than `limit`; then it is killed.
pub fn run(
    program: &'static str,
    arguments: &[&str],
    path: &OsStr,
    max_bytes: u64,
    limit: Duration,
) -> Result<Vec<u8>, Error> {
    let found = programs::find(program, path, System::THIS).ok_or(Error::Missing { program })?;
    let mut command = process::command(found);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let grouped = group(&mut command);
    let mut child = command
        .spawn()
        .map_err(|source| Error::Start { program, source })?;
    let end = Instant::now() + limit;
    let stdout = child.stdout.take().map(|pipe| read(pipe, max_bytes));
    let stderr = child.stderr.take().map(read_end);
    let slow = Error::Slow { program, limit };
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < end => std::thread::sleep(PAUSE),
            Ok(None) | Err(_) => {
                kill(&mut child, grouped);
                let _ = child.wait();
                return Err(slow);
            }
        }
    };
    // A process that it started may still have its output open.
    let wait = |pipe: Option<Receiver<Vec<u8>>>| {
        let left = end.saturating_duration_since(Instant::now()).max(PAUSE);
        pipe.and_then(|pipe| pipe.recv_timeout(left).ok())
    };
    let (stdout, stderr) = (wait(stdout), wait(stderr));
    if !status.success() {
        let said = stderr.unwrap_or_default();
        let said = String::from_utf8_lossy(&said).trim().to_owned();
        let said = match said.is_empty() {
            true => status.to_string(),
            false => said,
        };
        return Err(Error::Failed { program, said });
    }
    match stdout {
        None => {
            kill(&mut child, grouped);
            Err(slow)
        }
        Some(bytes) if bytes.len() as u64 > max_bytes => Err(Error::TooLarge {
            program,
            limit: max_bytes,
        }),
        Some(bytes) => Ok(bytes),
    }
}

/// Reads up to one byte more than `max`. The rest is read and discarded, so that the program is not blocked.
fn read(mut pipe: impl Read + Send + 'static, max: u64) -> Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.by_ref().take(max + 1).read_to_end(&mut bytes);
        let _ = io::copy(&mut pipe, &mut io::sink());
        let _ = send.send(bytes);
    });
    receive
}

/// Reads the last `MAX_STDERR` bytes: the error message is at the end.
fn read_end(mut pipe: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut end = Vec::new();
        let mut some = [0; 4096];
        while let Ok(read @ 1..) = pipe.read(&mut some) {
            end.extend_from_slice(&some[..read]);
            let before = end.len().saturating_sub(MAX_STDERR);
            end.drain(..before);
        }
        let _ = send.send(end);
    });
    receive
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

#[cfg(unix)]
fn kill(child: &mut Child, grouped: bool) {
    if grouped {
        let group = rustix::process::Pid::from_child(child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
}

#[cfg(not(unix))]
fn kill(child: &mut Child, _grouped: bool) {
    let _ = child.kill();
}

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
        let large = sh("head -c 1000000 /dev/zero", 100, minute).unwrap_err();
        assert!(matches!(large, Error::TooLarge { limit: 100, .. }));
        // Of a long stderr only the end is kept.
        let long = sh(
            "yes | head -c 100000 >&2; echo the cause >&2; exit 1",
            100,
            minute,
        );
        let long = long.unwrap_err().to_string();
        assert!(
            long.ends_with("the cause") && long.len() < 17 << 10,
            "{}",
            long.len()
        );
        let missing = run("no-such-program", &[], OsStr::new("/bin"), 1, minute).unwrap_err();
        assert!(matches!(missing, Error::Missing { .. }));
    }

    #[test]
    fn one_that_hangs_is_killed() {
        let start = Instant::now();
        for script in ["exec sleep 60", "sleep 60 & exit 0", "yes"] {
            let slow = sh(script, 100, Duration::from_millis(200)).unwrap_err();
            assert!(matches!(slow, Error::Slow { .. }), "{script}: {slow}");
        }
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    /// Without a terminal, the processes that it started are killed too.
    #[test]
    fn and_what_it_started() {
        if std::fs::File::open("/dev/tty").is_ok() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let script = format!("(sleep 2; touch '{}') & sleep 60", mark.display());
        let slow = sh(&script, 100, Duration::from_millis(500)).unwrap_err();
        assert!(matches!(slow, Error::Slow { .. }), "{slow}");
        std::thread::sleep(Duration::from_millis(2500));
        assert!(!mark.exists());
    }
}
