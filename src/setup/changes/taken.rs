//! Contexts that one profile takes from another one under a name that does not tell whose it was: the other profile records it, so
//! that it is given back when the first one is removed.

use std::collections::BTreeMap;

use super::contexts::{Contexts, Now};
use super::given_back::staying;
use super::{Member, State};
use crate::kube::config::{Config, FoundUser};
use crate::kube::file::Kubeconfigs;
use crate::names::ProfileName;
use crate::profile::edit::{Edit, Section};
use crate::profile::keys;
use crate::profile::ours::{Installed, record};
use crate::profile::profiles::Profiles;
use crate::setup::clusters::Added;
use crate::setup::desired::Desired;
use crate::setup::source::Key;

/// Returns the edits for a context that `update-kubeconfig` writes for this profile.
pub fn edits(
    files: &Kubeconfigs,
    profiles: &Profiles,
    added: &Added,
    profile: &ProfileName,
) -> Vec<Edit> {
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
        let taken = with(&files.configs, &other, &existing, &added.context);
        edits.extend(edit(&other, &existing, taken));
    }
    edits
}

/// Returns the edits of the profiles that stay: of those that lose a context, and of those that get one back.
pub(super) fn of_others(state: &State<'_>, desired: &Desired, contexts: &Contexts) -> Vec<Edit> {
    let mut others: BTreeMap<ProfileName, (Installed, Vec<String>)> = BTreeMap::new();
    let mut change = |name: &ProfileName, change: &dyn Fn(&Installed, &[String]) -> Vec<String>| {
        let Some(existing) = staying(state, desired, name) else {
            return;
        };
        let taken = existing.contexts_taken.clone();
        let (existing, taken) = others.entry(name.clone()).or_insert((existing, taken));
        *taken = change(existing, taken);
    };
    for pending in &contexts.pending {
        if let Now::For(other) = &pending.now
            && let Ok(other) = other.parse()
        {
            let configs = &state.kubeconfigs.configs;
            change(&other, &|existing, taken| {
                let with = with(configs, &other, existing, &pending.context);
                let new = with.into_iter().filter(|name| !taken.contains(name));
                taken.iter().cloned().chain(new).collect()
            });
        }
    }
    for back in &contexts.given_back {
        change(&back.profile, &|_, taken| without(taken, [&back.context]));
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
    (keys::APONO_CONTEXTS_TAKEN, record::remember_contexts(&left))
}

/// Returns the names that the profile records as taken once another one takes this context, unless its name tells whose it was.
fn with(
    configs: &[Config],
    profile: &ProfileName,
    existing: &Installed,
    context: &str,
) -> Vec<String> {
    let mut taken = existing.contexts_taken.clone();
    let mut contexts = configs.iter().flat_map(|config| &config.contexts);
    let found = contexts.find(|of| of.name == context);
    let user = found.and_then(|of| {
        let mut users = configs.iter().flat_map(|config| &config.users);
        users.find(|user| user.name == of.user)
    });
    let exec = user.and_then(FoundUser::our_exec);
    let is_theirs = exec.is_some_and(|exec| exec.flag("--profile") == Some(profile.as_str()));
    let is_arn = user.is_some_and(|user| user.name == format!("{profile}@{context}"));
    let mut clusters = existing.clusters.iter();
    let is_recorded = clusters.any(|of| {
        of.alias
            .as_ref()
            .is_some_and(|alias| alias.as_str() == context)
    });
    let tells = is_arn || is_recorded || taken.iter().any(|name| name == context);
    taken.extend((is_theirs && !tells).then(|| context.to_owned()));
    taken
}

fn without<'a>(taken: &[String], names: impl IntoIterator<Item = &'a String>) -> Vec<String> {
    let names: Vec<_> = names.into_iter().collect();
    let left = taken.iter().filter(|name| !names.contains(name));
    left.cloned().collect()
}

/// Returns the edit of the profile, if it has to record others than before.
fn edit(profile: &ProfileName, existing: &Installed, taken: Vec<String>) -> Option<Edit> {
    let keys = vec![(
        keys::APONO_CONTEXTS_TAKEN,
        record::remember_contexts(&taken),
    )];
    let section = Section::Profile(profile.clone());
    (taken != existing.contexts_taken).then_some(Edit::Set { section, keys })
}
