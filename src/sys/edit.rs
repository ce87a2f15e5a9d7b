//! Edits of files that other programs write too, so that no change is lost: not ours, not theirs.
//!
//! Others write in three ways. kubectl and apono-login take a lock, and it is enough to read again under that lock. Editors
//! replace the file, and it is enough to read again just before. The aws CLI and many scripts truncate the file and write it
//! anew: between the two it is empty or half, and what they write after we have replaced the file goes into the old one, which
//! has no name any more. So an edit
//!
//! 1. waits until nobody writes the file, reads it, and prepares the new one;
//! 2. takes the locks of all files of a command, for as long as it takes to compare each with what was read and to replace it
//!    (if one has changed, it starts over);
//! 3. watches the old file and the new one for a moment: what comes into the old one is edited in turn, and a change that was
//!    made from what the file was before the edit gets the edit again.
//!
//! A file that cannot be replaced (it is a mount of its own, or its folder is read-only) is overwritten, under the same lock.

mod replacement;
#[cfg(test)]
mod tests;
mod writers;

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use replacement::{Outcome, Replacement};

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
/// How long the file is watched after the edit. A program that changes it has read it some milliseconds before; a busy
/// computer may stretch that.
const WATCH: Duration = Duration::from_millis(150);

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
    pub compose: Box<dyn Fn(&[u8]) -> Result<Vec<u8>, E> + 'a>,
}

/// Why an edit failed.
#[derive(Debug)]
pub enum Fault<E> {
    /// The file cannot be read or written, or others write it all the time.
    File(Error),
    /// What `lock` or `compose` returned.
    Other(E),
}

impl<E> From<Error> for Fault<E> {
    fn from(error: Error) -> Self {
        Fault::File(error)
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
        self.old() != self.after
    }

    /// Returns the old bytes, none for a missing file.
    pub fn old(&self) -> &[u8] {
        self.before.as_deref().unwrap_or_default()
    }
}

/// Edits one file: see [`files`].
pub fn file<E>(target: &Target<'_, E>) -> Result<Edit, Fault<E>> {
    let edits = files(std::slice::from_ref(target))?;
    let nothing = Edit {
        before: None,
        after: Vec::new(),
    };
    Ok(edits.into_iter().next().unwrap_or(nothing))
}

/// Edits files in this order, after all their locks are taken. Returns the edit of each.
///
/// Mode and owner are kept, a new file has mode 0600, symbolic links are followed and kept.
///
/// # Errors
/// A `compose` or `lock` fails, or a file cannot be read or written, or others write one all the time. That file is then not
/// changed, and neither is any after it.
pub fn files<E>(targets: &[Target<'_, E>]) -> Result<Vec<Edit>, Fault<E>> {
    let deadline = Instant::now() + PATIENCE;
    let mut edits: Vec<Option<Edit>> = targets.iter().map(|_| None).collect();
    let mut written = Vec::new();
    for round in 0.. {
        let open = || (0..targets.len()).filter(|index| edits[*index].is_none());
        if open().next().is_none() {
            break;
        }
        // Among many processes, each gets its turn then.
        let early = match round >= ROUNDS_WITHOUT_LOCK {
            true => Some(lock(open().map(|index| &targets[index]))?),
            false => None,
        };
        let mut steps = Vec::new();
        for (index, target) in targets.iter().enumerate() {
            if edits[index].is_none() {
                steps.push((index, Step::prepare(target, deadline, None)?));
            }
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
                edits[index] = Some(Edit {
                    before: done.before.clone(),
                    after: done.after.clone(),
                });
                written.push((index, done));
            }
        }
        drop(locks);
        if edits.iter().any(Option::is_none) {
            give_up_after(deadline, || {
                let first = edits.iter().position(Option::is_none);
                targets[first.unwrap_or(0)].path
            })?;
            sleep(PAUSE);
        }
    }
    for (index, done) in written {
        if let Some(edit) = follow(&targets[index], done)? {
            edits[index] = Some(edit);
        }
    }
    Ok(edits.into_iter().flatten().collect())
}

