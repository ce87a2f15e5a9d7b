//! What kubectl reads: which cluster is meant, and whether the way to it is right.

use std::path::PathBuf;

use super::report::Passed;
use crate::cli::Doctor;
use crate::commands::update_kubeconfig::{self, is_ours};
use crate::context::{Context, DEFAULT_PROFILE};
use crate::eks::cluster::Cluster;
use crate::explain;
use crate::failure::Failure;
use crate::kube::config::{Config, Exec, FoundContext, FoundUser};
use crate::names::{ClusterName, ProfileName, Region};

/// The cluster that is looked at.
#[derive(Debug)]
pub struct Target {
    pub name: ClusterName,
    /// As typed, else as its entry says.
    pub region: Option<Region>,
    /// Of the context, else `default`.
    pub namespace: String,
}

/// All files in force, merged as kubectl does: the first that has an entry counts.
#[derive(Debug)]
pub struct Kubeconfigs {
    files: Vec<(PathBuf, Config)>,
}

impl Kubeconfigs {
    pub fn read(context: &Context) -> Result<Self, Failure> {
        let read = |path: PathBuf| match update_kubeconfig::read(&path) {
            Ok(config) => Ok((path, config)),
            Err(mut failure) => {
                failure.error = format!("kubectl cannot read {}", path.display());
                Err(failure)
            }
        };
        let paths = context.kubeconfigs(None)?.into_iter();
        let files: Result<Vec<_>, Failure> = paths.map(read).collect();
        Ok(Kubeconfigs { files: files? })
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

    /// Contexts that sign in through apono-login, each with how; the current one first.
    pub fn ours(&self) -> Vec<(&FoundContext, &Exec)> {
        let contexts = self.configs().flat_map(|config| &config.contexts);
        let mut ours: Vec<_> = contexts
            .filter_map(|context| Some((context, self.exec(context)?)))
            .filter(|(_, exec)| is_ours(exec, None))
            .collect();
        ours.sort_by_key(|(context, _)| !self.is_current(context));
        ours
    }

    fn is_current(&self, context: &FoundContext) -> bool {
        self.current()
            .is_some_and(|current| current.name == context.name)
    }

    /// The command that writes an entry of ours anew, under the names that it has.
    pub fn write_again(&self, found: &FoundContext, exec: &Exec) -> String {
        let profile = exec.flag("--profile").unwrap_or_default();
        let mut words = vec!["apono-login".to_owned(), "update-kubeconfig".to_owned()];
        let mut add = |flag: &str, value: &str, usual: &str| {
            if value != usual {
                words.extend([flag.to_owned(), explain::quoted(value)]);
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
        let usual = format!("{profile}@{}", found.cluster);
        add("--user-alias", &found.user, &usual);
        if !self.is_current(found) {
            words.push("--no-switch".to_owned());
        }
        format!("`{}`", words.join(" "))
    }

    /// The profile of the current context, if that is one of ours.
    pub fn profile_in_use(&self) -> Option<ProfileName> {
        let exec = self.exec(self.current()?)?;
        let profile = is_ours(exec, None).then(|| exec.flag("--profile"))??;
        profile.parse().ok()
    }

    /// What was typed, else the cluster of the current context, if that is one of ours.
    pub fn target(&self, context: &Context, args: &Doctor) -> Option<Target> {
        let profile = &context.profile;
        let ours = self.ours().into_iter();
        let mut ours = ours.filter(|(_, exec)| is_ours(exec, Some(profile)));
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
        let written = |name: &str| found.as_ref().and_then(|(_, exec)| exec.flag(name));
        let name = match &args.cluster_name {
            Some(name) => name.clone(),
            None => written("--cluster-name")?.parse().ok()?,
        };
        let region = args.region.clone();
        let region = region.or_else(|| written("--region")?.parse().ok());
        let namespace = found.and_then(|(context, _)| context.namespace.clone());
        Some(Target {
            name,
            region,
            namespace: namespace
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| "default".to_owned()),
        })
    }

    /// Whether kubectl gets to this cluster, and signs in with this profile there.
    pub fn leads_to(
        &self,
        context: &Context,
        target: &Target,
        region: &Region,
        cluster: &Cluster,
    ) -> Result<Passed<()>, Failure> {
        let name = &target.name;
        let mend = format!(
            "`{}`",
            explain::command(
                &format!("update-kubeconfig --name {name} --region {region}"),
                &context.profile
            )
        );
        let broken = |error: String| Failure::refused(error).hint(mend.clone());
        let is_it = |exec: &Exec| {
            exec.flag("--cluster-name") == Some(name.as_str())
                && exec
                    .flag("--region")
                    .is_none_or(|found| found == region.as_str())
        };
        let ours = self.ours();
        let mut here = ours.iter().filter(|(_, exec)| is_it(exec));
        let profile = Some(&context.profile);
        let Some((found, exec)) = here.clone().find(|(_, exec)| is_ours(exec, profile)) else {
            let error = format!("your kubeconfig has no entry for cluster {name} in {region}");
            return Err(match here.next() {
                Some((found, exec)) => {
                    let other = exec.flag("--profile").unwrap_or_default();
                    broken(error).cause(format!(
                        "context {} is for it, but signs in with profile {other}",
                        found.name
                    ))
                }
                None => {
                    let files: Vec<_> = self.files.iter().map(|(p, _)| p.display()).collect();
                    let files: Vec<_> = files.iter().map(ToString::to_string).collect();
                    broken(error).cause(format!("looked at {}", files.join(", ")))
                }
            });
        };
        let mut clusters = self.configs().flat_map(|config| &config.clusters);
        let written = clusters.find(|cluster| cluster.name == found.cluster);
        let of = format!("of context {}", found.name);
        let mend = self.write_again(found, exec);
        let broken = |error: String| Failure::refused(error).hint(mend.clone());
        match written {
            None => {
                return Err(broken(format!("the cluster {of} is missing"))
                    .cause(format!("there is no cluster {:?}", found.cluster)));
            }
            Some(written) if written.server != cluster.endpoint => {
                return Err(broken(format!("the address {of} is not the cluster's"))
                    .cause(format!(
                        "the kubeconfig says {}, AWS says {}",
                        written.server, cluster.endpoint
                    ))
                    .cause("the cluster was made again, or somebody edited the entry"));
            }
            Some(written)
                if written.certificate_authority_data != cluster.certificate_authority =>
            {
                return Err(broken(format!(
                    "the certificate authority {of} is not the cluster's"
                ))
                .cause("the cluster was made again, or somebody edited the entry"));
            }
            Some(_) => {}
        }
        let passed = Passed::new((), format!("context {}", found.name));
        if self.is_current(found) {
            return Ok(passed);
        }
        let to_it = format!(
            "`kubectl config use-context {}`",
            explain::quoted(&found.name)
        );
        let by_another_way = self.current().filter(|current| {
            let found = self.configs().flat_map(|config| &config.clusters);
            let mut same = found.filter(|cluster| cluster.name == current.cluster);
            same.any(|c| c.server == cluster.endpoint)
                && !self.exec(current).is_some_and(|exec| is_ours(exec, None))
        });
        match by_another_way {
            Some(current) => {
                let how = match self.exec(current) {
                    Some(exec) => format!("runs `{}`", exec.command),
                    None => "has credentials of its own".to_owned(),
                };
                Err(Failure::refused(
                    "kubectl's current context is for this cluster, and does not sign in through apono-login",
                )
                .cause(format!("context {} {how}", current.name))
                .hint(to_it))
            }
            None => Ok(passed.note(format!("it is not kubectl's current context: {to_it}"))),
        }
    }
}
