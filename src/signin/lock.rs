//! The lock under which a sign-in is renewed or asked for: one process at a time. A note in the lock file tells waiting
//! processes what its holder does.

use std::cell::RefCell;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

use super::interaction::{Interaction, LONGEST_SIGN_IN};
use crate::output::Output;
use crate::sys::{file, lock};

/// How long to wait for another process that renews the sign-in without asking its user. It is part of the time that a refresh
/// without a user may take.
const LONGEST_RENEWAL: Duration = Duration::from_secs(15);
/// The time between two attempts to take the lock.
const RETRY: Duration = Duration::from_millis(250);
/// How long after a failed sign-in other programs do not start another one.
const COOL_DOWN: TimeDelta = TimeDelta::minutes(1);
/// The word in a note while the holder waits for its user to sign in.
const ASKING: &str = "asking";
/// The start of the word for a sign-in that failed; its time in milliseconds follows.
const FAILED: &str = "failed:";
/// The start of the word for a refresh token that AWS rejected; its fingerprint follows.
const REJECTED: &str = "rejected:";

/// Why the user is not asked to sign in.
#[derive(Debug, thiserror::Error)]
pub enum NotAsked {
    /// The user cannot be asked. `ended` is when what the last sign-in gave expired.
    #[error("not signed in")]
    SignedOut { ended: Option<DateTime<Utc>> },
    /// Another program asks again, shortly after a sign-in failed.
    #[error("the last sign-in failed less than a minute ago")]
    CoolingDown,
    /// Another process has the lock, and waits for its user to sign in.
    #[error("another program is signing in")]
    Asking,
    /// Another process has the lock, and has been renewing the sign-in for too long.
    #[error("another program has been renewing the sign-in for more than {} seconds", LONGEST_RENEWAL.as_secs())]
    Renewing,
}

/// The lock, held until dropped. `lock` is `None` where locking does not work.
#[derive(Debug)]
pub struct SignInLock {
    lock: Option<lock::Lock>,
    note: RefCell<Note>,
}

/// What processes note for those that take the lock after them, in words. No note is JSON: `aws sso logout` reads every file in
/// the folder of the SSO tokens, and fails for JSON that is not an object.
#[derive(Debug, Default)]
struct Note {
    asking: bool,
    /// When a sign-in that another program started last failed.
    failed_at: Option<DateTime<Utc>>,
    /// The fingerprint of the refresh token that AWS rejected.
    rejected: Option<String>,
}

impl Note {
    fn parse(text: &str) -> Self {
        let mut note = Note::default();
        for word in text.split_whitespace() {
            if word == ASKING {
                note.asking = true;
            } else if let Some(millis) = word.strip_prefix(FAILED) {
                let millis = millis.parse().ok();
                note.failed_at = millis.and_then(DateTime::from_timestamp_millis);
            } else if let Some(fingerprint) = word.strip_prefix(REJECTED) {
                note.rejected = Some(fingerprint.to_owned());
            }
        }
        note
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asking = self.asking.then(|| ASKING.to_owned());
        let failed_at = self.failed_at;
        let failed_at = failed_at.map(|at| format!("{FAILED}{}", at.timestamp_millis()));
        let rejected = self.rejected.as_ref().map(|of| format!("{REJECTED}{of}"));
        let words: Vec<_> = [asking, failed_at, rejected]
            .into_iter()
            .flatten()
            .collect();
        f.write_str(&words.join(" "))
    }
}

impl SignInLock {
    /// Waits for the lock at this path. If the user can be asked here, waits as long as another process may wait for its user to sign in;
    /// if not, only as long as a renewal takes.
    ///
    /// # Errors
    /// Another process holds it for longer.
    pub fn acquire(path: &Path, interaction: Interaction, out: &Output) -> Result<Self, NotAsked> {
        let started = Instant::now();
        let longest = match interaction {
            Interaction::None => LONGEST_RENEWAL,
            Interaction::ThroughProgram(_) | Interaction::Direct(_) => {
                LONGEST_SIGN_IN + LONGEST_RENEWAL
            }
        };
        let mut told = false;
        loop {
            match lock::sidecar(path, RETRY) {
                Ok(lock) => return Ok(Self::with(lock)),
                Err(lock::Error::Held { .. }) => {}
                Err(error) => {
                    out.detail(&format!("continuing without a lock: {error}"));
                    return Ok(SignInLock {
                        lock: None,
                        note: RefCell::default(),
                    });
                }
            }
            let note = file::read(path, lock::MAX_NOTE).ok().flatten();
            let note = note.and_then(|note| String::from_utf8(note).ok());
            let asking = note.is_some_and(|note| Note::parse(&note).asking);
            if asking && interaction == Interaction::None {
                return Err(NotAsked::Asking);
            }
            if started.elapsed() > longest {
                return Err(match asking {
                    true => NotAsked::Asking,
                    false => NotAsked::Renewing,
                });
            }
            if asking && !told {
                out.note("Another apono-login process is waiting for you to sign in");
                told = true;
            }
        }
    }

    fn with(lock: lock::Lock) -> Self {
        let note = Note::parse(&lock.note().unwrap_or_default());
        let killed = note.asking;
        let this = SignInLock {
            lock: Some(lock),
            note: note.into(),
        };
        // The last holder was killed while it asked.
        if killed {
            this.change(|note| note.asking = false);
        }
        this
    }

    /// Returns whether a sign-in that another program started failed less than a minute ago.
    pub fn cools_down(&self, now: DateTime<Utc>) -> bool {
        // A time in the future was written before the clock was set back.
        let failed_at = self.note.borrow().failed_at;
        failed_at.is_some_and(|last| last <= now && now - last < COOL_DOWN)
    }

    /// Notes that the user is asked to sign in.
    pub fn ask(&self) {
        self.change(|note| note.asking = true);
    }

    /// Notes the outcome. `failed_at` is when a sign-in that another program started failed.
    pub fn asked(&self, failed_at: Option<DateTime<Utc>>) {
        self.change(|note| (note.asking, note.failed_at) = (false, failed_at));
    }

    /// Returns whether an earlier holder noted that AWS rejects the refresh token with this fingerprint.
    pub fn was_rejected(&self, fingerprint: &str) -> bool {
        self.note.borrow().rejected.as_deref() == Some(fingerprint)
    }

    /// Notes that AWS rejects the refresh token with this fingerprint.
    pub fn rejected(&self, fingerprint: String) {
        self.change(|note| note.rejected = Some(fingerprint));
    }

    /// Changes the note. If that fails, other processes wait for the lock all the same.
    fn change(&self, change: impl FnOnce(&mut Note)) {
        change(&mut self.note.borrow_mut());
        if let Some(lock) = &self.lock {
            let _ = lock.write_note(&self.note.borrow().to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_fits_and_comes_back_and_is_not_json() {
        let full = Note {
            asking: true,
            failed_at: DateTime::from_timestamp_millis(1_800_000_000_000),
            rejected: Some("0123456789abcdef".into()),
        };
        let text = full.to_string();
        assert_eq!(
            text,
            "asking failed:1800000000000 rejected:0123456789abcdef"
        );
        assert!(text.len() as u64 <= lock::MAX_NOTE);
        for text in [text.as_str(), "", "asking", "failed:1", "rejected:a"] {
            assert_eq!(Note::parse(text).to_string(), text);
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err());
        }
        assert_eq!(
            Note::parse("\0 soon failed:9e99 1800000000000").to_string(),
            ""
        );
    }
}
