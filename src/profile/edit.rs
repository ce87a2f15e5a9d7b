//! Edits the text of `~/.aws/config`: changes some keys of some sections and no other byte.
//!
//! Bytes in, bytes out: the caller reads, locks and replaces the file. The text around the edit is copied, never generated
//! again, so comments, order, blank lines and line endings are kept. A file that AWS tools reject or read differently (see
//! [`scan`]) is refused. The result is read again with the SDK's own parser before it is returned: every other profile must
//! read as before, and the edited ones as requested.

mod reading;

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use super::scan::{self, Entry, Kind, Name, Problem};
use crate::names::ProfileName;
use reading::{Reading, own_entry};

/// Size of the largest file that is edited, in bytes. A usual config file has some hundred lines.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// A section of the config file. It is found under every spelling that all tools read as this name, such as `[profile  a]`
/// (two spaces), and written in the usual one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// `[profile NAME]`; for `default`, `[default]` if it has to be written.
    Profile(ProfileName),
    /// `[sso-session NAME]`
    SsoSession(ProfileName),
}

/// What becomes of one section. Each key is given once, and new keys are written in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Sets the keys that have a value, and removes the others. A missing section is appended after one blank line if there is
    /// a value.
    Set {
        section: Section,
        keys: Vec<(&'static str, Option<String>)>,
    },
    /// Appends a new section. One that has these values already is kept: another run may have just written it.
    Add {
        section: Section,
        keys: Vec<(&'static str, String)>,
    },
    /// Removes the keys, and the section with the blank line before it if it had no other keys and no comments.
    Remove { section: Section, keys: Vec<String> },
}

/// Why an edit is refused. Line numbers count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// AWS tools reject the file or read it differently.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// More than [`MAX_BYTES`].
    #[error("the file has {bytes} bytes; at most {MAX_BYTES} are supported")]
    TooLarge { bytes: usize },
    /// The SDK's parser rejects the file for another reason.
    #[error("the AWS SDK cannot read the file: {message}")]
    Unreadable { message: String },
    /// A section to add is there: another program may have just written it.
    #[error("a section with the name {section} exists and has other keys")]
    Exists { section: Section },
    /// A key that AWS tools read differently, or one that is given twice.
    #[error("invalid key {key:?}: AWS tools read it differently")]
    Key { key: String },
    /// A value that AWS tools read differently. It is not shown, as it may be a secret.
    #[error("invalid value of `{key}`: AWS tools read it differently")]
    Value { key: String },
    /// The edited file would not read as it must: a bug in this module.
    #[error("the edit would change how AWS tools read {section}")]
    Unfaithful { section: String },
}

/// Returns the file after the edits: the same bytes if nothing differs. It is read once before them and once after; an edit of
/// a section that an earlier one edits begins with another reading. Missing sections are appended in the order of the edits.
///
/// # Errors
/// Any [`Error`]; the file must then not be changed.
pub fn apply(file: &[u8], edits: &[Edit]) -> Result<Vec<u8>, Error> {
    let mut sections = HashSet::new();
    if let Some(again) = edits.iter().position(|one| !sections.insert(one.section())) {
        let (first, rest) = edits.split_at(again);
        return apply(&apply(file, first)?, rest);
    }
    let before = Reading::new(file, edits)?;
    let mut splices = Vec::new();
    let mut appended = String::new();
    for edit in edits {
        check_keys(&edit.keys())?;
        match before.section(edit.section())? {
            Some(found) => splices.extend(before.splices(found, edit)?),
            None => appended += &before.appendix(edit),
        }
    }
    splices.push((file.len()..file.len(), appended));
    before.splice(splices, edits)
}

/// Returns the edits of sections that the file has. A profile that only the credentials file has gets no section by a record.
pub fn of_existing(file: &[u8], mut edits: Vec<Edit>) -> Vec<Edit> {
    let scan = scan::Scan::new(file);
    edits.retain(|edit| {
        let mut sections = scan.sections.iter();
        sections.any(|of| of.sdk == edit.section().scanned())
    });
    edits
}

/// The bytes to replace, and the whole lines (or nothing) that replace them.
type Splice = (Range<usize>, String);

