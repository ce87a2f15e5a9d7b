//! The current context: which one it was before an installation, and which one it becomes when its context is removed.

use std::collections::{HashMap, HashSet};

use super::contexts::Contexts;
use super::given_back::GivenBack;
use super::index::users_by_name;
use super::renames::Place;
use super::{Gone, Member, State};
use crate::kube::config::{Config, Edit, FoundContext};
use crate::kube::file::Kubeconfigs;
use crate::names::{AccountId, ProfileName};
use crate::profile::ours::record::Before;
use crate::profile::ours::{self, Installed};
use crate::setup::desired::{Account, Cluster, Desired, Profile, Switch};

/// A cluster, independent of the name of its context and of the profile used for it.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    account: AccountId,
    cluster: String,
    region: String,
}

/// What installed profiles record of the current context from before them.
///
/// Profiles that were installed one after the other make a chain: each records the current context of its time, which may be
/// that of the one before it. Where a context is removed, those that record it get what its own profile records.
pub(super) struct Records<'a> {
    state: &'a State<'a>,
    desired: &'a Desired,
    /// The profile of each context of apono-login.
    owners: HashMap<&'a str, &'a str>,
    /// The records of the profiles to install, and then of those to remove.
    recorded: Vec<Before>,
    /// A profile with a record is removed.
    is_removal: bool,
}

