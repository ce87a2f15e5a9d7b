//! Browsers for tests: a client that signs in, and a program for BROWSER that only records the URLs it is given.

mod client;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::Home;
pub use client::{Browser, Page, send};

/// Creates a program in this home that stands in for a browser: it records its arguments, one line per call, and exits.
pub fn record_browser(home: &Home) -> PathBuf {
    let opened = home.path("opened").display().to_string();
    home.program("browser", &format!("printf '%s\\n' \"$*\" >>'{opened}'\n"))
}

/// Returns the URLs that the program was called with, in order; waits until there is at least one or `wait` has passed.
pub fn opened(home: &Home, wait: Duration) -> Vec<String> {
    let end = Instant::now() + wait;
    loop {
        let text = std::fs::read_to_string(home.path("opened")).unwrap_or_default();
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        if !whole.is_empty() || Instant::now() >= end {
            return whole.lines().map(str::to_owned).collect();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}
