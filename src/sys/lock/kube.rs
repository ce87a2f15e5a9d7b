//! kubectl's lock on a kubeconfig: the file `FILE.lock`, created exclusively and removed at the end (client-go,
//! `tools/clientcmd`, `lockFile`). While it exists, each `kubectl config` command fails at once.
//!
//! kubectl's own is empty, and does not tell whether its process still lives: it is never removed here. Ours says which
//! process created it, and is locked (flock(2)) as long as that lives, so that one which a killed process left behind is
//! found and removed.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Error, retry};
use crate::sys::file;
use crate::sys::interrupt::{self, Hold};

/// What the file of a process of this program begins with.
const OURS: &str = "apono-login ";
/// The longest content that can be ours, in bytes.
const MAX_CONTENT: u64 = 64;

#[derive(Debug)]
pub struct KubeLock {
    path: PathBuf,
    /// Its lock (flock) says that this process lives.
    file: File,
    _hold: Hold,
}

impl KubeLock {
    /// Takes the lock of this kubeconfig. Waits for at most `wait`.
    pub fn acquire(kubeconfig: &Path, wait: Duration) -> Result<Self, Error> {
        let path = Self::path(kubeconfig);
        file::private_dir(file::folder_of(&path))?;
        let hold = interrupt::hold();
        let made = retry(wait, || match create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                remove_abandoned(&path);
                None
            }
            // Another process is just removing it.
            Err(error) if file::is_in_use(&error) => None,
            made => Some(made),
        });
        match made {
            Some(Ok(file)) => Ok(KubeLock {
                path,
                file,
                _hold: hold,
            }),
            Some(Err(source)) => Err(Error::Unavailable { path, source }),
            None => Err(Error::LockFile {
                age: Self::age(kubeconfig),
                path,
            }),
        }
    }

    /// Removes the lock file of this kubeconfig if a process of this program was killed while it had it.
    pub fn remove_abandoned(kubeconfig: &Path) {
        remove_abandoned(&Self::path(kubeconfig));
    }

    /// Returns the path of the lock file of this kubeconfig.
    pub fn path(kubeconfig: &Path) -> PathBuf {
        let mut path = kubeconfig.as_os_str().to_owned();
        path.push(".lock");
        PathBuf::from(path)
    }

    /// Returns how long the lock file of this kubeconfig has existed. `None` if there is none, or the file system does not tell.
    pub fn age(kubeconfig: &Path) -> Option<Duration> {
        let metadata = fs::symlink_metadata(Self::path(kubeconfig)).ok()?;
        metadata.modified().ok()?.elapsed().ok()
    }
}

impl Drop for KubeLock {
    fn drop(&mut self) {
        // A user may have removed the file, and another program created its own.
        if file::is_at(&self.file, &self.path) {
            let _ = file::remove(&self.path);
        }
    }
}

/// Creates the lock file. Where the file system has links, it has its content and its lock before it has its name.
fn create(path: &Path) -> io::Result<File> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let content = format!("{OURS}{}\n", std::process::id());
    #[cfg(unix)]
    {
        let temporary = file::Temporary::new(file::folder_of(path), content.as_bytes())?;
        let _ = temporary.file().try_lock();
        match temporary.link_to(path) {
            Ok(()) => return temporary.into_file(),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            Err(_) => {}
        }
    }
    let mut file = file::create_private(path)?;
    #[cfg(unix)]
    let _ = file.try_lock();
    file.write_all(content.as_bytes()).inspect_err(|_| {
        let _ = file::remove(path);
    })?;
    Ok(file)
}

/// Removes the lock file if it is of a process of this program that is dead.
fn remove_abandoned(path: &Path) {
    let Ok(lock) = file::open_to_read(path) else {
        return;
    };
    let mut content = String::new();
    let read = (&lock).take(MAX_CONTENT).read_to_string(&mut content);
    if read.is_ok() && content.starts_with(OURS) {
        file::remove_abandoned(&lock, path);
    }
}
