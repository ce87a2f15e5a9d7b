//! Files: bounded reads, atomic writes, removal.
//!
//! A write goes to a temporary file, which then replaces the target: a reader sees the old bytes or the new ones. See
//! rename(2), fsync(2). Files that other programs write too are changed by [`super::edit`].

mod device;
mod folder;
mod in_use;
mod lacking;
mod temporary;
mod trust;
mod write;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::text::as_utf8;

pub use folder::{
    folder_of, private_dir, remove_empty_folder, remove_folder, secret_dir, with_extension,
};
pub use in_use::{is_in_use, retry};
pub use lacking::sync;
pub use temporary::{Temporary, remove_leftovers};
pub use trust::{
    Distrust, allows_owner, check_trusted, is_lost_to_root, is_own, owner_if_not_root,
};
pub use write::{check_space, sync_folder_of, write_private, write_private_durably, write_public};

/// Why a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {source}", path = path.display())]
    Io {
        path: PathBuf,
        doing: &'static str,
        source: io::Error,
    },
    /// It is a directory, a FIFO, a socket or a device.
    #[error("{path} is not a regular file", path = path.display())]
    NotAFile { path: PathBuf },
    #[error("{path} is larger than {limit} bytes", path = path.display())]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("{path} leads through more than {MAX_LINKS} symbolic links", path = path.display())]
    LinkLoop { path: PathBuf },
    /// Its mode does not allow the owner to write.
    #[error("{path} is read-only", path = path.display())]
    ReadOnly { path: PathBuf },
    /// It is a link to a file that cannot be written, for example in the store of a package manager.
    #[error("it is a link into a read-only place ({target})", target = target.display())]
    LinkToReadOnly { path: PathBuf, target: PathBuf },
    /// Another program had it open all the time, and the system refuses what was tried then.
    #[error("{path} is open in another program", path = path.display())]
    InUse { path: PathBuf, doing: &'static str },
    /// It changed during each attempt to edit it.
    #[error("another program keeps changing {path}", path = path.display())]
    Busy { path: PathBuf },
    /// Another program had it open for writing all the time.
    #[error("another program is writing {path}", path = path.display())]
    BeingWritten { path: PathBuf },
    /// Another user can change it.
    #[cfg_attr(not(unix), expect(dead_code, reason = "modes tell it"))]
    #[error("{path}: {why}", path = path.display())]
    Untrusted { path: PathBuf, why: Distrust },
    /// Its file system gives every file the same permissions, with which other users can change it, or read a secret in it.
    #[error("the file system of {path} does not keep permissions", path = path.display())]
    NoModes { path: PathBuf },
}

// What was tried, as "could not … PATH" says it.
pub const STAT: &str = "read the metadata of";
pub const CHMOD: &str = "set the permissions of";
pub const CREATE: &str = "create";
pub const WRITE: &str = "write";
pub const SYNC: &str = "save";
pub const REPLACE: &str = "replace";
pub const DELETE: &str = "delete";
const OPEN: &str = "open";
const READ: &str = "read";

/// Returns whether what was tried only reads the file.
pub fn is_reading(doing: &str) -> bool {
    [OPEN, READ, STAT].contains(&doing)
}

const MAX_LINKS: usize = 40;

/// Returns whether this user may not do that here, whatever the file.
pub fn is_denial(error: &io::Error) -> bool {
    use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem)
}

/// Returns the error for what was tried with a file.
pub fn at<'a>(path: &'a Path, doing: &'static str) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| match is_in_use(&source) {
        true => Error::InUse {
            path: path.to_owned(),
            doing,
        },
        false => Error::Io {
            path: path.to_owned(),
            doing,
            source,
        },
    }
}

/// Reads a file. `None` if there is none.
///
/// # Errors
/// It is not a regular file, larger than `limit` bytes, or cannot be read.
pub fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    match Opened::at(path)? {
        Some(opened) => opened.read(path, limit).map(Some),
        None => Ok(None),
    }
}

