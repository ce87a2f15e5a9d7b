//! `auto` where keyrings do not work: it goes on to the next store, and says so once.

use std::time::Duration;

use crate::stores::person::Person;
use crate::stores::{PATIENCE, calm, warnings, within};
use kit::desktop::{Desktop, Keyring};
use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN};

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

/// Logs in where no keyring works, and looks at all that is said of it.
fn falls_to_file(person: &Person, run: impl Fn(&str) -> Run, reason: &[&str], limit: Duration) {
    let output = within(limit, || person.laptop.succeeds(run(LOGIN)));
    output.explains(&["You are alice@example.com"]);
    let [warning] = warnings(&output)[..] else {
        panic!("one warning: {output}");
    };
    for word in ["kernel", "secret-service"].iter().chain(reason) {
        assert!(warning.contains(word), "{word}: {output}");
    }
    assert!(person.key_file().exists());
    // A hit asks no keyring.
    let quick = Duration::from_millis(1500);
    within(quick, || person.answers(run(GET_TOKEN)));
    let again = within(quick, || person.laptop.succeeds(run(LOGIN)));
    again.explains(&["from the cache"]);
    assert_eq!(person.logins(), 1);
    let text = within(quick, || person.laptop.succeeds(run("status"))).stdout;
    let row = text
        .lines()
        .find(|line| line.starts_with("store "))
        .unwrap();
    assert!(
        row.starts_with("store        file (") && row.ends_with(')'),
        "{row}"
    );
    for word in reason {
        assert!(row.contains(word), "{row}");
    }
    let (store, why) = person.store_in_status(run("status --output json"));
    assert_eq!(store, "file");
    let why = why.unwrap();
    assert!(reason.iter().all(|word| why.contains(word)), "{why}");
}

#[test]
fn a_secret_service_that_does_not_work() {
    let _calm = calm();
    let locked = Desktop::start(Keyring::Locked);
    let none = Desktop::start(Keyring::None);
    let mut stopped = Desktop::start(Keyring::Unlocked);
    stopped.stop_keyring();
    let limit = Duration::from_secs(3);
    let person = Person::new();
    falls_to_file(
        &person,
        |command| locked.run(person.without_kernel("auto", command)),
        &["locked"],
        limit,
    );
    assert!(!locked.prompted());
    for desktop in [&none, &stopped] {
        let person = Person::new();
        falls_to_file(
            &person,
            |command| desktop.run(person.without_kernel("auto", command)),
            &["Secret Service"],
            limit,
        );
    }
    let person = Person::new();
    falls_to_file(
        &person,
        |command| person.without_kernel("auto", command),
        &["D-Bus"],
        limit,
    );
    let person = Person::new();
    let gone = "unix:path=/nowhere/bus";
    falls_to_file(
        &person,
        |command| {
            person
                .without_kernel("auto", command)
                .env("DBUS_SESSION_BUS_ADDRESS", gone)
        },
        &["/nowhere/bus"],
        limit,
    );
}

/// It is not the person who types `get-token`, but kubectl, hundreds of times.
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

fn hangs(freeze: fn(&Desktop), who: &str) {
    let _calm = calm();
    let desktop = Desktop::start(Keyring::Unlocked);
    freeze(&desktop);
    let person = Person::new();
    falls_to_file(
        &person,
        |command| desktop.run(person.without_kernel("auto", command)),
        &[who, "did not answer"],
        PATIENCE,
    );
}

#[test]
fn a_keyring_that_hangs() {
    hangs(Desktop::freeze_keyring, "the Secret Service");
}

#[test]
fn a_bus_that_hangs() {
    hangs(Desktop::freeze_bus, "the D-Bus session bus");
}

/// The key is in the Secret Service, which has stopped to answer since.
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
    // From now on the key is where it can be had.
    within(Duration::from_millis(1500), || {
        person.answers(run(GET_TOKEN))
    });
    assert_eq!(person.logins(), 2);
}
