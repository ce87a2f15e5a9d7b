//! `uninstall`: removes what `install` and `update-kubeconfig` wrote for one or several profiles, and their cached
//! credentials.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::install::{Existing, OUR_KEYS, Repurposed, canceled, team};
use super::update_kubeconfig::{Change, Edit};
use crate::cli::Uninstall;
use crate::context::Context;
use crate::diff;
use crate::failure::Failure;
use crate::kube::config::{Config, FoundUser};
use crate::kube::file::read;
use crate::names::ProfileName;
use crate::profile;
use crate::profile::edit::{self, Section};
use crate::profile::plan::{self, Plan, SamlSource, Source, SsoSource};
use crate::profile::read::MAX_FILE;
use crate::profile::sso::Name;
use crate::profile::sso::ownership::{self, Removal, Wrote};
use crate::session::Session;
use crate::setup::team_file::ownership as team_ownership;
use crate::sys::{self, file, prompt};

/// A profile to remove.
struct Target<'a> {
    profile: &'a ProfileName,
    session: Session<'a>,
    existing: Existing,
    /// `None` if the profile is incomplete.
    plan: Option<Plan>,
}

/// Runs the command. `profile` is `--profile` as typed, without the environment's default.
pub fn run(
    context: &Context,
    args: &Uninstall,
    profile: Option<&ProfileName>,
) -> Result<(), Failure> {
    let session = Session::new(context)?;
    session.wait_for_writers()?;
    let (ours, repurposed) = profiles(context, &session, args, profile)?;
    let contexts: Vec<_> = ours
        .into_iter()
        .map(|profile| context.with_profile(profile))
        .collect();
    let targets: Vec<_> = contexts.iter().map(Target::new).collect::<Result<_, _>>()?;
    let (config, credentials) = session.files_paths();
    let path = file::resolve_links(config)?;
    let credentials = file::read(credentials, MAX_FILE)?.unwrap_or_default();
    let compose = |bytes: &[u8]| remove(&path, bytes, &credentials, &targets, &repurposed);
    let configs: Vec<_> = context
        .kubeconfigs(args.kubeconfig.as_deref())?
        .into_iter()
        .map(|path| Ok((read(&path)?, path)))
        .collect::<Result<_, Failure>>()?;
    let before = context_before(&session, &configs, &targets, &repurposed)?;
    let kubeconfigs = changes(&configs, &targets, before.as_deref());
    let names: Vec<_> = contexts.iter().map(|of| of.profile.as_str()).collect();
    let names = names.join(", ");
    let nothing = match targets[..] {
        [] => "Nothing to remove".to_owned(),
        [_] => format!("Nothing to remove for profile {names}"),
        _ => format!("Nothing to remove for profiles {names}"),
    };
    let out = &context.output;
    if args.dry_run {
        let before = file::read(&path, MAX_FILE)?.unwrap_or_default();
        let removal = compose(&before)?;
        let after = &removal.file;
        let diff = diff::unified(&path, &before, after);
        out.result(&diff::painted(&diff, out.stdout()))?;
        report_kept(context, &removal);
        for change in &kubeconfigs {
            change.show(context)?;
        }
        let is_cached = |of: &Target<'_>| of.session.cache.has_entry(&of.session.slot);
        if targets.iter().any(is_cached) {
            out.note("Would delete the cached credentials");
        } else if before == *after && kubeconfigs.is_empty() {
            out.note(&nothing);
        }
        return Ok(());
    }
    session.remove_leftovers();
    if targets.is_empty() && repurposed.is_empty() {
        out.note(&nothing);
        return Ok(());
    }
    if context.can_ask
        && !args.yes
        && !prompt::confirm(&question(&targets, &repurposed)).unwrap_or(false)
    {
        return Err(canceled());
    }
    let is_written = targets.iter().any(Target::is_installed) || !repurposed.is_empty();
    // Kubeconfigs first, so that an interrupted run leaves no entry that refers to a removed profile.
    let mut files: Vec<_> = kubeconfigs.iter().map(Change::target).collect();
    if is_written {
        let compose = |bytes: &[u8]| Ok(compose(bytes)?.file);
        files.push(session.config_to_edit(&path, compose));
    }
    let edits = sys::edit::files(&files)?;
    let mut done = false;
    for (change, edit) in kubeconfigs.iter().zip(&edits) {
        if edit.changes() {
            let path = change.path.display();
            out.note(&format!("Removed the contexts of {names} from {path}"));
            done = true;
        }
    }
    if let Some(edit) = edits.last().filter(|_| is_written) {
        let removal = compose(edit.old())?;
        if edit.changes() {
            let ours = targets.iter().filter(|target| target.is_installed());
            let mut removed: Vec<_> = ours
                .map(|target| format!("profile {}", target.profile))
                .collect();
            removed.extend(removal.removed.iter().map(ToString::to_string));
            removed.extend(repurposed.iter().map(ownership_keys_of));
            let (removed, path) = (removed.join(", "), path.display());
            out.note(&format!("Removed {removed} from {path}"));
            report_kept(context, &removal);
            done = true;
        }
        sign_out(context, &session, &targets, &removal);
    }
    let mut deleted = false;
    for target in &targets {
        deleted |= target.session.cache.forget(&target.session.slot)?;
    }
    if deleted {
        out.note("Deleted the cached credentials");
        done = true;
    }
    if !done {
        out.note(&nothing);
    }
    Ok(())
}

