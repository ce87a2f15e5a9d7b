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
        let asks_for_a_token = self.args.first().is_some_and(|verb| verb == "get-token");
        asks_for_a_token
            && (has_our_name(&self.command) || self.is_marked())
            && profile.is_none_or(|name| self.flag("--profile") == Some(name.as_str()))
    }

    /// Whether the entry has what only apono-login writes, whatever the name of its program: a renamed one writes it too.
    fn is_marked(&self) -> bool {
        self.install_hint.starts_with(MARK)
            && self.flag("--cluster-name").is_some()
            && self.flag("--profile").is_some()
    }
}

/// How the `installHint` of each entry begins.
pub const MARK: &str = "apono-login was moved or removed";

/// The names of the program. The second is in the same folder, see `process::FULL`. kubectl runs `kubectl apono-login` under the
/// third.
const NAMES: [&str; 3] = ["apono-login", "apono-login-full", "kubectl-apono_login"];

/// Whether the path or name of a program is one of this program, as Windows and macOS compare names: without their case.
fn has_our_name(program: &str) -> bool {
    let name = program.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    NAMES.contains(&name.strip_suffix(".exe").unwrap_or(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(command: &str, args: &str, install_hint: &str) -> Exec {
        Exec {
            api_version: String::new(),
            command: command.to_owned(),
            args: args.split(' ').map(str::to_owned).collect(),
            env: Vec::new(),
            interactive_mode: String::new(),
            install_hint: install_hint.to_owned(),
            provide_cluster_info: false,
        }
    }

    #[test]
    fn entries_of_this_program_whatever_it_is_called() {
        const ARGS: &str = "get-token --cluster-name prod --region eu-west-1 --profile dev";
        let hint = format!("{MARK} after this entry was written.");
        for (command, args, hint, expected) in [
            ("apono-login", ARGS, "", true),
            ("/usr/bin/apono-login", ARGS, "", true),
            ("/usr/bin/apono-login-full", ARGS, "", true),
            (r"C:\Program Files\apono-login.exe", ARGS, "", true),
            (r"C:\TOOLS\APONO-LOGIN.EXE", ARGS, "", true),
            (r"C:\Tools\Kubectl-Apono_Login.Exe", ARGS, "", true),
            // Renamed, it is known by what it wrote.
            ("/opt/apono-login-1.2/apono-login-1.2", ARGS, &hint, true),
            ("/usr/local/bin/apono", ARGS, &hint, true),
            (r"C:\Users\alice\apono-login (1).exe", ARGS, &hint, true),
            ("/usr/local/bin/apono", ARGS, "", false),
            ("/usr/local/bin/apono", ARGS, "Install apono", false),
            // Other programs of the person, and of other makers.
            (
                "/usr/local/bin/apono",
                "token --cluster-name prod",
                &hint,
                false,
            ),
            (
                "aws",
                "eks get-token --cluster-name prod --profile dev",
                "",
                false,
            ),
            ("kubelogin", "get-token --login devicecode", &hint, false),
            ("/home/alice/apono-login-wrapper", ARGS, "", false),
            ("apono-login", "status --profile dev", &hint, false),
        ] {
            let exec = exec(command, args, hint);
            assert_eq!(exec.is_ours(None), expected, "{command} {args} {hint}");
            let profile = "dev".parse().unwrap();
            assert_eq!(exec.is_ours(Some(&profile)), expected, "{command}");
        }
    }
}
