//! `refresh-ahead`: renews credentials before they expire. Started by the commands that take them from the cache, typed and
//! waited for by nobody.

use crate::context::Context;
use crate::failure::Failure;
use crate::session::Session;
use crate::sys::process;

pub fn run(context: &Context) -> Result<(), Failure> {
    process::detach();
    Session::new(context)?.refresh_ahead()
}
