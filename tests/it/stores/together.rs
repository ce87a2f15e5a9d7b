//! Locks that do not work. For many processes at once see `long::crowd`.

use crate::stores::person::Person;
use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN};
use kit::standin::{Fault, Operation};

/// Programs that run get-token may take a warning for a failure. `status` and `doctor` show it until there is none.
fn says_what_was_held_back(person: &Person, fault: &str, store: &str) {
    const WARNING: &str = "continuing without a lock";
    let laptop = &person.laptop;
    let shows = |command: &str| {
        let output = person.run(store, command).output();
        output.stdout.contains(WARNING)
    };
    let fetches = |run: Run| {
        for entry in laptop.cached("entry") {
            std::fs::remove_file(entry).unwrap();
        }
        run.succeeds()
    };
    for command in [GET_TOKEN, "export-credentials"] {
        let output = fetches(person.refused(fault, store, command));
        assert_eq!(output.stderr, "", "{output}");
        assert!(shows("status") && shows("doctor"), "{command}");
        let output = fetches(person.refused(fault, store, &format!("{command} -v")));
        assert!(output.stderr.contains(WARNING), "{output}");
        // A run that succeeds without.
        let output = fetches(person.run(store, command));
        assert_eq!(output.stderr, "", "{output}");
        assert!(!shows("status") && !shows("doctor"), "{command}");
        fetches(person.refused(fault, store, command));
        assert!(shows("status"), "{command}");
        fetches(person.run(store, "login --force"));
        assert!(!shows("status"), "{command}");
    }
    let denied = Fault::error(403, "AccessDenied", "not today");
    laptop.aws.misbehave(Operation::AssumeRole, denied);
    for entry in laptop.cached("entry") {
        std::fs::remove_file(entry).unwrap();
    }
    let output = person.refused(fault, store, GET_TOKEN).exits(1);
    output.explains(&[WARNING, "not today"]);
    laptop.aws.behave();
    let for_shells = "export-credentials --format env";
    let output = fetches(person.refused(fault, store, for_shells));
    assert!(output.stderr.contains(WARNING), "{output}");
    fetches(person.run(store, GET_TOKEN));
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
            says_what_was_held_back(&person, &fault, store);
            person.hits(store);
            person
                .laptop
                .succeeds(person.refused(&fault, store, "logout"));
            assert_eq!(person.kernel_key(), None);
            assert!(!person.key_file().exists(), "{errno}, {store}");
        }
    }
}
