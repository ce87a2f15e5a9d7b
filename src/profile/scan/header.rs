//! What a section header declares, as the SDKs and as botocore read it.
//!
//! The SDKs split at the first space or tab and require an identifier; botocore's `configloader` looks at how the header
//! begins and splits it as a shell would, so it accepts a quoted name.

use std::borrow::Cow;

use super::{BLANK, COMMENT};

/// What a section header declares; `Other` is neither a profile nor an sso-session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Name<'a> {
    Profile(Cow<'a, str>),
    SsoSession(Cow<'a, str>),
    Other,
}

/// Returns what the SDKs read between the brackets of a line that begins with one. They cut off a comment wherever it begins
/// and require the bracket at the end.
pub fn sdk_header(line: &str) -> Option<&str> {
    let line = line.find(COMMENT).map_or(line, |at| &line[..at]);
    line.trim_matches(BLANK)
        .strip_prefix('[')?
        .strip_suffix(']')
}

/// Splits a header such as `profile a` into prefix and name, as the SDKs do.
pub fn split_header(header: &str) -> (Option<&str>, &str) {
    let header = header.trim_matches(BLANK);
    match header.split_once(BLANK) {
        Some((prefix, name)) => (Some(prefix.trim()), name.trim()),
        None => (None, header.trim()),
    }
}

/// Returns what the header declares to the SDKs.
pub fn sdk_name<'a>(prefix: Option<&str>, name: &'a str) -> Name<'a> {
    match prefix {
        _ if !is_identifier(name) => Name::Other,
        None if name == "default" => Name::Profile(name.into()),
        Some("profile") => Name::Profile(name.into()),
        Some("sso-session") => Name::SsoSession(name.into()),
        _ => Name::Other,
    }
}

/// Whether the SDKs allow all of the characters in the name of a section or key.
pub fn is_identifier(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-/.%@:+".contains(&byte);
    name.bytes().all(allowed)
}

/// Returns what the header declares to botocore's `configloader`.
pub fn botocore_name(header: &str) -> Name<'_> {
    let name = || match <[Cow<'_, str>; 2]>::try_from(shell_words(header)?) {
        Ok([_, name]) => Some(name),
        Err(_) => None,
    };
    if header == "default" {
        Name::Profile(header.into())
    } else if header.starts_with("profile") {
        name().map_or(Name::Other, Name::Profile)
    } else if header.starts_with("sso-session") {
        name().map_or(Name::Other, Name::SsoSession)
    } else {
        Name::Other
    }
}

/// Splits as Python's `shlex.split` does; `None` where that raises an exception.
pub fn shell_words(text: &str) -> Option<Vec<Cow<'_, str>>> {
    const BETWEEN: [char; 4] = [' ', '\t', '\r', '\n'];
    if !text.contains(['\'', '"', '\\']) {
        let words = text.split(BETWEEN).filter(|word| !word.is_empty());
        return Some(words.map(Cow::from).collect());
    }
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('"'), '\\') => {
                let escaped = chars.next()?;
                let kept = if matches!(escaped, '"' | '\\') {
                    ""
                } else {
                    "\\"
                };
                word.get_or_insert_default()
                    .extend(kept.chars().chain([escaped]));
            }
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, c) if BETWEEN.contains(&c) => words.extend(word.take().map(Cow::from)),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word.map(Cow::from));
    quote.is_none().then_some(words)
}
