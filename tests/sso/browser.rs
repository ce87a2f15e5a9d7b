//! In a browser on this computer: authorization code with PKCE.

use std::time::Duration;

use crate::laptop::{GET_TOKEN, LOGIN, Laptop, mode};
use crate::sign_in::{STYLES, Style, laptop};
use crate::standin::Operation;
use crate::support::browser::{Browser, opened, record_browser};

const SOON: Duration = Duration::from_secs(20);

/// Runs `apono-login ARGUMENTS` while the person does what she does with the link that the browser was to open.
fn while_signing_in<T>(
    laptop: &Laptop,
    arguments: &str,
    person: impl FnOnce(&str) -> T + Send,
) -> (crate::support::home::Output, T)
where
    T: Send,
{
    let browser = record_browser(&laptop.home);
    let _ = std::fs::remove_file(laptop.home.path("opened"));
    let run = laptop.run(arguments).env("BROWSER", browser);
    std::thread::scope(|scope| {
        let person = scope.spawn(|| {
            let links = opened(&laptop.home, SOON);
            person(links.first().unwrap())
        });
        let output = run.output();
        (output, person.join().unwrap())
    })
}

#[test]
fn signed_in_and_logged_in_by_one_command() {
    for style in STYLES {
        let laptop = laptop(style);
        let (output, page) = while_signing_in(&laptop, LOGIN, |link| {
            assert!(link.starts_with("http://127.0.0.1:"), "{link}");
            Browser::new().allow(link, "alice@example.com")
        });
        assert!(output.status.success(), "{output}");
        output.explains(&["You are alice@example.com"]);
        laptop.check_discretion(&output);
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains("terminal"), "{page:?}");
        assert_eq!(mode(laptop.home.path(&style.token_file())), 0o600);
        laptop.succeeds(laptop.run(GET_TOKEN));
        assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
    }
}
