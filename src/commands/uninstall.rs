//! `uninstall`: takes back what `install` and `update-kubeconfig` wrote for the profile, and its cached credentials.

use super::install::{Existing, OUR_KEYS};
use super::update_kubeconfig::{Change, Edit, is_ours, read};
use crate::cli::Uninstall;
use crate::context::Context;
use crate::failure::Failure;
use crate::profile::edit::{self, Section};
use crate::profile::read::MAX_FILE;
use crate::session::Session;
use crate::sys::{file, prompt};
use crate::{diff, explain};

pub fn run(context: &Context, args: &Uninstall) -> Result<(), Failure> {
    let session = Session::new(context)?;
    let profile = &context.profile;
    let installed = Existing::read(session.files()?, profile)?.installed;
    let path = file::resolve_links(session.files_paths().0)?;
    let compose = |bytes: &[u8]| {
        if !installed {
            return Ok(bytes.to_vec());
        }
        edit::remove(bytes, Section::Profile(profile.as_str()), &OUR_KEYS)
            .map_err(|error| explain::config_edit(&error, &path))
    };
    let mut kubeconfigs = Vec::new();
    for path in context.kubeconfigs(args.kubeconfig.as_deref())? {
        let users = read(&path)?.users;
        if users.iter().any(|user| {
            user.exec
                .as_ref()
                .is_some_and(|exec| is_ours(exec, Some(profile)))
        }) {
            let edits = vec![Edit::Remove(profile)];
            kubeconfigs.push(Change { path, edits });
        }
    }

    let nothing = format!("There is nothing of profile {profile} to remove");
    if args.dry_run {
        let before = file::read(&path, MAX_FILE)?.unwrap_or_default();
        let after = compose(&before)?;
        context
            .output
            .result(&diff::unified(&path, &before, &after))?;
        for change in &kubeconfigs {
            change.show(context)?;
        }
        if session.cache.find(&session.slot).is_some() {
            context
                .output
                .note("The cached credentials would be forgotten");
        } else if before == after && kubeconfigs.is_empty() {
            context.output.note(&nothing);
        }
        return Ok(());
    }
    let question =
        format!("Remove profile {profile}, its kubeconfig entries and its cached credentials?");
    if context.can_ask && !args.yes && !prompt::confirm(&question).unwrap_or(false) {
        return Err(Failure::refused("nothing was changed"));
    }
    let out = &context.output;
    // From the cluster inwards, so that stopping half-way leaves nothing that points at something gone.
    let mut done = false;
    for change in &kubeconfigs {
        if change.apply()? {
            out.note(&format!(
                "Removed the entries of {profile} from {}",
                change.path.display()
            ));
            done = true;
        }
    }
    if installed {
        let _lock = session.lock_edits_of(&path)?;
        if file::edit(&path, MAX_FILE, compose)?.changes() {
            out.note(&format!(
                "Removed profile {profile} from {}",
                path.display()
            ));
            done = true;
        }
    }
    if session.cache.forget(&session.slot)? {
        out.note("Forgot the cached credentials");
        done = true;
    }
    if !done {
        out.note(&nothing);
    }
    Ok(())
}
