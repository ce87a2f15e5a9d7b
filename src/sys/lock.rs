//! Locks between processes.
//!
//! There are two kinds: an advisory lock on a sidecar file, which the kernel releases when its holder dies (flock(2)), and
//! kubectl's, see [`KubeLock`].

mod kube;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{file, interrupt};

pub use kube::KubeLock;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process holds it for longer than the caller waits.
    #[error("another process holds the lock {path}", path = path.display())]
    Held { path: PathBuf },
    /// kubectl's lock file exists: the program that created it is still running, or was killed.
    #[error("the lock file {path} exists", path = path.display())]
    LockFile {
        path: PathBuf,
        /// How long it has existed, if the file system tells.
        age: Option<Duration>,
    },
    /// Locking does not work here: the file system is read-only, or has no locks.
    #[error("{path}: {source}", path = path.display())]
    Unavailable { path: PathBuf, source: io::Error },
    #[error(transparent)]
    File(#[from] file::Error),
}

impl Error {
    /// Returns whether this user may not create a lock file here.
    pub fn is_denial(&self) -> bool {
        let (Error::Unavailable { source, .. } | Error::File(file::Error::Io { source, .. })) =
            self
        else {
            return false;
        };
        file::is_denial(source)
    }
}

/// How often a lock file may be removed by `logout` while it is being locked.
const MAX_ATTEMPTS: usize = 100;

/// A lock. It is held until dropped, or until the process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// A lock of either kind, under which a file is changed.
#[derive(Debug)]
#[expect(dead_code, reason = "held until dropped")]
pub enum Held {
    Sidecar(Lock),
    Kube(KubeLock),
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
    let held = || Error::Held {
        path: path.to_owned(),
    };
    sidecar_unless(path, wait, || false)?.ok_or_else(held)
}

/// Does as [`sidecar`], and returns `None` once there is nothing to wait for: `is_needless` is asked while another process has
/// the lock.
pub fn sidecar_unless(
    path: &Path,
    wait: Duration,
    mut is_needless: impl FnMut() -> bool,
) -> Result<Option<Lock>, Error> {
    let unavailable = |source| match file::is_in_use(&source) {
        true => Error::File(file::at(path, file::WRITE)(source)),
        false => Error::Unavailable {
            path: path.to_owned(),
            source,
        },
    };
    let held = || Error::Held {
        path: path.to_owned(),
    };
    // `discard` may remove the file or its folder at the same time. Then another process would lock another file of that name.
    for _ in 0..MAX_ATTEMPTS {
        file::private_dir(file::folder_of(path))?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = match file::retry(path, || options.open(path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened.map_err(unavailable)?,
        };
        file::restrict_open(&file, 0o600).map_err(unavailable)?;
        let locked = retry(wait, || match file.try_lock() {
            Ok(()) => Some(Ok(true)),
            Err(TryLockError::WouldBlock) => is_needless().then_some(Ok(false)),
            Err(TryLockError::Error(error)) => Some(Err(unavailable(error))),
        });
        match locked.ok_or_else(held)?? {
            true if file::is_at(&file, path) => return Ok(Some(Lock { file })),
            true => {}
            false => return Ok(None),
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

/// Tries until there is a result, `wait` is over, or the program is to end, with a longer pause each time.
fn retry<T>(wait: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(answer) = attempt() {
            return Some(answer);
        }
        let left = wait.checked_sub(started.elapsed())?;
        if interrupt::is_held_back() {
            return None;
        }
        sleep(pause.min(left));
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
