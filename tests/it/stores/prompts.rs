//! A Secret Service that answers with prompts, as KeePassXC and KWallet do. `tests/keyrings` runs those.

use crate::stores::person::Person;
use crate::stores::{PATIENCE, warnings, within};
use kit::desktop::{Desktop, Keyring};
use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN};
use kit::machine::calm;
use kit::prompting::{Manner, Prompting};

const STORE: &str = "secret-service";

fn start(manner: Manner) -> (Desktop, Prompting, Person) {
    let desktop = Desktop::start(Keyring::None);
    let service = desktop.prompting(manner);
    (desktop, service, Person::new())
}

#[test]
fn a_prompt_that_needs_no_user_is_completed() {
    let (desktop, service, person) = start(Manner::default());
    let run = |command: &str| desktop.run(person.run(STORE, command));
    let output = person.laptop.succeeds(run(LOGIN));
    assert_eq!(warnings(&output), [""; 0]);
    assert!(service.has_key());
    let calls = service.calls();
    let count = |name: &str| calls.iter().filter(|call| *call == name).count();
    assert_eq!(["CreateItem", "Prompt"].map(count), [1, 1], "{calls:?}");
    person.answers(run(GET_TOKEN));
    assert_eq!(person.logins(), 1);
    let calls = service.calls();
    assert!(!calls.contains(&"Prompt".to_owned()), "{calls:?}");
    person.laptop.succeeds(run("logout --all"));
    assert!(!service.has_key());
}

#[test]
fn what_needs_the_user_is_dismissed_and_said() {
    let _calm = calm();
    let manners = [
        (
            "waits for ever",
            Manner {
                waits: true,
                ..Manner::default()
            },
        ),
        (
            "is dismissed",
            Manner {
                dismissed: true,
                ..Manner::default()
            },
        ),
        (
            "no default keyring",
            Manner {
                no_default: true,
                ..Manner::default()
            },
        ),
        (
            "confirms each access",
            Manner {
                confirms: true,
                ..Manner::default()
            },
        ),
    ];
    for (title, manner) in manners {
        let (desktop, service, person) = start(manner);
        for command in [LOGIN, GET_TOKEN] {
            let run = desktop.run(person.run(STORE, command));
            within(PATIENCE, || person.laptop.fails(run, 1, title));
        }
        assert_eq!(person.logins(), 0, "it is known before AWS is asked");
        let calls = service.calls();
        let dismissals = calls.iter().filter(|call| *call == "Dismiss").count();
        assert_eq!(dismissals > 0, manner.waits, "{calls:?}");
        // The next store is used.
        let run = |command: &str| desktop.run(person.without_kernel("auto", command));
        let output = within(PATIENCE, || person.laptop.succeeds(run(LOGIN)));
        assert_eq!(warnings(&output).len(), 1, "{output}");
        person.answers(run(GET_TOKEN));
        assert_eq!(person.logins(), 1);
    }
}

/// KeePassXC would open a window at the search, and does not close it when the prompt is dismissed.
#[test]
fn a_locked_keyring_is_not_searched_and_unlocked_only_where_the_user_sees_it() {
    let (desktop, service, person) = start(Manner {
        locked: true,
        ..Manner::default()
    });
    let run = |command: &str| desktop.run(person.run(STORE, command));
    for command in [LOGIN, GET_TOKEN, "status", "logout"] {
        run(command).output();
    }
    person.laptop.fails(run(GET_TOKEN), 1, "locked");
    assert_eq!(service.calls(), [""; 0]);
    let display = |run: Run| desktop.run(run.env("APONO_LOGIN_STORE", STORE).env("DISPLAY", ":7"));
    let home = &person.laptop.home;
    // Over the network, the window opens elsewhere.
    let remote = display(home.on_terminal(&format!("apono-login {LOGIN}")));
    remote.env("SSH_CONNECTION", "1").exits(1);
    assert_eq!(service.calls(), [""; 0]);
    let login = display(home.on_terminal(&format!("apono-login {LOGIN}"))).succeeds();
    assert!(login.stdout.contains("unlock it there"), "{login}");
    let calls = service.calls();
    assert_eq!(calls[..2], ["Unlock while locked", "Prompt while locked"]);
    person.answers(run(GET_TOKEN));
    assert_eq!(person.logins(), 1);
}
