//! One key in the kernel's memory: the user keyring `@u` (user-keyring(7)), which all sessions of a user share and which
//! is gone after a restart. It needs no daemon, and nothing of it reaches the disk.

use std::time::Duration;

use linux_keyutils::{Key as KernelKey, KeyError, KeyPermissions, KeyRing, KeyRingIdentifier};
use zeroize::Zeroizing;

use super::Problem;
use crate::store::seal::{KEY_LEN, Key};

/// Everything for whoever possesses the key and for every process of its user; nothing for others. `@u` is not linked
/// into each session's keyring (su, sudo, containers, some systemd units), and where it is not, nobody possesses the key.
const PERMISSIONS: u32 = 0x3f3f_0000;

/// What is stored under the label, if anything is, still.
pub fn read(label: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Problem> {
    let Some(key) = find(label)? else {
        return Ok(None);
    };
    // One byte more than our keys have: a longer one is none of ours.
    let mut buffer = Zeroizing::new([0_u8; KEY_LEN + 1]);
    let length = present(key.read(&mut *buffer))?;
    let bytes = length.and_then(|length| buffer.get(..length));
    Ok(bytes.map(|bytes| Zeroizing::new(bytes.to_vec())))
}

/// Stores the key under the label for this long, in place of what was there.
pub fn write(label: &str, key: &Key, lifetime: Duration) -> Result<(), Problem> {
    let user = user_keyring()?;
    // A new key's permissions may be changed only by who possesses it, and adding to `@u` does not make us that. So it is
    // made in a keyring of this thread. Linking it then replaces the old key at once, whatever state that one was in, and
    // never shows a key without its time limit.
    let own = KeyRing::from_special_id(KeyRingIdentifier::Thread, true).map_err(|e| refused(&e))?;
    let added = own
        .add_key(&description(label), key.as_slice())
        .map_err(|e| refused(&e))?;
    let linked = added
        .set_perms(KeyPermissions::from_u32(PERMISSIONS))
        .and_then(|()| added.set_timeout(seconds(lifetime)))
        .and_then(|()| user.link_key(added));
    let unlinked = own.unlink_key(added);
    linked.and(unlinked).map_err(|e| refused(&e))
}

/// The key's time starts again.
pub fn prolong(label: &str, lifetime: Duration) -> Result<(), Problem> {
    match find(label)? {
        Some(key) => present(key.set_timeout(seconds(lifetime))).map(drop),
        None => Ok(()),
    }
}

/// Removes what is stored under the label.
pub fn remove(label: &str) -> Result<(), Problem> {
    let Some(key) = find(label)? else {
        return Ok(());
    };
    // Invalidating also ends it for whoever has linked it elsewhere. It goes second: an invalid key is not found.
    present(user_keyring()?.unlink_key(key))?;
    present(key.invalidate())?;
    Ok(())
}

fn find(label: &str) -> Result<Option<KernelKey>, Problem> {
    present(user_keyring()?.search(&description(label)))
}

fn user_keyring() -> Result<KeyRing, Problem> {
    KeyRing::from_special_id(KeyRingIdentifier::User, true).map_err(|e| refused(&e))
}

fn description(label: &str) -> String {
    format!("apono-login:{label}")
}

fn seconds(lifetime: Duration) -> usize {
    usize::try_from(lifetime.as_secs()).unwrap_or(usize::MAX)
}

/// An expired or revoked key is as good as none.
fn present<T>(result: Result<T, KeyError>) -> Result<Option<T>, Problem> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(
            KeyError::KeyDoesNotExist
            | KeyError::KeyExpired
            | KeyError::KeyRevoked
            // ENOENT: unlinking what is linked no more.
            | KeyError::MissingFileOrDirectory,
        ) => Ok(None),
        Err(error) => Err(refused(&error)),
    }
}

fn refused(error: &KeyError) -> Problem {
    match error {
        KeyError::PermissionDenied => Problem::Forbidden("Operation not permitted"),
        KeyError::AccessDenied => Problem::Forbidden("Permission denied"),
        KeyError::Unknown(libc::ENOSYS) => Problem::Forbidden("the kernel has no keyrings here"),
        KeyError::QuotaExceeded => Problem::Full,
        other => Problem::Other(format!("the kernel's keyring answers {other}")),
    }
}
