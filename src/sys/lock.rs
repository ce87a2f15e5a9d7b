//! Locks between processes.
//!
//! Two kinds: an advisory lock on a sidecar file, which the kernel lets go when its holder dies (flock(2)), and the
//! exclusive-creation `FILE.lock` that kubectl uses.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::file;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process held it for longer than we wait.
    #[error("{path} is held by another process", path = path.display())]
    Held { path: PathBuf },
    /// kubectl's lock file is there: its maker is at work, or was killed.
    #[error("{path} is there", path = path.display())]
    LockFile { path: PathBuf },
    /// No lock can be had here: read-only, or a file system without locks.
    #[error("{path} cannot be locked: {source}", path = path.display())]
    Unavailable { path: PathBuf, source: io::Error },
    #[error(transparent)]
    File(#[from] file::Error),
}

/// More often than this nobody loses a lock's file to `logout`.
const MAX_ATTEMPTS: usize = 100;

/// Held until dropped, or until the process is gone, however it went.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Bytes.
pub const MAX_NOTE: u64 = 64;

impl Lock {
    /// What its last holder wrote into the file.
    pub fn note(&self) -> Option<String> {
        let mut text = String::new();
        (&self.file).take(MAX_NOTE).read_to_string(&mut text).ok()?;
        Some(text)
    }

    /// A few words for the next holder, in place of what is there.
    pub fn write_note(&self, text: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        (&self.file).rewind()?;
        (&self.file).write_all(text.as_bytes())
    }
}

/// Locks the sidecar file at `path`, making it if missing, waiting at most `wait`.
pub fn sidecar(path: &Path, wait: Duration) -> Result<Lock, Error> {
    let unavailable = |source| Error::Unavailable {
        path: path.to_owned(),
        source,
    };
    let held = || Error::Held {
        path: path.to_owned(),
    };
    // `discard` may take the file, or its folder, from under us: then the next one to come locks another file of that name.
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

/// Removes the sidecar file at `path`, unless somebody holds it: removed from under its holder, it would lock nobody out.
pub fn discard(path: &Path) -> Result<(), file::Error> {
    match OpenOptions::new().write(true).open(path) {
        Ok(file) if file.try_lock().is_ok() && file::is_at(&file, path) => file::remove(path),
        _ => Ok(()),
    }
}

/// kubectl's lock on a kubeconfig: the file `FILE.lock`, made exclusively, removed at the end.
/// (client-go, `tools/clientcmd`, `lockFile`.) One left behind by a killed program stays: it is not ours to break.
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

/// Tries until there is an answer or `wait` is over, a little less often each time.
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
