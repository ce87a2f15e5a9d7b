//! The credential cache: one sealed file for each entry, and one key for each user.
//!
//! Owns the cache directory. An entry that cannot be used, for whatever reason, is a miss: never a crash and never another
//! role's credentials.

pub mod entry;
mod explain;
mod key;
pub mod keyring;
mod notes;
mod seal;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
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
pub use notes::Note;
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
    /// The entries that there were when the first was tidied up for: a run can write many.
    there: Arc<OnceLock<Vec<PathBuf>>>,
    problem: Arc<OnceLock<Option<String>>>,
}

/// The place of one profile's entry in the cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot(String);

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
        Slot(hex::encode(&hash.finalize()[..16]))
    }
}

impl Error {
    /// Returns the error, and how to get a cache that can be written, where that is known.
    pub fn with_remedy(&self) -> String {
        match self {
            Error::File(error) => explain::file_fault(error),
            error => error.to_string(),
        }
    }

    /// Returns whether another user can change what was to be used.
    pub fn is_distrust(&self) -> bool {
        use file::Error as E;
        matches!(self, Error::File(E::Untrusted { .. } | E::NoModes { .. }))
    }
}

impl Cache {
    pub fn new(dir: PathBuf) -> Self {
        let keys = Keys::new(dir.clone());
        Cache {
            dir,
            keys,
            there: Arc::default(),
            problem: Arc::default(),
        }
    }

    /// # Errors
    /// Another user can change what is in the cache directory.
    pub fn check_trusted(&self) -> Result<(), Error> {
        match file::check_trusted(&self.dir) {
            Err(error @ (file::Error::Untrusted { .. } | file::Error::NoModes { .. })) => {
                Err(error.into())
            }
            // There is nothing in it yet, or nothing can be read.
            _ => Ok(()),
        }
    }

    /// Returns the cache directory, or its parent, if it belongs to root in a folder of the user: as after `sudo` with the
    /// user's `HOME`. Nothing can be cached then.
    pub fn lost_to_root(&self) -> Option<&Path> {
        let mut folders = self.dir.ancestors().take(2);
        folders.find(|folder| file::is_lost_to_root(folder))
    }

    /// Returns why entries cannot be written, as far as that can be told without writing one. It is found out once, with the lock
    /// of the slot.
    pub fn problem(&self, slot: &Slot) -> Option<&str> {
        let problem = self.problem.get_or_init(|| {
            // A folder that is not there yet is made with the first entry.
            let is_there = |folder: &&Path| folder.symlink_metadata().is_ok();
            let first = self.dir.ancestors().find(is_there)?;
            if first.is_dir() && first != self.dir {
                return None;
            }
            match self.lock(slot, Duration::ZERO) {
                Ok(_) | Err(lock::Error::Held { .. }) => None,
                Err(error) => Some(explain::lock_fault(&error)),
            }
        });
        problem.as_deref()
    }

    fn path(&self, slot: &Slot, extension: &str) -> PathBuf {
        self.dir.join(format!("{}.{extension}", slot.0))
    }

    /// Returns the path of the slot's entry whose key is in this store, as it is reached from here. A home can be shared with
    /// containers and other computers, whose keyrings have other keys: each of them has its own entry.
    fn path_of_entry(&self, slot: &Slot, store: Store) -> PathBuf {
        // Long enough for all of it: this is on the path of each cache hit.
        let mut name = String::with_capacity(96);
        for part in [&slot.0, ".", store.name()] {
            name.push_str(part);
        }
        store.add_reach(&mut name);
        name.push_str(".entry");
        self.dir.join(name)
    }

