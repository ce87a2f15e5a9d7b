//! A person's laptop: a temporary home folder and commands run in it, with an environment that holds HOME, PATH and what the
//! test put there, and nothing else.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

/// How long any one command may take, all its output read: beyond that it hangs.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// The program under test, beside which cargo puts the tests and examples.
pub fn apono_login() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| {
        let name = format!("apono-login{}", std::env::consts::EXE_SUFFIX);
        profile_folder().join(name).display().to_string()
    });
    &PATH
}

/// Cargo's folder of what it built for the running profile: `target/debug`.
fn profile_folder() -> PathBuf {
    let running = std::env::current_exe().unwrap();
    // target/debug/deps/TEST, or target/debug/examples/EXAMPLE
    running.ancestors().nth(2).unwrap().to_owned()
}

/// A folder in `target` for what tests leave while they run: on the same file system as the program, so that it can be linked there.
pub fn scratch() -> PathBuf {
    let folder = profile_folder().with_file_name("tmp");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub struct Home {
    folder: tempfile::TempDir,
    path: Vec<PathBuf>,
    environment: BTreeMap<OsString, OsString>,
}

impl Home {
    /// An empty home; PATH is the folder of the program under test and the system's.
    pub fn new() -> Home {
        Home {
            folder: tempfile::Builder::new()
                .prefix("home-")
                .tempdir_in(scratch())
                .unwrap(),
            path: [
                Path::new(apono_login()).parent().unwrap(),
                Path::new("/usr/bin"),
                Path::new("/bin"),
            ]
            .map(Into::into)
            .into(),
            // Keyrings are for the tests of keyrings.
            environment: BTreeMap::from([
                ("APONO_LOGIN_STORE".into(), "file".into()),
                ("TZ".into(), "UTC".into()),
            ]),
        }
    }

    /// Sets a variable for every command run here.
    pub fn with_env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Home {
        self.environment
            .insert(name.as_ref().into(), value.as_ref().into());
        self
    }

    /// Puts a folder first on PATH.
    pub fn with_path(mut self, folder: impl Into<PathBuf>) -> Home {
        self.path.insert(0, folder.into());
        self
    }

    /// The home folder, or a file in it.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub fn read(&self, relative: &str) -> String {
        std::fs::read_to_string(self.path(relative))
            .unwrap_or_else(|error| panic!("~/{relative}: {error}"))
    }

    /// Writes a file, for its owner only; its folders are made.
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> &Home {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        self
    }

    /// A program in this home, of these lines for a shell.
    pub fn program(&self, name: &str, script: &str) -> PathBuf {
        let (text, program) = (self.path(&format!("{name}.sh")), self.path(name));
        self.write(&format!("{name}.sh"), format!("#!/bin/sh\n{script}"));
        // Written by another process: one that other threads start from here meanwhile would hold it open for writing, and
        // what somebody writes to cannot be run.
        let copied = Command::new("/usr/bin/install")
            .args(["-m", "700"])
            .args([&text, &program])
            .status();
        assert!(copied.unwrap().success());
        program
    }

    /// `apono-login ARGUMENTS…`, as typed: split at spaces, nothing quoted.
    pub fn apono_login(&self, arguments: &str) -> Run {
        self.run(apono_login(), arguments.split_whitespace())
    }

    /// `PROGRAM ARGUMENTS…`, prepared to run here: a path, or a name looked up on this home's PATH.
    pub fn run<A: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Run {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(&self.environment);
        command
            .env("HOME", self.folder.path())
            .env("PATH", std::env::join_paths(&self.path).unwrap());
        Run {
            command,
            input: Vec::new(),
            line: None,
            home: self.folder.path().to_owned(),
        }
    }

    /// A shell's command on a terminal, which is all of its stdout then; the input is typed, and not shown.
    pub fn on_terminal(&self, command: &str) -> Run {
        self.on_terminal_into("/dev/null", command)
    }

    /// The same; what is shown comes into this file, too.
    pub fn on_terminal_into(&self, file: &str, command: &str) -> Run {
        let words = ["-E", "never", "-qefc", command, file];
        let run = self.run("script", words).env("SHELL", "/bin/sh");
        run.known_as(&format!("{command} # on a terminal"))
    }
}