/// Returns the profiles to remove, and those that the user has made their own since.
fn profiles(
    context: &Context,
    session: &Session<'_>,
    args: &Uninstall,
    profile: Option<&ProfileName>,
) -> Result<(Vec<ProfileName>, Vec<Repurposed>), Failure> {
    if let Some(file) = &args.from {
        let team = team::read(file)?;
        let files = session.files()?;
        let base = team::base(profile)?;
        let (profiles, others) = team_ownership::profiles(files.profiles(), &team.name, &base);
        let (ours, repurposed) = Repurposed::sort_out(files, profiles);
        for repurposed in &repurposed {
            context.output.note(&repurposed.note);
        }
        for other in others {
            context.output.note(&format!(
                "Kept profile {other}: its name does not begin with {base}"
            ));
            context
                .output
                .note("hint: to remove that profile too, add `--profile PREFIX`");
        }
        let ours = ours.into_iter().map(|(profile, _)| profile);
        return Ok((ours.collect(), repurposed));
    }
    if !args.all {
        return Ok((vec![context.profile.clone()], Vec::new()));
    }
    let files = session.files()?;
    let mut profiles = files.installed();
    profiles.retain(|profile| match Existing::read(files, profile) {
        Ok(_) => true,
        Err(failure) => {
            let causes = failure.causes.join("; ");
            let line = format!("Kept profile {profile}: {causes}");
            context.output.note(&line);
            false
        }
    });
    Ok((profiles, Vec::new()))
}

impl<'a> Target<'a> {
    /// Reads the profile.
    ///
    /// # Errors
    /// It is not an apono-login profile.
    fn new(context: &'a Context) -> Result<Self, Failure> {
        let session = Session::new(context)?;
        let profile = &context.profile;
        Ok(Target {
            existing: Existing::read(session.files()?, profile)?,
            plan: session.plan().ok(),
            profile,
            session,
        })
    }

    fn is_installed(&self) -> bool {
        self.existing.installed || !self.existing.wrote.is_empty()
    }
}

/// Returns the changes of each kubeconfig. If the current context is removed, `before` becomes the current one again.
fn changes<'a>(
    configs: &[(Config, PathBuf)],
    targets: &'a [Target<'_>],
    before: Option<&'a str>,
) -> Vec<Change<'a>> {
    let mut changes = Vec::new();
    for (config, path) in configs {
        let has_entries = |target: &&Target<'_>| {
            let mut users = config.users.iter();
            users.any(|user| is_of(user, target.profile))
        };
        let ours = targets.iter().filter(has_entries);
        let mut edits: Vec<_> = ours.map(|target| Edit::Remove(target.profile)).collect();
        let current = config.current_context.as_deref();
        if current.is_some_and(|current| is_removed(configs, targets, current)) {
            edits.extend(before.map(|name| Edit::Use(name.into())));
        }
        if !edits.is_empty() {
            let path = path.clone();
            changes.push(Change { path, edits });
        }
    }
    changes
}

