//! Files: bounded reads, atomic writes, and edits that lose no concurrent change.
//!
//! A write goes to a temporary file beside the target, which is synced and then renamed over the target: a reader sees the
//! old bytes or the new ones. Symbolic links are followed and kept. See rename(2), fsync(2).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

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
    /// It changed during each attempt to edit it.
    #[error("another program keeps changing {path}", path = path.display())]
    Busy { path: PathBuf },
}

// What was tried, as "could not … PATH" says it.
const STAT: &str = "read the metadata of";
const CHMOD: &str = "set the permissions of";
const SYNC: &str = "sync";
const REPLACE: &str = "replace";
const OPEN: &str = "open";
const READ: &str = "read";

/// Returns whether what was tried only reads the file.
pub fn is_reading(doing: &str) -> bool {
    [OPEN, READ, STAT].contains(&doing)
}

const MAX_LINKS: usize = 40;
const MAX_ATTEMPTS: usize = 5;

fn at<'a>(path: &'a Path, doing: &'static str) -> impl FnOnce(io::Error) -> Error + 'a {
    move |source| Error::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}

/// Reads a file. `None` if there is none.
///
/// # Errors
/// It is not a regular file, larger than `limit` bytes, or cannot be read.
pub fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    Ok(read_with_metadata(path, limit)?.map(|(bytes, _)| bytes))
}

/// Reads a file or a pipe that the user named.
///
/// # Errors
/// It is larger than `limit` bytes, or cannot be read.
pub fn read_input(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let file = File::open(path).map_err(at(path, READ))?;
    read_at_most(file, path, limit)
}

/// Reads standard input.
///
/// # Errors
/// It is larger than `limit` bytes, or cannot be read.
pub fn read_stdin(limit: u64) -> Result<Vec<u8>, Error> {
    read_at_most(io::stdin().lock(), Path::new("standard input"), limit)
}

fn read_at_most(source: impl Read, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
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

fn read_with_metadata(path: &Path, limit: u64) -> Result<Option<(Vec<u8>, fs::Metadata)>, Error> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        // A FIFO without a writer must not block.
        options.custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC);
    }
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(path, OPEN)(error)),
    };
    let metadata = file.metadata().map_err(at(path, STAT))?;
    if !metadata.is_file() {
        return Err(Error::NotAFile {
            path: path.to_owned(),
        });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(limit)).unwrap_or(0) + 1);
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(at(path, READ))?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(Some((bytes, metadata)))
}

/// Reads a file of apono-login with secrets in it. If other users have permissions on it, they are removed.
pub fn read_private(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    let Some((bytes, metadata)) = read_with_metadata(path, limit)? else {
        return Ok(None);
    };
    close_to_others(path, &metadata, 0o600);
    Ok(Some(bytes))
}

/// Removes all permissions of group and others. A failure is ignored: the file system may have no modes.
fn close_to_others(path: &Path, metadata: &fs::Metadata, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if metadata.permissions().mode() & 0o077 != 0 {
            let _ = restrict(path, mode);
        }
    }
    #[cfg(not(unix))]
    let _ = (path, metadata, mode);
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
pub fn fingerprint(path: &Path, now: std::time::SystemTime) -> Fingerprint {
    let Ok(metadata) = fs::metadata(path) else {
        return Fingerprint {
            text: "none".to_owned(),
            settled: true,
        };
    };
    #[cfg(unix)]
    let (text, changed) = {
        use std::os::unix::fs::MetadataExt as _;
        // ctime changes with every change and cannot be set.
        let (seconds, nanos) = (metadata.ctime(), metadata.ctime_nsec());
        let text = format!(
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
        (format!("{}.{}", metadata.len(), since.as_nanos()), changed)
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

/// Creates a directory for secrets if it is missing. If other users have permissions on it, they are removed.
pub fn secret_dir(path: &Path) -> Result<(), Error> {
    private_dir(path)?;
    let metadata = fs::metadata(path).map_err(at(path, STAT))?;
    close_to_others(path, &metadata, 0o700);
    Ok(())
}

/// Creates a directory that only its owner can enter, and its parents. An existing one is not changed.
pub fn private_dir(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
        private_dir(parent)?;
    }
    match fs::create_dir(path) {
        Ok(()) => restrict(path, 0o700),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(at(path, "create")(error)),
    }
}

/// Sets the mode, whatever the umask is. Does nothing on systems without modes.
fn restrict(path: &Path, mode: u32) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(at(path, CHMOD))?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

/// Replaces a file of apono-login with secrets in it: its mode is 0600 from the first byte. It is not synced: if it is lost,
/// the user logs in again.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    private_beside(path, bytes)?
        .persist(path)
        .map_err(|e| at(path, REPLACE)(e.error))?;
    Ok(())
}

/// Replaces a file with secrets in it, and syncs it: for what cannot be obtained again.
pub fn write_private_durably(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = private_beside(path, bytes)?;
    temporary.as_file().sync_all().map_err(at(path, SYNC))?;
    commit(temporary, path)
}

/// Writes a file that all users can read, and creates its folder if it is missing.
pub fn write_public(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).map_err(at(folder, "create"))?;
    let temporary = private_beside(path, bytes)?;
    restrict_open(temporary.as_file(), 0o644).map_err(at(path, CHMOD))?;
    temporary
        .persist(path)
        .map_err(|e| at(path, REPLACE)(e.error))?;
    Ok(())
}

fn private_beside(path: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, Error> {
    let temporary = temporary_beside(path)?;
    let mut file = temporary.as_file();
    file.write_all(bytes).map_err(at(path, "write"))?;
    Ok(temporary)
}

/// Sets the mode of an open file, whatever the umask is.
pub fn restrict_open(file: &File, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
    }
    #[cfg(not(unix))]
    let _ = (file, mode);
    Ok(())
}

