//! What is kept on this computer, in each of its stores: it is read back, and removed by `logout`.
//!
//! Runs on every system. What only Linux has is in `stores`.

use crate::sources::sign_in::{ALICE, Style, laptop as signed_out, sign_in, stored};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, files_below};
use kit::standin::Operation;

/// The stores of this system. macOS has no keychain in the home of a test.
const STORES: &[&str] = match std::env::consts::OS.as_bytes() {
    b"windows" => &["credential-manager", "file"],
    _ => &["file"],
};

/// Runs the command with this store, and returns its stdout.
#[track_caller]
fn run(laptop: &Laptop, store: &str, command: &str) -> String {
    let run = laptop.run(command).env("APONO_LOGIN_STORE", store);
    laptop.succeeds(run).stdout
}

/// Checks how many times AWS was asked for the role's credentials.
#[track_caller]
fn logged_in(laptop: &Laptop, times: usize) {
    assert_eq!(laptop.aws.count(Operation::AssumeRole), times);
}

/// Returns the store that `status` names.
fn store(laptop: &Laptop, chosen: &str) -> String {
    let status = run(laptop, chosen, "status --output json");
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["store_fallback"], serde_json::Value::Null);
    status["store"].as_str().unwrap().to_owned()
}

fn has_key_file(laptop: &Laptop) -> bool {
    laptop.home.path(".cache/apono-login/key").exists()
}

#[test]
fn credentials_are_read_back_and_removed() {
    for &name in STORES {
        for logout in ["logout", "logout --all"] {
            let laptop = Laptop::new();
            run(&laptop, name, LOGIN);
            for command in [GET_TOKEN, "export-credentials", LOGIN] {
                run(&laptop, name, command);
            }
            logged_in(&laptop, 1);
            assert_eq!(store(&laptop, name), name);
            assert_eq!(has_key_file(&laptop), name == "file");
            assert_eq!(laptop.cached("entry").len(), 1);

            run(&laptop, name, logout);
            assert_eq!(files_below(&laptop.home.path(".cache")).len(), 0, "{name}");
            run(&laptop, name, GET_TOKEN);
            logged_in(&laptop, 2);
            run(&laptop, name, logout);
        }
    }
}

/// The key is gone as well: an entry that a backup brings back is of no use.
#[test]
fn the_key_is_removed_with_the_last_credentials() {
    for &name in STORES {
        let laptop = Laptop::new();
        run(&laptop, name, LOGIN);
        let [entry] = laptop.cached("entry").try_into().unwrap();
        let sealed = std::fs::read(&entry).unwrap();
        run(&laptop, name, "logout");
        run(&laptop, name, LOGIN);
        std::fs::write(&entry, sealed).unwrap();
        run(&laptop, name, GET_TOKEN);
        logged_in(&laptop, 3);
        run(&laptop, name, "logout");
    }
}

#[test]
fn the_store_of_the_system_is_the_default() {
    if STORES.len() > 1 {
        let laptop = Laptop::new();
        run(&laptop, "auto", LOGIN);
        assert_eq!(store(&laptop, "auto"), STORES[0]);
        assert!(!has_key_file(&laptop));
        // Credentials of another store are another login. `logout` removes those of all.
        run(&laptop, "file", GET_TOKEN);
        logged_in(&laptop, 2);
        run(&laptop, "auto", "logout");
        assert_eq!(files_below(&laptop.home.path(".cache")).len(), 0);
        for (number, name) in [(3, "auto"), (4, "file")] {
            run(&laptop, name, GET_TOKEN);
            logged_in(&laptop, number);
        }
        run(&laptop, "auto", "logout --all");
    }
}

#[test]
fn a_sign_in_is_used_again_and_removed() {
    for &name in STORES {
        let laptop = signed_out(Style::Session);
        sign_in(&laptop, Style::Session, ALICE);
        run(&laptop, name, LOGIN);
        run(&laptop, name, "logout");
        assert_eq!(stored(&laptop).len(), 1, "the sign-in stays");
        run(&laptop, name, LOGIN);
        logged_in(&laptop, 2);
        run(&laptop, name, "logout --sso");
        assert_eq!(stored(&laptop).len(), 0, "{name}");
        laptop
            .run(GET_TOKEN)
            .env("APONO_LOGIN_STORE", name)
            .exits(3);
    }
}
