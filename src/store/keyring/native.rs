//! One key in the keyring of macOS or Windows, through the `keyring` family of crates: the calls that both have in common.
//!
//! Checked against the types of the libraries, and not run by the test suite.

use keyring_core::{Entry, Error as Refusal};
use zeroize::Zeroizing;

#[cfg(windows)]
use super::credential_manager as system;
#[cfg(target_os = "macos")]
use super::keychain as system;
use super::{Problem, within_limit};
use crate::store::seal::Key;

/// Returns what is stored under the label. `None` if there is nothing.
pub fn read(label: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Problem> {
    with_entry(label, |entry| match entry.get_secret() {
        Ok(key) => Ok(Some(Zeroizing::new(key))),
        Err(Refusal::NoEntry) => Ok(None),
        Err(error) => Err(system::problem(error)),
    })
}

/// Stores the key under the label and replaces what was there.
pub fn write(label: &str, key: &Key) -> Result<(), Problem> {
    let key = key.clone();
    with_entry(label, move |entry| {
        entry.set_secret(key.as_slice()).map_err(system::problem)
    })
}

/// Removes what is stored under the label, if anything.
pub fn remove(label: &str) -> Result<(), Problem> {
    with_entry(label, |entry| match entry.delete_credential() {
        Ok(()) | Err(Refusal::NoEntry) => Ok(()),
        Err(error) => Err(system::problem(error)),
    })
}

/// Runs the task with the entry of the label, within the time limit.
fn with_entry<T: Send + 'static>(
    label: &str,
    task: impl FnOnce(&Entry) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let label = label.to_owned();
    let answer = within_limit(move || {
        let _quiet = system::without_prompts()?;
        task(&system::entry(&label)?)
    });
    answer.unwrap_or(Err(Problem::Timeout { who: system::NAME }))
}
