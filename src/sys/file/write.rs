//! Whole files that are replaced atomically.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::temporary::{Temporary, remove_leftovers};
use super::{CREATE, Error, REPLACE, SYNC, WRITE, at, folder_of, sync};

/// Replaces a file of apono-login with secrets in it: its mode is 0600 from the first byte. It is not synced: if it is lost,
/// the user logs in again.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, complete(path, bytes)?, 0o600)
}

/// Replaces a file with secrets in it, and syncs it: for what cannot be obtained again.
pub fn write_private_durably(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = complete(path, bytes)?;
    sync(temporary.file()).map_err(at(path, SYNC))?;
    replace(path, temporary, 0o600)?;
    sync_folder_of(path);
    Ok(())
}

/// Writes a file that all users can read, and creates its folder if it is missing.
pub fn write_public(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(at(folder, CREATE))?;
    replace(path, complete(path, bytes)?, 0o644)
}

/// Checks that a file of this many bytes could be written at `path`, without leaving anything behind.
pub fn check_space(path: &Path, length: usize) -> Result<(), Error> {
    complete(path, &vec![b' '; length]).map(drop)
}

fn complete(path: &Path, bytes: &[u8]) -> Result<Temporary, Error> {
    /// Looked through in this run, which may write many files to the same folder.
    static TIDIED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let folder = folder_of(path);
    let mut tidied = TIDIED.lock().unwrap_or_else(PoisonError::into_inner);
    if tidied.insert(folder.to_owned()) {
        remove_leftovers(folder);
    }
    drop(tidied);
    Temporary::new(folder, bytes).map_err(at(path, WRITE))
}

fn replace(path: &Path, temporary: Temporary, mode: u32) -> Result<(), Error> {
    temporary.replace(path, mode).map_err(at(path, REPLACE))
}

/// Makes a rename in the folder of this file durable. Some file systems cannot sync a folder, which does no harm.
pub fn sync_folder_of(path: &Path) {
    #[cfg(unix)]
    if let Ok(folder) = fs::File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
    #[cfg(not(unix))]
    let _ = path;
}
