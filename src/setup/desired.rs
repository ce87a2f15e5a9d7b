//! How a laptop is to be: the profiles with their sign-ins and clusters, from flags or from a team file alike.

use crate::names::{AccountName, ProfileName, Region, RoleArn, RoleSessionName, TeamName};
pub use crate::profile::ours::record::Cluster;

use super::source::Source;
use super::team_file::Places;

/// The wanted state. Profiles that it does not name stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Desired {
    /// The team whose file it is from; `None` for a profile from flags.
    pub team: Option<TeamName>,
    pub profiles: Vec<Profile>,
    /// The profiles to remove, with everything that was written for them.
    pub gone: Vec<ProfileName>,
    pub switch: Switch,
    /// Where the values are in the team file.
    pub places: Places,
    /// The path of this program; empty if no profile has AWS tools run it.
    pub program: String,
}

/// When the first cluster becomes the current context.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Switch {
    /// As with `aws eks update-kubeconfig`.
    Always,
    /// With the first installation, where the user has no current context.
    #[default]
    IfNone,
    Never,
}

impl Desired {
    /// Returns the name of the first wanted context.
    pub fn first_context(&self) -> Option<String> {
        self.profiles.iter().find_map(|profile| {
            let cluster = profile.account.clusters.first()?;
            Some(profile.account.context_name(cluster))
        })
    }
}

/// A profile to install.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    pub name: ProfileName,
    pub account: Account,
    pub email: RoleSessionName,
    /// AWS tools get the credentials from apono-login. A profile that is installed like that stays so.
    pub by_process: bool,
}

/// An account with the role in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// `None` only without other accounts.
    pub name: Option<AccountName>,
    pub role: RoleArn,
    /// The region of the first cluster, else of the portal.
    pub region: Region,
    pub source: Source,
    pub clusters: Vec<Cluster>,
    /// It is a failure if the user has no access to it.
    pub required: bool,
}

impl Account {
    /// Returns the name of the cluster's context: the alias, else the cluster's ARN.
    pub fn context_name(&self, cluster: &Cluster) -> String {
        match &cluster.alias {
            Some(alias) => alias.to_string(),
            None => self.arn(cluster),
        }
    }

    /// Returns the name of the cluster's context in a report, with its profile.
    pub fn part(&self, profile: &ProfileName, cluster: &Cluster) -> String {
        format!("{profile}, context {}", self.context_name(cluster))
    }

    /// Returns the cluster's ARN.
    pub fn arn(&self, cluster: &Cluster) -> String {
        let Cluster { name, region, .. } = cluster;
        let (partition, account) = (self.role.partition(), self.role.account());
        format!("arn:{partition}:eks:{region}:{account}:cluster/{name}")
    }
}
