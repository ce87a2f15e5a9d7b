//! In a browser on this computer: authorization code with PKCE.

#[cfg(target_os = "linux")]
mod linux;

use crate::sources::sign_in::{START_URL, STYLES, Style, laptop, token_file_of};
use crate::sso::person::{allow, browser, browsers, meanwhile, signed_in};
use crate::sso::watch::watched;
use kit::home::Run;
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop, has_mode};
use kit::standin::{Operation, Service};

#[test]
fn signed_in_and_logged_in_by_one_command() {
    for style in STYLES {
        let laptop = laptop(style);
        let (output, page) = meanwhile(&laptop, LOGIN, |link| {
            assert!(link.starts_with("http://127.0.0.1:"), "{link}");
            allow(link)
        });
        laptop.check_discretion(output.ended(0).recorded("first"));
        assert!(page.body.contains("terminal"), "{page:?}");
        has_mode(laptop.home.path(&style.token_file()), 0o600);
        laptop.succeeds(laptop.run(GET_TOKEN));
        assert_eq!(laptop.aws.count(Operation::CreateToken), 1);

        // The next morning the registration is still valid.
        laptop.aws.end_sign_ins();
        signed_in(&laptop, "login --force").recorded("again");
        assert_eq!(laptop.aws.count(Operation::RegisterClient), 1);
    }
}

/// Each of two start URLs has its own sign-in, file and registration.
#[test]
fn sessions_are_kept_apart() {
    let other = "https://d-0987654321.awsapps.com/start";
    let config = Style::Session.config();
    let theirs = config
        .replace("[profile work]", "[profile client]")
        .replace("corp", "client")
        .replace(START_URL, other);
    let laptop = Laptop::with_config(format!("{config}{theirs}"));
    for (profile, source) in [("ours", "work"), ("theirs", "client")] {
        let words = format!("{INSTALL} --profile {profile} --source-profile {source}");
        laptop.succeeds(laptop.run(&words));
        signed_in(&laptop, &format!("login --profile {profile}"));
    }
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 2);
    for (session, start_url) in [("corp", START_URL), ("client", other)] {
        let file = laptop.home.read(&token_file_of(session));
        let file: serde_json::Value = serde_json::from_str(&file).unwrap();
        assert_eq!(file["startUrl"], start_url);
    }
    // Both sign-ins are valid, so no prompt appears.
    for profile in ["ours", "theirs"] {
        let login = format!("login --force --profile {profile}");
        laptop.succeeds(laptop.run(&login));
    }
    assert_eq!(laptop.aws.count(Operation::CreateToken), 2);
}

#[test]
fn without_a_browser_the_link_is_printed() {
    let laptop = laptop(Style::Session);
    let prepare = |run: Run| run.env("BROWSER", browser(&laptop));
    let (output, _) = watched(&laptop, "login --no-browser", prepare, |run| {
        allow(&run.said("  http://127.0.0.1:"))
    });
    output.ended(0).recorded("");
    assert_eq!(browsers(&laptop), 0);

    // On another computer the port may not be forwarded; the sign-in page opens everywhere.
    let prepare = |run: Run| prepare(run).env("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22");
    let (output, _) = watched(&laptop, "login --no-browser", prepare, |run| {
        let link = run.said("/authorize?");
        let portal = laptop.aws.url(Service::Portal);
        assert!(link.starts_with(&format!("{portal}/authorize?")), "{link}");
        allow(&link)
    });
    output.ended(0).recorded("over SSH");
}

#[test]
fn a_registration_that_has_expired_is_made_anew() {
    let laptop = laptop(Style::Session);
    // A registration must be valid for an hour longer than the sign-in; this one is not, so it is not used again.
    laptop.aws.set_registration_seconds(1800);
    for times in 1..=2 {
        laptop.aws.end_sign_ins();
        signed_in(&laptop, "login --force");
        assert_eq!(laptop.aws.count(Operation::RegisterClient), times);
    }
}
