//! Many `get-token` at once, as a tool starts them: one login, and all are answered, with each store.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use crate::long::{Tally, rounds};
use crate::stores::person::Person;
use kit::desktop::{Desktop, Keyring};
use kit::home::Run;
use kit::laptop::GET_TOKEN;
use kit::machine::crowd;

/// The time in which all are answered. It is below the limit of a run.
const DELAY: Duration = Duration::from_millis(300);

/// Starts all at once: without credentials, and with. `longest` is their number in the long form.
fn at_once(store: &str, longest: usize, person: &Person, session: impl Fn(Run) -> Run) {
    let _crowd = crowd();
    let count = rounds(100, longest);
    let mut tally = Tally::new(format!("{count} get-token at once: {store}"));
    person.laptop.aws.set_delay(DELAY);
    let folder = kit::home::scratch();
    let folder = tempfile::Builder::new()
        .prefix("crowd-")
        .tempdir_in(folder)
        .unwrap();
    let folder = folder.path().display();
    let mut seen = BTreeSet::<String>::new();
    for round in ["cold", "hit"] {
        let script = format!(
            "for n in $(seq {count}); do\n(apono-login {GET_TOKEN} >{folder}/$n.out 2>{folder}/$n.err; echo $? >{folder}/$n.status) &\ndone; wait"
        );
        person
            .laptop
            .succeeds(session(person.shell(store, &script)));
        for number in 1..=count {
            let read = |end: &str| fs::read_to_string(format!("{folder}/{number}.{end}")).unwrap();
            let (status, out, err) = (read("status"), read("out"), read("err"));
            // Tokens of the same second are equal.
            if status == "0\n" && seen.insert(out.clone()) {
                let file = format!("{folder}/{number}.out");
                person.check_token(&person.laptop.home.run("cat", [file]).output());
            }
            let answered =
                status == "0\n" && out.contains("\"token\":\"k8s-aws-v1.") && err.is_empty();
            tally.round(match answered {
                true => Ok(()),
                false => Err(format!("{round}, {store}: status {status}{out}{err}")),
            });
        }
        let logins = person.logins();
        if logins != 1 {
            tally.round(Err(format!("{round}, {store}: {logins} logins")));
        }
    }
    tally.end();
}

#[test]
fn with_a_file() {
    let person = Person::new();
    at_once("file", 1000, &person, |run| run);
    assert!(person.key_file().exists());
}

#[test]
fn with_the_kernel() {
    let person = Person::new();
    at_once("kernel", 1000, &person, |run| run);
    assert!(!person.key_file().exists());
}

#[test]
fn with_a_secret_service() {
    let desktop = Desktop::start(Keyring::Unlocked);
    let person = Person::new();
    at_once("secret-service", 1000, &person, |run| desktop.run(run));
    assert_eq!(desktop.items(), [person.label()]);
}
