//! Whether other users can change a file. Follows what ssh demands of `~/.ssh`: it belongs to the user or to root, and no
//! other user may write to it.

use std::fs::{File, Metadata};
use std::path::Path;

use super::{Error, STAT, at};

/// Who else can change a file or folder.
#[cfg_attr(not(unix), expect(dead_code, reason = "modes tell it"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    #[error("it belongs to another user (uid {owner})")]
    Owner { owner: u32 },
    #[error("other users can write to it (mode {mode:04o})")]
    Mode { mode: u32 },
}

/// Checks that no other user can change the file or folder.
///
/// # Errors
/// Another user can: [`Error::Untrusted`]. There is no such file.
pub fn check_trusted(path: &Path) -> Result<(), Error> {
    let metadata = std::fs::metadata(path).map_err(at(path, STAT))?;
    check(path, &metadata)
}

/// Checks the same of a file whose metadata is known. Systems without modes have other means, which the home has by default.
pub fn check(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let (owner, mode) = (metadata.uid(), metadata.mode() & 0o7777);
        let ours = rustix::process::geteuid().as_raw();
        let why = match () {
            () if owner != ours && owner != 0 => Distrust::Owner { owner },
            () if mode & 0o022 != 0 => Distrust::Mode { mode },
            () => return Ok(()),
        };
        if matches!(why, Distrust::Mode { .. }) && !super::lacking::keeps_modes(path, metadata) {
            return Err(Error::NoModes {
                path: path.to_owned(),
            });
        }
        Err(Error::Untrusted {
            path: path.to_owned(),
            why,
        })
    }
    #[cfg(not(unix))]
    {
        let _ = (path, metadata);
        Ok(())
    }
}

/// Returns whether the folder belongs to root although it is in a folder of the user.
pub fn is_lost_to_root(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let owner = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.uid()).ok();
        let ours = rustix::process::geteuid().as_raw();
        let in_ours = || folder.parent().and_then(owner) == Some(ours);
        ours != 0 && owner(folder) == Some(0) && in_ours()
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        false
    }
}

/// Returns whether the file or folder belongs to this user.
pub fn is_own(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let ours = rustix::process::geteuid().as_raw();
        std::fs::metadata(path).is_ok_and(|metadata| metadata.uid() == ours)
    }
    #[cfg(not(unix))]
    path.exists()
}

/// Returns whether the permissions let the owner read and write the file, and enter it if it is a folder. On Windows those of a
/// folder forbid nothing.
pub fn allows_owner(path: &Path) -> bool {
    #[cfg(unix)]
    let allows = |metadata: Metadata| {
        use std::os::unix::fs::PermissionsExt as _;
        let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
        metadata.permissions().mode() & wanted == wanted
    };
    #[cfg(not(unix))]
    let allows = |metadata: Metadata| metadata.is_dir() || !metadata.permissions().readonly();
    std::fs::metadata(path).is_ok_and(allows)
}

/// Returns the user who owns the folder, if that is not root but root runs this.
pub fn owner_if_not_root(folder: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let is_root = rustix::process::geteuid().is_root();
        let owner = std::fs::metadata(folder).ok()?.uid();
        (is_root && owner != 0).then_some(owner)
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// Removes all permissions of group and others. A failure is ignored: the file system may have no modes.
pub fn close_to_others(file: &File, metadata: &Metadata, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if metadata.permissions().mode() & 0o077 != 0 {
            let _ = super::restrict_open(file, mode);
        }
    }
    #[cfg(not(unix))]
    let _ = (file, metadata, mode);
}

/// Returns whether others can read what the user's own folder has in it, although it was closed to them: its file system gives every
/// file the same mode.
pub fn stays_open(folder: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let ours = rustix::process::geteuid().as_raw();
        folder.uid() == ours && folder.mode() & 0o077 != 0
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        false
    }
}

#[cfg(all(test, unix))]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt as _;

    /// As after closing it on a file system that shows all folders with this mode.
    #[test]
    fn folders_that_others_can_read_after_closing_them() {
        let folder = tempfile::tempdir().unwrap();
        for (mode, is_open) in [(0o755, true), (0o710, true), (0o701, true), (0o700, false)] {
            set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            let metadata = folder.path().metadata().unwrap();
            assert_eq!(stays_open(&metadata), is_open, "{mode:o}");
        }
    }
}
