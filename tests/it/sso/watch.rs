//! A running process that a test watches: its messages so far, and its process ID.

#[cfg(target_os = "linux")]
mod signals;

use std::time::{Duration, Instant};

use crate::sources::sign_in::stored;
use kit::home::{Output, Run, patience};
use kit::laptop::Laptop;

/// The longest time until an expected message.
const SOON: Duration = patience(20);
const GLANCE: Duration = Duration::from_millis(10);

#[cfg(target_os = "linux")]
pub use signals::*;

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
    #[cfg(target_os = "linux")]
    let (run, read) = (signals::by_a_shell(laptop, arguments), true);
    #[cfg(not(target_os = "linux"))]
    let (run, read) = (laptop.run(arguments).stderr_into("said"), false);
    let run = prepare(run.known_as(&format!("apono-login {arguments}")));
    let (mut output, done) = beside(laptop, run, what);
    if read {
        output.stderr = laptop.home.read("said");
    }
    laptop.check_discretion(&output);
    (output, done)
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
