//! A user's computer and the AWS it talks to, for tests of failures: the stderr of every run is also checked for secrets and
//! control characters.

use std::ffi::OsStr;
#[cfg(unix)]
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use crate::Home;
use crate::home::{Output, Run, apono_login};
use crate::standin::{Options, Service, StandIn};

pub const INSTALL: &str =
    "install --account-id 111122223333 --email alice@example.com --region eu-west-1";
/// The profile that `install` writes.
pub const PROFILE: &str = "\
[profile apono-k8s-access]
role_arn = arn:aws:iam::111122223333:role/apono-k8s-access
role_session_name = alice@example.com
source_profile = default
region = eu-west-1
";
pub const LOGIN: &str = "login";
pub const GET_TOKEN: &str = "get-token --cluster-name prod --region eu-west-1";
pub const UPDATE_KUBECONFIG: &str = "update-kubeconfig --name prod --region eu-west-1";

pub struct Laptop {
    pub aws: StandIn,
    pub home: Home,
}

impl Laptop {
    /// Creates a home with source credentials in `~/.aws/credentials` and nothing else.
    pub fn bare(options: Options) -> Laptop {
        let aws = StandIn::start(options);
        let env = aws.env().into_iter();
        let home = env.fold(Home::new(), |home, (name, value)| {
            home.with_env(name, value)
        });
        aws.write_home(&home.path("")).unwrap();
        Laptop { aws, home }
    }

    /// Creates a home with the guide's profile.
    pub fn new() -> Laptop {
        let laptop = Laptop::bare(Options::default());
        laptop.home.write(".aws/config", PROFILE);
        laptop
    }

    pub fn with_config(config: impl AsRef<[u8]>) -> Laptop {
        let laptop = Laptop::bare(Options::default());
        laptop.home.write(".aws/config", config);
        laptop
    }

    pub fn run(&self, arguments: &str) -> Run {
        self.home.apono_login(arguments)
    }

    pub fn run_words<A: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = A>) -> Run {
        self.home.run(apono_login(), words)
    }

    /// Prepares a shell script that file modes apply to: they do not apply to root, unless its capabilities are dropped.
    #[cfg(unix)]
    pub fn bound_by_modes(&self, script: &str) -> Run {
        let run = match std::fs::metadata("/proc/self").unwrap().uid() {
            0 => {
                let words = ["--bounding-set=-all", "--inh-caps=-all", "sh", "-c", script];
                self.home.run("setpriv", words)
            }
            _ => self.home.run("sh", ["-c", script]),
        };
        run.known_as(script)
    }

    /// Expects no connection to any of these services.
    #[track_caller]
    pub fn asked_none_of(&self, services: &[Service]) {
        for service in services {
            assert_eq!(self.aws.connections(*service), 0, "{service:?}");
        }
    }

    /// Expects that the run succeeds, with no secret on stderr.
    #[track_caller]
    pub fn succeeds(&self, run: Run) -> Output {
        let output = run.succeeds();
        self.check_discretion(&output);
        output
    }

    /// Expects that `apono-login ARGUMENTS…` fails as documented: with this exit status, nothing on stdout, and on stderr an
    /// error, its cause and hints that match the snapshot with this title.
    #[track_caller]
    pub fn fails(&self, run: Run, status: i32, title: &str) -> Output {
        let output = self.failed(run.output(), status, title);
        for line in output.stderr.lines() {
            let labels = ["error: ", "cause: ", "hint: ", "warning: ", "detail: "];
            let labelled = labels.iter().any(|label| line.starts_with(label));
            assert!(labelled, "an unlabelled line in\n{output}");
        }
        output
    }

    /// Like `fails`, for a run that has ended and printed something else first.
    #[track_caller]
    pub fn failed(&self, output: Output, status: i32, title: &str) -> Output {
        let output = output.ended(status);
        assert_eq!(output.stdout, "", "stdout is protocol:\n{output}");
        for label in ["error: ", "cause: ", "hint: "] {
            let found = output.stderr.lines().any(|line| line.starts_with(label));
            assert!(found, "no line {label:?} in\n{output}");
        }
        self.check_discretion(&output);
        output.recorded(title);
        output
    }

    /// Expects that all these runs fail with the same words, which match the snapshot with this title.
    #[track_caller]
    pub fn failed_alike(
        &self,
        outputs: impl IntoIterator<Item = Output>,
        status: i32,
        title: &str,
    ) {
        let mut outputs = outputs.into_iter();
        let first = self.failed(outputs.next().unwrap(), status, title);
        for other in outputs {
            let words = [&first, &other].map(crate::snapshot::lasting_part_of_stderr);
            assert_eq!(words[0], words[1], "{title}");
            assert_eq!(other.stdout, "", "{title}: {other}");
            other.ended(status);
        }
    }

    /// Expects that a run by a program stops because a user is needed: with exit status 3, and one line that matches the
    /// snapshot with this title.
    pub fn fails_in_a_line(&self, run: Run, title: &str) -> Output {
        let output = run.exits(3);
        assert_eq!(output.stdout, "", "stdout is protocol:\n{output}");
        assert_eq!(output.stderr.lines().count(), 1, "{output}");
        assert!(output.stderr.starts_with("error: "), "{output}");
        self.check_discretion(&output);
        output.recorded(title);
        output
    }

    /// Expects no secret and no terminal control character on stderr.
    #[track_caller]
    pub fn check_discretion(&self, output: &Output) {
        let obeyed = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(
            !output.stderr.contains(obeyed),
            "control characters:\n{output}"
        );
        for secret in self.aws.secrets() {
            assert!(
                !output.stderr.contains(&secret),
                "a secret on stderr:\n{output}"
            );
        }
    }

    /// Returns the files in the cache directory with this extension.
    pub fn cached(&self, extension: &str) -> Vec<PathBuf> {
        let files = files_below(&self.home.path(".cache/apono-login"));
        let wanted = |path: &PathBuf| path.extension() == Some(OsStr::new(extension));
        files.into_iter().filter(wanted).collect()
    }
}

/// Returns a file's mode without its type.
#[cfg(unix)]
#[track_caller]
pub fn mode(path: impl AsRef<std::path::Path>) -> u32 {
    let path = path.as_ref();
    let metadata = std::fs::metadata(path);
    metadata
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .mode()
        & 0o7777
}

/// Expects that a file has this mode, where files have one: Windows protects the folders of a user by their access control lists.
#[track_caller]
pub fn has_mode(path: impl AsRef<std::path::Path>, expected: u32) {
    #[cfg(unix)]
    assert_eq!(mode(&path), expected, "{}", path.as_ref().display());
    #[cfg(not(unix))]
    let _ = (path, expected);
}

/// Returns everything below a folder except folders.
pub fn files_below(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for found in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match found.file_type().unwrap().is_dir() {
            true => files.extend(files_below(&found.path())),
            false => files.push(found.path()),
        }
    }
    files
}
