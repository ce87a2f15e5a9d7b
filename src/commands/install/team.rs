//! `install --from`: sets up every account, profile, sign-in and cluster of a team file, and updates them when the file has
//! changed.
//!
//! First, kubeconfig entries that the file no longer names are removed, so that an interrupted run leaves nothing that the
//! next run would not find. Then `~/.aws/config` is changed in one edit. New clusters come last, because looking them up
//! needs credentials. A cluster or account that fails does not stop the others.

mod compose;
mod contexts;
mod email;
mod entries;
mod outcome;
mod plan;
mod renames;
mod typed;

use std::path::Path;

use compose::{Composer, Composition};
use contexts::Contexts;
use outcome::{Outcome, State};
use plan::{Member, Plan};
use typed::Typed;

use crate::cli::{Install, Login};
use crate::context::Context;
use crate::failure::Failure;
use crate::names::{DEFAULT_PROFILE, ProfileName};
use crate::profile::read::MAX_FILE;
use crate::session::Session;
use crate::setup::team_file::{self as team_file, Team};
use crate::sys::{edit, file, prompt};
use crate::{commands, diff};

/// Runs the command. `profile` is `--profile`, the prefix of the profiles' names. `APONO_PROFILE` names a single profile, so
/// it is not used here.
pub fn run(
    context: &Context,
    args: &Install,
    path: &Path,
    profile: Option<&ProfileName>,
) -> Result<(), Failure> {
    let team = read(path)?;
    let session = Session::new(context)?;
    session.wait_for_writers()?;
    let plan = Plan::new(&session, &team, &base(profile)?)?;
    for repurposed in &plan.repurposed {
        context.output.note(&repurposed.note);
    }
    let typed = Typed { path, profile };
    let email = email::find(context, &session, args, &typed, &plan)?;
    let config = session.files()?.config_path.clone();
    let before = file::read(&config, MAX_FILE)?.unwrap_or_default();
    let contexts = Contexts::read(context, &plan)?;
    let composer = Composer {
        context,
        session: &session,
        args,
        plan: &plan,
        email: &email,
        contexts: &contexts,
    };
    let composed = composer.compose(&before)?;

    let out = &context.output;
    let shown = diff::unified(&config, &before, &composed.file);
    if args.dry_run {
        let shown = shown + &contexts.diff()?;
        out.result(&diff::painted(&shown, out.stdout()))?;
        contexts.report_dry_run(context, &plan, composed.file == before);
        return Ok(());
    }
    if composed.changes_existing() || !contexts.is_settled() {
        let shown = shown + &contexts.diff()?;
        out.block(&diff::painted(&shown, out.stderr()));
        match (args.yes, context.can_ask) {
            (true, _) => {}
            (false, true) => {
                if !prompt::confirm("Make these changes?").unwrap_or(false) {
                    return Err(super::canceled());
                }
            }
            (false, false) => refuse_to_remove(&composed, &contexts, &plan, &typed)?,
        }
    }
    let composed = write(&session, &config, &composer, composed)?;
    for gone in &plan.gone {
        let session_of = context.with_profile(gone.profile.clone());
        let session = Session::new(&session_of)?;
        session.cache.forget(&session.slot)?;
    }
    let failures = log_in(context, args, &plan, email.response)?;
    finish(context, &plan, &composed, &contexts, failures)
}

/// Returns the prefix of the profiles' names.
pub fn base(profile: Option<&ProfileName>) -> Result<ProfileName, Failure> {
    match profile {
        Some(name) => Ok(name.clone()),
        None => DEFAULT_PROFILE.parse().map_err(super::answers::refused),
    }
}

/// Without a terminal and without `--yes`, changes are allowed and removals are not.
fn refuse_to_remove(
    composed: &Composition,
    contexts: &Contexts<'_>,
    plan: &Plan<'_>,
    typed: &Typed<'_>,
) -> Result<(), Failure> {
    let states = composed.states.iter();
    let sections = states.filter(|(_, state)| *state == State::Removed);
    let sections = sections.map(|(what, _)| what.clone());
    let accounts = plan.members.iter().filter_map(|member| {
        let account = member.account_before()?;
        Some(format!("account {account} of profile {}", member.profile))
    });
    let mut removed: Vec<_> = sections.chain(accounts).collect();
    removed.extend(contexts.lasting_removals(plan));
    if removed.is_empty() {
        return Ok(());
    }
    Err(
        Failure::refused("removing needs your consent, and there is no terminal to ask")
            .cause(format!(
                "the team file no longer names {}",
                removed.join(", ")
            ))
            .cause("nothing was changed")
            .hint(format!("if all of it may be removed, run `{}`", typed.with("--yes")))
            .hint("if it belongs to another team, add a line `team = \"NAME\"` at the top of the team file"),
    )
}

