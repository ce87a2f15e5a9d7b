//! `logout`: forget cached credentials. What AWS issued stays valid until it expires; nobody has it any more.

use crate::cli::Logout;
use crate::context::Context;
use crate::failure::Failure;
use crate::session::Session;
use crate::store;

pub fn run(context: &Context, args: &Logout) -> Result<(), Failure> {
    let session = Session::new(context)?;
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
    Ok(())
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
