//! `logout`: deletes cached credentials, and says what still lives. Deleted ones stay valid at AWS until they expire, but no copy is
//! left here.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::cli::Logout;
use crate::context::Context;
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::names::ProfileName;
use crate::output;
use crate::session::Session;
use crate::session::choice::{self, Accepts};
use crate::signin::SignIn;
use crate::store;

pub fn run(context: &Context, args: &Logout) -> Result<(), Failure> {
    let session = Session::new(context)?;
    session.remove_leftovers();
    let profiles = profiles(&session, context, args)?;
    // First, because profiles with cached credentials count as installed. If it fails, the credentials are deleted all the same.
    let signed_out = match args.sso {
        true => sign_out(&session, context, &profiles),
        false => Ok(()),
    };
    let line = match args.all {
        true => match session.cache.forget_all().map_err(key_left)? {
            0 => "No cached credentials to delete".to_owned(),
            1 => "Deleted the cached credentials of 1 profile, and the key of the cache".to_owned(),
            n => {
                format!("Deleted the cached credentials of {n} profiles, and the key of the cache")
            }
        },
        false => forget(&session, &profiles)?,
    };
    context.output.note(&line);
    say_alive(&session, context, &profiles);
    signed_out
}

/// Returns the profiles to log out of. A sign-in is one for several profiles, so `--sso` means all if none is named.
fn profiles(
    session: &Session<'_>,
    context: &Context,
    args: &Logout,
) -> Result<Vec<ProfileName>, Failure> {
    if !args.all && (context.profile_is_named || !args.sso) {
        return choice::choose(session, Accepts::Some);
    }
    match session.installed() {
        Ok([]) => Ok(vec![context.profile.clone()]),
        Ok(all) => Ok(all.to_vec()),
        // The credentials are deleted all the same. Signing out fails for the same reason.
        Err(_) => Ok(vec![context.profile.clone()]),
    }
}

/// Deletes the cached credentials of these profiles. Returns what was done.
fn forget(session: &Session<'_>, profiles: &[ProfileName]) -> Result<String, Failure> {
    let slot = |profile: &ProfileName| session.slot_of(profile);
    let has_entry = |profile: &&ProfileName| session.cache.has_entry(&[slot(profile)]);
    let names = profiles.iter().filter(has_entry).map(ProfileName::as_str);
    let names = names.collect::<Vec<_>>().join(", ");
    let slots: Vec<_> = profiles.iter().map(slot).collect();
    session.cache.forget(&slots).map_err(key_left)?;
    Ok(match (names.is_empty(), profiles) {
        (false, _) => format!("Deleted the cached credentials of {names}"),
        (true, [profile]) => format!("No cached credentials of {profile} to delete"),
        (true, _) => "No cached credentials to delete".to_owned(),
    })
}

/// Signs out of each sign-in that these profiles use, once. A failure does not stop the others.
fn sign_out(
    session: &Session<'_>,
    context: &Context,
    profiles: &[ProfileName],
) -> Result<(), Failure> {
    let mut done = BTreeSet::new();
    let mut first_failure = Ok(());
    let mut keep = |failure: Failure| match &first_failure {
        Ok(()) => first_failure = Err(failure),
        Err(_) => context.output.failure(&failure),
    };
    for profile in profiles {
        let context = context.with_profile(profile.clone());
        let session = session.of(&context);
        let plan = match session.plan() {
            Ok(plan) => plan,
            Err(failure) => {
                keep(failure);
                continue;
            }
        };
        let (out, profile) = (&context.output, &plan.profile);
        let sign_in = SignIn::of(plan);
        let Some(place) = sign_in.place() else {
            out.note(&format!("Profile {profile} has no sign-in to sign out of"));
            continue;
        };
        let at = place.shown;
        if !done.insert(place.id) {
            continue;
        }
        match session.tools().and_then(|tools| sign_in.sign_out(&tools)) {
            Ok(true) => out.note(&sign_in.signed_out(&at)),
            Ok(false) => out.note(&format!("You were not signed in at {at}")),
            Err(failure) => keep(failure),
        }
    }
    first_failure
}

/// Tells what still lives, and the command that ends it: credentials of other profiles, and sign-ins.
fn say_alive(session: &Session<'_>, context: &Context, profiles: &[ProfileName]) {
    let (out, now, is_named) = (&context.output, context.now(), context.profile_is_named);
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
        out.note(&format!(
            "Still logged in: {name} until {until}: `{command}`"
        ));
    }
    let mut seen = BTreeSet::new();
    let installed = session.installed().unwrap_or_default();
    for profile in profiles.iter().chain(installed) {
        let context = context.with_profile(profile.clone());
        let session = session.of(&context);
        let Ok(plan) = session.plan() else {
            continue;
        };
        let sign_in = SignIn::of(plan);
        let (Some(place), Ok(Some(state))) = (sign_in.place(), sign_in.session(&context)) else {
            continue;
        };
        let until = match state.expires_at {
            _ if !seen.insert(place.id) => continue,
            Some(_) if state.renewable => ", renewed automatically".to_owned(),
            Some(end) if end > now => format!(" until {}", output::until(end, now)),
            _ => continue,
        };
        // Without a name it ends the sign-ins of all installed profiles.
        let command = match is_named {
            true => Command::new("logout --sso").option("--profile", profile),
            false => Command::new("logout --sso"),
        };
        out.note(&format!(
            "Still signed in at {}{until}: `{command}`",
            place.shown
        ));
    }
}

/// Returns the failure; if it is only about the key, says that the credentials are gone.
fn key_left(error: store::Error) -> Failure {
    let only_the_key = matches!(error, store::Error::Store { .. });
    let failure = Failure::from(error);
    match only_the_key {
        true => failure.cause(
            "the cached credentials were deleted; only their encryption key is left, which opens nothing now",
        ),
        false => failure,
    }
}
