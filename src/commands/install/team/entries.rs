//! Finds the team's entries in the kubeconfigs. Pure.

use super::plan::Plan;
use super::renames::{Place, Rename};
use crate::kube::config::{Config, Exec};
use crate::names::{AccountId, Namespace, ProfileName};
use crate::setup::team_file::Cluster;

/// A cluster, independent of the name of its context and of the profile used for it.
#[derive(PartialEq, Eq)]
pub struct Target {
    pub account: AccountId,
    pub cluster: String,
    pub region: String,
}

/// A context that the team file still names, perhaps with another name or namespace than before.
pub struct Kept<'a> {
    pub file: usize,
    pub profile: &'a ProfileName,
    pub from: String,
    pub to: String,
    pub old: &'a Cluster,
    pub new: &'a Cluster,
    /// Names of all contexts of the cluster.
    pub names: Vec<String>,
}

impl Kept<'_> {
    /// Returns the rename that the context needs, if any.
    pub fn rename(&self) -> Option<Rename> {
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
    pub fn namespace(&self, config: &Config) -> Option<String> {
        let (old, new) = (&self.old.namespace, &self.new.namespace);
        let mut contexts = config.contexts.iter();
        let ours = self
            .names
            .iter()
            .filter(|name| [&self.from, &self.to].contains(name));
        let context = contexts.find(|context| ours.clone().any(|name| *name == context.name))?;
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

impl Target {
    pub fn is(&self, cluster: &Cluster) -> bool {
        (self.cluster.as_str(), self.region.as_str())
            == (cluster.name.as_str(), cluster.region.as_str())
    }
}

/// Returns the cluster of the context, if it belongs to one of the plan's profiles.
pub fn target(configs: &[Config], (file, name): &Place, plan: &Plan<'_>) -> Option<Target> {
    let mut contexts = configs[*file].contexts.iter();
    let user = &contexts.find(|context| context.name == *name)?.user;
    let mut users = configs.iter().flat_map(|config| &config.users);
    let exec = users.find(|found| found.name == *user)?.exec.as_ref()?;
    let profile = exec.flag("--profile")?;
    let gone = plan.gone.iter().map(|gone| (&gone.profile, &gone.existing));
    let members = plan.members.iter();
    let members = members.map(|member| (&member.profile, &member.existing));
    let (_, existing) = members
        .chain(gone)
        .find(|(name, _)| name.as_str() == profile)?;
    Some(Target {
        account: existing.role.as_ref()?.account().clone(),
        cluster: exec.flag("--cluster-name")?.to_owned(),
        region: exec.flag("--region")?.to_owned(),
    })
}

/// Returns the names of the contexts that get their tokens through this profile, with exec entries that `of` accepts.
pub fn contexts_of(
    config: &Config,
    profile: &ProfileName,
    of: impl Fn(&Exec) -> bool + Copy,
) -> Vec<String> {
    let users: Vec<_> = users_of(config, profile, of).collect();
    let contexts = config.contexts.iter();
    let ours = contexts.filter(|context| users.contains(&context.user.as_str()));
    ours.map(|context| context.name.clone()).collect()
}

/// Whether there are users of this profile with exec entries that `of` accepts. A user can exist without a context.
pub fn has_users(
    config: &Config,
    profile: &ProfileName,
    of: impl Fn(&Exec) -> bool + Copy,
) -> bool {
    users_of(config, profile, of).next().is_some()
}

fn users_of<'c>(
    config: &'c Config,
    profile: &ProfileName,
    of: impl Fn(&Exec) -> bool + Copy,
) -> impl Iterator<Item = &'c str> {
    let is_ours = move |exec: &Exec| exec.is_ours(Some(profile)) && of(exec);
    let users = config.users.iter();
    let ours = users.filter(move |user| user.exec.as_ref().is_some_and(is_ours));
    ours.map(|user| user.name.as_str())
}
