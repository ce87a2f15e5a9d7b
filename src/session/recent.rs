//! The last failure to get credentials for a program, or ahead of their expiry. Programs with a window hide what their plugins
//! print, so `status` and `doctor` show it until credentials are got again.
//!
//! A failure to reach AWS is also shared: for some seconds, other programs that need the same credentials get it at once. kubectl
//! runs its plugin five times in a row before it gives up, and would wait for a silent server each time.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Caller, Request, Session};
use crate::failure::command::Command;
use crate::failure::{Failure, Kind};
use crate::output;
use crate::store::Note;

/// How long a failure is shared: long enough for all runs of one kubectl, and short enough for a network that comes back.
const SHARED: TimeDelta = TimeDelta::seconds(10);
/// How long a failure with other config files is shown.
const SHOWN: TimeDelta = TimeDelta::days(1);
/// The longest line that is kept, in characters, and the largest number of causes and of hints.
const MAX_LINE: usize = 500;
const MAX_LINES: usize = 5;

/// The failure, as it is stored. It holds what is printed for it, without the texts of other programs: no secrets.
#[derive(Serialize, Deserialize)]
struct Recent {
    /// Milliseconds since the Unix epoch.
    at: i64,
    /// The fingerprint of all that the failure depended on. `None` if it is not shared.
    of: Option<String>,
    /// The command that failed.
    #[serde(default)]
    command: String,
    #[serde(default)]
    profile: String,
    /// The AWS config file.
    #[serde(default)]
    config: String,
    error: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

/// The last failure, as it is shown. Fields are part of the interface: add, do not rename.
#[derive(Debug, Serialize)]
pub struct LastFailure {
    #[serde(serialize_with = "super::status::instant")]
    pub at: DateTime<Utc>,
    /// The command that failed, such as `get-token`.
    pub command: String,
    /// The AWS config file that it used, if that is another one than here.
    pub config_file: Option<String>,
    #[serde(skip)]
    profile: String,
    pub error: String,
    pub causes: Vec<String>,
    pub hints: Vec<String>,
}

impl LastFailure {
    /// Returns it in one line.
    pub fn line(&self) -> String {
        let (at, command) = (output::at(self.at), &self.command);
        let config = self.config_file.as_ref();
        let config = config.map(|file| format!(" with config file {file}"));
        let cause = self.causes.first().map(|cause| format!(" ({cause})"));
        let hint = match &self.config_file {
            // Of a program that does not have the variables of this shell.
            Some(_) => {
                let doctor = match self.profile.parse() {
                    Ok(profile) => Command::new("doctor").profile(&profile),
                    Err(_) => Command::new("doctor"),
                };
                Some(format!("{}, which checks what kubectl gets", doctor.run()))
            }
            None => self.hints.first().cloned(),
        };
        let hint = hint.map(|hint| format!("; {hint}"));
        let [config, cause, hint] = [config, cause, hint].map(Option::unwrap_or_default);
        format!("{at}, {command}{config}: {}{cause}{hint}", self.error)
    }
}

impl Session<'_> {
    /// # Errors
    /// The last failure, if the request shares it, it was shared a moment ago, and neither the environment nor the config files
    /// have changed.
    pub(super) fn shared_failure(&self, request: Request<'_>) -> Result<(), Failure> {
        let shares = matches!(request.caller, Caller::Program(_));
        match self.recent_failure().filter(|_| shares) {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }

    fn recent_failure(&self) -> Option<Failure> {
        let recent = read(&self.cache.note(&self.slot, Note::Failure)?)?;
        let ago = self.context.now() - DateTime::<Utc>::from_timestamp_millis(recent.at)?;
        // A time in the future was written before the clock was set back.
        let is_recent = ago >= TimeDelta::zero() && ago < SHARED;
        if !is_recent || recent.of? != self.fingerprint_of_requests() {
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

    /// Keeps a failure that no user sees, and shares one that another attempt may not have. The failure of a command that a user
    /// typed ends the sharing.
    pub(super) fn keep_failure(&self, request: Request<'_>, failure: &Failure) {
        let (command, is_shared) = match request.caller {
            Caller::User => return self.end_sharing(),
            // Where every sign-in takes a user, this is no news.
            Caller::Background if failure.kind == Kind::SignInNeeded => return,
            Caller::Background => ("background renewal", false),
            Caller::Program(command) => (command, failure.kind == Kind::Network),
        };
        let kept = |lines: &[String]| {
            let lines = lines.iter().take(MAX_LINES);
            lines.map(|line| bounded(&failure.to_store(line))).collect()
        };
        self.put_failure(&Recent {
            at: self.context.now().timestamp_millis(),
            of: is_shared.then(|| self.fingerprint_of_requests()),
            command: command.to_owned(),
            profile: self.context.profile.to_string(),
            config: self.config.display().to_string(),
            error: bounded(&failure.to_store(&failure.error)),
            causes: kept(&failure.causes),
            hints: kept(&failure.hints),
        });
    }

    fn end_sharing(&self) {
        let note = self.cache.note(&self.slot, Note::Failure);
        if let Some(recent) = note.and_then(|note| read(&note))
            && recent.of.is_some()
        {
            self.put_failure(&Recent { of: None, ..recent });
        }
    }

    fn put_failure(&self, recent: &Recent) {
        // Where nothing can be written, `status` and `doctor` find that out themselves.
        if let Ok(bytes) = serde_json::to_vec(recent) {
            self.cache.put_note(&self.slot, Note::Failure, &bytes);
        }
    }

    /// Deletes what is kept of failures of this profile, with these config files and with others.
    pub(super) fn forget_failures(&self) {
        self.cache.forget_note(&self.slot, Note::Failure);
        for (slot, note) in self.cache.notes(Note::Failure) {
            if read(&note).is_some_and(|recent| recent.profile == self.context.profile.as_str()) {
                self.cache.forget_note(&slot, Note::Failure);
            }
        }
    }

    /// Returns the last failure that no user saw, if no credentials have been got since then: with these config files, else with
    /// others, as of programs that do not have the variables of this shell.
    pub fn last_failure(&self) -> Option<LastFailure> {
        let own = self.cache.note(&self.slot, Note::Failure);
        if let Some(recent) = own.and_then(|note| read(&note)) {
            return recent.shown(None);
        }
        let now = self.context.now();
        let others = self.cache.notes(Note::Failure).into_iter();
        let others = others.filter_map(|(_, note)| read(&note)).filter(|recent| {
            let age = now.timestamp_millis().saturating_sub(recent.at);
            recent.profile == self.context.profile.as_str() && age < SHOWN.num_milliseconds()
        });
        let last = others.max_by_key(|recent| recent.at)?;
        let config = last.config.clone();
        last.shown(Some(config))
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

impl Recent {
    fn shown(self, config_file: Option<String>) -> Option<LastFailure> {
        Some(LastFailure {
            at: DateTime::from_timestamp_millis(self.at)?,
            command: match self.command.is_empty() {
                // Of an older version.
                true => "get-token".to_owned(),
                false => self.command,
            },
            config_file,
            profile: self.profile,
            error: self.error,
            causes: self.causes,
            hints: self.hints,
        })
    }
}

fn read(note: &[u8]) -> Option<Recent> {
    serde_json::from_slice(note).ok()
}

fn bounded(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