/// Reads a text from a file or a pipe that the user named, as UTF-8 without a mark where it is UTF-16: see [`super::text`].
///
/// # Errors
/// It is larger than `limit` bytes, or cannot be read.
pub fn read_input(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let file = retry(path, || File::open(path)).map_err(device::refused(path, READ))?;
    device::check_input(&file, path)?;
    read_at_most(file, path, limit, 0).map(as_utf8)
}

/// Reads a text from standard input, as [`read_input`] does.
///
/// # Errors
/// It is larger than `limit` bytes, or cannot be read.
pub fn read_stdin(limit: u64) -> Result<Vec<u8>, Error> {
    read_at_most(io::stdin().lock(), Path::new("standard input"), limit, 0).map(as_utf8)
}

/// Reads a source of which `expected` bytes are expected.
fn read_at_most(
    source: impl Read,
    path: &Path,
    limit: u64,
    expected: u64,
) -> Result<Vec<u8>, Error> {
    let expected = usize::try_from(expected.min(limit)).unwrap_or(0) + 1;
    let mut bytes = Vec::with_capacity(expected);
    let mut source = source.take(limit + 1);
    source.read_to_end(&mut bytes).map_err(at(path, READ))?;
    match bytes.len() as u64 > limit {
        true => Err(Error::TooLarge {
            path: path.to_owned(),
            limit,
        }),
        false => Ok(bytes),
    }
}

/// Opens a file for reading. A FIFO without a writer does not block.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC);
    }
    options.open(path)
}

/// A file that is open for reading.
pub struct Opened {
    pub file: File,
    pub metadata: fs::Metadata,
}

impl Opened {
    /// Opens a regular file. `None` if there is none.
    pub fn at(path: &Path) -> Result<Option<Self>, Error> {
        device::check_name(path)?;
        let file = match retry(path, || open_to_read(path)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(device::refused(path, OPEN)(error)),
        };
        let metadata = file.metadata().map_err(device::refused(path, STAT))?;
        match metadata.is_file() {
            true => Ok(Some(Opened { file, metadata })),
            false => Err(Error::NotAFile {
                path: path.to_owned(),
            }),
        }
    }

    /// Reads the rest of the file.
    pub fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
        read_at_most(&self.file, path, limit, self.metadata.len())
    }
}

/// Reads a file of apono-login with secrets in it. If other users can read it, that permission is removed.
///
/// # Errors
/// As [`read`]; and another user can change it.
pub fn read_private(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    let Some(opened) = Opened::at(path)? else {
        return Ok(None);
    };
    trust::check(path, &opened.metadata)?;
    let bytes = opened.read(path, limit)?;
    trust::close_to_others(&opened.file, &opened.metadata, 0o600);
    Ok(Some(bytes))
}

/// Tells one state of a file from another without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    pub text: String,
    /// The last change is so long ago that another one would change the fingerprint. Timestamps can be as coarse as two
    /// seconds.
    pub settled: bool,
}

const COARSEST_TIMESTAMP: std::time::Duration = std::time::Duration::from_secs(2);

