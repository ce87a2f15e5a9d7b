//! What needs Linux or its programs here.

use super::*;
use crate::sso::person::SOON;
use crate::sso::watch::end_browser;
use crate::sso::watch::ended_by;
use crate::sso::watch::lasting_browser;
use crate::sso::watch::nothing_is_stored;
use crate::sso::watch::wait_for;
use kit::browser::Browser;
use kit::browser::opened;
use kit::standin::Fault;
use std::time::Duration;
use std::time::Instant;

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
        let browser = name(&browser(&laptop));
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