/// Composing the edit.
impl Reading<'_> {
    /// Returns what the edit does to a section that exists.
    fn splices(&self, found: &scan::Section<'_>, edit: &Edit) -> Result<Vec<Splice>, Error> {
        let newline = self.newline();
        let mut splices = Vec::new();
        let mut added = String::new();
        let entries = found.entries(self.text);
        let mut left = entries.len();
        for (key, value) in edit.keys() {
            match (own_entry(&entries, key)?, value) {
                (Some(entry), Some(value)) if self.says(entry, value) => {}
                (Some(entry), Some(value)) => {
                    let start = entry.span.start;
                    splices.push((start..start, self.assignment(entry, value)));
                    splices.extend(self.deletion(entry)?);
                }
                (Some(entry), None) => {
                    splices.extend(self.deletion(entry)?);
                    left -= 1;
                }
                (None, Some(value)) => added += &format!("{key} = {value}{newline}"),
                (None, None) => {}
            }
        }
        let end = entries.last().map_or(found.header.end, Entry::end);
        match edit {
            Edit::Add { section, .. } if !splices.is_empty() || !added.is_empty() => {
                let section = section.clone();
                return Err(Error::Exists { section });
            }
            Edit::Remove { .. }
                if left == 0 && !splices.is_empty() && found.has_only(&entries, self.text) =>
            {
                return Ok(vec![(self.separator(found)..end, String::new())]);
            }
            _ => splices.push((end..end, added)),
        }
        Ok(splices)
    }

    /// Returns a whole section to append to the file, after a blank line; empty if there is nothing to set.
    fn appendix(&self, edit: &Edit) -> String {
        let newline = self.newline();
        let keys = edit.keys();
        let set = keys.iter().filter_map(|&(key, value)| Some((key, value?)));
        let lines: String = set
            .map(|(key, value)| format!("{key} = {value}{newline}"))
            .collect();
        let header = edit.section().header();
        if lines.is_empty() {
            lines
        } else {
            format!("{newline}{header}{newline}{lines}")
        }
    }

    /// Returns the deletion of the key's line and of those that continue it.
    ///
    /// # Errors
    /// There is a comment that the SDKs read as part of the value: it would be deleted, though it is the user's.
    fn deletion(&self, entry: &Entry<'_>) -> Result<Vec<Splice>, Problem> {
        if let Some(line) = entry.comment {
            let kind = Kind::IndentedComment;
            return Err(Problem { line, kind });
        }
        let lines = std::iter::once(&entry.span).chain(&entry.continuation);
        Ok(lines.map(|line| (line.clone(), String::new())).collect())
    }

    /// Returns the key's line with another value, in its own spelling, spacing and line ending.
    fn assignment(&self, entry: &Entry<'_>, value: &str) -> String {
        let line = &self.text[entry.span.clone()];
        let old = &self.text[entry.value.clone()];
        let before = &self.text[entry.span.start..entry.value.start];
        let bare = old.is_empty() && before.ends_with(" =");
        let gap = if bare { " " } else { "" };
        let ending = &line[line.trim_end_matches(['\r', '\n']).len()..];
        format!("{before}{gap}{value}{ending}")
    }

    /// Returns the start of the blank line before the section, or of the section if there is none.
    fn separator(&self, section: &scan::Section<'_>) -> usize {
        let start = section.header.start;
        let before = &self.text[..start];
        let blank = if before.ends_with("\r\n") { 2 } else { 1 };
        let above = &before[..start.saturating_sub(blank)];
        if above.ends_with('\n') {
            above.len()
        } else {
            start
        }
    }

    /// Applies the splices, then reads and verifies the result.
    fn splice(&self, mut splices: Vec<Splice>, edits: &[Edit]) -> Result<Vec<u8>, Error> {
        // Stable: what is appended to the file stays behind what is added to its last section. A section that is removed begins
        // where the keys that are added to the one above it go.
        splices.sort_by_key(|(range, _)| (range.start, range.end));
        let mut text = String::with_capacity(self.text.len() + 1024);
        let mut copied = 0;
        for (range, replacement) in splices {
            text += &self.text[copied..range.start];
            if !replacement.is_empty() && !text.is_empty() && !text.ends_with('\n') {
                text += self.newline();
            }
            text += &replacement;
            copied = range.end;
        }
        text += &self.text[copied..];
        // Nothing is separated from the start of the file: the sections that began it are gone.
        let begins_blank = |text: &str| text.starts_with('\n') || text.starts_with("\r\n");
        if begins_blank(&text) && !begins_blank(self.text) {
            text.drain(..=text.find('\n').unwrap_or_default());
        }
        self.verify(&Reading::new(text.as_bytes(), edits)?, edits)?;
        Ok(text.into_bytes())
    }
}

impl Edit {
    pub fn section(&self) -> &Section {
        let (Edit::Set { section, .. } | Edit::Add { section, .. } | Edit::Remove { section, .. }) =
            self;
        section
    }

    /// Returns each key with its new value; `None` if it is to be removed.
    pub fn keys(&self) -> Vec<(&str, Option<&str>)> {
        match self {
            Edit::Set { keys, .. } => keys.iter().map(|(k, v)| (*k, v.as_deref())).collect(),
            Edit::Add { keys, .. } => keys.iter().map(|(k, v)| (*k, Some(v.as_str()))).collect(),
            Edit::Remove { keys, .. } => keys.iter().map(|key| (key.as_str(), None)).collect(),
        }
    }
}

impl Section {
    /// Returns the name as the scan reads it.
    pub fn scanned(&self) -> Name<'_> {
        match self {
            Self::Profile(name) => Name::Profile(name.as_str().into()),
            Self::SsoSession(name) => Name::SsoSession(name.as_str().into()),
        }
    }

    fn header(&self) -> String {
        match self {
            Self::Profile(name) if name.as_str() == "default" => "[default]".to_owned(),
            named => format!("[{named}]"),
        }
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::SsoSession(name) => write!(f, "sso-session {name}"),
        }
    }
}

/// Accepts only keys that both readers keep unchanged, each once, and values that neither reader cuts at a comment, trims or
/// splits into lines.
fn check_keys(keys: &[(&str, Option<&str>)]) -> Result<(), Error> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.');
    for (index, &(key, value)) in keys.iter().enumerate() {
        let twice = keys[..index].iter().any(|(earlier, _)| *earlier == key);
        if key.is_empty() || !key.bytes().all(plain) || twice {
            return Err(Error::Key {
                key: key.to_owned(),
            });
        }
        if value.is_some_and(|value| !reads_as_written(value)) {
            return Err(Error::Value {
                key: key.to_owned(),
            });
        }
    }
    Ok(())
}

fn reads_as_written(value: &str) -> bool {
    let breaks_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    !value.is_empty()
        && value == value.trim()
        && !value.contains(breaks_line)
        && !value.starts_with(['#', ';'])
        && scan::inline_comment(value).is_none()
}

#[cfg(test)]
pub mod laws;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
