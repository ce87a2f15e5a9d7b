//! `logout`: deletes cached credentials. They stay valid at AWS until they expire, but no copy is left here.

use std::collections::BTreeSet;

use crate::cli::Logout;
use crate::context::Context;
use crate::failure::Failure;
use crate::names::ProfileName;
use crate::session::Session;
use crate::signin::SignIn;
use crate::store;

pub fn run(context: &Context, args: &Logout) -> Result<(), Failure> {
    let session = Session::new(context)?;
    session.remove_leftovers();
    // First, because profiles with cached credentials count as installed. If it fails, the credentials are deleted all the same.
    let signed_out = match (args.sso, args.all) {
        (false, _) => Ok(()),
        (true, false) => sign_out(&session, context, std::slice::from_ref(&context.profile)),
        (true, true) => session
            .installed()
            .and_then(|profiles| sign_out(&session, context, profiles)),
    };
    let line = if args.all {
        match session.cache.forget_all().map_err(key_left)? {
            0 => "No cached credentials to delete".to_owned(),
            1 => "Deleted the cached credentials of 1 profile, and the key of the cache".to_owned(),
            n => {
                format!("Deleted the cached credentials of {n} profiles, and the key of the cache")
            }
        }
    } else if session
        .cache
        .forget(std::slice::from_ref(&session.slot))
        .map_err(key_left)?
    {
        format!("Deleted the cached credentials of {}", context.profile)
    } else {
        format!("No cached credentials of {} to delete", context.profile)
    };
    context.output.note(&line);
    signed_out
}

/// Signs out of each sign-in that these profiles use, once.
fn sign_out(
    session: &Session<'_>,
    context: &Context,
    profiles: &[ProfileName],
) -> Result<(), Failure> {
    let mut done = BTreeSet::new();
    let mut first_failure = Ok(());
    for profile in profiles {
        let context = context.with_profile(profile.clone());
        let session = session.of(&context);
        let plan = session.plan()?;
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
        match sign_in.sign_out(&session.tools()?) {
            Ok(true) => out.note(&sign_in.signed_out(&at)),
            Ok(false) => out.note(&format!("You were not signed in at {at}")),
            Err(failure) if first_failure.is_ok() => first_failure = Err(failure),
            Err(failure) => out.failure(&failure),
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
