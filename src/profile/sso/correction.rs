//! The region of an sso-session that `install` wrote, corrected in place: a start URL has one region, so that another one was a
//! mistake, and a second section beside it would only be in the way.

use super::{Body, View, Wanted, has_scope, ownership, same};
use crate::names::ProfileName;
use crate::profile::edit::{Edit, Section};
use crate::profile::keys;
use ownership::Wrote;

/// Returns the edits of the correction: of the section, and of the lists in which profiles record what was written. Empty if a
/// section matches, or if the one to correct is the user's.
pub(super) fn edits(view: &View<'_>, wanted: &Wanted) -> Vec<Edit> {
    let wrong = view.sessions.iter().find_map(|(name, body)| {
        let name: ProfileName = name.parse().ok()?;
        let is_meant = wanted.session.as_ref().is_none_or(|meant| *meant == name);
        let is_wrong = same(body.value(keys::SSO_START_URL), &wanted.start_url)
            && has_scope(body.get(keys::SSO_REGISTRATION_SCOPES))
            && !same(body.value(keys::SSO_REGION), &wanted.sso_region);
        let section = Section::SsoSession(name);
        let is_ours =
            || view.wrote.get(&section) == Some(&Wrote::new(section.clone(), &written(body)));
        (is_meant && is_wrong && is_ours()).then(|| (section.clone(), body))
    });
    let Some((section, body)) = wrong else {
        return Vec::new();
    };
    let set = vec![(keys::SSO_REGION, Some(wanted.sso_region.to_string()))];
    let new = Wrote::new(section.clone(), &corrected(body, &set));
    let mut edits = vec![Edit::Set { section, keys: set }];
    for profile in view.files.mentioning(keys::APONO_WROTE) {
        // That of the profile itself is written with its other keys.
        let Some(name) = profile
            .name()
            .parse()
            .ok()
            .filter(|name| *name != wanted.own)
        else {
            continue;
        };
        let list = ownership::read(view.files, profile.name());
        if list.iter().any(|one| one.section == new.section) {
            let section = Section::Profile(name);
            let list = ownership::listed(&ownership::replaced(list, [&new]));
            let keys = vec![(keys::APONO_WROTE, list)];
            edits.push(Edit::Set { section, keys });
        }
    }
    edits
}

/// Returns what a correction among the edits makes of its section.
pub(super) fn outcomes(view: &View<'_>, edits: &[Edit]) -> Vec<(Wrote, Vec<Key>)> {
    let outcome = |edit: &Edit| {
        let Edit::Set { section, keys } = edit else {
            return None;
        };
        let Section::SsoSession(name) = section else {
            return None;
        };
        let after = corrected(view.sessions.get(name.as_str())?, keys);
        Some((Wrote::new(section.clone(), &after), after))
    };
    edits.iter().filter_map(outcome).collect()
}

/// A key and its value.
type Key = (&'static str, String);

/// Returns the section's keys as `install` writes them.
fn written(body: &Body<'_>) -> Vec<Key> {
    let text = |key| (key, body.get(key).unwrap_or_default().to_owned());
    [
        keys::SSO_START_URL,
        keys::SSO_REGION,
        keys::SSO_REGISTRATION_SCOPES,
    ]
    .map(text)
    .into()
}

/// Returns the same with the values that are set.
fn corrected(body: &Body<'_>, set: &[(&'static str, Option<String>)]) -> Vec<Key> {
    let mut keys = written(body);
    for (key, value) in &mut keys {
        let new = set.iter().find(|(other, _)| other == key);
        if let Some((_, Some(new))) = new {
            value.clone_from(new);
        }
    }
    keys
}
