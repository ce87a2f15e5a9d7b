//! `help` and `version`: what `--help` and `--version` print.

use clap::error::ErrorKind;

use crate::cli::{self, Help};
use crate::context::Context;
use crate::failure::{Failure, Kind};

/// What `--version` prints.
pub const VERSION: &str = concat!("apono-login ", env!("CARGO_PKG_VERSION"), "\n");

pub fn run(context: &Context, args: &Help) -> Result<(), Failure> {
    let words = ["apono-login"]
        .into_iter()
        .chain(args.command.iter().map(String::as_str));
    let parsed = cli::definition_with_overview().try_get_matches_from(words.chain(["--help"]));
    let help = match parsed {
        Err(error) if error.kind() == ErrorKind::DisplayHelp => error.render(),
        _ => return Err(not_found(&args.command)),
    };
    let out = &context.output;
    out.result(&match out.stdout().is_colored() {
        true => help.ansi().to_string(),
        false => help.to_string(),
    })
}

pub fn version(context: &Context) -> Result<(), Failure> {
    context.output.result(VERSION)
}

fn not_found(command: &[String]) -> Failure {
    let command = command.join(" ");
    Failure::new(Kind::Usage, format!("command `{command}` not found"))
        .hint("list all commands with `apono-login help`")
}
