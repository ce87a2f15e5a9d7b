//! The sections that `install` wrote together with its profile: recorded in a key of that profile, and removed with it.
//!
//! `apono_wrote = sso-session example 1f3870be, profile Engineer-111122223333 274f6afe`: each section has a fingerprint of
//! its text, so that one the user has changed is kept. A section that existed before is never in the list. Several
//! apono-login profiles may list the same section; it is removed with the last of them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use aws_config::profile::ProfileSet;
use sha2::{Digest, Sha256};

use super::{Chosen, View};
use crate::names::ProfileName;
use crate::profile::edit::{Edit, Section};
use crate::profile::keys;
use crate::profile::scan::{self, Scan};

/// A section that `install` wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrote {
    pub section: Section,
    fingerprint: String,
}

impl Wrote {
    pub fn new(section: Section, keys: &[(&'static str, String)]) -> Self {
        let keys = keys.iter().map(|(key, value)| (*key, value.as_str()));
        Wrote {
            section,
            fingerprint: fingerprint(keys),
        }
    }
}

/// Returns the sections that the profile lists. Items that cannot be parsed are skipped.
pub fn read(profiles: &ProfileSet, profile: &str) -> Vec<Wrote> {
    let found = profiles.get_profile(profile);
    parsed(found.and_then(|found| found.get(keys::APONO_WROTE)))
}

fn parsed(list: Option<&str>) -> Vec<Wrote> {
    let items = list.unwrap_or_default().split(',');
    items.filter_map(|item| item.parse().ok()).collect()
}

/// Returns the list of `own` after `chosen` is written: the new sections, and those of the source that `own` or another
/// apono-login profile lists. `None` if the list is empty. The caller removes the others that `own` listed.
pub fn remember(view: &View<'_>, own: &ProfileName, chosen: &Chosen) -> Option<String> {
    let mut wrote = known(view, own, chosen);
    wrote.retain(|one| used(chosen).any(|section| one.section == section));
    listed(&wrote)
}

/// Returns the sections that the source consists of.
pub fn used(chosen: &Chosen) -> impl Iterator<Item = Section> {
    let session = chosen.session.clone().map(Section::SsoSession);
    session
        .into_iter()
        .chain([Section::Profile(chosen.profile.clone())])
}

fn known(view: &View<'_>, own: &ProfileName, chosen: &Chosen) -> Vec<Wrote> {
    let own = view.profiles.get(own.as_str());
    let mut wrote = own.map_or_else(Vec::new, |own| parsed(own.get(keys::APONO_WROTE)));
    for edit in &chosen.new {
        if let Edit::Add { section, keys } = edit {
            wrote.retain(|one| one.section != *section);
            wrote.push(Wrote::new(section.clone(), keys));
        }
    }
    for section in used(chosen) {
        let is_known = wrote.iter().any(|one| one.section == section);
        wrote.extend(view.wrote.get(&section).filter(|_| !is_known).cloned());
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

/// What becomes of the recorded sections.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Orphans {
    /// Removes the sections in `removed`.
    pub edits: Vec<Edit>,
    pub removed: Vec<Section>,
    pub kept: Vec<(Section, Why)>,
}

/// Why a section was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("it was changed after install wrote it")]
    Changed,
    #[error("{by} uses it")]
    Used { by: String },
}

/// Decides which of the sections in `wrote` are removed from the config file together with the `planned` edits: those that
/// have not changed and that nothing else uses then, in the config file or the credentials file.
pub fn orphans(config: &[u8], credentials: &[u8], planned: &[Edit], wrote: &[Wrote]) -> Orphans {
    let mut sections = texts(config);
    planned.iter().for_each(|edit| overlay(&mut sections, edit));
    let credentials = texts(credentials);
    let mut orphans = Orphans::default();
    // Profiles first, because they use sessions.
    let mut wrote: Vec<_> = wrote.iter().collect();
    wrote.sort_by_key(|one| matches!(one.section, Section::SsoSession(_)));
    for Wrote {
        section,
        fingerprint,
    } in wrote
    {
        let name = section.scanned();
        let Some(at) = sections.iter().position(|one| one.name == name) else {
            continue;
        };
        let found = &sections[at];
        let keys = found.keys.iter().map(|(key, value)| (&**key, &**value));
        let others = sections.iter().filter(|one| one.name != name);
        let mut others = others.chain(&credentials);
        let why = match others.find(|one| one.uses(section)) {
            _ if self::fingerprint(keys) != *fingerprint => Why::Changed,
            Some(by) => Why::Used {
                by: by.header.to_string(),
            },
            // A comment would leave the section behind, empty.
            None if !found.has_only_keys => Why::Changed,
            None => {
                let keys = found.keys.iter().map(|(key, _)| key.to_string()).collect();
                let section = section.clone();
                orphans.removed.push(section.clone());
                orphans.edits.push(Edit::Remove { section, keys });
                sections.remove(at);
                continue;
            }
        };
        orphans.kept.push((section.clone(), why));
    }
    orphans
}

/// A section as it is, or will be, in a file.
struct Text<'a> {
    name: scan::Name,
    header: Cow<'a, str>,
    keys: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    has_only_keys: bool,
}

/// Returns eight hex digits. They detect edits; they need not resist forgery, since a forger could edit the list as well.
fn fingerprint<'a>(keys: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let text: String = keys
        .map(|(key, value)| format!("{key} = {value}\n"))
        .collect();
    hex::encode(&Sha256::digest(text)[..4])
}

