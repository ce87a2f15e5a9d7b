//! The Windows Credential Manager, with the key as a generic credential of this computer. It has no lock and no prompts: it is
//! open while the user is logged on.

use std::collections::HashMap;

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error as Refusal};
use windows_native_keyring_store::Store;

use super::Problem;

pub const NAME: &str = "the Credential Manager";

/// Stands for what prevents prompts on other systems.
pub struct NoPrompts;

/// Does nothing: the Credential Manager has no prompts.
pub fn without_prompts() -> Result<NoPrompts, Problem> {
    Ok(NoPrompts)
}

/// Returns whether keys can be stored: always.
pub fn is_open() -> bool {
    true
}

/// Returns the entry of the label, which may not exist yet. Windows shows it as `LABEL.apono-login`.
pub fn entry(label: &str) -> Result<Entry, Problem> {
    // With `Enterprise`, the default of the store, credentials roam to the user's other computers, which have other caches.
    let local = HashMap::from([("persistence", "Local")]);
    let store = Store::new().map_err(problem)?;
    store
        .build("apono-login", label, Some(&local))
        .map_err(problem)
}

/// Deletes the entry.
pub fn remove(entry: &Entry, _label: &str) -> Result<(), Problem> {
    match entry.delete_credential() {
        Ok(()) | Err(Refusal::NoEntry) => Ok(()),
        Err(error) => Err(problem(error)),
    }
}

/// Returns what an error means.
pub fn problem(error: Refusal) -> Problem {
    match error {
        // ERROR_NO_SUCH_LOGON_SESSION: a network logon, as with SSH and a key, has no credentials.
        Refusal::NoStorageAccess(_) => Problem::Absent(format!(
            "this logon session has no Credential Manager: {error}"
        )),
        _ => Problem::Other(error.to_string()),
    }
}
