//! The user's sealing key, and the store that it is in. The set of stores is closed: an enum, not a trait.

#[cfg(all(test, not(target_os = "macos")))]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Error;
#[cfg(target_os = "linux")]
use super::keyring::kernel;
use super::keyring::{self, Keyring, Problem};
use super::seal::{KEY_LEN, Key};
use crate::output::Output;
use crate::sys::{file, lock};

/// A store of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    /// The user keyring of the Linux kernel: no disk, no prompt, empty after a restart.
    Kernel,
    /// The desktop's keyring on Linux, over D-Bus: gnome-keyring, KWallet, KeePassXC.
    SecretService,
    /// The login keychain of macOS.
    Keychain,
    /// The Credential Manager of Windows.
    CredentialManager,
    /// A file in the cache directory that only its owner can read, without a keyring.
    File,
}

/// The store that the user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The first of [`Store::preferred`] that works here.
    #[default]
    Auto,
    /// This store and no other. It is an error if it does not work.
    Named(Store),
}

/// Returns the calls of a store.
///
/// # Errors
/// It is of another operating system, or is no keyring.
fn keyring_of(store: Store) -> Result<&'static Keyring, Problem> {
    match store {
        #[cfg(target_os = "linux")]
        Store::Kernel => Ok(&keyring::kernel::KEYRING),
        #[cfg(target_os = "linux")]
        Store::SecretService => Ok(&keyring::secret_service::KEYRING),
        #[cfg(target_os = "macos")]
        Store::Keychain => Ok(&keyring::native::KEYRING),
        #[cfg(all(test, not(target_os = "macos")))]
        Store::Keychain => Ok(&tests::KEYCHAIN),
        #[cfg(windows)]
        Store::CredentialManager => Ok(&keyring::native::KEYRING),
        _ => Err(Problem::OtherSystem),
    }
}

impl Store {
    const ALL: [Store; 5] = [
        Store::Kernel,
        Store::SecretService,
        Store::Keychain,
        Store::CredentialManager,
        Store::File,
    ];

    /// Returns the stores of this system, in the order in which they are tried. The file is last, and works everywhere.
    pub fn preferred() -> &'static [Store] {
        if cfg!(target_os = "linux") {
            &[Store::Kernel, Store::SecretService, Store::File]
        } else if cfg!(target_os = "macos") {
            &[Store::Keychain, Store::File]
        } else if cfg!(windows) {
            &[Store::CredentialManager, Store::File]
        } else {
            &[Store::File]
        }
    }

    /// Adds what tells the keys of this store apart that have the same name, as part of a file name.
    pub fn add_reach(self, name: &mut String) {
        #[cfg(target_os = "linux")]
        if self == Store::Kernel {
            kernel::add_reach(name);
        }
        #[cfg(not(target_os = "linux"))]
        let _ = (self, name);
    }

    /// Returns whether its key is to be had without another program, which may hang.
    pub fn is_at_hand(self) -> bool {
        matches!(self, Store::Kernel | Store::File)
    }

    pub fn name(self) -> &'static str {
        match self {
            Store::Kernel => "kernel",
            Store::SecretService => "secret-service",
            Store::Keychain => "keychain",
            Store::CredentialManager => "credential-manager",
            Store::File => "file",
        }
    }
}

impl Kind {
    /// Returns the stores to try, in this order.
    pub fn stores(&self) -> &[Store] {
        match self {
            Kind::Named(store) => std::slice::from_ref(store),
            Kind::Auto => Store::preferred(),
        }
    }

    /// Returns whether the key may be in this store.
    pub fn allows(self, store: Store) -> bool {
        self == Kind::Auto || self == Kind::Named(store)
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::Auto => "auto",
            Kind::Named(store) => store.name(),
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self, Error> {
        if name == "auto" {
            return Ok(Kind::Auto);
        }
        let named = Store::ALL.into_iter().find(|store| store.name() == name);
        named.map(Kind::Named).ok_or_else(|| Error::UnknownStore {
            name: name.to_owned(),
        })
    }
}

/// Finds the key of one cache directory in its store. Clones know the same.
#[derive(Debug, Clone)]
pub struct Keys {
    dir: PathBuf,
    known: Arc<Mutex<Known>>,
}

/// What is known of the stores in this run.
#[derive(Debug, Default)]
struct Known {
    /// The stores that did not work, so that a daemon that hangs is waited for only once.
    broken: BTreeMap<Store, Problem>,
    /// The keys that were found, so that a run with many entries looks for each only once.
    found: BTreeMap<Store, Key>,
    /// Where to announce that a keyring opens a window to be unlocked. `None` where no user would see the window.
    announces: Option<Output>,
}

/// A key to seal with.
#[derive(Debug)]
pub struct Chosen {
    pub store: Store,
    pub key: Key,
    /// The stores that were tried before, and why they did not work.
    pub passed_over: Vec<(Store, Problem)>,
    /// The key takes the place of one that only another build of this program can read. What that one sealed is lost.
    pub is_replacement: bool,
}

/// How long to wait for other processes that ask the same keyring: as long as a refresh may take ([`crate::aws::LIMIT`]).
const TURN_WAIT: Duration = Duration::from_secs(20);
/// How long to wait for another process that creates the first key.
const MAKE_WAIT: Duration = Duration::from_secs(10);

impl Keys {
    pub fn new(dir: PathBuf) -> Self {
        Keys {
            dir,
            known: Arc::default(),
        }
    }