/// A command about to run.
#[must_use]
pub struct Run {
    command: Command,
    input: Vec<u8>,
    line: Option<String>,
    home: PathBuf,
}

impl Run {
    /// What stands for the command, where the test wraps it.
    pub fn known_as(mut self, line: &str) -> Run {
        self.line = Some(line.to_owned());
        self
    }

    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Run {
        self.command.env(name, value);
        self
    }

    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Run {
        self.command.env_remove(name);
        self
    }

    /// What it finds on standard input; without this, nothing.
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Run {
        self.input = input.into();
        self
    }

    /// Runs it to its end, which is when it has ended and nobody holds its output open any more.
    /// Fails the test after the time limit, saying which of the two did not come.
    pub fn output(mut self) -> Output {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let line = words
            .map(OsStr::to_string_lossy)
            .collect::<Vec<_>>()
            .join(" ");
        let line = self.line.take().unwrap_or(line);
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self
            .command
            .spawn()
            .unwrap_or_else(|error| panic!("{line}: {error}"));
        let end = Instant::now() + TIME_LIMIT;
        let mut stdin = child.stdin.take().unwrap();
        // Not reading all of its input is the program's right, so a broken pipe is no failure.
        std::thread::spawn(move || stdin.write_all(&self.input));
        let stdout = read_all(child.stdout.take().unwrap());
        let stderr = read_all(child.stderr.take().unwrap());
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() < end => std::thread::sleep(Duration::from_millis(5)),
                None => {
                    child.kill().unwrap();
                    let said = stderr
                        .recv_timeout(Duration::from_secs(1))
                        .unwrap_or_default();
                    panic!("{line}\nstill runs after {TIME_LIMIT:?}; on stderr: {said}");
                }
            }
        };
        let rest_of = |name, pipe: Receiver<String>| {
            pipe.recv_timeout(end.saturating_duration_since(Instant::now()).max(Duration::from_millis(100)))
                .unwrap_or_else(|_| panic!("{line}\nhas ended, but a process it left behind holds its {name} open, or it is not UTF-8"))
        };
        Output {
            status,
            stdout: rest_of("stdout", stdout),
            stderr: rest_of("stderr", stderr),
            line,
            home: self.home,
        }
    }

    /// Runs it, expects success.
    #[track_caller]
    pub fn succeeds(self) -> Output {
        self.exits(0)
    }

    /// Runs it, expects this exit status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Output {
        self.output().ended(status)
    }
}

/// What a command left.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub(crate) line: String,
    pub(crate) home: PathBuf,
}

impl Output {
    /// stdout as one JSON value.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not JSON ({error}):\n{self}"))
    }

    /// It has this exit status.
    #[track_caller]
    pub fn ended(self, status: i32) -> Output {
        assert_eq!(
            self.status.code(),
            Some(status),
            "exit status (left) against expected (right) of\n{self}"
        );
        self
    }

    /// It is what the test's snapshot holds next: see [`crate::snapshot`].
    #[track_caller]
    pub fn recorded(&self, title: &str) -> &Output {
        crate::snapshot::compare(title, self);
        self
    }

    /// Every one of these stands in stderr.
    #[track_caller]
    pub fn explains(&self, words: &[&str]) -> &Output {
        for word in words {
            assert!(
                self.stderr.contains(word),
                "stderr should say {word:?}:\n{self}"
            );
        }
        self
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
        let Output {
            status,
            stdout,
            stderr,
            line,
            ..
        } = self;
        write!(
            to,
            "$ {line}\n{status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n---"
        )
    }
}

fn read_all(mut pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        if pipe.read_to_string(&mut text).is_ok() {
            let _ = send.send(text);
        }
    });
    receive
}
