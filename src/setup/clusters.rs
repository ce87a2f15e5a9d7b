//! The kubeconfig entries of clusters: looked up with the role's credentials, then written in one edit of each kubeconfig.

use std::path::PathBuf;

use super::changes::{Change, Contexts, exec_of};
use super::desired::{Cluster, Desired};
use crate::context::Context;
use crate::diff;
use crate::eks;
use crate::failure::{Failure, Kind, hints};
use crate::kube;
use crate::kube::config::{self, Config, Edit, Entry, Exec};
use crate::kube::exec_credential::Version;
use crate::kube::file::Kubeconfigs;
use crate::names::{ClusterName, Region};
use crate::session::{Request, Session};
use crate::signin::interaction::Interaction;
use crate::sys::lock::KubeLock;
use crate::sys::{edit, shell};

/// A cluster to add for a profile.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub name: ClusterName,
    pub region: Region,
    /// The name of the context; `None` is the cluster's ARN.
    pub alias: Option<String>,
    /// The name of the user; `None` is `PROFILE@ARN`.
    pub user_alias: Option<String>,
    /// `None` keeps the namespace in the file.
    pub namespace: Option<String>,
}

/// An entry to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    pub entry: Entry,
    /// It was the current context under another profile or name, and becomes it again.
    pub was_current: bool,
}

/// An entry that was written, or would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    pub context: String,
    /// The kubeconfig that holds it.
    pub path: PathBuf,
    pub change: Change,
    /// The profile that the context was for before, if it was for another one.
    pub taken_from: Option<String>,
    /// It became the current context.
    pub switches: bool,
}

/// The result of one part of a run, with its name in the report.
pub type Named<T> = (String, Result<T, Failure>);