/// Reads the team file.
///
/// # Errors
/// The file cannot be read or is invalid; all problems are named at once.
pub fn read(path: &Path) -> Result<Team, Failure> {
    let bytes = match path.as_os_str() == "-" {
        true => file::read_stdin(team_file::MAX_FILE)?,
        false => file::read_input(path, team_file::MAX_FILE)?,
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Team::read(&bytes, &stem).map_err(|problems| {
        let path = match path.as_os_str() == "-" {
            true => "standard input".to_owned(),
            false => path.display().to_string(),
        };
        let failure = Failure::refused("invalid team file; nothing was changed");
        let causes = problems.iter().map(|problem| format!("{path}:{problem}"));
        causes
            .fold(failure, Failure::cause)
            .hint("fix the team file, or ask the person who gave it to you to fix it")
    })
}

/// Edits the kubeconfigs and the config file. `composed` is what the config file should become.
fn write(
    session: &Session<'_>,
    path: &Path,
    composer: &Composer<'_>,
    composed: Composition,
) -> Result<Composition, Failure> {
    let compose = |bytes: &[u8]| Ok(composer.compose(bytes)?.file);
    let config = session.config_to_edit(path, compose);
    let targets: Vec<_> = composer.contexts.targets().chain([config]).collect();
    match edit::files(&targets)?.last() {
        Some(edit) if edit.changes() => composer.compose(edit.old()),
        _ => Ok(composed),
    }
}

/// Logs in to the profiles that have no credentials. Returns the failures, by profile.
fn log_in(
    context: &Context,
    args: &Install,
    plan: &Plan<'_>,
    response: email::SamlSignIn,
) -> Result<Vec<(String, Failure)>, Failure> {
    let mut needy = Vec::new();
    for Member { profile, .. } in &plan.members {
        let of_profile = context.with_profile(profile.clone());
        if !Session::new(&of_profile)?.has_credentials() {
            needy.push(profile.clone());
        }
    }
    let login = Login {
        sign_in: args.sign_in,
        ..Login::default()
    };
    let failures = match needy.is_empty() {
        true => Vec::new(),
        false => commands::login::each(context, &login, &needy, response),
    };
    let named = |(profile, failure): (&ProfileName, _)| (profile.to_string(), failure);
    Ok(failures.into_iter().map(named).collect())
}

/// Adds the clusters of the profiles with credentials, then reports the outcome of everything.
fn finish(
    context: &Context,
    plan: &Plan<'_>,
    composed: &Composition,
    contexts: &Contexts<'_>,
    mut failures: Vec<(String, Failure)>,
) -> Result<(), Failure> {
    let added = contexts.add(context, plan, &mut failures);
    let out = &context.output;
    let accounts = count(plan.members.len(), "account");
    out.note(&format!("Team {}, {accounts}:", plan.team.name));
    // A context that was removed and then added again for another profile is reported once.
    let is_back = |(what, _): &&Outcome| added.iter().any(|(added, _)| added == what);
    let removed = contexts.removed.iter();
    let removed = removed.filter(|outcome| !is_back(outcome));
    let states = composed.states.iter().chain(removed);
    let mut all_same = true;
    for (what, state) in states.chain(&added) {
        out.note(&format!("  {state:<10}  {what}"));
        all_same &= *state == State::Same;
    }
    if let Some(current) = contexts.lost_current(context)? {
        out.note(&format!("Removed the current context {current}"));
        out.note("hint: choose another one with `kubectl config use-context NAME`");
    }
    if failures.is_empty() {
        out.note(&match (all_same, added.is_empty()) {
            (true, _) => "Everything is up to date".to_owned(),
            (false, true) => "Done".to_owned(),
            (false, false) => format!("Next: `{}`", contexts.next_command(&added)),
        });
    }
    let number = failures.len();
    commands::login::report(context, failures, |kind| {
        let parts = count(number, "part");
        Failure::new(
            kind,
            format!("{parts} of the team file could not be set up"),
        )
        .hint("fix these and run this again; everything else is set up")
    })
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}
