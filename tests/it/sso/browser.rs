//! In a browser on this computer: authorization code with PKCE.

use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use sha1::{Digest as _, Sha1};

use crate::sources::sign_in::{START_URL, STYLES, Style, laptop};
use crate::sso::person::{SOON, meanwhile, signing_in};
use crate::sso::watch::{end_browser, lasting_browser, nothing_is_stored, wait_for, watched};
use kit::browser::{Browser, opened, record_browser};
use kit::home::Run;
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop, mode};
use kit::standin::{Fault, Operation, Service};

const ALICE: &str = "alice@example.com";

#[test]
fn signed_in_and_logged_in_by_one_command() {
    for style in STYLES {
        let laptop = laptop(style);
        let (output, page) = meanwhile(&laptop, LOGIN, |link| {
            assert!(link.starts_with("http://127.0.0.1:"), "{link}");
            Browser::new().allow(link, "alice@example.com")
        });
        laptop.check_discretion(&output);
        output.explains(&["You are alice@example.com"]);
        assert!(output.status.success(), "{output}");
        assert!(page.body.contains("terminal"), "{page:?}");
        assert_eq!(mode(laptop.home.path(&style.token_file())), 0o600);
        laptop.succeeds(laptop.run(GET_TOKEN));
        assert_eq!(laptop.aws.count(Operation::CreateToken), 1);

        // The next morning: the registration is still good.
        laptop.aws.end_sign_ins();
        let output = signing_in(&laptop, "login --force", "alice@example.com");
        assert!(output.status.success(), "{output}");
        assert_eq!(laptop.aws.count(Operation::RegisterClient), 1);
    }
}

/// Two start URLs: a sign-in for each, in a file for each, with a registration of its own.
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
        let output = signing_in(&laptop, &format!("login --profile {profile}"), ALICE);
        assert!(output.status.success(), "{output}");
        laptop.check_discretion(&output);
    }
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 2);
    for (session, start_url) in [("corp", START_URL), ("client", other)] {
        let name = hex::encode(Sha1::digest(session));
        let file: serde_json::Value =
            serde_json::from_str(&laptop.home.read(&format!(".aws/sso/cache/{name}.json")))
                .unwrap();
        assert_eq!(file["startUrl"], start_url);
    }
    // Both are there: nobody is asked.
    for profile in ["ours", "theirs"] {
        let login = format!("login --force --profile {profile}");
        laptop.succeeds(laptop.run(&login));
    }
    assert_eq!(laptop.aws.count(Operation::CreateToken), 2);
}

#[test]
fn without_a_browser_the_link_is_printed() {
    let laptop = laptop(Style::Session);
    let browser = record_browser(&laptop.home);
    let prepare = |run: Run| run.env("BROWSER", browser);
    let (output, page) = watched(&laptop, "login --no-browser", prepare, |run| {
        let link = run.said("/authorize?");
        let portal = laptop.aws.url(Service::Portal);
        assert!(link.starts_with(&format!("{portal}/authorize?")), "{link}");
        Browser::new().allow(&link, ALICE)
    });
    assert!(output.status.success(), "{output}");
    assert_eq!(page.status, 200, "{page:?}");
    laptop.check_discretion(&output);
    assert_eq!(opened(&laptop.home, Duration::ZERO), Vec::<String>::new());
}

/// What may stand in BROWSER. `None`: the link has to be opened by hand.
#[test]
fn the_browser_is_the_one_named() {
    let recording = |laptop: &Laptop| record_browser(&laptop.home).display().to_string();
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
        let browser = name(&recording(&laptop));
        println!("{browser}");
        let prepare = |run: Run| run.env("BROWSER", &browser);
        let (output, ()) = watched(&laptop, LOGIN, prepare, |run| {
            let link = match expected {
                None => run.said("/authorize?"),
                Some(expected) => {
                    let line = opened(&laptop.home, SOON).remove(0);
                    let link = line.find("http").map(|at| &line[at..]).unwrap();
                    let link = link.split(' ').next().unwrap().to_owned();
                    assert_eq!(line.replace(&link, "LINK"), expected);
                    link
                }
            };
            assert_eq!(Browser::new().allow(&link, ALICE).status, 200);
        });
        assert!(output.status.success(), "{output}");
        laptop.check_discretion(&output);
        let warned = output
            .stderr
            .lines()
            .find(|line| line.starts_with("warning: "));
        assert_eq!(warned.is_some(), expected.is_none(), "{output}");
        if let Some(warning) = warned {
            assert!(warning.contains("/bin/false (exit status: 1)"), "{output}");
            let twice = warning.matches("no browser could be started").count();
            assert_eq!(twice, 1, "{output}");
        }
    }
}

