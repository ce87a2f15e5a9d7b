//! `doctor`.

use crate::cli::Doctor;
use crate::context::Context;
use crate::failure::{Failure, Kind};

pub fn run(_context: &Context, _args: &Doctor) -> Result<(), Failure> {
    Err(Failure::new(Kind::Bug, "not written yet"))
}
