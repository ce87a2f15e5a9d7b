//! Edits of files that other programs write too, so that no change is lost: not ours, not theirs.
//!
//! Others write in three ways. kubectl and apono-login take a lock, and it is enough to read again under that lock. Editors
//! replace the file, and it is enough to read again just before. The aws CLI and many scripts truncate the file and write it
//! anew: between the two it is empty or half, and what they write after we have replaced the file goes into the old one, which
//! has no name any more. So an edit
//!
//! 1. waits until no program writes the file, reads it, and prepares the new one;
//! 2. takes the locks of all files of a command, for as long as it takes to compare each with what was read and to replace it
//!    (if one has changed, it starts over);
//! 3. watches the old file and the new one for a moment: what comes into the old one is edited in turn, and a change that was
//!    made from what the file was before the edit gets the edit again.
//!
//! A file that cannot be replaced (it is a mount of its own, or its folder is read-only) is overwritten, under the same lock.

mod follow;
mod replacement;
#[cfg(test)]
mod tests;
mod writers;

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use follow::follow;
use replacement::{Outcome, Replacement};

use zeroize::{Zeroize as _, Zeroizing};

use super::file::{self, Error, Opened, resolve_links};
use super::interrupt;
use super::lock::Held;

/// How long an edit waits for others in all, before and after it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it looks.
const PAUSE: Duration = Duration::from_millis(10);
/// How long a file has to be unchanged before it is read: a writer may be between two writes. Where the system tells who has
/// it open, this is for writers that the system does not show, such as those in a container.
const SETTLED: Duration = match cfg!(any(target_os = "linux", windows)) {
    true => Duration::from_millis(20),
    false => Duration::from_millis(100),
};
/// The same for an empty file: it may have been truncated.
const SETTLED_EMPTY: Duration = SETTLED.saturating_mul(10);
/// How often an edit is prepared before the lock is taken, so that others have to wait as little as possible.
const ROUNDS_WITHOUT_LOCK: usize = 3;

/// A file to edit.
pub struct Target<'a, E> {
    pub path: &'a Path,
    /// Size of the largest file that is edited, in bytes.
    pub limit: u64,
    /// Takes the lock that other writers of this file use. `None` if there is none here.
    pub lock: Box<dyn Fn() -> Result<Option<Held>, E> + 'a>,
    /// Makes the new bytes from the old ones, always the same from the same. A missing file is empty.
    pub compose: Compose<'a, E>,
}

type Compose<'a, E> = Box<dyn Fn(&[u8]) -> Result<Vec<u8>, E> + 'a>;

/// Why an edit failed.
#[derive(Debug)]
pub enum Fault<E> {
    /// The file cannot be read or written, or others write it all the time.
    File(Error),
    /// What `lock` or `compose` returned.
    Other(E),
}

impl<E> Fault<E> {
    /// Whether the user may not change the file.
    pub fn is_denied(&self) -> bool {
        match self {
            Fault::File(Error::Io { source, .. }) => file::is_denial(source),
            Fault::File(error) => {
                matches!(error, Error::ReadOnly { .. } | Error::LinkToReadOnly { .. })
            }
            Fault::Other(_) => false,
        }
    }
}

impl<E> From<Error> for Fault<E> {
    fn from(error: Error) -> Self {
        Fault::File(error)
    }
}

/// A file before and after an edit. `before` is `None` if there was no file. Both are wiped from memory: some files hold tokens.
#[derive(Debug, Clone)]
pub struct Edit {
    pub before: Option<Vec<u8>>,
    pub after: Vec<u8>,
}

impl Edit {
    pub fn changes(&self) -> bool {
        self.old() != self.after
    }

    /// Returns the old bytes, none for a missing file.
    pub fn old(&self) -> &[u8] {
        self.before.as_deref().unwrap_or_default()
    }
}

impl Drop for Edit {
    fn drop(&mut self) {
        self.before.zeroize();
        self.after.zeroize();
    }
}

