//! Logging out leaves nothing behind, wherever it was.

use crate::stores::person::{Person, files};
use crate::stores::{PATIENCE, calm, within};
use kit::desktop::{Desktop, Keyring};
use kit::home::Run;
use kit::laptop::PROFILE;

const STORES: [&str; 3] = ["kernel", "secret-service", "file"];

/// The stores that have the person's key now.
fn key_is_in(person: &Person, desktop: &Desktop) -> Vec<&'static str> {
    let kernel = person.kernel_key().is_some();
    let secret_service = desktop.items().contains(&person.label());
    let file = person.key_file().exists();
    let found = STORES.into_iter().zip([kernel, secret_service, file]);
    found
        .filter(|(_, there)| *there)
        .map(|(store, _)| store)
        .collect()
}

fn with_two_profiles() -> Person {
    let person = Person::new();
    let second = PROFILE.replace("apono-k8s-access]", "second]");
    person
        .laptop
        .home
        .write(".aws/config", format!("{PROFILE}{second}"));
    person
}

#[test]
fn the_last_profile_takes_the_key_with_it() {
    let desktop = Desktop::start(Keyring::Unlocked);
    for store in STORES {
        let person = with_two_profiles();
        let run = |command: &str| -> Run { desktop.run(person.run(store, command)) };
        person.laptop.succeeds(run("login"));
        person.laptop.succeeds(run("login --profile second"));
        person.laptop.succeeds(run("logout"));
        assert_eq!(
            key_is_in(&person, &desktop),
            [store],
            "the other profile needs it"
        );
        person
            .laptop
            .succeeds(run("login --profile second"))
            .explains(&["from the cache"]);
        person.laptop.succeeds(run("logout --profile second"));
        assert_eq!(key_is_in(&person, &desktop), [""; 0], "{store}");
        assert!(!person.cache().exists(), "{store}");
    }
}

#[test]
fn all_at_once() {
    let desktop = Desktop::start(Keyring::Unlocked);
    for store in STORES {
        let person = with_two_profiles();
        let run = |command: &str| -> Run { desktop.run(person.run(store, command)) };
        person.laptop.succeeds(run("login"));
        person.laptop.succeeds(run("login --profile second"));
        person
            .laptop
            .succeeds(run("logout --all"))
            .explains(&["2 profiles"]);
        assert_eq!(key_is_in(&person, &desktop), [""; 0], "{store}");
        assert!(!person.cache().exists(), "{store}");
        let before = person.logins();
        person.answers(run("get-token --cluster-name prod --region eu-west-1"));
        assert_eq!(person.logins(), before + 1, "{store}");
    }
}

/// Keys of stores that were used before go too.
#[test]
fn wherever_the_key_is() {
    let desktop = Desktop::start(Keyring::Unlocked);
    for logout in ["logout", "logout --all", "uninstall --yes"] {
        for last in STORES {
            let person = with_two_profiles();
            let run =
                |store: &str, command: &str| -> Run { desktop.run(person.run(store, command)) };
            let before_last = STORES.into_iter().filter(|store| *store != last);
            for store in before_last.chain([last]) {
                person.laptop.succeeds(run(store, "login"));
            }
            assert_eq!(key_is_in(&person, &desktop), STORES);
            person.laptop.succeeds(run("auto", logout));
            assert_eq!(
                key_is_in(&person, &desktop),
                [""; 0],
                "{logout} after {last}"
            );
            assert!(!person.cache().exists(), "{logout} after {last}");
        }
    }
}

/// The keyring that has the key does not answer: the credentials go, and what could not be done is said.
#[test]
fn a_key_that_cannot_be_removed() {
    let _calm = calm();
    let desktop = Desktop::start(Keyring::Unlocked);
    let person = Person::new();
    let run = |store: &str, command: &str| -> Run { desktop.run(person.run(store, command)) };
    person.laptop.succeeds(run("secret-service", "login"));
    desktop.freeze_keyring();
    let words = ["the Secret Service", "did not answer"];
    within(PATIENCE, || {
        person.laptop.fails(run("secret-service", "logout"), 1, "")
    });
    assert!(files(&person.cache(), "entry").is_empty());
    desktop.thaw_keyring();
    person
        .laptop
        .succeeds(run("secret-service", "logout --all"));
    assert_eq!(key_is_in(&person, &desktop), [""; 0]);
    assert!(!person.cache().exists());
}

/// A keyring nobody uses may be in any state.
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

/// Linked into another keyring, a key stays when it is taken out of ours; so it is ended.
#[test]
fn a_key_that_somebody_linked_elsewhere() {
    let person = Person::new();
    person.logs_in("kernel");
    let key = person.kernel_key().unwrap();
    let script = format!(
        "keyctl link {key} @s && keyctl pipe {key} | wc -c && apono-login logout && keyctl pipe {key}"
    );
    let run = person.shell("kernel", &format!("keyctl session - sh -c '{script}'"));
    let output = run.exits(1);
    assert_eq!(output.stdout, "32\n", "{output}");
    output.explains(&["Forgot the credentials", "keyctl"]);
}
