//! A running process that a test watches: its messages so far, and its process ID.

use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use crate::sources::sign_in::stored;
use kit::Home;
use kit::home::{Output, Run};
use kit::laptop::Laptop;

/// The longest time until an expected message.
const SOON: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(10);

pub struct Watched<'a> {
    laptop: &'a Laptop,
}

/// Runs `apono-login ARGUMENTS`, prepared by `prepare`, and meanwhile does `what`. Its stderr goes to a
/// file and from there into the output. Ctrl-C works even if the parent process of the tests ignores it.
pub fn watched<T: Send>(
    laptop: &Laptop,
    arguments: &str,
    prepare: impl FnOnce(Run) -> Run,
    what: impl FnOnce(&Watched) -> T + Send,
) -> (Output, T) {
    let script =
        format!("echo $$ >pid; exec env --default-signal=INT apono-login {arguments} 2>said");
    let run = laptop.home.run("sh", ["-c", &script]);
    let run = prepare(run.known_as(&format!("apono-login {arguments}")));
    let (mut output, done) = beside(laptop, run, what);
    output.stderr = laptop.home.read("said");
    laptop.check_discretion(&output);
    (output, done)
}

/// Does the same on a terminal, where all output goes.
pub fn watched_on_terminal<T: Send>(
    laptop: &Laptop,
    arguments: &str,
    prepare: impl FnOnce(Run) -> Run,
    what: impl FnOnce(&Watched) -> T + Send,
) -> (Output, T) {
    let command = format!("stty cols 100 rows 50; echo $$ >pid; exec apono-login {arguments}");
    let run = laptop.home.on_terminal_into("said", &command);
    let run = run.known_as(&format!("apono-login {arguments} # on a terminal"));
    beside(laptop, prepare(run.env("TERM", "xterm")), what)
}

fn beside<T: Send>(
    laptop: &Laptop,
    run: Run,
    what: impl FnOnce(&Watched) -> T + Send,
) -> (Output, T) {
    for left in ["pid", "said"] {
        let _ = std::fs::remove_file(laptop.home.path(left));
    }
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| what(&Watched { laptop }));
        let output = run.output();
        (output, watcher.join().unwrap())
    })
}

impl Watched<'_> {
    /// Returns the first complete line that contains `what`, trimmed, once there is one.
    #[track_caller]
    pub fn said(&self, what: &str) -> String {
        let path = self.laptop.home.path("said");
        wait_for(what, || {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
            let found = whole.lines().find(|line| line.contains(what));
            found.map(|line| line.trim().to_owned())
        })
    }

    #[track_caller]
    pub fn pid(&self) -> String {
        let path = self.laptop.home.path("pid");
        wait_for("a process", || {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            text.strip_suffix('\n').map(str::to_owned)
        })
    }

    /// Sends this signal, as `kill -NAME` does.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.pid());
        self.laptop.home.run("sh", ["-c", &kill]).succeeds();
    }
}

/// Checks that this signal ended the process.
#[track_caller]
pub fn ended_by(output: &Output, signal: &str) {
    let number = if signal == "INT" { 2 } else { 15 };
    assert_eq!(output.status.signal(), Some(number), "{output}");
}

/// Returns a command for BROWSER that records the URL and keeps running, as a browser does that was not
/// open before. The caller has to end it.
pub fn lasting_browser(home: &Home) -> String {
    let folder = home.path("").display().to_string();
    let text =
        format!("cd '{folder}'\necho $$ >browser.pid\nprintf '%s\\n' \"$*\" >>opened\nsleep 60\n");
    home.write("browser.sh", text);
    format!("sh {folder}/browser.sh %s")
}

pub fn end_browser(home: &Home) {
    // It has its own process group, so Ctrl-C does not reach it.
    let kill = "kill -- -$(cat browser.pid)";
    home.run("sh", ["-c", kill]).succeeds();
}

/// Waits until `there` returns a value; `what` names it in the failure message.
#[track_caller]
pub fn wait_for<T>(what: &str, mut there: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + SOON;
    loop {
        if let Some(found) = there() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain for {what:?}");
        std::thread::sleep(GLANCE);
    }
}

/// Checks that no token, no role credentials and no partial file are stored.
#[track_caller]
pub fn nothing_is_stored(laptop: &Laptop) {
    for path in stored(laptop) {
        let name = path.display();
        assert!(name.to_string().ends_with(".json"), "{name} is left over");
        let text = std::fs::read_to_string(&path).unwrap();
        let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(whole["clientId"].is_string(), "{name}");
        for token in ["accessToken", "refreshToken"] {
            assert!(whole[token].is_null(), "{name} holds a token");
        }
    }
    assert!(laptop.cached("entry").is_empty());
}
