//! The macOS login keychain. No call opens a prompt: what would need one is `Locked`, either a locked keychain or an item that a
//! differently signed build of this program created. A build that is signed ad hoc differs from every other one.

use apple_native_keyring_store::keychain::{Cred, MacKeychainDomain};
use keyring_core::{Entry, Error as Refusal};
use security_framework::item::{ItemClass, ItemSearchOptions, Reference, SearchResult};
use security_framework::os::macos::keychain::{
    KeychainUserInteractionLock, SecKeychain, SecPreferencesDomain,
};
use security_framework::os::macos::keychain_item::SecKeychainItem;

use super::Problem;

pub const NAME: &str = "the keychain (securityd)";

/// The service of all items.
const SERVICE: &str = "apono-login";

/// Prevents prompts of this process until the result is dropped. Otherwise, macOS opens a window for a locked keychain and
/// waits.
pub fn without_prompts() -> Result<KeychainUserInteractionLock, Problem> {
    SecKeychain::disable_user_interaction().map_err(|error| Problem::Other(error.to_string()))
}

/// Returns whether the keychain is open: whether an item can be added. The library does not tell its status.
pub fn is_open() -> bool {
    let probe = entry(&format!("probe {}", std::process::id()));
    probe.is_ok_and(|probe| {
        let is_added = probe.set_secret(b"probe").is_ok();
        let _ = probe.delete_credential();
        is_added
    })
}

/// Returns the entry of the label, which may not exist yet.
pub fn entry(label: &str) -> Result<Entry, Problem> {
    Cred::build(MacKeychainDomain::User, SERVICE, label).map_err(problem)
}

/// Deletes the item of the label, whichever build has made it: `SecItemDelete` refuses that for an item of another signature
/// (errSecInvalidOwnerEdit), the older `SecKeychainItemDelete` does not.
pub fn remove(entry: &Entry, label: &str) -> Result<(), Problem> {
    let refusal = match entry.delete_credential() {
        Ok(()) | Err(Refusal::NoEntry) => return Ok(()),
        Err(refusal) => problem(refusal),
    };
    // Deleting tells nothing.
    for item in items(label)? {
        item.delete();
    }
    match items(label)?.is_empty() {
        true => Ok(()),
        false => Err(refusal),
    }
}

/// Returns the items of the label, without what they keep.
fn items(label: &str) -> Result<Vec<SecKeychainItem>, Problem> {
    const NOT_FOUND: i32 = -25300;
    let failed = |error: security_framework::base::Error| Problem::Other(error.to_string());
    let keychain = SecKeychain::default_for_domain(SecPreferencesDomain::User).map_err(failed)?;
    let mut search = ItemSearchOptions::new();
    let search = search
        .keychains(&[keychain])
        .class(ItemClass::generic_password())
        .service(SERVICE)
        .account(label)
        .load_refs(true);
    let found = match search.search() {
        Ok(found) => found,
        Err(error) if error.code() == NOT_FOUND => Vec::new(),
        Err(error) => return Err(failed(error)),
    };
    let item = |found| match found {
        SearchResult::Ref(Reference::KeychainItem(item)) => Some(item),
        _ => None,
    };
    Ok(found.into_iter().filter_map(item).collect())
}

/// Returns what an error means. The codes are those of `SecBase.h`.
pub fn problem(error: Refusal) -> Problem {
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
            Problem::Absent(format!("login keychain not found: {text}"))
        }
        _ => Problem::Other(text),
    }
}
