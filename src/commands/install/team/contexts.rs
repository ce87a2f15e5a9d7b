//! Brings the kubeconfigs in line with the team file. Contexts are removed and renamed without a network; new ones are added
//! with the credentials of their profile.

use super::entries::{Kept, Target, contexts_of, has_users, target};
use super::outcome::{Outcome, State};
use super::plan::{Member, Plan};
use super::renames::{self, Place, Rename};
use crate::cli::UpdateKubeconfig;
use crate::commands::update_kubeconfig::{self, Change, Edit};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::kube;
use crate::kube::config::{Config, Exec};
use crate::names::{ProfileName, Region};
use crate::profile::read::Files;
use crate::setup::team_file::{Cluster, ownership};
use crate::sys::{edit, shell};

/// The prefix of a context's name in the report.
const CONTEXT: &str = "context ";

pub struct Contexts<'a> {
    /// All profiles of the team, including those to be removed and those that the user has made their own.
    profiles: Vec<&'a ProfileName>,
    /// The changes that need no credentials.
    changes: Vec<Change<'a>>,
    pub removed: Vec<Outcome>,
    /// Old names of the contexts that are renamed.
    renamed: Vec<String>,
    /// Clusters whose context cannot be renamed, because another context has the new name.
    not_renamed: Vec<(&'a ProfileName, &'a Cluster)>,
    /// Names of the contexts whose namespace changes.
    with_new_namespace: Vec<String>,
    /// Names of all existing contexts.
    existing: Vec<String>,
    /// The current context before any change.
    current: Option<String>,
    /// The cluster of the current context, if that context is removed.
    lost: Option<Target>,
    /// No existing context belongs to one of these profiles.
    is_first: bool,
}

