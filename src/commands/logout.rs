//! `logout`: forget cached credentials. What AWS issued stays valid until it expires; nobody has it any more.

use std::collections::BTreeSet;

use crate::cli::Logout;
use crate::context::Context;
use crate::failure::Failure;
use crate::names::ProfileName;
use crate::profile::plan::Source;
use crate::session::Session;
use crate::store;

pub fn run(context: &Context, args: &Logout) -> Result<(), Failure> {
    let session = Session::new(context)?;
    // First, for what is cached counts as installed. Whatever comes of it, the credentials go.
    let signed_out = match (args.sso, args.all) {
        (false, _) => Ok(()),
        (true, false) => sign_out(context, vec![context.profile.clone()]),
        (true, true) => session
            .installed()
            .and_then(|profiles| sign_out(context, profiles)),
    };
    let line = if args.all {
        match session.cache.forget_all().map_err(key_left)? {
            0 => "There was nothing to forget".to_owned(),
            1 => "Forgot the credentials of one profile, and the key".to_owned(),
            n => format!("Forgot the credentials of {n} profiles, and the key"),
        }
    } else if session.cache.forget(&session.slot).map_err(key_left)? {
        format!("Forgot the credentials of {}", context.profile)
    } else {
        format!("There was nothing to forget for {}", context.profile)
    };
    context.output.note(&line);
    signed_out
}

/// Ends the sign-ins of these profiles, each once.
fn sign_out(context: &Context, profiles: Vec<ProfileName>) -> Result<(), Failure> {
    let mut done = BTreeSet::new();
    let mut first_failure = Ok(());
    for profile in profiles {
        let context = context.with_profile(profile);
        let session = Session::new(&context)?;
        let plan = session.plan()?;
        let (out, profile) = (&context.output, &plan.profile);
        let (name, at) = match (&plan.source, plan.source.sso()) {
            (Source::Saml(saml), _) => (saml.url.folder_name(), saml.url.origin()),
            (_, Some(sso)) => (sso.named_by().to_owned(), sso.start_url.clone()),
            _ => {
                out.note(&format!("{profile} has no sign-in to end"));
                continue;
            }
        };
        if !done.insert(name) {
            continue;
        }
        let signed_out = match (&plan.source, plan.source.sso()) {
            (Source::Saml(saml), _) => session.forget_browser(&plan, saml),
            (_, Some(sso)) => session.sign_out(sso),
            _ => continue,
        };
        match signed_out {
            Ok(true) => out.note(&format!("Signed out at {at}")),
            Ok(false) => out.note(&format!("Nobody was signed in at {at}")),
            Err(failure) if first_failure.is_ok() => first_failure = Err(failure),
            Err(failure) => out.failure(&failure),
        }
    }
    first_failure
}

fn key_left(error: store::Error) -> Failure {
    let only_the_key = matches!(error, store::Error::Store { .. });
    let failure = Failure::from(error);
    match only_the_key {
        true => failure.cause(
            "the credentials are forgotten; the key that sealed them is still there, with nothing left to open",
        ),
        false => failure,
    }
}
