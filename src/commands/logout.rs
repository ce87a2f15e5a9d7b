//! `logout`: forget cached credentials. What AWS issued stays valid until it expires; nobody has it any more.

use crate::cli::Logout;
use crate::context::Context;
use crate::failure::Failure;
use crate::session::Session;

pub fn run(context: &Context, args: &Logout) -> Result<(), Failure> {
    let session = Session::new(context)?;
    let line = if args.all {
        match session.cache.forget_all()? {
            0 => "There was nothing to forget".to_owned(),
            1 => "Forgot the credentials of one profile, and the key".to_owned(),
            n => format!("Forgot the credentials of {n} profiles, and the key"),
        }
    } else if session.cache.forget(&session.slot)? {
        format!("Forgot the credentials of {}", context.profile)
    } else {
        format!("There was nothing to forget for {}", context.profile)
    };
    context.output.note(&line);
    Ok(())
}
