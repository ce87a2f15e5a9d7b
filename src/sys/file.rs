//! Files of other people and of ours: bounded reads, atomic writes, edits that lose nothing.
//!
//! A write goes to a temporary file beside the target, is synced, and is renamed over it, so that a reader
//! sees the old bytes or the new ones. Symlinks are followed and kept. See rename(2), fsync(2).

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What went wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{path}: {source}", path = path.display())]
    Io {
        path: PathBuf,
        doing: &'static str,
        source: io::Error,
    },
    /// A directory, a FIFO, a socket or a device stands where a file should.
    #[error("{path} is not a regular file", path = path.display())]
    NotAFile { path: PathBuf },
    #[error("{path} is larger than {limit} bytes", path = path.display())]
    TooLarge { path: PathBuf, limit: u64 },
    #[error("{path} leads through more than {MAX_LINKS} symbolic links", path = path.display())]
    LinkLoop { path: PathBuf },
    /// The mode forbids the owner to write.
    #[error("{path} is read-only", path = path.display())]
    ReadOnly { path: PathBuf },
    /// It kept changing while an edit was made.
    #[error("{path} is being changed by another program", path = path.display())]
    Busy { path: PathBuf },
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

/// The file's bytes, `None` if there is none.
///
/// # Errors
/// It is not a regular file, larger than `limit` bytes, or cannot be read.
pub fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    Ok(read_with_metadata(path, limit)?.map(|(bytes, _)| bytes))
}

/// All of what somebody wants us to read, from a file or a pipe.
///
/// # Errors
/// It is larger than `limit` bytes, or cannot be read.
pub fn read_input(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let file = File::open(path).map_err(at(path, "read"))?;
    read_at_most(file, path, limit)
}

/// The same from standard input.
pub fn read_stdin(limit: u64) -> Result<Vec<u8>, Error> {
    read_at_most(io::stdin().lock(), Path::new("standard input"), limit)
}

fn read_at_most(source: impl Read, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let mut source = source.take(limit + 1);
    source.read_to_end(&mut bytes).map_err(at(path, "read"))?;
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
        // A FIFO without a writer must not hold us up.
        options.custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC);
    }
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(path, "open")(error)),
    };
    let metadata = file.metadata().map_err(at(path, "stat"))?;
    if !metadata.is_file() {
        return Err(Error::NotAFile {
            path: path.to_owned(),
        });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(limit)).unwrap_or(0) + 1);
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(at(path, "read"))?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(Some((bytes, metadata)))
}

/// A file of ours that holds secrets. Should somebody have opened it to others, it is closed again.
pub fn read_private(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, Error> {
    let Some((bytes, metadata)) = read_with_metadata(path, limit)? else {
        return Ok(None);
    };
    close_to_others(path, &metadata, 0o600);
    Ok(Some(bytes))
}

/// Takes the rights of group and others away, where they have any. What cannot be changed stays: it may be a file
/// system without modes.
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

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    pub text: String,
    /// Its last change is so long ago that another one would show. Timestamps can be as coarse as two seconds.
    pub settled: bool,
}

const COARSEST_TIMESTAMP: std::time::Duration = std::time::Duration::from_secs(2);

/// One stat(2). A file that is not there has a fingerprint too.
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
        // ctime moves with every change and cannot be set by anybody.
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

/// Where writing to `path` ends up: symbolic links followed by hand, so that a dangling one names the file to make.
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

/// A directory of ours that holds secrets: made if missing, closed to others if it was open.
pub fn secret_dir(path: &Path) -> Result<(), Error> {
    private_dir(path)?;
    let metadata = fs::metadata(path).map_err(at(path, "stat"))?;
    close_to_others(path, &metadata, 0o700);
    Ok(())
}

/// A directory only its owner can enter, made if missing. Parents too. One that is there stays as it is.
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

