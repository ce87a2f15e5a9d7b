//! `login`: gets credentials for the role, and prints the session name and when they expire.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::cli::Login;
use crate::context::Context;
use crate::failure::command::Command;
use crate::failure::hints;
use crate::failure::{Failure, Kind};
use crate::kube;
use crate::names::{DEFAULT_PROFILE, ProfileName};
use crate::output;
use crate::profile::{ours, plan};
use crate::session::choice::{self, Accepts};
use crate::session::{Caller, Grant, Request, Session, many};
use crate::signin::interaction::Interaction;
use crate::signin::{Proof, SignIn};

pub fn run(context: &Context, args: &Login) -> Result<(), Failure> {
    let session = Session::new(context)?;
    if args.all {
        return all(context, &session, args, session.installed()?);
    }
    let accepts = match &args.response {
        None => Accepts::Some,
        // A response by hand is for one profile.
        Some(_) => Accepts::One,
    };
    let chosen = choice::choose(&session, accepts)?;
    let [profile] = &chosen[..] else {
        return all(context, &session, args, &chosen);
    };
    let of_one = context.with_chosen(profile.clone());
    of_profile(&of_one, &session.of(&of_one), args)?;
    say_others(context, &session, profile);
    Ok(())
}

/// Logs in to the profile of the context.
fn of_profile(context: &Context, session: &Session<'_>, args: &Login) -> Result<(), Failure> {
    // As `get-token` finds them: the config file is not parsed if it has not changed.
    if args.response.is_none()
        && let Ok(Some(grant)) = session.cached_for(request(args))
    {
        say(context, &grant);
        return Ok(());
    }
    let proof = match &args.response {
        Some(path) => {
            let plan = session.plan()?;
            Some(SignIn::of(plan).read(&session.tools()?, plan, path)?)
        }
        None => None,
    };
    let grant = one(context, session, args, proof.as_ref())?;
    if !grant.cached {
        warn_of_comments(context, session, [&context.profile]);
        say_next(context, &grant);
    }
    Ok(())
}

/// Warns of comments after the values of the profiles' sign-ins. What cannot be read fails elsewhere.
pub fn warn_of_comments<'a>(
    context: &Context,
    session: &Session<'_>,
    profiles: impl IntoIterator<Item = &'a ProfileName>,
) {
    let Ok(files) = session.files() else {
        return;
    };
    let plans = profiles.into_iter();
    let plans = plans.filter_map(|name| plan::plan(files.profiles(), name).ok());
    let plans: Vec<_> = plans.collect();
    let sources: Vec<_> = plans.iter().filter_map(|plan| plan.source.sso()).collect();
    super::warn_of_comments(context, files, &sources);
}

/// Tells how to log in to the other installed profiles too, where kubectl's current context chose this one.
fn say_others(context: &Context, session: &Session<'_>, profile: &ProfileName) {
    if context.profile_is_named || profile.as_str() == DEFAULT_PROFILE {
        return;
    }
    let live = session.cache.headers().filter_map(|header| {
        let live = header.expires_at > context.now();
        live.then_some(header.profile)
    });
    let live: BTreeSet<_> = live.collect();
    let installed = session.installed().unwrap_or_default();
    if installed.iter().any(|name| !live.contains(name.as_str())) {
        context.output.note(&format!(
            "hint: to log in to all installed profiles, {}",
            Command::new("login --all").run()
        ));
    }
}

/// Prints the next command for a user whose kubeconfigs have no entry for the profile yet.
pub fn say_next(context: &Context, grant: &Grant) {
    let paths = context.kubeconfigs(None).unwrap_or_default();
    let configs = paths.iter().filter_map(|path| kube::file::read(path).ok());
    let mut plugins = configs
        .flat_map(|config| config.users)
        .filter_map(|user| user.exec);
    if plugins.any(|exec| exec.is_ours(Some(&context.profile))) {
        return;
    }
    let region = grant.header.region.as_deref().unwrap_or("REGION");
    let next = format!("update-kubeconfig --name CLUSTER --region {region}");
    let next = hints::command(&next, &context.profile);
    context.output.note(&format!(
        "Next, for kubectl: `{next}` (your admin knows the cluster's name)"
    ));
}

/// Logs in to one profile. `proof` is the result of an earlier sign-in.
pub fn one(
    context: &Context,
    session: &Session<'_>,
    args: &Login,
    proof: Option<&Proof>,
) -> Result<Grant, Failure> {
    let grant = session.credentials(Request {
        // A sign-in that was made is used, even if credentials are cached.
        force: request(args).force || proof.is_some(),
        proof,
        ..request(args)
    })?;
    say(context, &grant);
    Ok(grant)
}

/// Prints who is logged in, and until when.
fn say(context: &Context, grant: &Grant) {
    let out = &context.output;
    let header = &grant.header;
    let from = match grant.cached {
        true => " (cached credentials)",
        false => "",
    };
    let name = &header.session_name;
    out.note(&format!("Logged in as {name}{from}"));
    out.note(&format!("  role     {}", header.role_arn));
    let expires = output::until(header.expires_at, context.now());
    out.note(&format!("  expires  {expires}"));
}

