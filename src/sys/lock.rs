//! Locks between processes.
//!
//! There are two kinds: an advisory lock on a sidecar file, which the kernel releases when its holder dies (flock(2)), and the
//! file `FILE.lock`, created exclusively, that kubectl uses.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::file;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds it for longer than the caller waits.
    #[error("another process holds the lock {path}", path = path.display())]
    Held { path: PathBuf },
    /// kubectl's lock file exists: the program that created it is still running, or was killed.
    #[error("the lock file {path} exists", path = path.display())]
    LockFile { path: PathBuf },
    /// Locking does not work here: the file system is read-only, or has no locks.
    #[error("could not lock {path}: {source}", path = path.display())]
    Unavailable { path: PathBuf, source: io::Error },
    #[error(transparent)]
    File(#[from] file::Error),
}

/// How often a lock file may be removed by `logout` while it is being locked.
const MAX_ATTEMPTS: usize = 100;

/// A lock. It is held until dropped, or until the process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// The longest note, in bytes.
pub const MAX_NOTE: u64 = 64;

impl Lock {
    /// Returns the note of the last holder.
    pub fn note(&self) -> Option<String> {
        let mut text = String::new();
        (&self.file).take(MAX_NOTE).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// Replaces the note.
    pub fn write_note(&self, text: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        (&self.file).rewind()?;
        (&self.file).write_all(text.as_bytes())
    }
}

/// Locks the sidecar file at `path`, which is created if missing. Waits for at most `wait`.
pub fn sidecar(path: &Path, wait: Duration) -> Result<Lock, Error> {
    let unavailable = |source| Error::Unavailable {
        path: path.to_owned(),
        source,
    };
    let held = || Error::Held {
        path: path.to_owned(),
    };
    // `discard` may remove the file or its folder at the same time. Then another process would lock another file of that name.
    for _ in 0..MAX_ATTEMPTS {
        if let Some(dir) = path.parent() {
            file::private_dir(dir)?;
        }
        let opened = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path);
        let file = match opened {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened.map_err(unavailable)?,
        };
        file::restrict_open(&file, 0o600).map_err(unavailable)?;
        let locked = retry(wait, || match file.try_lock() {
            Ok(()) => Some(Ok(())),
            Err(TryLockError::WouldBlock) => None,
            Err(TryLockError::Error(error)) => Some(Err(unavailable(error))),
        });
        locked.ok_or_else(held)??;
        if file::is_at(&file, path) {
            return Ok(Lock { file });
        }
    }
    Err(held())
}

/// Removes the sidecar file at `path`, unless it is locked: removing it would make the lock useless.
pub fn discard(path: &Path) -> Result<(), file::Error> {
    match OpenOptions::new().write(true).open(path) {
        Ok(file) if file.try_lock().is_ok() && file::is_at(&file, path) => file::remove(path),
        _ => Ok(()),
    }
}

/// kubectl's lock on a kubeconfig: the file `FILE.lock`, created exclusively and removed at the end (client-go,
/// `tools/clientcmd`, `lockFile`). A file that a killed program left behind is not removed, as in kubectl.
#[derive(Debug)]
pub struct KubeLock {
    path: PathBuf,
}

impl KubeLock {
    pub fn acquire(kubeconfig: &Path, wait: Duration) -> Result<Self, Error> {
        let mut path = kubeconfig.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        if let Some(dir) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            file::private_dir(dir)?;
        }
        let made = retry(wait, || {
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(_) => Some(Ok(())),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
                Err(error) => Some(Err(error)),
            }
        });
        match made {
            Some(Ok(())) => Ok(KubeLock { path }),
            Some(Err(source)) => Err(Error::Unavailable { path, source }),
            None => Err(Error::LockFile { path }),
        }
    }
}

impl Drop for KubeLock {
    fn drop(&mut self) {
        let _ = file::remove(&self.path);
    }
}

/// Tries until there is a result or `wait` is over, with a longer pause each time.
fn retry<T>(wait: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(answer) = attempt() {
            return Some(answer);
        }
        let left = wait.checked_sub(started.elapsed())?;
        sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
