//! Records the current context that `update-kubeconfig` replaces, as `install` does, so that `uninstall` can restore it.

use super::clusters::Added;
use super::laptop::lock_edits;
use crate::context::Context;
use crate::failure::Failure;
use crate::kube::config::FoundUser;
use crate::kube::file::Kubeconfigs;
use crate::names::ProfileName;
use crate::profile::edit::{self as profile_edit, Edit, Section};
use crate::profile::keys;
use crate::profile::ours::Installed;
use crate::profile::ours::record::Before;
use crate::profile::read::MAX_FILE;
use crate::profile::scan::Scan;
use crate::session::Session;
use crate::sys::edit;

/// Records in the profile which context was current before one of `added` became it. `files` are the kubeconfigs as they were;
/// `is_named` if a flag names the file, which may not be the one that `uninstall` finds by itself.
///
/// The contexts are written by now: where the config file cannot be changed, nothing is recorded.
pub fn record(
    context: &Context,
    session: &Session<'_>,
    files: &Kubeconfigs,
    added: &[Added],
    is_named: bool,
) {
    let Some(added) = added.iter().find(|added| added.switches) else {
        return;
    };
    let profile = &context.profile;
    let existing = session.files().ok();
    let existing = existing.and_then(|of| Installed::read(of.profiles(), profile).ok());
    let Some(existing) = existing.filter(Installed::is_installed) else {
        return;
    };
    if is_named && existing.context_before.is_some() {
        return;
    }
    let before = before(files, added, profile, &existing);
    if let Some(value) = before.and_then(|before| before.remember())
        && let Err(failure) = write(context, session, value)
    {
        let line = format!("did not record the current context: {}", failure.error);
        context.output.detail(&line);
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

fn write(context: &Context, session: &Session<'_>, value: String) -> Result<(), Failure> {
    let section = Section::Profile(context.profile.clone());
    let keys = vec![(keys::APONO_CONTEXT_BEFORE, Some(value))];
    let edits = [Edit::Set {
        section: section.clone(),
        keys,
    }];
    let (path, _) = session.files_paths();
    let compose = |bytes: &[u8]| {
        // The profile may be in the credentials file.
        let scan = Scan::new(bytes);
        let is_here = scan.sections.iter().any(|of| of.sdk == section.scanned());
        match is_here {
            true => profile_edit::apply(bytes, &edits)
                .map_err(|error| crate::profile::explain::config_edit(&error, path)),
            false => Ok(bytes.to_vec()),
        }
    };
    let target = edit::Target {
        path,
        limit: MAX_FILE,
        lock: Box::new(|| lock_edits(context, session, path)),
        compose: Box::new(compose),
    };
    edit::files(&[target])?;
    Ok(())
}
