//! Edits the text of `~/.aws/config`: changes some keys of one section and no other byte.
//!
//! Bytes in, bytes out: the caller reads, locks and replaces the file. The text around the edit is copied, never generated
//! again, so comments, order, blank lines and line endings are kept. A file that AWS tools reject or read differently (see
//! [`scan`]) is refused. The result is read again with the SDK's own parser before it is returned: every other profile must
//! read as before, and the edited one as requested.

mod reading;

use std::ops::Range;

use super::scan::{self, Entry, Kind, Name, Problem};
use reading::{Reading, own_entry};

/// Size of the largest file that is edited, in bytes. A usual config file has some hundred lines.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// A section of the config file. It is found under every spelling that all tools read as this name, such as `[profile  a]`
/// (two spaces), and written in the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section<'a> {
    /// `[profile NAME]`; for `default`, `[default]` if it has to be written.
    Profile(&'a str),
    /// `[sso-session NAME]`
    SsoSession(&'a str),
}

/// `Some(value)` sets the key, `None` removes it. New keys are written in this order.
pub type Keys<'a> = &'a [(&'a str, Option<&'a str>)];

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
    /// A section name that AWS tools read differently.
    #[error("invalid section name {name:?}: AWS tools read it differently")]
    Name { name: String },
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

/// What becomes of one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit<'a> {
    pub section: Section<'a>,
    /// Each key once.
    pub keys: Vec<(&'a str, Option<&'a str>)>,
    /// Removes the section too, with the blank line that was put before it, if these keys are removed and it has no others and
    /// no comments.
    pub removes_empty: bool,
}

/// Returns the file with the section's keys set: the same bytes if nothing differs. A missing section is appended after one
/// blank line if a value is to be set.
///
/// # Errors
/// Any [`Error`]; the file must then not be changed.
pub fn set(file: &[u8], section: Section<'_>, keys: Keys<'_>) -> Result<Vec<u8>, Error> {
    let (keys, removes_empty) = (keys.to_vec(), false);
    apply(
        file,
        &[Edit {
            section,
            keys,
            removes_empty,
        }],
    )
}

/// Returns the file without the keys `ours` of the section. A section that held nothing else is removed with the blank line
/// that [`set`] put before it; a section with other keys or comments is kept.
///
/// # Errors
/// Any [`Error`]; the file must then not be changed.
pub fn remove(file: &[u8], section: Section<'_>, ours: &[&str]) -> Result<Vec<u8>, Error> {
    let (keys, removes_empty) = (ours.iter().map(|&key| (key, None)).collect(), true);
    apply(
        file,
        &[Edit {
            section,
            keys,
            removes_empty,
        }],
    )
}

