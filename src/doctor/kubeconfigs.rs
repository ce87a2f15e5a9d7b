//! The kubeconfig as kubectl reads it: which cluster to check, and whether its context is right.

use std::path::PathBuf;

use super::report::Passed;
use crate::cli::Doctor;
use crate::context::Context;
use crate::eks::cluster::Cluster;
use crate::failure::Failure;
use crate::failure::files;
use crate::failure::hints;
use crate::kube::config::{self, Config, Exec, FoundContext, FoundUser};
use crate::kube::file::MAX_KUBECONFIG;
use crate::names::{ClusterName, DEFAULT_PROFILE, ProfileName, Region};
use crate::sys::lock::KubeLock;
use crate::sys::{file, shell};

/// Why an entry differs from what AWS says.
const REPLACED_OR_EDITED: &str =
    "the cluster was deleted and created again, or the kubeconfig was edited";

/// The cluster to check.
#[derive(Debug)]
pub struct Target {
    pub name: ClusterName,
    /// From the command line, else from the cluster's entry.
    pub region: Option<Region>,
    /// The namespace of the context, else `default`.
    pub namespace: String,
    /// The context's name, if the kubeconfig has one for the cluster.
    pub context: Option<String>,
}

/// All kubeconfig files in use, merged as kubectl does: the first file that has an entry wins.
#[derive(Debug)]
pub struct Kubeconfigs {
    files: Vec<(PathBuf, Config)>,
}

impl Kubeconfigs {
    pub fn read(context: &Context) -> Result<Self, Failure> {
        let read = |path: PathBuf| {
            let what = format!("kubectl cannot read {}", path.display());
            let bytes = file::read(&path, MAX_KUBECONFIG).map_err(|error| Failure {
                error: what.clone(),
                ..error.into()
            })?;
            let config = config::read(&bytes.unwrap_or_default()).map_err(|error| {
                Failure::refused(&what)
                    .cause(error.to_string())
                    .hint("fix this in an editor, then run this again")
                    .hint("to use another file, set `KUBECONFIG` to its path")
            })?;
            Ok((path, config))
        };
        let paths = context.kubeconfigs(None)?.into_iter();
        let files: Result<Vec<_>, Failure> = paths.map(read).collect();
        Ok(Kubeconfigs { files: files? })
    }

    /// Returns warnings of lock files that are older than any change takes: a killed program left them behind.
    pub fn stale_locks(&self) -> impl Iterator<Item = String> {
        self.files.iter().filter_map(|(path, _)| {
            let age = KubeLock::age(path).filter(|age| *age > files::LONGEST_CHANGE)?;
            let lock = KubeLock::path(path);
            Some(format!(
                "{} is {} old: `kubectl config` fails as long as it exists; if no program is changing the kubeconfig, run `{}`",
                lock.display(),
                files::duration(age),
                files::remove_command(&lock)
            ))
        })
    }

    fn configs(&self) -> impl Iterator<Item = &Config> {
        self.files.iter().map(|(_, config)| config)
    }

    fn current(&self) -> Option<&FoundContext> {
        let name = self.configs().find_map(|c| c.current_context.as_ref())?;
        let mut contexts = self.configs().flat_map(|config| &config.contexts);
        contexts.find(|context| context.name == *name)
    }

    fn user(&self, name: &str) -> Option<&FoundUser> {
        let mut users = self.configs().flat_map(|config| &config.users);
        users.find(|user| user.name == name)
    }

    fn exec(&self, context: &FoundContext) -> Option<&Exec> {
        self.user(&context.user)?.exec.as_ref()
    }

    /// Returns the contexts that get their tokens from apono-login, and how they run it; the current one first.
    pub fn ours(&self) -> Vec<(&FoundContext, &Exec)> {
        let contexts = self.configs().flat_map(|config| &config.contexts);
        let mut ours: Vec<_> = contexts
            .filter_map(|context| Some((context, self.exec(context)?)))
            .filter(|(_, exec)| exec.is_ours(None))
            .collect();
        ours.sort_by_key(|(context, _)| !self.is_current(context));
        ours
    }

    fn is_current(&self, context: &FoundContext) -> bool {
        self.current()
            .is_some_and(|current| current.name == context.name)
    }

    /// Returns the command, in backticks, that writes one of these entries again under its own names.
    pub fn rewrite_command(&self, found: &FoundContext, exec: &Exec) -> String {
        let profile = exec.flag("--profile").unwrap_or_default();
        let mut words = vec!["apono-login".to_owned(), "update-kubeconfig".to_owned()];
        let mut add = |flag: &str, value: &str, default: &str| {
            if value != default {
                words.extend([flag.to_owned(), shell::quoted(value)]);
            }
        };
        add("--profile", profile, DEFAULT_PROFILE);
        add(
            "--name",
            exec.flag("--cluster-name").unwrap_or_default(),
            "",
        );
        add("--region", exec.flag("--region").unwrap_or_default(), "");
        add("--alias", &found.name, &found.cluster);
        let default = format!("{profile}@{}", found.cluster);
        add("--user-alias", &found.user, &default);
        if !self.is_current(found) {
            words.push("--no-switch".to_owned());
        }
        format!("`{}`", words.join(" "))
    }

    /// Returns the profile of the current context, if that gets its tokens from apono-login.
    pub fn profile_in_use(&self) -> Option<ProfileName> {
        let exec = self.exec(self.current()?)?;
        let profile = exec.is_ours(None).then(|| exec.flag("--profile"))??;
        profile.parse().ok()
    }

