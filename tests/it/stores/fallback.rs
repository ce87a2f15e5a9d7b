//! `auto` where keyrings do not work: the next store is used, with one warning.

use crate::stores::person::Person;
use crate::stores::{AT_ONCE, PATIENCE, warnings, within};
use kit::desktop::{Desktop, Keyring};
use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN};
use kit::machine::calm;

#[test]
fn the_secret_service_comes_after_the_kernel() {
    let desktop = Desktop::start(Keyring::Unlocked);
    let person = Person::new();
    let run = |command: &str| desktop.run(person.without_kernel("auto", command));
    let output = person.laptop.succeeds(run(LOGIN));
    assert_eq!(warnings(&output), [""; 0], "it is a keyring, too: {output}");
    assert_eq!(desktop.items(), [person.label()]);
    assert!(!person.key_file().exists());
    person.answers(run(GET_TOKEN));
    assert_eq!(person.logins(), 1);
    let status = person.store_in_status(run("status --output json"));
    assert_eq!(status, ("secret-service".to_owned(), None));
}

/// Logs in where no keyring works, with one warning, and checks everything that mentions it.
fn falls_to_file(title: &str, session: impl Fn(Run) -> Run) {
    let person = Person::new();
    let run = |command: &str| session(person.without_kernel("auto", command));
    let output = within(PATIENCE, || person.laptop.succeeds(run(LOGIN)));
    output.recorded(title);
    assert!(person.key_file().exists());
    // A cache hit uses no keyring.
    within(AT_ONCE, || person.answers(run(GET_TOKEN)));
    within(AT_ONCE, || person.laptop.succeeds(run(LOGIN)));
    assert_eq!(person.logins(), 1);
    within(AT_ONCE, || person.laptop.succeeds(run("status"))).recorded(title);
    let (store, why) = person.store_in_status(run("status --output json"));
    assert_eq!(store, "file");
    let why = why.unwrap();
    assert!(output.stderr.contains(&why), "{why}: {output}");
}

#[test]
fn a_secret_service_that_does_not_work() {
    let _calm = calm();
    let locked = Desktop::start(Keyring::Locked);
    let none = Desktop::start(Keyring::None);
    let mut stopped = Desktop::start(Keyring::Unlocked);
    stopped.stop_keyring();
    falls_to_file("locked", |run| locked.run(run));
    assert!(!locked.prompted());
    falls_to_file("none", |run| none.run(run));
    falls_to_file("stopped", |run| stopped.run(run));
    falls_to_file("no session", |run| run);
    let gone = "unix:path=/nowhere/bus";
    falls_to_file("no bus", |run| run.env("DBUS_SESSION_BUS_ADDRESS", gone));
}

/// kubectl runs `get-token`, possibly hundreds of times, so it does not warn.
#[test]
fn get_token_alone_says_nothing_of_it() {
    let person = Person::new();
    for _ in 0..2 {
        person.answers(person.without_kernel("auto", GET_TOKEN));
    }
    assert_eq!(person.logins(), 1);
    assert!(person.key_file().exists());
    let (_, why) = person.store_in_status(person.without_kernel("auto", "status --output json"));
    assert!(why.is_some());
}

#[test]
fn a_session_that_hangs() {
    let _calm = calm();
    let freezes: [(&str, fn(&Desktop)); 2] = [
        ("the keyring hangs", Desktop::freeze_keyring),
        ("the bus hangs", Desktop::freeze_bus),
    ];
    for (title, freeze) in freezes {
        let desktop = Desktop::start(Keyring::Unlocked);
        freeze(&desktop);
        falls_to_file(title, |run| desktop.run(run));
    }
}

/// The key is in the Secret Service, which has stopped answering since then.
#[test]
fn a_keyring_that_begins_to_hang() {
    let _calm = calm();
    let desktop = Desktop::start(Keyring::Unlocked);
    let person = Person::new();
    let run = |command: &str| desktop.run(person.without_kernel("auto", command));
    person.laptop.succeeds(run(LOGIN));
    desktop.freeze_keyring();
    let answer = within(PATIENCE, || person.laptop.succeeds(run(GET_TOKEN)));
    person.check_token(&answer);
    assert_eq!(person.logins(), 2);
    // From now on the key is in a store that works.
    within(AT_ONCE, || person.answers(run(GET_TOKEN)));
    assert_eq!(person.logins(), 2);
}
