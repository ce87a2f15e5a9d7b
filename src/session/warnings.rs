//! What a run for another program would have warned of. That program may take anything on standard error for a failure, so it is
//! kept for `status` and `doctor`.

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::Session;
use crate::failure::files;
use crate::output;
use crate::store::Note;

/// The warnings of one run, as they are stored. They hold what would have been printed: no secrets.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Seconds since the Unix epoch.
    at: i64,
    lines: Vec<String>,
}

impl Session<'_> {
    /// Keeps what was held back in a run that succeeded.
    pub fn keep_warnings(&self) {
        let lines = self.context.output.held_warnings();
        if lines.is_empty() {
            return;
        }
        let at = self.context.now().timestamp();
        // Where nothing can be written, `status` and `doctor` find that out themselves.
        if let Ok(bytes) = serde_json::to_vec(&Kept { at, lines }) {
            self.cache.put_note(&self.slot, Note::Warnings, &bytes);
        }
    }

    /// Returns why nothing can be cached, if that is so.
    pub fn cache_problem(&self) -> Option<String> {
        match self.cache.lost_to_root() {
            Some(folder) => Some(files::lost_to_root(folder)),
            None => {
                let why = self.cache.problem(&self.slot)?;
                Some(format!("nothing can be written: {why}"))
            }
        }
    }

    /// Returns what was kept since credentials were last fetched without a warning, each with its time.
    pub fn kept_warnings(&self) -> Vec<String> {
        let kept = self.cache.note(&self.slot, Note::Warnings);
        let kept = kept.and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
        let at = |kept: &Kept| DateTime::from_timestamp(kept.at, 0);
        let Some((kept, at)) = kept.and_then(|kept| at(&kept).map(|at| (kept, at))) else {
            return Vec::new();
        };
        let at = output::at(at);
        let shown = |line: &String| format!("another program got credentials at {at}, but: {line}");
        kept.lines.iter().map(shown).collect()
    }
}
