//! The kubeconfigs as the team file wants them: what is gone is taken out and what has another name renamed, without a
//! network; what is new is added with the credentials of its profile.

use super::compose::{Outcome, State};
use super::entries::{Kept, Target, contexts_of, has_users, target};
use super::renames::{self, Place, Rename};
use super::{Member, Plan};
use crate::cli::UpdateKubeconfig;
use crate::commands::update_kubeconfig::{self, Change, Edit, is_for};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::kube::config::Config;
use crate::names::{AccountId, ProfileName, Region};
use crate::profile::read::Files;
use crate::team::{Cluster, ownership};

/// What a context is called in the summary: by its name behind this.
const CONTEXT: &str = "context ";

pub struct Contexts<'a> {
    /// All of the team's, those that are to go and those that are not ours any more included.
    profiles: Vec<&'a ProfileName>,
    /// What needs nobody's credentials.
    changes: Vec<Change<'a>>,
    pub taken: Vec<Outcome>,
    /// Old names of contexts that have another one now.
    renamed: Vec<String>,
    /// What the file wants renamed, and whose new name somebody else's context has.
    held_up: Vec<(&'a ProfileName, &'a Cluster)>,
    /// Names of the contexts whose namespace changes.
    touched: Vec<String>,
    /// Names of all contexts that are there now.
    there: Vec<String>,
    /// kubectl's before anything was done.
    current: Option<String>,
    /// What that one was for, where it is taken out.
    lost: Option<Target>,
    /// No context is of one of these profiles.
    is_first: bool,
}

