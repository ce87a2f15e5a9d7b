//! The kubeconfig as kubectl reads it: which cluster to check, and how kubectl uses it ([`entry`]).

pub mod entry;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::cli::Doctor;
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::failure::files;
use crate::kube::config::{self, Exec, FoundCluster, FoundContext, FoundUser};
use crate::kube::file::MAX_KUBECONFIG;
use crate::names::{ClusterName, ProfileName, Region};
use crate::sys::file;
use crate::sys::lock::KubeLock;
use crate::yaml::Tree;

/// The cluster to check.
#[derive(Debug)]
pub struct Target {
    pub name: ClusterName,
    /// From the command line, else from the cluster's entry.
    pub region: Option<Region>,
}

/// All kubeconfig files in use, merged as kubectl does: the first file that has an entry wins.
#[derive(Debug, Default)]
pub struct Kubeconfigs {
    paths: Vec<PathBuf>,
    trees: Vec<Tree>,
    /// The contexts, clusters and users of all files, in order.
    contexts: Vec<FoundContext>,
    clusters: Vec<FoundCluster>,
    users: Vec<FoundUser>,
    /// The place of the user of each name.
    places: HashMap<String, usize>,
    current_context: Option<String>,
}

impl Kubeconfigs {
    pub fn read(context: &Context) -> Result<Self, Failure> {
        let mut all = Kubeconfigs::default();
        for path in context.kubeconfigs(None)? {
            let what = format!("kubectl cannot read {}", path.display());
            let bytes = file::read(&path, MAX_KUBECONFIG).map_err(|error| match error {
                // kubectl reads devices and pipes, too.
                file::Error::NotAFile { .. } => Failure::refused(error.to_string())
                    .cause(
                        "the kubeconfig has to be a file, for `update-kubeconfig` to write to it",
                    )
                    .hint("set `KUBECONFIG` to the path of a file, or unset it"),
                error => Failure {
                    error: what.clone(),
                    ..error.into()
                },
            })?;
            let (tree, config) = config::parse(&bytes.unwrap_or_default()).map_err(|error| {
                Failure::refused(what)
                    .cause(error.to_string())
                    .hint("fix this in an editor, then run this again")
                    .hint("to use another file, set `KUBECONFIG` to its path")
            })?;
            all.paths.push(path);
            all.trees.push(tree);
            all.contexts.extend(config.contexts);
            all.clusters.extend(config.clusters);
            for user in config.users {
                let place = all.users.len();
                all.places.entry(user.name.clone()).or_insert(place);
                all.users.push(user);
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
        let place = self.places.get(&context.user)?;
        self.users[*place].exec.as_ref()
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
        let mut command = Command::new("update-kubeconfig");
        if let Ok(profile) = profile.parse() {
            command = command.profile(&profile);
        }
        let mut add = |flag: &str, value: &str, default: &str| {
            if value != default {
                command = command.clone().option(flag, value);
            }
        };
        for (flag, in_entry) in [("--name", "--cluster-name"), ("--region", "--region")] {
            add(flag, exec.flag(in_entry).unwrap_or_default(), "");
        }
        // The cluster is `PROFILE@ARN`, the ARN in entries of older versions, or named as its user.
        let arn = found.cluster.strip_prefix(&format!("{profile}@"));
        let arn = arn.unwrap_or(&found.cluster);
        let (alias, user_alias) = match arn.starts_with("arn:") {
            true => (arn, format!("{profile}@{arn}")),
            false => ("", String::new()),
        };
        add("--alias", &found.name, alias);
        add("--user-alias", &found.user, &user_alias);
        if !self.is_current(found) {
            command = command.flag("--no-switch");
        }
        format!("`{command}`")
    }

    /// Returns how the current context runs apono-login. Where another program gives it tokens now, as after `aws eks
    /// update-kubeconfig`, it is how apono-login did for the same cluster.
    fn in_use(&self) -> Option<&Exec> {
        let exec = self.exec(self.current()?)?;
        if exec.is_ours(None) {
            return Some(exec);
        }
        let cluster = |exec: &Exec| {
            let name = exec.flag("--cluster-name").or(exec.flag("-i"))?;
            Some((name.to_owned(), exec.flag("--region").map(str::to_owned)))
        };
        let (name, region) = cluster(exec)?;
        let mut execs = self.users.iter().filter_map(|user| user.exec.as_ref());
        execs.find(|exec| {
            let in_region = region
                .as_deref()
                .is_none_or(|region| exec.flag("--region") == Some(region));
            exec.is_ours(None) && exec.flag("--cluster-name") == Some(&name) && in_region
        })
    }

    /// Returns the profile that the current context uses, or did until another program gave it tokens.
    pub fn profile_in_use(&self) -> Option<ProfileName> {
        self.in_use()?.flag("--profile")?.parse().ok()
    }

    /// Returns the cluster that the command line names, else that of the current context, if it gets its tokens from apono-login,
    /// or did until another program gave it tokens.
    pub fn target(&self, context: &Context, args: &Doctor) -> Option<Target> {
        let exec = self.in_question(context, args);
        let name = match &args.cluster_name {
            Some(name) => name.clone(),
            None => exec?.flag("--cluster-name")?.parse().ok()?,
        };
        let written = || exec?.flag("--region")?.parse().ok();
        let region = args.region.clone().or_else(written);
        Some(Target { name, region })
    }

    /// Returns how the context of the cluster to check runs apono-login, if there is one.
    pub fn in_question(&self, context: &Context, args: &Doctor) -> Option<&Exec> {
        let is_of_profile = |exec: &&Exec| exec.is_ours(Some(&context.profile));
        match &args.cluster_name {
            Some(name) => {
                let execs = self.ours().into_iter().map(|(_, exec)| exec);
                let is_for = |exec: &&Exec| is_for(exec, name, args.region.as_ref());
                execs.filter(is_of_profile).find(is_for)
            }
            None => self.in_use().filter(is_of_profile),
        }
    }

    /// Returns the command that checks one of the clusters of this profile, if there is one.
    pub fn check_command(&self, profile: &ProfileName) -> Option<String> {
        let ours = self.ours().into_iter();
        let mut ours = ours.filter(|(_, exec)| exec.is_ours(Some(profile)));
        let (_, exec) = ours.next()?;
        let (name, region) = (exec.flag("--cluster-name")?, exec.flag("--region")?);
        Some(format!("doctor --cluster-name {name} --region {region}"))
    }

    /// Returns what the first file that has an entry says of it, and the file's path.
    fn first<'s, T>(&'s self, look_up: impl Fn(&'s Tree) -> Option<T>) -> Option<(&'s Path, T)> {
        let mut files = self.paths.iter().zip(&self.trees);
        files.find_map(|(path, tree)| Some((path.as_path(), look_up(tree)?)))
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