    /// Returns the slot's entries, still sealed, in the order of the stores. An entry that was sealed for another slot or with
    /// the key of another store is ignored.
    pub fn find<'a>(&'a self, slot: &'a Slot, kind: &'a Kind) -> impl Iterator<Item = Entry> + 'a {
        kind.stores().iter().filter_map(|&store| {
            let entry = Entry::read(&self.path_of_entry(slot, store))?;
            (entry.header.slot == *slot && entry.header.store == store).then_some(entry)
        })
    }

    /// Returns what was sealed, and the key. `None` if the key is gone or is another one.
    pub fn open(&self, entry: &Entry) -> Result<Option<(Key, Credentials)>, Error> {
        let unseal = |key: Key| {
            let opened = entry.unseal(&key)?;
            Some((key, opened))
        };
        let store = entry.header.store;
        let recalled = self.keys.recall(store).and_then(unseal);
        if recalled.is_some() {
            return Ok(recalled);
        }
        Ok(self.keys.find(store)?.and_then(unseal))
    }

    /// Returns what was sealed, if its key is here and to be had without another program.
    pub fn open_at_hand(&self, entry: &Entry) -> Option<Credentials> {
        entry.unseal(&self.keys.find_at_hand(entry.header.store)?)
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
        let path = self.path_of_entry(slot, header.store);
        Ok(file::write_private(&path, &bytes)?)
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
        if entry.is_still_at(&self.path_of_entry(slot, header.store)) {
            self.put(slot, key, header, credentials)?;
        }
        Ok(())
    }

    /// Deletes the slot's other entries if they are of no use any more: expired, of another choice of store than the profile's
    /// now, or with their key in a keyring that hangs, for which every later run would wait first. Entries that other callers
    /// use stay. Also deletes the entries of apono-login 0.1.0, whose names did not have the store.
    pub fn tidy(&self, header: &Header, now: DateTime<Utc>) -> Result<(), Error> {
        // What another process adds later is of use.
        let there = self.there.get_or_init(|| self.files("entry"));
        for path in there {
            let stem = path.file_stem().unwrap_or_default();
            let is_of_slot = || {
                stem.as_encoded_bytes()
                    .starts_with(header.slot.0.as_bytes())
            };
            let entry = || is_of_slot().then(|| Entry::read(path)).flatten();
            let useless = !stem.as_encoded_bytes().contains(&b'.')
                || entry().is_some_and(|entry| {
                    let other = entry.header;
                    other.slot == header.slot
                        && (other.expires_at <= now
                            || other.asked != header.asked
                            || self.keys.hangs(other.store))
                });
            if useless {
                file::remove(path)?;
            }
        }
        Ok(())
    }

    /// Takes the lock under which the slot is refreshed.
    pub fn lock(&self, slot: &Slot, wait: Duration) -> Result<lock::Lock, lock::Error> {
        lock::sidecar(&self.path(slot, "lock"), wait)
    }

    /// Does as [`lock`](Self::lock), and returns `None` once `is_needless` says that another process has refreshed it.
    pub fn lock_unless(
        &self,
        slot: &Slot,
        wait: Duration,
        is_needless: impl FnMut() -> bool,
    ) -> Result<Option<lock::Lock>, lock::Error> {
        lock::sidecar_unless(&self.path(slot, "lock"), wait, is_needless)
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

    /// Takes the lock under which a file of the user is edited.
    pub fn lock_edits_of(&self, path: &Path, wait: Duration) -> Result<lock::Lock, lock::Error> {
        lock::sidecar(&self.path_of_lock_of(path), wait)
    }

    /// Returns the path of the lock of a file or folder. It is in the cache directory, so that nothing is left beside them.
    pub fn path_of_lock_of(&self, path: &Path) -> PathBuf {
        let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
        let name = hex::encode(&digest[..16]);
        self.dir.join(format!("edit-{name}.lock"))
    }

    /// Returns whether one of the slots has an entry that [`forget`](Self::forget) would delete.
    pub fn has_entry(&self, slots: &[Slot]) -> bool {
        !self.files_of(slots, "entry").is_empty()
    }

    /// Deletes the entries of the slots, and the key if no other entry needs it. Returns whether there was an entry.
    pub fn forget(&self, slots: &[Slot]) -> Result<bool, Error> {
        let stores = self.stores();
        let entries = self.files_of(slots, "entry");
        for path in &entries {
            file::remove(path)?;
        }
        for path in self.files_of(slots, "lock") {
            lock::discard(&path)?;
        }
        for note in Note::ALL {
            slots.iter().for_each(|slot| self.forget_note(slot, note));
        }
        if self.stores().is_empty() {
            self.forget_key(&stores)?;
        }
        Ok(!entries.is_empty())
    }

    /// Deletes all entries and the key. Returns the number of profiles that had entries.
    pub fn forget_all(&self) -> Result<usize, Error> {
        let entries = self.files("entry");
        let stores = self.stores();
        for path in &entries {
            file::remove(path)?;
        }
        self.forget_key(&stores)?;
        let slots: BTreeSet<_> = entries.iter().map(|path| slot_of(path)).collect();
        Ok(slots.len())
    }

    /// Returns the headers of all entries, which can be read without the key.
    pub fn headers(&self) -> impl Iterator<Item = Header> {
        self.headers_but_of(&[])
    }

    /// Returns the headers of all entries but those of some slots, which are not read.
    pub fn headers_but_of(&self, slots: &[Slot]) -> impl Iterator<Item = Header> + use<> {
        let slots: BTreeSet<_> = slots.iter().map(|slot| slot.0.as_str()).collect();
        let mut entries = self.files("entry");
        entries.retain(|path| !slots.contains(slot_of(path).as_str()));
        entries
            .into_iter()
            .filter_map(|path| Some(Entry::read(&path)?.header))
    }

    /// Returns the stores that have the keys of entries, as far as they are reached from here.
    fn stores(&self) -> BTreeSet<Store> {
        let entries = self.files("entry").into_iter();
        let stores = entries.filter_map(|path| {
            let header = Entry::read(&path)?.header;
            let here = self.path_of_entry(&header.slot, header.store) == path;
            here.then_some(header.store)
        });
        stores.collect()
    }

    /// Deletes the key, the files that are left, and the directory.
    fn forget_key(&self, stores: &BTreeSet<Store>) -> Result<(), Error> {
        let forgotten = self.keys.forget(stores);
        for path in self.files("lock") {
            lock::discard(&path)?;
        }
        for path in [
            self.files("tmp"),
            Note::ALL.map(|note| self.files(note.extension())).concat(),
            self.files(notes::LOOKED_UP),
        ]
        .concat()
        {
            file::remove(&path)?;
        }
        file::remove_empty_folder(&self.dir);
        forgotten
    }

    fn files_of(&self, slots: &[Slot], extension: &str) -> Vec<PathBuf> {
        let slots: BTreeSet<_> = slots.iter().map(|slot| slot.0.as_str()).collect();
        let mut files = self.files(extension);
        files.retain(|path| slots.contains(slot_of(path).as_str()));
        files
    }

    fn files(&self, extension: &str) -> Vec<PathBuf> {
        file::with_extension(&self.dir, extension)
    }
}

/// Returns the name of the slot that a file of the cache belongs to.
fn slot_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split('.').next().unwrap_or_default().to_owned()
}
