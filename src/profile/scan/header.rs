//! What a section header declares, as the SDKs and as botocore read it.
//!
//! The SDKs split at the first space or tab and require an identifier; botocore's `configloader` looks at how the header
//! begins and splits it as a shell would, so it accepts a quoted name.

use super::BLANK;

/// What a section header declares; `Other` is neither a profile nor an sso-session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    Profile(String),
    SsoSession(String),
    Other,
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
pub fn sdk_name(prefix: Option<&str>, name: &str) -> Name {
    match prefix {
        _ if !is_identifier(name) => Name::Other,
        None if name == "default" => Name::Profile(name.to_owned()),
        Some("profile") => Name::Profile(name.to_owned()),
        Some("sso-session") => Name::SsoSession(name.to_owned()),
        _ => Name::Other,
    }
}

/// Whether the SDKs allow all of the characters in the name of a section or key.
pub fn is_identifier(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-/.%@:+".contains(&byte);
    name.bytes().all(allowed)
}

/// Returns what the header declares to botocore's `configloader`.
pub fn botocore_name(header: &str) -> Name {
    let name = || match <[String; 2]>::try_from(shell_words(header)?) {
        Ok([_, name]) => Some(name),
        Err(_) => None,
    };
    if header == "default" {
        Name::Profile(header.to_owned())
    } else if header.starts_with("profile") {
        name().map_or(Name::Other, Name::Profile)
    } else if header.starts_with("sso-session") {
        name().map_or(Name::Other, Name::SsoSession)
    } else {
        Name::Other
    }
}

/// Splits as Python's `shlex.split` does; `None` where that raises an exception.
pub fn shell_words(text: &str) -> Option<Vec<String>> {
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
            (None, ' ' | '\t' | '\r' | '\n') => words.extend(word.take()),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}
