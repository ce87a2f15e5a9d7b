//! Folders: private from the start, and those that hold secrets only where no other user can change them.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{CHMOD, CREATE, DELETE, Error, STAT, at, retry, trust};

/// Returns the folder that a file or folder is in: the current one for a bare name.
pub fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Creates a directory for secrets if it is missing. If other users can read it, that permission is removed.
///
/// # Errors
/// It belongs to another user, or others can change what is in it, or its file system lets them read it whatever its mode is set to.
pub fn secret_dir(path: &Path) -> Result<(), Error> {
    private_dir(path)?;
    let metadata = fs::metadata(path).map_err(at(path, STAT))?;
    trust::check(path, &metadata)?;
    if let Ok(folder) = File::open(path) {
        trust::close_to_others(&folder, &metadata, 0o700);
    }
    let metadata = fs::metadata(path).map_err(at(path, STAT))?;
    match trust::stays_open(&metadata) {
        true => Err(Error::NoModes {
            path: path.to_owned(),
        }),
        false => Ok(()),
    }
}

/// Creates a directory that only its owner can enter, and its parents. An existing one is not changed.
pub fn private_dir(path: &Path) -> Result<(), Error> {
    if path.is_dir() {
        return Ok(());
    }
    private_dir(folder_of(path))?;
    #[cfg_attr(not(unix), expect(unused_mut))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(path) {
        Ok(()) => undo_umask(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        Err(error) => Err(at(path, CREATE)(error)),
    }
}

/// Gives a new folder the permissions of its owner that the umask took. By its path, because a folder that cannot be read
/// cannot be opened.
fn undo_umask(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = fs::symlink_metadata(path).map_err(at(path, STAT))?;
        if metadata.is_dir() && metadata.permissions().mode() & 0o700 != 0o700 {
            let mode = fs::Permissions::from_mode(0o700);
            fs::set_permissions(path, mode).map_err(at(path, CHMOD))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (path, STAT, CHMOD);
    Ok(())
}

/// Removes a folder of apono-login with everything in it. False if there was none.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that removes folders"
)]
pub fn remove_folder(path: &Path) -> Result<bool, Error> {
    match retry(path, || fs::remove_dir_all(path)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(at(path, DELETE)(error)),
    }
}

/// Removes a folder if it is empty.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place that removes folders"
)]
pub fn remove_empty_folder(path: &Path) {
    let _ = fs::remove_dir(path);
}

/// Returns the paths in a folder that have the extension. None if the folder cannot be read.
pub fn with_extension(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let found = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = found.map(|found| found.path());
    let is_wanted = |path: &PathBuf| path.extension().is_some_and(|e| e == extension);
    paths.filter(is_wanted).collect()
}
