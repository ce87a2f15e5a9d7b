//! `install`: writes the profile of Apono's setup guide into `~/.aws/config`, with the sign-in that it needs, and adds clusters;
//! with `--from`, the same for every account of a team file.
//!
//! First, kubeconfig entries that are no longer wanted are removed, so that an interrupted run leaves nothing that the next run
//! would not find. Then `~/.aws/config` is changed. New clusters come last, because looking them up needs credentials. A cluster
//! or account that fails does not stop the others.

mod consent;
mod dry_run;

use super::contexts as contexts_of;
use super::{environment, login, update_kubeconfig};
use crate::cli::{Install, Login};
use crate::context::Context;
use crate::diff;
use crate::failure::command::Command;
use crate::failure::{Failure, hints};
use crate::kube;
use crate::names::{ProfileName, TeamName};
use crate::profile;
use crate::profile::plan;
use crate::session::Session;
use crate::setup::changes::{Change, Contexts, Outcome};
use crate::setup::clusters::{self, Added, Known, Named};
use crate::setup::desired::{Desired, Profile};
use crate::setup::forget::forget;
use crate::setup::laptop::{Laptop, Written};
use crate::setup::questions::{self, Answers, SignedIn};
use crate::signin::{Proof, SignIn};
use crate::sys::shell;

/// Runs the command. `profile` is `--profile` as typed, without the environment's default.
pub fn run(
    context: &Context,
    args: &Install,
    profile: Option<&ProfileName>,
) -> Result<(), Failure> {
    let laptop = Laptop::read(
        context,
        None,
        args.from.is_some() || !args.cluster_name.is_empty(),
    )?;
    let Answers { desired, response } = match &args.from {
        Some(file) => questions::of_team(&laptop, args, file, profile)?,
        None => questions::of_flags(&laptop, args)?,
    };
    let plan = laptop.plan(&desired)?;
    super::say_foreign(context, &plan.changes);
    super::say_by_need(context, &plan.changes);
    environment::warn_process(context, &laptop.session, &desired);
    if args.dry_run {
        return dry_run::show(context, &desired, &plan);
    }
    if plan.changes.alters() && !plan.is_empty() {
        let out = &context.output;
        out.block(&diff::painted(&plan.diff(), out.stderr()));
        if !args.yes && context.can_ask {
            super::confirm("Make these changes?")?;
        } else if !args.yes {
            if args.from.is_some() {
                consent::refuse_to_remove(&plan.changes.removals)?;
            }
            consent::refuse_to_change(args, &plan.changes)?;
        }
    }
    let written = plan.write()?;
    forget(&laptop, &desired, &written.changes)?;
    match &desired.team {
        None => finish_profile(&laptop, args, &desired, &written, response),
        Some(team) => finish_team(&laptop, args, team, &desired, &written, response),
    }
}

/// Logs in to the installed profile and adds its clusters, if there are any.
fn finish_profile(
    laptop: &Laptop<'_>,
    args: &Install,
    desired: &Desired,
    written: &Written,
    response: SignedIn,
) -> Result<(), Failure> {
    let (context, profile) = (laptop.context, &laptop.context.profile);
    let out = &context.output;
    let has_clusters = !args.cluster_name.is_empty();
    let proof = response.as_ref().map(|(_, proof)| proof);
    // A sign-in that was asked for is made, unless it has been. A response is used at once: it is valid for minutes.
    let logs_in = has_clusters
        || matches!(proof, Some(Proof::Response(_)))
        || (args.sign_in.is_anew() && proof.is_none());
    if written.config_changed {
        let path = laptop.config_path.display();
        out.note(&format!("Wrote profile {profile} to {path}"));
    } else {
        out.note(&format!("Profile {profile} is already up to date"));
    }
    super::say_kept(context, &written.changes, written.config_changed);
    let contexts = &written.changes.contexts;
    for name in &contexts.removed {
        out.note(&format!("Removed context {name}"));
    }
    contexts_of::say_given_back(context, contexts);
    if logs_in || written.config_changed {
        report_sign_in(laptop, !logs_in);
    }
    if !has_clusters {
        say_lost(context, contexts)?;
    }
    if !logs_in {
        return Ok(());
    }
    let session = Session::new(context)?;
    let grant = login::one(context, &session, &log_in_as(args), proof)?;
    if !has_clusters {
        login::say_next(context, &grant);
        return Ok(());
    }
    environment::warn_withheld(context, &session);
    let contexts = &written.changes.contexts;
    let known = &mut Known::nothing(laptop);
    let results = clusters::add(laptop, &session, desired, contexts, &[], known)?;
    let (added, mut failures) = divide(results);
    for added in &added {
        update_kubeconfig::report(context, added);
    }
    if !added.iter().any(|added| added.switches) {
        contexts_of::say_current(context, contexts, &added);
    }
    contexts_of::say_temporary(context, &added, None)?;
    environment::report(context, &added);
    update_kubeconfig::report_kubectl(context, &added);
    match failures.len() {
        0 => out.note(&format!("Next: `{}`", next_command(contexts, &added))),
        1 => return Err(failures.remove(0).1),
        _ => {}
    }
    login::report(context, failures, |kind| {
        Failure::new(kind, "several clusters could not be added")
    })
}

