//! Which exec entries are apono-login's own.

use super::Exec;
use crate::names::{ClusterName, ProfileName, Region};

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

    /// Whether the exec entry is for this cluster.
    pub fn is_for(&self, cluster: &ClusterName, region: &Region) -> bool {
        self.flag("--cluster-name") == Some(cluster.as_str())
            && self.flag("--region") == Some(region.as_str())
    }
}
