//! The person's browser: one that signs in, and a program for BROWSER that only writes down what it was to open.

mod client;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::Home;
pub use client::{Browser, Page, send};

/// A program in this home that stands for a browser: it writes its arguments down, a line a call, and ends.
pub fn record_browser(home: &Home) -> PathBuf {
    let opened = home.path("opened").display().to_string();
    home.program("browser", &format!("printf '%s\\n' \"$*\" >>'{opened}'\n"))
}

/// What that program was to open, in order, waited for until there is something or the time is over.
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
