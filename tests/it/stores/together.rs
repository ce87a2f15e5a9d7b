//! Many processes at once, and locks that do not work.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::stores::person::Person;
use crate::stores::warnings;
use kit::laptop::{GET_TOKEN, LOGIN};
use kit::machine::crowd;

#[test]
fn a_hundred_at_once_log_in_once() {
    let _crowd = crowd();
    let person = Person::new();
    person.laptop.aws.set_delay(Duration::from_millis(300));
    let answers: Vec<_> = std::thread::scope(|scope| {
        let start = || scope.spawn(|| person.laptop.succeeds(person.run("kernel", GET_TOKEN)));
        let started: Vec<_> = (0..100).map(|_| start()).collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(person.logins(), 1);
    person.laptop.aws.behave();
    let mut seen = BTreeSet::new();
    for answer in &answers {
        assert_eq!(warnings(answer), [""; 0], "{answer}");
        // Tokens of the same second are equal.
        if seen.insert(answer.stdout.clone()) {
            person.check_token(answer);
        }
    }
    assert!(!person.key_file().exists());
}

/// File locks fail on some network file systems.
#[test]
fn without_locks_it_works_and_warns() {
    for errno in ["ENOLCK", "EOPNOTSUPP", "ENOSYS"] {
        for store in ["kernel", "file"] {
            let person = Person::new();
            let fault = format!("flock:error={errno}");
            let output = person.laptop.succeeds(person.refused(&fault, store, LOGIN));
            output.recorded(&format!("{errno}, {store}"));
            person.answers(person.refused(&fault, store, GET_TOKEN));
            assert_eq!(person.logins(), 1);
            person.hits(store);
            person
                .laptop
                .succeeds(person.refused(&fault, store, "logout"));
            assert_eq!(person.kernel_key(), None);
            assert!(!person.key_file().exists(), "{errno}, {store}");
        }
    }
}
