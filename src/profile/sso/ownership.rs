//! The sections that `install` wrote together with its profile: recorded in a key of that profile, and removed with it.
//!
//! `apono_wrote = sso-session example 1f3870be, profile Engineer-111122223333 274f6afe`: each section has a fingerprint of
//! its text, so that one the user has changed is kept. A section that existed before is never in the list. Several
//! apono-login profiles may list the same section; it is removed with the last of them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::{Chosen, View, correction};
use crate::names::ProfileName;
use crate::profile::edit::{Edit, Section};
use crate::profile::keys;
use crate::profile::profiles::Profiles;
use crate::profile::scan::{self, Entry, Name, Scan};

/// A section that `install` wrote.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
pub fn read(profiles: &Profiles, profile: &str) -> Vec<Wrote> {
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
    let corrected = correction::outcomes(view, &chosen.new);
    let corrected = corrected.iter().map(|(wrote, _)| wrote);
    listed(&replaced(wrote, view.corrected.iter().chain(corrected)))
}

/// Returns the sections that the source consists of.
pub fn used(chosen: &Chosen) -> impl Iterator<Item = Section> {
    let session = chosen.session.clone().map(Section::SsoSession);
    session
        .into_iter()
        .chain([Section::Profile(chosen.profile.clone())])
}

fn known(view: &View<'_>, own: &ProfileName, chosen: &Chosen) -> Vec<Wrote> {
    let own = view.profile(own.as_str());
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

/// Returns the list with the new items in place of those of the same sections.
pub(super) fn replaced<'a>(
    mut list: Vec<Wrote>,
    new: impl IntoIterator<Item = &'a Wrote>,
) -> Vec<Wrote> {
    for new in new {
        for old in list.iter_mut().filter(|old| old.section == new.section) {
            old.clone_from(new);
        }
    }
    list
}

pub(super) fn listed(wrote: &[Wrote]) -> Option<String> {
    let items: Vec<_> = wrote.iter().map(Wrote::to_string).collect();
    (!items.is_empty()).then(|| items.join(", "))
}

/// Returns the sections that several profiles list, each once.
pub fn each_once<'a>(wrote: impl IntoIterator<Item = &'a Wrote>) -> Vec<Wrote> {
    let mut seen = HashSet::new();
    let wrote = wrote.into_iter().filter(|one| seen.insert(*one));
    wrote.cloned().collect()
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
    let mut orphans = Orphans::default();
    if wrote.is_empty() {
        return orphans;
    }
    let mut sections = Sections::of(config);
    planned.iter().for_each(|edit| sections.overlay(edit));
    let Sections { all, at, mut gone } = sections;
    let users = users(&all);
    let credentials = texts(credentials);
    let users_there = self::users(&credentials);
    // Profiles first, because they use sessions.
    let mut wrote: Vec<_> = wrote.iter().collect();
    wrote.sort_by_key(|one| matches!(one.section, Section::SsoSession(_)));
    for Wrote {
        section,
        fingerprint,
    } in wrote
    {
        let name = section.scanned();
        let Some(&index) = at.get(&name).filter(|index| !gone.contains(*index)) else {
            continue;
        };
        let found = &all[index];
        let keys = found.keys.iter().map(|(key, value)| (&**key, &**value));
        let here = users.get(&name).into_iter().flatten();
        let here = here
            .filter(|user| !gone.contains(*user))
            .map(|&user| &all[user]);
        let there = users_there.get(&name).into_iter().flatten();
        let there = there.map(|&user| &credentials[user]);
        let mut others = here.filter(|one| one.name != name).chain(there);
        let why = match others.next() {
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
                gone.insert(index);
                continue;
            }
        };
        orphans.kept.push((section.clone(), why));
    }
    orphans
}

/// The sections of a file, as they will be.
struct Sections<'a> {
    all: Vec<Text<'a>>,
    /// Where those are that have a name.
    at: HashMap<Name<'a>, usize>,
    /// Those that are removed.
    gone: HashSet<usize>,
}

/// A section as it is, or will be, in a file.
struct Text<'a> {
    name: Name<'a>,
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

/// Returns which of the sections use each profile and sso-session for their credentials or their sign-in.
fn users<'t>(sections: &'t [Text<'_>]) -> HashMap<Name<'t>, Vec<usize>> {
    let mut users: HashMap<_, Vec<_>> = HashMap::new();
    for (index, section) in sections.iter().enumerate() {
        for (key, value) in &section.keys {
            // Only the first word: a comment after it is part of the value for some readers only.
            let name = value.split_whitespace().next().unwrap_or_default();
            let used = match &**key {
                keys::SOURCE_PROFILE | keys::APONO_SOURCE_PROFILE => Name::Profile(name.into()),
                keys::SSO_SESSION => Name::SsoSession(name.into()),
                _ => continue,
            };
            users.entry(used).or_default().push(index);
        }
    }
    users
}

/// Returns the sections of a file; none if it is not UTF-8.
fn texts<'a>(file: &'a [u8]) -> Vec<Text<'a>> {
    let text = str::from_utf8(file).unwrap_or_default();
    let key = |entry: Entry<'a>| {
        let end = match entry.continuation.is_empty() {
            true => entry.value.end,
            false => entry.end().max(entry.value.end),
        };
        (entry.sdk, text[entry.value.start..end].into())
    };
    let section = |section: scan::Section<'a>| {
        let entries = section.entries(text);
        let header = text[section.header.clone()].trim();
        Text {
            header: header.trim_matches(['[', ']']).into(),
            has_only_keys: section.has_only(&entries, text),
            keys: entries.into_iter().map(key).collect(),
            name: section.sdk,
        }
    };
    Scan::new(file).sections.into_iter().map(section).collect()
}

impl<'a> Sections<'a> {
    fn of(file: &'a [u8]) -> Self {
        let all = texts(file);
        let mut at = HashMap::new();
        for (index, section) in all.iter().enumerate() {
            at.entry(section.name.clone()).or_insert(index);
        }
        let gone = HashSet::new();
        Sections { all, at, gone }
    }

    /// Makes an edit of the file.
    fn overlay(&mut self, edit: &'a Edit) {
        let name = edit.section().scanned();
        let index = *self.at.entry(name.clone()).or_insert_with(|| {
            self.all.push(Text {
                name: name.clone(),
                header: edit.section().to_string().into(),
                keys: Vec::new(),
                has_only_keys: true,
            });
            self.all.len() - 1
        });
        let keys = &mut self.all[index].keys;
        for (key, value) in edit.keys() {
            let old = keys.iter().position(|(old, _)| old == key);
            match (old, value) {
                (Some(old), Some(value)) => keys[old].1 = value.into(),
                (Some(old), None) => drop(keys.remove(old)),
                (None, Some(value)) => keys.push((key.into(), value.into())),
                (None, None) => {}
            }
        }
        if keys.is_empty() && self.all[index].has_only_keys {
            self.gone.insert(index);
            self.at.remove(&name);
        }
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
