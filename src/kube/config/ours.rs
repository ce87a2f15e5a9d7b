//! Which exec entries are apono-login's own: the one place that says so.

use super::{Exec, FoundUser};
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

    /// Whether the user is one of them.
    pub fn owns(&self, user: &FoundUser) -> bool {
        user.owners().any(|owner| owner == self.key())
    }

    /// Returns what to look these entries up by: see [`FoundUser::owners`].
    pub fn key(&self) -> Key<'_> {
        let cluster = self.cluster.as_ref();
        let cluster = cluster.map(|(name, region)| (name.as_str(), region.as_str()));
        (self.profile.as_str(), cluster)
    }
}

/// The profile, and the name and region of the cluster.
pub type Key<'a> = (&'a str, Option<(&'a str, &'a str)>);

impl FoundUser {
    /// Returns the exec entry, if `update-kubeconfig` wrote it.
    pub fn our_exec(&self) -> Option<&Exec> {
        self.exec.as_ref().filter(|exec| exec.is_ours(None))
    }

    /// Whether `update-kubeconfig` wrote the cluster of this name for the user: it names both alike. Older versions, which did
    /// not write `--api-version`, named the cluster by its ARN; one with the name of their user is not theirs.
    pub fn has_cluster(&self, name: &str) -> bool {
        let Some(exec) = self.our_exec() else {
            return false;
        };
        let is_arn = match name.splitn(6, ':').collect::<Vec<_>>()[..] {
            ["arn", _, "eks", region, _, resource] => {
                exec.flag("--region") == Some(region)
                    && exec.flag("--cluster-name") == resource.strip_prefix("cluster/")
            }
            _ => false,
        };
        let is_named_alike = name == self.name && exec.flag("--api-version").is_some();
        is_named_alike || is_arn
    }

    /// Returns the keys of each [`Ours`] that the user is one of: all entries of its profile, and those of its cluster.
    pub fn owners(&self) -> impl Iterator<Item = Key<'_>> {
        let exec = self.our_exec();
        let profile = exec.and_then(|exec| exec.flag("--profile"));
        let cluster = exec.and_then(|exec| exec.flag("--cluster-name").zip(exec.flag("--region")));
        let of_cluster = profile.filter(|_| cluster.is_some());
        let of_profile = profile.map(|profile| (profile, None));
        let of_cluster = of_cluster.map(|profile| (profile, cluster));
        of_profile.into_iter().chain(of_cluster)
    }
}

impl Exec {
    /// Whether the exec entry was written by `update-kubeconfig`, and for this profile if one is given.
    pub fn is_ours(&self, profile: Option<&ProfileName>) -> bool {
        let program = self.command.rsplit(['/', '\\']).next().unwrap_or_default();
        // The second is in the same folder, see `process::FULL`. kubectl runs `kubectl apono-login` under the third name.
        let program = program.strip_suffix(".exe").unwrap_or(program);
        matches!(
            program,
            "apono-login" | "apono-login-full" | "kubectl-apono_login"
        ) && self.args.first().is_some_and(|verb| verb == "get-token")
            && profile.is_none_or(|name| self.flag("--profile") == Some(name.as_str()))
    }
}
