//! One key in the keyring of macOS or Windows, through the `keyring` family of crates: the calls that both have in common.
//!
//! Checked against the types of the libraries, and not run by the test suite.

use keyring_core::{Entry, Error as Refusal};
use zeroize::Zeroizing;

#[cfg(windows)]
use super::credential_manager as system;
#[cfg(target_os = "macos")]
use super::keychain as system;
use super::{Found, Keyring, LIMIT, Problem, within};
use crate::store::seal::Key;

pub const KEYRING: Keyring = Keyring {
    read,
    write,
    prolong: |_| Ok(()),
    remove,
    unlock: |_| Err(Problem::Locked),
};

fn read(label: &str) -> Result<Found, Problem> {
    with_entry(label, |entry| match entry.get_secret() {
        Ok(key) => Ok(Some(Zeroizing::new(key))),
        Err(Refusal::NoEntry) => Ok(None),
        Err(error) => match system::problem(error) {
            // Either all of the keyring is locked, or this key is not for this build.
            Problem::Locked if system::is_open() => Err(Problem::OfAnotherBuild),
            problem => Err(problem),
        },
    })
}

fn write(label: &str, key: &Key) -> Result<(), Problem> {
    let key = key.clone();
    with_entry(label, move |entry| {
        entry.set_secret(key.as_slice()).map_err(system::problem)
    })
}

fn remove(label: &str) -> Result<(), Problem> {
    let name = label.to_owned();
    with_entry(label, move |entry| system::remove(entry, &name))
}

/// Runs the task with the entry of the label, within the time limit.
fn with_entry<T: Send + 'static>(
    label: &str,
    task: impl FnOnce(&Entry) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let label = label.to_owned();
    let answer = within(LIMIT, move || {
        let _quiet = system::without_prompts()?;
        task(&system::entry(&label)?)
    });
    answer.unwrap_or(Err(Problem::Timeout {
        who: system::NAME,
        limit: Some(LIMIT),
    }))
}
