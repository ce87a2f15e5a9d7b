//! Records the current context that `update-kubeconfig` replaces, and the context that it takes over from another profile, as
//! `install` does, so that `uninstall` can restore them.

use std::path::Path;

use super::changes::taken;
use super::clusters::Added;
use super::laptop::lock_edits;
use crate::context::Context;
use crate::diff;
use crate::failure::Failure;
use crate::kube::config::FoundUser;
use crate::kube::file::Kubeconfigs;
use crate::names::ProfileName;
use crate::profile::edit::{self as profile_edit, Edit, Section};
use crate::profile::explain::config_edit;
use crate::profile::keys;
use crate::profile::ours::record::Before;
use crate::profile::ours::{self, Installed};
use crate::profile::profiles::Profiles;
use crate::profile::read::MAX_FILE;
use crate::session::Session;
use crate::sys::edit;

/// Records what the entry `added` changes for later, before the kubeconfig is written, so that a run that ends in between loses
/// nothing: in its profile, which context is current before its own becomes it; in another profile, that it takes over its context.
/// `files` are the kubeconfigs as they are; `is_named` if a flag names the file, which may not be the one that `uninstall` finds by
/// itself.
///
/// Where the user may not change the config file, or it has what no edit is made to, nothing is recorded. A dry run prints the diff.
///
/// # Errors
/// The config file cannot be written at the moment, edited like that (in a dry run), or the diff cannot be printed.
pub fn record(
    context: &Context,
    session: &Session<'_>,
    files: &Kubeconfigs,
    added: Option<&Added>,
    is_named: bool,
    dry_run: bool,
) -> Result<(), Failure> {
    let (Some(added), Ok(of_aws)) = (added, session.files()) else {
        return Ok(());
    };
    let edits = records(files, of_aws.profiles(), added, &context.profile, is_named);
    if edits.is_empty() {
        return Ok(());
    }
    let (path, _) = session.files_paths();
    let compose = |bytes: &[u8]| with_records(bytes, &edits, path);
    let old = edit::read(path, MAX_FILE)?;
    let composed = compose(&old);
    let out = &context.output;
    if dry_run {
        let diff = diff::unified(path, &old, &composed?, &[]);
        return out.result(&diff::painted(&diff, out.stdout()));
    }
    let not_recorded = |failure: &Failure| {
        let what = &failure.error;
        out.detail(&format!("did not record what contexts were before: {what}"));
    };
    if let Err(failure) = &composed {
        not_recorded(failure);
        return Ok(());
    }
    let target = edit::Target {
        path,
        limit: MAX_FILE,
        lock: Box::new(|| lock_edits(context, session, path)),
        compose: Box::new(compose),
    };
    match edit::files(&[target]) {
        Err(fault) if fault.is_denied() => {
            not_recorded(&Failure::from(fault));
            Ok(())
        }
        // Another program is at the file, or something else that passes: the kubeconfig is not changed before the record is there.
        result => result.map(drop).map_err(Failure::from),
    }
}

/// Returns the edits of the config file that record what `added`, an entry of this profile, changes for later.
pub(super) fn records(
    files: &Kubeconfigs,
    profiles: &Profiles,
    added: &Added,
    profile: &ProfileName,
    is_named: bool,
) -> Vec<Edit> {
    let current = added
        .switches
        .then(|| current_edit(files, profiles, added, profile, is_named));
    let current = current.flatten().into_iter();
    // What the others record is of the kubeconfig that `uninstall` finds.
    let others = (!is_named).then(|| inherited(profiles, added, profile));
    let current = current.chain(others.into_iter().flatten());
    current
        .chain(taken::edits(profiles, added, profile))
        .collect()
}

/// Returns the edit that records in the profile which context is current before that of `added` becomes it.
fn current_edit(
    files: &Kubeconfigs,
    profiles: &Profiles,
    added: &Added,
    profile: &ProfileName,
    is_named: bool,
) -> Option<Edit> {
    let existing = Installed::read(profiles, profile).ok()?;
    if !existing.is_installed() || (is_named && existing.context_before.is_some()) {
        return None;
    }
    let value = before(files, profiles, added, profile, &existing)?.remember()?;
    Some(Edit::Set {
        section: Section::Profile(profile.clone()),
        keys: vec![(keys::APONO_CONTEXT_BEFORE, Some(value))],
    })
}

/// Returns the edits of profiles that record the context which `profile` takes from another one: they get what that one records, since
/// the context will not lead there any more.
fn inherited(profiles: &Profiles, added: &Added, profile: &ProfileName) -> Vec<Edit> {
    let read = |name: &ProfileName| Installed::read(profiles, name).ok();
    let owner = added.taken_from.as_ref().and_then(|name| name.parse().ok());
    let owner = owner.filter(|owner| owner != profile);
    let inherited = owner
        .as_ref()
        .and_then(read)
        .and_then(|of| of.context_before);
    let Some(value) = inherited.and_then(|before| before.remember()) else {
        return Vec::new();
    };
    let taken = Before::Context(added.context.clone());
    let records_it = |name: &ProfileName| {
        let is_other = name != profile && Some(name) != owner.as_ref();
        is_other && read(name).is_some_and(|of| of.context_before.as_ref() == Some(&taken))
    };
    let edit = |name| Edit::Set {
        section: Section::Profile(name),
        keys: vec![(keys::APONO_CONTEXT_BEFORE, Some(value.clone()))],
    };
    let heirs = ours::installed(profiles).into_iter().filter(records_it);
    heirs.map(edit).collect()
}

/// Returns what to record, if it is not what the profile records.
fn before(
    files: &Kubeconfigs,
    profiles: &Profiles,
    added: &Added,
    profile: &ProfileName,
    existing: &Installed,
) -> Option<Before> {
    let recorded = &existing.context_before;
    let Some(name) = &added.current_before else {
        // As after an installation, the file that new entries go to gets the key.
        let mut first = files.bytes.iter().zip(&files.configs).take(1);
        let lacks_key = first.any(|(bytes, config)| !bytes.is_empty() && !config.has_current_key);
        return (lacks_key && recorded.is_none()).then_some(Before::NoKey);
    };
    let configs = || files.configs.iter();
    let mut contexts = configs().flat_map(|config| &config.contexts);
    let found = contexts.find(|context| context.name == *name)?;
    let mut users = configs().flat_map(|config| &config.users);
    let user = users.find(|user| user.name == found.user);
    match user.and_then(FoundUser::our_exec) {
        Some(exec) if exec.is_ours(Some(profile)) => None,
        // What the user had before both is found by following the records.
        Some(_) if recorded.is_some() => None,
        // It is the one that is taken over: the current context from before it is that of its profile's record.
        Some(exec) if *name == added.context => {
            let owner: ProfileName = exec.flag("--profile")?.parse().ok()?;
            Installed::read(profiles, &owner).ok()?.context_before
        }
        _ => Some(Before::Context(name.clone())),
    }
}

/// Returns the config file with the records.
fn with_records(config: &[u8], edits: &[Edit], path: &Path) -> Result<Vec<u8>, Failure> {
    let edits = profile_edit::of_existing(config, edits.to_vec());
    profile_edit::apply(config, &edits).map_err(|error| config_edit(&error, path))
}
