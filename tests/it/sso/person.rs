//! Simulates the person who signs in while the program waits.

use std::time::{Duration, Instant};

use crate::sources::sign_in::{ALICE, Style};
use kit::browser::{Browser, Page, opened, record_browser};
use kit::home::{Output, Run, patience};
use kit::laptop::Laptop;
use kit::misbehave::refusing;
#[cfg(target_os = "linux")]
use kit::tools;

/// The longest time until a browser is opened.
pub const SOON: Duration = patience(20);

/// Runs `apono-login ARGUMENTS`; meanwhile the person does `what` with the link that the browser was asked to open.
pub fn meanwhile<T: Send>(
    laptop: &Laptop,
    arguments: &str,
    what: impl FnOnce(&str) -> T + Send,
) -> (Output, T) {
    while_running(laptop, laptop.run(arguments), what)
}

/// Does the same as [`meanwhile`] for any command.
pub fn while_running<T: Send>(
    laptop: &Laptop,
    run: Run,
    what: impl FnOnce(&str) -> T + Send,
) -> (Output, T) {
    let run = run.env("BROWSER", browser(laptop));
    std::thread::scope(|scope| {
        let person = scope.spawn(|| what(&links(laptop, 1)[0]));
        let output = run.output();
        (output, person.join().unwrap())
    })
}

/// Signs in as Alice at the link and allows the request.
#[track_caller]
pub fn allow(link: &str) -> Page {
    let page = Browser::new().allow(link, ALICE);
    assert_eq!(page.status, 200, "{page:?}");
    page
}

/// Runs `apono-login ARGUMENTS`, during which Alice signs in once.
#[track_caller]
pub fn signing_in(laptop: &Laptop, arguments: &str) -> Output {
    let (output, _) = meanwhile(laptop, arguments, allow);
    laptop.check_discretion(&output);
    output
}

/// Does the same, and checks that the command succeeds.
#[track_caller]
pub fn signed_in(laptop: &Laptop, arguments: &str) -> Output {
    signing_in(laptop, arguments).ended(0)
}

/// Returns a browser that only records the URLs it was asked to open; the record is empty.
pub fn browser(laptop: &Laptop) -> String {
    let _ = std::fs::remove_file(laptop.home.path("opened"));
    record_browser(&laptop.home)
}

/// Returns the recorded URLs, once there are `count` of them or no more follow.
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

/// Returns the number of browsers that were opened, once no process runs any more.
pub fn browsers(laptop: &Laptop) -> usize {
    opened(&laptop.home, Duration::ZERO).len()
}

/// Returns the content of the token file.
#[track_caller]
pub fn token_file(laptop: &Laptop, style: Style) -> serde_json::Value {
    serde_json::from_str(&laptop.home.read(&style.token_file())).unwrap()
}

#[cfg(target_os = "linux")]
/// Changes the token file so that the token expires in ten minutes.
pub fn ten_minutes_left(laptop: &Laptop, style: Style) {
    let mut file = token_file(laptop, style);
    let end = chrono::Utc::now() + chrono::TimeDelta::minutes(10);
    file["expiresAt"] = end.format("%Y-%m-%dT%H:%M:%SZ").to_string().into();
    laptop.home.write(&style.token_file(), file.to_string());
}

#[cfg(target_os = "linux")]
/// Runs `aws sts get-caller-identity` with the profile.
pub fn caller(laptop: &Laptop, profile: &str) -> Run {
    let words = "sts get-caller-identity --query Arn --output text --profile";
    let words = words.split(' ').chain([profile]);
    laptop.home.run(tools::aws(), words)
}

/// Returns the URL of a closed port.
pub fn closed_port() -> String {
    format!("http://{}", refusing())
}
