//! The credential cache: one sealed file an entry, under one key per user.
//!
//! Owns the cache directory. An entry that cannot be used, for whatever reason, is a miss: never a crash and
//! never somebody else's credentials.

pub mod entry;
mod key;
mod seal;

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::credentials::Credentials;
use crate::names::ProfileName;
use crate::sys::{file, lock};
use entry::{Entry, Header};

pub use key::{Kind, Store};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    File(#[from] file::Error),
    #[error("unknown credential store {name:?}")]
    UnknownStore { name: String },
    #[error("the system's random generator failed: {0}")]
    Random(String),
    #[error("the credentials could not be sealed")]
    Seal,
}

/// The cache directory and the store that keeps its key.
#[derive(Debug)]
pub struct Cache {
    dir: PathBuf,
    store: Store,
}

/// One place in the cache: a profile of a config file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot {
    name: String,
}

impl Slot {
    /// The slot of a profile of these two files: other files may hold another profile of that name.
    pub fn new(profile: &ProfileName, config: &Path, credentials: &Path) -> Self {
        let mut hash = Sha256::new();
        for part in [
            profile.as_str().as_bytes(),
            config.as_os_str().as_encoded_bytes(),
            credentials.as_os_str().as_encoded_bytes(),
        ] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let name = hex::encode(&hash.finalize()[..16]);
        Slot { name }
    }
}

impl Cache {
    pub fn new(dir: PathBuf, kind: Kind) -> Self {
        let store = Store::new(kind, &dir);
        Cache { dir, store }
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    fn path(&self, slot: &Slot) -> PathBuf {
        self.dir.join(format!("{}.entry", slot.name))
    }

    /// The slot's entry, still sealed. One that was sealed for another slot is none.
    pub fn find(&self, slot: &Slot) -> Option<Entry> {
        Entry::read(&self.path(slot)).filter(|entry| entry.header.slot == *slot)
    }

    /// The credentials inside. `None` if the key is lost or the entry is not what was sealed.
    pub fn unseal(&self, entry: &Entry) -> Option<Credentials> {
        let key = self.store.key().ok().flatten()?;
        entry.unseal(&key)
    }

    /// Seals the credentials and writes the entry.
    pub fn put(&self, slot: &Slot, header: Header, credentials: &Credentials) -> Result<(), Error> {
        file::secret_dir(&self.dir)?;
        let key = self.store.key_or_new()?;
        let bytes = entry::seal(&key, &header, credentials)?;
        Ok(file::write_private(&self.path(slot), &bytes)?)
    }

    /// Writes the entry again with another header, unless somebody renewed it meanwhile.
    pub fn amend(
        &self,
        slot: &Slot,
        entry: &Entry,
        header: Header,
        credentials: &Credentials,
    ) -> Result<(), Error> {
        if entry.is_still_at(&self.path(slot)) {
            self.put(slot, header, credentials)?;
        }
        Ok(())
    }

    /// The lock under which the slot is refreshed.
    pub fn lock(&self, slot: &Slot, wait: Duration) -> Result<lock::Lock, lock::Error> {
        lock::sidecar(&self.dir.join(format!("{}.lock", slot.name)), wait)
    }

    /// The lock under which a file of somebody else's is edited; it lives here, so that nothing is left beside the file.
    pub fn lock_edits_of(&self, path: &Path, wait: Duration) -> Result<lock::Lock, lock::Error> {
        let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let name = format!("edit-{}.lock", hex::encode(&digest[..16]));
        lock::sidecar(&self.dir.join(name), wait)
    }

    /// Forgets the slot. True if there was something to forget.
    pub fn forget(&self, slot: &Slot) -> Result<bool, Error> {
        let path = self.path(slot);
        let there = path.exists();
        file::remove(&path)?;
        lock::discard(&self.dir.join(format!("{}.lock", slot.name)))?;
        Ok(there)
    }

    /// Removes the whole directory, key and all, if no entry is left in it.
    pub fn remove_if_unused(&self) -> Result<(), Error> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let in_use = entries
            .into_iter()
            .any(|found| found.path().extension().is_some_and(|e| e == "entry"));
        if !in_use {
            self.forget_all()?;
        }
        Ok(())
    }

    /// Forgets every entry, and the key. The number of entries.
    pub fn forget_all(&self) -> Result<usize, Error> {
        let mut forgotten = 0;
        for found in std::fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let path = found.path();
            match path.extension().and_then(|e| e.to_str()) {
                Some("entry") => {
                    file::remove(&path)?;
                    forgotten += 1;
                }
                Some("lock") => lock::discard(&path)?,
                Some("tmp") => file::remove(&path)?,
                _ => {}
            }
        }
        self.store.forget()?;
        // Leaves it if something else is in there.
        let _ = std::fs::remove_dir(&self.dir);
        Ok(forgotten)
    }
}
