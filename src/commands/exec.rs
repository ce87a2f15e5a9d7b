//! `exec -- CMD`: runs a command with the role's credentials in its environment. Its exit status is ours.

use std::process::{Command, ExitCode};

use super::export_credentials::variables;
use crate::cli::Exec;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::session::{Request, Session};
use crate::source::interaction::Interaction;
use crate::sys::process;

pub fn run(context: &Context, args: &Exec) -> Result<ExitCode, Failure> {
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Failure::new(Kind::Usage, "there is no command to run")
            .hint("apono-login exec -- COMMAND"));
    };
    let session = Session::new(context)?;
    let grant = session.credentials(Request {
        may_ask: true,
        interaction: Interaction::at_terminal(context),
        ..Request::default()
    })?;
    let mut command = Command::new(program);
    command.args(arguments);
    command.envs(variables(&grant.credentials));
    // A profile would go before the credentials in some tools.
    command
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_DEFAULT_PROFILE");
    if let (None, Some(region)) = (context.env_region()?, &grant.header.region) {
        command
            .env("AWS_REGION", region)
            .env("AWS_DEFAULT_REGION", region);
    }
    drop(grant);
    process::restore_core_limit();
    let program = program.to_string_lossy().into_owned();
    become_it(command).map_err(|error| {
        Failure::refused(format!("{program} could not be run"))
            .cause(error.to_string())
            .hint("check the command behind --, and that it is on your PATH")
    })
}

/// On Unix the command takes our place: signals, terminal and exit status are its own.
#[cfg(unix)]
fn become_it(mut command: Command) -> std::io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> std::io::Result<ExitCode> {
    let status = command.status()?;
    std::process::exit(status.code().unwrap_or(1))
}
