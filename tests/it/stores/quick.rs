//! A shell's prompt waits for no keyring. A window that is not answered is a keyring that stays locked.

use std::time::Duration;

use crate::stores::person::Person;
use crate::stores::within;
use kit::desktop::{Desktop, Keyring};
use kit::laptop::LOGIN;
use kit::machine::calm;
use kit::prompting::Manner;

const STORE: &str = "secret-service";

#[test]
fn status_short_asks_no_keyring() {
    let _calm = calm();
    let desktop = Desktop::start(Keyring::Unlocked);
    let person = Person::new();
    person
        .laptop
        .succeeds(desktop.run(person.run(STORE, LOGIN)));
    let freezes: [fn(&Desktop); 2] = [Desktop::freeze_keyring, Desktop::freeze_bus];
    for freeze in freezes {
        freeze(&desktop);
        // For all stores, and for the one that is named.
        for store in [STORE, "auto"] {
            for profile in ["", " --profile apono-k8s-access"] {
                let short = person.run(store, &format!("status --short{profile}"));
                let quick = Duration::from_secs(1);
                let output = within(quick, || desktop.run(short).succeeds());
                assert!(output.stdout.starts_with("alice@example.com "), "{output}");
            }
        }
    }
    desktop.thaw_bus();
    desktop.thaw_keyring();
}

/// It takes a minute, most of which is spent waiting.
#[test]
fn a_window_that_is_not_answered() {
    let desktop = Desktop::start(Keyring::None);
    let service = desktop.prompting(Manner {
        locked: true,
        waits: true,
        ..Manner::default()
    });
    let person = Person::new();
    let home = &person.laptop.home;
    let login = home.on_terminal(&format!("apono-login {LOGIN}"));
    let login = login.env("APONO_LOGIN_STORE", STORE).env("DISPLAY", ":7");
    let output = desktop.run(login).exits(1);
    let said = output.stdout.as_str();
    assert!(said.contains("the keyring is locked"), "{output}");
    assert!(
        !said.contains("confirmed") && !said.contains("2.5"),
        "{output}"
    );
    let calls = service.calls();
    assert!(
        calls.iter().any(|call| call.starts_with("Dismiss")),
        "{calls:?}"
    );
}
