//! The credential cache: one sealed file for each entry, and one key for each user.
//!
//! Owns the cache directory. An entry that cannot be used, for whatever reason, is a miss: never a crash and never another
//! role's credentials.

pub mod entry;
mod key;
pub mod keyring;
mod seal;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::credentials::Credentials;
use crate::names::ProfileName;
use crate::sys::{file, lock};
use entry::{Entry, Header};
use key::Keys;

pub use key::{Chosen, Kind, Store};
pub use keyring::Problem;
pub use seal::Key;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    File(#[from] file::Error),
    #[error("unknown credential store {name:?}")]
    UnknownStore { name: String },
    #[error("{}: {problem}", store.name())]
    Store { store: Store, problem: Problem },
    #[error("the system's random number generator failed: {0}")]
    Random(String),
    #[error("the credentials could not be encrypted")]
    Seal,
}

/// The cache directory, with its key.
#[derive(Debug, Clone)]
pub struct Cache {
    dir: PathBuf,
    pub keys: Keys,
}

/// The place of one profile's entry in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot {
    name: String,
}

impl Slot {
    /// Returns the slot of a profile of these two files. Other files may have another profile of that name.
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
    pub fn new(dir: PathBuf) -> Self {
        let keys = Keys::new(dir.clone());
        Cache { dir, keys }
    }

    fn path(&self, slot: &Slot, extension: &str) -> PathBuf {
        self.dir.join(format!("{}.{extension}", slot.name))
    }

    /// Returns the slot's entry, still sealed. An entry that was sealed for another slot is ignored.
    pub fn find(&self, slot: &Slot) -> Option<Entry> {
        Entry::read(&self.path(slot, "entry")).filter(|entry| entry.header.slot == *slot)
    }

    /// Returns the key to seal with. Creates the cache directory.
    pub fn choose_key(&self, kind: Kind) -> Result<Chosen, Error> {
        file::secret_dir(&self.dir)?;
        self.keys.choose(kind)
    }

    /// Seals the credentials and writes the entry.
    pub fn put(
        &self,
        slot: &Slot,
        key: &Key,
        header: &Header,
        credentials: &Credentials,
    ) -> Result<(), Error> {
        let bytes = entry::seal(key, header, credentials)?;
        Ok(file::write_private(&self.path(slot, "entry"), &bytes)?)
    }

    /// Writes the entry again with another header, unless another process has replaced it in the meantime.
    pub fn amend(
        &self,
        slot: &Slot,
        entry: &Entry,
        key: &Key,
        header: &Header,
        credentials: &Credentials,
    ) -> Result<(), Error> {
        if entry.is_still_at(&self.path(slot, "entry")) {
            self.put(slot, key, header, credentials)?;
        }
        Ok(())
    }

    /// Takes the lock under which the slot is refreshed.
    pub fn lock(&self, slot: &Slot, wait: Duration) -> Result<lock::Lock, lock::Error> {
        lock::sidecar(&self.path(slot, "lock"), wait)
    }

    /// Returns true for one caller in each `pause`, false for all others. False where nothing can be written.
    pub fn claim(&self, slot: &Slot, now: DateTime<Utc>, pause: TimeDelta) -> bool {
        let path = self.path(slot, "ahead.lock");
        let Ok(lock) = lock::sidecar(&path, Duration::ZERO) else {
            return false;
        };
        let last = lock.note().and_then(|text| text.parse().ok());
        let last = last.and_then(DateTime::from_timestamp_millis);
        // A time in the future was written before the clock was set back.
        let recent = last.is_some_and(|last| last <= now && now - last < pause);
        !recent && lock.write_note(&now.timestamp_millis().to_string()).is_ok()
    }

    /// Takes the lock under which a file of the user is edited. It is in the cache directory, so that nothing is left beside
    /// the file.
    pub fn lock_edits_of(&self, path: &Path, wait: Duration) -> Result<lock::Lock, lock::Error> {
        lock::sidecar(&self.path_of_edits_of(path), wait)
    }

    /// Returns the note of that lock's holder.
    pub fn note_of_edits_of(&self, path: &Path) -> Option<String> {
        let bytes = file::read(&self.path_of_edits_of(path), lock::MAX_NOTE).ok()??;
        String::from_utf8(bytes).ok()
    }

    fn path_of_edits_of(&self, path: &Path) -> PathBuf {
        let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let name = hex::encode(&digest[..16]);
        self.dir.join(format!("edit-{name}.lock"))
    }

    /// Deletes the slot's entry, and the key if it was the last entry. Returns whether there was an entry.
    pub fn forget(&self, slot: &Slot) -> Result<bool, Error> {
        let path = self.path(slot, "entry");
        let there = path.exists();
        let stores = self.stores();
        file::remove(&path)?;
        for extension in ["lock", "ahead.lock"] {
            lock::discard(&self.path(slot, extension))?;
        }
        if self.entries().is_empty() {
            self.forget_key(&stores)?;
        }
        Ok(there)
    }

    /// Deletes all entries and the key. Returns the number of entries.
    pub fn forget_all(&self) -> Result<usize, Error> {
        let entries = self.entries();
        let stores = self.stores();
        for path in &entries {
            file::remove(path)?;
        }
        self.forget_key(&stores)?;
        Ok(entries.len())
    }

    fn entries(&self) -> Vec<PathBuf> {
        self.files("entry").collect()
    }

    /// Returns the headers of all entries, which can be read without the key.
    pub fn headers(&self) -> Vec<Header> {
        let entries = self.entries().into_iter();
        let entries = entries.filter_map(|path| Entry::read(&path));
        entries.map(|entry| entry.header).collect()
    }

    /// Returns the stores that the entries name.
    fn stores(&self) -> BTreeSet<Store> {
        self.headers().iter().map(|header| header.store).collect()
    }

    /// Deletes the key, the files that are left, and the directory.
    fn forget_key(&self, stores: &BTreeSet<Store>) -> Result<(), Error> {
        let forgotten = self.keys.forget(stores);
        for path in self.files("lock") {
            lock::discard(&path)?;
        }
        for path in self.files("tmp") {
            file::remove(&path)?;
        }
        file::remove_empty_folder(&self.dir);
        forgotten
    }

    fn files(&self, extension: &'static str) -> impl Iterator<Item = PathBuf> {
        file::with_extension(&self.dir, extension)
    }
}
