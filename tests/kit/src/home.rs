//! A user's computer: a temporary home directory and the commands run in it. Their environment contains HOME, PATH and the
//! variables that the test sets, and nothing else. The output of each, and at the end all files, are searched for secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::canary;

/// The longest time a command may run, including reading all its output; after that it counts as hanging.
const TIME_LIMIT: Duration = patience(120);

/// COLUMNS, unless a test sets it: wide enough that no line is broken, whatever the length of the home's path.
const WIDE: &str = "1000";

/// Returns how long a test waits at most for what takes far less than these seconds. A program takes ten times as long to start under
/// wine as on Linux, and longer still on a busy computer.
pub const fn patience(seconds: u64) -> Duration {
    Duration::from_secs(if cfg!(windows) { 5 * seconds } else { seconds })
}

/// The system's programs.
#[cfg(unix)]
const SYSTEM_FOLDERS: [&str; 2] = ["/usr/bin", "/bin"];
#[cfg(windows)]
const SYSTEM_FOLDERS: [&str; 1] = [r"C:\windows\system32"];

/// Sets the mode of a file or folder, where files have one.
fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
}

/// Returns the path of the program under test, which cargo puts beside the tests and examples.
/// APONO_LOGIN_BINARY names another build of it, such as a release build.
pub fn apono_login() -> &'static str {
    static PATH: LazyLock<String> = LazyLock::new(|| {
        if let Ok(path) = std::env::var("APONO_LOGIN_BINARY") {
            return path;
        }
        let path = profile_folder().join(with_suffix("apono-login"));
        path.display().to_string()
    });
    &PATH
}

/// Puts the program under test into a folder, and returns its path there.
pub fn install(folder: &Path) -> PathBuf {
    let built = Path::new(apono_login());
    for name in PROGRAMS {
        let name = with_suffix(name);
        let (from, to) = (built.with_file_name(&name), folder.join(name));
        if std::fs::hard_link(&from, &to).is_err() {
            std::fs::copy(from, to).unwrap();
        }
    }
    folder.join(with_suffix("apono-login"))
}

/// The files that the program consists of, without the suffix of programs on this system.
pub const PROGRAMS: &[&str] = match cfg!(target_os = "linux") {
    true => &["apono-login", "apono-login-full"],
    false => &["apono-login"],
};

/// Returns the name of a program's file on this system.
pub fn with_suffix(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// Returns the folder of a program with the name of kubectl, on systems where it is not installed: it is looked for on PATH, and not
/// started.
fn other_programs() -> Option<PathBuf> {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let folder = scratch().join("programs");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(with_suffix("kubectl")), "").unwrap();
        folder
    });
    cfg!(windows).then(|| FOLDER.clone())
}

/// Returns cargo's output folder for the running profile, such as `target/debug`.
fn profile_folder() -> PathBuf {
    let running = std::env::current_exe().unwrap();
    // The running program is target/debug/deps/TEST or target/debug/examples/EXAMPLE.
    running.ancestors().nth(2).unwrap().to_owned()
}

