//! Where the user's one sealing key lives. A closed set: an enum, not a trait.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::Error;
use super::seal::{KEY_LEN, Key};
use crate::sys::file;

/// Which store is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// The best one that works here.
    #[default]
    Auto,
    /// A file only its owner can read, no keyring.
    File,
}

impl std::str::FromStr for Kind {
    type Err = Error;
    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "auto" => Ok(Kind::Auto),
            "file" => Ok(Kind::File),
            other => Err(Error::UnknownStore {
                name: other.to_owned(),
            }),
        }
    }
}

/// A store in use.
#[derive(Debug)]
pub enum Store {
    File { path: PathBuf },
}

impl Store {
    pub fn new(kind: Kind, cache_dir: &Path) -> Self {
        match kind {
            Kind::Auto | Kind::File => Store::File {
                path: cache_dir.join("key"),
            },
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Store::File { .. } => "file",
        }
    }

    /// The key, `None` if there is none or what is there is no key.
    pub fn key(&self) -> Result<Option<Key>, Error> {
        match self {
            Store::File { path } => {
                let bytes = file::read_private(path, KEY_LEN as u64)?.map(Zeroizing::new);
                Ok(bytes.and_then(|bytes| bytes.as_slice().try_into().ok().map(Zeroizing::new)))
            }
        }
    }

    /// The key, a new one if there is none.
    pub fn key_or_new(&self) -> Result<Key, Error> {
        if let Ok(Some(key)) = self.key() {
            return Ok(key);
        }
        let mut key: Key = Zeroizing::new([0; KEY_LEN]);
        getrandom::fill(key.as_mut()).map_err(|e| Error::Random(e.to_string()))?;
        match self {
            Store::File { path } => {
                // What is there and is no key protects nothing any more. Where nothing is, nothing is removed: another
                // process may be putting its key there.
                if !matches!(file::read(path, KEY_LEN as u64), Ok(None)) {
                    file::remove(path)?;
                }
                file::create_private(path, key.as_slice())?;
            }
        }
        // Another process may have been first: what is stored counts, not what we made.
        self.key()?.ok_or(Error::Seal)
    }

    pub fn forget(&self) -> Result<(), Error> {
        match self {
            Store::File { path } => Ok(file::remove(path)?),
        }
    }
}