/// Adds the clusters of all profiles that have not `failed`. Returns the result of each.
///
/// The first one becomes the current context if `desired` says so, or if the profiles had no context before. A region that
/// could not be reached is not tried again, because every attempt takes as long.
///
/// # Errors
/// The AWS config file cannot be read.
pub fn add(
    context: &Context,
    session: &Session<'_>,
    desired: &Desired,
    contexts: &Contexts,
    failed: &[String],
) -> Result<Vec<Named<Added>>, Failure> {
    // All profiles share the files, which are read once.
    session.files()?;
    let mut unreachable: Vec<(&Region, String)> = Vec::new();
    let (mut new, mut found) = (Vec::new(), Vec::new());
    for profile in &desired.profiles {
        if failed.iter().any(|name| *name == profile.name.as_str()) {
            continue;
        }
        let of_profile = context.with_profile(profile.name.clone());
        let session = session.of(&of_profile);
        for cluster in &profile.account.clusters {
            let name = profile.account.context_name(cluster);
            let what = format!("{}, context {name}", profile.name);
            let mut missed = unreachable.iter();
            let looked_up = match missed.find(|(region, _)| **region == cluster.region) {
                Some((region, first)) => {
                    let failure = Failure::new(Kind::Network, "the cluster was not looked up");
                    Err(failure.cause(format!("AWS in {region} could not be reached: see {first}")))
                }
                None => look_up(&of_profile, &session, &Wanted::of(cluster)),
            };
            match looked_up {
                Ok(entry) => {
                    let was_current = contexts.was_current(profile, cluster);
                    new.push(New { entry, was_current });
                    found.push((what, None));
                }
                Err(failure) => {
                    if failure.kind == Kind::Network {
                        unreachable.push((&cluster.region, what.clone()));
                    }
                    found.push((what, Some(failure)));
                }
            }
        }
    }
    let first = desired.switches || contexts.is_first;
    let (written, fault) = match write(context, &context.kubeconfigs(None)?, &new, first, false) {
        Ok(written) => (written, None),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    let mut written = written.into_iter();
    let mut results = Vec::new();
    for (what, failure) in found {
        let result = failure.map(Err).or_else(|| written.next());
        results.extend(result.map(|result| (what, result)));
    }
    results.extend(fault.map(|failure| ("kubeconfig".to_owned(), Err(failure))));
    Ok(results)
}

impl Wanted {
    fn of(cluster: &Cluster) -> Self {
        let text = |name: &dyn ToString| name.to_string();
        Wanted {
            name: cluster.name.clone(),
            region: cluster.region.clone(),
            alias: cluster.alias.as_ref().map(|name| text(name)),
            user_alias: None,
            namespace: cluster.namespace.as_ref().map(|name| text(name)),
        }
    }
}

/// Looks up the cluster with the credentials of the session's role, and composes its entry.
///
/// # Errors
/// There are no credentials, or AWS does not describe the cluster.
pub fn look_up(
    context: &Context,
    session: &Session<'_>,
    wanted: &Wanted,
) -> Result<Entry, Failure> {
    let grant = session.credentials(Request {
        may_ask: true,
        interaction: Interaction::at_terminal(context),
        region: Some(&wanted.region),
        ..Request::default()
    })?;
    let account = &grant.header.account;
    let (name, region) = (&wanted.name, &wanted.region);
    let cluster = session.describe_cluster(&grant.credentials, account, name, region)?;
    entry(context, wanted, &cluster)
}

fn entry(
    context: &Context,
    wanted: &Wanted,
    cluster: &eks::cluster::Cluster,
) -> Result<Entry, Failure> {
    let Wanted { name, region, .. } = wanted;
    let arn = &cluster.arn;
    let profile = &context.profile;
    let args = [
        ["--cluster-name", name.as_str()],
        ["--region", region.as_str()],
        ["--profile", profile.as_str()],
    ];
    let args = ["get-token"].into_iter().chain(args.into_iter().flatten());
    let alias = |alias: &Option<String>, or: String| alias.clone().unwrap_or(or);
    Ok(Entry {
        cluster: config::Cluster {
            name: arn.clone(),
            server: cluster.endpoint.clone(),
            certificate_authority_data: cluster.certificate_authority.clone(),
        },
        user: config::User {
            name: alias(&wanted.user_alias, format!("{profile}@{arn}")),
            exec: Exec {
                api_version: Version::V1.as_str().to_owned(),
                command: context.own_path()?,
                args: args.map(str::to_owned).collect(),
                interactive_mode: "IfAvailable".to_owned(),
                install_hint: install_hint(context, wanted),
                provide_cluster_info: false,
            },
        },
        context: config::Context {
            name: alias(&wanted.alias, arn.clone()),
            namespace: wanted.namespace.clone(),
        },
    })
}

/// Returns what kubectl prints if the program of the entry is missing. The command in it rewrites the user entry only, so
/// that contexts with other names and the current context are kept.
fn install_hint(context: &Context, wanted: &Wanted) -> String {
    let mut command = format!(
        "update-kubeconfig --name {} --region {} --no-switch",
        wanted.name, wanted.region
    );
    if let Some(alias) = &wanted.user_alias {
        command += &format!(" --user-alias {}", shell::quoted(alias));
    }
    let command = hints::command(&command, &context.profile);
    format!(
        "apono-login was moved or removed after this entry was written. Install it again, then run: {command}"
    )
}

/// Writes the entries, or prints the diff for a dry run. The `first` one that can be written becomes the current context, if
/// so wanted. Returns the result of each, in their order.
///
/// # Errors
/// A kubeconfig cannot be read or written. An entry that cannot be written does not stop the others.
pub fn write(
    context: &Context,
    paths: &[PathBuf],
    new: &[New],
    first: bool,
    dry_run: bool,
) -> Result<Vec<Result<Added, Failure>>, Failure> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let _step = context.output.step("kubeconfig");
    let files = Kubeconfigs::read(paths.to_vec())?;
    let (added, edits) = arrange(&files, new, first);
    if dry_run {
        let after = files.edited(&edits)?;
        let diff = files.diff(&after);
        let out = &context.output;
        out.result(&diff::painted(&diff, out.stdout()))?;
    } else {
        // Also where nothing is to be changed.
        paths
            .iter()
            .for_each(|path| KubeLock::remove_abandoned(path));
        let with_edits = (0..paths.len()).filter(|file| !edits[*file].is_empty());
        let targets = with_edits.map(|file| files.target(file, &edits[file]));
        edit::files(&targets.collect::<Vec<_>>()).map_err(kube::explain::kubeconfig_fault)?;
    }
    Ok(added)
}

/// Decides where the entries go. Returns the result of each, and the edits of each kubeconfig.
pub fn arrange(
    files: &Kubeconfigs,
    new: &[New],
    first: bool,
) -> (Vec<Result<Added, Failure>>, Vec<Vec<Edit>>) {
    let mut placed: Vec<_> = new.iter().map(|new| place(files, new)).collect();
    if new.len() > 1 {
        refuse_impossible(files, &mut placed);
    }
    let edits = edits(&files.configs, &mut placed, first);
    let added = placed.into_iter();
    let added = added.map(|placed| placed.map(|placed| placed.added));
    (added.collect(), edits)
}

/// An entry, and the number of the kubeconfig that it goes to.
struct Placed<'a> {
    new: &'a New,
    file: usize,
    added: Added,
}