/// Returns a folder in `target` for temporary files, on the program's own file system so that it can be hard-linked there.
pub fn scratch() -> PathBuf {
    let folder = profile_folder().with_file_name("tmp");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub struct Home {
    folder: tempfile::TempDir,
    /// TMPDIR of all commands. In the system's folder, since paths of sockets have a length limit.
    temporary: tempfile::TempDir,
    /// Files and folders that the test wrote.
    planted: Mutex<BTreeSet<PathBuf>>,
    path: Vec<PathBuf>,
    environment: BTreeMap<OsString, OsString>,
}

impl Home {
    /// Creates an empty home; PATH is the folder of the program under test and the system's folders.
    pub fn new() -> Home {
        let temporary = tempfile::Builder::new().prefix("tmp-").tempdir().unwrap();
        // Some commands run as another user.
        set_mode(temporary.path(), 0o1777);
        Home {
            temporary,
            planted: Mutex::default(),
            folder: tempfile::Builder::new()
                .prefix("home-")
                .tempdir_in(scratch())
                .unwrap(),
            path: std::iter::once(Path::new(apono_login()).parent().unwrap())
                .chain(SYSTEM_FOLDERS.map(Path::new))
                .map(Into::into)
                .chain(other_programs())
                .collect(),
            // Only the tests of keyrings use a keyring.
            environment: BTreeMap::from([
                ("APONO_LOGIN_STORE".into(), "file".into()),
                ("TZ".into(), "UTC".into()),
                ("COLUMNS".into(), WIDE.into()),
            ]),
        }
    }

    /// Sets an environment variable for every command run here.
    pub fn with_env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Home {
        self.environment
            .insert(name.as_ref().into(), value.as_ref().into());
        self
    }

    /// Prepends a folder to PATH.
    pub fn with_path(mut self, folder: impl Into<PathBuf>) -> Home {
        self.path.insert(0, folder.into());
        self
    }

    /// Returns the path of a file in the home directory; an empty path gives the home directory itself.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub fn read(&self, relative: &str) -> String {
        std::fs::read_to_string(self.path(relative))
            .unwrap_or_else(|error| panic!("~/{relative}: {error}"))
    }

    /// Writes a file that only its owner can read, and creates its folders.
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> &Home {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        set_mode(&path, 0o600);
        self.planted_at(path)
    }

    /// Says that the test, or a program that it started, wrote this file or this folder, so that it may contain secrets.
    pub fn planted_at(&self, path: impl Into<PathBuf>) -> &Home {
        let mut planted = self.planted.lock().unwrap_or_else(PoisonError::into_inner);
        planted.insert(path.into());
        self
    }

    /// Returns the files that contain a secret and must not.
    fn leaks(&self) -> Vec<PathBuf> {
        let planted = self.planted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = canary::files_with_it(self.folder.path());
        found.retain(|path| {
            let relative = path.strip_prefix(self.folder.path()).unwrap();
            let is_planted = planted.iter().any(|planted| path.starts_with(planted));
            !canary::is_allowed(relative) && !is_planted
        });
        found.extend(canary::files_with_it(self.temporary.path()));
        found
    }

    /// Creates an executable shell script in this home.
    pub fn program(&self, name: &str, script: &str) -> PathBuf {
        let (text, program) = (self.path(&format!("{name}.sh")), self.path(name));
        self.write(&format!("{name}.sh"), format!("#!/bin/sh\n{script}"));
        // `install` copies the file in a process of its own. If this process wrote it, a child process that another thread starts
        // meanwhile would inherit the open file, and a file that is open for writing cannot be executed.
        let copied = Command::new("/usr/bin/install")
            .args(["-m", "700"])
            .args([&text, &program])
            .status();
        assert!(copied.unwrap().success());
        program
    }

    /// Prepares `apono-login ARGUMENTS…`; the arguments are split at spaces, without any quoting.
    pub fn apono_login(&self, arguments: &str) -> Run {
        self.run(apono_login(), arguments.split_whitespace())
    }

    /// Prepares `PROGRAM ARGUMENTS…`; the program is a path, or a name that is looked up on this home's PATH.
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
        let (home, temporary) = (self.folder.path(), self.temporary.path());
        command.env("PATH", std::env::join_paths(&self.path).unwrap());
        if cfg!(windows) {
            command
                .env("USERPROFILE", home)
                .env("LOCALAPPDATA", home.join(".cache"))
                .env("APPDATA", home.join(".config"))
                .env("TEMP", temporary)
                .env("TMP", temporary);
            // Windows itself does not work without them: its sockets, its shell.
            for name in ["SystemRoot", "SystemDrive", "ComSpec", "PATHEXT"] {
                let value = std::env::var_os(name);
                command.envs(value.map(|value| (name, value)));
            }
        } else {
            command.env("HOME", home).env("TMPDIR", temporary);
        }
        Run {
            command,
            input: Vec::new(),
            line: None,
            home: self.folder.path().to_owned(),
            stderr: None,
        }
    }

    /// Prepares a command of `apono-login` as a hint names it. Where there is no `sh`, its words have no blanks.
    pub fn pasted(&self, hint: &str) -> Run {
        if cfg!(unix) {
            return self.run("sh", ["-c", hint]);
        }
        let hint = hint.replace(['"', '\''], "");
        let mut words = hint.split_whitespace();
        assert_eq!(words.next(), Some("apono-login"), "{hint}");
        self.run(apono_login(), words)
    }

    /// Returns a file of the home as the output of `cat`, for snapshots.
    pub fn cat(&self, relative: &str) -> Output {
        Output {
            status: ExitStatus::default(),
            stdout: self.read(relative),
            stderr: String::new(),
            line: format!("cat {relative}"),
            home: self.folder.path().to_owned(),
        }
    }

    /// Prepares a shell command on a terminal, which carries all its output; typed input is not echoed.
    pub fn on_terminal(&self, command: &str) -> Run {
        self.on_terminal_into("/dev/null", command)
    }

    /// Like `on_terminal`, and also writes what the terminal shows to this file.
    pub fn on_terminal_into(&self, file: &str, command: &str) -> Run {
        let words = ["-E", "never", "-qefc", command, file];
        let run = self.run("script", words).env("SHELL", "/bin/sh");
        run.known_as(&format!("{command} # on a terminal"))
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let leaks = self.leaks();
            assert!(leaks.is_empty(), "a secret was left in {leaks:?}");
        }
    }
}

/// A command that is ready to run.
#[must_use]
pub struct Run {
    command: Command,
    input: Vec<u8>,
    line: Option<String>,
    home: PathBuf,
    /// The file of the home that stderr goes to.
    stderr: Option<String>,
}

impl Run {
    /// Returns the command, for a test that starts it in a way of its own.
    pub fn into_command(self) -> Command {
        self.command
    }

    /// Writes stderr to this file of the home, where the test can read it while the command runs. The output has it, too.
    pub fn stderr_into(mut self, file: &str) -> Run {
        self.stderr = Some(file.to_owned());
        self
    }

