//! Who chooses the store, and what follows from it.

use crate::stores::person::Person;
use kit::laptop::{GET_TOKEN, LOGIN, PROFILE};

fn with_profiles_choice(store: &str) -> Person {
    let person = Person::new();
    let config = format!("{PROFILE}apono_store = {store}\n");
    person.laptop.home.write(".aws/config", config);
    person
}

#[test]
fn a_store_of_another_system_is_an_error() {
    for store in ["keychain", "credential-manager"] {
        let named = Person::new();
        let chosen = with_profiles_choice(store);
        for command in [LOGIN, GET_TOKEN] {
            let run = named.run(store, command);
            named.laptop.fails(run, 1, "");
            let run = chosen.run("", command).env_remove("APONO_LOGIN_STORE");
            chosen.laptop.fails(run, 1, "");
        }
        for person in [named, chosen] {
            assert_eq!(
                person.logins(),
                0,
                "{store}: it is known before AWS is asked"
            );
            assert!(!person.key_file().exists(), "{store}");
        }
    }
}

#[test]
fn a_store_that_does_not_exist_is_an_error() {
    let person = with_profiles_choice("vault");
    for command in [LOGIN, GET_TOKEN] {
        let run = person.run("", command).env_remove("APONO_LOGIN_STORE");
        let words = ["there is no credential store \"vault\"", "kernel"];
        person.laptop.fails(run, 1, "");
    }
    assert_eq!(person.logins(), 0);
}

#[test]
fn the_profile_chooses() {
    let person = with_profiles_choice("kernel");
    let unset = |command: &str| person.run("", command).env_remove("APONO_LOGIN_STORE");
    person.laptop.succeeds(unset(LOGIN));
    person.answers(unset(GET_TOKEN));
    assert_eq!(person.logins(), 1);
    assert!(person.kernel_key().is_some());
    assert!(!person.key_file().exists());
    let status = person.store_in_status(unset("status --output json"));
    assert_eq!(status, ("kernel".to_owned(), None));
}

#[test]
fn the_environment_goes_before_the_profile() {
    let person = with_profiles_choice("kernel");
    person.logs_in("file");
    person.hits("file");
    assert!(person.kernel_key().is_none());
    assert!(person.key_file().exists());
    let status = person.store_in_status(person.run("file", "status --output json"));
    assert_eq!(status, ("file".to_owned(), None));

    // What the profile wants is not where the key is.
    let unset = |command: &str| person.run("", command).env_remove("APONO_LOGIN_STORE");
    person.answers(unset(GET_TOKEN));
    assert_eq!(person.logins(), 2);
    person.answers(unset(GET_TOKEN));
    assert_eq!(person.logins(), 2);
}

#[test]
fn auto_takes_the_kernel() {
    for store in [None, Some("auto")] {
        let person = Person::new();
        let run = |command: &str| match store {
            None => person.run("", command).env_remove("APONO_LOGIN_STORE"),
            Some(store) => person.run(store, command),
        };
        let output = person.laptop.succeeds(run(LOGIN));
        assert_eq!(crate::stores::warnings(&output), [""; 0], "{output}");
        assert!(person.kernel_key().is_some());
        assert!(!person.key_file().exists());
        person.answers(run(GET_TOKEN));
        assert_eq!(person.logins(), 1);
        let status = person.store_in_status(run("status --output json"));
        assert_eq!(status, ("kernel".to_owned(), None));
        let text = person.laptop.succeeds(run("status")).stdout;
        assert!(text.contains("\nstore        kernel\n"), "{text}");
    }
}

/// Credentials whose key is in a store that is not asked for are not used, and nothing else goes wrong.
#[test]
fn another_store_is_another_login() {
    let person = Person::new();
    person.logs_in("file");
    for (store, misses) in [
        ("kernel", true),
        ("auto", false),
        ("file", true),
        ("auto", false),
        ("kernel", true),
    ] {
        match misses {
            true => person.misses(store),
            false => person.hits(store),
        }
    }
}