    /// Returns the cluster that the command line names, else that of the current context, if that gets its tokens from
    /// apono-login.
    pub fn target(&self, context: &Context, args: &Doctor) -> Option<Target> {
        let profile = &context.profile;
        let ours = self.ours().into_iter();
        let mut ours = ours.filter(|(_, exec)| exec.is_ours(Some(profile)));
        let found = match &args.cluster_name {
            Some(name) => ours.find(|(_, exec)| {
                exec.flag("--cluster-name") == Some(name.as_str())
                    && args.region.as_ref().is_none_or(|region| {
                        exec.flag("--region")
                            .is_none_or(|found| found == region.as_str())
                    })
            }),
            None => {
                let current = self.current()?;
                ours.find(|(found, _)| found.name == current.name)
            }
        };
        let written = |flag: &str| found.as_ref().and_then(|(_, exec)| exec.flag(flag));
        let name = match &args.cluster_name {
            Some(name) => name.clone(),
            None => written("--cluster-name")?.parse().ok()?,
        };
        let region = args.region.clone();
        let region = region.or_else(|| written("--region")?.parse().ok());
        let namespace = found.and_then(|(context, _)| context.namespace.clone());
        let context = found.map(|(context, _)| context.name.clone());
        Some(Target {
            name,
            region,
            namespace: namespace
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| "default".to_owned()),
            context,
        })
    }

    /// Checks that kubectl has a context for this cluster which gets its tokens with this profile.
    pub fn leads_to(
        &self,
        context: &Context,
        target: &Target,
        region: &Region,
        cluster: &Cluster,
    ) -> Result<Passed<()>, Failure> {
        let name = &target.name;
        let profile = &context.profile;
        let write = format!("update-kubeconfig --name {name} --region {region}");
        let write = hints::command(&write, profile);
        let is_target = |exec: &Exec| {
            exec.flag("--cluster-name") == Some(name.as_str())
                && exec
                    .flag("--region")
                    .is_none_or(|found| found == region.as_str())
        };
        let ours = self.ours();
        let mut here = ours.iter().filter(|(_, exec)| is_target(exec));
        let matching = here.clone().find(|(_, exec)| exec.is_ours(Some(profile)));
        let Some((found, exec)) = matching else {
            let (error, cause) = match here.next() {
                Some((found, exec)) => (
                    format!("no context for cluster {name} in {region} uses profile {profile}"),
                    format!(
                        "context {} gets its tokens with profile {}",
                        found.name,
                        exec.flag("--profile").unwrap_or_default()
                    ),
                ),
                None => {
                    let paths = self
                        .files
                        .iter()
                        .map(|(path, _)| path.display().to_string());
                    let paths: Vec<_> = paths.collect();
                    (
                        format!("kubectl has no context for cluster {name} in {region}"),
                        format!(
                            "{} {} no context for cluster {name}",
                            paths.join(", "),
                            if paths.len() > 1 { "have" } else { "has" }
                        ),
                    )
                }
            };
            let failure = Failure::refused(error).cause(cause);
            return Err(failure.hint(format!("run `{write}`")));
        };
        let mut clusters = self.configs().flat_map(|config| &config.clusters);
        let written = clusters.find(|cluster| cluster.name == found.cluster);
        let context = &found.name;
        let broken = |error: String, cause: String| {
            let rewrite = self.rewrite_command(found, exec);
            let failure = Failure::refused(error).cause(cause);
            failure.hint(format!("run {rewrite}"))
        };
        match written {
            None => {
                return Err(broken(
                    format!("context {context} has no cluster"),
                    format!("the kubeconfig has no cluster entry {:?}", found.cluster),
                ));
            }
            Some(written) if written.server.is_empty() => {
                return Err(broken(
                    format!("context {context} has no server"),
                    format!(
                        "cluster entry {:?} of the kubeconfig has no server, but AWS says {}",
                        written.name, cluster.endpoint
                    ),
                ));
            }
            Some(written) if written.server != cluster.endpoint => {
                return Err(broken(
                    format!("context {context} has another address than cluster {name}"),
                    format!(
                        "the kubeconfig has {}, but AWS says {}",
                        written.server, cluster.endpoint
                    ),
                )
                .cause(REPLACED_OR_EDITED));
            }
            Some(written)
                if written.certificate_authority_data != cluster.certificate_authority =>
            {
                return Err(broken(
                    format!(
                        "context {context} has another certificate authority than cluster {name}"
                    ),
                    REPLACED_OR_EDITED.to_owned(),
                ));
            }
            Some(_) => {}
        }
        let passed = Passed::brief((), format!("context {context}"));
        if self.is_current(found) {
            return Ok(passed);
        }
        let switch = format!("`kubectl config use-context {}`", shell::quoted(context));
        // The current context may be for the same cluster, as `aws eks update-kubeconfig` writes it.
        let other = self.current().filter(|current| {
            let clusters = self.configs().flat_map(|config| &config.clusters);
            let mut same = clusters.filter(|cluster| cluster.name == current.cluster);
            same.any(|written| written.server == cluster.endpoint)
                && !self.exec(current).is_some_and(|exec| exec.is_ours(None))
        });
        match other {
            Some(current) => {
                let how = match self.exec(current) {
                    Some(exec) => format!("gets its tokens from `{}`", exec.command),
                    None => "has credentials of its own".to_owned(),
                };
                Err(Failure::refused(
                    "kubectl's current context for this cluster does not use apono-login",
                )
                .cause(format!("context {} {how}", current.name))
                .hint(format!("run {switch}")))
            }
            None => Ok(passed.warn(format!(
                "it is not kubectl's current context; to use it, run {switch}"
            ))),
        }
    }
}
