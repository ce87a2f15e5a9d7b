//! A laptop, its identity provider, and an AWS that trusts this provider; the browser is a real Chromium.

use std::io::Read;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::{ServerConnection, StreamOwned};

pub use crate::sources::sign_in::ALICE;
use crate::sso::watch::{Watched, watched};
use kit::home::{Output, Run};
use kit::idp::{Claims, Idp, PROVIDER_ARN};
use kit::laptop::{Laptop, files_below};
use kit::standin::{Authority, Operation, Options, ROLE_ARN};
use kit::{Home, tools};

/// The folder of the browser's data.
pub const BROWSERS: &str = ".local/share/apono-login/browser";

pub struct Federation {
    pub laptop: Laptop,
    pub idp: Idp,
    aws_sign_in: Arc<Mutex<Vec<u8>>>,
}

impl Federation {
    /// Returns a laptop without a profile; Alice is the person at the identity provider.
    pub fn new() -> Federation {
        let (laptop, idp) = (Laptop::bare(Options::default()), Idp::start());
        let certificate = idp.provider_certificate();
        let provider = laptop.aws.add_saml_provider("Okta", &certificate);
        assert_eq!(provider, PROVIDER_ARN);
        laptop.aws.trust_saml(ROLE_ARN, PROVIDER_ARN);
        idp.set_person(Some(ALICE));
        let (address, aws_sign_in) = listen();
        let Laptop { aws, home } = laptop;
        let browser = chromium(&home, address);
        let home = home.with_env("APONO_LOGIN_BROWSER", browser);
        Federation {
            laptop: Laptop { aws, home },
            idp,
            aws_sign_in,
        }
    }

    /// Returns a laptop with the profile installed.
    pub fn installed() -> Federation {
        let federation = Federation::new();
        federation.install();
        federation
    }

    pub fn install(&self) {
        let run = self.laptop.run(&self.install_command());
        self.laptop.succeeds(run);
        assert_eq!(self.idp.visits().len(), 0, "no sign-in is needed for it");
    }

    pub fn install_command(&self) -> String {
        format!(
            "install --account-id 111122223333 --email {ALICE} --region eu-west-1 --saml-provider Okta --saml-url {}",
            self.idp.url()
        )
    }

    /// Returns an `install` command with only the URL given and without prompts.
    pub fn short(&self, flags: &str) -> String {
        let url = self.idp.url();
        format!("install --yes --saml-url {url} --region eu-west-1 {flags}")
    }

    /// Logs in with a response that holds these claims, on standard input.
    pub fn bring(&self, claims: &Claims) -> Run {
        self.bring_text(self.idp.response(claims))
    }

    pub fn bring_text(&self, text: impl AsRef<[u8]>) -> Run {
        let run = self.laptop.run("login --saml-response -");
        run.input(text.as_ref())
    }

    /// Checks that the command succeeds and prints no response.
    #[track_caller]
    pub fn succeeds(&self, run: Run) -> Output {
        let output = self.laptop.succeeds(run);
        self.check_discretion(&output);
        output
    }

    /// Checks as [`Laptop::failed`] does, and that the browser receives no secret.
    #[track_caller]
    pub fn fails(&self, run: Run, status: i32, title: &str) -> Output {
        let output = self.laptop.failed(run.output(), status, title);
        self.check_discretion(&output);
        output
    }

    #[track_caller]
    fn check_discretion(&self, output: &Output) {
        let arguments = self.browsers().concat();
        for response in self.idp.issued() {
            let piece = &response[..60];
            assert!(
                !output.stderr.contains(piece),
                "a response on stderr:\n{output}"
            );
            assert!(!arguments.contains(piece), "{arguments}");
        }
        let received = self.received();
        assert_eq!(received, "", "AWS's sign-in page was asked for something");
    }

    /// Returns what AWS's sign-in page was sent.
    pub fn received(&self) -> String {
        String::from_utf8_lossy(&self.aws_sign_in.lock().unwrap()).into_owned()
    }

