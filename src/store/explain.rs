//! What the errors of the cache mean to the user.

use super::{Error, Problem, Store};
use crate::failure::Failure;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::File(error) => error.into(),
            Error::UnknownStore { name } => Failure::refused(format!(
                "unknown credential store {name:?}"
            ))
            .cause(
                "the store is chosen by `APONO_LOGIN_STORE`, else by `apono_store` in the profile",
            )
            .hint("set `APONO_LOGIN_STORE` (or `apono_store`) to auto, kernel, secret-service, keychain, credential-manager or file")
            .hint("if you do not need it, remove it: the default is auto"),
            Error::Store { store, problem } => {
                let name = store.name();
                let failure =
                    Failure::refused(format!("could not use the credential store {name}"))
                        .cause(problem.to_string());
                if matches!(problem, Problem::OtherSystem) {
                    let names: Vec<_> =
                        Store::preferred().iter().map(|s| s.name()).collect();
                    return failure.hint(format!(
                        "set `APONO_LOGIN_STORE` (or `apono_store` in the profile) to a store of this operating system: auto, {}",
                        names.join(", ")
                    ));
                }
                failure
                    .hint(store_hint(store, &problem))
                    .hint("to use another store, set `APONO_LOGIN_STORE` (or `apono_store` in the profile) to auto or file")
            }
            error @ (Error::Random(_) | Error::Seal) => {
                Failure::refused("could not use the credential cache")
                    .cause(error.to_string())
                    .hint("run `apono-login logout --all`, then log in again")
            }
        }
    }
}

fn store_hint(store: Store, problem: &Problem) -> &'static str {
    use Problem as P;
    match problem {
        P::Absent(_) if store != Store::SecretService => {
            "log on to this computer directly, not over the network"
        }
        P::Absent(_) => {
            "start a keyring (gnome-keyring, KWallet, KeePassXC) and check that `DBUS_SESSION_BUS_ADDRESS` is set"
        }
        P::Locked | P::Dismissed => "unlock the keyring, for example by logging in to the desktop",
        P::Unconfirmed => {
            "in KeePassXC, turn off \"Confirm when passwords are retrieved by clients\" (Settings, Secret Service Integration)"
        }
        P::NoDefault => {
            "create a keyring or a wallet; in KeePassXC, open a database that has an exposed group (Database Settings, Secret Service Integration)"
        }
        P::Timeout { .. } => "restart the program that did not respond, then run this again",
        P::Forbidden(_) => "if this is a container, allow the system calls keyctl and add_key",
        P::Full => {
            "list the keys with `keyctl show @u` and remove unused ones with `keyctl unlink KEY @u`"
        }
        P::OtherSystem | P::Other(_) => "fix this, then run this again",
    }
}
