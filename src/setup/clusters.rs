//! The kubeconfig entries of clusters: looked up with the role's credentials, then written in one edit of each kubeconfig.

mod known;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::changes::{Change, Contexts};
use super::desired::{Cluster, Desired};
use super::laptop::Laptop;
use crate::context::Context;
use crate::diff;
use crate::failure::{Failure, Kind, hints};
use crate::kube;
use crate::kube::config::{self, Config, Edit, Entry, Exec, Index};
use crate::kube::exec_credential::Version;
use crate::kube::file::Kubeconfigs;
use crate::names::{ClusterName, Region};
use crate::session::{Grant, Request, Session, many};
use crate::signin::interaction::Interaction;
use crate::sys::lock::KubeLock;
use crate::sys::{edit, shell};
pub use known::Known;
use known::hash_of;

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

/// Adds the clusters of all profiles that have not `failed`. Those that are not `known` are looked up, several at the same time.
/// Returns the result of each, in the order of the file.
///
/// The first one becomes the current context if `desired` says so, or if the profiles had no context before. A region that
/// could not be reached is not tried again, because every attempt takes as long: only what was on its way already is.
///
/// # Errors
/// The AWS config file cannot be read.
pub fn add(
    laptop: &Laptop<'_>,
    session: &Session<'_>,
    desired: &Desired,
    contexts: &Contexts,
    failed: &[String],
    known: &mut Known<'_>,
) -> Result<Vec<Named<Added>>, Failure> {
    let context = laptop.context;
    // All profiles share the files, which are read once.
    session.files()?;
    let failed: HashSet<&str> = failed.iter().map(String::as_str).collect();
    let profiles = desired.profiles.iter();
    let profiles = profiles.filter(|profile| !failed.contains(profile.name.as_str()));
    let profiles: Vec<_> = profiles
        .map(|profile| (profile, context.with_profile(profile.name.clone())))
        .collect();
    let unreachable = Unreachable::default();
    let (mut wanted, mut unknown) = (Vec::new(), Vec::new());
    for (profile, of_profile) in &profiles {
        let session = session.of(of_profile);
        for cluster in &profile.account.clusters {
            let mut found = known.find(&session, profile, cluster).map(Ok);
            if found.is_none() {
                let region = &cluster.region;
                // One after the other: the user may be asked.
                match unreachable.unless(region, || credentials(of_profile, &session, region)) {
                    Ok(grant) => unknown.push((wanted.len(), session.clone(), cluster, grant)),
                    Err(failure) => found = Some(Err(failure)),
                }
            }
            wanted.push((*profile, of_profile, cluster, found));
        }
    }
    let counting = context.output.counting("clusters", unknown.len());
    let looked_up = many::at_once(unknown, |(at, session, cluster, grant)| {
        let (name, region) = (&cluster.name, &cluster.region);
        let found = unreachable.unless(region, || describe(&session, &grant, name, region));
        counting.add_one();
        let hash = found
            .as_ref()
            .ok()
            .and_then(|found| hash_of(&session, found));
        (at, found, hash)
    });
    drop(counting);
    for (at, found, hash) in looked_up {
        wanted[at].3 = Some(found);
        known.add(hash);
    }
    known.write();

    let program = Context::own_path()?;
    // The first cluster of a region that could not be reached, in the order of the file.
    let mut missed: BTreeMap<&Region, String> = BTreeMap::new();
    let (mut new, mut results) = (Vec::new(), Vec::new());
    for (profile, of_profile, cluster, found) in wanted {
        let what = format!(
            "{}, context {}",
            profile.name,
            profile.account.context_name(cluster)
        );
        let region = &cluster.region;
        let entry = match (found, missed.get(region)) {
            (Some(Ok(found)), _) => Ok(entry(of_profile, &program, &Wanted::of(cluster), found)),
            (Some(Err(Some(failure))), None) => {
                if failure.kind == Kind::Network {
                    missed.insert(region, what.clone());
                }
                Err(failure)
            }
            (Some(Err(Some(failure))), _) if failure.kind != Kind::Network => Err(failure),
            (_, first) => Err(not_looked_up(region, first)),
        };
        match entry {
            Ok(entry) => {
                let was_current = contexts.was_current(profile, cluster);
                new.push(New { entry, was_current });
                results.push((what, None));
            }
            Err(failure) => results.push((what, Some(failure))),
        }
    }
    let first = desired.switches || contexts.is_first;
    let (written, fault) = match write_to(context, &laptop.kubeconfigs, &new, first) {
        Ok(written) => (written, None),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    let mut written = written.into_iter();
    let mut named = Vec::new();
    for (what, failure) in results {
        let result = failure.map(Err).or_else(|| written.next());
        named.extend(result.map(|result| (what, result)));
    }
    named.extend(fault.map(|failure| ("kubeconfig".to_owned(), Err(failure))));
    Ok(named)
}

/// The regions that could not be reached.
#[derive(Default)]
struct Unreachable(Mutex<BTreeSet<Region>>);

impl Unreachable {
    /// Returns the result of the call, which is not made if another one could not reach the region: `None` is its failure.
    fn unless<T>(
        &self,
        region: &Region,
        call: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Option<Failure>> {
        let regions = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if regions().contains(region) {
            return Err(None);
        }
        let result = call();
        if let Err(failure) = &result
            && failure.kind == Kind::Network
        {
            regions().insert(region.clone());
        }
        result.map_err(Some)
    }
}

fn not_looked_up(region: &Region, first: Option<&String>) -> Failure {
    let failure = Failure::new(Kind::Network, "the cluster was not looked up");
    let see = first.map(|first| format!(": see {first}"));
    let see = see.unwrap_or_default();
    failure.cause(format!("AWS in {region} could not be reached{see}"))
}

/// Writes the entries to the kubeconfigs, which are not parsed again if they are as they were read.
fn write_to(
    context: &Context,
    files: &Kubeconfigs,
    new: &[New],
    first: bool,
) -> Result<Vec<Result<Added, Failure>>, Failure> {
    match files.is_current()? {
        true => write(context, files, new, first, false),
        false => write(
            context,
            &Kubeconfigs::read(files.paths.clone())?,
            new,
            first,
            false,
        ),
    }
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
    let grant = credentials(context, session, &wanted.region)?;
    let found = describe(session, &grant, &wanted.name, &wanted.region)?;
    Ok(entry(context, &Context::own_path()?, wanted, found))
}

fn credentials(
    context: &Context,
    session: &Session<'_>,
    region: &Region,
) -> Result<Grant, Failure> {
    session.credentials(Request {
        may_ask: true,
        interaction: Interaction::at_terminal(context),
        region: Some(region),
        ..Request::default()
    })
}

fn describe(
    session: &Session<'_>,
    grant: &Grant,
    name: &ClusterName,
    region: &Region,
) -> Result<config::Cluster, Failure> {
    let account = &grant.header.account;
    let cluster = session.describe_cluster(&grant.credentials, account, name, region)?;
    Ok(config::Cluster {
        name: cluster.arn,
        server: cluster.endpoint,
        certificate_authority_data: cluster.certificate_authority,
    })
}

fn entry(context: &Context, program: &str, wanted: &Wanted, cluster: config::Cluster) -> Entry {
    let Wanted { name, region, .. } = wanted;
    let arn = cluster.name.clone();
    let profile = &context.profile;
    let args = [
        ["--cluster-name", name.as_str()],
        ["--region", region.as_str()],
        ["--profile", profile.as_str()],
        ["--api-version", Version::WRITTEN.short()],
    ];
    let args = ["get-token"].into_iter().chain(args.into_iter().flatten());
    let alias = |alias: &Option<String>, or: String| alias.clone().unwrap_or(or);
    Entry {
        cluster,
        user: config::User {
            name: alias(&wanted.user_alias, format!("{profile}@{arn}")),
            exec: Exec {
                api_version: Version::WRITTEN.as_str().to_owned(),
                command: program.to_owned(),
                args: args.map(str::to_owned).collect(),
                interactive_mode: "IfAvailable".to_owned(),
                install_hint: install_hint(context, wanted),
                provide_cluster_info: false,
            },
        },
        context: config::Context {
            name: alias(&wanted.alias, arn),
            namespace: wanted.namespace.clone(),
        },
    }
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
/// A kubeconfig cannot be written. An entry that cannot be written does not stop the others.
pub fn write(
    context: &Context,
    files: &Kubeconfigs,
    new: &[New],
    first: bool,
    dry_run: bool,
) -> Result<Vec<Result<Added, Failure>>, Failure> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let _step = context.output.step("kubeconfig");
    let Arranged {
        added,
        edits,
        after,
    } = arrange(files, new, first)?;
    let paths = &files.paths;
    if dry_run {
        let diff = files.diff(&after);
        let out = &context.output;
        out.result(&diff::painted(&diff, out.stdout()))?;
    } else {
        // Also where nothing is to be changed.
        paths
            .iter()
            .for_each(|path| KubeLock::remove_abandoned(path));
        let with_edits = (0..paths.len()).filter(|file| !edits[*file].is_empty());
        let targets = with_edits.map(|file| files.target(file, &edits[file], &after[file]));
        edit::files(&targets.collect::<Vec<_>>()).map_err(kube::explain::kubeconfig_fault)?;
    }
    Ok(added)
}

/// What becomes of entries.
pub struct Arranged {
    /// The result of each, in their order.
    pub added: Vec<Result<Added, Failure>>,
    /// The edits of each kubeconfig.
    pub edits: Vec<Vec<Edit>>,
    /// The kubeconfigs after them.
    pub after: Vec<Vec<u8>>,
}

/// Decides where the entries go.
///
/// # Errors
/// The file of a single entry cannot take it. One of several does not stop the others.
pub fn arrange(files: &Kubeconfigs, new: &[New], first: bool) -> Result<Arranged, Failure> {
    let indexes: Vec<_> = files.configs.iter().map(Index::of).collect();
    let placed = new.iter().map(|new| place(&files.paths, &indexes, new));
    let mut placed: Vec<_> = placed.collect();
    let mut edits = edits_of(&files.configs, &mut placed, first);
    let after = match files.edited(&edits) {
        Err(_) if new.len() > 1 => {
            refuse_impossible(files, &mut placed);
            edits = edits_of(&files.configs, &mut placed, first);
            files.edited(&edits)?
        }
        after => after?,
    };
    let added = placed.into_iter();
    let added = added.map(|placed| placed.map(|placed| placed.added));
    Ok(Arranged {
        added: added.collect(),
        edits,
        after,
    })
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
fn place<'a>(
    paths: &[PathBuf],
    indexes: &[Index<'_>],
    new: &'a New,
) -> Result<Placed<'a>, Failure> {
    let entry = &new.entry;
    let (name, user) = (entry.context.name.as_str(), entry.user.name.as_str());
    refuse_foreign(paths, indexes, entry)?;
    let has_entry =
        |index: &Index<'_>| index.contexts.contains_key(name) || index.users.contains_key(user);
    let file = indexes.iter().position(has_entry).unwrap_or(0);
    let found = indexes[file].contexts.get(name);
    let change = match found {
        None => Change::Added,
        Some(_) if indexes[file].has(entry) => Change::Same,
        Some(_) => Change::Changed,
    };
    let profile = |exec: &Exec| exec.flag("--profile").map(str::to_owned);
    let before = found.and_then(|context| profile(exec_in(indexes, &context.user)?));
    Ok(Placed {
        new,
        file,
        added: Added {
            context: name.to_owned(),
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
        let (at, edits): (Vec<_>, Vec<_>) = (0..placed.len())
            .filter_map(|at| Some((at, here(&placed[at])?)))
            .unzip();
        for (index, failure) in impossible(files, file, &edits, 0) {
            placed[at[index]] = Err(failure);
        }
    }
}

/// Returns the edits that the file cannot take, with the failure of each. They are found by halves, as most edits are possible.
/// `from` is the number of the first edit.
fn impossible(
    files: &Kubeconfigs,
    file: usize,
    edits: &[Edit],
    from: usize,
) -> Vec<(usize, Failure)> {
    match files.edited_one(file, edits) {
        Ok(_) => Vec::new(),
        Err(failure) if edits.len() == 1 => vec![(from, failure)],
        Err(_) => {
            let (left, right) = edits.split_at(edits.len() / 2);
            let mut found = impossible(files, file, left, from);
            found.extend(impossible(files, file, right, from + left.len()));
            found
        }
    }
}

/// Returns the edits of each kubeconfig. The current context is set in the first file that names one, else beside its entry.
fn edits_of(
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

/// Returns the exec entry of the user. kubectl uses the first of a name.
fn exec_in<'c>(indexes: &[Index<'c>], user: &str) -> Option<&'c Exec> {
    let user = indexes.iter().find_map(|index| index.users.get(user))?;
    user.exec.as_ref()
}

fn refuse_foreign(paths: &[PathBuf], indexes: &[Index<'_>], entry: &Entry) -> Result<(), Failure> {
    let ours = |name: &str| exec_in(indexes, name).is_some_and(|exec| exec.is_ours(None));
    let name = &entry.user.name;
    let has_user = |index: &Index<'_>| index.users.contains_key(name.as_str());
    if indexes.iter().any(has_user) && !ours(name) {
        return Err(Failure::refused(format!(
            "user {name} in your kubeconfig was not written by apono-login"
        ))
        .cause("it was not changed")
        .hint("use another name: `--user-alias NAME`"));
    }
    for (path, index) in paths.iter().zip(indexes) {
        if let Some(context) = index.contexts.get(entry.context.name.as_str())
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
