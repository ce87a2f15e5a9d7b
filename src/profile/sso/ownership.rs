//! The sections that `install` wrote together with its profile: recorded in a key of that profile, and removed with it.
//!
//! `apono_wrote = sso-session example 1f3870be, profile Engineer-111122223333 274f6afe`: each section has a fingerprint of
//! its text, so that one the user has changed is kept. A section that existed before is never in the list. Several
//! apono-login profiles may list the same section; it is removed with the last of them.

use std::fmt;
use std::str::FromStr;

use aws_config::profile::ProfileSet;
use sha2::{Digest, Sha256};

use super::{Chosen, Name, NewSection};
use crate::names::ProfileName;
use crate::profile::edit;
use crate::profile::keys;
use crate::profile::scan::{self, Scan};

/// A section that `install` wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrote {
    pub name: Name,
    fingerprint: String,
}

impl Wrote {
    fn new(section: &NewSection) -> Self {
        let keys = section
            .keys
            .iter()
            .map(|(key, value)| (*key, value.as_str()));
        Wrote {
            name: section.name.clone(),
            fingerprint: fingerprint(keys),
        }
    }
}

/// Returns the sections that the profile lists. Items that cannot be parsed are skipped.
pub fn read(profiles: &ProfileSet, profile: &str) -> Vec<Wrote> {
    let value = profiles
        .get_profile(profile)
        .and_then(|found| found.get(keys::APONO_WROTE));
    let items = value.unwrap_or_default().split(',');
    items.filter_map(|item| item.parse().ok()).collect()
}

/// Returns the list of `own` after `chosen` is written: what it lists already, the new sections, and those of the source
/// that other apono-login profiles list. `None` if the list is empty.
pub fn remember(profiles: &ProfileSet, own: &ProfileName, chosen: &Chosen) -> Option<String> {
    listed(&known(profiles, own, chosen))
}

/// Like [`remember`], without the sections that `own` no longer uses: the caller removes them.
pub fn remember_used(profiles: &ProfileSet, own: &ProfileName, chosen: &Chosen) -> Option<String> {
    let mut wrote = known(profiles, own, chosen);
    let used: Vec<_> = used(chosen).collect();
    wrote.retain(|one| used.contains(&one.name));
    listed(&wrote)
}

/// Returns the sections that the source consists of.
fn used(chosen: &Chosen) -> impl Iterator<Item = Name> {
    let session = chosen.session.clone().map(Name::SsoSession);
    session
        .into_iter()
        .chain([Name::Profile(chosen.profile.clone())])
}

fn known(profiles: &ProfileSet, own: &ProfileName, chosen: &Chosen) -> Vec<Wrote> {
    let mut wrote = read(profiles, own.as_str());
    for section in &chosen.new {
        wrote.retain(|one| one.name != section.name);
        wrote.push(Wrote::new(section));
    }
    for name in used(chosen) {
        let known = wrote.iter().any(|one| one.name == name);
        let others = profiles
            .profiles()
            .flat_map(|profile| read(profiles, profile));
        wrote.extend(others.filter(|one| !known && one.name == name).take(1));
    }
    wrote
}

fn listed(wrote: &[Wrote]) -> Option<String> {
    let items: Vec<_> = wrote.iter().map(Wrote::to_string).collect();
    (!items.is_empty()).then(|| items.join(", "))
}

/// Returns the sections that several profiles list, each once.
pub fn each_once<'a>(wrote: impl IntoIterator<Item = &'a Wrote>) -> Vec<Wrote> {
    let mut all: Vec<Wrote> = Vec::new();
    for one in wrote {
        if !all.contains(one) {
            all.push(one.clone());
        }
    }
    all
}

/// The config file without the recorded sections.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Removal {
    pub file: Vec<u8>,
    pub removed: Vec<Name>,
    pub kept: Vec<(Name, Why)>,
}

impl Removal {
    pub fn nothing(config: &[u8]) -> Self {
        Removal {
            file: config.to_vec(),
            ..Self::default()
        }
    }
}

/// Why a section was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("it was changed after install wrote it")]
    Changed,
    #[error("{by} uses it")]
    Used { by: String },
}

