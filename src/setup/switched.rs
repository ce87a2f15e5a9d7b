//! Records the current context that `update-kubeconfig` replaces, as `install` does, so that `uninstall` can restore it.

use std::path::Path;

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
use crate::profile::ours::Installed;
use crate::profile::ours::record::Before;
use crate::profile::read::MAX_FILE;
use crate::profile::scan::Scan;
use crate::session::Session;
use crate::sys::edit::{self, Fault};
use crate::sys::file;

/// Records in the profile which context is current before that of `switching` becomes it. `files` are the kubeconfigs as they
/// are; `is_named` if a flag names the file, which may not be the one that `uninstall` finds by itself.
///
/// It is recorded before the kubeconfig is written, so that a run that ends in between loses nothing. Where the user may not change
/// the config file, nothing is recorded. A dry run prints the diff.
///
/// # Errors
/// The config file cannot be written, edited like that (in a dry run), or the diff cannot be printed.
pub fn record(
    context: &Context,
    session: &Session<'_>,
    files: &Kubeconfigs,
    switching: Option<&Added>,
    is_named: bool,
    dry_run: bool,
) -> Result<(), Failure> {
    let Some(added) = switching else {
        return Ok(());
    };
    let profile = &context.profile;
    let existing = session.files().ok();
    let existing = existing.and_then(|of| Installed::read(of.profiles(), profile).ok());
    let Some(existing) = existing.filter(Installed::is_installed) else {
        return Ok(());
    };
    if is_named && existing.context_before.is_some() {
        return Ok(());
    }
    let before = before(files, added, profile, &existing);
    let Some(value) = before.and_then(|before| before.remember()) else {
        return Ok(());
    };
    let (path, _) = session.files_paths();
    let compose = |bytes: &[u8]| with_record(bytes, profile, &value, path);
    if dry_run {
        let old = edit::read(path, MAX_FILE)?;
        let diff = diff::unified(path, &old, &compose(&old)?);
        let out = &context.output;
        return out.result(&diff::painted(&diff, out.stdout()));
    }
    let target = edit::Target {
        path,
        limit: MAX_FILE,
        lock: Box::new(|| lock_edits(context, session, path)),
        compose: Box::new(compose),
    };
    match edit::files(&[target]) {
        // The same may happen to the kubeconfig, which is not changed before the record is there.
        Err(fault @ Fault::File(file::Error::Io { .. })) if !fault.is_denied() => {
            Err(Failure::from(fault))
        }
        Err(fault) => {
            let failure = Failure::from(fault);
            let line = format!("did not record the current context: {}", failure.error);
            context.output.detail(&line);
            Ok(())
        }
        Ok(_) => Ok(()),
    }
}

/// Returns what to record, if it is not what the profile records.
fn before(
    files: &Kubeconfigs,
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
        _ => Some(Before::Context(name.clone())),
    }
}

/// Returns the config file with the record. One in which the profile is not stays as it is: the credentials file may have it.
fn with_record(
    config: &[u8],
    profile: &ProfileName,
    value: &str,
    path: &Path,
) -> Result<Vec<u8>, Failure> {
    let section = Section::Profile(profile.clone());
    let scan = Scan::new(config);
    if !scan.sections.iter().any(|of| of.sdk == section.scanned()) {
        return Ok(config.to_vec());
    }
    let keys = vec![(keys::APONO_CONTEXT_BEFORE, Some(value.to_owned()))];
    let edits = [Edit::Set { section, keys }];
    profile_edit::apply(config, &edits).map_err(|error| config_edit(&error, path))
}
