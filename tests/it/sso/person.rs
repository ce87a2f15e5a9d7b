//! The person who signs in while the program waits.

use std::time::{Duration, Instant};

use crate::sources::sign_in::Style;
use kit::browser::{Browser, opened, record_browser};
use kit::home::{Output, Run};
use kit::laptop::Laptop;

/// How soon a browser is opened.
pub const SOON: Duration = Duration::from_secs(20);

/// Runs `apono-login ARGUMENTS`; meanwhile the person does `what` with the link that the browser was told to open.
pub fn meanwhile<T: Send>(
    laptop: &Laptop,
    arguments: &str,
    what: impl FnOnce(&str) -> T + Send,
) -> (Output, T) {
    while_running(laptop, laptop.run(arguments), what)
}

/// The same for any command.
pub fn while_running<T: Send>(
    laptop: &Laptop,
    run: Run,
    what: impl FnOnce(&str) -> T + Send,
) -> (Output, T) {
    let run = run.env("BROWSER", browser(laptop));
    std::thread::scope(|scope| {
        let person = scope.spawn(|| {
            let links = opened(&laptop.home, SOON);
            let Some(link) = links.first() else {
                panic!("no browser was opened");
            };
            what(link)
        });
        let output = run.output();
        (output, person.join().unwrap())
    })
}

/// A browser that only writes down what it was to open; nothing so far.
pub fn browser(laptop: &Laptop) -> std::path::PathBuf {
    let _ = std::fs::remove_file(laptop.home.path("opened"));
    record_browser(&laptop.home)
}

/// What it was to open, as soon as there are so many, or none comes any more.
pub fn links(laptop: &Laptop, count: usize) -> Vec<String> {
    let end = Instant::now() + SOON;
    loop {
        let found = opened(&laptop.home, Duration::ZERO);
        if found.len() >= count || Instant::now() >= end {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What stands in the token's file.
#[track_caller]
pub fn token_file(laptop: &Laptop, style: Style) -> serde_json::Value {
    serde_json::from_str(&laptop.home.read(&style.token_file())).unwrap()
}

/// By its file, the token is over in ten minutes.
pub fn ten_minutes_left(laptop: &Laptop, style: Style) {
    let mut file = token_file(laptop, style);
    let end = chrono::Utc::now() + chrono::TimeDelta::minutes(10);
    file["expiresAt"] = end.format("%Y-%m-%dT%H:%M:%SZ").to_string().into();
    laptop.home.write(&style.token_file(), file.to_string());
}

/// As [`meanwhile`]; the person signs in as this email and allows it.
#[track_caller]
pub fn signing_in(laptop: &Laptop, arguments: &str, email: &str) -> Output {
    let (output, page) = meanwhile(laptop, arguments, |link| Browser::new().allow(link, email));
    assert_eq!(page.status, 200, "{page:?}");
    output
}
