//! What has to change in the kubeconfigs without a network: contexts to remove, to rename and to give another namespace.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::current::{Records, lost};
use super::given_back::{GivenBack, given_back};
use super::index::{Index, contexts_by_name, users_by_name};
use super::renames::{self, Place, Rename};
use super::{Gone, Member, State};
use crate::kube::config::{Config, Edit, Ours};
use crate::names::{Namespace, ProfileName};
use crate::profile::ours::record::Before;
use crate::setup::desired::{Cluster, Desired, Profile};

/// The edits, and what they mean for the contexts that are added afterwards.
#[derive(Debug, Default)]
pub struct Contexts {
    /// The edits of each kubeconfig.
    pub edits: Vec<Vec<Edit>>,
    /// The contexts that are removed or renamed.
    pub removed: Vec<String>,
    /// Old names of the contexts that are renamed.
    renamed: Vec<String>,
    /// Clusters whose context cannot be renamed, because another context has the new name.
    not_renamed: Vec<(ProfileName, Cluster)>,
    /// Names of the contexts whose namespace changes.
    pub with_new_namespace: Vec<String>,
    /// Names of all existing contexts.
    pub existing: BTreeSet<String>,
    /// The wanted contexts that do not exist yet, or are for something else.
    pub pending: Vec<Pending>,
    /// The current context before any change.
    pub current: Option<String>,
    /// The profile and cluster that the current context is wanted for, if it is removed.
    pub(super) lost: Option<(ProfileName, Cluster)>,
    /// The contexts that their profile had taken from another one.
    pub given_back: Vec<GivenBack>,
    /// No existing context belongs to one of the profiles.
    pub is_first: bool,
    /// The current context before the installation.
    pub before: Option<Before>,
    /// What other installed profiles are to record of the current context from before them.
    pub heirs: Vec<(ProfileName, Option<Before>)>,
}

/// A wanted context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    pub context: String,
    pub cluster: Cluster,
    pub now: Now,
}

/// What there is under the name of a wanted context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Now {
    Nothing,
    /// A context for this profile, or for another cluster of the same one.
    For(String),
    /// A context that apono-login did not write.
    Foreign,
}

/// A context that is still wanted, perhaps with another name or namespace than before.
struct Kept<'a> {
    file: usize,
    profile: &'a ProfileName,
    from: String,
    to: String,
    old: &'a Cluster,
    new: &'a Cluster,
    /// Names of all contexts of the cluster.
    names: Vec<String>,
}

