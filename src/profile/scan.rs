//! Scans a shared config file line by line, as the AWS SDKs and as botocore read it.
//!
//! The AWS SDKs follow the shared-config specification (its test vectors ship with the crate `aws-runtime`). botocore, and
//! with it the `aws` command, parses the file with Python's `configparser` and then turns sections into profiles. Both
//! agree on ordinary files and differ in corner cases: what one rejects, the other may read.
//!
//! This module makes one pass over the bytes, keeps both readings side by side and records a [`Problem`] wherever they
//! differ or fail. It changes nothing and touches no file; `edit` builds on it.
//!
//! * <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>
//! * <https://docs.python.org/3/library/configparser.html#supported-ini-file-structure>

mod header;
mod problem;

use std::collections::HashSet;
use std::ops::Range;

pub use header::Name;
use header::{botocore_name, sdk_name, split_header};
pub use problem::{Kind, Problem};

/// The only characters that the SDKs strip; Python's `strip()` removes all Unicode white space.
const BLANK: [char; 2] = [' ', '\t'];
const COMMENT: [char; 2] = ['#', ';'];

/// A section, from its header line up to the next header.
#[derive(Debug)]
pub struct Section {
    /// Bytes of the header line, its line ending included.
    pub header: Range<usize>,
    /// 1-based line of the header.
    pub line: usize,
    /// What the header declares to the SDKs.
    pub sdk: Name,
    /// What the header declares to botocore.
    pub botocore: Name,
    /// Whether text, such as a comment, follows the closing bracket.
    pub remark: bool,
    pub entries: Vec<Entry>,
}

impl Section {
    /// Whether the section has nothing but its keys: no comment, except one above or below it.
    pub fn has_only_keys(&self, text: &str) -> bool {
        let lines = self.entries.iter();
        let lines = lines.flat_map(|entry| std::iter::once(&entry.span).chain(&entry.continuation));
        let mut end = self.header.end;
        let mut gaps = lines.map(|line| &text[std::mem::replace(&mut end, line.end)..line.start]);
        !self.remark && gaps.all(|gap| gap.trim().is_empty())
    }
}

/// A key with its value. Ranges are of bytes and include line endings.
#[derive(Debug)]
pub struct Entry {
    /// 1-based line of the key.
    pub line: usize,
    /// The key's own line.
    pub span: Range<usize>,
    /// The value as written on that line, without surrounding spaces and tabs but with an inline comment.
    pub value: Range<usize>,
    /// Indented lines that at least one reader treats as part of the value.
    pub continuation: Vec<Range<usize>>,
    /// Line of the first indented comment among them.
    pub comment: Option<usize>,
    /// The key as the SDKs read it, in lower case.
    pub sdk: String,
    /// The key as botocore reads it, in lower case.
    pub botocore: String,
    sdk_nests: bool,
    botocore_nests: bool,
}

impl Entry {
    /// Returns the end of the last byte that belongs to the entry.
    pub fn end(&self) -> usize {
        self.continuation.last().unwrap_or(&self.span).end
    }
}

/// Both readings of a whole file. After a fatal problem, the rest is a best effort.
#[derive(Debug, Default)]
pub struct Scan {
    pub sections: Vec<Section>,
    /// In line order. An edit is refused for the first fatal problem, else for one in the section and keys to be edited.
    pub problems: Vec<Problem>,
    /// Headers seen so far, as configparser compares them.
    headers: HashSet<String>,
    /// Headers seen so far, as the SDKs compare them.
    pairs: HashSet<(Option<String>, String)>,
    /// Keys of the current section, as configparser compares them.
    keys: HashSet<String>,
    default_seen: bool,
    after_blank: bool,
}

