//! Runs the whole procedure without AWS, from an empty home directory to `kubectl get pods`.
//!
//! Starts the stand-in for AWS and for a cluster's API server on loopback, runs the real binary (and the real kubectl, if it is
//! installed) in a temporary home, and prints each step as a user would type it. The browser that `apono-login` opens is this
//! program again: it signs in as Alice and allows the request. Fails if any step does not end as expected.
//!
//!     cargo run --example sandbox            # takes a few seconds
//!     cargo run --example sandbox -- --keep  # keeps running, for trying other commands

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it is a person's stand-in: it looks around, and prints"
)]

#[path = "sandbox/build.rs"]
mod build;
#[path = "sandbox/kubectl.rs"]
mod kubectl;

use std::env;
use std::error::Error;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use kit::standin::{Operation, Options, Service, StandIn};

/// Variables in the caller's shell that would direct a tool to something outside the sandbox.
const LEAKS: [&str; 10] = [
    "APONO_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_CONFIG_FILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_PROFILE",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
    "HTTPS_PROXY",
    "XDG_CACHE_HOME",
];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let keep = match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--keep" => true,
        [flag, link] if flag == BROWSE => return browse(link),
        _ => {
            eprintln!("usage: cargo run --example sandbox [-- --keep]");
            return ExitCode::from(2);
        }
    };
    match Sandbox::new().and_then(|sandbox| sandbox.run(keep)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nsandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The argument with which this program acts as the browser that `apono-login` opens.
const BROWSE: &str = "--browse";

/// Signs in as Alice at this link and allows the request.
fn browse(link: &str) -> ExitCode {
    let ca = env::var_os("AWS_CA_BUNDLE").unwrap_or_default();
    let ca = std::fs::read_to_string(ca).unwrap_or_default();
    let page = kit::browser::Browser::trusting(&ca).allow(link, "alice@example.com");
    match page.status {
        200 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

struct Sandbox {
    standin: StandIn,
    home: tempfile::TempDir,
    /// The directory of the `apono-login` that is run.
    bin: PathBuf,
    /// The path of this program, which is also the browser.
    this: PathBuf,
    /// `None` if kubectl is not installed, or is too old for `v1` exec credentials.
    kubectl: Option<PathBuf>,
}

/// The expected result of a step.
enum Ends {
    /// Exit status 0, and this text in its output.
    Well(&'static str),
    /// This exit status, and this text in its output.
    Badly(i32, &'static str),
}

impl Sandbox {
    fn new() -> Result<Sandbox> {
        // Read before the build below, which may replace this file. APONO_LOGIN_SANDBOX names a script that runs this program, where
        // the system itself cannot: under an emulator.
        let this = env::var_os("APONO_LOGIN_SANDBOX")
            .map_or_else(env::current_exe, |path| Ok(path.into()))?;
        let binary = build::binary()?;
        let bin = binary
            .parent()
            .ok_or("the binary has no directory")?
            .to_owned();
        let home = tempfile::Builder::new()
            .prefix("apono-login-sandbox-")
            .tempdir()?;
        let standin = StandIn::start(Options {
            tls: true,
            ..Options::default()
        });
        let mut sandbox = Sandbox {
            standin,
            home,
            bin,
            this,
            kubectl: None,
        };
        sandbox.kubectl = kubectl::find(&sandbox.env());
        Ok(sandbox)
    }

    fn run(&self, keep: bool) -> Result<()> {
        self.say("A laptop with nothing on it. Alice knows what her admin told her, and signs in in her browser.");
        self.step(
            "apono-login install --sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 --sso-role-name \
             Engineer --account-id 111122223333 --cluster-name prod --region eu-west-1 --yes",
            Ends::Well("alice@example.com"),
        )?;
        for written in [".aws/config", ".kube/config"] {
            if !self.home.path().join(written).is_file() {
                return Err(format!("~/{written} was written outside of the sandbox").into());
            }
        }
        self.step("apono-login status", Ends::Well("alice@example.com"))?;
        if self.kubectl.is_none() {
            self.say(
                "kubectl 1.22 or newer was not found: the next requests go to the API server directly, with the token from \
                 the command in the kubeconfig.",
            );
        }
        self.step("kubectl get pods", Ends::Well("cart-"))?;
        self.step("kubectl auth whoami", Ends::Well("alice@example.com"))?;
        self.say("A namespace she has not been granted:");
        let forbidden = "User \"alice@example.com\" cannot list resource \"pods\"";
        self.step("kubectl get pods -n payments", Ends::Badly(1, forbidden))?;
        self.check_traffic()?;

        self.say("Her access ends, and she wonders what is wrong:");
        self.standin.revoke_all();
        self.step("apono-login doctor", Ends::Badly(1, "Apono"))?;
        self.say("She requests it in Apono, and it is granted:");
        self.standin.grant("alice@example.com", "default");
        self.step("apono-login doctor", Ends::Well("pods"))?;

        self.say("Her AWS sign-in is for every AWS tool, and ends when she says so:");
        self.step(
            "apono-login logout --sso",
            Ends::Well("https://example.awsapps.com/start"),
        )?;
        self.step(
            "apono-login get-token --cluster-name prod --region eu-west-1",
            Ends::Badly(3, "apono-login"),
        )?;

        self.standin.write_home(self.home.path())?;
        self.say("Bob tries to be Alice, with his own AWS credentials:");
        self.step(
            "apono-login install --profile as-alice --source-profile bob --account-id 111122223333 --email \
             alice@example.com --region eu-west-1",
            Ends::Well(""),
        )?;
        self.step(
            "apono-login --profile as-alice",
            Ends::Badly(1, "bob@example.com"),
        )?;
        if keep { self.keep() } else { Ok(()) }
    }

    /// Prints the command, runs it, prints its output, and checks the result.
    fn step(&self, line: &str, ends: Ends) -> Result<()> {
        println!("\n$ {line}");
        let words: Vec<&str> = line.split(' ').collect();
        let (status, output) = match (words.as_slice(), &self.kubectl) {
            (["kubectl", args @ ..], Some(kubectl)) => self.execute(kubectl, args)?,
            (["kubectl", args @ ..], None) => {
                kubectl::instead(self.home.path(), &self.env(), args)?
            }
            ([_, args @ ..], _) => self.execute(&self.bin.join(build::NAME), args)?,
            ([], _) => return Err("an empty command".into()),
        };
        print!("{output}");
        let (expected, text) = match ends {
            Ends::Well(text) => (0, text),
            Ends::Badly(status, text) => (status, text),
        };
        if status != Some(expected) {
            let found = status.map_or("a signal".to_owned(), |status| {
                format!("exit status {status}")
            });
            return Err(
                format!("`{line}` ended with {found}, not with exit status {expected}").into(),
            );
        }
        if !output.contains(text) {
            return Err(format!("`{line}` did not print {text:?}").into());
        }
        Ok(())
    }

    fn execute(&self, program: &Path, args: &[&str]) -> Result<(Option<i32>, String)> {
        let run = Command::new(program)
            .args(args)
            .env_clear()
            .envs(self.env())
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{} could not be run: {error}", program.display()))?;
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Ok((run.status.code(), text(&run.stdout) + &text(&run.stderr)))
    }

    /// Returns the whole environment of every child process, without the caller's AWS, Kubernetes and proxy settings.
    fn env(&self) -> Vec<(OsString, OsString)> {
        let mut env = vec![("PATH".into(), self.path())];
        // Windows needs the first three to open a socket and to run scripts, and the others to locate temporary files.
        for name in ["SystemRoot", "ComSpec", "PATHEXT", "TEMP", "TMP", "TMPDIR"] {
            env.extend(env::var_os(name).map(|value| (name.into(), value)));
        }
        let own = self
            .own_env()
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()));
        env.extend(own);
        env
    }

    fn own_env(&self) -> Vec<(&'static str, String)> {
        let home = self.home.path().display().to_string();
        let kubeconfig = self
            .home
            .path()
            .join(".kube")
            .join("config")
            .display()
            .to_string();
        let mut env = vec![("HOME", home.clone()), ("KUBECONFIG", kubeconfig)];
        if cfg!(windows) {
            // Without them programs use the folders of the person who runs the sandbox.
            let data = self.home.path().join("AppData").display().to_string();
            env.extend([("LOCALAPPDATA", data.clone()), ("APPDATA", data)]);
            env.push(("USERPROFILE", home));
        }
        env.push((
            "BROWSER",
            format!("\"{}\" {BROWSE} %s", self.this.display()),
        ));
        // The sandbox must not leave anything in the user's keyring.
        env.push(("APONO_LOGIN_STORE", "file".to_owned()));
        env.extend(self.standin.env());
        env
    }

    fn path(&self) -> OsString {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let all = [self.bin.clone()]
            .into_iter()
            .chain(env::split_paths(&inherited));
        env::join_paths(all).unwrap_or(inherited)
    }

    /// Checks that all of Alice's steps together made one sign-in, one AssumeRole and one DescribeCluster, and did not call IMDS.
    fn check_traffic(&self) -> Result<()> {
        let once = [
            Operation::Authorize,
            Operation::CreateToken,
            Operation::AssumeRole,
            Operation::DescribeCluster,
        ];
        let counts = once.map(|operation| self.standin.count(operation));
        if counts.iter().any(|count| *count != 1) {
            return Err(format!("expected one request each of {once:?}, found {counts:?}").into());
        }
        if self.standin.connections(Service::Metadata) != 0 {
            return Err("apono-login called the instance metadata service".into());
        }
        Ok(())
    }

    fn say(&self, text: &str) {
        println!("\n# {text}");
    }

    /// Waits until Ctrl-C; the temporary home is removed when this returns.
    fn keep(&self) -> Result<()> {
        self.say("The sandbox runs until Ctrl-C. To use it, run this in another terminal:");
        let leaks: Vec<&str> = LEAKS
            .into_iter()
            .filter(|name| env::var_os(name).is_some())
            .collect();
        println!();
        if cfg!(windows) {
            leaks.iter().for_each(|name| println!("set {name}="));
            println!("set \"PATH={};%PATH%\"", self.bin.display());
            for (name, value) in self.own_env() {
                println!("set \"{name}={value}\"");
            }
        } else {
            if !leaks.is_empty() {
                println!("unset {}", leaks.join(" "));
            }
            println!("export PATH='{}':\"$PATH\"", self.bin.display());
            for (name, value) in self.own_env() {
                println!("export {name}='{value}'");
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(tokio::signal::ctrl_c())?;
        println!();
        Ok(())
    }
}
