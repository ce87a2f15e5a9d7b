//! One key in the Windows Credential Manager, as a generic credential of this machine. It has no lock of its own and
//! asks nothing: it is open while its user is logged on.
//!
//! Checked against the types of its libraries; never run.

use std::collections::HashMap;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error as Refusal};
use windows_native_keyring_store::Store;
use zeroize::Zeroizing;

use super::{Problem, within_limit};
use crate::store::seal::Key;

/// What is stored under the label, if anything is.
pub fn read(label: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Problem> {
    bounded(label, |entry| match entry.get_secret() {
        Ok(key) => Ok(Some(Zeroizing::new(key))),
        Err(Refusal::NoEntry) => Ok(None),
        Err(error) => Err(refused(error)),
    })
}

/// Stores the key under the label, in place of what was there.
pub fn write(label: &str, key: &Key) -> Result<(), Problem> {
    let key = key.clone();
    bounded(label, move |entry| {
        entry.set_secret(key.as_slice()).map_err(refused)
    })
}

/// Removes what is stored under the label.
pub fn remove(label: &str) -> Result<(), Problem> {
    bounded(label, |entry| match entry.delete_credential() {
        Ok(()) | Err(Refusal::NoEntry) => Ok(()),
        Err(error) => Err(refused(error)),
    })
}

fn bounded<T: Send + 'static>(
    label: &str,
    task: impl FnOnce(&Entry) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let label = label.to_owned();
    within_limit(move || task(&entry(&label)?)).unwrap_or(Err(Problem::Timeout {
        who: "the Credential Manager",
    }))
}

/// The store names it `label.apono-login`.
fn entry(label: &str) -> Result<Entry, Problem> {
    // The store's own default, Enterprise, lets credentials roam to the user's other machines, where no cache is.
    let local = HashMap::from([("persistence", "Local")]);
    let store = Store::new().map_err(refused)?;
    store
        .build("apono-login", label, Some(&local))
        .map_err(refused)
}

fn refused(error: Refusal) -> Problem {
    match error {
        // ERROR_NO_SUCH_LOGON_SESSION: a network logon, as by SSH with a key, has no credential set.
        Refusal::NoStorageAccess(_) => Problem::Absent(format!(
            "this logon session has no credential manager: {error}"
        )),
        _ => Problem::Other(error.to_string()),
    }
}