fn log_in_as(args: &Install) -> Login {
    Login {
        sign_in: args.sign_in,
        ..Login::default()
    }
}

/// Tells how the installed profile signs in, and the next command if this is the `last` step. Warns about what the profile
/// still lacks.
fn report_sign_in(laptop: &Laptop<'_>, last: bool) {
    let context = laptop.context;
    let login = hints::login_command(&context.profile);
    let session = Session::new(context);
    let Ok(files) = session
        .as_ref()
        .map_err(drop)
        .and_then(|session| session.files().map_err(drop))
    else {
        return;
    };
    match plan::plan(files.profiles(), &context.profile) {
        Ok(plan) => {
            let sign_in = SignIn::of(&plan);
            if sign_in.place().is_some() {
                context.output.note(&format!("Sign-in: {sign_in}"));
            }
            let sources = Vec::from_iter(plan.source.sso());
            super::warn_of_comments(context, files, &sources);
            if last {
                context.output.note(&format!("Next: `{login}`"));
            }
        }
        // The login that follows fails for the same reason.
        Err(_) if !last => {}
        Err(error) => {
            let has_env_keys = context.env_access_key_id().is_some();
            let failure = profile::explain::plan(error, files, &context.profile, has_env_keys);
            context.output.warn(&failure.error);
            for hint in &failure.hints {
                context
                    .output
                    .note(&format!("hint: {hint}, then run `{login}`"));
            }
        }
    }
}

/// Logs in to the profiles that have no credentials, adds the clusters of the others, and reports the outcome of everything.
fn finish_team(
    laptop: &Laptop<'_>,
    args: &Install,
    team: &TeamName,
    desired: &Desired,
    written: &Written,
    response: SignedIn,
) -> Result<(), Failure> {
    let context = laptop.context;
    let contexts = &written.changes.contexts;
    let session = match written.config_changed {
        true => &Session::new(context)?,
        false => &laptop.session,
    };
    let session = &session.installing(&desired.places.profiles);
    let mut known = match args.refresh_clusters {
        true => Known::nothing(laptop),
        false => Known::lately(laptop),
    };
    let (mut failures, skipped) = log_in(context, session, args, desired, response)?;
    environment::warn_withheld(context, session);
    let failed = failures.iter().map(|(name, _)| name.clone());
    let failed: Vec<_> = failed.chain(skipped).collect();
    let others = match failed.len() < desired.profiles.len() {
        true => "; everything else is set up",
        false => "",
    };
    let results = clusters::add(laptop, session, desired, contexts, &failed, &mut known)?;
    let (added, more) = divide(results);
    failures.extend(more);
    let new = &added;
    let added: Vec<_> = new.iter().map(|added| outcome(contexts, added)).collect();

    let out = &context.output;
    super::say_kept(context, &written.changes, written.config_changed);
    let accounts = count(desired.profiles.len(), "account");
    out.note(&format!("Team {team}, {accounts}:"));
    let removed = contexts.removed.iter().map(|name| Outcome {
        what: format!("context {name}"),
        change: Change::Removed,
    });
    // A context that was removed and then added again for another profile is reported once.
    let removed = removed.filter(|gone| added.iter().all(|added| added.what != gone.what));
    let all: Vec<_> = written
        .changes
        .sections
        .iter()
        .cloned()
        .chain(removed)
        .collect();
    let mut all_same = true;
    for Outcome { what, change } in all.iter().chain(&added) {
        out.note(&format!("  {change:<10}  {what}"));
        all_same &= *change == Change::Same;
    }
    environment::report(context, new);
    say_lost(context, contexts)?;
    contexts_of::say_given_back(context, contexts);
    contexts_of::say_current(context, contexts, new);
    contexts_of::say_temporary(context, new, None)?;
    let profiles = desired.profiles.iter().map(|profile| &profile.name);
    login::warn_of_comments(context, session, profiles);
    if failures.is_empty() {
        out.note(&match (all_same, added.is_empty()) {
            (true, _) => "Everything is up to date".to_owned(),
            (false, true) => "Done".to_owned(),
            (false, false) => format!("Next: `{}`", next_command(contexts, new)),
        });
    }
    let number = failures.len();
    login::report(context, failures, |kind| {
        let parts = count(number, "part");
        Failure::new(
            kind,
            format!("{parts} of the team file could not be set up"),
        )
        .hint(format!(
            "fix these, then {} again{others}",
            Command::typed().run()
        ))
    })
}