impl<'a> Contexts<'a> {
    /// What is there, held against what the file wants and what it wanted when it was installed last.
    ///
    /// # Errors
    /// A kubeconfig that kubectl could not read either.
    pub fn read(context: &Context, plan: &'a Plan<'a>) -> Result<Self, Failure> {
        let gone = plan.gone.iter().map(|gone| &gone.profile);
        let theirs = plan.repurposed.iter().map(|theirs| &theirs.profile);
        let members = plan.members.iter().map(|member| &member.profile);
        let mut contexts = Contexts {
            profiles: members.chain(gone).chain(theirs).collect(),
            changes: Vec::new(),
            taken: Vec::new(),
            renamed: Vec::new(),
            held_up: Vec::new(),
            touched: Vec::new(),
            there: Vec::new(),
            current: None,
            lost: None,
            is_first: true,
        };
        let mut configs = Vec::new();
        for path in context.kubeconfigs(None)? {
            configs.push(update_kubeconfig::read(&path)?);
            let edits = Vec::new();
            contexts.changes.push(Change { path, edits });
        }
        let current = |config: &Config| config.current_context.clone();
        contexts.current = configs.iter().find_map(current);
        let (mut all, mut kept, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for (file, config) in configs.iter().enumerate() {
            let names = config.contexts.iter().map(|context| context.name.clone());
            all.extend(names.map(|name| (file, name)));
            let removed = contexts.remove(file, config, plan, &mut kept);
            gone.extend(removed.into_iter().map(|name| (file, name)));
        }
        contexts.there = all.iter().map(|(_, name)| name.clone()).collect();
        // kubectl takes the first of a name.
        let is_current = |(_, name): &&Place| Some(name) == contexts.current.as_ref();
        let current = all.iter().find(is_current).cloned();
        if let Some(current) = current.as_ref().filter(|current| gone.contains(current)) {
            contexts.lost = target(&configs, current, plan);
        }
        all.retain(|place| !gone.contains(place));
        contexts.rename(&configs, &all, kept, current);
        contexts.changes.retain(|change| !change.edits.is_empty());
        Ok(contexts)
    }

    /// Takes out of one file what the team file does not name any more. Names of the contexts that go.
    fn remove(
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
                let of_cluster = |exec: &_| is_for(exec, &old.name, &old.region);
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
        self.removed(removed.clone());
        removed
    }

    /// Names and namespaces of the contexts that stay. `there` are those of all files, and `current` is kubectl's.
    fn rename(
        &mut self,
        configs: &[Config],
        there: &[Place],
        kept: Vec<Kept<'a>>,
        current: Option<Place>,
    ) {
        let wanted = kept.iter().filter_map(Kept::rename);
        let possible = renames::possible(wanted.collect(), there);
        for (file, change) in self.changes.iter_mut().enumerate() {
            let here = possible.iter().filter(|rename| rename.file == file);
            let steps = renames::in_order(here.cloned().collect(), there);
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
            self.removed(vec![from.clone()]);
            self.renamed.push(from.clone());
        }
        for kept in &kept {
            let rename = kept.rename();
            let is_done = rename
                .as_ref()
                .is_none_or(|rename| possible.contains(rename));
            if !is_done {
                self.held_up.push((kept.profile, kept.old));
            }
            if let Some(namespace) = kept.namespace(&configs[kept.file]) {
                let context = if is_done { &kept.to } else { &kept.from };
                self.touched.push(context.clone());
                self.changes[kept.file].edits.push(Edit::Namespace {
                    context: context.clone(),
                    namespace,
                });
            }
        }
    }

    /// What the member's profile shall remember: a context that could not get its new name is known by the old one.
    pub fn recorded(&self, member: &Member<'_>) -> Vec<Cluster> {
        let mut clusters = member.account.clusters.clone();
        for cluster in &mut clusters {
            let is_it = |(profile, old): &&(&ProfileName, &Cluster)| {
                **profile == member.profile && old.is(cluster)
            };
            if let Some((_, old)) = self.held_up.iter().find(is_it) {
                cluster.alias.clone_from(&old.alias);
            }
        }
        clusters
    }

    /// What goes and does not come again.
    pub fn to_go<'s>(&'s self, plan: &Plan<'_>) -> impl Iterator<Item = String> + 's {
        let wanted: Vec<_> = plan.members.iter().flat_map(Member::contexts).collect();
        let stays = move |name: &str| wanted.iter().any(|wanted| wanted == name);
        let taken = self.taken.iter().map(|(what, _)| what);
        let gone = taken.filter(move |what| {
            let name = what.strip_prefix(CONTEXT).unwrap_or(what);
            !stays(name) && self.renamed.iter().all(|old| old != name)
        });
        gone.cloned()
    }

    fn removed(&mut self, names: Vec<String>) {
        let told = |name| (format!("{CONTEXT}{name}"), State::Removed);
        self.taken.extend(names.into_iter().map(told));
    }

    /// Nothing that is there has to be touched.
    pub fn is_settled(&self) -> bool {
        self.changes.is_empty()
    }

    /// The context that was the current one before anything was installed.
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

    pub fn remove(&self) -> Result<(), Failure> {
        for change in &self.changes {
            change.apply()?;
        }
        Ok(())
    }

    /// A dry run asks nobody for a cluster: those that are not there are named.
    pub fn say_what_is_to_come(&self, context: &Context, plan: &Plan<'_>, same: bool) {
        let out = &context.output;
        let mut all_there = true;
        for member in &plan.members {
            for cluster in &member.account.clusters {
                let name = member.context_name(cluster);
                let renamed = member
                    .recorded
                    .iter()
                    .any(|old| old.is(cluster) && self.there.contains(&member.context_name(old)));
                if !self.there.contains(&name) && !renamed {
                    all_there = false;
                    let Cluster {
                        name: of, region, ..
                    } = cluster;
                    out.note(&format!(
                        "Would add context {name} (cluster {of} in {region})"
                    ));
                }
            }
        }
        if same && all_there && self.is_settled() {
            out.note("Everything is up to date");
        }
    }

    /// Adds the clusters of everybody who has no failure yet. The first one is made the current context if none was here;
    /// the cluster that was current before stays so, under whatever profile and name it is now. A region that does not
    /// answer is not asked again: each time would take as long.
    pub fn add(
        &self,
        context: &Context,
        plan: &Plan<'_>,
        failures: &mut Vec<(String, Failure)>,
    ) -> Vec<Outcome> {
        let mut told = Vec::new();
        let is_out = |member: &&Member<'_>| {
            let name = member.profile.as_str();
            failures.iter().any(|(of, _)| of == name)
        };
        let members: Vec<_> = plan.members.iter().filter(|m| !is_out(m)).collect();
        let mut is_first = self.is_first;
        let mut silent: Vec<(&Region, String)> = Vec::new();
        for member in members {
            let of_profile = context.with_profile(member.profile.clone());
            for cluster in &member.account.clusters {
                let name = member.context_name(cluster);
                let what = format!("{}, {CONTEXT}{name}", member.profile);
                if let Some((region, first)) = silent.iter().find(|(r, _)| **r == cluster.region) {
                    let failure = Failure::new(Kind::Network, "it was not asked for");
                    let cause = format!("{region} could not be reached before: see {first}");
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
                        let touched = self.touched.contains(&added.context);
                        let state = match self.there.contains(&added.context) {
                            false => State::Added,
                            true if added.changed || touched => State::Changed,
                            true => State::Same,
                        };
                        told.push((format!("{CONTEXT}{}", added.context), state));
                    }
                    Err(failure) => {
                        if failure.kind == Kind::Network {
                            silent.push((&cluster.region, what.clone()));
                        }
                        failures.push((what, failure));
                    }
                }
            }
        }
        told
    }

    /// The context that was kubectl's current one, if it was taken out.
    pub fn lost_current(&self, context: &Context) -> Result<Option<&str>, Failure> {
        let Some(current) = self.current.as_deref().filter(|_| !self.is_settled()) else {
            return Ok(None);
        };
        for path in context.kubeconfigs(None)? {
            if update_kubeconfig::read(&path)?.current_context.is_some() {
                return Ok(None);
            }
        }
        Ok(Some(current))
    }
}

impl Member<'_> {
    /// The profile is for another account now: there is nothing behind its contexts any more.
    fn has_moved(&self) -> bool {
        self.account_before().is_some()
    }

    /// The account that the profile was for, where it is for another one now.
    pub fn account_before(&self) -> Option<&AccountId> {
        let before = self.existing.role.as_ref()?.account();
        (before != self.account.role.account()).then_some(before)
    }

    /// As `update-kubeconfig` names it.
    fn context_name(&self, cluster: &Cluster) -> String {
        let Cluster { name, region, .. } = cluster;
        let role = &self.account.role;
        match &cluster.alias {
            Some(alias) => alias.to_string(),
            None => format!(
                "arn:{}:eks:{region}:{}:cluster/{name}",
                role.partition(),
                role.account()
            ),
        }
    }

    fn contexts(&self) -> impl Iterator<Item = String> {
        let clusters = self.account.clusters.iter();
        clusters.map(|cluster| self.context_name(cluster))
    }
}
