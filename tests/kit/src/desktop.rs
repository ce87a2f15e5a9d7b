//! A desktop session: a private session bus with the real gnome-keyring on it, and a home directory of its own.
//!
//! The developer's own session is not touched. The bus starts no services by itself, so only what is started here exists.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::home::Run;
use super::tools;

const SERVICE: &str = "apono-login";
const PASSWORD: &str = "of the login keyring";
/// The longest time a daemon may take to start.
const START_LIMIT: Duration = Duration::from_secs(20);

/// The state of the session's Secret Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyring {
    /// As after signing in to a desktop.
    Unlocked,
    /// A login keyring exists and is locked.
    Locked,
    /// There is a session bus, but no Secret Service on it.
    None,
}

/// A running session. Ends when this value is dropped or when the thread that started it ends.
pub struct Desktop {
    folder: tempfile::TempDir,
    address: String,
    bus: Daemon,
    keyring: Option<Daemon>,
}

impl Desktop {
    pub fn start(keyring: Keyring) -> Desktop {
        tools::bin();
        // Not in `target`: the path of a Unix socket has a length limit.
        let folder = tempfile::Builder::new()
            .prefix("desktop-")
            .tempdir()
            .unwrap();
        for private in ["home", "run"] {
            fs::create_dir(folder.path().join(private)).unwrap();
        }
        let (bus, address) = start_bus(folder.path());
        let mut desktop = Desktop {
            folder,
            address,
            bus,
            keyring: None,
        };
        if keyring != Keyring::None {
            desktop.start_keyring();
        }
        if keyring == Keyring::Locked {
            desktop.lock();
        }
        desktop
    }

