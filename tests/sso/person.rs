//! The person who signs in while the program waits.

use std::time::Duration;

use crate::laptop::Laptop;
use crate::support::browser::{Browser, opened, record_browser};
use crate::support::home::Output;

/// How soon a browser is opened.
pub const SOON: Duration = Duration::from_secs(20);

/// Runs `apono-login ARGUMENTS`; meanwhile the person does `what` with the link that the browser was told to open.
pub fn meanwhile<T: Send>(
    laptop: &Laptop,
    arguments: &str,
    what: impl FnOnce(&str) -> T + Send,
) -> (Output, T) {
    let browser = record_browser(&laptop.home);
    let _ = std::fs::remove_file(laptop.home.path("opened"));
    let run = laptop.run(arguments).env("BROWSER", browser);
    std::thread::scope(|scope| {
        let person = scope.spawn(|| {
            let links = opened(&laptop.home, SOON);
            what(links.first().expect("a browser was opened"))
        });
        let output = run.output();
        (output, person.join().unwrap())
    })
}

/// The same; the person signs in as this email and allows it.
#[track_caller]
pub fn signing_in(laptop: &Laptop, arguments: &str, email: &str) -> Output {
    let (output, page) =
        meanwhile(laptop, arguments, |link| Browser::new().allow(link, email));
    assert_eq!(page.status, 200, "{page:?}");
    output
}
