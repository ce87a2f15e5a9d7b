//! Whose turn it is to renew a sign-in, or to ask for one: one process at a time, and a word in the lock's file for those who wait.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::interaction::{Interaction, LONGEST_SIGN_IN};
use crate::output::Output;
use crate::store;
use crate::sys::lock;

/// How long another process may take to renew the token without its person.
const LONGEST_RENEWAL: Duration = Duration::from_secs(45);
/// From one look at the lock to the next.
const GLANCE: Duration = Duration::from_millis(250);
/// After a sign-in that failed, nobody is disturbed by another program for as long.
const COOL_DOWN: TimeDelta = TimeDelta::minutes(1);
/// The word while a person is waited for.
const ASKING: &str = "asking";

/// Another process is at it, and has been for long, or waits for its person.
#[derive(Debug, thiserror::Error)]
#[error("another program is signing in")]
pub struct Busy;

/// Held until dropped. Without a lock where none can be had.
#[derive(Debug)]
pub struct SignInLock {
    lock: Option<lock::Lock>,
    /// When a program's person last did not sign in.
    failed_at: Option<DateTime<Utc>>,
}

impl SignInLock {
    /// Waits for the turn: as long as it takes somebody else's person to sign in, where one is here as well; else only for
    /// renewals.
    ///
    /// # Errors
    /// Somebody else has it for too long.
    pub fn acquire(
        locks: &store::Cache,
        what: &Path,
        interaction: Interaction,
        out: &Output,
    ) -> Result<Self, Busy> {
        let started = Instant::now();
        let longest = match interaction {
            Interaction::None => LONGEST_RENEWAL,
            Interaction::ThroughProgram(_) | Interaction::Direct(_) => LONGEST_SIGN_IN + LONGEST_RENEWAL,
        };
        let mut told = false;
        loop {
            match locks.lock_edits_of(what, GLANCE) {
                Ok(lock) => return Ok(Self::with(lock)),
                Err(lock::Error::Held { .. }) => {}
                Err(error) => {
                    out.detail(&format!("going on without a lock: {error}"));
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
                out.note("Another apono-login is waiting for you to sign in");
                told = true;
            }
        }
    }

    fn with(lock: lock::Lock) -> Self {
        let note = lock.note().unwrap_or_default();
        // Its last holder was killed.
        if note == ASKING {
            let _ = lock.write_note("");
        }
        let failed_at = note.parse().ok().and_then(DateTime::from_timestamp_millis);
        SignInLock {
            lock: Some(lock),
            failed_at,
        }
    }

    /// A person did not sign in less than a minute ago.
    pub fn cools_down(&self, now: DateTime<Utc>) -> bool {
        // A time to come was written by a clock that has been set since.
        self.failed_at
            .is_some_and(|last| last <= now && now - last < COOL_DOWN)
    }

    /// Tells the others that a person is asked.
    pub fn ask(&self) {
        self.write(ASKING);
    }

    /// And what came of it: `failed_at` is when the person of a program did not sign in.
    pub fn asked(&self, failed_at: Option<DateTime<Utc>>) {
        let note = failed_at.map(|at| at.timestamp_millis().to_string());
        self.write(&note.unwrap_or_default());
    }

    /// Nobody can be told where it cannot be written: then they wait.
    fn write(&self, note: &str) {
        if let Some(lock) = &self.lock {
            let _ = lock.write_note(note);
        }
    }
}
