//! A desktop session: a private session bus and the real gnome-keyring on it, with a home of their own.
//!
//! Nothing of the developer's session is touched. The bus starts no services by itself: what is not started here is not there.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::home::Run;
use super::tools;

const SERVICE: &str = "apono-login";
const PASSWORD: &str = "of the login keyring";
/// How long a daemon may take to start.
const START_LIMIT: Duration = Duration::from_secs(20);

/// What the Secret Service of a session is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyring {
    /// As after signing in to a desktop.
    Unlocked,
    /// There is a login keyring, and it wants its password.
    Locked,
    /// There is a session bus and no Secret Service on it.
    None,
}

/// Ends with this value, and with the thread that started it however that ends.
pub struct Desktop {
    folder: tempfile::TempDir,
    address: String,
    bus: Daemon,
    keyring: Option<Daemon>,
}

impl Desktop {
    pub fn start(keyring: Keyring) -> Desktop {
        tools::bin();
        // Not in target: the path of a socket has to be short.
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

    /// What a program in this session has in its environment.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let runtime = self.folder.path().join("run").display().to_string();
        vec![
            ("DBUS_SESSION_BUS_ADDRESS", self.address.clone()),
            ("XDG_RUNTIME_DIR", runtime),
        ]
    }

    /// The command, run in this session.
    pub fn run(&self, run: Run) -> Run {
        let env = self.env().into_iter();
        env.fold(run, |run, (name, value)| run.env(name, value))
    }

    fn start_keyring(&mut self) {
        let folder = self.folder.path();
        // A copy, without the file capability (locked memory) that some systems give it and most containers refuse.
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
        // The default collection is where applications put their secrets.
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

    /// The keyring asked for its owner's password. (It fails to: there is no prompter on this bus.)
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

    /// It dies and leaves the bus.
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

    /// The username attribute of every item of ours, locked ones too.
    pub fn items(&self) -> Vec<String> {
        let mut search = self.command(Path::new("secret-tool"));
        search.args(["search", "--all", "service", SERVICE]);
        // Which of the two streams has the attributes depends on the version.
        let found = said(&search.output().unwrap());
        let names = found
            .lines()
            .filter_map(|line| line.strip_prefix("attribute.username = "));
        names.map(str::to_owned).collect()
    }

    /// The secret of the item of ours with this username.
    pub fn secret(&self, username: &str) -> Vec<u8> {
        let mut lookup = self.command(Path::new("secret-tool"));
        lookup.args(["lookup", "service", SERVICE, "username", username]);
        lookup.output().unwrap().stdout
    }

    /// Puts another secret into the item of ours with this username.
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

    /// Calls a method of the Secret Service: its name, its arguments as dbus-send takes them.
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

    /// A program in this session.
    fn command(&self, program: &Path) -> Command {
        let mut command = command(program, self.folder.path());
        command.envs(self.env());
        command
    }
}

fn start_bus(folder: &Path) -> (Daemon, String) {
    let config = folder.join("bus.conf");
    // As the session.conf of dbus, but without its directories of services to be started when somebody asks for them.
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
    // It prints the address once it listens there, or ends.
    stdout.read_line(&mut address).unwrap();
    let log = || fs::read_to_string(folder.join("bus.log")).unwrap();
    assert!(
        !address.is_empty(),
        "dbus-daemon does not start:\n{}",
        log()
    );
    (daemon, address.trim_end().to_owned())
}

/// A program with the desktop's own home; killed when the thread that starts it ends.
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

/// A process that ends with this value, frozen or not.
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
        // A signal is on its way for a moment.
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
        // SIGKILL ends a stopped process too.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
