//! A config file as all tools read it: the line-by-line scan together with the SDK's own reading.
//!
//! An edit starts from one reading and ends with another, and the first verifies the second.

use std::collections::{HashMap, HashSet};

use super::{Edit, Error, MAX_BYTES, Section};
use crate::profile::profiles::Profiles;
use crate::profile::scan::{self, Entry, Kind, Name, Problem, Scan};

/// A file that all AWS tools can read, with what they read.
pub struct Reading<'a> {
    pub text: &'a str,
    /// The sections that at least one tool finds under the name of an edited one.
    found: HashMap<Name<'a>, Vec<scan::Section<'a>>>,
    pub profiles: Profiles,
}

impl<'a> Reading<'a> {
    /// Reads a file before or after these edits.
    pub fn new(file: &'a [u8], edits: &'a [Edit]) -> Result<Self, Error> {
        if file.len() > MAX_BYTES {
            return Err(Error::TooLarge { bytes: file.len() });
        }
        let scan = Scan::new(file);
        if let Some(problem) = scan.fatal() {
            return Err(problem.into());
        }
        let unreadable = |message| Error::Unreadable { message };
        let text = str::from_utf8(file).map_err(|error| unreadable(error.to_string()))?;
        let profiles = Profiles::new([text.to_owned(), String::new()]);
        let names = edits.iter().map(|edit| edit.section().scanned());
        let mut found: HashMap<_, _> = names.map(|name| (name, Vec::new())).collect();
        for section in scan.sections {
            // An ambiguous one is an error under either name, so one of them is enough.
            let name = [&section.sdk, &section.botocore];
            let name = name.into_iter().find(|name| found.contains_key(*name));
            if let Some(sections) = name.cloned().and_then(|name| found.get_mut(&name)) {
                sections.push(section);
            }
        }
        Ok(Self {
            text,
            found,
            profiles: profiles.map_err(|rejected| unreadable(rejected.message))?,
        })
    }

    /// Returns the section of that name, if there is one.
    ///
    /// # Errors
    /// Not every tool finds it under that name, or there are two.
    pub fn section<'s>(
        &'s self,
        section: &'s Section,
    ) -> Result<Option<&'s scan::Section<'s>>, Problem> {
        let found = self.found.get(&section.scanned());
        let found = found.map_or(&[][..], Vec::as_slice);
        if let Some(odd) = found.iter().find(|s| s.sdk != s.botocore) {
            return Err(Problem {
                line: odd.line,
                kind: Kind::AmbiguousSection,
            });
        }
        match found {
            [_, second, ..] => Err(Problem {
                line: second.line,
                kind: Kind::SecondDefault,
            }),
            _ => Ok(found.first()),
        }
    }

    /// Returns the line ending of most lines.
    pub fn newline(&self) -> &'static str {
        let all = self.text.matches('\n').count();
        let windows = self.text.matches("\r\n").count();
        if windows * 2 > all { "\r\n" } else { "\n" }
    }

    /// Whether the entry has exactly this value.
    pub fn says(&self, entry: &Entry<'_>, value: &str) -> bool {
        entry.continuation.is_empty() && &self.text[entry.value.clone()] == value
    }

    /// Verifies that `after` reads as requested in the edited sections and as before everywhere else.
    pub fn verify(&self, after: &Reading<'_>, edits: &[Edit]) -> Result<(), Error> {
        let edited: HashSet<_> = edits.iter().map(|edit| edit.section().scanned()).collect();
        let unfaithful = |section: String| Error::Unfaithful { section };
        let (before, now) = (&self.profiles, &after.profiles);
        for name in before.differing(now) {
            if !edited.contains(&Name::Profile(name.into())) {
                return Err(unfaithful(format!("profile {name}")));
            }
        }
        for name in before.sso_sessions().chain(now.sso_sessions()) {
            let same = before.sso_session(name) == now.sso_session(name);
            if !same && !edited.contains(&Name::SsoSession(name.into())) {
                return Err(unfaithful(format!("sso-session {name}")));
            }
        }
        if before.other_sections() != now.other_sections() {
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
        let found = found.map_or_else(Vec::new, |found| found.entries(after.text));
        for &(key, value) in &keys {
            let botocore = match (own_entry(&found, key)?, value) {
                (Some(entry), Some(value)) => after.says(entry, value),
                (entry, value) => entry.is_none() && value.is_none(),
            };
            if !botocore || after.get(section, key) != value {
                return Ok(false);
            }
        }
        let ours = self.section(section)?;
        let ours = ours.map_or_else(Vec::new, |ours| ours.entries(self.text));
        let mut kept = ours
            .iter()
            .filter(|entry| keys.iter().all(|(key, _)| *key != entry.sdk));
        Ok(kept.all(|Entry { sdk: key, .. }| self.get(section, key) == after.get(section, key)))
    }

    fn get(&self, section: &Section, key: &str) -> Option<&str> {
        match section {
            Section::Profile(name) => self.profiles.get_profile(name.as_str())?.get(key),
            Section::SsoSession(name) => self.profiles.sso_session(name.as_str())?.get(key),
        }
    }
}

/// Returns the entry that sets `key`.
///
/// # Errors
/// Not every tool reads it as that key.
pub fn own_entry<'e, 'a>(
    entries: &'e [Entry<'a>],
    key: &str,
) -> Result<Option<&'e Entry<'a>>, Problem> {
    let mut entries = entries.iter();
    match entries.find(|entry| entry.sdk == key || entry.botocore == key) {
        Some(entry) if entry.sdk != entry.botocore => Err(Problem {
            line: entry.line,
            kind: Kind::AmbiguousKey,
        }),
        entry => Ok(entry),
    }
}
