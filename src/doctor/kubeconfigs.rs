//! The kubeconfig as kubectl reads it: which cluster to check, and whether its context is right.

use std::collections::HashMap;
use std::path::PathBuf;

use super::report::Passed;
use crate::cli::Doctor;
use crate::context::Context;
use crate::eks::cluster::Cluster;
use crate::failure::Failure;
use crate::failure::files;
use crate::failure::hints;
use crate::kube::config::{self, Exec, FoundCluster, FoundContext};
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
#[derive(Debug, Default)]
pub struct Kubeconfigs {
    paths: Vec<PathBuf>,
    /// The contexts and clusters of all files, in order.
    contexts: Vec<FoundContext>,
    clusters: Vec<FoundCluster>,
    /// How the user of each name gets credentials.
    execs: HashMap<String, Option<Exec>>,
    current_context: Option<String>,
}

impl Kubeconfigs {
    pub fn read(context: &Context) -> Result<Self, Failure> {
        let mut all = Kubeconfigs::default();
        for path in context.kubeconfigs(None)? {
            let what = format!("kubectl cannot read {}", path.display());
            let bytes = file::read(&path, MAX_KUBECONFIG).map_err(|error| Failure {
                error: what.clone(),
                ..error.into()
            })?;
            let config = config::read(&bytes.unwrap_or_default()).map_err(|error| {
                Failure::refused(what)
                    .cause(error.to_string())
                    .hint("fix this in an editor, then run this again")
                    .hint("to use another file, set `KUBECONFIG` to its path")
            })?;
            all.paths.push(path);
            all.contexts.extend(config.contexts);
            all.clusters.extend(config.clusters);
            for user in config.users {
                all.execs.entry(user.name).or_insert(user.exec);
            }
            all.current_context = all.current_context.or(config.current_context);
        }
        Ok(all)
    }

