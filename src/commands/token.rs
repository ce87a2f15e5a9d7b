//! `token`.

use crate::cli::Token;
use crate::context::Context;
use crate::failure::{Failure, Kind};

pub fn run(_context: &Context, _args: &Token) -> Result<(), Failure> {
    Err(Failure::new(Kind::Bug, "not written yet"))
}