    /// Returns the key in a store. `None` if there is none, or an invalid one.
    ///
    /// # Errors
    /// The store cannot be read now. It may still have the key, which must not be replaced then.
    pub fn find(&self, store: Store) -> Result<Option<Key>, Error> {
        let found = match store {
            Store::File => match file::read_private(&self.file(), KEY_LEN as u64) {
                Err(file::Error::TooLarge { .. } | file::Error::NotAFile { .. }) => None,
                read => read?.map(Zeroizing::new),
            },
            keyring => self.ask(keyring, |keyring, label| (keyring.read)(label))?,
        };
        let key = found.and_then(as_key);
        if let Some(key) = &key {
            self.known().found.insert(store, key.clone());
        }
        Ok(key)
    }

    /// Returns the key that was found in a store before. The store may have another one by now.
    pub fn recall(&self, store: Store) -> Option<Key> {
        self.known().found.get(&store).cloned()
    }

    /// Permits the keyring to open a window to be unlocked, once.
    pub fn permit_unlock(&self, output: Output) {
        self.known().announces = Some(output);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the key in a store that is no other program. `None` if there is none, it is invalid or cannot be read.
    pub fn find_at_hand(&self, store: Store) -> Option<Key> {
        let found = match store {
            Store::File => file::read_private(&self.file(), KEY_LEN as u64).ok()?,
            #[cfg(target_os = "linux")]
            Store::Kernel => return as_key(kernel::read(&self.label()).ok()??),
            _ => return None,
        };
        as_key(Zeroizing::new(found?))
    }

    /// Returns the key to seal with. Creates it if there is none.
    pub fn choose(&self, kind: Kind) -> Result<Chosen, Error> {
        let mut passed_over = Vec::new();
        for &store in kind.stores() {
            let made = self.find_or_make(store);
            match made.and_then(|(key, new)| Ok((self.prolong(store, key)?, new))) {
                Ok((key, is_replacement)) => {
                    return Ok(Chosen {
                        store,
                        key,
                        passed_over,
                        is_replacement,
                    });
                }
                Err(Error::Store { store, problem }) if kind == Kind::Auto => {
                    passed_over.push((store, problem));
                }
                Err(error) => return Err(error),
            }
        }
        Err(Error::Seal)
    }

    /// Returns whether the store did not respond in time.
    pub fn hangs(&self, store: Store) -> bool {
        matches!(
            self.known().broken.get(&store),
            Some(Problem::Timeout { .. })
        )
    }

    /// Returns the key, and whether it is a new one in place of one that this build cannot read.
    fn find_or_make(&self, store: Store) -> Result<(Key, bool), Error> {
        if let Some(key) = readable(self.find(store))? {
            return Ok((key, false));
        }
        // Two processes that create the first key at the same time must end up with the same one. Without a lock they still
        // do, unless both write at the same moment.
        let path = self.dir.join("key.lock");
        let lock = lock::sidecar(&path, MAKE_WAIT);
        let key = self.find_again_or_make(store);
        drop(lock);
        let _ = lock::discard(&path);
        key
    }

    /// Restarts the time limit of a key that has one.
    fn prolong(&self, store: Store, key: Key) -> Result<Key, Error> {
        if store != Store::File {
            self.ask(store, |keyring, label| (keyring.prolong)(label))?;
        }
        Ok(key)
    }

    fn find_again_or_make(&self, store: Store) -> Result<(Key, bool), Error> {
        let found = self.find(store);
        let is_unreadable = is_unreadable(&found);
        if let Some(key) = readable(found)? {
            return Ok((key, false));
        }
        if is_unreadable {
            self.ask(store, |keyring, label| (keyring.remove)(label))?;
        }
        let mut key = Key::new([0; KEY_LEN]);
        getrandom::fill(key.as_mut()).map_err(|e| Error::Random(e.to_string()))?;
        match store {
            Store::File => file::write_private(&self.file(), key.as_slice())?,
            keyring => self.ask(keyring, |keyring, label| (keyring.write)(label, &key))?,
        }
        // Another process may have stored its key: the stored one counts.
        let key = self.find(store)?.ok_or(Error::Seal)?;
        Ok((key, is_unreadable))
    }

    /// Removes the key from every store that may have it.
    ///
    /// # Errors
    /// It may still be in one of `known`, the stores that had it. Other stores need not work.
    pub fn forget(&self, known: &BTreeSet<Store>) -> Result<(), Error> {
        self.known().found.clear();
        let mut result = file::remove(&self.file()).map_err(Error::from);
        for &store in Store::preferred()
            .iter()
            .filter(|store| **store != Store::File)
        {
            let removed = self.ask(store, |keyring, label| (keyring.remove)(label));
            if known.contains(&store) {
                result = result.and(removed);
            }
        }
        result
    }

    fn file(&self) -> PathBuf {
        self.dir.join("key")
    }

    /// Returns the name of the key in keyrings.
    fn label(&self) -> Cow<'_, str> {
        self.dir.to_string_lossy()
    }