/// Applies edits of different sections, with one reading before them and one after. Missing sections are appended in the order
/// of the edits.
///
/// # Errors
/// Any [`Error`]; the file must then not be changed.
pub fn apply(file: &[u8], edits: &[Edit<'_>]) -> Result<Vec<u8>, Error> {
    for edit in edits {
        check_section(edit.section)?;
        check_keys(&edit.keys)?;
    }
    let before = Reading::new(file)?;
    let mut splices = Vec::new();
    let mut appended = String::new();
    for edit in edits {
        match before.section(edit.section)? {
            Some(found) => splices.extend(before.splices(found, edit)?),
            None => {
                let is_first = before.text.is_empty() && appended.is_empty();
                appended += &before.appendix(edit, is_first);
            }
        }
    }
    splices.push((file.len()..file.len(), appended));
    before.splice(splices, edits)
}

/// The bytes to replace, and the whole lines (or nothing) that replace them.
type Splice = (Range<usize>, String);

/// Composing the edit.
impl Reading<'_> {
    /// Returns what the edit does to a section that exists.
    fn splices(&self, found: &scan::Section, edit: &Edit<'_>) -> Result<Vec<Splice>, Error> {
        let newline = self.newline();
        let mut splices = Vec::new();
        let mut added = String::new();
        let mut left = found.entries.len();
        for &(key, value) in &edit.keys {
            match (own_entry(found, key)?, value) {
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
        splices.sort_by_key(|(range, _)| range.start);
        let is_empty = left == 0 && added.is_empty() && !splices.is_empty() && !found.remark;
        if edit.removes_empty && is_empty && self.only_blank_between(found, &splices) {
            let end = splices
                .last()
                .map_or(found.header.end, |(range, _)| range.end);
            return Ok(vec![(self.separator(found)..end, String::new())]);
        }
        let end = found.entries.last().map_or(found.header.end, Entry::end);
        splices.push((end..end, added));
        Ok(splices)
    }

    /// Returns a whole section to append to the file; empty if there is nothing to set. A blank line separates it from what is
    /// before it, unless it `is_first`.
    fn appendix(&self, edit: &Edit<'_>, is_first: bool) -> String {
        let newline = self.newline();
        let set = edit
            .keys
            .iter()
            .filter_map(|&(key, value)| Some((key, value?)));
        let lines: String = set
            .map(|(key, value)| format!("{key} = {value}{newline}"))
            .collect();
        let header = edit.section.header();
        let separator = if is_first { "" } else { newline };
        if lines.is_empty() {
            lines
        } else {
            format!("{separator}{header}{newline}{lines}")
        }
    }

    /// Returns the deletion of the key's line and of those that continue it.
    ///
    /// # Errors
    /// There is a comment that the SDKs read as part of the value: it would be deleted, though it is the user's.
    fn deletion(&self, entry: &Entry) -> Result<Vec<Splice>, Problem> {
        if let Some(line) = entry.comment {
            let kind = Kind::IndentedComment;
            return Err(Problem { line, kind });
        }
        let lines = std::iter::once(&entry.span).chain(&entry.continuation);
        Ok(lines.map(|line| (line.clone(), String::new())).collect())
    }

    /// Returns the key's line with another value, in its own spelling, spacing and line ending.
    fn assignment(&self, entry: &Entry, value: &str) -> String {
        let line = &self.text[entry.span.clone()];
        let old = &self.text[entry.value.clone()];
        let before = &self.text[entry.span.start..entry.value.start];
        let bare = old.is_empty() && before.ends_with(" =");
        let gap = if bare { " " } else { "" };
        let ending = &line[line.trim_end_matches(['\r', '\n']).len()..];
        format!("{before}{gap}{value}{ending}")
    }

    /// Whether the section has only blank lines between its header and the last deletion, apart from the deletions.
    fn only_blank_between(&self, section: &scan::Section, deletions: &[Splice]) -> bool {
        let mut end = section.header.end;
        deletions.iter().all(|(range, _)| {
            let gap = &self.text[end..range.start];
            end = range.end;
            gap.trim().is_empty()
        })
    }

    /// Returns the start of the blank line before the section, or of the section if there is none.
    fn separator(&self, section: &scan::Section) -> usize {
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
    fn splice(&self, mut splices: Vec<Splice>, edits: &[Edit<'_>]) -> Result<Vec<u8>, Error> {
        // Stable: what is appended to the file stays behind what is added to its last section.
        splices.sort_by_key(|(range, _)| range.start);
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
        self.verify(&Reading::new(text.as_bytes())?, edits)?;
        Ok(text.into_bytes())
    }
}

impl Section<'_> {
    fn name(self) -> Name {
        match self {
            Self::Profile(name) => Name::Profile(name.to_owned()),
            Self::SsoSession(name) => Name::SsoSession(name.to_owned()),
        }
    }

    fn header(self) -> String {
        match self {
            Self::Profile("default") => "[default]".to_owned(),
            Self::Profile(name) => format!("[profile {name}]"),
            Self::SsoSession(name) => format!("[sso-session {name}]"),
        }
    }
}

fn check_section(section: Section<'_>) -> Result<(), Error> {
    let (Section::Profile(name) | Section::SsoSession(name)) = section;
    if name.is_empty() || !scan::is_identifier(name) {
        return Err(Error::Name {
            name: name.to_owned(),
        });
    }
    Ok(())
}

/// Accepts only keys that both readers keep unchanged, each once, and values that neither reader cuts at a comment, trims or
/// splits into lines.
fn check_keys(keys: Keys<'_>) -> Result<(), Error> {
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
mod laws;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
