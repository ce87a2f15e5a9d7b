//! The desktop's keyring: gnome-keyring, in every state it can be in.

use std::time::Duration;

use crate::stores::person::Person;
use crate::stores::{PATIENCE, calm, within};
use kit::desktop::{Desktop, Keyring};
use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN};

const STORE: &str = "secret-service";

/// A person in that session, and `apono-login` there with that store.
fn named<'a>(person: &'a Person, desktop: &'a Desktop) -> impl Fn(&str) -> Run + 'a {
    |command| desktop.run(person.run(STORE, command))
}

#[test]
fn one_item_of_the_default_keyring() {
    let desktop = Desktop::start(Keyring::Unlocked);
    let people = [Person::new(), Person::new()];
    for person in &people {
        let run = named(person, &desktop);
        person.laptop.succeeds(run(LOGIN));
        for _ in 0..2 {
            person.answers(run(GET_TOKEN));
        }
        person.laptop.succeeds(run("login --force"));
        assert_eq!(person.logins(), 2);
        assert!(!person.key_file().exists());
        assert_eq!(person.kernel_key(), None);
        assert_eq!(desktop.secret(&person.label()).len(), 32);
        let status = person.store_in_status(run("status --output json"));
        assert_eq!(status, (STORE.to_owned(), None));
    }
    let mut items = desktop.items();
    items.sort();
    let mut labels = people.each_ref().map(Person::label);
    labels.sort();
    assert_eq!(items, labels);
    for person in &people {
        person
            .laptop
            .succeeds(named(person, &desktop)("logout --all"));
        assert!(!person.cache().exists());
    }
    assert_eq!(desktop.items(), [""; 0]);
}

#[test]
fn a_key_that_cannot_be_used_is_a_miss() {
    let desktop = Desktop::start(Keyring::Unlocked);
    let person = Person::new();
    let run = named(&person, &desktop);
    type Spoil = fn(&Desktop, &str);
    let spoils: [(&str, Spoil); 5] = [
        ("lost", |desktop, label| desktop.remove_item(label)),
        ("empty", |desktop, label| desktop.replace_secret(label, "")),
        ("short", |desktop, label| {
            desktop.replace_secret(label, "0123456789012345678901234567890")
        }),
        ("long", |desktop, label| {
            desktop.replace_secret(label, &"0123456789".repeat(100))
        }),
        ("another", |desktop, label| {
            desktop.replace_secret(label, "01234567890123456789012345678901")
        }),
    ];
    for (name, spoil) in spoils {
        println!("{name}");
        person.laptop.succeeds(run("login --force"));
        spoil(&desktop, &person.label());
        let before = person.logins();
        for _ in 0..2 {
            person.answers(run(GET_TOKEN));
            assert_eq!(person.logins(), before + 1, "{name}");
        }
        assert_eq!(desktop.items(), [person.label()], "{name}");
        assert!(!person.key_file().exists(), "{name}");
    }
}

/// The control for `prompted`, below.
#[test]
fn the_keyring_of_these_tests_tells_when_it_asks_for_a_password() {
    let desktop = Desktop::start(Keyring::Locked);
    assert_eq!(desktop.items(), [""; 0]);
    assert!(!desktop.prompted());
    let person = Person::new();
    let store = "echo x | secret-tool store --label=x service other username x";
    let output = desktop.run(person.shell("file", store)).output();
    assert!(!output.status.success(), "{output}");
    assert!(desktop.prompted());
}

#[test]
fn locked() {
    let _calm = calm();
    let limit = Duration::from_millis(3500);
    let desktop = Desktop::start(Keyring::Locked);
    let person = Person::new();
    let run = named(&person, &desktop);
    for command in [LOGIN, GET_TOKEN] {
        within(limit, || person.laptop.fails(run(command), 1, ""));
    }
    assert_eq!(person.logins(), 0, "it is known before AWS is asked");

    // With the key in it.
    let desktop = Desktop::start(Keyring::Unlocked);
    let run = named(&person, &desktop);
    person.laptop.succeeds(run(LOGIN));
    desktop.lock();
    for command in [LOGIN, GET_TOKEN, "login --force"] {
        within(limit, || person.laptop.fails(run(command), 1, ""));
    }
    assert_eq!(person.logins(), 1);
    assert!(!desktop.prompted());
    assert!(!person.key_file().exists());
}

#[test]
fn absent() {
    let _calm = calm();
    let limit = Duration::from_secs(2);
    let mut stopped = Desktop::start(Keyring::Unlocked);
    let never = Desktop::start(Keyring::None);
    let person = Person::new();
    person.laptop.succeeds(named(&person, &stopped)(LOGIN));
    stopped.stop_keyring();
    let bus = |address: &'static str| move |run: Run| run.env("DBUS_SESSION_BUS_ADDRESS", address);
    let gone = never.env()[0].1.clone() + "x";
    type Session<'a> = Box<dyn Fn(Run) -> Run + 'a>;
    let sessions: [(&str, Session); 8] = [
        ("stopped", Box::new(|run| stopped.run(run))),
        ("never started", Box::new(|run| never.run(run))),
        ("no session", Box::new(|run| run)),
        (
            "no bus",
            Box::new(|run| run.env("XDG_RUNTIME_DIR", "/nowhere")),
        ),
        ("no socket", Box::new(bus("unix:path=/nowhere/bus"))),
        (
            "a socket gone",
            Box::new(|run| run.env("DBUS_SESSION_BUS_ADDRESS", &gone)),
        ),
        ("no address", Box::new(bus("nonsense"))),
        ("an empty address", Box::new(bus(""))),
    ];
    for (name, session) in sessions {
        println!("{name}");
        // A new person, and one with an entry.
        for person in [&Person::new(), &person] {
            let before = person.logins();
            for command in [LOGIN, GET_TOKEN] {
                let run = session(person.run(STORE, command));
                let output = within(limit, || person.laptop.fails(run, 1, ""));
                let says = ["Secret Service", "D-Bus"];
                assert!(
                    says.iter().any(|word| output.stderr.contains(word)),
                    "{name}: {output}"
                );
            }
            assert_eq!(person.logins(), before, "{name}");
            assert!(!person.key_file().exists(), "{name}");
        }
    }
}

/// The bus or the keyring is there and does not answer.
fn hangs(freeze: fn(&Desktop), who: &str) {
    let _calm = calm();
    let desktop = Desktop::start(Keyring::Unlocked);
    let [new, person] = [Person::new(), Person::new()];
    person.laptop.succeeds(named(&person, &desktop)(LOGIN));
    freeze(&desktop);
    std::thread::scope(|scope| {
        for (person, command) in [(&new, LOGIN), (&person, GET_TOKEN)] {
            let run = named(person, &desktop)(command);
            scope.spawn(move || {
                let words = [STORE, who, "did not answer"];
                within(PATIENCE, || person.laptop.fails(run, 1, ""));
                assert!(!person.key_file().exists());
            });
        }
    });
    assert_eq!(new.logins(), 0);
    assert_eq!(person.logins(), 1);
    desktop.thaw_bus();
    desktop.thaw_keyring();
    person.answers(named(&person, &desktop)(GET_TOKEN));
    assert_eq!(person.logins(), 1);
}

#[test]
fn a_keyring_that_hangs() {
    hangs(Desktop::freeze_keyring, "the Secret Service");
}

#[test]
fn a_bus_that_hangs() {
    hangs(Desktop::freeze_bus, "the D-Bus session bus");
}
