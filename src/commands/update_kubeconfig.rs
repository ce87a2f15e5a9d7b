//! `update-kubeconfig`: looks up the cluster with the role's credentials and writes its cluster, user and context entries.

use std::borrow::Cow;
use std::path::PathBuf;

use crate::cli::UpdateKubeconfig;
use crate::context::Context;
use crate::diff;
use crate::eks::cluster::Cluster;
use crate::failure::Failure;
use crate::failure::hints;
use crate::kube;
use crate::kube::config::{self, Config, Entry, Exec, FoundUser};
use crate::kube::exec_credential::Version;
use crate::kube::file::{LOCK_WAIT, MAX_KUBECONFIG};
use crate::names::{ClusterName, ProfileName, Region};
use crate::session::{Request, Session};
use crate::signin::interaction::Interaction;
use crate::sys::lock::{Held, KubeLock};
use crate::sys::{edit, file, shell};

/// The context that was written, or would be.
pub struct Added {
    /// The context's name.
    pub context: String,
    /// The kubeconfig that holds it.
    pub path: PathBuf,
    /// Whether any kubeconfig changed.
    pub changed: bool,
}

pub fn run(context: &Context, args: &UpdateKubeconfig) -> Result<(), Failure> {
    let Added {
        context: name,
        path,
        changed,
    } = add(context, args)?;
    let path = path.display();
    match (args.dry_run, changed) {
        (_, false) => context
            .output
            .note(&format!("Context {name} in {path} is already up to date")),
        (true, true) => {}
        (false, true) if args.no_switch => context
            .output
            .note(&format!("Wrote context {name} to {path}")),
        (false, true) => context.output.note(&format!(
            "Wrote context {name} to {path} and made it the current context"
        )),
    }
    if changed && !args.dry_run && context.find_program("kubectl").is_none() {
        context.output.note(
            "hint: kubectl is not on your PATH; to install it, see https://kubernetes.io/docs/tasks/tools/",
        );
    }
    Ok(())
}

/// Looks up the cluster and writes its entries.
pub fn add(context: &Context, args: &UpdateKubeconfig) -> Result<Added, Failure> {
    let session = Session::new(context)?;
    let region = region(context, args, &session)?;
    let grant = session.credentials(Request {
        may_ask: true,
        interaction: Interaction::at_terminal(context),
        region: Some(&region),
        ..Request::default()
    })?;
    let account = &grant.header.account;
    let cluster = session.describe_cluster(&grant.credentials, account, &args.name, &region)?;
    let entry = entry(context, args, &cluster, &region)?;
    let _step = context.output.step("kubeconfig");
    let paths = context.kubeconfigs(args.kubeconfig.as_deref())?;
    let places = Places::find(&paths, &entry)?;
    let name = &entry.context.name;
    let mut changes = vec![Change {
        path: places.entry.clone(),
        edits: vec![Edit::Upsert(&entry)],
    }];
    if !args.no_switch {
        match places.current == places.entry {
            true => changes[0].edits.push(Edit::Use(name.into())),
            false => changes.push(Change {
                path: places.current,
                edits: vec![Edit::Use(name.into())],
            }),
        }
    }
    let changed = match args.dry_run {
        true => {
            let shown: Result<Vec<_>, _> = changes.iter().map(|of| of.show(context)).collect();
            shown?.contains(&true)
        }
        false => {
            // Also where nothing is to be changed.
            paths
                .iter()
                .for_each(|path| KubeLock::remove_abandoned(path));
            let targets: Vec<_> = changes.iter().map(Change::target).collect();
            let edits = edit::files(&targets).map_err(kube::explain::kubeconfig_fault)?;
            edits.iter().any(edit::Edit::changes)
        }
    };
    Ok(Added {
        context: entry.context.name.clone(),
        path: places.entry,
        changed,
    })
}

