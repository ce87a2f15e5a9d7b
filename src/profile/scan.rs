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

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use header::botocore_name;

use crate::sys::text::is_utf16;
pub use header::{Name, is_identifier, sdk_header, sdk_name, shell_words, split_header};
pub use problem::{Kind, Problem};

/// The only characters that the SDKs strip; Python's `strip()` removes all Unicode white space.
const BLANK: [char; 2] = [' ', '\t'];
const COMMENT: [char; 2] = ['#', ';'];

/// A section, from its header line up to the next header.
#[derive(Debug)]
pub struct Section<'a> {
    /// Bytes of the header line, its line ending included.
    pub header: Range<usize>,
    /// 1-based line of the header.
    pub line: usize,
    /// What the header declares to the SDKs.
    pub sdk: Name<'a>,
    /// What the header declares to botocore.
    pub botocore: Name<'a>,
    /// Whether text, such as a comment, follows the closing bracket.
    pub remark: bool,
    /// Where the section ends: at the next header.
    end: usize,
}

impl Section<'_> {
    /// Returns the keys of the section, which is one of this text. A scan of many sections does not keep them.
    pub fn entries<'t>(&self, text: &'t str) -> Vec<Entry<'t>> {
        let mut body = Body::default();
        let mut end = self.header.end;
        let lines = text[end..self.end].split_inclusive('\n');
        for (index, line) in lines.enumerate() {
            let span = end..end + line.len();
            end = span.end;
            body.line(self.line + 1 + index, span, content(line));
        }
        body.entries
    }

    /// Whether the section has nothing but these keys of it: no comment, except one above or below it.
    pub fn has_only(&self, entries: &[Entry<'_>], text: &str) -> bool {
        let lines = entries.iter();
        let lines = lines.flat_map(|entry| std::iter::once(&entry.span).chain(&entry.continuation));
        let mut end = self.header.end;
        let mut gaps = lines.map(|line| &text[std::mem::replace(&mut end, line.end)..line.start]);
        !self.remark && gaps.all(|gap| gap.trim().is_empty())
    }
}

/// A key with its value. Ranges are of bytes and include line endings.
#[derive(Debug)]
pub struct Entry<'a> {
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
    pub sdk: Cow<'a, str>,
    /// The key as botocore reads it, in lower case.
    pub botocore: Cow<'a, str>,
    sdk_nests: bool,
    botocore_nests: bool,
}

impl Entry<'_> {
    /// Returns the end of the last byte that belongs to the entry.
    pub fn end(&self) -> usize {
        self.continuation.last().unwrap_or(&self.span).end
    }
}

/// Both readings of a whole file. After a fatal problem, the rest is a best effort.
#[derive(Debug, Default)]
pub struct Scan<'a> {
    pub sections: Vec<Section<'a>>,
    /// In line order. An edit is refused for the first fatal problem, else for one in the section and keys to be edited.
    pub problems: Vec<Problem>,
    /// Headers seen so far, as configparser compares them.
    headers: HashSet<&'a str>,
    /// Headers seen so far, as the SDKs compare them.
    pairs: HashSet<(Option<&'a str>, &'a str)>,
    default_seen: bool,
}