/// Returns the fingerprint of a file, at the cost of one stat(2). A missing file has one too.
///
/// On Windows the standard library tells neither the number of the file nor when its metadata changed. An edit that keeps the length
/// changes the time of the last write, which NTFS counts in units of 100 ns; only a program that sets this time back, for a text of
/// the same length in the same file, is not noticed.
pub fn fingerprint(path: &Path, now: std::time::SystemTime) -> Fingerprint {
    let Ok(metadata) = fs::metadata(path) else {
        return Fingerprint {
            text: "none".to_owned(),
            settled: true,
        };
    };
    #[cfg(unix)]
    let (text, changed) = {
        use std::fmt::Write as _;
        use std::os::unix::fs::MetadataExt as _;
        // ctime changes with every change and cannot be set.
        let (seconds, nanos) = (metadata.ctime(), metadata.ctime_nsec());
        // Long enough for all of it: this is on the path of each cache hit.
        let mut text = String::with_capacity(96);
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{}.{}.{}.{seconds}.{nanos}",
            metadata.dev(),
            metadata.ino(),
            metadata.len()
        );
        let since_epoch = std::time::Duration::new(seconds.max(0).unsigned_abs(), 0);
        (text, std::time::UNIX_EPOCH + since_epoch)
    };
    #[cfg(not(unix))]
    let (text, changed) = {
        let changed = metadata.modified().unwrap_or(now);
        let since = changed
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        let created = metadata.created().ok();
        let created = created.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let created = created.unwrap_or_default().as_nanos();
        let text = format!("{}.{}.{created}", metadata.len(), since.as_nanos());
        (text, changed)
    };
    let age = now.duration_since(changed);
    Fingerprint {
        text,
        settled: age.is_ok_and(|age| age > COARSEST_TIMESTAMP),
    }
}

/// Returns the file that a write to `path` changes. Symbolic links are followed here, so that a dangling one gives the file to
/// create.
pub fn resolve_links(path: &Path) -> Result<PathBuf, Error> {
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&target) {
            Ok(next) => target = target.parent().unwrap_or(Path::new("")).join(next),
            Err(_) => return Ok(target),
        }
    }
    Err(Error::LinkLoop {
        path: path.to_owned(),
    })
}

/// Creates a file that does not exist yet, with mode 0600 from the start.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    restrict_open(&file, 0o600)?;
    Ok(file)
}

/// Sets the mode of an open file, whatever the umask is. A file system that has no modes is no error: where that would open a secret
/// to others, [`secret_dir`] fails.
pub fn restrict_open(file: &File, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        lacking::tolerate(file.set_permissions(fs::Permissions::from_mode(mode)))?;
    }
    #[cfg(not(unix))]
    let _ = (file, mode);
    Ok(())
}

/// Returns whether the open file is still the one at `path`, and has not been removed or replaced.
pub fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let (open, there) = (
            file.metadata().map(identity),
            fs::metadata(path).map(identity),
        );
        matches!((open, there), (Ok(open), Ok(there)) if open == there)
    }
    #[cfg(windows)]
    {
        use same_file::Handle;
        let open = file.try_clone().and_then(Handle::from_file);
        matches!((open, Handle::from_path(path)), (Ok(open), Ok(there)) if open == there)
    }
}

/// Removes the open file if the process that made it is dead: files that must not outlive their process are locked by it
/// (flock(2)). While this one has the lock, no other one removes the file too, perhaps after a third one has made the next.
pub fn remove_abandoned(file: &File, path: &Path) {
    #[cfg(unix)]
    let is_abandoned = file.try_lock().is_ok() && is_at(file, path);
    // Here a lock would keep others from reading it. It is older than any edit takes.
    #[cfg(not(unix))]
    let is_abandoned = {
        const OLD: std::time::Duration = std::time::Duration::from_secs(60);
        let changed = file.metadata().and_then(|metadata| metadata.modified());
        changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > OLD))
    };
    if is_abandoned {
        let _ = remove(path);
    }
}

/// Removes a file. A missing one is no error.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that removes files"
)]
pub fn remove(path: &Path) -> Result<(), Error> {
    match retry(path, || fs::remove_file(path)) {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Err(at(path, DELETE)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn an_open_file_that_was_moved_or_removed_is_not_at_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let open = File::create(&path).unwrap();
        assert!(is_at(&open, &path));
        fs::rename(&path, folder.path().join("b.lock")).unwrap();
        assert!(!is_at(&open, &path), "there is none");
        let _next = File::create(&path).unwrap();
        assert!(!is_at(&open, &path), "there is another one");
        assert!(is_at(&open, &folder.path().join("b.lock")));
    }
}