fn region(
    context: &Context,
    args: &UpdateKubeconfig,
    session: &Session<'_>,
) -> Result<Region, Failure> {
    if let Some(region) = &args.region {
        return Ok(region.clone());
    }
    if let Some(region) = context.env_region()? {
        return Ok(region);
    }
    session.plan()?.region.ok_or_else(|| {
        Failure::refused("the region of the cluster is not known")
            .hint("add it, for example `--region eu-west-1`")
    })
}

fn entry(
    context: &Context,
    args: &UpdateKubeconfig,
    cluster: &Cluster,
    region: &Region,
) -> Result<Entry, Failure> {
    let arn = &cluster.arn;
    let alias = |alias: &Option<String>, or: String| alias.clone().unwrap_or(or);
    let arguments = [
        "get-token",
        "--cluster-name",
        args.name.as_str(),
        "--region",
        region.as_str(),
    ];
    let profile = ["--profile", context.profile.as_str()];
    Ok(Entry {
        cluster: config::Cluster {
            name: arn.clone(),
            server: cluster.endpoint.clone(),
            certificate_authority_data: cluster.certificate_authority.clone(),
        },
        user: config::User {
            name: alias(&args.user_alias, format!("{}@{arn}", context.profile)),
            exec: Exec {
                api_version: Version::V1.as_str().to_owned(),
                command: context.own_path()?,
                args: arguments
                    .into_iter()
                    .chain(profile)
                    .map(str::to_owned)
                    .collect(),
                interactive_mode: "IfAvailable".to_owned(),
                install_hint: install_hint(context, args, region),
                provide_cluster_info: false,
            },
        },
        context: config::Context {
            name: alias(&args.alias, arn.clone()),
            namespace: args.namespace.clone(),
        },
    })
}

/// Returns what kubectl prints if the program of the entry is missing. The command in it rewrites the user entry only, so
/// that contexts with other names and the current context are kept.
fn install_hint(context: &Context, args: &UpdateKubeconfig, region: &Region) -> String {
    let mut command = format!(
        "update-kubeconfig --name {} --region {region} --no-switch",
        args.name
    );
    if let Some(alias) = &args.user_alias {
        command += &format!(" --user-alias {}", shell::quoted(alias));
    }
    let command = hints::command(&command, &context.profile);
    format!(
        "apono-login was moved or removed after this entry was written. Install it again, then run: {command}"
    )
}

/// The kubeconfigs to write. As in kubectl, an entry is changed in the file that has it and added to the first file, and the
/// current context is set in the first file that names one.
struct Places {
    entry: PathBuf,
    current: PathBuf,
}

impl Places {
    fn find(paths: &[PathBuf], entry: &Entry) -> Result<Self, Failure> {
        let mut configs: Vec<(&PathBuf, Config)> = Vec::new();
        for path in paths {
            configs.push((path, kube::file::read(path)?));
        }
        refuse_foreign(&configs, entry)?;
        let has_entry = |config: &Config| {
            config.contexts.iter().any(|c| c.name == entry.context.name)
                || config.users.iter().any(|u| u.name == entry.user.name)
        };
        let first = paths.first().cloned().unwrap_or_default();
        let place = configs
            .iter()
            .find(|(_, config)| has_entry(config))
            .map_or(&first, |(path, _)| path);
        let current = configs
            .iter()
            .find(|(_, config)| config.current_context.is_some());
        Ok(Places {
            entry: place.clone(),
            current: current.map_or(place, |(path, _)| path).clone(),
        })
    }
}

