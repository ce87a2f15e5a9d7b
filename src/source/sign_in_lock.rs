//! The lock under which a sign-in is renewed or asked for: one process at a time. A note in the lock file tells waiting
//! processes what its holder does.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::interaction::{Interaction, LONGEST_SIGN_IN};
use crate::output::Output;
use crate::store;
use crate::sys::lock;

/// How long to wait for another process that renews the sign-in without asking its user.
const LONGEST_RENEWAL: Duration = Duration::from_secs(45);
/// The time between two attempts to take the lock.
const RETRY: Duration = Duration::from_millis(250);
/// How long after a failed sign-in other programs do not start another one.
const COOL_DOWN: TimeDelta = TimeDelta::minutes(1);
/// The note while the holder waits for its user to sign in.
const ASKING: &str = "asking";

/// Another process holds the lock for too long, or waits for its user to sign in.
#[derive(Debug, thiserror::Error)]
#[error("another program is signing in")]
pub struct Busy;

/// The lock, held until dropped. `lock` is `None` where locking does not work.
#[derive(Debug)]
pub struct SignInLock {
    lock: Option<lock::Lock>,
    /// When a sign-in that another program started last failed.
    failed_at: Option<DateTime<Utc>>,
}

impl SignInLock {
    /// Waits for the lock. If the user can be asked here, waits as long as another process may wait for its user to sign in;
    /// if not, only as long as a renewal takes.
    ///
    /// # Errors
    /// Another process holds it for longer.
    pub fn acquire(
        locks: &store::Cache,
        what: &Path,
        interaction: Interaction,
        out: &Output,
    ) -> Result<Self, Busy> {
        let started = Instant::now();
        let longest = match interaction {
            Interaction::None => LONGEST_RENEWAL,
            Interaction::ThroughProgram(_) | Interaction::Direct(_) => {
                LONGEST_SIGN_IN + LONGEST_RENEWAL
            }
        };
        let mut told = false;
        loop {
            match locks.lock_edits_of(what, RETRY) {
                Ok(lock) => return Ok(Self::with(lock)),
                Err(lock::Error::Held { .. }) => {}
                Err(error) => {
                    out.detail(&format!("continuing without a lock: {error}"));
                    return Ok(SignInLock {
                        lock: None,
                        failed_at: None,
                    });
                }
            }
            let asking = locks.note_of_edits_of(what).as_deref() == Some(ASKING);
            if started.elapsed() > longest || (asking && interaction == Interaction::None) {
                return Err(Busy);
            }
            if asking && !told {
                out.note("Another apono-login process is waiting for you to sign in");
                told = true;
            }
        }
    }

    fn with(lock: lock::Lock) -> Self {
        let note = lock.note().unwrap_or_default();
        // The last holder was killed.
        if note == ASKING {
            let _ = lock.write_note("");
        }
        let failed_at = note.parse().ok().and_then(DateTime::from_timestamp_millis);
        SignInLock {
            lock: Some(lock),
            failed_at,
        }
    }

    /// Returns whether a sign-in that another program started failed less than a minute ago.
    pub fn cools_down(&self, now: DateTime<Utc>) -> bool {
        // A time in the future was written before the clock was set back.
        self.failed_at
            .is_some_and(|last| last <= now && now - last < COOL_DOWN)
    }

    /// Notes that the user is asked to sign in.
    pub fn ask(&self) {
        self.write(ASKING);
    }

    /// Notes the outcome. `failed_at` is when a sign-in that another program started failed.
    pub fn asked(&self, failed_at: Option<DateTime<Utc>>) {
        let note = failed_at.map(|at| at.timestamp_millis().to_string());
        self.write(&note.unwrap_or_default());
    }

    /// Writes the note. If that fails, other processes wait for the lock all the same.
    fn write(&self, note: &str) {
        if let Some(lock) = &self.lock {
            let _ = lock.write_note(note);
        }
    }
}
