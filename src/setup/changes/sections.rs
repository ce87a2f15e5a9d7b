//! The sections of the AWS config file: whether they change, and those of source profiles, which are removed with the last profile
//! that uses them.

use std::collections::BTreeMap;

use super::{Change, Changes, Gone, Member, State};
use crate::names::ProfileName;
use crate::profile::edit::{Edit, Section};
use crate::profile::keys;
use crate::profile::scan::Scan;
use crate::profile::sso::ownership::{self, Wrote};
use crate::setup::source::Key;

/// Removes the sections that were written for a source profile and that no profile uses any more.
pub(super) fn remove_orphans(
    changes: &mut Changes,
    state: &State<'_>,
    members: &[Member<'_>],
    gone: &[Gone<'_>],
    used: &[Section],
) {
    let ours = gone.iter().map(|gone| &gone.existing);
    let ours = ours.chain(members.iter().map(|member| &member.existing));
    let wrote = ours.flat_map(|existing| existing.wrote.clone());
    let foreign = changes.foreign.iter();
    let foreign = foreign.flat_map(|of| ownership::read(state.profiles, of.profile.as_str()));
    let wrote = wrote
        .chain(foreign)
        .filter(|one| !used.contains(&one.section));
    let wrote: Vec<Wrote> = wrote.collect();
    let wrote = ownership::each_once(&wrote);
    let orphans = ownership::orphans(state.config, state.credentials, &changes.config, &wrote);
    changes.config.extend(orphans.edits);
    for section in &orphans.removed {
        changes.say(section, Change::Removed);
    }
    changes.kept = orphans.kept;
}

/// Keeps recorded sections that stay in the lists of their profiles, so that a later run can still remove them.
pub(super) fn keep_recorded(changes: &mut Changes, text: &Text<'_>, members: &[Member<'_>]) {
    let Changes {
        config,
        sections,
        kept,
        ..
    } = changes;
    if kept.is_empty() {
        return;
    }
    let recorded = members.iter();
    let recorded: BTreeMap<_, _> = recorded
        .map(|member| (&member.profile.name, member.existing.wrote.as_slice()))
        .collect();
    for edit in config {
        let Edit::Set { section, keys } = edit else {
            continue;
        };
        let Section::Profile(name) = section else {
            continue;
        };
        let recorded = recorded.get(name).copied();
        let stays = |one: &&Wrote| kept.iter().any(|(section, _)| *section == one.section);
        let stay: Vec<_> = recorded.unwrap_or_default().iter().filter(stays).collect();
        let list = keys.iter_mut().find(|(key, _)| *key == keys::APONO_WROTE);
        if let (Some((_, list)), [_, ..]) = (list, &stay[..]) {
            let known = list.iter().cloned();
            let all = known.chain(stay.iter().map(|one| one.to_string()));
            *list = Some(all.collect::<Vec<_>>().join(", "));
            let what = section.to_string();
            if let Some(outcome) = sections.iter_mut().find(|outcome| outcome.what == what) {
                outcome.change = text.change(section, keys);
            }
        }
    }
}

/// What the user has added to the section of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub profile: ProfileName,
    /// None if there are only comments.
    pub keys: Vec<String>,
}

/// The config file, scanned once.
pub(super) struct Text<'a> {
    text: &'a str,
    scan: Scan<'a>,
}

impl<'a> Text<'a> {
    pub fn new(config: &'a [u8]) -> Self {
        Text {
            text: str::from_utf8(config).unwrap_or_default(),
            scan: Scan::new(config),
        }
    }

    /// Returns what stays of the profile's section without these keys, if anything does.
    pub fn left(&self, profile: &ProfileName, keys: &[&str]) -> Option<Left> {
        let section = Section::Profile(profile.clone());
        let mut found = self.scan.sections.iter();
        let found = found.find(|found| found.sdk == section.scanned())?;
        let entries = found.entries(self.text);
        let theirs = entries.iter().filter(|entry| !keys.contains(&&*entry.sdk));
        let theirs: Vec<_> = theirs.map(|entry| entry.sdk.to_string()).collect();
        let is_left = !theirs.is_empty() || !found.has_only(&entries, self.text);
        is_left.then(|| Left {
            profile: profile.clone(),
            keys: theirs,
        })
    }

    /// Returns whether setting these keys changes the existing section.
    pub fn change(&self, section: &Section, keys: &[Key]) -> Change {
        let mut found = self.scan.sections.iter();
        let found = found.find(|found| found.sdk == section.scanned());
        let entries = found.map(|found| found.entries(self.text));
        let entries = entries.unwrap_or_default();
        let same = |(key, value): &Key| {
            let entry = entries.iter().find(|entry| entry.sdk == *key);
            entry.map(|entry| &self.text[entry.value.clone()]) == value.as_deref()
        };
        match keys.iter().all(same) {
            true => Change::Same,
            false => Change::Changed,
        }
    }
}
