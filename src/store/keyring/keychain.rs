//! One key in the macOS login keychain. Nothing here shows a prompt: what would need one is `Locked`, which is a locked
//! keychain, or an item that a differently signed build of this program made.
//!
//! Checked against the types of its libraries; never run.

use apple_native_keyring_store::keychain::{Cred, MacKeychainDomain};
use keyring_core::{Entry, Error as Refusal};
use security_framework::os::macos::keychain::SecKeychain;
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
    let answer = within_limit(move || {
        // Holds for the process, until it is dropped. Without it, asking for a locked keychain opens a window and waits.
        let _quiet = SecKeychain::disable_user_interaction()
            .map_err(|error| Problem::Other(error.to_string()))?;
        let entry = Cred::build(MacKeychainDomain::User, "apono-login", &label).map_err(refused)?;
        task(&entry)
    });
    answer.unwrap_or(Err(Problem::Timeout {
        who: "the keychain (securityd)",
    }))
}

/// The codes are those of SecBase.h.
fn refused(error: Refusal) -> Problem {
    let text = error.to_string();
    let (Refusal::PlatformFailure(cause) | Refusal::NoStorageAccess(cause)) = error else {
        return Problem::Other(text);
    };
    match cause
        .downcast_ref::<security_framework::base::Error>()
        .map(|e| e.code())
    {
        // errSecInteractionNotAllowed, errSecInteractionRequired, errSecAuthFailed, errSecUserCanceled
        Some(-25308 | -25315 | -25293 | -128) => Problem::Locked,
        // errSecNotAvailable, errSecNoSuchKeychain, errSecInvalidKeychain, errSecNoDefaultKeychain
        Some(-25291 | -25294 | -25295 | -25307) => {
            Problem::Absent(format!("there is no login keychain: {text}"))
        }
        _ => Problem::Other(text),
    }
}
