//! Finds the response in what a person copied out of a browser: base64, a form, lines of names and values, a command of a copy
//! menu (cURL, PowerShell, fetch), HAR, JSON or HTML. All of them have the name of the field before its value, or beside it in
//! the same tag or object, so they are read by one rule. Pure; each byte of the text is read a fixed number of times.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use super::{Error, LONGEST};
use crate::sys::text;

const FIELD: &str = "SAMLResponse";
/// The other field of the form, which may follow on a line of its own.
const OTHER_FIELD: &str = "RelayState";
/// The longest text between the name of the field and its value, in bytes.
const LONGEST_GLUE: usize = 300;
/// Words that stand between the name and the value: attributes of a tag, keys of an object.
const GLUE_WORDS: [&str; 6] = ["value", "type", "hidden", "id", "name", "text"];
/// The longest value, in bytes: every character escaped.
const LONGEST_VALUE: usize = 3 * LONGEST + 1_000;
/// The longest line of a value that goes on in the next line: base64 is wrapped at 64 or 76 characters.
const LONGEST_LINE: usize = 100;
/// The most different values that are compared.
const MOST_VALUES: usize = 16;

/// Returns the base64 of the response, without white space.
///
/// # Errors
/// The text has none, or several that differ.
pub(super) fn find(bytes: &[u8]) -> Result<Zeroizing<String>, Error> {
    let text = text::utf16(bytes);
    let text = text.unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned().into());
    let text = text.trim_start_matches('\u{feff}').trim_ascii();
    let mut found = Found::default();
    let mut places = text.match_indices(FIELD).map(|(at, _)| at).peekable();
    if places.peek().is_none() {
        return alone(text);
    }
    let mut start = 0;
    while let Some(at) = places.next() {
        let before = &text[start..at];
        start = at + FIELD.len();
        let after = &text[start..places.peek().copied().unwrap_or(text.len())];
        found.in_url |= before.ends_with('?') || after.contains("SigAlg=");
        if !found.take(value_after(after)) {
            found.take_before(before);
        }
    }
    found.only(text)
}

/// Returns the whole text as the value.
fn alone(text: &str) -> Result<Zeroizing<String>, Error> {
    let text = text.trim_matches(['"', '\'']);
    if text.starts_with('<') {
        return Err(Error::Markup);
    }
    if text.contains('&') || text.starts_with(['{', '[']) || text.starts_with("SAMLRequest") {
        return Err(Error::NoField);
    }
    if text.ends_with('…') || text.ends_with("...") {
        return Err(Error::CutOff);
    }
    let text = Zeroizing::new(text.replace("\\/", "/"));
    let value = unescaped(&text).ok_or(Error::NotBase64)?;
    match value.is_empty() {
        true => Err(Error::Empty),
        false => Ok(value),
    }
}

/// The values that were found.
#[derive(Default)]
struct Found {
    /// Those that are base64 of XML, each once.
    good: Vec<Zeroizing<String>>,
    /// The longest of the others.
    other: Zeroizing<String>,
    cut_off: bool,
    /// A value is in the query of a URL.
    in_url: bool,
}

impl Found {
    /// Adds a value. Returns whether it is base64 of XML.
    fn take(&mut self, value: Value) -> bool {
        self.cut_off |= value.cut_off;
        let text = unescaped(&value.text).filter(|_| !value.cut_off);
        let Some(text) = text else {
            return false;
        };
        let is_good = text.len() <= LONGEST && xml_of(&text).is_some();
        if !is_good && text.len() > self.other.len() {
            self.other = text;
        } else if is_good && !self.good.contains(&text) && self.good.len() < MOST_VALUES {
            self.good.push(text);
        }
        is_good
    }

    /// Adds the value of a tag or an object that has it before its name.
    fn take_before(&mut self, before: &str) {
        let Some(start) = before.rfind(['<', '{']) else {
            return;
        };
        for word in ["value", "VALUE"] {
            for piece in before[start..].split(word).skip(1) {
                if self.take(value_after(piece)) {
                    return;
                }
            }
        }
    }

    /// Returns the only value, or the only one for AWS: a provider that passes the sign-in on to another one posts a response
    /// to that one, too.
    fn only(mut self, text: &str) -> Result<Zeroizing<String>, Error> {
        let found = self.good.len();
        if found > 1 {
            self.good.retain(|value| is_for_aws(value));
        }
        match (self.good.pop(), self.good.len()) {
            (Some(value), 0) => Ok(value),
            (Some(_), _) => Err(Error::SeveralResponses { found }),
            (None, _) if found > 1 => Err(Error::SeveralResponses { found }),
            (None, _) if self.cut_off => Err(Error::CutOff),
            (None, _) if self.in_url && !self.other.is_empty() => Err(Error::ByRedirect),
            (None, _) if text.starts_with('<') => Err(Error::Markup),
            (None, _) if self.other.is_empty() => Err(Error::Empty),
            (None, _) => Ok(self.other),
        }
    }
}

/// Returns the XML, if that is what the base64 holds.
fn xml_of(base64: &str) -> Option<Zeroizing<Vec<u8>>> {
    let xml = STANDARD.decode(base64).map(Zeroizing::new).ok()?;
    let start = xml.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&xml);
    start.trim_ascii_start().starts_with(b"<").then_some(xml)
}

