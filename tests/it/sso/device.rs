//! Signing in with a device code in a browser on any device, and when the program chooses this by itself.

#[cfg(target_os = "linux")]
mod linux;

use std::time::{Duration, Instant};

use crate::sources::sign_in::{STYLES, Style, laptop};
use crate::sso::person::{SOON, allow as allow_link, browser};
use crate::sso::watch::{Watched, nothing_is_stored, wait_for, watched};
use kit::browser::{Browser, opened};
use kit::home::{Output, Run};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, has_mode};
use kit::standin::{Fault, Operation};

const DEVICE: &str = "login --device-code";

/// Returns the shown link, which contains the code that is shown beside it.
fn shown(run: &Watched) -> String {
    let link = run.said("/device?user_code=");
    let (_, code) = link.split_once("user_code=").unwrap();
    run.said(&format!(" {code}"));
    link
}

fn allow(run: &Watched) {
    allow_link(&shown(run));
}

/// Runs a login with a device code; the person does `what` while it waits.
fn meanwhile(laptop: &Laptop, what: impl FnOnce(&Watched) + Send) -> Output {
    watched(laptop, DEVICE, |run| run, what).0
}

#[test]
fn signed_in_with_a_code() {
    for style in STYLES {
        let laptop = laptop(style);
        for times in 1..=2 {
            meanwhile(&laptop, allow).ended(0).recorded("");
            has_mode(laptop.home.path(&style.token_file()), 0o600);
            laptop.succeeds(laptop.run(GET_TOKEN));
            assert_eq!(laptop.aws.count(Operation::Authorize), 0);
            assert_eq!(laptop.aws.count(Operation::StartDeviceAuthorization), times);
            // The next morning the registration is still valid.
            assert_eq!(laptop.aws.count(Operation::RegisterClient), 1);
            laptop.aws.end_sign_ins();
            std::fs::remove_file(laptop.home.path(&style.token_file())).unwrap();
            laptop.succeeds(laptop.run("logout"));
        }
    }
}

/// The program registers again, and the person signs in only once.
#[test]
fn a_registration_that_the_service_forgot() {
    let laptop = laptop(Style::Session);
    meanwhile(&laptop, allow).ended(0);
    laptop.aws.end_sign_ins();
    laptop.aws.forget_clients();
    laptop.succeeds(laptop.run("logout"));
    std::fs::remove_file(laptop.home.path(&Style::Session.token_file())).unwrap();
    meanwhile(&laptop, allow).ended(0);
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 2);
}

fn polls(laptop: &Laptop) -> usize {
    laptop.aws.count(Operation::CreateToken)
}

/// Each `slow_down` response adds five seconds to the polling interval.
#[test]
fn slower_when_asked() {
    let laptop = laptop(Style::Session);
    let slow_down = Fault::error(400, "SlowDownException", "Too many requests");
    let operation = Operation::CreateToken;
    laptop.aws.misbehave_times(operation, slow_down, 1);
    let output = meanwhile(&laptop, |run| {
        let link = shown(run);
        wait_for("a first poll", || (polls(&laptop) == 1).then_some(()));
        let first = Instant::now();
        allow_link(&link);
        wait_for("a second poll", || (polls(&laptop) == 2).then_some(()));
        assert!(first.elapsed() > Duration::from_millis(5900), "{first:?}");
    });
    output.ended(0);
    assert_eq!(polls(&laptop), 2);
}

/// The person is signing in: a short network failure must not make the device code useless.
#[test]
fn trouble_between_two_polls_is_survived() {
    let faults = [
        Fault::unavailable(),
        Fault::throttling(),
        Fault::HangUp,
        Fault::error(500, "InternalServerException", "oops"),
    ];
    std::thread::scope(|scope| {
        for fault in faults {
            scope.spawn(move || {
                let laptop = laptop(Style::Session);
                let aws = &laptop.aws;
                aws.misbehave_times(Operation::CreateToken, fault.clone(), 1);
                let output = meanwhile(&laptop, |run| {
                    let link = shown(run);
                    wait_for("a poll", || (polls(&laptop) == 1).then_some(()));
                    allow_link(&link);
                });
                output.ended(0);
                // The next poll waits for the interval, because an immediate one would be too fast.
                assert_eq!(polls(&laptop), 2, "{fault:?}");
            });
        }
    });
}

#[test]
fn refused_by_the_person() {
    let laptop = laptop(Style::Session);
    let output = meanwhile(&laptop, |run| drop(Browser::new().deny(&shown(run))));
    laptop.failed(output, 3, "");
    nothing_is_stored(&laptop);
}

#[test]
fn no_user_came() {
    let laptop = laptop(Style::Session);
    laptop.aws.set_device(1, 3);
    let started = Instant::now();
    let output = meanwhile(&laptop, |run| drop(shown(run)));
    laptop.failed(output, 3, "");
    assert!(started.elapsed() < Duration::from_secs(15));
    nothing_is_stored(&laptop);
}

/// Editors set BROWSER in remote sessions: their browser runs on the person's computer, and they forward the port.
#[test]
fn a_browser_that_is_named_wins_over_the_surroundings() {
    for variable in ["SSH_CONNECTION", "CODESPACES", "WSL_DISTRO_NAME"] {
        let laptop = laptop(Style::Session);
        let prepare = |run: Run| run.env(variable, "x").env("BROWSER", browser(&laptop));
        let (output, _) = watched(&laptop, LOGIN, prepare, |_| {
            allow_link(&opened(&laptop.home, SOON)[0])
        });
        output.ended(0);
        assert_eq!(laptop.aws.count(Operation::StartDeviceAuthorization), 0);
    }
}

/// The complete flow for a person on a remote computer.
#[test]
fn over_ssh() {
    let laptop = laptop(Style::Session);
    let prepare = |run: Run| run.env("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22");
    let (output, ()) = watched(&laptop, LOGIN, prepare, allow);
    output.ended(0).recorded("");
}