/// Sets the mode whatever the umask says. Nothing to do where there are no modes.
fn restrict(path: &Path, mode: u32) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(at(path, "chmod"))?;
    }
    #[cfg(not(unix))]
    let _ = (path, mode);
    Ok(())
}

/// Replaces a file of ours that holds secrets: 0600 from its first byte. No fsync: losing it costs a login.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    private_beside(path, bytes)?
        .persist(path)
        .map_err(|e| at(path, "rename")(e.error))?;
    Ok(())
}

/// The same for what nobody can give a second time.
pub fn write_private_durably(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = private_beside(path, bytes)?;
    temporary.as_file().sync_all().map_err(at(path, "fsync"))?;
    commit(temporary, path)
}

/// A file for everybody, in a folder that is made if missing.
pub fn write_public(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = path.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(folder).map_err(at(folder, "make"))?;
    let temporary = private_beside(path, bytes)?;
    restrict_open(temporary.as_file(), 0o644).map_err(at(path, "set the mode of"))?;
    temporary
        .persist(path)
        .map_err(|e| at(path, "rename")(e.error))?;
    Ok(())
}

fn private_beside(path: &Path, bytes: &[u8]) -> Result<tempfile::NamedTempFile, Error> {
    let temporary = temporary_beside(path)?;
    let mut file = temporary.as_file();
    file.write_all(bytes).map_err(at(path, "write"))?;
    Ok(temporary)
}

/// Sets the mode of an open file, whatever the umask made of it.
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

/// The open file is still the one at `path`: nobody has removed or replaced it. Windows lets nobody remove an open file.
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
        .map_err(at(path, "write beside"))?;
    restrict(temporary.path(), 0o600)?;
    Ok(temporary)
}

/// A file before and after an edit. `before` is `None` where there was no file.
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

/// Edits somebody's file: reads, lets `compose` make the new bytes, and replaces the file if they differ.
/// The caller holds the lock that this file's other writers respect.
///
/// The file is read again just before it is replaced; if another program changed it meanwhile, the edit is composed
/// afresh. Mode and owner are kept, a new file is 0600, links are followed and kept.
///
/// # Errors
/// What `compose` refuses, and everything that can be wrong with the file; it is untouched then.
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

/// The new bytes in a synced temporary file, with the target's mode and owner.
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
        Err(error) => return Err(at(target, "stat")(error)),
    }
    file.sync_all().map_err(at(target, "fsync"))?;
    Ok(temporary)
}

#[cfg(unix)]
fn keep_mode_and_owner(file: &File, target: &Path, metadata: &fs::Metadata) -> Result<(), Error> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    // Renaming over it would get round the mode; whoever took the write bit away meant it.
    if metadata.permissions().mode() & 0o200 == 0 {
        return Err(Error::ReadOnly {
            path: target.to_owned(),
        });
    }
    let ours = file.metadata().map_err(at(target, "stat"))?;
    if (ours.uid(), ours.gid()) != (metadata.uid(), metadata.gid()) {
        fchown(file, Some(metadata.uid()), Some(metadata.gid()))
            .map_err(at(target, "keep the owner of"))?;
    }
    file.set_permissions(fs::Permissions::from_mode(
        metadata.permissions().mode() & 0o7777,
    ))
    .map_err(at(target, "chmod"))
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
        .map_err(|e| at(target, "rename")(e.error))?;
    // The rename itself is durable once its directory is. Some file systems cannot sync one: no harm.
    #[cfg(unix)]
    if let Some(dir) = target.parent().and_then(|dir| File::open(dir).ok()) {
        let _ = dir.sync_all();
    }
    Ok(())
}

/// Removes a file; one that is not there is fine.
pub fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Err(at(path, "remove")(error))
        }
        _ => Ok(()),
    }
}

/// Removes a folder of ours with all that is in it. False if there was none.
pub fn remove_folder(path: &Path) -> Result<bool, Error> {
    match fs::remove_dir_all(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(at(path, "remove")(error)),
    }
}