fn is_for_aws(base64: &str) -> bool {
    let xml = xml_of(base64).unwrap_or_default();
    let xml = Zeroizing::new(String::from_utf8_lossy(&xml).into_owned());
    ["signin.aws.amazon.com/", "signin.amazonaws"]
        .iter()
        .any(|host| xml.contains(host))
}

/// What follows the name of the field.
#[derive(Default)]
struct Value {
    text: Zeroizing<String>,
    /// It ends with an ellipsis: the browser showed the beginning only.
    cut_off: bool,
}

fn value_after(text: &str) -> Value {
    let text = without_glue(text);
    match text.starts_with(OTHER_FIELD) {
        true => Value::default(),
        false => run(text),
    }
}

/// Returns the text from the value on.
fn without_glue(text: &str) -> &str {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < LONGEST_GLUE.min(bytes.len()) {
        let word = bytes[at..].iter().take(10);
        let word = word.take_while(|byte| byte.is_ascii_alphanumeric()).count();
        at += match bytes[at] {
            b'\\' if bytes.get(at + 1) == Some(&b'u') => 6,
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii) => 2,
            b'"' | b'\'' | b'^' | b'=' | b':' | b',' | b'`' | b'\\' => 1,
            b' ' | b'\t' | b'\r' | b'\n' => 1,
            _ if GLUE_WORDS
                .iter()
                .any(|glue| bytes[at..at + word].eq_ignore_ascii_case(glue.as_bytes())) =>
            {
                word
            }
            _ => break,
        };
    }
    text.get(at..).unwrap_or_default()
}

/// Reads the value at the start of the text, without the quoting of shells, JSON and HTML. Percent signs stay.
fn run(text: &str) -> Value {
    let mut value = Zeroizing::new(String::with_capacity(text.len().min(LONGEST_VALUE)));
    let mut rest = text.as_bytes();
    let (mut line_start, mut first_line) = (0, None);
    let mut cut_off = false;
    while value.len() < LONGEST_VALUE {
        let Some((c, length)) = next(rest) else {
            cut_off = rest.starts_with("…".as_bytes()) || rest.starts_with(b"...");
            break;
        };
        rest = &rest[length..];
        match c {
            '\n' => {
                let line = value.len() - line_start;
                if line == 0 {
                    continue;
                }
                let first = *first_line.get_or_insert(line);
                rest = rest.trim_ascii_start();
                let goes_on = line == first && line <= LONGEST_LINE;
                if !goes_on || rest.starts_with(OTHER_FIELD.as_bytes()) {
                    break;
                }
                line_start = value.len();
            }
            '^' => {}
            c => value.push(c),
        }
    }
    Value {
        text: value,
        cut_off,
    }
}

/// Returns the next character of a value and the number of its bytes. Each kind of line end is `\n`.
fn next(rest: &[u8]) -> Option<(char, usize)> {
    let c = match rest {
        [b'\r', b'\n', ..] => return Some(('\n', 2)),
        [b'\r' | b'\n', ..] => return Some(('\n', 1)),
        // Of cmd: `%` in quotes of its own.
        [b'"', b'%', b'"', ..] => return Some(('%', 3)),
        [b'\\', b'/', ..] => return Some(('/', 2)),
        [b'\\', b'r', b'\\', b'n', ..] => return Some(('\n', 4)),
        [b'\\', b'r' | b'n', ..] => return Some(('\n', 2)),
        [b'\\', b'u', code @ ..] => return numbered(code.get(..4)?, 16).map(|c| (c, 6)),
        [b'&', ..] => return entity(rest),
        [first, ..] => *first,
        [] => return None,
    };
    let is_value = c.is_ascii_alphanumeric() || b"+/=%^".contains(&c);
    is_value.then_some((char::from(c), 1))
}

/// Reads a character reference of HTML.
fn entity(rest: &[u8]) -> Option<(char, usize)> {
    let end = rest.iter().take(10).position(|byte| *byte == b';')?;
    let c = match &rest[1..end] {
        b"plus" => '+',
        b"sol" => '/',
        b"equals" => '=',
        b"percnt" => '%',
        b"NewLine" => '\n',
        [b'#', b'x' | b'X', digits @ ..] => numbered(digits, 16)?,
        [b'#', digits @ ..] => numbered(digits, 10)?,
        _ => return None,
    };
    Some((c, end + 1))
}

/// Returns the character of this number, if it can be in a value.
fn numbered(digits: &[u8], radix: u32) -> Option<char> {
    let digits = std::str::from_utf8(digits).ok()?;
    let c = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    match c {
        '\r' | '\n' => Some('\n'),
        c => (c.is_ascii_alphanumeric() || "+/=%".contains(c)).then_some(c),
    }
}

/// Returns the value without percent signs and white space. A bare `+` is a blank only where others are escaped.
fn unescaped(value: &str) -> Option<Zeroizing<String>> {
    let escapes_plus = value.contains("%2B") || value.contains("%2b");
    let decoded = Zeroizing::new(match value.contains('%') {
        true if escapes_plus => {
            let value = Zeroizing::new(value.replace('+', " "));
            percent_decode_str(&value).decode_utf8().ok()?.into_owned()
        }
        true => percent_decode_str(value).decode_utf8().ok()?.into_owned(),
        false => value.to_owned(),
    });
    let mut text = Zeroizing::new(String::with_capacity(decoded.len()));
    text.extend(decoded.chars().filter(|c| !c.is_ascii_whitespace()));
    Some(text)
}
