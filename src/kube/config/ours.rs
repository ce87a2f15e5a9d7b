//! Which exec entries are apono-login's own: the one place that says so.

use super::Exec;
use crate::names::{ClusterName, ProfileName, Region};

/// The entries that `update-kubeconfig` wrote for a profile: those of one cluster, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    pub profile: ProfileName,
    pub cluster: Option<(ClusterName, Region)>,
}

impl Ours {
    /// Returns all entries of the profile.
    pub fn of(profile: &ProfileName) -> Self {
        Ours {
            profile: profile.clone(),
            cluster: None,
        }
    }

    /// Returns the entries of the profile for one cluster.
    pub fn of_cluster(profile: &ProfileName, cluster: &ClusterName, region: &Region) -> Self {
        Ours {
            profile: profile.clone(),
            cluster: Some((cluster.clone(), region.clone())),
        }
    }

    /// Whether the exec entry is one of them.
    pub fn owns(&self, exec: &Exec) -> bool {
        let is_for = |(cluster, region): &(ClusterName, Region)| {
            exec.flag("--cluster-name") == Some(cluster.as_str())
                && exec.flag("--region") == Some(region.as_str())
        };
        exec.is_ours(Some(&self.profile)) && self.cluster.as_ref().is_none_or(is_for)
    }
}

impl Exec {
    /// Whether the exec entry was written by `update-kubeconfig`, and for this profile if one is given.
    pub fn is_ours(&self, profile: Option<&ProfileName>) -> bool {
        let program = self.command.rsplit(['/', '\\']).next().unwrap_or_default();
        // kubectl runs `kubectl apono-login` under the second name.
        let program = program.strip_suffix(".exe").unwrap_or(program);
        matches!(program, "apono-login" | "kubectl-apono_login")
            && self.args.first().is_some_and(|verb| verb == "get-token")
            && profile.is_none_or(|name| self.flag("--profile") == Some(name.as_str()))
    }
}
