//! Browsers for tests: a client that signs in, and a program for BROWSER that only records the URLs it is given.

mod client;

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::Home;
pub use client::{Browser, Page, send};

/// The test that is the browser, where there are no shell scripts: see [`record`].
const RECORDER: &str = "browser::records_what_it_is_asked_to_open";
/// The file of a home that browsers write to.
const OPENED: &str = "opened";

/// Returns a value for BROWSER, a program that stands in for a browser: it records its arguments, one line per call, and exits.
pub fn record_browser(home: &Home) -> String {
    if cfg!(windows) {
        let tests = std::env::current_exe().unwrap();
        return format!("\"{}\" --exact {RECORDER}", tests.display());
    }
    let opened = home.path(OPENED).display().to_string();
    let script = format!("printf '%s\\n' \"$*\" >>'{opened}'\n");
    home.program("browser", &script).display().to_string()
}

/// Records the link that the program of the tests was started with, if it was started as a browser: with the name of one test and
/// a link, in a home. All systems can run it, while a shell script needs a shell.
pub fn record() {
    let link = std::env::args().find(|word| word.starts_with("http://"));
    if let Some(link) = link {
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).open(OPENED).unwrap();
        file.write_all(format!("{link}\n").as_bytes()).unwrap();
    }
}

/// Returns the URLs that the program was called with, in order; waits until there is at least one or `wait` has passed.
pub fn opened(home: &Home, wait: Duration) -> Vec<String> {
    let end = Instant::now() + wait;
    loop {
        let text = std::fs::read_to_string(home.path(OPENED)).unwrap_or_default();
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        if !whole.is_empty() || Instant::now() >= end {
            return whole.lines().map(str::to_owned).collect();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