/// Removes the sections that have not changed and that nothing else uses. `config` is the file without the apono-login
/// profile itself; the credentials file may use the sections, too.
///
/// # Errors
/// The edit is refused; the file must then not be changed.
pub fn remove(config: &[u8], credentials: &[u8], wrote: &[Wrote]) -> Result<Removal, edit::Error> {
    let mut removal = Removal::nothing(config);
    // Profiles first, because they use sessions.
    let is_session = |one: &&Wrote| matches!(one.name, Name::SsoSession(_));
    let profiles = wrote.iter().filter(|one| !is_session(one));
    for Wrote { name, fingerprint } in profiles.chain(wrote.iter().filter(is_session)) {
        let Some(keys) = entries(&removal.file, name) else {
            continue;
        };
        let user = user(&removal.file, name).or_else(|| user(credentials, name));
        let why = match user {
            _ if self::fingerprint(borrowed(&keys)) != *fingerprint => Why::Changed,
            Some(by) => Why::Used { by },
            None => {
                let keys: Vec<_> = keys.iter().map(|(key, _)| key.as_str()).collect();
                let file = edit::remove(&removal.file, name.section(), &keys)?;
                // A comment in the section would leave it behind, empty.
                if entries(&file, name).is_none() {
                    removal.file = file;
                    removal.removed.push(name.clone());
                    continue;
                }
                Why::Changed
            }
        };
        removal.kept.push((name.clone(), why));
    }
    Ok(removal)
}

/// Returns the keys and values of the section, in the file's order. `None` if there is no such section.
fn entries(file: &[u8], name: &Name) -> Option<Vec<(String, String)>> {
    let text = str::from_utf8(file).ok()?;
    let scan = Scan::new(file);
    let wanted = name.scanned();
    let section = scan.sections.iter().find(|section| section.sdk == wanted)?;
    let entry = |entry: &scan::Entry| {
        let lines = entry.value.start..entry.end().max(entry.value.end);
        let value = match entry.continuation.is_empty() {
            true => &text[entry.value.clone()],
            false => &text[lines],
        };
        (entry.sdk.clone(), value.to_owned())
    };
    Some(section.entries.iter().map(entry).collect())
}

fn borrowed(keys: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    keys.iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
}

/// Returns eight hex digits. They detect edits; they need not resist forgery, since a forger could edit the list as well.
fn fingerprint<'a>(keys: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let text: String = keys
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect();
    hex::encode(&Sha256::digest(text)[..4])
}

/// Returns the header of another section that uses the named one for its credentials or its sign-in.
fn user(file: &[u8], name: &Name) -> Option<String> {
    let text = str::from_utf8(file).ok()?;
    let (keys, wanted) = match name {
        Name::Profile(name) => (
            &[keys::SOURCE_PROFILE, keys::APONO_SOURCE_PROFILE][..],
            name,
        ),
        Name::SsoSession(name) => (&[keys::SSO_SESSION][..], name),
    };
    let refers = |entry: &scan::Entry| {
        // Only the first word: a comment after it is part of the value for some readers only.
        let value = text[entry.value.clone()].split_whitespace().next();
        keys.contains(&entry.sdk.as_str()) && value == Some(wanted.as_str())
    };
    let itself = name.scanned();
    let scan = Scan::new(file);
    let mut others = scan.sections.iter().filter(|section| section.sdk != itself);
    let user = others.find(|section| section.entries.iter().any(refers))?;
    let header = text[user.header.clone()].trim();
    Some(header.trim_matches(['[', ']']).to_owned())
}

impl FromStr for Wrote {
    type Err = ();
    fn from_str(item: &str) -> Result<Self, ()> {
        let words: Vec<_> = item.split_whitespace().collect();
        let [kind, name, fingerprint] = words[..] else {
            return Err(());
        };
        let name = name.parse().map_err(drop)?;
        Ok(Wrote {
            name: match kind {
                "profile" => Name::Profile(name),
                "sso-session" => Name::SsoSession(name),
                _ => return Err(()),
            },
            fingerprint: fingerprint.to_owned(),
        })
    }
}

impl fmt::Display for Wrote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.fingerprint)
    }
}

#[cfg(test)]
mod tests;
