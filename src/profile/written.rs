//! Where the files have what a profile says, and what in them looks like that which is missing: for errors.

use std::fmt;
use std::path::Path;

use super::keys;
use super::read::Files;
use super::scan::{self, Name, Scan};

/// A line of one of the two files, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    path: &'a Path,
    line: usize,
}

/// A key and its value, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<'a> {
    pub place: Place<'a>,
    pub key: String,
    value: &'a str,
}

/// Something in the files that explains why a profile is not found or not complete, and how to change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clue {
    pub cause: String,
    pub hint: String,
}

/// What a section declares that is looked for.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    Profile(&'a str),
    SsoSession(&'a str),
}

/// The keys that say where credentials come from.
const SOURCES: [&str; 13] = [
    keys::AWS_ACCESS_KEY_ID,
    keys::AWS_SECRET_ACCESS_KEY,
    keys::AWS_SESSION_TOKEN,
    keys::CREDENTIAL_PROCESS,
    keys::CREDENTIAL_SOURCE,
    keys::LOGIN_SESSION,
    keys::ROLE_ARN,
    keys::SOURCE_PROFILE,
    keys::SSO_ACCOUNT_ID,
    keys::SSO_REGION,
    keys::SSO_ROLE_NAME,
    keys::SSO_SESSION,
    keys::SSO_START_URL,
];
/// How many letters a key may differ in from the one that it looks like.
const LIKENESS: usize = 2;

impl Place<'_> {
    /// Returns the hint to replace the line by this text.
    fn change_to(self, text: &str) -> String {
        format!(
            "change line {} of {} to `{text}`",
            self.line,
            self.path.display()
        )
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.line)
    }
}

impl Written<'_> {
    /// Returns the hint to replace the line by another key and value.
    pub fn replace_by(&self, key: &str, value: &str) -> String {
        self.place.change_to(&format!("{key} = {value}"))
    }

    /// Explains that the value names something whose name has other letters in upper case.
    pub fn other_case(&self, name: &str) -> Clue {
        let Written { place, key, value } = self;
        Clue {
            cause: format!(
                "{place}: `{key}` is {value}, but the name is {name}: upper and lower case differ"
            ),
            hint: self.replace_by(key, name),
        }
    }

    /// Explains the quotes around a value, as npm's `ini` writes them.
    pub fn quotes(&self) -> Option<Clue> {
        let value = ['"', '\''].into_iter().find_map(|quote| {
            let value = self.value.strip_prefix(quote)?;
            value.strip_suffix(quote)
        })?;
        let Written { place, key, .. } = self;
        Some(Clue {
            cause: format!(
                "{place}: the value of `{key}` is in quotes, which AWS tools read as part of it"
            ),
            hint: match is_secret(key) {
                true => format!(
                    "remove the quotes on line {} of {}",
                    place.line,
                    place.path.display()
                ),
                false => self.replace_by(key, value),
            },
        })
    }
}

/// Returns where the files have a key of the profile, as SDKs read them.
pub fn key<'a>(files: &'a Files, profile: &str, key: &str) -> Option<Written<'a>> {
    let mut found = entries(files, Wanted::Profile(profile));
    found.retain(|written| written.key == key);
    found.pop()
}

/// Returns where the section begins, as SDKs read the files.
pub fn section<'a>(files: &'a Files, wanted: Wanted<'_>) -> Option<Place<'a>> {
    sections(files, wanted)
        .into_iter()
        .map(|(place, _)| place)
        .next()
}

/// Returns the keys of these sections.
fn entries<'a>(files: &'a Files, wanted: Wanted<'_>) -> Vec<Written<'a>> {
    let sections = sections(files, wanted).into_iter();
    sections.flat_map(|(_, written)| written).collect()
}