impl<'a> Scan<'a> {
    pub fn new(file: &'a [u8]) -> Self {
        let mut scan = Self::default();
        let text = match str::from_utf8(file) {
            Ok(text) => text,
            Err(_) if is_utf16(file) => {
                scan.note(1, Kind::Utf16);
                return scan;
            }
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
        let mut body = Body::default();
        let mut end = 0;
        for (index, line) in text.split_inclusive('\n').enumerate() {
            let span = end..end + line.len();
            end = span.end;
            let (number, line) = (index + 1, content(line));
            if line.contains('\r') {
                scan.note(number, Kind::CarriageReturn);
            } else if line.contains(is_separator) {
                scan.note(number, Kind::ControlCharacter);
            }
            if line.starts_with('[') {
                scan.end_section(span.start);
                body.clear();
                scan.header(number, span, line);
                continue;
            }
            let is_header = body.entries.is_empty() && is_indented_header(line);
            let mut problem = body.line(number, span, line);
            if is_header {
                problem = Some(Kind::IndentedHeader);
            } else if scan.sections.is_empty() && problem != Some(Kind::Indentation) {
                let is_text = problem.is_some() || !body.entries.is_empty();
                problem = is_text.then_some(Kind::NoSection);
                body.clear();
            }
            if let Some(kind) = problem {
                scan.note(number, kind);
            }
        }
        scan.end_section(end);
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

    fn end_section(&mut self, end: usize) {
        if let Some(section) = self.sections.last_mut() {
            section.end = end;
        }
    }

    fn header(&mut self, number: usize, span: Range<usize>, line: &'a str) {
        // configparser's expression is greedy: it reads up to the last bracket, whatever follows.
        let close = line.rfind(']').filter(|&at| at > 1);
        let mut section = Section {
            end: span.end,
            header: span,
            line: number,
            sdk: Name::Other,
            botocore: Name::Other,
            remark: close.is_some_and(|at| !line[at + 1..].trim().is_empty()),
        };
        if let (Some(sdk), Some(close)) = (sdk_header(line), close) {
            let botocore = &line[1..close];
            let (prefix, name) = split_header(sdk);
            section.sdk = sdk_name(prefix, name);
            section.botocore = botocore_name(botocore);

            let same_header = !self.headers.insert(botocore);
            let same_pair = !self.pairs.insert((prefix, name));
            let default = Name::Profile("default".into());
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
}

/// The lines of one section.
#[derive(Debug, Default)]
struct Body<'a> {
    entries: Vec<Entry<'a>>,
    /// The keys seen so far, as configparser compares them.
    keys: HashSet<Cow<'a, str>>,
    after_blank: bool,
}

impl<'a> Body<'a> {
    fn clear(&mut self) {
        self.entries.clear();
        self.keys.clear();
        self.after_blank = false;
    }

    /// Reads a line. Returns what is wrong with it.
    fn line(&mut self, number: usize, span: Range<usize>, line: &'a str) -> Option<Kind> {
        let after_blank = std::mem::take(&mut self.after_blank);
        if line.trim_matches(BLANK).is_empty() {
            self.after_blank = true;
            None
        } else if line.starts_with(COMMENT) {
            self.after_blank = after_blank;
            None
        } else if line.starts_with(BLANK) {
            self.indented(number, span, line, after_blank)
        } else if line.starts_with(char::is_whitespace) {
            Some(Kind::Indentation)
        } else {
            self.key(number, span, line)
        }
    }

    fn key(&mut self, number: usize, span: Range<usize>, line: &'a str) -> Option<Kind> {
        let Some((sdk, sdk_value)) = split_property(line) else {
            return Some(Kind::NoEquals);
        };
        // configparser splits at the same equals sign, or at a colon before it.
        let (botocore, botocore_value) = line.split_once(['=', ':']).unwrap_or((line, ""));
        let (botocore, botocore_value) = (botocore.trim_end(), botocore_value.trim());
        if sdk.is_empty() || botocore.is_empty() {
            return Some(Kind::NoKey);
        }
        let written = line.split_once('=').map_or("", |(_, value)| value);
        let written = written.trim_start_matches(BLANK);
        let value = span.start + line.len() - written.len();
        let is_lower = |c: char| c.is_ascii() && !c.is_ascii_uppercase();
        let lower = |key: &'a str, lowered: fn(&str) -> String| match key.chars().all(is_lower) {
            true => Cow::Borrowed(key),
            false => Cow::Owned(lowered(key)),
        };
        let entry = Entry {
            line: number,
            value: value..value + written.trim_end_matches(BLANK).len(),
            span,
            continuation: Vec::new(),
            comment: None,
            sdk: lower(sdk, str::to_ascii_lowercase),
            botocore: lower(botocore, str::to_lowercase),
            sdk_nests: sdk_value.is_empty(),
            botocore_nests: botocore_value.is_empty(),
        };
        let problem = if !self.keys.insert(entry.botocore.clone()) {
            Some(Kind::DuplicateKey)
        } else if entry.sdk != entry.botocore {
            Some(Kind::AmbiguousKey)
        } else if sdk_value != botocore_value {
            Some(Kind::AmbiguousValue)
        } else {
            None
        };
        self.entries.push(entry);
        problem
    }

    fn indented(
        &mut self,
        number: usize,
        span: Range<usize>,
        line: &str,
        after_blank: bool,
    ) -> Option<Kind> {
        let Some(entry) = self.entries.last_mut() else {
            return Some(Kind::Orphan);
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
            Some(Kind::SubProperty)
        } else if comment {
            Some(Kind::IndentedComment)
        } else if gap || text != line.trim_matches(BLANK) {
            Some(Kind::AmbiguousValue)
        } else {
            None
        }
    }
}

/// Returns where the sections of a file are, each with its header. The first one may be what is before all headers.
pub fn sections(text: &str) -> impl Iterator<Item = Range<usize>> {
    let headers = text.match_indices("\n[").map(|(at, _)| at + 1);
    let mut start = 0;
    let sections = headers
        .chain([text.len()])
        .map(move |end| std::mem::replace(&mut start, end)..end);
    sections.filter(|section| !section.is_empty())
}

/// Whether the SDKs accept all lines below the section's header, for what they are without regard to each other: empty lines,
/// comments, and keys in lower case with a value on the same line.
pub fn is_plain(section: &str) -> bool {
    let is_plain = |line: &str| match line.chars().next() {
        None | Some('#' | ';') => true,
        Some(' ' | '\t') => line.trim_matches(BLANK).is_empty(),
        Some(_) => split_property(line).is_some_and(|(key, _)| {
            !key.is_empty() && !key.bytes().any(|byte| byte.is_ascii_uppercase())
        }),
    };
    section.lines().skip(1).all(is_plain)
}

/// Whether it would be a section header, were it not indented. configparser takes it for one where there is no value to continue.
fn is_indented_header(line: &str) -> bool {
    let text = line.trim();
    line.starts_with(BLANK) && text.starts_with('[') && text.contains(']')
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
    let mut comments = text.match_indices(COMMENT).map(|(at, _)| at);
    comments.find(|&at| text[..at].ends_with(char::is_whitespace))
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