    /// Sets the command line that snapshots show, for commands that the test wraps in another program.
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

    /// Sets standard input; the default is empty.
    pub fn input(mut self, input: impl Into<Vec<u8>>) -> Run {
        self.input = input.into();
        self
    }

    /// Starts the command without input and output, for a test that ends it.
    pub fn started(mut self) -> Child {
        let command = self.command.stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        spawned(command).unwrap()
    }

    /// Starts the command, and kills it after this time with SIGKILL or what Windows has in its place.
    pub fn killed_after(self, time: Duration) {
        let mut child = self.started();
        std::thread::sleep(time);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts the command without input, for a test that reads its output piece by piece.
    pub fn piped(mut self) -> Child {
        let command = self.command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        spawned(command).unwrap()
    }

    /// Runs the command until it has ended and no process holds its output open any more.
    /// Fails the test after the time limit, and says whether the command still runs or its output is still open.
    pub fn output(mut self) -> Output {
        let words = std::iter::once(self.command.get_program()).chain(self.command.get_args());
        let line = words
            .map(OsStr::to_string_lossy)
            .collect::<Vec<_>>()
            .join(" ");
        let may_print = canary::may_print(&line);
        let line = self.line.take().unwrap_or(line);
        self.command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let said = self.stderr.take().map(|file| self.home.join(file));
        if let Some(file) = &said {
            self.command.stderr(File::create(file).unwrap());
        }
        let mut child =
            spawned(&mut self.command).unwrap_or_else(|error| panic!("{line}: {error}"));
        let end = Instant::now() + TIME_LIMIT;
        let mut stdin = child.stdin.take().unwrap();
        // A program does not have to read all of its input, so a broken pipe is not an error.
        std::thread::spawn(move || stdin.write_all(&self.input));
        let stdout = read_all(child.stdout.take().unwrap());
        let stderr = child.stderr.take().map(read_all);
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() < end => std::thread::sleep(Duration::from_millis(5)),
                None => {
                    child.kill().unwrap();
                    let said =
                        stderr.and_then(|pipe| pipe.recv_timeout(Duration::from_secs(1)).ok());
                    let said = said.unwrap_or_default();
                    panic!("{line}\nis still running after {TIME_LIMIT:?}; on stderr: {said}");
                }
            }
        };
        let rest_of = |name, pipe: Receiver<String>| {
            pipe.recv_timeout(end.saturating_duration_since(Instant::now()).max(Duration::from_millis(100)))
                .unwrap_or_else(|_| panic!("{line}\nhas ended, but its {name} is still open in a child process, or is not UTF-8"))
        };
        let output = Output {
            status,
            stdout: rest_of("stdout", stdout),
            stderr: match (stderr, said) {
                (Some(pipe), _) => rest_of("stderr", pipe),
                (None, Some(file)) => std::fs::read_to_string(file).unwrap(),
                (None, None) => String::new(),
            },
            line,
            home: self.home,
        };
        let told = canary::is_in(&output.stderr) || !may_print && canary::is_in(&output.stdout);
        assert!(!told, "a secret was printed:\n{output}");
        output
    }

    /// Runs the command and expects success.
    #[track_caller]
    pub fn succeeds(self) -> Output {
        self.exits(0)
    }

    /// Runs the command and expects this exit status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Output {
        self.output().ended(status)
    }
}

/// The result of a command.
#[derive(Debug)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub(crate) line: String,
    pub(crate) home: PathBuf,
}

impl Output {
    /// Returns stdout, parsed as a single JSON value.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("not JSON ({error}):\n{self}"))
    }

    /// Expects this exit status.
    #[track_caller]
    pub fn ended(self, status: i32) -> Output {
        assert_eq!(
            self.status.code(),
            Some(status),
            "exit status (left) against expected (right) of\n{self}"
        );
        self
    }

    /// Compares the output with the next section of the test's snapshot: see [`crate::snapshot`].
    #[track_caller]
    pub fn recorded(&self, title: &str) -> &Output {
        crate::snapshot::compare(title, self);
        self
    }

    /// Expects each of these strings in stderr, on Windows without quotes and with `/` in paths.
    #[track_caller]
    pub fn explains(&self, words: &[&str]) -> &Output {
        let stderr = crate::snapshot::comparable(&self.stderr);
        for word in words {
            assert!(
                stderr.contains(&crate::snapshot::comparable(word)),
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

/// Starts a command.
///
/// wine 8 on a busy machine sometimes gives a process up before it has run anything and answers ERROR_INTERNAL_ERROR: then it is
/// started again, at most ten times.
fn spawned(command: &mut Command) -> std::io::Result<Child> {
    const ERROR_INTERNAL_ERROR: i32 = 1359;
    for _ in 0..10 {
        match command.spawn() {
            Err(error) if cfg!(windows) && error.raw_os_error() == Some(ERROR_INTERNAL_ERROR) => {
                std::thread::sleep(Duration::from_millis(200));
            }
            started => return started,
        }
    }
    command.spawn()
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