/// It is the browser itself, and runs until the person closes it: nobody waits for that.
#[test]
fn a_browser_that_goes_on_running_blocks_nothing() {
    let laptop = laptop(Style::Session);
    let run = laptop
        .run(LOGIN)
        .env("BROWSER", lasting_browser(&laptop.home));
    let started = Instant::now();
    let output = std::thread::scope(|scope| {
        scope.spawn(|| Browser::new().allow(&opened(&laptop.home, SOON)[0], ALICE));
        run.output()
    });
    let took = started.elapsed();
    end_browser(&laptop.home);
    assert!(output.status.success(), "{output}");
    assert!(took < Duration::from_secs(20), "{took:?}");
}

/// At each step: what is there is whole, nobody is signed in, and the next login works.
#[test]
fn interrupted() {
    type Wait = fn(&Laptop);
    let asked: fn(&Laptop, Operation) = |laptop, operation| {
        wait_for("a request", || {
            (laptop.aws.count(operation) > 0).then_some(())
        });
    };
    let opened_then = |laptop: &Laptop| opened(&laptop.home, SOON).remove(0);
    let cases: [(Option<Operation>, Wait); 3] = [
        (Some(Operation::RegisterClient), |_| {}),
        (None, |_| {}),
        (Some(Operation::CreateToken), |laptop| {
            let link = opened(&laptop.home, SOON).remove(0);
            Browser::new().allow(&link, ALICE);
        }),
    ];
    for signal in ["INT", "TERM"] {
        for (hangs, before) in cases {
            println!("{signal} {hangs:?}");
            let laptop = laptop(Style::Session);
            if let Some(operation) = hangs {
                laptop.aws.misbehave(operation, Fault::Hang);
            }
            let browser = record_browser(&laptop.home);
            let (output, ()) = watched(
                &laptop,
                LOGIN,
                |run| run.env("BROWSER", browser),
                |run| {
                    before(&laptop);
                    match hangs {
                        Some(operation) => asked(&laptop, operation),
                        None => drop(opened_then(&laptop)),
                    }
                    run.signal(signal);
                },
            );
            let number = output.status.signal();
            assert_eq!(
                number,
                Some(if signal == "INT" { 2 } else { 15 }),
                "{output}"
            );
            laptop.check_discretion(&output);
            nothing_is_stored(&laptop);
            laptop.aws.behave();
            let output = signing_in(&laptop, LOGIN, ALICE);
            assert!(output.status.success(), "{output}");
        }
    }
}

#[test]
fn a_registration_that_is_over_is_made_anew() {
    let laptop = laptop(Style::Session);
    // It does not outlast another sign-in by the hour it has to.
    laptop.aws.set_registration_seconds(1800);
    for times in 1..=2 {
        laptop.aws.end_sign_ins();
        let output = signing_in(&laptop, "login --force", ALICE);
        assert!(output.status.success(), "{output}");
        assert_eq!(laptop.aws.count(Operation::RegisterClient), times);
    }
}

/// The authorization page says so, and sends nobody back: so the person stops, and must not find the same the next time.
#[test]
fn a_registration_that_the_service_forgot() {
    let laptop = laptop(Style::Session);
    let output = signing_in(&laptop, LOGIN, ALICE);
    assert!(output.status.success(), "{output}");
    laptop.aws.end_sign_ins();
    laptop.aws.forget_clients();
    let browser = record_browser(&laptop.home);
    std::fs::remove_file(laptop.home.path("opened")).unwrap();
    let prepare = |run: Run| run.env("BROWSER", browser);
    let (output, ()) = watched(&laptop, "login --force", prepare, |run| {
        let link = opened(&laptop.home, SOON).remove(0);
        let page = Browser::new().visit(&link);
        assert_eq!(page.status, 400, "{page:?}");
        run.signal("INT");
    });
    assert_eq!(output.status.signal(), Some(2), "{output}");
    let output = signing_in(&laptop, "login --force", ALICE);
    assert!(output.status.success(), "{output}");
}