impl Scan {
    pub fn new(file: &[u8]) -> Self {
        let mut scan = Self::default();
        let text = match str::from_utf8(file) {
            Ok(text) => text,
            Err(error) => {
                let good = &file[..error.valid_up_to()];
                let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count();
                scan.note(line, Kind::NotUtf8);
                return scan;
            }
        };
        if text.starts_with('\u{feff}') {
            scan.note(1, Kind::ByteOrderMark);
            return scan;
        }
        let mut start = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let span = start..start + line.len();
            start = span.end;
            scan.line(index + 1, span, content(line));
        }
        scan
    }

    /// Returns the first problem that concerns the file as a whole.
    pub fn fatal(&self) -> Option<Problem> {
        let mut problems = self.problems.iter();
        problems.find(|problem| problem.kind.is_fatal()).copied()
    }

    fn note(&mut self, line: usize, kind: Kind) {
        self.problems.push(Problem { line, kind });
    }

    fn line(&mut self, number: usize, span: Range<usize>, line: &str) {
        if line.contains('\r') {
            self.note(number, Kind::CarriageReturn);
        } else if line.contains(is_separator) {
            self.note(number, Kind::ControlCharacter);
        }
        let after_blank = std::mem::take(&mut self.after_blank);
        if line.trim_matches(BLANK).is_empty() {
            self.after_blank = true;
        } else if line.starts_with(COMMENT) {
            self.after_blank = after_blank;
        } else if line.starts_with('[') {
            self.header(number, span, line);
        } else if line.starts_with(BLANK) {
            self.indented(number, span, line, after_blank);
        } else if line.starts_with(char::is_whitespace) {
            self.note(number, Kind::Indentation);
        } else {
            self.key(number, span, line);
        }
    }

    fn header(&mut self, number: usize, span: Range<usize>, line: &str) {
        // The SDKs cut off a comment wherever it begins and require the bracket at the end. configparser's expression is
        // greedy: it reads up to the last bracket, whatever follows.
        let cut = line.find(COMMENT).map_or(line, |at| &line[..at]);
        let sdk = cut.trim_matches(BLANK)[1..].strip_suffix(']');
        let close = line.rfind(']').filter(|&at| at > 1);
        self.keys.clear();
        let mut section = Section {
            header: span,
            line: number,
            sdk: Name::Other,
            botocore: Name::Other,
            remark: close.is_some_and(|at| !line[at + 1..].trim().is_empty()),
            entries: Vec::new(),
        };
        if let (Some(sdk), Some(close)) = (sdk, close) {
            let botocore = &line[1..close];
            let (prefix, name) = split_header(sdk);
            section.sdk = sdk_name(prefix, name);
            section.botocore = botocore_name(botocore);

            let same_header = !self.headers.insert(botocore.to_owned());
            let pair = (prefix.map(str::to_owned), name.to_owned());
            let same_pair = !self.pairs.insert(pair);
            let default = Name::Profile("default".to_owned());
            let is_default = section.sdk == default || section.botocore == default;
            if same_header || same_pair {
                self.note(number, Kind::DuplicateSection);
            } else if botocore == "DEFAULT" {
                self.note(number, Kind::DefaultsSection);
            } else if section.sdk != section.botocore {
                self.note(number, Kind::AmbiguousSection);
            } else if is_default && self.default_seen {
                self.note(number, Kind::SecondDefault);
            }
            self.default_seen |= is_default;
        } else {
            self.note(number, Kind::SectionHeader);
        }
        self.sections.push(section);
    }

    fn key(&mut self, number: usize, span: Range<usize>, line: &str) {
        if self.sections.is_empty() {
            return self.note(number, Kind::NoSection);
        }
        let Some((sdk, sdk_value)) = split_property(line) else {
            return self.note(number, Kind::NoEquals);
        };
        // configparser splits at the same equals sign, or at a colon before it.
        let (botocore, botocore_value) = line.split_once(['=', ':']).unwrap_or((line, ""));
        let (botocore, botocore_value) = (botocore.trim_end(), botocore_value.trim());
        if sdk.is_empty() || botocore.is_empty() {
            return self.note(number, Kind::NoKey);
        }
        let written = line.split_once('=').map_or("", |(_, value)| value);
        let written = written.trim_start_matches(BLANK);
        let value = span.start + line.len() - written.len();
        let entry = Entry {
            line: number,
            value: value..value + written.trim_end_matches(BLANK).len(),
            span,
            continuation: Vec::new(),
            comment: None,
            sdk: sdk.to_ascii_lowercase(),
            botocore: botocore.to_lowercase(),
            sdk_nests: sdk_value.is_empty(),
            botocore_nests: botocore_value.is_empty(),
        };
        if !self.keys.insert(entry.botocore.clone()) {
            self.note(number, Kind::DuplicateKey);
        } else if entry.sdk != entry.botocore {
            self.note(number, Kind::AmbiguousKey);
        } else if sdk_value != botocore_value {
            self.note(number, Kind::AmbiguousValue);
        }
        if let Some(section) = self.sections.last_mut() {
            section.entries.push(entry);
        }
    }

    fn indented(&mut self, number: usize, span: Range<usize>, line: &str, after_blank: bool) {
        let Some(section) = self.sections.last_mut() else {
            return self.note(number, Kind::NoSection);
        };
        let Some(entry) = section.entries.last_mut() else {
            return self.note(number, Kind::Orphan);
        };
        entry.continuation.push(span);
        let text = line.trim();
        let comment = text.starts_with(COMMENT);
        if comment {
            entry.comment.get_or_insert(number);
        }
        let rejected_by_sdk =
            entry.sdk_nests && split_property(line).is_none_or(|(key, _)| key.is_empty());
        let rejected_by_botocore = entry.botocore_nests && !comment && !text.contains('=');
        // Only botocore reads an empty line inside a multi-line value as part of it.
        let gap = after_blank && !entry.botocore_nests;
        if rejected_by_sdk || rejected_by_botocore {
            self.note(number, Kind::SubProperty);
        } else if comment {
            self.note(number, Kind::IndentedComment);
        } else if gap || text != line.trim_matches(BLANK) {
            self.note(number, Kind::AmbiguousValue);
        }
    }
}

/// Returns the line without its line ending (`\n` or `\r\n`).
fn content(line: &str) -> &str {
    match line.strip_suffix('\n') {
        Some(line) => line.strip_suffix('\r').unwrap_or(line),
        None => line,
    }
}

/// Whether it is NUL, or a character other than space and tab that Python's `strip()` or `splitlines()` acts upon.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        '\0' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1f}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Returns where an inline comment begins for the SDKs: at a comment character after white space.
pub fn inline_comment(text: &str) -> Option<usize> {
    let before = text.chars().map(char::is_whitespace);
    let mut pairs = std::iter::once(false)
        .chain(before)
        .zip(text.char_indices());
    pairs.find_map(|(after_space, (at, c))| (after_space && COMMENT.contains(&c)).then_some(at))
}

/// Splits `key = value` as the SDKs do; `None` without an equals sign.
fn split_property(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_matches(BLANK);
    let line = inline_comment(line).map_or(line, |at| &line[..at]);
    let (key, value) = line.split_once('=')?;
    Some((key.trim_matches(BLANK), value.trim_matches(BLANK)))
}

#[cfg(test)]
mod tests;
