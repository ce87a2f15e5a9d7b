//! `uninstall`: takes back what `install` and `update-kubeconfig` wrote for the profile, and its cached credentials.

use std::path::Path;

use super::install::{Existing, OUR_KEYS};
use super::update_kubeconfig::{Change, Edit, is_ours, read};
use crate::cli::Uninstall;
use crate::context::Context;
use crate::failure::Failure;
use crate::names::ProfileName;
use crate::profile::edit::{self, Section};
use crate::profile::plan::{self, SamlSource, Source, SsoSource};
use crate::profile::read::MAX_FILE;
use crate::profile::sso::Name;
use crate::profile::sso::mark::{self, TakenBack};
use crate::session::Session;
use crate::sys::{file, prompt};
use crate::{diff, explain};

pub fn run(context: &Context, args: &Uninstall) -> Result<(), Failure> {
    let session = Session::new(context)?;
    let profile = &context.profile;
    let existing = Existing::read(session.files()?, profile)?;
    let installed = existing.installed || !existing.wrote.is_empty();
    let (config, credentials) = session.files_paths();
    let path = file::resolve_links(config)?;
    let plan = session.plan().ok();
    let sso = plan.as_ref().and_then(|plan| plan.source.sso());
    let credentials = file::read(credentials, MAX_FILE)?.unwrap_or_default();
    let take_back = |bytes: &[u8]| match installed {
        true => take_back(&path, bytes, &credentials, profile, &existing),
        false => Ok(TakenBack::nothing(bytes)),
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
        let taken = take_back(&before)?;
        let after = &taken.file;
        context
            .output
            .result(&diff::unified(&path, &before, after))?;
        say_what_is_left(context, &taken);
        for change in &kubeconfigs {
            change.show(context)?;
        }
        if session.cache.find(&session.slot).is_some() {
            context
                .output
                .note("The cached credentials would be forgotten");
        } else if before == *after && kubeconfigs.is_empty() {
            context.output.note(&nothing);
        }
        return Ok(());
    }
    let mut ours = vec![format!("profile {profile}")];
    ours.extend(existing.wrote.iter().map(|one| one.name.to_string()));
    let question = format!(
        "Remove {}, its kubeconfig entries and its cached credentials?",
        ours.join(", ")
    );
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
        let mut taken = TakenBack::default();
        let edit = file::edit(&path, MAX_FILE, |bytes| {
            taken = take_back(bytes)?;
            Ok::<_, Failure>(taken.file.clone())
        })?;
        if edit.changes() {
            let mut removed = vec![format!("profile {profile}")];
            removed.extend(taken.removed.iter().map(ToString::to_string));
            let (removed, path) = (removed.join(", "), path.display());
            out.note(&format!("Removed {removed} from {path}"));
            say_what_is_left(context, &taken);
            done = true;
        }
        if let Some(sso) = sso.filter(|sso| takes_back(&taken, sso)) {
            let signed_out = session.sign_out(sso);
            say_signed_out(context, signed_out, &sso.start_url);
        }
        if let Some(plan) = &plan
            && let Source::Saml(saml) = &plan.source
            && !others_sign_in(&session, profile, saml)
        {
            let signed_out = session.forget_browser(plan, saml);
            say_signed_out(context, signed_out, &saml.url.origin());
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

/// The config file without our profile, and without what was written for it that nobody else uses.
fn take_back(
    path: &Path,
    bytes: &[u8],
    credentials: &[u8],
    profile: &ProfileName,
    existing: &Existing,
) -> Result<TakenBack, Failure> {
    let section = Section::Profile(profile.as_str());
    edit::remove(bytes, section, &OUR_KEYS)
        .and_then(|bytes| mark::take_back(&bytes, credentials, &existing.wrote))
        .map_err(|error| explain::config_edit(&error, path))
}

/// The section that says where to sign in is gone: nobody is signed in by it any more.
fn takes_back(taken: &TakenBack, sso: &SsoSource) -> bool {
    let session = sso.session.as_deref();
    let removed = taken.removed.iter();
    removed
        .into_iter()
        .any(|name| matches!(name, Name::SsoSession(name) if Some(name.as_str()) == session))
}

/// Another profile of ours signs in at the same identity provider.
fn others_sign_in(session: &Session<'_>, profile: &ProfileName, saml: &SamlSource) -> bool {
    let Ok(files) = session.files() else {
        return true;
    };
    let others = files
        .installed()
        .into_iter()
        .filter(|other| other != profile);
    let mut plans = others.filter_map(|other| plan::plan(files.profiles(), &other).ok());
    plans.any(|other| {
        matches!(other.source, Source::Saml(other) if other.url.folder_name() == saml.url.folder_name())
    })
}

fn say_signed_out(context: &Context, signed_out: Result<bool, Failure>, at: &str) {
    match signed_out {
        Ok(true) => context.output.note(&format!("Signed out at {at}")),
        Ok(false) => {}
        Err(failure) => {
            let cause = failure.causes.first().unwrap_or(&failure.error);
            let line = format!("{}: {cause}", failure.error);
            context.output.warn(&line);
        }
    }
}

fn say_what_is_left(context: &Context, taken: &TakenBack) {
    for (name, why) in &taken.left {
        context.output.note(&format!("Left {name}: {why}"));
    }
}
