//! Contexts that one profile has taken from another one, with the name that both have for the same cluster: they go back when the
//! profile is removed.
//!
//! What the other profile had is in the kubeconfig still: its user and its cluster, without a context.

use std::collections::HashSet;

use super::State;
use super::renames::Place;
use crate::kube::config::{self, Config, Edit, Entry, FoundCluster, FoundContext, FoundUser};
use crate::names::{ContextName, ProfileName};
use crate::profile::ours::Installed;
use crate::profile::ours::record::Taken;
use crate::setup::desired::Desired;

/// A context that goes back to the profile that had it before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// The number of its kubeconfig.
    pub file: usize,
    pub context: String,
    pub profile: ProfileName,
    /// The entry as the kubeconfig has it, but for the context.
    pub entry: Entry,
}

/// The user of a profile that has no context for the cluster any more.
struct Heir<'a> {
    file: usize,
    profile: ProfileName,
    user: &'a FoundUser,
    exec: &'a config::Exec,
    cluster: &'a FoundCluster,
    /// The name that the team file gives the context.
    alias: Option<ContextName>,
    /// The contexts that it records as taken.
    taken: Vec<Taken>,
}

/// Returns which of the `removed` contexts go back to another profile, each profile one for each cluster.
pub fn given_back(
    state: &State<'_>,
    desired: &Desired,
    removed: &HashSet<Place>,
) -> Vec<GivenBack> {
    let heirs = match removed.is_empty() {
        true => Vec::new(),
        false => heirs(state, desired),
    };
    let mut back: Vec<GivenBack> = Vec::new();
    if heirs.is_empty() {
        return back;
    }
    let mut places: Vec<_> = removed.iter().collect();
    places.sort();
    for (file, name) in places {
        let fits = |heir: &&Heir<'_>| {
            let mut given = back.iter();
            let has_one = given.any(|of| of.entry.user.name == heir.user.name);
            let server = server_of(&state.kubeconfigs.configs[*file], name);
            heir.file == *file
                && heir.has_name(name)
                && !has_one
                && server == Some(&heir.cluster.server)
        };
        // Without a record, where the config file could not be changed, the last one to be added.
        let heir = heirs
            .iter()
            .filter(fits)
            .max_by_key(|heir| heir.number(name));
        let one = heir.map(|heir| heir.given(name));
        back.extend(one.filter(|one| one.is_possible(state)));
    }
    back
}

/// Returns the users without a context of profiles that stay, if these have no other context for the cluster.
fn heirs<'a>(state: &State<'a>, desired: &Desired) -> Vec<Heir<'a>> {
    let configs = &state.kubeconfigs.configs;
    let contexts = configs.iter().flat_map(|config| &config.contexts);
    let used: HashSet<_> = contexts.map(|of| of.user.as_str()).collect();
    let heir = |file: usize, user: &'a FoundUser| {
        let exec = user.our_exec().filter(|_| user.credentials.is_empty())?;
        let profile: ProfileName = exec.flag("--profile")?.parse().ok()?;
        let cluster = cluster(&configs[file], &user.name)?;
        let existing = staying(state, desired, &profile)?;
        if has_context(configs, profile.as_str(), &cluster.server) {
            return None;
        }
        let taken = existing.contexts_taken;
        let mut recorded = existing.clusters.into_iter();
        let recorded = recorded.find(|of| {
            let flags = [exec.flag("--cluster-name"), exec.flag("--region")];
            flags == [Some(of.name.as_str()), Some(of.region.as_str())]
        });
        Some(Heir {
            file,
            alias: recorded.and_then(|of| of.alias),
            taken,
            profile,
            user,
            exec,
            cluster,
        })
    };
    let files = configs.iter().enumerate();
    let users = files.flat_map(|(file, config)| config.users.iter().map(move |of| (file, of)));
    let unused = users.filter(|(_, user)| !used.contains(user.name.as_str()));
    unused.filter_map(|(file, user)| heir(file, user)).collect()
}

/// Returns the profile, if it is installed, and neither installed again nor removed now.
pub(super) fn staying(
    state: &State<'_>,
    desired: &Desired,
    profile: &ProfileName,
) -> Option<Installed> {
    let mut members = desired.profiles.iter();
    let is_named = members.any(|of| of.name == *profile) || desired.gone.contains(profile);
    let existing = Installed::read(state.profiles, profile).ok();
    existing.filter(|existing| !is_named && existing.is_installed())
}

/// Whether the profile has a context for the cluster with this server.
fn has_context(configs: &[Config], profile: &str, server: &str) -> bool {
    let is_of_profile = |context: &FoundContext| {
        let mut users = configs.iter().flat_map(|config| &config.users);
        let user = users.find(|user| user.name == context.user);
        let exec = user.and_then(FoundUser::our_exec);
        exec.is_some_and(|exec| exec.flag("--profile") == Some(profile))
    };
    let leads_there = |context: &&FoundContext| {
        let mut configs = configs.iter();
        let found = configs.find_map(|config| cluster(config, &context.cluster));
        found.is_some_and(|found| found.server == server)
    };
    let contexts = configs.iter().flat_map(|config| &config.contexts);
    contexts.filter(leads_there).any(is_of_profile)
}

fn cluster<'c>(config: &'c Config, name: &str) -> Option<&'c FoundCluster> {
    config.clusters.iter().find(|found| found.name == name)
}

fn server_of<'c>(config: &'c Config, context: &str) -> Option<&'c String> {
    let context = config.contexts.iter().find(|of| of.name == context)?;
    cluster(config, &context.cluster).map(|found| &found.server)
}

impl Heir<'_> {
    /// Whether the context has this name if it is the profile's: one that it records, else, where it records none, the one of its
    /// team file or the cluster's ARN.
    fn has_name(&self, context: &str) -> bool {
        if !self.taken.is_empty() {
            return self.number(context).is_some();
        }
        match &self.alias {
            Some(alias) => alias.as_str() == context,
            None => format!("{}@{context}", self.profile) == self.user.name,
        }
    }

    /// Returns the number of the record that the context was taken from it.
    fn number(&self, context: &str) -> Option<u32> {
        let mut taken = self.taken.iter();
        let found = taken.find(|of| of.context == context);
        found.map(|of| of.number)
    }

    fn given(&self, context: &str) -> GivenBack {
        GivenBack {
            file: self.file,
            context: context.to_owned(),
            profile: self.profile.clone(),
            entry: Entry {
                cluster: config::Cluster {
                    name: self.cluster.name.clone(),
                    server: self.cluster.server.clone(),
                    certificate_authority_data: self.cluster.certificate_authority_data.clone(),
                    proxy_url: None,
                },
                user: config::User {
                    name: self.user.name.clone(),
                    exec: self.exec.clone(),
                    kept_env: Vec::new(),
                },
                context: config::Context {
                    name: context.to_owned(),
                    namespace: None,
                },
                former_cluster: self.cluster.name.clone(),
            },
        }
    }
}

impl GivenBack {
    /// Whether the kubeconfig can take it. Where it cannot, the context is removed.
    fn is_possible(&self, state: &State<'_>) -> bool {
        let edit = [Edit::Upsert(Box::new(self.entry.clone()))];
        state.kubeconfigs.try_edits(self.file, &edit).is_ok()
    }
}