impl<'a> Contexts<'a> {
    /// Compares the existing contexts with those of the team file, now and when it was last installed.
    ///
    /// # Errors
    /// A kubeconfig is invalid; kubectl cannot read it either.
    pub fn read(context: &Context, plan: &'a Plan<'a>) -> Result<Self, Failure> {
        let gone = plan.gone.iter().map(|gone| &gone.profile);
        let repurposed = plan.repurposed.iter().map(|repurposed| &repurposed.profile);
        let members = plan.members.iter().map(|member| &member.profile);
        let mut contexts = Contexts {
            profiles: members.chain(gone).chain(repurposed).collect(),
            changes: Vec::new(),
            removed: Vec::new(),
            renamed: Vec::new(),
            not_renamed: Vec::new(),
            with_new_namespace: Vec::new(),
            existing: Vec::new(),
            current: None,
            lost: None,
            is_first: true,
        };
        let mut configs = Vec::new();
        for path in context.kubeconfigs(None)? {
            configs.push(kube::file::read(&path)?);
            let edits = Vec::new();
            contexts.changes.push(Change { path, edits });
        }
        let current = |config: &Config| config.current_context.clone();
        contexts.current = configs.iter().find_map(current);
        let (mut all, mut kept, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for (file, config) in configs.iter().enumerate() {
            let names = config.contexts.iter().map(|context| context.name.clone());
            all.extend(names.map(|name| (file, name)));
            let removed = contexts.plan_removal(file, config, plan, &mut kept);
            gone.extend(removed.into_iter().map(|name| (file, name)));
        }
        contexts.existing = all.iter().map(|(_, name)| name.clone()).collect();
        // kubectl uses the first context of a name.
        let is_current = |(_, name): &&Place| Some(name) == contexts.current.as_ref();
        let current = all.iter().find(is_current).cloned();
        if let Some(current) = current.as_ref().filter(|current| gone.contains(current)) {
            contexts.lost = target(&configs, current, plan);
        }
        all.retain(|place| !gone.contains(place));
        contexts.plan_renames(&configs, &all, kept, current);
        contexts.changes.retain(|change| !change.edits.is_empty());
        Ok(contexts)
    }

    /// Plans the removal of what the team file no longer names from one kubeconfig. Returns the names of the removed contexts.
    fn plan_removal(
        &mut self,
        file: usize,
        config: &Config,
        plan: &'a Plan<'a>,
        kept: &mut Vec<Kept<'a>>,
    ) -> Vec<String> {
        let (mut edits, mut removed) = (Vec::new(), Vec::new());
        let moved = plan.members.iter().filter(|member| member.has_moved());
        let moved = moved.map(|member| &member.profile);
        for profile in plan.gone.iter().map(|gone| &gone.profile).chain(moved) {
            if has_users(config, profile, |_| true) {
                edits.push(Edit::Remove(profile));
                self.is_first = false;
            }
            removed.extend(contexts_of(config, profile, |_| true));
        }
        for member in plan.members.iter().filter(|member| !member.has_moved()) {
            let profile = &member.profile;
            self.is_first &= contexts_of(config, profile, |_| true).is_empty();
            for old in &member.recorded {
                let of_cluster = |exec: &Exec| exec.is_for(&old.name, &old.region);
                let names = contexts_of(config, profile, of_cluster);
                match member.account.clusters.iter().find(|new| old.is(new)) {
                    None if !has_users(config, profile, of_cluster) => {}
                    None => {
                        edits.push(Edit::RemoveCluster(profile, &old.name, &old.region));
                        removed.extend(names);
                    }
                    Some(new) => kept.push(Kept {
                        file,
                        profile,
                        from: member.context_name(old),
                        to: member.context_name(new),
                        old,
                        new,
                        names,
                    }),
                }
            }
        }
        self.changes[file].edits.extend(edits);
        self.report_removed(removed.clone());
        removed
    }

    /// Plans the new names and namespaces of the contexts that are kept. `all` are the remaining contexts of all files,
    /// `current` is the current one.
    fn plan_renames(
        &mut self,
        configs: &[Config],
        all: &[Place],
        kept: Vec<Kept<'a>>,
        current: Option<Place>,
    ) {
        let wanted = kept.iter().filter_map(Kept::rename);
        let possible = renames::possible(wanted.collect(), all);
        for (file, change) in self.changes.iter_mut().enumerate() {
            let here = possible.iter().filter(|rename| rename.file == file);
            let steps = renames::in_order(here.cloned().collect(), all);
            let edits = steps.into_iter();
            let edits = edits.map(|(from, to)| Edit::Rename { from, to });
            change.edits.extend(edits);
        }
        let names_current = configs.iter().position(|of| of.current_context.is_some());
        for rename in &possible {
            let Rename { file, from, to, .. } = rename;
            if current.as_ref() == Some(&(*file, from.clone()))
                && let Some(elsewhere) = names_current.filter(|at| at != file)
            {
                let to = to.clone().into();
                self.changes[elsewhere].edits.push(Edit::Use(to));
            }
            self.report_removed(vec![from.clone()]);
            self.renamed.push(from.clone());
        }
        for kept in &kept {
            let rename = kept.rename();
            let is_done = rename
                .as_ref()
                .is_none_or(|rename| possible.contains(rename));
            if !is_done {
                self.not_renamed.push((kept.profile, kept.old));
            }
            if let Some(namespace) = kept.namespace(&configs[kept.file]) {
                let context = if is_done { &kept.to } else { &kept.from };
                self.with_new_namespace.push(context.clone());
                self.changes[kept.file].edits.push(Edit::Namespace {
                    context: context.clone(),
                    namespace,
                });
            }
        }
    }

    /// Returns the clusters to record in the member's profile. A context that cannot be renamed is recorded by its old name.
    pub fn recorded(&self, member: &Member<'_>) -> Vec<Cluster> {
        let mut clusters = member.account.clusters.clone();
        for cluster in &mut clusters {
            let is_it = |(profile, old): &&(&ProfileName, &Cluster)| {
                **profile == member.profile && old.is(cluster)
            };
            if let Some((_, old)) = self.not_renamed.iter().find(is_it) {
                cluster.alias.clone_from(&old.alias);
            }
        }
        clusters
    }

    /// Returns the removed contexts that are neither renamed nor added again.
    pub fn lasting_removals<'s>(&'s self, plan: &Plan<'_>) -> impl Iterator<Item = String> + 's {
        let wanted: Vec<_> = plan.members.iter().flat_map(Member::contexts).collect();
        let stays = move |name: &str| wanted.iter().any(|wanted| wanted == name);
        let removed = self.removed.iter().map(|(what, _)| what);
        let gone = removed.filter(move |what| {
            let name = what.strip_prefix(CONTEXT).unwrap_or(what);
            !stays(name) && self.renamed.iter().all(|old| old != name)
        });
        gone.cloned()
    }

    fn report_removed(&mut self, names: Vec<String>) {
        let outcome = |name| (format!("{CONTEXT}{name}"), State::Removed);
        self.removed.extend(names.into_iter().map(outcome));
    }

    /// Whether no existing context has to change.
    pub fn is_settled(&self) -> bool {
        self.changes.is_empty()
    }

    /// Returns the context that was current before the team was first installed.
    pub fn to_remember(&self, files: &Files) -> Option<String> {
        let names = self.profiles.iter().copied();
        ownership::context_before(files.profiles(), names).or_else(|| {
            let current = self.current.as_deref().filter(|_| self.is_first);
            current.and_then(ownership::rememberable)
        })
    }

    pub fn diff(&self) -> Result<String, Failure> {
        self.changes.iter().map(Change::diff).collect()
    }

    /// Returns the kubeconfigs to edit.
    pub fn targets(&self) -> impl Iterator<Item = edit::Target<'_, Failure>> {
        self.changes.iter().map(Change::target)
    }

