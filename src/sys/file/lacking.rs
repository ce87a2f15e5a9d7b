//! What some file systems lack: modes (WSL's /mnt/c, vfat, SMB) and syncing (`F_FULLFSYNC` of macOS on SMB and NFS).

use std::fs::File;
#[cfg(unix)]
use std::fs::Metadata;
use std::io;
#[cfg(unix)]
use std::path::Path;

#[cfg(unix)]
use super::{Temporary, folder_of};

/// Syncs a file as well as its file system can: fully, else as fsync(2) does, else not at all.
///
/// # Errors
/// The disk failed, or is full.
pub fn sync(file: &File) -> io::Result<()> {
    synced(file.sync_all(), || {
        #[cfg(unix)]
        return rustix::fs::fsync(file).map_err(io::Error::from);
        #[cfg(not(unix))]
        Ok(())
    })
}

/// `fully` is the result of the first attempt, and `fsync` makes the second.
fn synced(fully: io::Result<()>, fsync: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    match fully {
        Err(error) if is_lacking(&error) => match fsync() {
            Err(error) if !is_lacking(&error) => Err(error),
            _ => Ok(()),
        },
        done => done,
    }
}

/// Makes a refused chmod(2) of an own file no error: it is refused only where the file system has no modes.
#[cfg(unix)]
pub fn tolerate(changed: io::Result<()>) -> io::Result<()> {
    match changed {
        Err(error) if is_lacking(&error) || error.raw_os_error() == Some(libc::EPERM) => Ok(()),
        changed => changed,
    }
}

/// Returns whether the system says that this cannot be done with such a file at all.
fn is_lacking(error: &io::Error) -> bool {
    #[cfg(unix)]
    let codes = [
        libc::ENOTSUP,
        libc::EOPNOTSUPP,
        libc::EINVAL,
        libc::ENOTTY,
        libc::ENOSYS,
    ];
    // ERROR_INVALID_FUNCTION and ERROR_NOT_SUPPORTED
    #[cfg(not(unix))]
    let codes = [1, 50];
    error
        .raw_os_error()
        .is_some_and(|code| codes.contains(&code))
}

/// Returns whether a new file beside this one, or in this folder, gets the mode that it is created with.
#[cfg(unix)]
pub fn keeps_modes(path: &Path, metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = match metadata.is_dir() {
        true => path,
        false => folder_of(path),
    };
    // A folder that cannot be written tells nothing.
    let probe = Temporary::new(folder, b"").and_then(|probe| probe.file().metadata());
    probe.map_or(true, |probe| probe.permissions().mode() & 0o077 == 0)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn error(code: i32) -> io::Result<()> {
        Err(io::Error::from_raw_os_error(code))
    }

    /// File systems of other computers, and those that programs provide, differ in the error.
    const LACKING: [i32; 5] = [
        libc::ENOTSUP,
        libc::EOPNOTSUPP,
        libc::EINVAL,
        libc::ENOTTY,
        libc::ENOSYS,
    ];

    #[test]
    fn a_file_system_that_cannot_sync_is_no_error_and_a_broken_disk_is() {
        for code in LACKING {
            let mut asked = false;
            synced(error(code), || {
                asked = true;
                Ok(())
            })
            .unwrap();
            assert!(asked, "{code}");
            synced(error(code), || error(libc::ENOTTY)).unwrap();
            let broken = synced(error(code), || error(libc::EIO)).unwrap_err();
            assert_eq!(broken.raw_os_error(), Some(libc::EIO));
        }
        for code in [libc::EIO, libc::ENOSPC, libc::EDQUOT] {
            let failed = synced(error(code), || panic!("it was not asked for")).unwrap_err();
            assert_eq!(failed.raw_os_error(), Some(code));
        }
        synced(Ok(()), || panic!("it was not asked for")).unwrap();
    }

    #[test]
    fn a_file_system_without_modes_is_no_error_and_a_read_only_one_is() {
        for code in LACKING.into_iter().chain([libc::EPERM]) {
            tolerate(error(code)).unwrap();
        }
        for code in [libc::EROFS, libc::EIO, libc::EACCES] {
            assert!(tolerate(error(code)).is_err());
        }
    }

    /// A pipe cannot be synced on any system.
    #[test]
    fn what_cannot_be_synced_is_left() {
        let (_reader, writer) = io::pipe().unwrap();
        sync(&File::from(std::os::fd::OwnedFd::from(writer))).unwrap();
    }

    #[test]
    fn this_file_system_keeps_modes() {
        let folder = tempfile::tempdir().unwrap();
        let metadata = folder.path().metadata().unwrap();
        assert!(keeps_modes(folder.path(), &metadata));
        let left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(left, 0);
    }
}
