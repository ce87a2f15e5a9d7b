//! `policy`.

use crate::cli::Policy;
use crate::context::Context;
use crate::failure::{Failure, Kind};

pub fn run(_context: &Context, _args: &Policy) -> Result<(), Failure> {
    Err(Failure::new(Kind::Bug, "not written yet"))
}
