//! `completions SHELL`: the script, on stdout.

use clap::CommandFactory as _;

use crate::cli::{Cli, Completions};
use crate::context::Context;
use crate::failure::Failure;

pub fn run(context: &Context, args: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "apono-login", &mut script);
    context.output.result(&String::from_utf8_lossy(&script))
}
