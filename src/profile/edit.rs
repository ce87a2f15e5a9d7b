//! Surgery on the text of `~/.aws/config`: some keys of one section, and not a byte beside them.
//!
//! Bytes in, bytes out: reading, locking and replacing the file are the caller's. The text around
//! the edit is copied and never composed anew, so comments, order, blank lines and line endings
//! stay as they are. A file that AWS tools refuse or read differently (see [`scan`]) is refused, and
//! before an edit is returned it is read again with the SDK's own parser: every other profile must
//! read as before and ours as asked.
//!
//! A byte order mark is refused: the SDKs and botocore both refuse such a file, whoever edits it.

mod reading;

use std::ops::Range;

use super::scan::{self, Entry, Kind, Name, Problem};
use reading::{Reading, own_entry};

/// The longest file that is edited, in bytes. A config file has some hundred lines.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;

/// Which section of the config file is meant. It is found under every spelling that all tools read
/// as this name, such as `[profile  a]` (two spaces), and written in the usual one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section<'a> {
    /// `[profile NAME]`; for `default`, `[default]` where neither spelling is there yet.
    Profile(&'a str),
    /// `[sso-session NAME]`
    SsoSession(&'a str),
}

/// `Some(value)` sets the key, `None` takes it out. New keys are written in this order.
pub type Keys<'a> = &'a [(&'a str, Option<&'a str>)];

/// Why a file is left as it is. Line numbers count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file is one that AWS tools refuse or read differently.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// More than [`MAX_BYTES`].
    #[error("the file has {bytes} bytes")]
    TooLarge { bytes: usize },
    /// The SDK's parser refuses the file for a reason of its own.
    #[error("{message}")]
    Unreadable { message: String },
    /// A section name that AWS tools would not all read as given.
    #[error("section name {name:?}")]
    Name { name: String },
    /// A key that AWS tools would not all read as given, or one that is given twice.
    #[error("key {key:?}")]
    Key { key: String },
    /// A value that AWS tools would not all read as given; not shown, it may be a secret.
    #[error("value of {key}")]
    Value { key: String },
    /// The edited file would not read as it must; a fault of this module.
    #[error("the edit would change how {section} is read")]
    Unfaithful { section: String },
}

/// The file with the section's keys set: the same bytes when nothing differs, with the section
/// appended (after one blank line) when it is missing and a value is to be set.
///
/// # Errors
/// Any [`Error`]; the file is then to be left as it is.
pub fn set(file: &[u8], section: Section<'_>, keys: Keys<'_>) -> Result<Vec<u8>, Error> {
    check_section(section)?;
    check_keys(keys)?;
    let before = Reading::new(file)?;
    let Some(ours) = before.section(section)? else {
        let text = before.appendix(section, keys);
        return before.splice(vec![(file.len()..file.len(), text)], section, keys);
    };

    let newline = before.newline();
    let mut edits = Vec::new();
    let mut added = String::new();
    for &(key, value) in keys {
        match (own_entry(ours, key)?, value) {
            (Some(entry), Some(value)) if before.says(entry, value) => {}
            (Some(entry), Some(value)) => {
                let start = entry.span.start;
                edits.push((start..start, before.assignment(entry, value)));
                edits.extend(before.deletion(entry)?);
            }
            (Some(entry), None) => edits.extend(before.deletion(entry)?),
            (None, Some(value)) => added += &format!("{key} = {value}{newline}"),
            (None, None) => {}
        }
    }
    let end = ours.entries.last().map_or(ours.header.end, Entry::end);
    edits.push((end..end, added));
    before.splice(edits, section, keys)
}

