//! Locks that do not work. For many processes at once see `long::crowd`.

use crate::stores::person::Person;
use kit::laptop::{GET_TOKEN, LOGIN};

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