impl Text<'_> {
    /// Whether the section uses the other one for its credentials or its sign-in.
    fn uses(&self, other: &Section) -> bool {
        let (keys, name) = match other {
            Section::Profile(name) => (
                &[keys::SOURCE_PROFILE, keys::APONO_SOURCE_PROFILE][..],
                name,
            ),
            Section::SsoSession(name) => (&[keys::SSO_SESSION][..], name),
        };
        self.keys.iter().any(|(key, value)| {
            // Only the first word: a comment after it is part of the value for some readers only.
            keys.contains(&&**key) && value.split_whitespace().next() == Some(name.as_str())
        })
    }
}

/// Returns the sections of a file; none if it is not UTF-8.
fn texts(file: &[u8]) -> Vec<Text<'_>> {
    let text = str::from_utf8(file).unwrap_or_default();
    let section = |section: scan::Section| Text {
        header: text[section.header.clone()]
            .trim()
            .trim_matches(['[', ']'])
            .into(),
        has_only_keys: section.has_only_keys(text),
        name: section.sdk,
        keys: section
            .entries
            .into_iter()
            .map(|entry| {
                let value = match entry.continuation.is_empty() {
                    true => entry.value,
                    false => entry.value.start..entry.end().max(entry.value.end),
                };
                (entry.sdk.into(), text[value].into())
            })
            .collect(),
    };
    Scan::new(file).sections.into_iter().map(section).collect()
}

/// Makes an edit of the config file in its sections.
fn overlay<'a>(sections: &mut Vec<Text<'a>>, edit: &'a Edit) {
    let name = edit.section().scanned();
    let at = sections.iter().position(|one| one.name == name);
    let at = at.unwrap_or_else(|| {
        sections.push(Text {
            name,
            header: edit.section().to_string().into(),
            keys: Vec::new(),
            has_only_keys: true,
        });
        sections.len() - 1
    });
    let keys = &mut sections[at].keys;
    for (key, value) in edit.keys() {
        let old = keys.iter().position(|(old, _)| old == key);
        match (old, value) {
            (Some(old), Some(value)) => keys[old].1 = value.into(),
            (Some(old), None) => drop(keys.remove(old)),
            (None, Some(value)) => keys.push((key.into(), value.into())),
            (None, None) => {}
        }
    }
    if keys.is_empty() && sections[at].has_only_keys {
        sections.remove(at);
    }
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
            section: match kind {
                "profile" => Section::Profile(name),
                "sso-session" => Section::SsoSession(name),
                _ => return Err(()),
            },
            fingerprint: fingerprint.to_owned(),
        })
    }
}

impl fmt::Display for Wrote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.section, self.fingerprint)
    }
}

#[cfg(test)]
mod tests;
