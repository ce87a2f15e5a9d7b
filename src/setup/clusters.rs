//! The kubeconfig entries of clusters: looked up with the role's credentials, then written in one edit of each kubeconfig.

mod arranged;
mod entry;
mod foreign;
mod known;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::changes::{Change, Contexts};
use super::desired::{Cluster, Desired, Profile};
use super::laptop::Laptop;
use crate::context::Context;
use crate::diff;
use crate::failure::command::Command;
use crate::failure::{Failure, Kind};
use crate::kube;
use crate::kube::config::{Entry, EnvChange};
use crate::kube::file::Kubeconfigs;
use crate::names::{ClusterName, ProfileName, Region};
use crate::session::{Grant, Request, Session, many};
use crate::signin::interaction::Interaction;
use crate::sys::edit;
use crate::sys::lock::KubeLock;
pub use arranged::{Arranged, arrange};
use entry::entry;
pub use known::Known;
use known::hash_of;

/// A cluster to add for a profile.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub name: ClusterName,
    pub region: Region,
    /// The name of the context; `None` is the cluster's ARN.
    pub alias: Option<String>,
    /// The name of the user and the cluster; `None` is `PROFILE@ARN`.
    pub user_alias: Option<String>,
    /// `None` keeps the namespace in the file.
    pub namespace: Option<String>,
    /// `None` keeps the `proxy-url` in the file; an empty one means no proxy.
    pub proxy_url: Option<String>,
}

/// A cluster as AWS described it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    pub arn: String,
    pub server: String,
    /// PEM in standard base64.
    pub certificate_authority_data: String,
    /// What tokens are for instead of its name, if the cluster is on an AWS Outpost.
    pub local_id: Option<String>,
}

/// An entry to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    pub entry: Entry,
    /// The command that writes it, without names for its context and its user.
    pub command: Command,
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
    /// The name and the region of its cluster.
    pub cluster: Option<(String, String)>,
    /// The profile that the context was for before, if it was for another one.
    pub taken_from: Option<String>,
    /// The name and the region of the cluster that the context was for before.
    pub cluster_before: Option<(String, String)>,
    /// It became the current context.
    pub switches: bool,
    /// The current context before all edits.
    pub current_before: Option<String>,
    /// Fields of the user that were removed: kubectl prefers them to the exec plugin, or rejects them beside it.
    pub removed: Vec<&'static str>,
    /// Fields of the cluster that say how to connect to it, which is the user's choice: they were kept.
    pub kept: Vec<&'static str>,
    /// What becomes of the variables that kubectl runs apono-login with, if there was a user entry.
    pub env: EnvChange,
}

/// The result of one part of a run, with its name in the report.
pub type Named<T> = (String, Result<T, Failure>);

/// Adds the clusters of all profiles that have not `failed`. Those that are not `known` are looked up, several at the same time.
/// Returns the result of each, in the order of the file.
///
/// The first one becomes the current context as `desired` says. A region that
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
    let (context, places) = (laptop.context, &desired.places);
    let part = |profile: &Profile, cluster| profile.account.part(&profile.name, cluster);
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
                    Ok(grant) => {
                        let session = session.clone();
                        unknown.push((wanted.len(), session, *profile, cluster, grant));
                    }
                    Err(failure) => found = Some(Err(failure)),
                }
            }
            wanted.push((*profile, of_profile, cluster, found));
        }
    }
    let counting = context.output.counting("clusters", unknown.len());
    let looked_up = many::at_once(unknown, |(at, session, profile, cluster, grant)| {
        let what = part(profile, cluster);
        let (name, region) = (&cluster.name, &cluster.region);
        let found = unreachable.unless(region, || {
            let found = describe(&session, &grant, name, region);
            found.map_err(|failure| places.of_cluster(&what, failure))
        });
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
        let what = part(profile, cluster);
        let region = &cluster.region;
        let entry = match (found, missed.get(region)) {
            (Some(Ok(found)), _) => {
                let (session, wanted) = (session.of(of_profile), Wanted::of(cluster));
                entry(of_profile, &session, &program, &wanted, found)
                    .map_err(|failure| places.of_cluster(&what, failure))
            }
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
                new.push(New {
                    entry,
                    command: Wanted::of(cluster).command(&profile.name),
                    was_current: contexts.was_current(profile, cluster),
                });
                results.push((what, None));
            }
            Err(failure) => results.push((what, Some(failure))),
        }
    }
    let first = contexts.switches(desired);
    let (written, fault) = match write_to(context, &laptop.kubeconfigs, &new, first) {
        Ok(written) => (written, None),
        Err(failure) => (Vec::new(), Some(failure)),
    };
    let mut written = written.into_iter();
    let mut named = Vec::new();
    for (what, failure) in results {
        let next = || {
            let result = written.next()?;
            Some(result.map_err(|failure| places.of_cluster(&what, failure)))
        };
        let result = failure.map(Err).or_else(next);
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
        true => write(context, files, new, first, false, |_| Ok(())),
        false => write(
            context,
            &Kubeconfigs::read(files.paths.clone())?,
            new,
            first,
            false,
            |_| Ok(()),
        ),
    }
}

impl Wanted {
    /// Returns the command that adds the cluster, without names for its context and its user.
    pub fn command(&self, profile: &ProfileName) -> Command {
        let command = Command::new("update-kubeconfig")
            .option("--name", &self.name)
            .option("--region", &self.region);
        let command = match &self.namespace {
            Some(name) => command.option("--namespace", name),
            None => command,
        };
        command.profile(profile)
    }

    fn of(cluster: &Cluster) -> Self {
        let text = |name: &dyn ToString| name.to_string();
        Wanted {
            name: cluster.name.clone(),
            region: cluster.region.clone(),
            alias: cluster.alias.as_ref().map(|name| text(name)),
            user_alias: None,
            namespace: cluster.namespace.as_ref().map(|name| text(name)),
            proxy_url: None,
        }
    }
}

/// Returns the command that adds the cluster of a profile as it is wanted.
pub fn command(cluster: &Cluster, profile: &ProfileName) -> Command {
    let command = Wanted::of(cluster).command(profile);
    match &cluster.alias {
        Some(alias) => command.option("--alias", alias),
        None => command,
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
    entry(context, session, &Context::own_path()?, wanted, found)
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
) -> Result<Described, Failure> {
    let account = &grant.header.account;
    let cluster = session.describe_cluster(&grant.credentials, account, name, region)?;
    Ok(Described {
        arn: cluster.arn,
        server: cluster.endpoint,
        certificate_authority_data: cluster.certificate_authority,
        local_id: cluster.local_id.map(|id| id.to_string()),
    })
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
    before: impl FnOnce(&[Result<Added, Failure>]) -> Result<(), Failure>,
) -> Result<Vec<Result<Added, Failure>>, Failure> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    if files.paths.is_empty() {
        return Err(kube::explain::no_path("no kubeconfig to write to"));
    }
    let _step = context.output.step("kubeconfig");
    let Arranged {
        added,
        edits,
        after,
    } = arrange(files, new, first)?;
    before(&added)?;
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
