//! Logging out leaves nothing behind, in any store.

use crate::stores::person::Person;
use crate::stores::{PATIENCE, STORES, within};
use kit::desktop::{Desktop, Keyring};
use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN, PROFILE};
use kit::machine::calm;

/// Returns the stores that hold the person's key now.
fn key_is_in(person: &Person, desktop: &Desktop) -> Vec<&'static str> {
    let kernel = person.kernel_key().is_some();
    let secret_service = desktop.items().contains(&person.label());
    let file = person.key_file().exists();
    let found = STORES.into_iter().zip([kernel, secret_service, file]);
    let found = found.filter(|(_, there)| *there);
    found.map(|(store, _)| store).collect()
}

#[track_caller]
fn nothing_is_left(person: &Person, desktop: &Desktop) {
    assert_eq!(key_is_in(person, desktop), [""; 0]);
    assert!(!person.cache().exists());
}

#[test]
fn the_last_profile_takes_the_key_with_it() {
    let desktop = Desktop::start(Keyring::Unlocked);
    for store in STORES {
        let person = Person::new();
        let second = PROFILE.replace("apono-k8s-access]", "second]");
        let config = format!("{PROFILE}{second}");
        person.laptop.home.write(".aws/config", config);
        let run = |command: &str| {
            person
                .laptop
                .succeeds(desktop.run(person.run(store, command)))
        };
        let both_log_in = || {
            run(LOGIN);
            run("login --profile second");
        };
        both_log_in();
        run("logout");
        assert_eq!(key_is_in(&person, &desktop), [store], "one still needs it");
        run("login --profile second");
        assert_eq!(person.logins(), 2, "{store}");
        run("logout --profile second");
        nothing_is_left(&person, &desktop);

        both_log_in();
        run("logout --all").recorded(store);
        nothing_is_left(&person, &desktop);
        person.answers(desktop.run(person.run(store, GET_TOKEN)));
        assert_eq!(person.logins(), 5, "{store}");
    }
}

/// Keys in stores that were used earlier are deleted too.
#[test]
fn wherever_the_key_is() {
    let desktop = Desktop::start(Keyring::Unlocked);
    for logout in ["logout", "logout --all", "uninstall --yes"] {
        for last in STORES {
            let person = Person::new();
            let run = |store: &str, command: &str| {
                let run = desktop.run(person.run(store, command));
                person.laptop.succeeds(run);
            };
            let before_last = STORES.into_iter().filter(|store| *store != last);
            for store in before_last.chain([last]) {
                run(store, LOGIN);
            }
            assert_eq!(key_is_in(&person, &desktop), STORES);
            run("auto", logout);
            nothing_is_left(&person, &desktop);
        }
    }
}

/// The keyring that holds the key does not answer: the credentials are deleted, and the failure is reported.
#[test]
fn a_key_that_cannot_be_removed() {
    let _calm = calm();
    let desktop = Desktop::start(Keyring::Unlocked);
    let person = Person::new();
    let run = |command: &str| -> Run { desktop.run(person.run("secret-service", command)) };
    person.laptop.succeeds(run(LOGIN));
    desktop.freeze_keyring();
    within(PATIENCE, || person.laptop.fails(run("logout"), 1, ""));
    assert!(person.entries().is_empty());
    desktop.thaw_keyring();
    person.laptop.succeeds(run("logout --all"));
    nothing_is_left(&person, &desktop);
}

/// A keyring that is not used may be in any state.
#[test]
fn other_keyrings_are_no_hindrance() {
    let _calm = calm();
    for state in [Keyring::None, Keyring::Locked, Keyring::Unlocked] {
        let desktop = Desktop::start(state);
        let person = Person::new();
        person.logs_in("file");
        if state == Keyring::Unlocked {
            desktop.freeze_keyring();
        }
        let run = desktop.run(person.without_kernel("file", "logout"));
        within(PATIENCE, || person.laptop.succeeds(run));
        assert!(!person.cache().exists(), "{state:?}");
        assert!(state == Keyring::None || !desktop.prompted(), "{state:?}");
    }
}

/// A key that is linked into another keyring survives its removal from the user keyring, so it is revoked.
#[test]
fn a_key_that_is_linked_elsewhere() {
    let person = Person::new();
    person.logs_in("kernel");
    let key = person.kernel_key().unwrap();
    let script = format!(
        "keyctl link {key} @s && keyctl pipe {key} | wc -c && apono-login logout && keyctl pipe {key}"
    );
    // Without keyctl's own messages, which hold the number of the session.
    let session = format!("keyctl session - sh -c 'exec 2>&3; {script}' 3>&2 2>/dev/null");
    let run = person.shell("kernel", &session);
    let run = run.known_as("keyctl link; keyctl pipe | wc -c; apono-login logout; keyctl pipe");
    run.exits(1).recorded("");
}