/// Finds the kubeconfig for the entry. As in kubectl, an entry is changed in the file that has it and added to the first file.
///
/// # Errors
/// A context or user of the same name was not written by apono-login: the user may need it.
fn place<'a>(files: &Kubeconfigs, new: &'a New) -> Result<Placed<'a>, Failure> {
    let Kubeconfigs { paths, configs, .. } = files;
    let entry = &new.entry;
    let (name, user) = (&entry.context.name, &entry.user.name);
    refuse_foreign(paths, configs, entry)?;
    let has_context = |config: &Config| config.contexts.iter().any(|c| c.name == *name);
    let has_entry =
        |config: &Config| has_context(config) || config.users.iter().any(|u| u.name == *user);
    let file = configs.iter().position(has_entry).unwrap_or(0);
    let config = &configs[file];
    let found = config.contexts.iter().find(|context| context.name == *name);
    let change = match found {
        None => Change::Added,
        Some(_) if config.has(entry) => Change::Same,
        Some(_) => Change::Changed,
    };
    let profile = |exec: &Exec| exec.flag("--profile").map(str::to_owned);
    let before = found.and_then(|context| profile(exec_of(configs, &context.user)?));
    Ok(Placed {
        new,
        file,
        added: Added {
            context: name.clone(),
            path: paths.get(file).cloned().unwrap_or_default(),
            change,
            taken_from: before.filter(|before| Some(before) != profile(&entry.user.exec).as_ref()),
            switches: false,
        },
    })
}

/// Replaces the entries that their file cannot take by the failure, so that they do not stop the others.
fn refuse_impossible(files: &Kubeconfigs, placed: &mut [Result<Placed<'_>, Failure>]) {
    for file in 0..files.paths.len() {
        let here = |placed: &Result<Placed<'_>, Failure>| {
            let placed = placed.as_ref().ok().filter(|placed| placed.file == file)?;
            Some(Edit::Upsert(placed.new.entry.clone()))
        };
        let all: Vec<_> = placed.iter().filter_map(here).collect();
        if files.edited_one(file, &files.bytes[file], &all).is_ok() {
            continue;
        }
        for placed in &mut *placed {
            if let Some(edit) = here(placed)
                && let Err(failure) = files.edited_one(file, &files.bytes[file], &[edit])
            {
                *placed = Err(failure);
            }
        }
    }
}

/// Returns the edits of each kubeconfig. The current context is set in the first file that names one, else beside its entry.
fn edits(
    configs: &[Config],
    placed: &mut [Result<Placed<'_>, Failure>],
    mut first: bool,
) -> Vec<Vec<Edit>> {
    let mut edits: Vec<Vec<Edit>> = configs.iter().map(|_| Vec::new()).collect();
    let names_one = configs
        .iter()
        .position(|config| config.current_context.is_some());
    let before = names_one.and_then(|file| configs[file].current_context.clone());
    let mut current = None;
    for Placed { new, file, added } in placed.iter_mut().flatten() {
        edits[*file].push(Edit::Upsert(new.entry.clone()));
        added.switches = new.was_current || std::mem::take(&mut first);
        if added.switches {
            current = Some((*file, added.context.clone()));
            if added.change == Change::Same && before.as_ref() != Some(&added.context) {
                added.change = Change::Changed;
            }
        }
    }
    if let Some((file, name)) = current {
        edits[names_one.unwrap_or(file)].push(Edit::Use(name));
    }
    edits
}

fn refuse_foreign(paths: &[PathBuf], configs: &[Config], entry: &Entry) -> Result<(), Failure> {
    let ours = |name: &str| exec_of(configs, name).is_some_and(|exec| exec.is_ours(None));
    let mut users = configs.iter().flat_map(|config| &config.users);
    let name = &entry.user.name;
    if users.any(|user| user.name == *name) && !ours(name) {
        return Err(Failure::refused(format!(
            "user {name} in your kubeconfig was not written by apono-login"
        ))
        .cause("it was not changed")
        .hint("use another name: `--user-alias NAME`"));
    }
    for (path, config) in paths.iter().zip(configs) {
        let mut contexts = config.contexts.iter();
        if let Some(context) = contexts.find(|context| context.name == entry.context.name)
            && context.user != *name
            && !ours(&context.user)
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
            .hint(format!("to add the cluster under another name, run `{}`", again(entry)))
            .hint("if it is from a team file, give it another `alias` there")
            .hint(format!(
                "if you want that name, rename the existing context: `kubectl config rename-context {} NEWNAME`",
                shell::quoted(&context.name)
            )));
        }
    }
    Ok(())
}

/// Returns the command that adds the entry with another name for its context.
fn again(entry: &Entry) -> String {
    let flag = |name| {
        entry
            .user
            .exec
            .flag(name)
            .map(shell::quoted)
            .unwrap_or_default()
    };
    let (name, region) = (flag("--cluster-name"), flag("--region"));
    let command = format!("update-kubeconfig --name {name} --region {region} --alias NAME");
    match entry.user.exec.flag("--profile").map(str::parse) {
        Some(Ok(profile)) => hints::command(&command, &profile),
        _ => format!("apono-login {command}"),
    }
}