    /// Calls a keyring. The Secret Service answers one call after the other, and the time limit of a call would count those of
    /// all other processes: so they take turns. When it does not respond to one of them, those that wait for their turn fail as
    /// that one did, instead of waiting for the same time each.
    fn in_turn<T>(
        &self,
        store: Store,
        call: impl FnOnce() -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        // Before there is a cache, nothing is asked for often.
        if store != Store::SecretService || !self.dir.is_dir() {
            return call();
        }
        let path = self.dir.join("keyring.lock");
        let before = file::read_private(&path, lock::MAX_NOTE).ok().flatten();
        // Without a lock, calls are only slower.
        let Ok(turn) = lock::sidecar(&path, TURN_WAIT) else {
            return call();
        };
        let last = turn.note().unwrap_or_default();
        if last.as_bytes() != before.unwrap_or_default()
            && let Some(timeout) = Problem::of_note(&last)
        {
            return Err(timeout);
        }
        let answer = call();
        let note = answer
            .as_ref()
            .err()
            .and_then(|e| e.note(&last))
            .unwrap_or_default();
        if note != last {
            let _ = turn.write_note(&note);
        }
        answer
    }

    fn unlock(&self, keyring: &Keyring, label: &str) -> Result<(), Problem> {
        let Some(output) = self.known().announces.take() else {
            return Err(Problem::Locked);
        };
        output.note("The keyring is locked. If it opens a window, unlock it there.");
        (keyring.unlock)(label)
    }

    fn ask<T>(
        &self,
        store: Store,
        call: impl Fn(&Keyring, &str) -> Result<T, Problem>,
    ) -> Result<T, Error> {
        let known = self.known().broken.get(&store).cloned();
        let answer = match known {
            Some(problem) => Err(problem),
            None => keyring_of(store).and_then(|keyring| {
                let label = self.label();
                let call = || self.in_turn(store, || call(keyring, &label));
                match call() {
                    Err(Problem::Locked) => {
                        // Not in a turn: the user may take a minute.
                        self.unlock(keyring, &label).and_then(|()| call())
                    }
                    answer => answer,
                }
            }),
        };
        answer.map_err(|problem| {
            // Such a key can still be removed.
            if problem != Problem::OfAnotherBuild {
                self.known().broken.insert(store, problem.clone());
            }
            Error::Store { store, problem }
        })
    }
}

/// Returns whether there is a key that this build cannot read and never will.
fn is_unreadable(found: &Result<Option<Key>, Error>) -> bool {
    matches!(
        found,
        Err(Error::Store {
            problem: Problem::OfAnotherBuild,
            ..
        })
    )
}

/// Returns what was found, where a key that this build cannot read counts as none.
fn readable(found: Result<Option<Key>, Error>) -> Result<Option<Key>, Error> {
    match is_unreadable(&found) {
        true => Ok(None),
        false => found,
    }
}

fn as_key(bytes: Zeroizing<Vec<u8>>) -> Option<Key> {
    bytes.as_slice().try_into().ok().map(Key::new)
}
