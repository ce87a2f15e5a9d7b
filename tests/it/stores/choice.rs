//! Which setting chooses the store, and what follows from the choice.

use crate::stores::person::Person;
use crate::stores::warnings;
use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN, PROFILE};

fn with_profiles_choice(store: &str) -> Person {
    let person = Person::new();
    let config = format!("{PROFILE}apono_store = {store}\n");
    person.laptop.home.write(".aws/config", config);
    person
}

/// Runs the command with no choice of a store except the profile's.
fn unset(person: &Person, command: &str) -> Run {
    person.run("", command).env_remove("APONO_LOGIN_STORE")
}

/// Stores of other operating systems, and an unknown one.
#[test]
fn a_store_that_does_not_exist_here_is_an_error() {
    for store in ["keychain", "credential-manager", "vault"] {
        let [named, chosen] = [Person::new(), with_profiles_choice(store)];
        let offline = if store == "vault" {
            &["status", "logout"][..]
        } else {
            &[]
        };
        let mut runs: Vec<Run> = vec![];
        for command in [LOGIN, GET_TOKEN] {
            runs.push(named.run(store, command));
            runs.push(unset(&chosen, command));
        }
        runs.extend(offline.iter().map(|command| named.run(store, command)));
        let outputs = runs.into_iter().map(Run::output);
        named.laptop.failed_alike(outputs, 1, store);
        for person in [named, chosen] {
            assert_eq!(person.logins(), 0, "it is known before AWS is asked");
            assert!(!person.key_file().exists(), "{store}");
        }
    }
}

/// Checks that the key is in the kernel, that no warning is shown, and that `status` agrees.
fn kernel_is_used(person: &Person, run: impl Fn(&str) -> Run, title: &str) {
    let output = person.laptop.succeeds(run(LOGIN));
    assert_eq!(warnings(&output), [""; 0], "{output}");
    assert!(person.kernel_key().is_some());
    assert!(!person.key_file().exists());
    person.answers(run(GET_TOKEN));
    assert_eq!(person.logins(), 1);
    let status = person.store_in_status(run("status --output json"));
    assert_eq!(status, ("kernel".to_owned(), None));
    person.laptop.succeeds(run("status")).recorded(title);
}

#[test]
fn the_kernel_is_the_default_and_a_choice() {
    let person = Person::new();
    kernel_is_used(&person, |command| unset(&person, command), "unset");
    let person = Person::new();
    kernel_is_used(&person, |command| person.run("auto", command), "auto");
    let person = with_profiles_choice("kernel");
    kernel_is_used(&person, |command| unset(&person, command), "by the profile");
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

    // The key is not in the store that the profile names.
    for _ in 0..2 {
        person.answers(unset(&person, GET_TOKEN));
        assert_eq!(person.logins(), 2);
    }
}

/// Credentials whose key is in a store that was not chosen are not used, and stay.
#[test]
fn another_store_is_another_login() {
    let person = Person::new();
    person.logs_in("file");
    person.misses("kernel");
    for store in ["auto", "file", "kernel", "auto", "file"] {
        person.hits(store);
    }
    assert_eq!(person.entries().len(), 2);
}

/// Once the profile names a store, entries of other stores are deleted.
#[test]
fn the_profiles_choice_is_the_only_one() {
    let person = Person::new();
    person.laptop.succeeds(unset(&person, LOGIN));
    let config = format!("{PROFILE}apono_store = file\n");
    person.laptop.home.write(".aws/config", config);
    for _ in 0..2 {
        person.answers(unset(&person, GET_TOKEN));
        assert_eq!(person.logins(), 2);
        assert_eq!(person.entries().len(), 1);
    }
}