/// Returns whether the open file is still the one at `path`, and has not been removed or replaced. On Windows an open file
/// cannot be removed.
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
    #[cfg(not(unix))]
    {
        let _ = (file, path);
        true
    }
}

fn temporary_beside(path: &Path) -> Result<tempfile::NamedTempFile, Error> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let temporary = tempfile::Builder::new()
        .prefix(".apono-login-")
        .suffix(".tmp")
        .tempfile_in(dir) // mode 0600 less the umask
        .map_err(unnamed)
        .map_err(at(path, "create a temporary file beside"))?;
    restrict_open(temporary.as_file(), 0o600).map_err(at(path, CHMOD))?;
    Ok(temporary)
}

/// Returns the error without the temporary file's path, which the library adds: its name says nothing to the user.
fn unnamed(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path ") {
        Some((text, _)) => io::Error::new(error.kind(), text.to_owned()),
        None => error,
    }
}

/// A file before and after an edit. `before` is `None` if there was no file.
#[derive(Debug)]
pub struct Edit {
    pub before: Option<Vec<u8>>,
    pub after: Vec<u8>,
}

impl Edit {
    pub fn changes(&self) -> bool {
        self.before.as_deref().unwrap_or_default() != self.after
    }
}

/// Edits a file: reads it, lets `compose` make the new bytes, and replaces the file if they differ. The caller must hold the
/// lock that other writers of this file use.
///
/// The file is read again just before it is replaced; if another program has changed it in the meantime, the edit is composed
/// again. Mode and owner are kept, a new file has mode 0600, symbolic links are followed and kept.
///
/// # Errors
/// `compose` fails, or the file cannot be read or written. The file is then not changed.
pub fn edit<E: From<Error>>(
    path: &Path,
    limit: u64,
    mut compose: impl FnMut(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<Edit, E> {
    let target = resolve_links(path)?;
    let mut before = read(&target, limit)?;
    for _ in 0..MAX_ATTEMPTS {
        let after = compose(before.as_deref().unwrap_or_default())?;
        let edit = Edit { before, after };
        if !edit.changes() {
            return Ok(edit);
        }
        let ready = prepare(&target, &edit.after)?;
        let now = read(&target, limit)?;
        if now == edit.before {
            commit(ready, &target)?;
            return Ok(edit);
        }
        before = now;
    }
    Err(Error::Busy { path: target }.into())
}

/// Writes the new bytes to a synced temporary file with the target's mode and owner.
fn prepare(target: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, Error> {
    if let Some(dir) = target.parent().filter(|p| !p.as_os_str().is_empty()) {
        private_dir(dir)?;
    }
    let temporary = temporary_beside(target)?;
    let file = temporary.as_file();
    (&*file).write_all(bytes).map_err(at(target, "write"))?;
    match fs::metadata(target) {
        Ok(metadata) => keep_mode_and_owner(file, target, &metadata)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(at(target, STAT)(error)),
    }
    file.sync_all().map_err(at(target, SYNC))?;
    Ok(temporary)
}

#[cfg(unix)]
fn keep_mode_and_owner(file: &File, target: &Path, metadata: &fs::Metadata) -> Result<(), Error> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    // Replacing the file would ignore its mode. A user who made it read-only did so on purpose.
    if metadata.permissions().mode() & 0o200 == 0 {
        return Err(Error::ReadOnly {
            path: target.to_owned(),
        });
    }
    let ours = file.metadata().map_err(at(target, STAT))?;
    if (ours.uid(), ours.gid()) != (metadata.uid(), metadata.gid()) {
        fchown(file, Some(metadata.uid()), Some(metadata.gid()))
            .map_err(at(target, "keep the owner of"))?;
    }
    file.set_permissions(fs::Permissions::from_mode(
        metadata.permissions().mode() & 0o7777,
    ))
    .map_err(at(target, CHMOD))
}

#[cfg(not(unix))]
fn keep_mode_and_owner(_: &File, target: &Path, metadata: &fs::Metadata) -> Result<(), Error> {
    if metadata.permissions().readonly() {
        return Err(Error::ReadOnly {
            path: target.to_owned(),
        });
    }
    Ok(())
}

fn commit(ready: tempfile::NamedTempFile, target: &Path) -> Result<(), Error> {
    ready
        .persist(target)
        .map_err(|e| at(target, REPLACE)(e.error))?;
    // The rename is durable once its directory is synced. Some file systems cannot sync one, which does no harm.
    #[cfg(unix)]
    if let Some(dir) = target.parent().and_then(|dir| File::open(dir).ok()) {
        let _ = dir.sync_all();
    }
    Ok(())
}

/// Removes a file. A missing one is no error.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that removes files and folders"
)]
pub fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Err(at(path, "delete")(error))
        }
        _ => Ok(()),
    }
}

/// Removes a folder of apono-login with everything in it. False if there was none.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that removes files and folders"
)]
pub fn remove_folder(path: &Path) -> Result<bool, Error> {
    match fs::remove_dir_all(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(at(path, "delete")(error)),
    }
}

/// Removes a folder if it is empty.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that removes files and folders"
)]
pub fn remove_empty_folder(path: &Path) {
    let _ = fs::remove_dir(path);
}

/// Returns the paths in a folder that have the extension. None if the folder cannot be read.
pub fn with_extension(folder: &Path, extension: &'static str) -> impl Iterator<Item = PathBuf> {
    let found = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = found.map(|found| found.path());
    paths.filter(move |path| path.extension().is_some_and(|e| e == extension))
}