fn request(args: &Login) -> Request<'static> {
    Request {
        // Cached credentials are those of the sign-in before.
        force: args.force || args.sign_in.is_anew(),
        fresh: true,
        duration: args.duration,
        may_ask: true,
        caller: Caller::User,
        interaction: Interaction::typed(args.sign_in),
        region: None,
        proof: None,
    }
}

/// Logs in to several profiles.
fn all(
    context: &Context,
    session: &Session<'_>,
    args: &Login,
    profiles: &[ProfileName],
) -> Result<(), Failure> {
    if profiles.is_empty() {
        return Err(Failure::refused("no profile is installed")
            .hint(hints::run("install", &context.profile)));
    }
    let Logins {
        failures,
        fetched,
        skipped,
    } = each(context, session, args, profiles, None, false);
    warn_of_comments(context, session, fetched);
    let (count, all) = (failures.len(), profiles.len());
    let others = match count + skipped.len() < all {
        true => "; the other profiles stay logged in",
        false => "",
    };
    report(context, failures, |kind| {
        Failure::new(
            kind,
            format!("could not log in to {count} of {all} profiles"),
        )
        .hint(format!(
            "fix these, then {} again{others}",
            Command::typed().run()
        ))
    })
}

/// What came of logging in to several profiles, each sorted by profile.
pub struct Logins<'a> {
    /// The profiles whose credentials are new.
    pub fetched: Vec<&'a ProfileName>,
    pub failures: Vec<(&'a ProfileName, Failure)>,
    /// The accounts of a team file that are not assigned to the user, which is no failure.
    pub skipped: Vec<&'a ProfileName>,
}

/// Logs in to several profiles, and prints a line for each. `first` is the page and the result of a sign-in that has just been
/// made; `others` says that there are credentials of other profiles of the team.
pub fn each<'a>(
    context: &Context,
    session: &Session<'_>,
    args: &Login,
    profiles: &'a [ProfileName],
    first: Option<(String, Proof)>,
    others: bool,
) -> Logins<'a> {
    let outcome = many::log_in(context, session, profiles, request(args), first);
    let width = profiles.iter().map(|p| p.as_str().len()).max().unwrap_or(0);
    let has_grants = !outcome.grants.is_empty();
    let fetched = outcome.grants.iter().filter(|(_, grant)| !grant.cached);
    let fetched = fetched.map(|(profile, _)| *profile).collect();
    for (profile, grant) in outcome.grants {
        let (name, header) = (profile.as_str(), &grant.header);
        let until = output::until(header.expires_at, context.now());
        let who = &header.session_name;
        let line = format!("{name:width$}  {who}  expires {until}");
        context.output.note(&line);
    }
    let works = others || has_grants;
    let unassigned = Kind::NotAssigned { has_another: false };
    // Where none is assigned, the portal or the person is the wrong one.
    let all_unassigned = !works && outcome.failures.iter().all(|(_, of)| of.kind == unassigned);
    let is_skipped = |profile: &ProfileName, failure: &Failure| {
        let is_skipped = match failure.kind {
            Kind::NotAssigned { has_another: true } => works,
            Kind::NotAssigned { has_another: false } => !all_unassigned,
            _ => false,
        };
        let files = session.files();
        is_skipped && files.is_ok_and(|files| ours::is_optional(files.profiles(), profile.as_str()))
    };
    let (skipped, failures): (Vec<_>, Vec<_>) = outcome
        .failures
        .into_iter()
        .partition(|(profile, failure)| is_skipped(profile, failure));
    for (profile, failure) in &skipped {
        let what = of_portal(context, session, profile).unwrap_or_default();
        let name = profile.as_str();
        context
            .output
            .note(&format!("{name:width$}  not assigned, skipped{what}"));
        failure
            .causes
            .iter()
            .for_each(|cause| context.output.detail(cause));
    }
    Logins {
        fetched,
        failures,
        skipped: skipped.into_iter().map(|(profile, _)| profile).collect(),
    }
}

/// Returns what the profile needs from the access portal, in brackets.
fn of_portal(context: &Context, session: &Session<'_>, profile: &ProfileName) -> Option<String> {
    let context = context.with_profile(profile.clone());
    let session = session.of(&context);
    let sso = session.plan().ok()?.source.sso()?;
    Some(format!(
        " (permission set {} in account {})",
        sso.role_name, sso.account
    ))
}

/// Prints each failure under its name. Returns one failure for all of them, which `sum` makes from the kind of the first one.
pub fn report<N: Display>(
    context: &Context,
    failures: Vec<(N, Failure)>,
    sum: impl FnOnce(Kind) -> Failure,
) -> Result<(), Failure> {
    let Some(kind) = failures.first().map(|(_, failure)| failure.kind) else {
        return Ok(());
    };
    for (name, failure) in &failures {
        context.output.note(&format!("{name}:"));
        context.output.failure(failure);
    }
    Err(sum(kind).cause("see the errors above"))
}