/// Returns the context that was current before a team file was installed, if it still exists.
fn context_before(
    session: &Session<'_>,
    configs: &[(Config, PathBuf)],
    targets: &[Target<'_>],
    repurposed: &[Repurposed],
) -> Result<Option<String>, Failure> {
    let profiles = targets.iter().map(|target| target.profile);
    let profiles = profiles.chain(repurposed.iter().map(|repurposed| &repurposed.profile));
    let before = team_ownership::context_before(session.files()?.profiles(), profiles);
    let is_there = |name: &String| {
        let contexts = configs.iter().flat_map(|(config, _)| &config.contexts);
        contexts.into_iter().any(|context| context.name == *name)
    };
    Ok(before.filter(|name| is_there(name) && !is_removed(configs, targets, name)))
}

/// Whether the context of this name belongs to a profile that is to be removed.
fn is_removed(configs: &[(Config, PathBuf)], targets: &[Target<'_>], name: &str) -> bool {
    let mut contexts = configs.iter().flat_map(|(config, _)| &config.contexts);
    let Some(context) = contexts.find(|context| context.name == name) else {
        return false;
    };
    let mut users = configs.iter().flat_map(|(config, _)| &config.users);
    let user = users.find(|user| user.name == context.user);
    user.is_some_and(|user| targets.iter().any(|target| is_of(user, target.profile)))
}

fn is_of(user: &FoundUser, profile: &ProfileName) -> bool {
    let exec = user.exec.as_ref();
    exec.is_some_and(|exec| exec.is_ours(Some(profile)))
}

fn ownership_keys_of(repurposed: &Repurposed) -> String {
    format!("apono-login's keys in profile {}", repurposed.profile)
}

fn question(targets: &[Target<'_>], repurposed: &[Repurposed]) -> String {
    let mut ours: Vec<_> = targets
        .iter()
        .map(|target| format!("profile {}", target.profile))
        .collect();
    let wrote = wrote(targets, repurposed);
    ours.extend(wrote.iter().map(|one| one.name.to_string()));
    ours.extend(repurposed.iter().map(ownership_keys_of));
    let their = if targets.len() == 1 { "its" } else { "their" };
    format!(
        "Remove {}, {their} contexts and {their} cached credentials?",
        ours.join(", ")
    )
}

/// Returns the sections that were written together with the profiles.
fn wrote(targets: &[Target<'_>], repurposed: &[Repurposed]) -> Vec<Wrote> {
    let ours = targets.iter().flat_map(|target| &target.existing.wrote);
    ownership::each_once(ours.chain(repurposed.iter().flat_map(|repurposed| &repurposed.wrote)))
}

/// Returns the config file without the profiles, and without the sections written for them that nothing else uses.
fn remove(
    path: &Path,
    bytes: &[u8],
    credentials: &[u8],
    targets: &[Target<'_>],
    repurposed: &[Repurposed],
) -> Result<Removal, Failure> {
    let mut file = bytes.to_vec();
    let explain = |error| profile::explain::config_edit(&error, path);
    for target in targets.iter().filter(|target| target.is_installed()) {
        let section = Section::Profile(target.profile.as_str());
        file = edit::remove(&file, section, &OUR_KEYS).map_err(explain)?;
    }
    for repurposed in repurposed {
        file = repurposed.without_ownership_keys(path, &file)?;
    }
    ownership::remove(&file, credentials, &wrote(targets, repurposed)).map_err(explain)
}

/// Signs out of the SSO sessions and identity providers that no profile uses any more, each once.
fn sign_out(context: &Context, session: &Session<'_>, targets: &[Target<'_>], removal: &Removal) {
    let mut done = BTreeSet::new();
    for target in targets {
        let Some(plan) = &target.plan else { continue };
        match (&plan.source, plan.source.sso()) {
            (_, Some(sso)) if removes(removal, sso) && done.insert(sso.named_by().to_owned()) => {
                let signed_out = target.session.sign_out(sso);
                report_sign_out(context, signed_out, &sso.start_url);
            }
            (Source::Saml(saml), _)
                if !others_sign_in(session, targets, saml)
                    && done.insert(saml.url.folder_name()) =>
            {
                let signed_out = target.session.forget_browser(plan, saml);
                report_sign_out(context, signed_out, &saml.url.origin());
            }
            _ => {}
        }
    }
}

/// Whether the sso-session of this sign-in is removed.
fn removes(removal: &Removal, sso: &SsoSource) -> bool {
    let session = sso.session.as_deref();
    let removed = removal.removed.iter();
    removed
        .into_iter()
        .any(|name| matches!(name, Name::SsoSession(name) if Some(name.as_str()) == session))
}

/// Whether another apono-login profile signs in at the same identity provider.
fn others_sign_in(session: &Session<'_>, targets: &[Target<'_>], saml: &SamlSource) -> bool {
    let Ok(files) = session.files() else {
        return true;
    };
    let others = files
        .installed()
        .into_iter()
        .filter(|other| targets.iter().all(|target| target.profile != other));
    let mut plans = others.filter_map(|other| plan::plan(files.profiles(), &other).ok());
    plans.any(|other| {
        matches!(other.source, Source::Saml(other) if other.url.folder_name() == saml.url.folder_name())
    })
}

fn report_sign_out(context: &Context, signed_out: Result<bool, Failure>, at: &str) {
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

fn report_kept(context: &Context, removal: &Removal) {
    for (name, why) in &removal.kept {
        context.output.note(&format!("Kept {name}: {why}"));
    }
}
