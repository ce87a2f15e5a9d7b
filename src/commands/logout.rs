//! `logout`: deletes cached credentials, and says what still lives. Deleted ones stay valid at AWS until they expire, but no copy is
//! left here.

use std::collections::BTreeSet;

use super::alive;
use crate::cli::Logout;
use crate::context::Context;
use crate::failure::Failure;
use crate::names::ProfileName;
use crate::session::Session;
use crate::session::choice::{self, Accepts};
use crate::signin::{SignIn, sso};
use crate::store;

pub fn run(context: &Context, args: &Logout) -> Result<(), Failure> {
    let session = Session::new(context)?;
    session.remove_leftovers();
    let profiles = profiles(&session, context, args)?;
    // First, because profiles with cached credentials count as installed. If it fails, the credentials are deleted all the same.
    let signed_out = match args.sso {
        true => {
            let is_named = context.profile_is_named && !args.all;
            sign_out(&session, context, &profiles, is_named)
        }
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
    alive::say(&session, context, &profiles);
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

/// Signs out of each sign-in that these profiles use, once; if none is named, of those that no installed profile uses, too. A
/// failure does not stop the others.
fn sign_out(
    session: &Session<'_>,
    context: &Context,
    profiles: &[ProfileName],
    is_named: bool,
) -> Result<(), Failure> {
    // Looked for first, because a sign-out deletes what tells them from those of other tools.
    let unused = match is_named {
        true => Vec::new(),
        false => alive::unused(session, context, profiles).unwrap_or_default(),
    };
    let exists = |profile: &&ProfileName| {
        let files = session.files();
        files.map_or(true, |files| {
            files.profiles().get_profile(profile.as_str()).is_some()
        })
    };
    let profiles = profiles.iter();
    let profiles: Vec<_> = profiles.filter(|name| is_named || exists(name)).collect();
    if profiles.is_empty() && unused.is_empty() {
        context.output.note("Nothing to sign out of");
        return Ok(());
    }
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
    for own in unused {
        let tools = session.tools();
        match tools.and_then(|tools| sso::sign_out_of(&tools.sources(own.region.clone())?, &own)) {
            Ok(true) => context
                .output
                .note(&format!("Signed out at {}", own.start_url)),
            Ok(false) => {}
            Err(failure) => keep(failure),
        }
    }
    first_failure
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