    /// Returns the environment variables that a program in this session has.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let runtime = self.folder.path().join("run").display().to_string();
        vec![
            ("DBUS_SESSION_BUS_ADDRESS", self.address.clone()),
            ("XDG_RUNTIME_DIR", runtime),
        ]
    }

    /// Returns the command, set up to run in this session.
    pub fn run(&self, run: Run) -> Run {
        let env = self.env().into_iter();
        env.fold(run, |run, (name, value)| run.env(name, value))
    }

    /// Starts a Secret Service in place of the keyring.
    #[cfg(target_os = "linux")]
    pub fn prompting(&self, manner: super::prompting::Manner) -> super::prompting::Prompting {
        super::prompting::Prompting::start(&self.address, manner)
    }

    fn start_keyring(&mut self) {
        let folder = self.folder.path();
        // A copy has no file capability (for locked memory). Some systems set it, and most containers refuse to run such a file.
        let program = folder.join("gnome-keyring-daemon");
        fs::copy("/usr/bin/gnome-keyring-daemon", &program).unwrap();
        let mut command = self.command(&program);
        command
            .args(["--foreground", "--components=secrets", "--unlock"])
            .arg(format!("--control-directory={}/keyring", folder.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("keyring.log")).unwrap());
        let mut daemon = Daemon::start(command);
        let mut stdin = daemon.process.stdin.take().unwrap();
        stdin.write_all(PASSWORD.as_bytes()).unwrap();
        drop(stdin);
        self.keyring = Some(daemon);
        let end = Instant::now() + START_LIMIT;
        // Applications store their secrets in the default collection.
        let default = ["Service.ReadAlias", "string:default"];
        while !said(&self.ask(&default)).contains("/collection/login") {
            let log = |name| {
                let log = fs::read_to_string(self.folder.path().join(name)).unwrap();
                log.lines().next().unwrap_or("nothing").to_owned()
            };
            assert!(
                Instant::now() < end,
                "gnome-keyring-daemon does not serve. It says: {}. The bus says: {}.",
                log("keyring.log"),
                log("bus.log")
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Locks the login keyring.
    pub fn lock(&self) {
        let lock = [
            "Service.Lock",
            "array:objpath:/org/freedesktop/secrets/collection/login",
        ];
        let answer = said(&self.ask(&lock));
        assert!(answer.contains("/collection/login"), "not locked: {answer}");
    }

    /// Returns whether the keyring asked for its password. (The prompt itself fails: there is no prompter on this bus.)
    pub fn prompted(&self) -> bool {
        let log = fs::read_to_string(self.folder.path().join("keyring.log")).unwrap();
        log.contains("prompt")
    }

    pub fn freeze_keyring(&self) {
        self.keyring.as_ref().unwrap().signal("STOP");
    }

    pub fn thaw_keyring(&self) {
        self.keyring.as_ref().unwrap().signal("CONT");
    }

    /// Kills the keyring daemon, which removes it from the bus.
    pub fn stop_keyring(&mut self) {
        self.keyring = None;
        let end = Instant::now() + START_LIMIT;
        while said(&self.ask(&["Service.ReadAlias", "string:default"])).contains("object path") {
            assert!(
                Instant::now() < end,
                "the keyring is still there after SIGKILL"
            );
        }
    }

    pub fn freeze_bus(&self) {
        self.bus.signal("STOP");
    }

    pub fn thaw_bus(&self) {
        self.bus.signal("CONT");
    }

    /// Returns the username attribute of every item that apono-login stored, including locked ones.
    pub fn items(&self) -> Vec<String> {
        let mut search = self.command(Path::new("secret-tool"));
        search.args(["search", "--all", "service", SERVICE]);
        // The attributes are on stdout or stderr, depending on the version.
        let found = said(&search.output().unwrap());
        let names = found
            .lines()
            .filter_map(|line| line.strip_prefix("attribute.username = "));
        names.map(str::to_owned).collect()
    }

    /// Returns the secret of apono-login's item with this username.
    pub fn secret(&self, username: &str) -> Vec<u8> {
        let mut lookup = self.command(Path::new("secret-tool"));
        lookup.args(["lookup", "service", SERVICE, "username", username]);
        lookup.output().unwrap().stdout
    }

    /// Replaces the secret of apono-login's item with this username.
    pub fn replace_secret(&self, username: &str, secret: &str) {
        let mut store = self.command(Path::new("secret-tool"));
        store
            .args([
                "store",
                "--label=test",
                "service",
                SERVICE,
                "username",
                username,
            ])
            .stdin(Stdio::piped());
        let mut store = store.spawn().unwrap();
        let mut stdin = store.stdin.take().unwrap();
        stdin.write_all(secret.as_bytes()).unwrap();
        drop(stdin);
        assert!(store.wait().unwrap().success());
    }

    pub fn remove_item(&self, username: &str) {
        let mut clear = self.command(Path::new("secret-tool"));
        clear.args(["clear", "service", SERVICE, "username", username]);
        assert!(clear.status().unwrap().success());
    }

    /// Calls a method of the Secret Service; `call` is the method's name and its arguments in dbus-send syntax.
    fn ask(&self, call: &[&str]) -> Output {
        let mut send = self.command(Path::new("dbus-send"));
        send.args([
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets",
        ]);
        send.arg(format!("org.freedesktop.Secret.{}", call[0]))
            .args(&call[1..]);
        send.output().unwrap()
    }

    /// Returns a command for a program in this session.
    fn command(&self, program: &Path) -> Command {
        let mut command = command(program, self.folder.path());
        command.envs(self.env());
        command
    }
}

fn start_bus(folder: &Path) -> (Daemon, String) {
    let config = folder.join("bus.conf");
    // Like the session.conf of dbus, with its limits, but without the directories of services that are started on demand.
    fs::write(
        &config,
        format!(
            "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"
               \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">
             <busconfig>
               <type>session</type>
               <listen>unix:dir={}</listen>
               <auth>EXTERNAL</auth>
               <policy context=\"default\">
                 <allow send_destination=\"*\" eavesdrop=\"true\"/>
                 <allow eavesdrop=\"true\"/>
                 <allow own=\"*\"/>
               </policy>
               <limit name=\"max_incoming_bytes\">1000000000</limit>
               <limit name=\"max_outgoing_bytes\">1000000000</limit>
               <limit name=\"max_message_size\">1000000000</limit>
               <limit name=\"max_completed_connections\">100000</limit>
               <limit name=\"max_incomplete_connections\">10000</limit>
               <limit name=\"max_connections_per_user\">100000</limit>
               <limit name=\"max_match_rules_per_connection\">50000</limit>
               <limit name=\"max_replies_per_connection\">50000</limit>
             </busconfig>",
            folder.display()
        ),
    )
    .unwrap();
    let mut command = command(Path::new("dbus-daemon"), folder);
    command
        .arg(format!("--config-file={}", config.display()))
        .args(["--nofork", "--nopidfile", "--print-address=1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(File::create(folder.join("bus.log")).unwrap());
    let mut daemon = Daemon::start(command);
    let mut address = String::new();
    let mut stdout = BufReader::new(daemon.process.stdout.take().unwrap());
    // dbus-daemon prints the address once it listens, or exits.
    stdout.read_line(&mut address).unwrap();
    let log = || fs::read_to_string(folder.join("bus.log")).unwrap();
    assert!(
        !address.is_empty(),
        "dbus-daemon does not start:\n{}",
        log()
    );
    (daemon, address.trim_end().to_owned())
}

/// Returns a command that has this session's home and is killed when the thread that starts it ends.
fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "KILL"])
        .arg(program)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder.join("home"));
    command
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|stream| String::from_utf8_lossy(stream).into_owned() + "\n")
        .concat()
}

/// A process that is ended when this value is dropped, even while it is stopped.
struct Daemon {
    process: Child,
}

impl Daemon {
    fn start(mut command: Command) -> Daemon {
        Daemon {
            process: command.spawn().unwrap(),
        }
    }

    fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.process.id());
        let status = Command::new("/bin/sh").args(["-c", &script]).status();
        assert!(status.unwrap().success(), "{script}");
        // The signal takes a moment to arrive.
        let stat = format!("/proc/{}/stat", self.process.id());
        let end = Instant::now() + START_LIMIT;
        while fs::read_to_string(&stat).unwrap().contains(") T ") != (name == "STOP") {
            assert!(Instant::now() < end, "SIG{name} had no effect");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // SIGKILL also ends a stopped process.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
