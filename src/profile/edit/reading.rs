//! A config file as all tools read it: the line-by-line scan together with the SDK's own reading.
//!
//! An edit starts from one reading and ends with another, and the first verifies the second.

use std::collections::HashSet;
use std::error::Error as _;

use aws_config::profile::{self, ProfileSet};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::{Edit, Error, MAX_BYTES, Section};
use crate::profile::scan::{self, Entry, Kind, Problem, Scan};
use crate::sys;

/// A file that all AWS tools can read, with what they read.
pub struct Reading<'a> {
    pub text: &'a str,
    scan: Scan,
    set: ProfileSet,
}

impl<'a> Reading<'a> {
    pub fn new(file: &'a [u8]) -> Result<Self, Error> {
        if file.len() > MAX_BYTES {
            return Err(Error::TooLarge { bytes: file.len() });
        }
        let scan = Scan::new(file);
        if let Some(problem) = scan.fatal() {
            return Err(problem.into());
        }
        let unreadable = |message| Error::Unreadable { message };
        let text = str::from_utf8(file).map_err(|error| unreadable(error.to_string()))?;
        let set = sdk_reading(text).map_err(unreadable)?;
        Ok(Self { text, scan, set })
    }

    /// Returns the section of that name, if there is one.
    ///
    /// # Errors
    /// Not every tool finds it under that name, or there are two.
    pub fn section(&self, section: &Section) -> Result<Option<&scan::Section>, Problem> {
        let name = section.scanned();
        let sections = self.scan.sections.iter();
        let found: Vec<_> = sections
            .filter(|s| s.sdk == name || s.botocore == name)
            .collect();
        if let Some(odd) = found.iter().find(|s| s.sdk != s.botocore) {
            return Err(Problem {
                line: odd.line,
                kind: Kind::AmbiguousSection,
            });
        }
        match found[..] {
            [_, second, ..] => Err(Problem {
                line: second.line,
                kind: Kind::SecondDefault,
            }),
            _ => Ok(found.first().copied()),
        }
    }

    /// Returns the line ending of most lines.
    pub fn newline(&self) -> &'static str {
        let all = self.text.matches('\n').count();
        let windows = self.text.matches("\r\n").count();
        if windows * 2 > all { "\r\n" } else { "\n" }
    }

    /// Whether the entry has exactly this value.
    pub fn says(&self, entry: &Entry, value: &str) -> bool {
        entry.continuation.is_empty() && &self.text[entry.value.clone()] == value
    }

    /// Verifies that `after` reads as requested in the edited sections and as before everywhere else.
    pub fn verify(&self, after: &Reading<'_>, edits: &[Edit]) -> Result<(), Error> {
        let edited: HashSet<_> = edits
            .iter()
            .map(|edit| edit.section().to_string())
            .collect();
        let unfaithful = |section: String| Error::Unfaithful { section };
        for name in self.set.profiles().chain(after.set.profiles()) {
            let section = format!("profile {name}");
            let same = self.set.get_profile(name) == after.set.get_profile(name);
            if !same && !edited.contains(&section) {
                return Err(unfaithful(section));
            }
        }
        for name in self.set.sso_sessions().chain(after.set.sso_sessions()) {
            let section = format!("sso-session {name}");
            let same = self.set.sso_session(name) == after.set.sso_session(name);
            if !same && !edited.contains(&section) {
                return Err(unfaithful(section));
            }
        }
        if self.set.other_sections() != after.set.other_sections() {
            return Err(unfaithful("another section".to_owned()));
        }
        for edit in edits {
            if !self.is_faithful(after, edit)? {
                return Err(unfaithful(edit.section().to_string()));
            }
        }
        Ok(())
    }

    /// Whether `after` reads as requested in the section of this edit.
    fn is_faithful(&self, after: &Reading<'_>, edit: &Edit) -> Result<bool, Error> {
        let (section, keys) = (edit.section(), edit.keys());
        let found = after.section(section)?;
        for &(key, value) in &keys {
            let entry = found
                .map(|found| own_entry(found, key))
                .transpose()?
                .flatten();
            let botocore = match (entry, value) {
                (Some(entry), Some(value)) => after.says(entry, value),
                (entry, value) => entry.is_none() && value.is_none(),
            };
            if !botocore || after.get(section, key) != value {
                return Ok(false);
            }
        }
        let entries = self.section(section)?.map_or(&[][..], |ours| &ours.entries);
        let mut kept = entries
            .iter()
            .filter(|entry| keys.iter().all(|(key, _)| *key != entry.sdk));
        Ok(kept.all(|Entry { sdk: key, .. }| self.get(section, key) == after.get(section, key)))
    }

    fn get(&self, section: &Section, key: &str) -> Option<&str> {
        match section {
            Section::Profile(name) => self.set.get_profile(name.as_str())?.get(key),
            Section::SsoSession(name) => self.set.sso_session(name.as_str())?.get(key),
        }
    }
}

/// Returns the entry that sets `key`.
///
/// # Errors
/// Not every tool reads it as that key.
pub fn own_entry<'a>(section: &'a scan::Section, key: &str) -> Result<Option<&'a Entry>, Problem> {
    let entry = section
        .entries
        .iter()
        .find(|entry| entry.sdk == key || entry.botocore == key);
    match entry {
        Some(entry) if entry.sdk != entry.botocore => Err(Problem {
            line: entry.line,
            kind: Kind::AmbiguousKey,
        }),
        entry => Ok(entry),
    }
}

/// Returns the SDK's reading of a config file held in memory.
pub fn sdk_reading(text: &str) -> Result<ProfileSet, String> {
    let files = EnvConfigFiles::builder()
        .with_contents(EnvConfigFileKind::Config, text)
        .build();
    let (fs, env) = (Fs::from_slice(&[]), Env::from_slice(&[]));
    // Contents in memory never wait.
    let read = sys::ready(profile::load(&fs, &env, &files, None));
    let read = read.ok_or_else(|| "the parser did not finish".to_owned())?;
    read.map_err(|error| error.source().unwrap_or(&error).to_string())
}