fn sections<'a>(files: &'a Files, wanted: Wanted<'_>) -> Vec<(Place<'a>, Vec<Written<'a>>)> {
    let mut found = Vec::new();
    for (at, (path, text)) in files.texts().into_iter().enumerate() {
        for section in Scan::new(text.as_bytes()).sections {
            let line = text[section.header.clone()].trim_end();
            let is_it = match (at, wanted) {
                (0, Wanted::Profile(name)) => section.sdk == Name::Profile(name.into()),
                (0, Wanted::SsoSession(name)) => section.sdk == Name::SsoSession(name.into()),
                (_, Wanted::Profile(name)) => {
                    scan::sdk_header(line).map(scan::split_header) == Some((None, name))
                }
                (_, Wanted::SsoSession(_)) => false,
            };
            if is_it {
                let place = |line| Place { path, line };
                let entries = section.entries(text).into_iter();
                let entries = entries.map(|entry| Written {
                    place: place(entry.line),
                    key: entry.sdk.into_owned(),
                    value: &text[entry.value],
                });
                found.push((place(section.line), entries.collect()));
            }
        }
    }
    found
}

/// Returns the header that looks like the one that is wanted, which SDKs do not find.
pub fn like_section(files: &Files, wanted: Wanted<'_>) -> Option<Clue> {
    let texts = files.texts().into_iter().enumerate();
    let lines = texts.flat_map(|(at, (path, text))| {
        let lines = text.lines().enumerate();
        lines.map(move |(index, line)| {
            let line_number = index + 1;
            let place = Place {
                path,
                line: line_number,
            };
            (at == 0, place, line)
        })
    });
    lines
        .into_iter()
        .find_map(|(is_config, place, line)| like_header(is_config, place, line, wanted))
}

fn like_header(is_config: bool, place: Place<'_>, line: &str, wanted: Wanted<'_>) -> Option<Clue> {
    let header = line.trim().strip_prefix('[')?;
    let header = &header[..header.rfind(']')?];
    let words = scan::shell_words(header)?;
    let (prefix, found) = match words.as_slice() {
        [name] => (None, name),
        [prefix, name] => (Some(&**prefix), name),
        _ => return None,
    };
    let (name, word) = match wanted {
        Wanted::Profile(name) => (name, "profile"),
        Wanted::SsoSession(name) => (name, "sso-session"),
    };
    let is_default = name == "default" && word == "profile";
    let right = match is_config && !is_default {
        true => format!("[{word} {name}]"),
        false => format!("[{name}]"),
    };
    if found != name {
        return None;
    }
    let of_other_kind = match word {
        "profile" => prefix == Some("sso-session"),
        _ => prefix == Some("profile"),
    };
    let why = match prefix {
        _ if of_other_kind => return None,
        _ if !is_config && word == "sso-session" => {
            return Some(Clue {
                cause: format!("{place}: [{header}] is read in the config file only"),
                hint: format!("move the section at {place} to your AWS config file"),
            });
        }
        None if is_config && !is_default => format!("lacks the word `{word}`"),
        Some(_) if !is_config => {
            "has a word before the name, as only the config file has it".to_owned()
        }
        _ if header.contains(['"', '\'']) => {
            "has quotes, which only the aws CLI and boto3 remove from a name".to_owned()
        }
        _ if line.starts_with([' ', '\t']) => {
            "is indented, and so a part of the line above it".to_owned()
        }
        _ => "is not read as a header by AWS SDKs".to_owned(),
    };
    Some(Clue {
        cause: format!("{place}: [{header}] {why}"),
        hint: place.change_to(&right),
    })
}

/// Returns the keys of the section that look like one of those that are missing.
pub fn like_keys(files: &Files, wanted: Wanted<'_>, missing: &[&str]) -> Vec<Clue> {
    let likeness = |written: Written<'_>| {
        let key = written.key.as_str();
        let is_known = SOURCES.contains(&key) || key.starts_with("apono_");
        let alike = missing
            .iter()
            .copied()
            .find(|&wanted| is_alike(key, wanted));
        let wanted = alike.filter(|_| !is_known)?;
        let place = written.place;
        Some(Clue {
            cause: format!("{place}: `{key}` is not a key of AWS tools"),
            hint: format!(
                "change `{key}` on line {} of {} to `{wanted}`",
                place.line,
                place.path.display()
            ),
        })
    };
    entries(files, wanted)
        .into_iter()
        .filter_map(likeness)
        .collect()
}

