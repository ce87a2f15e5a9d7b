//! How kubectl reads a YAML scalar, and how to write a string so that it is read as a string.
//!
//! kubectl reads with go-yaml v2 (YAML 1.1: `yes`, `n` and `0o17` are not strings) and then decodes JSON into typed fields,
//! where a number or boolean instead of a string is an error.

/// A scalar, as written.
#[derive(Debug)]
pub struct Scalar {
    pub text: Box<str>,
    pub plain: bool,
    /// Literal `|` or folded `>`.
    pub block: bool,
    pub tag: Option<Box<str>>,
}

/// The JSON types, as far as kubectl's fields distinguish them.
#[derive(Debug, PartialEq, Eq)]
pub enum Meaning<'a> {
    Null,
    Bool(bool),
    Number,
    Str(&'a str),
    /// A scalar with a tag whose effect in kubectl is not modeled here (`!!binary`, `!!int "1"`).
    Tagged,
}

const CORE: &str = "tag:yaml.org,2002:";

impl Scalar {
    /// Returns the value that go-yaml reads.
    pub fn meaning(&self) -> Meaning<'_> {
        match self.tag.as_deref() {
            None if self.plain => plain(&self.text),
            None => Meaning::Str(&self.text),
            // A tag outside the YAML standard does not change how go-yaml reads the text.
            Some(tag) => match tag.strip_prefix(CORE) {
                Some("str") | None => Meaning::Str(&self.text),
                Some(_) => Meaning::Tagged,
            },
        }
    }

    /// Returns the text, if the value is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self.meaning() {
            Meaning::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Returns whether the value is null or empty.
    pub fn is_null(&self) -> bool {
        self.meaning() == Meaning::Null
    }

    /// Returns whether this is `<<`, as a key: <https://yaml.org/type/merge.html>.
    pub fn is_merge(&self) -> bool {
        self.plain && self.tag.is_none() && *self.text == *"<<"
    }

    /// Returns whether text, quoting and tag are the same.
    pub fn is_same(&self, other: &Scalar) -> bool {
        (self.plain, &self.text, &self.tag) == (other.plain, &other.text, &other.tag)
    }
}

/// go-yaml v2's `resolve` for a plain scalar without a tag.
fn plain(text: &str) -> Meaning<'_> {
    match text {
        // Longer than each of these words, as most texts are.
        _ if text.len() > "false".len() && !is_number(text) => Meaning::Str(text),
        "" | "~" | "null" | "Null" | "NULL" => Meaning::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Meaning::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Meaning::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Meaning::Number,
        _ if is_number(text) => Meaning::Number,
        _ => Meaning::Str(text),
    }
}

fn is_number(text: &str) -> bool {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return false;
    }
    let bare = text.replace('_', "");
    let body = bare.strip_prefix(['+', '-']).unwrap_or(&bare);
    if matches!(body, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let lower = body.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        }
    }
    is_decimal(&lower)
}

/// `[0-9]*(\.[0-9]*)?(e[-+]?[0-9]+)?` with at least one digit before the exponent.
fn is_decimal(text: &str) -> bool {
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|e| !e.is_empty() && digits(e))
}

/// Returns a string for a block context: bare if every YAML parser reads it as this string, else [`quoted`].
pub fn bare_or_quoted(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "_./@:+=,-".contains(c);
    // kubectl prints `--flag` bare.
    let start = text.strip_prefix("--").unwrap_or(text);
    let bare = start.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/')
        && text.chars().all(safe)
        && !text.ends_with(':')
        && matches!(plain(text), Meaning::Str(_));
    if bare { text.to_owned() } else { quoted(text) }
}

/// Returns a JSON string that is also valid YAML 1.1: without `\/`, surrogate pairs, and characters that go-yaml reads as
/// control characters or line breaks.
pub fn quoted(text: &str) -> String {
    use std::fmt::Write as _;
    let json = serde_json::to_string(text).unwrap_or_default();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{a0}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => _ = write!(out, "\\u{:04x}", u32::from(c)),
            _ => out.push(c),
        }
    }
    out
}
