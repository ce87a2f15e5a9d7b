//! Files that become another file once they are complete.
//!
//! On Linux such a file has no name until it is complete (`O_TMPFILE`, see open(2)). Elsewhere, and on file systems without
//! that, it is `.apono-login-….tmp` in the folder of its target. One with a name is locked (flock(2)) as long as its writer
//! lives, so that what a killed writer left behind can be told from a file in use.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{create_private, is_at, open_to_read, remove, remove_abandoned, restrict_open, retry};
use crate::sys::interrupt::{self, Hold};

const PREFIX: &str = ".apono-login-";
const SUFFIX: &str = ".tmp";
/// How many names are tried. One is taken only by a file that was left behind.
const MAX_NAMES: usize = 1000;

/// A complete file that only its owner can read, in the folder of its target. It is removed when dropped.
#[derive(Debug)]
pub struct Temporary {
    file: File,
    folder: PathBuf,
    name: Option<Name>,
}

/// The path of a temporary file. It does not outlive the process, unless that is killed.
#[derive(Debug)]
struct Name {
    path: PathBuf,
    _hold: Hold,
}

impl Temporary {
    /// Creates a file in this folder with these bytes and mode 0600.
    pub fn new(folder: &Path, bytes: &[u8]) -> io::Result<Self> {
        let mut temporary = match without_name(folder) {
            Some(file) => Temporary {
                file: file?,
                folder: folder.to_owned(),
                name: None,
            },
            None => Self::with_name(folder)?,
        };
        temporary.file.write_all(bytes)?;
        Ok(temporary)
    }

    fn with_name(folder: &Path) -> io::Result<Self> {
        let hold = interrupt::hold();
        let (file, path) = free_name(folder, |path| {
            let file = create_private(path)?;
            // Until it is locked, another process may take it for one that was left behind.
            #[cfg(unix)]
            let _ = file.try_lock();
            match is_at(&file, path) {
                true => Ok(file),
                false => Err(io::ErrorKind::AlreadyExists.into()),
            }
        })?;
        Ok(Temporary {
            file,
            folder: folder.to_owned(),
            name: Some(Name { path, _hold: hold }),
        })
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// Replaces the target, or creates it. `mode` is its mode from then on.
    pub fn replace(mut self, target: &Path, mode: u32) -> io::Result<()> {
        self.get_ready(mode)?;
        self.rename(target)
    }

    /// Replaces the target, and returns what was replaced, whatever that was by then. `None` where the system cannot tell.
    pub fn exchange(mut self, target: &Path, mode: u32) -> io::Result<Option<File>> {
        self.get_ready(mode)?;
        match &self.name {
            // The name is that of the replaced file then, and goes with this value.
            Some(name) if exchange(&name.path, target) => Ok(open_to_read(&name.path).ok()),
            _ => self.rename(target).map(|()| None),
        }
    }

    /// Gives the file a name, then its mode.
    fn get_ready(&mut self, mode: u32) -> io::Result<()> {
        if self.name.is_none() {
            let hold = interrupt::hold();
            let _ = self.file.try_lock();
            let ((), path) = free_name(&self.folder, |path| link(&self.file, path))?;
            self.name = Some(Name { path, _hold: hold });
        }
        match mode {
            0o600 => Ok(()),
            mode => restrict_open(&self.file, mode),
        }
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that replaces files"
    )]
    fn rename(&mut self, target: &Path) -> io::Result<()> {
        if let Some(name) = &self.name {
            retry(target, || fs::rename(&name.path, target))?;
        }
        self.name = None;
        Ok(())
    }

    /// Gives the file this name.
    ///
    /// # Errors
    /// There is a file of that name: `AlreadyExists`. The file system has no links: anything else.
    pub fn link_to(&self, path: &Path) -> io::Result<()> {
        match &self.name {
            Some(name) => fs::hard_link(&name.path, path),
            None => link(&self.file, path),
        }
    }

    /// Returns the open file. A name that it got with [`Temporary::link_to`] stays.
    #[cfg(unix)]
    pub fn into_file(self) -> io::Result<File> {
        self.file.try_clone()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let _ = remove(&name.path);
        }
    }
}

/// Tries names until `make` finds one that is free. Returns what it made, and the path.
fn free_name<T>(folder: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(T, PathBuf)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let process = std::process::id();
    for _ in 0..MAX_NAMES {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{PREFIX}{process:x}-{number:x}{SUFFIX}"));
        match make(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return Ok((made?, path)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Creates a file without a name. `None` where the system cannot do that, or could not name it later.
#[cfg(target_os = "linux")]
fn without_name(folder: &Path) -> Option<io::Result<File>> {
    use rustix::fs::{Mode, OFlags};
    use rustix::io::Errno;
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let opened = match rustix::fs::open(folder, flags, Mode::RUSR | Mode::WUSR) {
        // The file system, or an old kernel, does not know the flag.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT | Errno::NOSYS) => {
            return None;
        }
        opened => opened.map(File::from).map_err(io::Error::from),
    };
    let file = match opened {
        Ok(file) => file,
        Err(error) => return Some(Err(error)),
    };
    fs::exists(own_path(&file))
        .unwrap_or_default()
        .then_some(())?;
    Some(restrict_open(&file, 0o600).map(|()| file))
}

#[cfg(not(target_os = "linux"))]
fn without_name(_: &Path) -> Option<io::Result<File>> {
    None
}

/// Gives the file a name. See "AT_SYMLINK_FOLLOW" in linkat(2).
#[cfg(target_os = "linux")]
fn link(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD};
    let flags = AtFlags::SYMLINK_FOLLOW;
    Ok(rustix::fs::linkat(CWD, own_path(file), CWD, path, flags)?)
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Exchanges two files. False if that did not work. See `RENAME_EXCHANGE` in rename(2).
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn exchange(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn own_path(file: &File) -> String {
    use std::os::fd::AsRawFd as _;
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Removes the temporary files that killed processes left in this folder, with whatever secrets are in them.
pub fn remove_leftovers(folder: &Path) {
    let found = fs::read_dir(folder).into_iter().flatten().flatten();
    for found in found {
        let name = found.file_name();
        let name = name.to_string_lossy();
        let is_file = found.file_type().is_ok_and(|kind| kind.is_file());
        let path = found.path();
        if is_file
            && name.starts_with(PREFIX)
            && name.ends_with(SUFFIX)
            && let Ok(file) = open_to_read(&path)
        {
            remove_abandoned(&file, &path);
        }
    }
}