    /// Returns warnings of lock files that are older than any change takes: a killed program left them behind.
    pub fn stale_locks(&self) -> impl Iterator<Item = String> {
        self.paths.iter().filter_map(|path| {
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

    /// Returns the cluster entry of a context.
    fn cluster(&self, context: &FoundContext) -> Option<&FoundCluster> {
        let mut clusters = self.clusters.iter();
        clusters.find(|cluster| cluster.name == context.cluster)
    }

    fn current(&self) -> Option<&FoundContext> {
        let mut contexts = self.contexts.iter();
        contexts.find(|context| self.is_current(context))
    }

    fn exec(&self, context: &FoundContext) -> Option<&Exec> {
        self.execs.get(&context.user)?.as_ref()
    }

    /// Returns the contexts that get their tokens from apono-login, and how they run it; the current one first.
    pub fn ours(&self) -> Vec<(&FoundContext, &Exec)> {
        let contexts = self.contexts.iter();
        let mut ours: Vec<_> = contexts
            .filter_map(|context| Some((context, self.exec(context)?)))
            .filter(|(_, exec)| exec.is_ours(None))
            .collect();
        ours.sort_by_key(|(context, _)| !self.is_current(context));
        ours
    }

    fn is_current(&self, context: &FoundContext) -> bool {
        self.current_context.as_ref() == Some(&context.name)
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
        for (flag, in_entry) in [("--name", "--cluster-name"), ("--region", "--region")] {
            add(flag, exec.flag(in_entry).unwrap_or_default(), "");
        }
        // The cluster is `PROFILE@ARN`, or the ARN in entries of older versions.
        let arn = found.cluster.strip_prefix(&format!("{profile}@"));
        let arn = arn.unwrap_or(&found.cluster);
        add("--alias", &found.name, arn);
        let default = format!("{profile}@{arn}");
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
            Some(name) => ours.find(|(_, exec)| is_for(exec, name, args.region.as_ref())),
            None => ours.find(|(found, _)| self.is_current(found)),
        };
        let written = |flag: &str| found.as_ref().and_then(|(_, exec)| exec.flag(flag));
        let name = match &args.cluster_name {
            Some(name) => name.clone(),
            None => written("--cluster-name")?.parse().ok()?,
        };
        let region = args.region.clone();
        let region = region.or_else(|| written("--region")?.parse().ok());
        let context = found.map(|(context, _)| context);
        let namespace = context.and_then(|context| context.namespace.clone());
        let namespace = namespace.filter(|name| !name.is_empty());
        Some(Target {
            name,
            region,
            namespace: namespace.unwrap_or_else(|| "default".to_owned()),
            context: context.map(|context| context.name.clone()),
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
        let ours = self.ours();
        let mut here = ours
            .iter()
            .filter(|(_, exec)| is_for(exec, name, Some(region)));
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
                    let paths = self.paths.iter().map(|path| path.display().to_string());
                    let paths: Vec<_> = paths.collect();
                    let have = if paths.len() > 1 { "have" } else { "has" };
                    (
                        format!("kubectl has no context for cluster {name} in {region}"),
                        format!("{} {have} no context for cluster {name}", paths.join(", ")),
                    )
                }
            };
            let write = format!("update-kubeconfig --name {name} --region {region}");
            let write = hints::run(&write, profile);
            return Err(Failure::refused(error).cause(cause).hint(write));
        };
        self.check_entry(found, exec, name, cluster)?;
        let context = &found.name;
        let passed = Passed::brief((), format!("context {context}"));
        if self.is_current(found) {
            return Ok(passed);
        }
        let switch = format!("`kubectl config use-context {}`", shell::quoted(context));
        // The current context may be for the same cluster, as `aws eks update-kubeconfig` writes it.
        let current = self.current().filter(|current| {
            let written = self.cluster(current);
            written.is_some_and(|written| written.server == cluster.endpoint)
        });
        let (current, how) = match current.map(|current| (current, self.exec(current))) {
            Some((current, None)) => (current, "has credentials of its own".to_owned()),
            Some((current, Some(exec))) if !exec.is_ours(None) => {
                (current, format!("gets its tokens from `{}`", exec.command))
            }
            _ => {
                return Ok(passed.warn(format!(
                    "it is not kubectl's current context; to use it, run {switch}"
                )));
            }
        };
        let error = "kubectl's current context for this cluster does not use apono-login";
        Err(Failure::refused(error)
            .cause(format!("context {} {how}", current.name))
            .hint(format!("run {switch}")))
    }

    /// Checks that the cluster entry of this context has what AWS says of the cluster.
    fn check_entry(
        &self,
        context: &FoundContext,
        exec: &Exec,
        name: &ClusterName,
        cluster: &Cluster,
    ) -> Result<(), Failure> {
        let wrong = |what: &str, cause: String| {
            Failure::refused(format!("context {} has {what}", context.name))
                .cause(cause)
                .hint(format!("run {}", self.rewrite_command(context, exec)))
        };
        let endpoint = &cluster.endpoint;
        Err(match self.cluster(context) {
            None => wrong(
                "no cluster",
                format!("the kubeconfig has no cluster entry {:?}", context.cluster),
            ),
            Some(FoundCluster { name, server, .. }) if server.is_empty() => wrong(
                "no server",
                format!(
                    "cluster entry {name:?} of the kubeconfig has no server, but AWS says {endpoint}"
                ),
            ),
            Some(FoundCluster { server, .. }) if server != endpoint => wrong(
                &format!("another address than cluster {name}"),
                format!("the kubeconfig has {server}, but AWS says {endpoint}"),
            )
            .cause(REPLACED_OR_EDITED),
            Some(written)
                if written.certificate_authority_data != cluster.certificate_authority =>
            {
                wrong(
                    &format!("another certificate authority than cluster {name}"),
                    REPLACED_OR_EDITED.to_owned(),
                )
            }
            Some(_) => return Ok(()),
        })
    }
}

/// Returns whether tokens are for this cluster, by the arguments. An entry without a region is for any.
fn is_for(exec: &Exec, name: &ClusterName, region: Option<&Region>) -> bool {
    let in_region = |region: &Region| {
        exec.flag("--region")
            .is_none_or(|found| found == region.as_str())
    };
    exec.flag("--cluster-name") == Some(name.as_str()) && region.is_none_or(in_region)
}
