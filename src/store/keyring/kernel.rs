//! One key in the kernel's memory: in the user keyring `@u` (user-keyring(7)), which all sessions of a user share, and which
//! is empty after a restart. It needs no daemon, and is never written to disk.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use linux_keyutils::{Key as KernelKey, KeyError, KeyPermissions, KeyRing, KeyRingIdentifier};
use zeroize::Zeroizing;

use super::{Found, Keyring, Problem};
use crate::store::seal::{KEY_LEN, Key};
use crate::sys::file;

/// All permissions for the possessor of the key and for all processes of its user, none for others. The possessor alone is
/// not enough: in some sessions (su, sudo, containers, some systemd units) `@u` is not linked, and no process possesses the key.
const PERMISSIONS: u32 = 0x3f3f_0000;
/// How long an unused key is kept, in seconds: the longest lifetime of a role's credentials, and an hour.
const LONGEST_USE: usize = 13 * 3600;

/// Adds what tells this user keyring apart from others of the same user: the boot, since other computers can have the same home
/// and a restart empties the keyring, and the user namespace (user_namespaces(7)), since Toolbx, Distrobox and rootless
/// containers have their own. Adds nothing where the system does not tell.
pub fn add_reach(name: &mut String) {
    // The first part of a UUID is enough.
    let mut boot = [0; 8];
    let read = file::open_to_read(Path::new("/proc/sys/kernel/random/boot_id"))
        .and_then(|mut file| file.read_exact(&mut boot));
    let namespace = fs::metadata("/proc/self/ns/user");
    if let (Ok(()), Ok(boot), Ok(namespace)) = (read, std::str::from_utf8(&boot), namespace) {
        // Writing to a string cannot fail.
        let _ = write!(name, "-{boot}-{}", namespace.ino());
    }
}

pub const KEYRING: Keyring = Keyring {
    read,
    write,
    prolong,
    remove,
    unlock: |_| Err(Problem::Locked),
};

pub fn read(label: &str) -> Result<Found, Problem> {
    let Some(key) = find(label)? else {
        return Ok(None);
    };
    // One byte more than a key has: a longer one is not ours.
    let mut buffer = Zeroizing::new([0_u8; KEY_LEN + 1]);
    let length = present(key.read(&mut *buffer))?;
    let bytes = length.and_then(|length| buffer.get(..length));
    Ok(bytes.map(|bytes| Zeroizing::new(bytes.to_vec())))
}

fn write(label: &str, key: &Key) -> Result<(), Problem> {
    let user = user_keyring()?;
    // Only its possessor may change a new key's permissions, and adding a key to `@u` does not make a process its possessor.
    // So the key is made in a keyring of this thread. Linking it to `@u` then replaces the old key at once, whatever its
    // state, and `@u` never has a key without its time limit.
    let own = KeyRing::from_special_id(KeyRingIdentifier::Thread, true).map_err(|e| refused(&e))?;
    let added = own
        .add_key(&description(label), key.as_slice())
        .map_err(|e| refused(&e))?;
    let linked = added
        .set_perms(KeyPermissions::from_u32(PERMISSIONS))
        .and_then(|()| added.set_timeout(LONGEST_USE))
        .and_then(|()| user.link_key(added));
    let unlinked = own.unlink_key(added);
    linked.and(unlinked).map_err(|e| refused(&e))
}

fn prolong(label: &str) -> Result<(), Problem> {
    match find(label)? {
        Some(key) => present(key.set_timeout(LONGEST_USE)).map(drop),
        None => Ok(()),
    }
}

fn remove(label: &str) -> Result<(), Problem> {
    let Some(key) = find(label)? else {
        return Ok(());
    };
    // Invalidating removes it from other keyrings too. It comes second, since an invalid key cannot be unlinked.
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
    ["apono-login:", label].concat()
}

/// Treats an expired or revoked key as missing.
fn present<T>(result: Result<T, KeyError>) -> Result<Option<T>, Problem> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(
            KeyError::KeyDoesNotExist
            | KeyError::KeyExpired
            | KeyError::KeyRevoked
            // ENOENT: the key was not linked any more.
            | KeyError::MissingFileOrDirectory,
        ) => Ok(None),
        Err(error) => Err(refused(&error)),
    }
}

fn refused(error: &KeyError) -> Problem {
    match error {
        KeyError::PermissionDenied => Problem::Forbidden("Operation not permitted"),
        KeyError::AccessDenied => Problem::Forbidden("Permission denied"),
        KeyError::Unknown(libc::ENOSYS) => Problem::Forbidden("the kernel has no keyrings"),
        KeyError::QuotaExceeded => Problem::Full,
        other => Problem::Other(format!("the kernel's keyring failed: {other}")),
    }
}
