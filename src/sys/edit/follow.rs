//! What happens to a file just after it was edited: another program may have read it, or opened it, before.

use std::collections::HashSet;
use std::fs::{File, Metadata};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use super::replacement::Replacement;
use super::{Done, Edit, Fault, PAUSE, Step, Target, give_up_after, lock, writers};
use crate::sys::file::{self, Error, Opened};

/// How long the file is watched after the edit. A program that changes it has read it some milliseconds before; a busy
/// computer may stretch that.
const WATCH: Duration = Duration::from_millis(150);

/// Watches what was written, for at most `patience` while others write, and edits again where the edit was lost, or a change of
/// another program. Returns the edit that was made then.
pub fn follow<'a, E>(
    target: &Target<'a, E>,
    mut done: Done<'a>,
    patience: Duration,
) -> Result<Option<Edit>, Fault<E>> {
    let deadline = done.at + patience;
    let mut redone = None;
    let mut undone = Vec::new();
    loop {
        let theirs = watch(&done, deadline)?;
        // Who removed the file did so after the edit.
        let Some(current) = file::read(&done.target, done.limit)? else {
            return Ok(redone);
        };
        let next = match (theirs, current == done.edit.after) {
            (None, true) => None,
            (Some(theirs), true) => take_over(target, &done, theirs, deadline)?,
            // Of two others that wrote at the same time, the one that wrote into the replaced file comes first. Who undoes the
            // edit a second time means it.
            (_, false) if knows_the_edit(&done, &current) || undone.contains(&current) => None,
            (_, false) => again(target, &done, deadline)?,
        };
        let Some(next) = next else {
            return Ok(redone);
        };
        redone = Some(next.edit.clone());
        undone.push(current);
        done = next;
    }
}

/// Returns whether most of the edit is in what another program has written: it has read the file after the edit, and what it
/// changed of that it meant to change.
pub fn knows_the_edit(done: &Done<'_>, current: &[u8]) -> bool {
    let lines = |bytes: &[u8]| -> HashSet<Vec<u8>> {
        let lines = bytes.split(|byte| *byte == b'\n');
        lines.map(<[u8]>::to_vec).collect()
    };
    let before = lines(done.edit.old());
    let (after, current) = (lines(&done.edit.after), lines(current));
    let (mut known, mut all) = (0, 0);
    for line in before.symmetric_difference(&after) {
        all += 1;
        known += usize::from(current.contains(line) == after.contains(line));
    }
    known * 2 > all
}

/// Edits the file again as it is now, if that changes it.
fn again<'a, E>(
    target: &Target<'a, E>,
    done: &Done<'a>,
    deadline: Instant,
) -> Result<Option<Done<'a>>, Fault<E>> {
    loop {
        let step = Step::prepare(target, deadline, None)?;
        if step.replacement.is_none() {
            return Ok(None);
        }
        let _locks = lock(std::iter::once(target))?;
        if step.is_current()
            && let Some(done) = step.commit()?
        {
            return Ok(Some(done));
        }
        give_up_after(deadline, done.path)?;
        sleep(PAUSE);
    }
}

/// Edits what came into the replaced file, and writes it over what the edit had made of that file before. Does nothing if the
/// file is not that any more.
fn take_over<'a, E>(
    target: &Target<'a, E>,
    done: &Done<'a>,
    theirs: Vec<u8>,
    deadline: Instant,
) -> Result<Option<Done<'a>>, Fault<E>> {
    let step = match Step::prepare(target, deadline, Some(theirs.clone())) {
        Ok(step) => step,
        Err(error) => {
            // What they wrote cannot be edited. It is theirs to fix, and must not be lost.
            restore(target, done, &theirs)?;
            return Err(error);
        }
    };
    let _locks = lock(std::iter::once(target))?;
    let is_ours = step.current.as_deref() == Some(&done.edit.after);
    match is_ours && step.replacement.is_some() && step.is_current() {
        true => Ok(step.commit()?),
        false => Ok(None),
    }
}

/// Writes what came into the replaced file into the one at its path, unless that has changed.
fn restore<E>(target: &Target<'_, E>, done: &Done<'_>, theirs: &[u8]) -> Result<(), Fault<E>> {
    let _locks = lock(std::iter::once(target))?;
    let Some(opened) = Opened::at(&done.target)? else {
        return Ok(());
    };
    let current = opened.read(&done.target, done.limit)?;
    if current == done.edit.after {
        let metadata = Some(&opened.metadata);
        let ready = Replacement::prepare(done.path, &done.target, metadata, theirs)?;
        ready.commit(done.path, &done.target, Some(&current), theirs)?;
    }
    Ok(())
}

/// Waits until the edit is [`WATCH`] old, and no program has written the replaced file or the new one for as long. Returns what
/// came into the replaced file.
///
/// # Errors
/// Another program is still writing at the deadline: what it writes may be lost.
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
    let is_known = Some(&bytes) == done.current.as_deref() || bytes == done.edit.after;
    let is_news = !bytes.is_empty() && !is_known;
    Ok(is_news.then_some(bytes))
}

fn is_written(done: &Done<'_>) -> bool {
    let there = Opened::at(&done.target).ok().flatten();
    // On Windows only a file with a name can be asked about.
    let replaced = done.replaced.as_ref().filter(|_| !cfg!(windows));
    let files = there.iter().map(|there| &there.file).chain(replaced);
    let files: Vec<_> = files.collect();
    !files.is_empty() && writers::has_any(&files, &done.target)
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
