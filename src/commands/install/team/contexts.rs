//! The kubeconfigs as the team file wants them: what is gone is taken out and what has another name renamed, without a
//! network; what is new is added with the credentials of its profile.

use std::path::PathBuf;

use super::compose::{State, Told};
use super::{Member, Plan};
use crate::cli::UpdateKubeconfig;
use crate::commands::update_kubeconfig::{self, Change, Edit, is_for, is_ours};
use crate::context::Context;
use crate::failure::Failure;
use crate::kube::config::{Config, Exec};
use crate::names::ProfileName;
use crate::profile::read::Files;
use crate::team::{Cluster, mark};

pub struct Contexts<'a> {
    /// All of the team's, those that are to go included.
    profiles: Vec<&'a ProfileName>,
    /// What needs nobody's credentials.
    changes: Vec<Change<'a>>,
    pub taken: Vec<Told>,
    /// Names of all contexts that are there now.
    there: Vec<String>,
    /// kubectl's before anything was done.
    current: Option<String>,
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
        let members = plan.members.iter().map(|member| &member.profile);
        let mut contexts = Contexts {
            profiles: members.chain(gone).collect(),
            changes: Vec::new(),
            taken: Vec::new(),
            there: Vec::new(),
            current: None,
            is_first: true,
        };
        for path in context.kubeconfigs(None)? {
            let config = update_kubeconfig::read(&path)?;
            contexts.compare(path, &config, plan);
            let names = config.contexts.into_iter().map(|context| context.name);
            contexts.there.extend(names);
            contexts.current = contexts.current.or(config.current_context);
        }
        Ok(contexts)
    }

    fn compare(&mut self, path: PathBuf, config: &Config, plan: &'a Plan<'a>) {
        let mut edits = Vec::new();
        let moved = plan.members.iter().filter(|member| member.has_moved());
        let moved = moved.map(|member| &member.profile);
        for profile in plan.gone.iter().map(|gone| &gone.profile).chain(moved) {
            if has_users(config, profile, |_| true) {
                edits.push(Edit::Remove(profile));
                self.is_first = false;
            }
            self.removed(contexts_of(config, profile, |_| true));
        }
        for member in plan.members.iter().filter(|member| !member.has_moved()) {
            let profile = &member.profile;
            self.is_first &= contexts_of(config, profile, |_| true).is_empty();
            for old in &member.recorded {
                let wanted = member.account.clusters.iter();
                let same = |new: &&Cluster| new.name == old.name && new.region == old.region;
                let of_cluster = |exec: &_| is_for(exec, &old.name, &old.region);
                let names = contexts_of(config, profile, of_cluster);
                match wanted.into_iter().find(same) {
                    None if !has_users(config, profile, of_cluster) => {}
                    None => {
                        edits.push(Edit::RemoveCluster(profile, &old.name, &old.region));
                        self.removed(names);
                    }
                    Some(new) => {
                        let (from, to) = (member.context_name(old), member.context_name(new));
                        // Of that name there may be somebody else's.
                        let taken = config.contexts.iter().any(|other| other.name == to);
                        let free = !taken || names.contains(&to);
                        if from != to && free && names.contains(&from) {
                            self.removed(vec![from.clone()]);
                            edits.push(Edit::Rename { from, to });
                        }
                    }
                }
            }
        }
        if !edits.is_empty() {
            self.changes.push(Change { path, edits });
        }
    }

    fn removed(&mut self, names: Vec<String>) {
        let told = |name| (format!("context {name}"), State::Removed);
        self.taken.extend(names.into_iter().map(told));
    }

    /// Nothing that is there has to be touched.
    pub fn is_settled(&self) -> bool {
        self.changes.is_empty()
    }

    /// The context that was the current one before anything was installed.
    pub fn to_remember(&self, files: &Files) -> Option<String> {
        let names = self.profiles.iter().copied();
        mark::context_before(files.profiles(), names).or_else(|| {
            let current = self.current.as_deref().filter(|_| self.is_first);
            current.and_then(mark::rememberable)
        })
    }

    pub fn diff(&self) -> Result<String, Failure> {
        self.changes.iter().map(Change::diff).collect()
    }

    pub fn take_back(&self) -> Result<(), Failure> {
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
                let renamed = member.recorded.iter().any(|old| {
                    let same = old.name == cluster.name && old.region == cluster.region;
                    same && self.there.contains(&member.context_name(old))
                });
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
    /// whatever was current before stays so, under whatever profile it is now.
    pub fn add(
        &self,
        context: &Context,
        plan: &Plan<'_>,
        failures: &mut Vec<(String, Failure)>,
    ) -> Vec<Told> {
        let mut told = Vec::new();
        let is_out = |member: &&Member<'_>| {
            let name = member.profile.as_str();
            failures.iter().any(|(of, _)| of == name)
        };
        let members: Vec<_> = plan.members.iter().filter(|m| !is_out(m)).collect();
        let mut is_first = self.is_first;
        for member in members {
            let of_profile = context.with_profile(member.profile.clone());
            for cluster in &member.account.clusters {
                let name = member.context_name(cluster);
                let was_current = self.current.as_ref() == Some(&name);
                let args = UpdateKubeconfig {
                    alias: cluster.alias.as_ref().map(|name| name.as_str().to_owned()),
                    namespace: member.namespace(cluster),
                    no_switch: !(is_first || was_current),
                    ..UpdateKubeconfig::of(cluster.name.clone(), cluster.region.clone())
                };
                match update_kubeconfig::add(&of_profile, &args) {
                    Ok(added) => {
                        is_first = false;
                        let state = match (added.changed, self.there.contains(&added.context)) {
                            (false, _) => State::Same,
                            (true, true) => State::Changed,
                            (true, false) => State::Added,
                        };
                        told.push((format!("context {}", added.context), state));
                    }
                    Err(failure) => {
                        let profile = &member.profile;
                        failures.push((format!("{profile}, context {name}"), failure));
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

/// Names of the contexts that this profile gives the tokens for, where `of` says so of the plugin's entry.
fn contexts_of(
    config: &Config,
    profile: &ProfileName,
    of: impl Fn(&Exec) -> bool + Copy,
) -> Vec<String> {
    let users: Vec<_> = users_of(config, profile, of).collect();
    let contexts = config.contexts.iter();
    let ours = contexts.filter(|context| users.contains(&context.user.as_str()));
    ours.map(|context| context.name.clone()).collect()
}

/// There may be one without a context.
fn has_users(config: &Config, profile: &ProfileName, of: impl Fn(&Exec) -> bool + Copy) -> bool {
    users_of(config, profile, of).next().is_some()
}

fn users_of<'c>(
    config: &'c Config,
    profile: &ProfileName,
    of: impl Fn(&Exec) -> bool + Copy,
) -> impl Iterator<Item = &'c str> {
    let is_ours = move |exec: &Exec| is_ours(exec, Some(profile)) && of(exec);
    let users = config.users.iter();
    let ours = users.filter(move |user| user.exec.as_ref().is_some_and(is_ours));
    ours.map(|user| user.name.as_str())
}

impl Member<'_> {
    /// The profile is for another account now: there is nothing behind its contexts any more.
    fn has_moved(&self) -> bool {
        let before = self.existing.role.as_ref();
        before.is_some_and(|role| role.account() != self.account.role.account())
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

    /// One that the file does not name any more is taken out of the context; one that it never named is the person's.
    fn namespace(&self, cluster: &Cluster) -> Option<String> {
        let had = self.recorded.iter().any(|old| {
            let same = old.name == cluster.name && old.region == cluster.region;
            same && old.namespace.is_some()
        });
        let namespace = cluster.namespace.as_ref();
        let namespace = namespace.map(|name| name.as_str().to_owned());
        namespace.or_else(|| had.then(String::new))
    }
}
