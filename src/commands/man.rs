//! `man`.

use crate::cli::Man;
use crate::context::Context;
use crate::failure::{Failure, Kind};

pub fn run(_context: &Context, _args: &Man) -> Result<(), Failure> {
    Err(Failure::new(Kind::Bug, "not written yet"))
}