/// Refuses to replace a context or user of the same name that apono-login did not write: the user may need it.
fn refuse_foreign(configs: &[(&PathBuf, Config)], entry: &Entry) -> Result<(), Failure> {
    let users = || configs.iter().flat_map(|(_, config)| &config.users);
    let of_apono_login =
        |user: &FoundUser| user.exec.as_ref().is_some_and(|exec| exec.is_ours(None));
    let ours = |name: &str| users().any(|user| user.name == name && of_apono_login(user));
    let name = &entry.user.name;
    if users().any(|user| user.name == *name) && !ours(name) {
        return Err(Failure::refused(format!(
            "user {name} in your kubeconfig was not written by apono-login"
        ))
        .cause("it was not changed")
        .hint("use another name: `--user-alias NAME`"));
    }
    for (path, config) in configs {
        let context = config
            .contexts
            .iter()
            .find(|context| context.name == entry.context.name);
        if let Some(context) =
            context.filter(|context| context.user != entry.user.name && !ours(&context.user))
        {
            return Err(Failure::refused(format!(
                "context {} in {} was not written by apono-login",
                context.name,
                path.display()
            ))
            .cause(format!(
                "it belongs to user {}; it was not changed",
                context.user
            ))
            .hint("use another name: `--alias NAME`, or `alias` in the team file")
            .hint(format!(
                "if you want that name, rename the existing context: `kubectl config rename-context {} NEWNAME`",
                shell::quoted(&context.name)
            )));
        }
    }
    Ok(())
}

/// The edits of one kubeconfig.
pub struct Change<'a> {
    pub path: PathBuf,
    pub edits: Vec<Edit<'a>>,
}

pub enum Edit<'a> {
    Upsert(&'a Entry),
    /// Makes this the current context.
    Use(Cow<'a, str>),
    /// Removes the users of this profile, with their contexts and clusters.
    Remove(&'a ProfileName),
    /// Removes the users of this profile for one cluster, with their contexts and the cluster.
    RemoveCluster(&'a ProfileName, &'a ClusterName, &'a Region),
    Rename {
        from: String,
        to: String,
    },
    /// Sets the namespace of the context; an empty one removes it.
    Namespace {
        context: String,
        namespace: String,
    },
}

impl Change<'_> {
    fn compose(&self, bytes: &[u8]) -> Result<Vec<u8>, Failure> {
        let mut text = bytes.to_vec();
        for edit in &self.edits {
            text = match edit {
                Edit::Upsert(entry) => config::upsert(&text, entry),
                Edit::Use(name) => config::use_context(&text, name),
                Edit::Remove(profile) => {
                    config::remove(&text, |_, exec| exec.is_ours(Some(profile)))
                }
                Edit::RemoveCluster(profile, cluster, region) => {
                    config::remove(&text, |_, exec| {
                        exec.is_ours(Some(profile)) && exec.is_for(cluster, region)
                    })
                }
                Edit::Rename { from, to } => config::rename_context(&text, from, to),
                Edit::Namespace { context, namespace } => {
                    config::set_namespace(&text, context, namespace)
                }
            }
            .map_err(|error| kube::explain::kubeconfig_edit(&error, &self.path))?;
        }
        Ok(text)
    }

    /// Returns the change as a unified diff; empty if nothing changes.
    pub fn diff(&self) -> Result<String, Failure> {
        let before = file::read(&self.path, MAX_KUBECONFIG)?.unwrap_or_default();
        let after = self.compose(&before)?;
        Ok(diff::unified(&self.path, &before, &after))
    }

    /// Prints the diff to stdout. Returns whether there is one.
    pub fn show(&self, context: &Context) -> Result<bool, Failure> {
        let diff = self.diff()?;
        if !diff.is_empty() {
            let out = &context.output;
            out.result(&diff::painted(&diff, out.stdout()))?;
        }
        Ok(!diff.is_empty())
    }

    /// Returns the file to edit, under kubectl's lock.
    pub fn target(&self) -> edit::Target<'_, Failure> {
        edit::Target {
            path: &self.path,
            limit: MAX_KUBECONFIG,
            lock: Box::new(|| match KubeLock::acquire(&self.path, LOCK_WAIT) {
                Ok(lock) => Ok(Some(Held::Kube(lock))),
                // kubectl could not take it there either.
                Err(error) if error.is_denial() && self.path.exists() => Ok(None),
                Err(error) => Err(error.into()),
            }),
            compose: Box::new(|bytes| self.compose(bytes)),
        }
    }
}