/// The failures, by profile, and the profiles that were skipped.
type NotLoggedIn = (Vec<(String, Failure)>, Vec<String>);

/// Logs in to the profiles that have no credentials. Returns the failures, by profile, and the profiles that were skipped.
fn log_in(
    context: &Context,
    session: &Session<'_>,
    args: &Install,
    desired: &Desired,
    response: SignedIn,
) -> Result<NotLoggedIn, Failure> {
    let is_needy = |profile: &&Profile| {
        if args.sign_in.is_anew() {
            return true;
        }
        let of_profile = context.with_profile(profile.name.clone());
        let session = session.of(&of_profile);
        !session.has_credentials()
    };
    session.files()?;
    let needy = desired.profiles.iter().filter(is_needy);
    let needy: Vec<_> = needy.map(|profile| profile.name.clone()).collect();
    if needy.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let others = needy.len() < desired.profiles.len();
    let logins = login::each(context, session, &log_in_as(args), &needy, response, others);
    let named = |(profile, failure): (&ProfileName, _)| (profile.to_string(), failure);
    Ok((
        logins.failures.into_iter().map(named).collect(),
        logins
            .skipped
            .into_iter()
            .map(ToString::to_string)
            .collect(),
    ))
}

fn divide<T>(results: Vec<Named<T>>) -> (Vec<T>, Vec<(String, Failure)>) {
    let (mut good, mut failures) = (Vec::new(), Vec::new());
    for (what, result) in results {
        match result {
            Ok(one) => good.push(one),
            Err(failure) => failures.push((what, failure)),
        }
    }
    (good, failures)
}

/// Returns what became of a context in the whole run.
fn outcome(contexts: &Contexts, added: &Added) -> Outcome {
    let name = &added.context;
    let taken = added.taken_from.as_ref();
    let taken = taken.map(|profile| format!(" (before for profile {profile})"));
    Outcome {
        what: format!("context {name}{}", taken.unwrap_or_default()),
        change: match contexts.existing.contains(name) {
            false => Change::Added,
            true if contexts.with_new_namespace.contains(name) => Change::Changed,
            // Renamed, or removed with its old profile.
            true if added.change == Change::Added => Change::Changed,
            true => added.change,
        },
    }
}

/// Returns the command that tries out the first new context, else the current one if that was added before.
fn next_command(contexts: &Contexts, added: &[Added]) -> String {
    let switched = added.iter().find(|added| added.switches);
    let current = switched.map(|added| &added.context);
    let current = current.or(contexts.current.as_ref());
    let is_current = |added: &&Added| current == Some(&added.context);
    let is_new = |added: &&Added| !contexts.existing.contains(&added.context);
    let mut of_now = added.iter().filter(is_current);
    let tried = added.iter().find(is_new).or(of_now.next());
    match tried.or(added.first()).filter(|tried| !is_current(tried)) {
        Some(tried) => format!(
            "kubectl --context {} get pods",
            shell::quoted(&tried.context)
        ),
        None => "kubectl get pods".to_owned(),
    }
}

/// Tells that the current context was removed, if no other one is current.
fn say_lost(context: &Context, contexts: &Contexts) -> Result<(), Failure> {
    let Some(current) = contexts
        .current
        .as_deref()
        .filter(|_| !contexts.is_settled())
    else {
        return Ok(());
    };
    let paths = context.kubeconfigs(None)?;
    let configs = paths.iter().map(|path| kube::file::read(path));
    let configs: Vec<_> = configs.collect::<Result<_, _>>()?;
    if configs
        .iter()
        .all(|config| config.current_context.is_none())
    {
        contexts_of::say_removed(context, current, &configs);
    }
    Ok(())
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}