impl Contexts {
    /// Compares the existing contexts with the wanted ones, and with those of the last installation.
    pub(super) fn decide(
        state: &State<'_>,
        desired: &Desired,
        members: &[Member<'_>],
        gone: &[Gone<'_>],
    ) -> Self {
        let configs = &state.kubeconfigs.configs;
        let mut contexts = Contexts {
            edits: configs.iter().map(|_| Vec::new()).collect(),
            current: configs
                .iter()
                .find_map(|config| config.current_context.clone()),
            is_first: true,
            ..Contexts::default()
        };
        let users = users_by_name(configs);
        let (mut all, mut kept, mut removed) = (Vec::new(), Vec::new(), HashSet::new());
        for (file, config) in configs.iter().enumerate() {
            let names = config.contexts.iter().map(|context| context.name.clone());
            all.extend(names.map(|name| (file, name)));
            let index = Index::of(config, &users);
            let names = contexts.remove(file, &index, members, gone, &mut kept);
            removed.extend(names.into_iter().map(|name| (file, name)));
        }
        contexts.existing = all.iter().map(|(_, name)| name.clone()).collect();
        contexts.give_back(given_back(state, desired, &removed), &mut removed);
        // kubectl uses the first context of a name.
        let places = all.iter().rev();
        let places: HashMap<String, Place> = places
            .map(|place| (place.1.clone(), place.clone()))
            .collect();
        let first = |name: &String| places.get(name).cloned();
        let current = contexts.current.as_ref().and_then(first);
        if let Some(current) = current.as_ref().filter(|current| removed.contains(current)) {
            contexts.lost = lost(desired, configs, current, members, gone);
        }
        let is_removed = |name: &String| first(name).is_some_and(|place| removed.contains(&place));
        let back = contexts.given_back.clone();
        let records = Records::of(state, desired, members, gone, &back);
        contexts.before = records.before(&contexts, is_removed);
        if contexts.lost.is_none() {
            contexts.restore(configs, desired, is_removed);
        }
        all.retain(|place| !removed.contains(place));
        let renames = contexts.rename(configs, &all, &kept, current);
        contexts.heirs = records.heirs(&contexts, &renames, is_removed);
        let renamed: Vec<_> = renames.into_iter().map(|(_, to)| to).collect();
        contexts.pending = pending(configs, desired, &all, &renamed);
        contexts
    }

    /// Removes what is no longer wanted from one kubeconfig. Returns the names of the removed contexts.
    fn remove<'a>(
        &mut self,
        file: usize,
        index: &Index<'_>,
        members: &'a [Member<'a>],
        gone: &[Gone<'_>],
        kept: &mut Vec<Kept<'a>>,
    ) -> Vec<String> {
        let mut removed = Vec::new();
        let mut remove = |ours: Ours| {
            removed.extend(index.contexts_of(&ours));
            let is_there = index.has(&ours);
            self.edits[file].extend(is_there.then_some(Edit::Remove(ours)));
            is_there
        };
        let moved = members
            .iter()
            .filter(|member| member.account_before().is_some());
        let moved = moved.map(|member| &member.profile.name);
        for profile in gone.iter().map(|gone| gone.name).chain(moved) {
            self.is_first &= !remove(Ours::of(profile));
        }
        for member in members
            .iter()
            .filter(|member| member.account_before().is_none())
        {
            let Profile {
                name: profile,
                account,
                ..
            } = member.profile;
            self.is_first &= index.contexts_of(&Ours::of(profile)).is_empty();
            for old in &member.existing.clusters {
                let ours = Ours::of_cluster(profile, &old.name, &old.region);
                match account.clusters.iter().find(|new| old.is(new)) {
                    None => {
                        remove(ours);
                    }
                    Some(new) => kept.push(Kept {
                        file,
                        profile,
                        from: account.context_name(old),
                        to: account.context_name(new),
                        old,
                        new,
                        names: index.contexts_of(&ours),
                    }),
                }
            }
        }
        self.removed.extend(removed.iter().cloned());
        removed
    }

    /// Gives contexts that are `removed` to other profiles instead.
    fn give_back(&mut self, given_back: Vec<GivenBack>, removed: &mut HashSet<Place>) {
        for of in &given_back {
            removed.remove(&(of.file, of.context.clone()));
            let mut names = self.removed.iter();
            if let Some(at) = names.position(|name| *name == of.context) {
                self.removed.remove(at);
            }
            // Before the user of the context is removed with the contexts that it has.
            let edit = Edit::Upsert(Box::new(of.entry.clone()));
            self.edits[of.file].insert(0, edit);
        }
        self.given_back = given_back;
    }

    /// Gives the contexts that are kept their new names and namespaces. `all` are the remaining contexts of all files, `current`
    /// is the current one. Returns the old and the new names.
    fn rename(
        &mut self,
        configs: &[Config],
        all: &[Place],
        kept: &[Kept<'_>],
        current: Option<Place>,
    ) -> Vec<(String, String)> {
        let possible = renames::possible(kept.iter().filter_map(Kept::rename).collect(), all);
        for (file, edits) in self.edits.iter_mut().enumerate() {
            let here = possible.iter().filter(|rename| rename.file == file);
            let steps = renames::in_order(here.cloned().collect(), all);
            edits.extend(
                steps
                    .into_iter()
                    .map(|(from, to)| Edit::Rename { from, to }),
            );
        }
        let names_current = configs.iter().position(|of| of.current_context.is_some());
        for Rename { file, from, to, .. } in &possible {
            if current.as_ref() == Some(&(*file, from.clone()))
                && let Some(elsewhere) = names_current.filter(|at| at != file)
            {
                self.edits[elsewhere].push(Edit::Use(to.clone()));
            }
            self.removed.push(from.clone());
            self.renamed.push(from.clone());
        }
        for kept in kept {
            let rename = kept.rename();
            let is_done = rename.is_none_or(|rename| possible.contains(&rename));
            if !is_done {
                self.not_renamed
                    .push((kept.profile.clone(), kept.old.clone()));
            }
            if let Some(namespace) = kept.namespace(&configs[kept.file]) {
                let context = if is_done { &kept.to } else { &kept.from };
                self.with_new_namespace.push(context.clone());
                let context = context.clone();
                self.edits[kept.file].push(Edit::Namespace { context, namespace });
            }
        }
        let names = possible.into_iter();
        names.map(|rename| (rename.from, rename.to)).collect()
    }

    /// Returns the clusters to record in the profile. A context that cannot be renamed is recorded by its old name.
    pub(super) fn to_record(&self, profile: &Profile) -> Vec<Cluster> {
        let mut clusters = profile.account.clusters.clone();
        for cluster in &mut clusters {
            let mut stuck = self.not_renamed.iter();
            if let Some((_, old)) = stuck.find(|(of, old)| *of == profile.name && old.is(cluster)) {
                cluster.alias.clone_from(&old.alias);
            }
        }
        clusters
    }

    /// Returns the removed contexts that are neither renamed nor added again.
    pub(super) fn lasting_removals(&self, members: &[Member<'_>]) -> Vec<String> {
        let names = members.iter().flat_map(|Member { profile, .. }| {
            let clusters = profile.account.clusters.iter();
            clusters.map(|cluster| profile.account.context_name(cluster))
        });
        let stay: HashSet<_> = names.chain(self.renamed.iter().cloned()).collect();
        let gone = self.removed.iter();
        let gone = gone.filter(|name| !stay.contains(*name));
        gone.map(|name| format!("context {name}")).collect()
    }

    /// Whether no existing context has to change.
    pub fn is_settled(&self) -> bool {
        self.edits.iter().all(Vec::is_empty)
    }
}

impl Kept<'_> {
    /// Returns the rename that the context needs, if any.
    fn rename(&self) -> Option<Rename> {
        let Kept { from, to, .. } = self;
        (from != to && self.names.contains(from)).then(|| Rename {
            file: self.file,
            from: from.clone(),
            to: to.clone(),
            is_there: self.names.contains(to),
        })
    }

    /// Returns the new namespace of the context, empty to remove it. `None` keeps it: a namespace that the team file never
    /// named belongs to the user.
    fn namespace(&self, config: &Config) -> Option<String> {
        let (old, new) = (&self.old.namespace, &self.new.namespace);
        let ours =
            |name: &String| self.names.contains(name) && [&self.from, &self.to].contains(&name);
        let context = config.contexts.iter().find(|context| ours(&context.name))?;
        let current = context.namespace.as_deref();
        let old = old.as_ref().map(Namespace::as_str);
        match new {
            None if old.is_some() && current == old => Some(String::new()),
            Some(new) if old != Some(new.as_str()) && current != Some(new.as_str()) => {
                Some(new.to_string())
            }
            _ => None,
        }
    }
}

/// Returns the wanted contexts that do not exist yet, or are for something else. `all` are the remaining contexts, `renamed` the
/// new names of some.
fn pending(
    configs: &[Config],
    desired: &Desired,
    all: &[Place],
    renamed: &[String],
) -> Vec<Pending> {
    let mut pending = Vec::new();
    let (users, renamed) = (
        users_by_name(configs),
        renamed.iter().collect::<HashSet<_>>(),
    );
    // kubectl uses the first context of a name.
    let mut first = HashMap::new();
    for (file, name) in all {
        first.entry(name.as_str()).or_insert(*file);
    }
    let contexts: Vec<HashMap<_, _>> = configs.iter().map(contexts_by_name).collect();
    for profile in &desired.profiles {
        for cluster in &profile.account.clusters {
            let context = profile.account.context_name(cluster);
            let file = first.get(context.as_str());
            let found = file.and_then(|file| contexts[*file].get(context.as_str()));
            let user = found.and_then(|found| users.get(found.user.as_str()));
            let ours = Ours::of_cluster(&profile.name, &cluster.name, &cluster.region);
            let now = match (found, user.and_then(|user| user.our_exec())) {
                (None, _) => Now::Nothing,
                _ if user.is_some_and(|user| ours.owns(user)) => continue,
                (_, Some(exec)) => Now::For(exec.flag("--profile").unwrap_or_default().to_owned()),
                (Some(_), None) => Now::Foreign,
            };
            if !renamed.contains(&context) {
                let cluster = cluster.clone();
                pending.push(Pending {
                    context,
                    cluster,
                    now,
                });
            }
        }
    }
    pending
}