impl<'a> Records<'a> {
    pub fn of(
        state: &'a State<'a>,
        desired: &'a Desired,
        members: &[Member<'_>],
        gone: &[Gone<'_>],
        given_back: &'a [GivenBack],
    ) -> Self {
        let configs = &state.kubeconfigs.configs;
        let users = users_by_name(configs);
        let contexts = configs.iter().flat_map(|config| &config.contexts).rev();
        let owner = |context: &'a FoundContext| {
            let exec = users.get(context.user.as_str())?.our_exec()?;
            Some((context.name.as_str(), exec.flag("--profile")?))
        };
        let given_back = given_back.iter();
        let given_back = given_back.map(|of| (of.context.as_str(), of.profile.as_str()));
        let members = members.iter().map(|member| &member.existing);
        let gone = gone.iter().map(|gone| &gone.existing);
        let record = |existing: &Installed| existing.context_before.clone();
        Records {
            state,
            desired,
            // kubectl uses the first context of a name.
            owners: contexts.filter_map(owner).chain(given_back).collect(),
            is_removal: gone.clone().any(|gone| gone.context_before.is_some()),
            recorded: members.chain(gone).filter_map(record).collect(),
        }
    }

    /// Returns the current context from before the installation: the recorded one, or that of now if it is still to come.
    pub fn before(
        &self,
        contexts: &Contexts,
        is_removed: impl Fn(&String) -> bool,
    ) -> Option<Before> {
        let survives = |before: &Before| match before {
            Before::NoKey => true,
            Before::Context(name) => contexts.existing.contains(name) && !is_removed(name),
        };
        let removed = contexts.current.as_ref().filter(|name| is_removed(name));
        let of_removed = removed.and_then(|name| self.before_context(name, &is_removed));
        let recorded = of_removed.into_iter().chain(self.recorded.iter().cloned());
        // Another profile may have taken over the context of one that is installed.
        let others = self.others().into_iter();
        let others =
            others.filter(|(name, _)| !self.owners.values().any(|of| of == &name.as_str()));
        let others = others.filter_map(|(_, existing)| existing.context_before);
        let mut recorded = recorded.chain(others.filter(|_| removed.is_some()));
        let installs = contexts.is_first && self.names().next().is_some();
        let replaced = self.replaced(contexts).filter(survives);
        replaced
            .or_else(|| recorded.find(survives))
            .or_else(|| self.of_now(contexts).filter(|_| installs))
    }

    /// Returns the user's own current context, if another one is about to replace it: the user has chosen it since the last
    /// installation.
    fn replaced(&self, contexts: &Contexts) -> Option<Before> {
        let current = contexts.current.as_ref()?;
        let is_replaced = contexts.switches(self.desired) && self.names().next().is_some();
        let is_theirs = !self.owners.contains_key(current.as_str());
        let before = Before::Context(current.clone());
        (is_replaced && is_theirs && before.remember().is_some()).then_some(before)
    }

    /// Returns the current context of now, for the installation that is about to replace it.
    fn of_now(&self, contexts: &Contexts) -> Option<Before> {
        let Kubeconfigs { bytes, configs, .. } = self.state.kubeconfigs;
        match &contexts.current {
            // One that is about to be written again is that of another profile, or apono-login's own, left behind.
            Some(name) if self.names().any(|of| of == *name) => {
                self.before_context(name, |_| false)
            }
            Some(name) => Some(Before::Context(name.clone())),
            // The file that new entries go to. One that is still to be written gets the key, as those of kubectl have it.
            None => {
                let mut first = bytes.iter().zip(configs).take(1);
                let lacks_key =
                    first.any(|(bytes, config)| !bytes.is_empty() && !config.has_current_key);
                lacks_key.then_some(Before::NoKey)
            }
        }
    }

    /// Returns what the profile of this context records, or the profile of that context, if it is removed, too.
    fn before_context(&self, name: &str, is_removed: impl Fn(&String) -> bool) -> Option<Before> {
        let mut seen = HashSet::new();
        let mut name = name.to_owned();
        while seen.insert(name.clone()) {
            let owner = self.owners.get(name.as_str())?.parse().ok()?;
            match Installed::read(self.state.profiles, &owner)
                .ok()?
                .context_before?
            {
                Before::Context(next) if is_removed(&next) => name = next,
                before => return Some(before),
            }
        }
        None
    }

    /// Returns what other installed profiles are to record, where it changes: `renames` are the old and new names of contexts.
    pub fn heirs(
        &self,
        contexts: &Contexts,
        renames: &[(String, String)],
        is_removed: impl Fn(&String) -> bool,
    ) -> Vec<(ProfileName, Option<Before>)> {
        let is_gone = |name: &String| is_removed(name) || self.is_taken(name);
        let is_owner = |profile: &ProfileName, context: &String| {
            let owner = self.owners.get(context.as_str());
            owner.is_some_and(|owner| *owner == profile.as_str())
        };
        let others = self.others();
        let recorded = others
            .iter()
            .filter_map(|(_, existing)| match &existing.context_before {
                Some(Before::Context(name)) => Some(name),
                _ => None,
            });
        // One that records nothing needs a record if a context of it is current, or becomes it.
        let next: Vec<_> = contexts.current.iter().chain(recorded).cloned().collect();
        let is_next = |profile: &ProfileName| {
            let mut next = next.iter().filter(|name| !is_gone(name));
            next.any(|name| is_owner(profile, name))
        };
        let gets_back = |profile: &ProfileName, context: &String| {
            let mut given_back = contexts.given_back.iter();
            given_back.any(|of| of.profile == *profile && of.context == *context)
        };
        let heir = |(profile, existing): (ProfileName, Installed)| {
            let before = match existing.context_before {
                Some(Before::Context(name)) => {
                    let renamed = renames.iter().find(|(from, _)| *from == name);
                    match renamed {
                        Some((_, to)) => Some(Before::Context(to.clone())),
                        None if is_gone(&name) => self
                            .before_context(&name, is_gone)
                            .or_else(|| contexts.before.clone()),
                        None if gets_back(&profile, &name) => contexts.before.clone(),
                        None => return None,
                    }
                }
                None if self.is_removal && is_next(&profile) => Some(contexts.before.clone()?),
                _ => return None,
            };
            let is_own =
                |of: &Before| matches!(of, Before::Context(name) if is_owner(&profile, name));
            let before = before.filter(|before| !is_own(before));
            Some((profile, before))
        };
        others.into_iter().filter_map(heir).collect()
    }

    /// Returns whether the context belongs to another profile than the one that is about to write it.
    fn is_taken(&self, name: &String) -> bool {
        let Some(owner) = self.owners.get(name.as_str()) else {
            return false;
        };
        let mut profiles = self.desired.profiles.iter();
        profiles.any(|profile| {
            let Account { clusters, .. } = &profile.account;
            let mut names = clusters.iter().map(|of| profile.account.context_name(of));
            *owner != profile.name.as_str() && names.any(|of| of == *name)
        })
    }

    /// Returns the installed profiles that are neither installed nor removed now.
    fn others(&self) -> Vec<(ProfileName, Installed)> {
        let Desired { profiles, gone, .. } = self.desired;
        let is_other = |name: &ProfileName| {
            !gone.contains(name) && !profiles.iter().any(|profile| profile.name == *name)
        };
        let names = ours::installed(self.state.profiles).into_iter();
        let read = |name| {
            let existing = Installed::read(self.state.profiles, &name).ok()?;
            Some((name, existing))
        };
        names.filter(is_other).filter_map(read).collect()
    }

    /// Returns the names of the wanted contexts.
    fn names(&self) -> impl Iterator<Item = String> {
        self.desired.profiles.iter().flat_map(|profile| {
            let clusters = profile.account.clusters.iter();
            clusters.map(|cluster| profile.account.context_name(cluster))
        })
    }
}

impl Contexts {
    /// Restores the current context from before the installation where the current one is removed and nothing is installed. Else
    /// the user has to choose.
    pub(super) fn restore(
        &mut self,
        configs: &[Config],
        desired: &Desired,
        is_removed: impl Fn(&String) -> bool,
    ) {
        let exists = |name: &String| self.existing.contains(name) && !is_removed(name);
        let is_last = desired.profiles.is_empty();
        let edit = match &self.before {
            Some(Before::NoKey) => Edit::Unset,
            Some(Before::Context(name)) if is_last && exists(name) => Edit::Use(name.clone()),
            _ => Edit::Use(String::new()),
        };
        for (config, edits) in configs.iter().zip(&mut self.edits) {
            if config.current_context.as_ref().is_some_and(&is_removed) {
                edits.push(edit.clone());
            }
        }
    }

