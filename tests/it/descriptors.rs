//! What outlives a command holds none of its caller's files open: a shell waits until all processes have closed its pipe.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::sources::sign_in::{Style, laptop as laptop_of};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::standin::Operation;

/// How long AWS takes to respond to a renewal: longer than a busy computer needs for the rest.
const SLOW: Duration = Duration::from_secs(8);
const AT_ONCE: Duration = Duration::from_secs(4);
const PIPE: &str = "pipe";

/// Reads the pipe until all have closed it. Returns what came, and when it ended.
fn reader(laptop: &Laptop) -> JoinHandle<(String, Instant)> {
    let path = laptop.home.path(PIPE);
    assert!(
        Command::new("mkfifo")
            .arg(&path)
            .status()
            .unwrap()
            .success()
    );
    std::thread::spawn(move || {
        let mut text = String::new();
        File::open(path).unwrap().read_to_string(&mut text).unwrap();
        (text, Instant::now())
    })
}

/// Returns a shell command that runs this one with the pipe as descriptor 7.
fn with_pipe(command: &str) -> String {
    format!("exec 7>{PIPE}; exec apono-login {command}")
}

fn wait_for(path: &Path) {
    let end = Instant::now() + Duration::from_secs(50);
    while !path.exists() {
        assert!(Instant::now() < end, "{} did not come", path.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_renewal_in_the_background() {
    let laptop = Laptop::new();
    laptop.aws.set_session_seconds(300);
    laptop.succeeds(laptop.run(LOGIN));
    laptop.aws.set_delay(SLOW);
    let pipe = reader(&laptop);
    let run = laptop.home.run("sh", ["-c", &with_pipe(GET_TOKEN)]);
    laptop.succeeds(run);
    let ended = Instant::now();
    let (_, closed) = pipe.join().unwrap();
    assert!(closed.saturating_duration_since(ended) < AT_ONCE);
    // It does run.
    let end = ended + Duration::from_secs(50);
    while laptop.aws.count(Operation::AssumeRole) < 2 {
        assert!(Instant::now() < end, "no renewal");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_browser() {
    let laptop = laptop_of(Style::Session);
    let opened = laptop.home.path("opened");
    let script = format!(
        "echo $$ >'{0}.new'; mv '{0}.new' '{0}'; exec sleep 60\n",
        opened.display()
    );
    let browser = laptop.home.program("browser", &script);
    let pipe = reader(&laptop);
    let run = laptop.home.run("sh", ["-c", &with_pipe(LOGIN)]);
    let mut login = run.env("BROWSER", browser).started();
    wait_for(&opened);
    // As soon as it counts as the browser itself.
    std::thread::sleep(Duration::from_millis(1_500));
    login.kill().unwrap();
    login.wait().unwrap();
    let ended = Instant::now();
    let (_, closed) = pipe.join().unwrap();
    let pid = std::fs::read_to_string(opened).unwrap();
    let goes_on = Path::new("/proc").join(pid.trim()).exists();
    let _ = Command::new("kill").arg(pid.trim()).status();
    assert!(goes_on, "the browser");
    assert!(closed.saturating_duration_since(ended) < AT_ONCE);
}

/// They are for the command.
#[test]
fn exec_passes_them_on() {
    let laptop = Laptop::new();
    let pipe = reader(&laptop);
    let script = format!("exec 7>{PIPE}; exec apono-login exec -- sh -c 'echo through >&7'");
    laptop.succeeds(laptop.home.run("sh", ["-c", &script]));
    assert_eq!(pipe.join().unwrap().0, "through\n");
}