fn give_up_after<'a>(deadline: Instant, path: impl FnOnce() -> &'a Path) -> Result<(), Error> {
    match Instant::now() > deadline || interrupt::is_held_back() {
        true => Err(Error::Busy {
            path: path().to_owned(),
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
    current: Option<Vec<u8>>,
    edit: Edit,
    limit: u64,
    replacement: Option<Replacement>,
}

/// An edit that was written.
struct Done<'a> {
    path: &'a Path,
    target: PathBuf,
    /// The file that was replaced. `None` if there was none, or the file was overwritten.
    replaced: Option<File>,
    current: Option<Vec<u8>>,
    before: Option<Vec<u8>>,
    after: Vec<u8>,
    at: Instant,
    limit: u64,
}

impl<'a> Step<'a> {
    /// Reads the file once nobody writes it, and prepares the new one. `theirs` is what is edited in place of what is in the
    /// file.
    fn prepare<E>(
        target: &Target<'a, E>,
        deadline: Instant,
        theirs: Option<Vec<u8>>,
    ) -> Result<Self, Fault<E>> {
        let path = target.path;
        let resolved = resolve_links(path)?;
        let (opened, current) = read_when_quiet(path, &resolved, target.limit, deadline)?;
        let before = theirs.or_else(|| current.clone());
        let after =
            (target.compose)(before.as_deref().unwrap_or_default()).map_err(Fault::Other)?;
        let edit = Edit { before, after };
        let replacement = match edit.after != *current.as_deref().unwrap_or_default() {
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

    /// Returns whether the file is still the one that was read, and nobody writes it.
    fn is_current(&self) -> bool {
        let Ok(now) = Opened::at(&self.target) else {
            return false;
        };
        match (&self.file, now) {
            (None, None) => true,
            (Some(file), Some(now)) => {
                file::is_at(file, &self.target)
                    && now.read(&self.target, self.limit).ok() == self.current
                    && !writers::has_any(file, &self.target)
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
        let overwrites = matches!(replacement, Replacement::InPlace(_));
        let (before, after) = (self.current.as_deref(), &self.edit.after);
        if replacement.commit(self.path, &self.target, before, after)? == Outcome::Appeared {
            return Ok(None);
        }
        Ok(Some(Done {
            path: self.path,
            target: self.target,
            replaced: self.file.filter(|_| !overwrites),
            current: self.current,
            before: self.edit.before,
            after: self.edit.after,
            at: Instant::now(),
            limit: self.limit,
        }))
    }
}

/// Reads a file from which an edit is decided: once nobody writes it. A missing file is empty.
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let deadline = Instant::now() + PATIENCE;
    let (_, bytes) = read_when_quiet(path, &resolve_links(path)?, limit, deadline)?;
    Ok(bytes.unwrap_or_default())
}

/// Reads the file once nobody writes it and it has not changed for a moment. `target` is where `path` leads.
fn read_when_quiet(
    path: &Path,
    target: &Path,
    limit: u64,
    deadline: Instant,
) -> Result<(Option<Opened>, Option<Vec<u8>>), Error> {
    loop {
        let Some(opened) = Opened::at(path)? else {
            return Ok((None, None));
        };
        let is_written = writers::has_any(&opened.file, target);
        if !is_written && is_settled(&opened) {
            let bytes = opened.read(path, limit)?;
            return Ok((Some(opened), Some(bytes)));
        }
        if Instant::now() > deadline || interrupt::is_held_back() {
            let path = path.to_owned();
            return Err(match is_written {
                true => Error::BeingWritten { path },
                false => Error::Busy { path },
            });
        }
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

/// Watches what was written, and edits again where the edit was lost, or a change of another program. Returns the edit that
/// was made then.
fn follow<'a, E>(target: &Target<'a, E>, mut done: Done<'a>) -> Result<Option<Edit>, Fault<E>> {
    let deadline = done.at + PATIENCE;
    let mut redone = None;
    loop {
        let theirs = watch(&done, deadline)?;
        let current = file::read(&done.target, done.limit)?;
        let Some(next) = again(target, &done, theirs, current, deadline)? else {
            return Ok(redone);
        };
        give_up_after(deadline, || done.path)?;
        redone = Some(Edit {
            before: next.before.clone(),
            after: next.after.clone(),
        });
        done = next;
    }
}

/// Edits again if that is needed. `theirs` is what came into the replaced file, `current` what is in the file.
fn again<'a, E>(
    target: &Target<'a, E>,
    done: &Done<'a>,
    theirs: Option<Vec<u8>>,
    current: Option<Vec<u8>>,
    deadline: Instant,
) -> Result<Option<Done<'a>>, Fault<E>> {
    // Who removed the file did so after the edit.
    let Some(current) = current else {
        return Ok(None);
    };
    let theirs = match current == done.after {
        true if theirs.is_none() => return Ok(None),
        true => theirs,
        // Of two others that wrote at the same time, the one that did not write into the replaced file was later.
        false => None,
    };
    loop {
        if theirs.is_none() && (target.compose)(&current).map_err(Fault::Other)? == current {
            return Ok(None);
        }
        let step = match Step::prepare(target, deadline, theirs.clone()) {
            Ok(step) => step,
            Err(error) => {
                // What they wrote cannot be edited. It is theirs to mend, and must not be lost.
                if let Some(theirs) = theirs {
                    restore(target, done, &theirs)?;
                }
                return Err(error);
            }
        };
        let _locks = lock(std::iter::once(target))?;
        // Theirs is only written over what the edit had made of the file before.
        let is_free = theirs.is_none() || step.current.as_ref() == Some(&done.after);
        if !is_free || step.replacement.is_none() {
            return Ok(None);
        }
        if step.is_current()
            && let Some(done) = step.commit()?
        {
            return Ok(Some(done));
        }
        give_up_after(deadline, || done.path)?;
        sleep(PAUSE);
    }
}

/// Writes what came into the replaced file into the one at its path, unless that has changed.
fn restore<E>(target: &Target<'_, E>, done: &Done<'_>, theirs: &[u8]) -> Result<(), Fault<E>> {
    let _locks = lock(std::iter::once(target))?;
    let Some(opened) = Opened::at(&done.target)? else {
        return Ok(());
    };
    let current = opened.read(&done.target, done.limit)?;
    if current == done.after {
        let metadata = Some(&opened.metadata);
        let ready = Replacement::prepare(done.path, &done.target, metadata, theirs)?;
        ready.commit(done.path, &done.target, Some(&current), theirs)?;
    }
    Ok(())
}

/// Waits until the edit is [`WATCH`] old, and nobody has written the replaced file or the new one for as long. Returns what
/// came into the replaced file.
///
/// # Errors
/// Somebody is still writing at the deadline: what they write may be lost.
fn watch(done: &Done<'_>, deadline: Instant) -> Result<Option<Vec<u8>>, Error> {
    let mut quiet_since = done.at;
    let mut last = Look::at(done);
    // Whoever had opened the replaced file before it was replaced has it open now, or has already written it.
    let mut ask = true;
    loop {
        let is_written = ask && is_written(done);
        let look = Look::at(done);
        if is_written || look.shows_writing_since(&last) {
            quiet_since = Instant::now();
        }
        last = look;
        let is_over = Instant::now() > deadline;
        match quiet_since.elapsed() >= WATCH {
            true if ask => break,
            // Before the end, once more.
            true => ask = true,
            false if is_over && is_written => {
                return Err(Error::BeingWritten {
                    path: done.target.clone(),
                });
            }
            false if is_over => break,
            false => {
                ask = is_written;
                sleep(PAUSE);
            }
        }
    }
    let Some(replaced) = &done.replaced else {
        return Ok(None);
    };
    let bytes = read_again(replaced, &done.target, done.limit)?;
    // An empty file was truncated by a program that went no further, or opens the file once more to write it.
    let is_news = !bytes.is_empty() && Some(&bytes) != done.current.as_ref();
    Ok(is_news.then_some(bytes))
}

fn is_written(done: &Done<'_>) -> bool {
    let there = Opened::at(&done.target).ok().flatten();
    let there = there.is_some_and(|there| writers::has_any(&there.file, &done.target));
    let replaced = done.replaced.as_ref();
    // On Windows only a file with a name can be asked about.
    there || !cfg!(windows) && replaced.is_some_and(|file| writers::has_any(file, &done.target))
}

/// What tells that a file has been written.
struct Look {
    replaced: Option<(u64, Option<SystemTime>)>,
    there: Option<(u64, Option<SystemTime>)>,
    /// The file at the path.
    inode: Option<u64>,
}

impl Look {
    fn at(done: &Done<'_>) -> Self {
        let look = |metadata: &Metadata| (metadata.len(), metadata.modified().ok());
        let replaced = done.replaced.as_ref().and_then(|file| file.metadata().ok());
        let there = std::fs::metadata(&done.target).ok();
        Look {
            replaced: replaced.as_ref().map(look),
            there: there.as_ref().map(look),
            #[cfg(unix)]
            inode: there.as_ref().map(std::os::unix::fs::MetadataExt::ino),
            #[cfg(not(unix))]
            inode: None,
        }
    }

    /// Returns whether one of the files was written. A file that was replaced is complete.
    fn shows_writing_since(&self, last: &Look) -> bool {
        self.replaced != last.replaced || self.inode == last.inode && self.there != last.there
    }
}

/// Reads an open file from its start.
fn read_again(file: &File, path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    use std::io::{Seek as _, SeekFrom};
    let mut from_start = file;
    from_start
        .seek(SeekFrom::Start(0))
        .map_err(file::at(path, file::STAT))?;
    let metadata = file.metadata().map_err(file::at(path, file::STAT))?;
    let file = file.try_clone().map_err(file::at(path, file::STAT))?;
    Opened { file, metadata }.read(path, limit)
}