/// The file without the keys `ours` of the section. A section that held nothing else goes whole,
/// with the one blank line that [`set`] put before it; one with other keys or comments stays.
///
/// # Errors
/// Any [`Error`]; the file is then to be left as it is.
pub fn remove(file: &[u8], section: Section<'_>, ours: &[&str]) -> Result<Vec<u8>, Error> {
    let keys: Vec<_> = ours.iter().map(|&key| (key, None)).collect();
    check_section(section)?;
    check_keys(&keys)?;
    let before = Reading::new(file)?;
    let Some(found) = before.section(section)? else {
        return Ok(file.to_vec());
    };
    let mut edits = Vec::new();
    let mut left = found.entries.len();
    for key in ours {
        if let Some(entry) = own_entry(found, key)? {
            edits.extend(before.deletion(entry)?);
            left -= 1;
        }
    }
    edits.sort_by_key(|(range, _)| range.start);
    if left == 0 && !edits.is_empty() && !found.remark && before.only_blank_between(found, &edits) {
        let end = edits
            .last()
            .map_or(found.header.end, |(range, _)| range.end);
        edits = vec![(before.separator(found)..end, String::new())];
    }
    before.splice(edits, section, &keys)
}

/// Bytes to replace, and the whole lines (or nothing) that replace them.
type Edit = (Range<usize>, String);

/// What to write, and where.
impl Reading<'_> {
    /// A whole section to put at the end of the file; nothing where there is nothing to set.
    fn appendix(&self, section: Section<'_>, keys: Keys<'_>) -> String {
        let newline = self.newline();
        let set = keys.iter().filter_map(|&(key, value)| Some((key, value?)));
        let lines: String = set
            .map(|(key, value)| format!("{key} = {value}{newline}"))
            .collect();
        let header = section.header();
        let separator = if self.text.is_empty() { "" } else { newline };
        if lines.is_empty() {
            lines
        } else {
            format!("{separator}{header}{newline}{lines}")
        }
    }

    /// The key's line and those that continue it. A comment that the SDKs take for a part of the
    /// value would have to go with it, and it is not ours to delete.
    fn deletion(&self, entry: &Entry) -> Result<Vec<Edit>, Problem> {
        if let Some(line) = entry.comment {
            let kind = Kind::IndentedComment;
            return Err(Problem { line, kind });
        }
        let lines = std::iter::once(&entry.span).chain(&entry.continuation);
        Ok(lines.map(|line| (line.clone(), String::new())).collect())
    }

    /// The key's line with another value: its own spelling, spacing and line ending.
    fn assignment(&self, entry: &Entry, value: &str) -> String {
        let line = &self.text[entry.span.clone()];
        let old = &self.text[entry.value.clone()];
        let before = &self.text[entry.span.start..entry.value.start];
        let bare = old.is_empty() && before.ends_with(" =");
        let gap = if bare { " " } else { "" };
        let ending = &line[line.trim_end_matches(['\r', '\n']).len()..];
        format!("{before}{gap}{value}{ending}")
    }

    /// Whether the section has nothing but blank lines between its header and the last deletion.
    fn only_blank_between(&self, section: &scan::Section, deletions: &[Edit]) -> bool {
        let mut end = section.header.end;
        deletions.iter().all(|(range, _)| {
            let gap = &self.text[end..range.start];
            end = range.end;
            gap.trim().is_empty()
        })
    }

    /// Start of the blank line before the section, or of the section if there is none.
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

    /// Applies the edits, reads the result again and vouches for it.
    fn splice(
        &self,
        mut edits: Vec<Edit>,
        section: Section<'_>,
        keys: Keys<'_>,
    ) -> Result<Vec<u8>, Error> {
        edits.sort_by_key(|(range, _)| range.start);
        let mut text = String::with_capacity(self.text.len() + 1024);
        let mut copied = 0;
        for (range, replacement) in edits {
            text += &self.text[copied..range.start];
            if !replacement.is_empty() && !text.is_empty() && !text.ends_with('\n') {
                text += self.newline();
            }
            text += &replacement;
            copied = range.end;
        }
        text += &self.text[copied..];
        self.vouch(&Reading::new(text.as_bytes())?, section, keys)?;
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

/// Keys in the characters and the case that both readers leave alone, each but once; values that
/// neither reader cuts at a comment, trims or takes for several lines.
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
