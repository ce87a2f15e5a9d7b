//! `refresh-ahead`: refreshes cached credentials before they expire. The commands that use the cache start it in the
//! background; users do not run it.

use crate::context::Context;
use crate::failure::Failure;
use crate::session::Session;
use crate::sys::process;

pub fn run(context: &Context) -> Result<(), Failure> {
    process::detach();
    Session::new(context)?.refresh_ahead()
}