/// Returns the keys of the profile that look like one that says where credentials come from.
pub fn like_sources(files: &Files, profile: &str) -> Vec<Clue> {
    like_keys(files, Wanted::Profile(profile), &SOURCES)
}

fn is_secret(key: &str) -> bool {
    [keys::AWS_SECRET_ACCESS_KEY, keys::AWS_SESSION_TOKEN].contains(&key)
}

/// Returns whether a key is meant to be another one: they differ in a few letters, or in dashes, underscores and blanks only.
fn is_alike(key: &str, wanted: &str) -> bool {
    let bare = |key: &str| key.replace(['-', '_', ' '], "");
    bare(key) == bare(wanted) || distance(key, wanted) <= LIKENESS
}

/// Returns how many letters must be inserted, removed or replaced (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(config: &str, credentials: &str) -> Files {
        Files::of_texts([config, credentials].map(str::to_owned)).unwrap()
    }

    fn cause(config: &str, credentials: &str, wanted: Wanted<'_>) -> Option<String> {
        like_section(&files(config, credentials), wanted).map(|clue| clue.cause)
    }

    #[test]
    fn a_header_that_looks_like_the_profile() {
        let dev = |config: &str| cause(config, "", Wanted::Profile("dev"));
        let at = |line: usize, what: &str| Some(format!("config:{line}: {what}"));
        assert_eq!(dev("[dev]\n"), at(1, "[dev] lacks the word `profile`"));
        assert_eq!(
            dev("[default]\n[profile \"dev\"]\n"),
            at(
                2,
                "[profile \"dev\"] has quotes, which only the aws CLI and boto3 remove from a name"
            )
        );
        assert_eq!(
            dev("[default]\nregion = a\n  [profile dev]\n"),
            at(
                3,
                "[profile dev] is indented, and so a part of the line above it"
            )
        );
        for other in ["[sso-session dev]\n", "[profile dev-2]\n", "# [dev]\n", ""] {
            assert_eq!(dev(other), None, "{other}");
        }
        assert_eq!(
            cause("", "[profile dev]\n", Wanted::Profile("dev")).unwrap(),
            "credentials:1: [profile dev] has a word before the name, as only the config file has it"
        );
    }

    #[test]
    fn a_header_that_looks_like_the_sso_session() {
        let corp = |config: &str| cause(config, "", Wanted::SsoSession("corp")).is_some();
        for found in [
            "[corp]\n",
            "[sso_session corp]\n",
            "[sso-session \"corp\"]\n",
        ] {
            assert!(corp(found), "{found}");
        }
        assert!(!corp("[profile corp]\n"));
        assert!(cause("", "[sso-session corp]\n", Wanted::SsoSession("corp")).is_some());
    }

    #[test]
    fn keys_that_are_misspelt() {
        let config = "[profile a]\nso_start_url = u\nsso-region = r\nregion = x\nsso_session = s\n";
        let files = files(config, "");
        let clues = like_keys(
            &files,
            Wanted::Profile("a"),
            &["sso_start_url", "sso_region"],
        );
        let hints: Vec<_> = clues.iter().map(|clue| clue.hint.as_str()).collect();
        assert_eq!(
            hints,
            [
                "change `so_start_url` on line 2 of config to `sso_start_url`",
                "change `sso-region` on line 3 of config to `sso_region`"
            ]
        );
        let place = key(&files, "a", "region").unwrap().place.to_string();
        assert_eq!(place, "config:4");
    }

    #[test]
    fn quotes_are_named_and_no_secret_is() {
        let config = "[profile a]\nrole_arn = \"arn\"\n";
        let secret = "[a]\naws_session_token = \"secret=\"\n";
        let files = files(config, secret);
        let clue = |name| key(&files, "a", name).unwrap().quotes().unwrap();
        assert_eq!(
            clue("role_arn").hint,
            "change line 2 of config to `role_arn = arn`"
        );
        assert_eq!(
            clue("aws_session_token").hint,
            "remove the quotes on line 2 of credentials"
        );
    }

    #[test]
    fn distances() {
        for (a, b, apart) in [
            ("", "", 0),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(distance(a, b), apart, "{a} {b}");
        }
    }
}
