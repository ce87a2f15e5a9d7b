//! The new content of a file, ready to take the place of the old one.
//!
//! On Unix it keeps owner and mode. On Windows a new file gets the permissions that its folder passes on (ACL), also in place of
//! one that had others: only `ReplaceFile` would keep those, which takes unsafe code.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::sys::file::{self, Error, Temporary, at, is_denial};
use crate::sys::interrupt;

/// What is ready to be put in place.
pub enum Replacement {
    /// A synced file, which replaces the target.
    File { temporary: Temporary, mode: u32 },
    /// The target itself, open for writing: its folder does not allow new files, or its owner could not be kept.
    InPlace(File),
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// The file was replaced. Holds the one that was there until then, where the system tells.
    Replaced(Option<File>),
    /// The file was created, or overwritten.
    Written,
    /// A file appeared where there was none. Nothing was written.
    Appeared,
}

impl Replacement {
    /// Prepares the new bytes of `target`, to which `path` leads. `existing` is the target's metadata, `None` if it is new.
    pub fn prepare(
        path: &Path,
        target: &Path,
        existing: Option<&fs::Metadata>,
        bytes: &[u8],
    ) -> Result<Self, Error> {
        let folder = file::folder_of(target);
        file::private_dir(folder)?;
        if existing.is_some_and(is_read_only) {
            return Err(match path == target {
                // A user who made it read-only did so on purpose.
                true => Error::ReadOnly {
                    path: target.to_owned(),
                },
                false => link_to_read_only(path, target),
            });
        }
        let made = Temporary::new(folder, bytes).and_then(|temporary| {
            let mode = existing.map_or(Ok(0o600), |existing| keep_owner(&temporary, existing))?;
            Ok((temporary, mode))
        });
        match made {
            Ok((temporary, mode)) => {
                let synced = file::sync(temporary.file());
                synced.map_err(at(target, file::SYNC))?;
                Ok(Replacement::File { temporary, mode })
            }
            Err(error) if existing.is_some() && is_denial(&error) => {
                open_in_place(path, target).map(Replacement::InPlace)
            }
            Err(error) if path != target && is_denial(&error) => {
                Err(link_to_read_only(path, target))
            }
            Err(error) => Err(at(target, file::WRITE)(error)),
        }
    }

    /// Puts the new bytes in place. `before` are the old ones, `None` if there was no file.
    pub fn commit(
        self,
        path: &Path,
        target: &Path,
        before: Option<&[u8]>,
        bytes: &[u8],
    ) -> Result<Outcome, Error> {
        let in_place = match (self, before) {
            (Replacement::InPlace(file), _) => file,
            (Replacement::File { temporary, mode }, Some(_)) => {
                match temporary.exchange(target, mode) {
                    Ok(replaced) => {
                        file::sync_folder_of(target);
                        return Ok(Outcome::Replaced(replaced));
                    }
                    // A mounted file, for example in a container.
                    // Or one that another program has open (on Windows), which may allow to write it.
                    Err(error)
                        if is_denial(&error)
                            || is_of_a_mount(&error)
                            || file::is_in_use(&error) =>
                    {
                        open_in_place(path, target)?
                    }
                    Err(error) => return Err(at(target, file::REPLACE)(error)),
                }
            }
            (Replacement::File { temporary, mode }, None) => {
                let linked = temporary.link_to(target);
                return match linked {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        Ok(Outcome::Appeared)
                    }
                    // The file system has no links.
                    Err(_) => temporary
                        .replace(target, mode)
                        .map_err(at(target, file::CREATE))
                        .map(|()| Outcome::Written),
                    Ok(()) => {
                        file::sync_folder_of(target);
                        Ok(Outcome::Written)
                    }
                };
            }
        };
        let before = before.unwrap_or_default();
        overwrite(&in_place, before, bytes).map_err(at(target, file::WRITE))?;
        Ok(Outcome::Written)
    }
}

/// Writes the new bytes over the old ones, from the first that differs. If that fails, the old ones are restored. Only SIGKILL or
/// a power failure leaves it half done.
fn overwrite(in_place: &File, before: &[u8], after: &[u8]) -> io::Result<()> {
    let _hold = interrupt::hold();
    let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let write = |bytes: &[u8]| {
        let mut target = in_place;
        target.seek(SeekFrom::Start(same as u64))?;
        target.write_all(&bytes[same..])?;
        target.set_len(bytes.len() as u64)?;
        file::sync(target)
    };
    write(after).inspect_err(|_| {
        let _ = write(before);
    })
}

fn open_in_place(path: &Path, target: &Path) -> Result<File, Error> {
    let opened = file::retry(target, || OpenOptions::new().write(true).open(target));
    opened.map_err(|error| match path != target && is_denial(&error) {
        true => link_to_read_only(path, target),
        false => at(target, file::WRITE)(error),
    })
}

fn link_to_read_only(path: &Path, target: &Path) -> Error {
    Error::LinkToReadOnly {
        path: path.to_owned(),
        target: target.to_owned(),
    }
}

fn is_of_a_mount(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ResourceBusy | io::ErrorKind::CrossesDevices
    )
}

#[cfg(unix)]
fn is_read_only(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o200 == 0
}

#[cfg(not(unix))]
fn is_read_only(metadata: &fs::Metadata) -> bool {
    metadata.permissions().readonly()
}

/// Gives the new file the owner of the existing one. Returns the mode that it has to get.
#[cfg(unix)]
fn keep_owner(temporary: &Temporary, existing: &fs::Metadata) -> io::Result<u32> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let ours = temporary.file().metadata()?;
    if (ours.uid(), ours.gid()) != (existing.uid(), existing.gid()) {
        fchown(temporary.file(), Some(existing.uid()), Some(existing.gid()))?;
    }
    Ok(existing.mode() & 0o7777)
}

#[cfg(not(unix))]
fn keep_owner(_: &Temporary, _: &fs::Metadata) -> io::Result<u32> {
    Ok(0o600)
}