/// Edits files in this order, after all their locks are taken. Returns the edit of each.
///
/// Mode and owner are kept, a new file has mode 0600, symbolic links are followed and kept.
///
/// # Errors
/// A `compose` or `lock` fails, or a file cannot be read or written, or others write one all the time. That file is then not
/// changed, and neither is any after it.
pub fn files<E>(targets: &[Target<'_, E>]) -> Result<Vec<Edit>, Fault<E>> {
    files_within(PATIENCE, targets)
}

/// Does as [`files`], and waits for others for at most `patience` before the edit, and again after it.
pub fn files_within<E>(
    patience: Duration,
    targets: &[Target<'_, E>],
) -> Result<Vec<Edit>, Fault<E>> {
    let deadline = Instant::now() + patience;
    let mut edits: Vec<Option<Edit>> = vec![None; targets.len()];
    let mut written = Vec::new();
    for round in 0.. {
        let open = || (0..targets.len()).filter(|index| edits[*index].is_none());
        // Among many processes, each gets its turn then.
        let early = match round >= ROUNDS_WITHOUT_LOCK {
            true => Some(lock(open().map(|index| &targets[index]))?),
            false => None,
        };
        let mut steps = Vec::new();
        for index in open() {
            steps.push((index, Step::prepare(&targets[index], deadline, None)?));
        }
        let changing = || steps.iter().filter(|(_, step)| step.edit.changes());
        let locks = match early {
            Some(locks) => locks,
            None => lock(changing().map(|(index, _)| &targets[*index]))?,
        };
        let ready = changing().all(|(_, step)| step.is_current());
        for (index, step) in steps {
            if !step.edit.changes() {
                edits[index] = Some(step.edit);
            } else if ready && let Some(done) = step.commit()? {
                edits[index] = Some(done.edit.clone());
                written.push((index, done));
            }
        }
        drop(locks);
        let Some(first) = edits.iter().position(Option::is_none) else {
            break;
        };
        give_up_after(deadline, targets[first].path)?;
        sleep(PAUSE);
    }
    for (index, done) in written {
        if let Some(edit) = follow(&targets[index], done, patience)? {
            edits[index] = Some(edit);
        }
    }
    Ok(edits.into_iter().flatten().collect())
}

fn give_up_after(deadline: Instant, path: &Path) -> Result<(), Error> {
    match Instant::now() > deadline || interrupt::is_held_back() {
        true => Err(Error::Busy {
            path: path.to_owned(),
        }),
        false => Ok(()),
    }
}

/// Takes the locks of these files, always in the same order, so that two processes cannot wait for each other.
fn lock<'t, 'a: 't, E: 'a>(
    targets: impl Iterator<Item = &'t Target<'a, E>>,
) -> Result<Vec<Held>, Fault<E>> {
    let mut targets: Vec<_> = targets.collect();
    targets.sort_by_key(|target| target.path);
    targets.dedup_by_key(|target| target.path);
    let mut locks = Vec::new();
    for target in targets {
        locks.extend((target.lock)().map_err(Fault::Other)?);
    }
    Ok(locks)
}

/// An edit that is ready to be written.
struct Step<'a> {
    path: &'a Path,
    target: PathBuf,
    /// The file as it was read. `None` if there was none.
    file: Option<File>,
    /// What is in the file.
    current: Option<Zeroizing<Vec<u8>>>,
    edit: Edit,
    limit: u64,
    replacement: Option<Replacement>,
}

/// An edit that was written.
struct Done<'a> {
    path: &'a Path,
    target: PathBuf,
    /// The file that was replaced. `None` if there was none, or it was overwritten.
    replaced: Option<File>,
    /// What was in the file.
    current: Option<Zeroizing<Vec<u8>>>,
    edit: Edit,
    at: Instant,
    limit: u64,
}

impl<'a> Step<'a> {
    /// Reads the file once no program writes it, and prepares the new one. `theirs` is what is edited in place of what is in the
    /// file.
    fn prepare<E>(
        target: &Target<'a, E>,
        deadline: Instant,
        theirs: Option<Vec<u8>>,
    ) -> Result<Self, Fault<E>> {
        let path = target.path;
        let resolved = resolve_links(path)?;
        file::remove_leftovers(file::folder_of(&resolved));
        let (opened, current) = read_when_quiet(path, &resolved, target.limit, deadline, |_| true)?;
        let current = current.map(Zeroizing::new);
        let before = theirs.or_else(|| current.as_deref().cloned());
        let after =
            (target.compose)(before.as_deref().unwrap_or_default()).map_err(Fault::Other)?;
        let edit = Edit { before, after };
        let replacement = match edit.after != current.as_deref().map_or(&[][..], Vec::as_slice) {
            true => {
                let metadata = opened.as_ref().map(|opened| &opened.metadata);
                let ready = Replacement::prepare(path, &resolved, metadata, &edit.after)?;
                Some(ready)
            }
            false => None,
        };
        Ok(Step {
            path,
            target: resolved,
            file: opened.map(|opened| opened.file),
            current,
            edit,
            limit: target.limit,
            replacement,
        })
    }