    /// Whether the first new context becomes the current one.
    pub fn switches(&self, desired: &Desired) -> bool {
        let mut current = self.current.iter();
        match desired.switch {
            Switch::Always => true,
            Switch::IfNone => {
                self.is_first && !current.any(|current| self.existing.contains(current))
            }
            Switch::Never => false,
        }
    }

    /// Whether the cluster was the current one under a context that is removed.
    pub fn was_current(&self, profile: &Profile, cluster: &Cluster) -> bool {
        let lost = self.lost.as_ref();
        lost.is_some_and(|(name, lost)| *name == profile.name && lost.is(cluster))
    }
}

/// Returns what the removed current context becomes: the context of its cluster, else that of its name.
pub(super) fn lost(
    desired: &Desired,
    configs: &[Config],
    place: &Place,
    members: &[Member<'_>],
    gone: &[Gone<'_>],
) -> Option<(ProfileName, Cluster)> {
    let target = target(configs, place, members, gone);
    let (_, name) = place;
    let wanted = || {
        desired.profiles.iter().flat_map(|profile| {
            let clusters = profile.account.clusters.iter();
            clusters.map(move |cluster| (profile, cluster))
        })
    };
    let of_cluster = |(profile, cluster): &(&Profile, &Cluster)| {
        target.as_ref().is_some_and(|target| {
            target.account == *profile.account.role.account()
                && target.cluster == cluster.name.as_str()
                && target.region == cluster.region.as_str()
        })
    };
    let of_name =
        |(profile, cluster): &(&Profile, &Cluster)| profile.account.context_name(cluster) == *name;
    let found = wanted().find(of_cluster).or_else(|| wanted().find(of_name));
    found.map(|(profile, cluster)| (profile.name.clone(), cluster.clone()))
}

/// Returns the cluster of the context, if it belongs to one of these profiles.
fn target(
    configs: &[Config],
    (file, name): &Place,
    members: &[Member<'_>],
    gone: &[Gone<'_>],
) -> Option<Target> {
    let mut contexts = configs[*file].contexts.iter();
    let user = &contexts.find(|context| context.name == *name)?.user;
    let mut users = configs.iter().flat_map(|config| &config.users);
    let user = users.find(|found| found.name == *user)?;
    let exec = user.our_exec()?;
    let profile = exec.flag("--profile")?;
    let gone = gone.iter().map(|gone| (gone.name, &gone.existing));
    let members = members.iter();
    let members = members.map(|member| (&member.profile.name, &member.existing));
    let (_, existing) = members
        .chain(gone)
        .find(|(name, _)| name.as_str() == profile)?;
    Some(Target {
        account: existing.role.as_ref()?.account().clone(),
        cluster: exec.flag("--cluster-name")?.to_owned(),
        region: exec.flag("--region")?.to_owned(),
    })
}
