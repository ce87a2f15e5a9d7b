//! The last failure to reach AWS. For some seconds, other programs that need the same credentials get the same failure at once:
//! kubectl runs its plugin five times in a row before it gives up, and would wait for a silent server each time.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Request, Session};
use crate::failure::{Failure, Kind};
use crate::store::Note;

/// How long a failure is shared: long enough for all runs of one kubectl, and short enough for a network that comes back.
const SHARED: TimeDelta = TimeDelta::seconds(10);

/// The failure, as it is stored. It holds what is printed for it: no secrets.
#[derive(Serialize, Deserialize)]
struct Recent {
    /// Milliseconds since the Unix epoch.
    at: i64,
    /// The fingerprint of all that the failure depended on.
    of: String,
    error: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl Session<'_> {
    /// # Errors
    /// The last failure, if the request shares it, it was shared a moment ago, and neither the environment nor the config files
    /// have changed.
    pub(super) fn shared_failure(&self, request: Request<'_>) -> Result<(), Failure> {
        match self.recent_failure().filter(|_| request.shares_failures) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    fn recent_failure(&self) -> Option<Failure> {
        let recent: Recent =
            serde_json::from_slice(&self.cache.note(&self.slot, Note::Failure)?).ok()?;
        let ago = self.context.now() - DateTime::<Utc>::from_timestamp_millis(recent.at)?;
        // A time in the future was written before the clock was set back.
        let is_recent = ago >= TimeDelta::zero() && ago < SHARED;
        if !is_recent || recent.of != self.fingerprint_of_requests() {
            return None;
        }
        let failure = Failure {
            causes: recent.causes,
            hints: recent.hints,
            ..Failure::new(Kind::Network, recent.error)
        };
        Some(failure.cause(format!(
            "not tried again: the last attempt failed less than {} seconds ago",
            SHARED.num_seconds()
        )))
    }

    /// Shares a failure that another attempt may not have. Any other, and one of a command that a user typed, makes the last one
    /// obsolete.
    pub(super) fn share_failure(&self, request: Request<'_>, failure: &Failure) {
        if failure.kind != Kind::Network || !request.shares_failures {
            return self.cache.forget_note(&self.slot, Note::Failure);
        }
        let recent = Recent {
            at: self.context.now().timestamp_millis(),
            of: self.fingerprint_of_requests(),
            error: failure.error.clone(),
            causes: failure.causes.clone(),
            hints: failure.hints.clone(),
        };
        // It only saves time: if it cannot be written, the next run finds out for itself.
        if let Ok(bytes) = serde_json::to_vec(&recent) {
            self.cache.put_note(&self.slot, Note::Failure, &bytes);
        }
    }

    /// Returns a digest of the config files' fingerprints and of the variables that decide whether AWS is reached.
    fn fingerprint_of_requests(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        for file in self.fingerprints() {
            add(file.text.as_bytes());
        }
        for (name, value) in self.context.env_of_requests() {
            add(name.as_encoded_bytes());
            add(value.as_encoded_bytes());
        }
        hex::encode(hash.finalize())
    }
}
