//! Processes that get signals, and those on a terminal: what sh, script and kill do.

use std::os::unix::process::ExitStatusExt as _;

use super::*;
use kit::Home;

/// Prepares `apono-login ARGUMENTS` by a shell, which writes down its process ID.
pub(super) fn by_a_shell(laptop: &Laptop, arguments: &str) -> Run {
    let script =
        format!("echo $$ >pid; exec env --default-signal=INT apono-login {arguments} 2>said");
    laptop.home.run("sh", ["-c", &script])
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

impl Watched<'_> {
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
