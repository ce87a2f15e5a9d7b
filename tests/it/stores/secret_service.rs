//! The desktop's keyring: gnome-keyring in each of its states.

use crate::stores::person::Person;
use crate::stores::{PATIENCE, within};
use kit::desktop::{Desktop, Keyring};
use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN};
use kit::machine::calm;

const STORE: &str = "secret-service";

/// Returns a function that runs `apono-login` as the person in this session, with the given store.
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
        let run = named(person, &desktop);
        person.laptop.succeeds(run("logout --all"));
        assert!(!person.cache().exists());
    }
    assert_eq!(desktop.items(), [""; 0]);
}

#[test]
fn a_key_that_cannot_be_used_is_a_miss() {
    let desktop = Desktop::start(Keyring::Unlocked);
    let person = Person::new();
    let run = named(&person, &desktop);
    let secrets = [
        ("lost", None),
        ("empty", Some(String::new())),
        ("short", Some("0123456789012345678901234567890".to_owned())),
        ("long", Some("0123456789".repeat(100))),
        (
            "another",
            Some("01234567890123456789012345678901".to_owned()),
        ),
    ];
    for (name, secret) in secrets {
        person.laptop.succeeds(run("login --force"));
        match secret {
            None => desktop.remove_item(&person.label()),
            Some(secret) => desktop.replace_secret(&person.label(), &secret),
        }
        let before = person.logins();
        for _ in 0..2 {
            person.answers(run(GET_TOKEN));
            assert_eq!(person.logins(), before + 1, "{name}");
        }
        assert_eq!(desktop.items(), [person.label()], "{name}");
        assert!(!person.key_file().exists(), "{name}");
    }
}

/// The control for `prompted` below: a prompt for a password would be noticed.
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
    let desktop = Desktop::start(Keyring::Locked);
    let person = Person::new();
    let run = named(&person, &desktop);
    for command in [LOGIN, GET_TOKEN] {
        within(PATIENCE, || person.laptop.fails(run(command), 1, "new"));
    }
    assert_eq!(person.logins(), 0, "it is known before AWS is asked");

    let desktop = Desktop::start(Keyring::Unlocked);
    let run = named(&person, &desktop);
    person.laptop.succeeds(run(LOGIN));
    desktop.lock();
    for command in [LOGIN, GET_TOKEN, "login --force"] {
        let title = "with the key in it";
        within(PATIENCE, || person.laptop.fails(run(command), 1, title));
    }
    assert_eq!(person.logins(), 1);
    assert!(!desktop.prompted());
    assert!(!person.key_file().exists());
}

#[test]
fn absent() {
    let _calm = calm();
    let mut stopped = Desktop::start(Keyring::Unlocked);
    let never = Desktop::start(Keyring::None);
    let known = Person::new();
    known.laptop.succeeds(named(&known, &stopped)(LOGIN));
    stopped.stop_keyring();
    let bus = |address: String| move |run: Run| run.env("DBUS_SESSION_BUS_ADDRESS", &address);
    let wrong = never.env()[0].1.clone() + "x";
    type Session<'a> = Box<dyn Fn(Run) -> Run + 'a>;
    let sessions: [(&str, Session); 8] = [
        ("stopped", Box::new(|run| stopped.run(run))),
        ("never started", Box::new(|run| never.run(run))),
        ("no session", Box::new(|run| run)),
        (
            "no bus",
            Box::new(|run| run.env("XDG_RUNTIME_DIR", "/nowhere")),
        ),
        ("no socket", Box::new(bus("unix:path=/nowhere/bus".into()))),
        ("a wrong GUID", Box::new(bus(wrong))),
        ("no address", Box::new(bus("nonsense".into()))),
        ("an empty address", Box::new(bus(String::new()))),
    ];
    for (title, session) in sessions {
        // A new person, and one with an entry.
        let people = [&Person::new(), &known];
        let outputs = people.iter().flat_map(|person| {
            let run = |command| session(person.run(STORE, command));
            [LOGIN, GET_TOKEN].map(|command| within(PATIENCE, || run(command).output()))
        });
        known.laptop.failed_alike(outputs, 1, title);
        assert_eq!(people.map(Person::logins), [0, 1], "{title}");
        assert!(people.iter().all(|person| !person.key_file().exists()));
    }
}

/// The bus or the keyring exists but does not answer.
#[test]
fn hanging() {
    let _calm = calm();
    let freezes: [(&str, fn(&Desktop)); 2] = [
        ("the keyring", Desktop::freeze_keyring),
        ("the bus", Desktop::freeze_bus),
    ];
    for (title, freeze) in freezes {
        let desktop = Desktop::start(Keyring::Unlocked);
        let [new, known] = [Person::new(), Person::new()];
        let run = named(&known, &desktop);
        known.laptop.succeeds(run(LOGIN));
        freeze(&desktop);
        let login = named(&new, &desktop)(LOGIN);
        let outputs = [login, run(GET_TOKEN)].map(|run| within(PATIENCE, || run.output()));
        known.laptop.failed_alike(outputs, 1, title);
        assert!(!new.key_file().exists() && !known.key_file().exists());
        assert_eq!([new.logins(), known.logins()], [0, 1]);
        // Those that wait for their turn do not wait as long as the first one, each.
        let script = format!(
            "for n in $(seq 20); do (apono-login {GET_TOKEN} 2>&1 || echo status $?) & done; wait"
        );
        let crowd = within(PATIENCE, || {
            desktop.run(known.shell(STORE, &script)).output()
        });
        assert_eq!(crowd.stdout.matches("status 1\n").count(), 20, "{crowd}");
        // Nor does each of many profiles.
        let config = new.laptop.home.read(".aws/config");
        let profile = config.split_once("[profile apono-k8s-access]").unwrap().1;
        let more = (0..40).map(|number| format!("\n[profile {number}]{profile}"));
        let many = config.clone() + &more.collect::<String>();
        new.laptop.home.write(".aws/config", many);
        let all = named(&new, &desktop)("login --all");
        let failed = within(PATIENCE, || all.output()).ended(1);
        assert!(failed.stderr.contains("to 41 of 41 profiles"), "{failed}");
        assert_eq!(new.logins(), 0);
        desktop.thaw_bus();
        desktop.thaw_keyring();
        known.answers(run(GET_TOKEN));
        assert_eq!(known.logins(), 1);
    }
}