    /// Returns whether the file is still the one that was read, and no program writes it.
    fn is_current(&self) -> bool {
        let Ok(now) = Opened::at(&self.target) else {
            return false;
        };
        match (&self.file, now) {
            (None, None) => true,
            (Some(file), Some(now)) => {
                file::is_at(file, &self.target)
                    && now.read(&self.target, self.limit).ok().map(Zeroizing::new) == self.current
                    && !writers::has_any(&[file], &self.target)
            }
            _ => false,
        }
    }

    /// Writes the file. `None` if it has changed in the meantime: nothing was written then.
    fn commit(mut self) -> Result<Option<Done<'a>>, Error> {
        // An earlier file of the same command may be the same file under another name.
        let Some(replacement) = self.replacement.take().filter(|_| self.is_current()) else {
            return Ok(None);
        };
        let before = self.current.as_ref().map(|current| current.as_slice());
        let after = &self.edit.after;
        let replaced = match replacement.commit(self.path, &self.target, before, after)? {
            // Another one may have come between the last look and now.
            Outcome::Replaced(replaced) => replaced.or(self.file),
            Outcome::Written => None,
            Outcome::Appeared => return Ok(None),
        };
        Ok(Some(Done {
            path: self.path,
            target: self.target,
            replaced,
            current: self.current,
            edit: self.edit,
            at: Instant::now(),
            limit: self.limit,
        }))
    }
}

/// Reads a file from which an edit is decided: once no program writes it. A missing file is empty.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    read_by(Instant::now() + PATIENCE, path, limit)
}

/// Does as [`read`], with this deadline.
pub fn read_by(deadline: Instant, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    // Whoever still writes a file that is older than that is found before it is replaced. An empty one may have been truncated.
    let started = Instant::now();
    let is_new = |opened: &Opened| {
        let age = last_change(&opened.metadata).and_then(|changed| changed.elapsed().ok());
        opened.metadata.len() == 0 || age.is_none_or(|age| age < PATIENCE + started.elapsed())
    };
    let (_, bytes) = read_when_quiet(path, &resolve_links(path)?, limit, deadline, is_new)?;
    Ok(bytes.unwrap_or_default())
}

/// Reads the file once it has not changed for a moment and, where that is asked, no program writes it. `target` is where `path` leads.
fn read_when_quiet(
    path: &Path,
    target: &Path,
    limit: u64,
    deadline: Instant,
    asks: impl Fn(&Opened) -> bool,
) -> Result<(Option<Opened>, Option<Vec<u8>>), Error> {
    loop {
        let Some(opened) = Opened::at(path)? else {
            return Ok((None, None));
        };
        let is_written = asks(&opened) && writers::has_any(&[&opened.file], target);
        if !is_written && is_settled(&opened) {
            let bytes = opened.read(path, limit)?;
            return Ok((Some(opened), Some(bytes)));
        }
        give_up_after(deadline, path).map_err(|busy| match is_written {
            true => Error::BeingWritten {
                path: path.to_owned(),
            },
            false => busy,
        })?;
        sleep(PAUSE);
    }
}

/// Returns whether the last change of the file was long enough ago. Where the clock of the file system differs from ours, this
/// waits that long and compares.
fn is_settled(opened: &Opened) -> bool {
    let wanted = match opened.metadata.len() {
        0 => SETTLED_EMPTY,
        _ => SETTLED,
    };
    let changed = last_change(&opened.metadata);
    match changed.map(|changed| changed.elapsed()) {
        Some(Ok(age)) => age >= wanted,
        // A time in the future.
        _ => {
            sleep(wanted);
            let now = opened.file.metadata().ok();
            now.is_some_and(|now| {
                now.len() == opened.metadata.len() && last_change(&now) == changed
            })
        }
    }
}

fn last_change(metadata: &Metadata) -> Option<SystemTime> {
    metadata.modified().ok()
}
