//! What runs leave for later ones in the cache directory, besides credentials. None of it is secret.

use std::time::Duration;

use super::{Cache, Slot, slot_of};
use crate::sys::{file, lock};

/// The largest [`Note`], in bytes.
const MAX_NOTE: u64 = 16 << 10;
/// The name of the file that says which clusters were looked up, and its extension.
const LOOK_UPS: &str = "clusters.looked-up";
pub(super) const LOOKED_UP: &str = "looked-up";
/// The largest such file, in bytes. Each of a thousand clusters has 80.
const MAX_LOOK_UPS: u64 = 1 << 20;
/// How long to wait for other processes that store look-ups, which takes milliseconds.
const LOOK_UPS_WAIT: Duration = Duration::from_secs(2);

/// What a run leaves for later ones: one of each for a slot, in a file of its own.
#[derive(Debug, Clone, Copy)]
pub enum Note {
    /// The last failure.
    Failure,
    /// What was held back from a program that would take it for a failure.
    Warnings,
}

impl Note {
    pub(super) const ALL: [Note; 2] = [Note::Failure, Note::Warnings];

    pub(super) fn extension(self) -> &'static str {
        match self {
            Note::Failure => "failed",
            Note::Warnings => "warnings",
        }
    }
}

impl Cache {
    /// Returns the slot's note, as bytes: see [`crate::session`].
    pub fn note(&self, slot: &Slot, note: Note) -> Option<Vec<u8>> {
        file::read_private(&self.path(slot, note.extension()), MAX_NOTE).ok()?
    }

    /// Returns the notes of this kind of all slots.
    pub fn notes(&self, note: Note) -> Vec<(Slot, Vec<u8>)> {
        let slots = self.files(note.extension()).into_iter();
        let slots = slots.map(|path| Slot(slot_of(&path)));
        let notes = slots.filter_map(|slot| {
            let bytes = self.note(&slot, note)?;
            Some((slot, bytes))
        });
        notes.collect()
    }

    /// Stores the slot's note, and creates the cache directory. One that is too long, or cannot be written, is deleted.
    pub fn put_note(&self, slot: &Slot, note: Note, bytes: &[u8]) {
        let _ = file::secret_dir(&self.dir);
        let path = self.path(slot, note.extension());
        let fits = bytes.len() as u64 <= MAX_NOTE;
        if !fits || file::write_private(&path, bytes).is_err() {
            self.forget_note(slot, note);
        }
    }

    pub fn forget_note(&self, slot: &Slot, note: Note) {
        let _ = file::remove(&self.path(slot, note.extension()));
    }

    /// Returns what is known of the clusters that were looked up, as bytes: see [`crate::session`].
    pub fn look_ups(&self) -> Option<Vec<u8>> {
        file::read_private(&self.dir.join(LOOK_UPS), MAX_LOOK_UPS).ok()?
    }

    /// Takes the lock under which the same is changed.
    pub fn lock_look_ups(&self) -> Result<lock::Lock, lock::Error> {
        self.lock_edits_of(&self.dir.join(LOOK_UPS), LOOK_UPS_WAIT)
    }

    /// Stores the same. What is too long, or cannot be written, is deleted.
    pub fn put_look_ups(&self, bytes: &[u8]) {
        let path = self.dir.join(LOOK_UPS);
        let fits = bytes.len() as u64 <= MAX_LOOK_UPS;
        if !fits || file::write_private(&path, bytes).is_err() {
            let _ = file::remove(&path);
        }
    }
}