    /// Returns the arguments of each browser that was started, in order.
    pub fn browsers(&self) -> Vec<String> {
        let arguments = std::fs::read_to_string(self.laptop.home.path("chromium-arguments"));
        let arguments = arguments.unwrap_or_default();
        arguments.lines().map(str::to_owned).collect()
    }

    /// Returns how many times AWS was asked for credentials.
    pub fn roles_assumed(&self) -> usize {
        self.laptop.aws.count(Operation::AssumeRoleWithSaml)
    }

    /// Returns how many seconds the cached credentials are still valid.
    pub fn seconds_left(&self) -> i64 {
        let status = self.laptop.run("status --output json").succeeds();
        status.json()["seconds_left"].as_i64().unwrap()
    }

    /// Deletes the cached credentials.
    pub fn log_out(&self) {
        self.laptop.succeeds(self.laptop.run("logout"));
    }

    /// Returns the files that browsers left.
    pub fn remembered(&self) -> Vec<PathBuf> {
        files_below(&self.laptop.home.path(BROWSERS))
    }

    /// Allows programs to start a sign-in.
    pub fn make_interactive(&self) {
        let config = self.laptop.home.read(".aws/config") + "apono_interactive = true\n";
        self.laptop.home.write(".aws/config", config);
    }

    /// Logs in; the person closes the window once `said` returns. Another process ends the browser.
    pub fn window_closed_once(
        &self,
        prepare: impl FnOnce(Run) -> Run,
        said: impl FnOnce(&Watched) + Send,
    ) -> Output {
        let folder = self.laptop.home.path(BROWSERS).display().to_string();
        let closes = |run: &Watched| {
            // The window is closed in any case: the program would wait for minutes.
            let said = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| said(run)));
            let ended = Command::new("pkill").args(["-f", &folder]).status();
            assert!(ended.unwrap().success());
            said.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        };
        watched(&self.laptop, "login", prepare, closes).0
    }

    /// Checks that no browser with a folder in this home runs, or that it ends within ten seconds.
    #[track_caller]
    pub fn no_browser_is_left(&self) {
        let folder = self.laptop.home.path(BROWSERS).display().to_string();
        let end = std::time::Instant::now() + Duration::from_secs(10);
        loop {
            let found = Command::new("pgrep").args(["-f", &folder]).output();
            let found = found.unwrap();
            if found.stdout.is_empty() {
                return;
            }
            assert!(std::time::Instant::now() < end, "a browser is left running");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Records what AWS's sign-in page would receive.
fn listen() -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let received = Arc::new(Mutex::new(Vec::new()));
    let bytes = Arc::clone(&received);
    let config = Authority::new().server();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let bytes = Arc::clone(&bytes);
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            std::thread::spawn(move || {
                let mut chunk = [0; 4096];
                // A browser may open a connection in advance and send nothing.
                let mut connection = StreamOwned::new(session, connection);
                while let Ok(count @ 1..) = connection.read(&mut chunk) {
                    bytes.lock().unwrap().extend_from_slice(&chunk[..count]);
                }
            });
        }
    });
    (address, received)
}

/// Returns Chromium for the tests: no sandbox, headless without DISPLAY, Amazon's hosts at the address `aws`.
fn chromium(home: &Home, aws: SocketAddr) -> PathBuf {
    let (log, arguments) = (home.path("chromium.log"), home.path("chromium-arguments"));
    let script = format!(
        "printf '%s\\n' \"$*\" >>'{}'\n[ -n \"$DISPLAY\" ] || set -- --headless=new \"$@\"\n\
         exec {} --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking \
         --disable-component-update --disable-sync --disable-popup-blocking --ignore-certificate-errors \
         --host-resolver-rules='MAP *.amazon.com {aws}, MAP *.amazonaws.cn {aws}' \"$@\" 2>>'{}'\n",
        arguments.display(),
        tools::chromium().display(),
        log.display()
    );
    home.program("chromium", &script)
}
