//! What still lives, with the command that ends it: credentials, and sign-ins.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::context::Context;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::names::ProfileName;
use crate::output;
use crate::profile::plan;
use crate::session::Session;
use crate::signin::{SignIn, sso};

/// A sign-in that is valid or can be renewed.
struct Alive {
    start_url: String,
    session: Option<String>,
    until: String,
    command: Command,
}

/// Tells what still lives: credentials of other profiles, and sign-ins of these and of all others.
pub fn say(session: &Session<'_>, context: &Context, profiles: &[ProfileName]) {
    say_credentials(session, context);
    say_signed_in(context, &signed_in(session, context, profiles));
    say_unused(session, context, profiles);
}

fn say_credentials(session: &Session<'_>, context: &Context) {
    let now = context.now();
    let mut others: BTreeMap<String, DateTime<Utc>> = BTreeMap::new();
    // Another AWS config file may have a profile of the same name: `--profile` does not reach that one.
    let mut all_are_here = true;
    for header in session.cache.headers() {
        if header.expires_at > now {
            let name = header.profile.parse();
            all_are_here &= name.is_ok_and(|name| session.slot_of(&name) == header.slot);
            let end = others.entry(header.profile).or_insert(header.expires_at);
            *end = header.expires_at.max(*end);
        }
    }
    for (name, end) in &others {
        let command = match all_are_here {
            true => Command::new("logout").option("--profile", name),
            false => Command::new("logout --all"),
        };
        let until = output::until(*end, now);
        context.output.note(&format!(
            "Still logged in: {name} until {until}: `{command}`"
        ));
    }
}

/// Returns the sign-ins of these profiles and of the installed ones, each once.
fn signed_in(session: &Session<'_>, context: &Context, profiles: &[ProfileName]) -> Vec<Alive> {
    let mut seen = BTreeSet::new();
    let mut alive = Vec::new();
    let installed = session.installed().unwrap_or_default();
    for profile in profiles.iter().chain(installed) {
        let of_profile = context.with_profile(profile.clone());
        let session = session.of(&of_profile);
        let Ok(plan) = session.plan() else {
            continue;
        };
        let sign_in = SignIn::of(plan);
        let (Some(place), Ok(Some(state))) = (sign_in.place(), sign_in.session(context)) else {
            continue;
        };
        let Some(end) = state.expires_at.filter(|_| seen.insert(place.id)) else {
            continue;
        };
        let Some(until) = until(end, state.renewable, context.now()) else {
            continue;
        };
        alive.push(Alive {
            start_url: state.start_url,
            session: state.session,
            until,
            // Without a name it ends the sign-ins of all installed profiles.
            command: match context.profile_is_named {
                true => Command::new("logout --sso").option("--profile", profile),
                false => Command::new("logout --sso"),
            },
        });
    }
    alive
}

fn say_signed_in(context: &Context, all: &[Alive]) {
    for alive in all {
        let at = &alive.start_url;
        let is_one = all.iter().filter(|other| other.start_url == *at).count() == 1;
        let session = alive.session.as_ref().filter(|_| !is_one);
        let session = session.map(|name| format!(" (sso-session {name})"));
        let (session, until, command) = (session.unwrap_or_default(), &alive.until, &alive.command);
        context.output.note(&format!(
            "Still signed in at {at}{session}{until}: `{command}`"
        ));
    }
}

/// Tells where apono-login has signed in for profiles that are not installed, or no longer.
pub fn say_unused(session: &Session<'_>, context: &Context, profiles: &[ProfileName]) {
    // A named profile's sign-in is all that the command without `--all` ends.
    let command = Command::new(match context.profile_is_named {
        true => "logout --all --sso",
        false => "logout --sso",
    });
    for own in unused(session, context, profiles).unwrap_or_default() {
        let (token, now) = (&own.token, context.now());
        let Some(until) = until(token.expires_at, token.renewable(now), now) else {
            continue;
        };
        context.output.note(&format!(
            "Still signed in at {}{until}, though no installed profile uses it: `{command}`",
            own.start_url
        ));
    }
}

/// Returns the SSO sessions that apono-login signed in at, and that neither these profiles nor the installed ones use.
pub fn unused(
    session: &Session<'_>,
    context: &Context,
    profiles: &[ProfileName],
) -> Result<Vec<sso::Own>, Failure> {
    let all = session.files()?.profiles();
    let plans = profiles.iter().chain(session.installed()?);
    let plans = plans.filter_map(|name| plan::plan(all, name).ok());
    let plans: Vec<_> = plans.collect();
    sso::unused(
        context,
        all,
        plans.iter().filter_map(|plan| plan.source.sso()),
    )
}

/// Returns until when the sign-in lasts, in words. `None` if it has ended.
fn until(end: DateTime<Utc>, renewable: bool, now: DateTime<Utc>) -> Option<String> {
    match renewable {
        true => Some(", renewed automatically".to_owned()),
        false => (end > now).then(|| format!(" until {}", output::until(end, now))),
    }
}
