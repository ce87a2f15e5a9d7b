//! `help` and `version`: what `--help` and `--version` print.

use crate::cli::{self, Help};
use crate::context::Context;
use crate::failure::{Failure, Kind};

pub fn run(context: &Context, args: &Help) -> Result<(), Failure> {
    let mut command = cli::definition_with_overview();
    command.build();
    for name in &args.command {
        command = match command.find_subcommand(name) {
            Some(below) => below.clone(),
            None => return Err(not_found(&args.command)),
        };
    }
    let help = command.render_help();
    let out = &context.output;
    out.result(&match out.stdout().is_colored() {
        true => help.ansi().to_string(),
        false => help.to_string(),
    })
}

pub fn version(context: &Context) -> Result<(), Failure> {
    let version = cli::definition().render_version();
    context.output.result(&version)
}

fn not_found(command: &[String]) -> Failure {
    let command = command.join(" ");
    Failure::new(Kind::Usage, format!("command `{command}` not found"))
        .hint("list all commands with `apono-login help`")
}
