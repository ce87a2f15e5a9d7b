//! In a browser on this computer: authorization code with PKCE.

use std::time::{Duration, Instant};

use crate::sources::sign_in::{START_URL, STYLES, Style, laptop, token_file_of};
use crate::sso::person::{SOON, allow, browser, browsers, meanwhile, signed_in};
use crate::sso::watch::{
    end_browser, ended_by, lasting_browser, nothing_is_stored, wait_for, watched,
};
use kit::browser::{Browser, opened};
use kit::home::Run;
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop, mode};
use kit::standin::{Fault, Operation, Service};

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
        assert_eq!(mode(laptop.home.path(&style.token_file())), 0o600);
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

/// Values of BROWSER. With `None`, the link has to be opened by hand.
#[test]
fn the_browser_is_the_one_named() {
    type Name = fn(&str) -> String;
    let cases: [(Name, Option<&str>); 6] = [
        (
            |browser| format!("{browser} --new-window %s --after"),
            Some("--new-window LINK --after"),
        ),
        (
            |browser| format!("{browser} '--url=%s'"),
            Some("--url=LINK"),
        ),
        (|browser| format!("/bin/false:{browser}"), Some("LINK")),
        (
            |browser| format!("/nonexistent/firefox:no-such-browser %s:{browser}"),
            Some("LINK"),
        ),
        (|_| "/bin/false %s".into(), None),
        (|_| "/bin/false:sh -c 'exit 7'".into(), None),
    ];
    for (name, expected) in cases {
        let laptop = laptop(Style::Session);
        let browser = name(&browser(&laptop).display().to_string());
        let prepare = |run: Run| run.env("BROWSER", &browser);
        let (output, _) = watched(&laptop, LOGIN, prepare, |run| {
            let Some(expected) = expected else {
                return allow(&run.said("  http://127.0.0.1:"));
            };
            let line = opened(&laptop.home, SOON).remove(0);
            let link = line.find("http").map(|at| &line[at..]).unwrap();
            let link = link.split(' ').next().unwrap();
            assert_eq!(line.replace(link, "LINK"), expected);
            allow(link)
        });
        let title = browser.replace(&laptop.home.path("").display().to_string(), "~/");
        output.ended(0).recorded(&title);
    }
}

/// BROWSER may name the browser itself, which runs until it is closed. The program does not wait for it to exit.
#[test]
fn a_browser_that_goes_on_running_blocks_nothing() {
    let laptop = laptop(Style::Session);
    let browser = lasting_browser(&laptop.home);
    let run = laptop.run(LOGIN).env("BROWSER", browser);
    let started = Instant::now();
    let output = std::thread::scope(|scope| {
        scope.spawn(|| allow(&opened(&laptop.home, SOON)[0]));
        run.output()
    });
    let took = started.elapsed();
    end_browser(&laptop.home);
    output.ended(0);
    assert!(took < Duration::from_secs(20), "{took:?}");
}

/// After an interruption at any step the files are complete, no sign-in is stored, and the next login works.
#[test]
fn interrupted() {
    for signal in ["INT", "TERM"] {
        for hangs in [
            Some(Operation::RegisterClient),
            None,
            Some(Operation::CreateToken),
        ] {
            println!("{signal} {hangs:?}");
            let laptop = laptop(Style::Session);
            if let Some(operation) = hangs {
                laptop.aws.misbehave(operation, Fault::Hang);
            }
            let prepare = |run: Run| run.env("BROWSER", browser(&laptop));
            let (output, ()) = watched(&laptop, LOGIN, prepare, |run| {
                let link = || opened(&laptop.home, SOON).remove(0);
                match hangs {
                    Some(Operation::CreateToken) => drop(allow(&link())),
                    Some(_) => {}
                    None => drop(link()),
                }
                if let Some(operation) = hangs {
                    let asked = || (laptop.aws.count(operation) > 0).then_some(());
                    wait_for("a request", asked);
                }
                run.signal(signal);
            });
            ended_by(&output, signal);
            nothing_is_stored(&laptop);
            laptop.aws.behave();
            signed_in(&laptop, LOGIN);
        }
    }
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

/// The page shows an error and does not redirect, so the person stops the program; the next login registers again.
#[test]
fn a_registration_that_the_service_forgot() {
    let laptop = laptop(Style::Session);
    signed_in(&laptop, LOGIN);
    laptop.aws.end_sign_ins();
    laptop.aws.forget_clients();
    let prepare = |run: Run| run.env("BROWSER", browser(&laptop));
    let (output, ()) = watched(&laptop, "login --force", prepare, |run| {
        let link = opened(&laptop.home, SOON).remove(0);
        let page = Browser::new().visit(&link);
        assert_eq!(page.status, 400, "{page:?}");
        run.signal("INT");
    });
    ended_by(&output, "INT");
    signed_in(&laptop, "login --force");
}