    /// Names the contexts that would be added. A dry run does not look up clusters, so there is no diff for them. `same`
    /// means that the config file would not change.
    pub fn report_dry_run(&self, context: &Context, plan: &Plan<'_>, same: bool) {
        let out = &context.output;
        let mut all_exist = true;
        for member in &plan.members {
            for cluster in &member.account.clusters {
                let name = member.context_name(cluster);
                let exists = |name: &String| self.existing.contains(name);
                let mut recorded = member.recorded.iter();
                let renamed =
                    recorded.any(|old| old.is(cluster) && exists(&member.context_name(old)));
                if !exists(&name) && !renamed {
                    all_exist = false;
                    let Cluster {
                        name: of, region, ..
                    } = cluster;
                    out.note(&format!(
                        "Would add context {name} (cluster {of} in {region})"
                    ));
                }
            }
        }
        if same && all_exist && self.is_settled() {
            out.note("Everything is up to date");
        }
    }

    /// Adds the clusters of every profile that has not failed. The first one becomes the current context if the team had no
    /// context before. A cluster that was current stays current under its new profile or name. A region that could not be
    /// reached is not tried again, because every attempt takes as long.
    pub fn add(
        &self,
        context: &Context,
        plan: &Plan<'_>,
        failures: &mut Vec<(String, Failure)>,
    ) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        let has_failed = |member: &&Member<'_>| {
            let name = member.profile.as_str();
            failures.iter().any(|(of, _)| of == name)
        };
        let members: Vec<_> = plan.members.iter().filter(|m| !has_failed(m)).collect();
        let mut is_first = self.is_first;
        let mut unreachable: Vec<(&Region, String)> = Vec::new();
        for member in members {
            let of_profile = context.with_profile(member.profile.clone());
            for cluster in &member.account.clusters {
                let name = member.context_name(cluster);
                let what = format!("{}, {CONTEXT}{name}", member.profile);
                let mut failed = unreachable.iter();
                if let Some((region, first)) = failed.find(|(r, _)| **r == cluster.region) {
                    let failure = Failure::new(Kind::Network, "the cluster was not looked up");
                    let cause = format!("AWS in {region} could not be reached: see {first}");
                    failures.push((what, failure.cause(cause)));
                    continue;
                }
                let was_current = self.lost.as_ref().is_some_and(|lost| {
                    lost.account == *member.account.role.account() && lost.is(cluster)
                });
                let args = UpdateKubeconfig {
                    alias: cluster.alias.as_ref().map(|name| name.as_str().to_owned()),
                    namespace: cluster.namespace.as_ref().map(ToString::to_string),
                    no_switch: !(is_first || was_current),
                    ..UpdateKubeconfig::of(cluster.name.clone(), cluster.region.clone())
                };
                match update_kubeconfig::add(&of_profile, &args) {
                    Ok(added) => {
                        is_first = false;
                        let moved = self.with_new_namespace.contains(&added.context);
                        let state = match self.existing.contains(&added.context) {
                            false => State::Added,
                            true if added.changed || moved => State::Changed,
                            true => State::Same,
                        };
                        outcomes.push((format!("{CONTEXT}{}", added.context), state));
                    }
                    Err(failure) => {
                        if failure.kind == Kind::Network {
                            unreachable.push((&cluster.region, what.clone()));
                        }
                        failures.push((what, failure));
                    }
                }
            }
        }
        outcomes
    }

    /// Returns the command that tries out the first new context.
    pub fn next_command(&self, outcomes: &[Outcome]) -> String {
        let new = |(what, state): &Outcome| match state {
            State::Added => what.strip_prefix(CONTEXT).map(shell::quoted),
            _ => None,
        };
        match outcomes.iter().find_map(new).filter(|_| !self.is_first) {
            Some(name) => format!("kubectl --context {name} get pods"),
            None => "kubectl get pods".to_owned(),
        }
    }

    /// Returns the context that was the current one, if it is removed and no other one is current.
    pub fn lost_current(&self, context: &Context) -> Result<Option<&str>, Failure> {
        let Some(current) = self.current.as_deref().filter(|_| !self.is_settled()) else {
            return Ok(None);
        };
        for path in context.kubeconfigs(None)? {
            if kube::file::read(&path)?.current_context.is_some() {
                return Ok(None);
            }
        }
        Ok(Some(current))
    }
}
