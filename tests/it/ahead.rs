//! Credentials are renewed in the background before they expire; no command waits while the source is valid.

#[cfg(target_os = "linux")]
mod linux;

use std::fs;
use std::time::{Duration, Instant};

use kit::home::patience;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};
use kit::machine::crowd;
use kit::standin::{Fault, Operation};

/// Within the last quarter of an hour, but before the last minute.
const SHORT: i64 = 300;
/// The delay of AWS's responses in tests of waiting: below the limit of 9 s, and longer than a busy computer needs.
const SLOW: Duration = Duration::from_secs(8);
const AT_ONCE: Duration = patience(6);

/// Runs a program that does nothing.
const NOTHING: &str = match cfg!(windows) {
    true => "exec -- cmd /c exit",
    false => "exec -- true",
};

fn renewals(laptop: &Laptop) -> usize {
    laptop.aws.count(Operation::AssumeRole) - 1
}

/// Returns the laptop after a login, with credentials that are valid for `seconds`.
fn logged_in(laptop: Laptop, seconds: i64) -> Laptop {
    laptop.aws.set_session_seconds(seconds);
    laptop.succeeds(laptop.run(LOGIN));
    laptop
}

/// Checks that the cache answers, without waiting for AWS.
#[track_caller]
fn hits(laptop: &Laptop, command: &str) {
    let started = Instant::now();
    let output = laptop.succeeds(laptop.run(command));
    assert_eq!(output.stderr, "", "{output}");
    let took = started.elapsed();
    assert!(took < AT_ONCE, "{command} took {took:?}");
}

#[track_caller]
fn wait_for(what: &str, mut seen: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(50);
    while !seen() {
        assert!(Instant::now() < end, "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Returns the expiry in the unencrypted header of the only entry, in Unix seconds.
fn expiry(laptop: &Laptop) -> i64 {
    let [path] = laptop.cached("entry").try_into().unwrap();
    let entry = fs::read(path).unwrap();
    let header = entry.split(|byte| *byte == b'\n').nth(1).unwrap();
    let header: serde_json::Value = serde_json::from_slice(header).unwrap();
    header["expires_at"].as_i64().unwrap()
}

#[test]
fn early_enough_nothing_is_renewed() {
    let laptop = logged_in(Laptop::new(), 1020);
    hits(&laptop, GET_TOKEN);
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(renewals(&laptop), 0);
    assert_eq!(laptop.cached("lock").len(), 1, "the slot's");
}

/// A session of a quarter of an hour is renewed after half of it: else each of its hits would renew it.
#[test]
fn a_short_session_is_renewed_after_half_of_it() {
    for (seconds, expected) in [(900, 0), (400, 1)] {
        let laptop = Laptop::with_config(format!("{PROFILE}duration_seconds = 900\n"));
        let laptop = logged_in(laptop, seconds);
        hits(&laptop, GET_TOKEN);
        if expected == 0 {
            std::thread::sleep(Duration::from_secs(1));
        }
        wait_for("the renewal", || renewals(&laptop) == expected);
    }
}

#[test]
fn a_hundred_hits_are_answered_at_once_and_renew_once() {
    let _crowd = crowd();
    let laptop = logged_in(Laptop::new(), SHORT);
    laptop.aws.set_delay(SLOW);
    laptop.aws.set_session_seconds(SHORT + 60);
    let before = expiry(&laptop);
    // Under wine a hundred take longer to start than AWS to answer.
    let (hits_at_once, quick) = match cfg!(windows) {
        true => (20, false),
        false => (100, true),
    };
    std::thread::scope(|scope| {
        for at in 0..hits_at_once {
            let command = [GET_TOKEN, "export-credentials", NOTHING][at % 3];
            scope.spawn(|| laptop.succeeds(laptop.run(command)));
        }
    });
    if quick {
        assert_eq!(before, expiry(&laptop), "all answered before AWS did");
    }
    wait_for("a new entry", || expiry(&laptop) != before);
    hits(&laptop, GET_TOKEN);
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(renewals(&laptop), 1);
}

/// The person asked for a renewal and waits for it.
#[test]
fn logging_in_renews_at_once() {
    let laptop = logged_in(Laptop::new(), SHORT);
    laptop.aws.set_session_seconds(3600);
    for _ in 0..2 {
        laptop.succeeds(laptop.run(LOGIN));
        assert_eq!(renewals(&laptop), 1);
    }
}

#[test]
fn after_a_failure_it_is_tried_again_half_a_minute_later() {
    let laptop = logged_in(Laptop::new(), SHORT);
    let denied = Fault::error(403, "AccessDenied", "not today");
    laptop.aws.misbehave(Operation::AssumeRole, denied);
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(20) {
        hits(&laptop, GET_TOKEN);
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(renewals(&laptop), 1);
    laptop.aws.behave();
    let before = expiry(&laptop);
    wait_for("the second attempt", || {
        hits(&laptop, GET_TOKEN);
        expiry(&laptop) != before
    });
    assert!(started.elapsed() > Duration::from_secs(30));
    assert_eq!(renewals(&laptop), 2);
}
