//! Contexts that one profile takes from another one: the other profile records it, so that it is given back when the first one is
//! removed.

use std::collections::BTreeMap;

use super::contexts::{Contexts, Now};
use super::given_back::staying;
use super::{Member, State};
use crate::names::ProfileName;
use crate::profile::edit::{Edit, Section};
use crate::profile::keys;
use crate::profile::ours::Installed;
use crate::profile::ours::record::{self, Taken};
use crate::profile::profiles::Profiles;
use crate::setup::clusters::Added;
use crate::setup::desired::Desired;
use crate::setup::source::Key;

/// Returns the edits for a context that `update-kubeconfig` writes for this profile.
pub fn edits(profiles: &Profiles, added: &Added, profile: &ProfileName) -> Vec<Edit> {
    let installed = |name: &ProfileName| {
        let existing = Installed::read(profiles, name).ok();
        existing.filter(Installed::is_installed)
    };
    let mut edits = Vec::new();
    if let Some(existing) = installed(profile) {
        let left = without(&existing.contexts_taken, [&added.context]);
        edits.extend(edit(profile, &existing, left));
    }
    let other = added.taken_from.as_ref().and_then(|name| name.parse().ok());
    if let Some(other) = other
        && let Some(existing) = installed(&other)
    {
        let taken = with(profiles, &other, &existing.contexts_taken, &added.context);
        edits.extend(edit(&other, &existing, taken));
    }
    edits
}

/// Returns the edits of the profiles that stay: of those that lose a context, and of those that get one back.
pub(super) fn of_others(state: &State<'_>, desired: &Desired, contexts: &Contexts) -> Vec<Edit> {
    let mut others: BTreeMap<ProfileName, (Installed, Vec<Taken>)> = BTreeMap::new();
    let mut change = |name: &ProfileName, change: &dyn Fn(&[Taken]) -> Vec<Taken>| {
        let Some(existing) = staying(state, desired, name) else {
            return;
        };
        let taken = existing.contexts_taken.clone();
        let (_, taken) = others.entry(name.clone()).or_insert((existing, taken));
        *taken = change(taken);
    };
    for pending in &contexts.pending {
        if let Now::For(other) = &pending.now
            && let Ok(other) = other.parse()
        {
            change(&other, &|taken| {
                with(state.profiles, &other, taken, &pending.context)
            });
        }
    }
    for back in &contexts.given_back {
        change(&back.profile, &|taken| without(taken, [&back.context]));
    }
    let others = others.into_iter();
    others
        .filter_map(|(name, (existing, taken))| edit(&name, &existing, taken))
        .collect()
}

/// Returns the key of a profile to install: what it has lost, but for the contexts that it gets now.
pub(super) fn key(member: &Member<'_>) -> Key {
    let account = &member.profile.account;
    let names = account.clusters.iter().map(|of| account.context_name(of));
    let names: Vec<_> = names.collect();
    let left = without(&member.existing.contexts_taken, &names);
    (keys::APONO_CONTEXTS_TAKEN, record::remember_taken(&left))
}

/// Returns what the profile records once another one takes this context from it, after all others that lost it before.
fn with(
    profiles: &Profiles,
    profile: &ProfileName,
    taken: &[Taken],
    context: &String,
) -> Vec<Taken> {
    let others = profiles.mentioning(keys::APONO_CONTEXTS_TAKEN);
    let others = others.filter(|other| other.name() != profile.as_str());
    let values = others.filter_map(|other| other.get(keys::APONO_CONTEXTS_TAKEN));
    let of_context = values.flat_map(record::taken);
    let of_context = of_context.filter(|of| of.context == *context);
    let last = of_context.map(|of| of.number).max().unwrap_or(0);
    let mut with = without(taken, [context]);
    with.push(Taken {
        context: context.clone(),
        number: last.saturating_add(1),
    });
    with
}

fn without<'a>(taken: &[Taken], contexts: impl IntoIterator<Item = &'a String>) -> Vec<Taken> {
    let contexts: Vec<_> = contexts.into_iter().collect();
    let left = taken.iter().filter(|of| !contexts.contains(&&of.context));
    left.cloned().collect()
}

/// Returns the edit of the profile, if it has to record others than before.
fn edit(profile: &ProfileName, existing: &Installed, taken: Vec<Taken>) -> Option<Edit> {
    let keys = vec![(keys::APONO_CONTEXTS_TAKEN, record::remember_taken(&taken))];
    let section = Section::Profile(profile.clone());
    (taken != existing.contexts_taken).then_some(Edit::Set { section, keys })
}
