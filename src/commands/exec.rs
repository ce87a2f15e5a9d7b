//! `exec -- CMD`: runs a command with the role's credentials in its environment, and ends with its exit status.

use std::io::ErrorKind;
use std::path::Path;
use std::process::ExitCode;

use super::export_credentials::variables;
use crate::cli::Exec;
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::session::{Request, Session};
use crate::signin::interaction::Interaction;
use crate::sys::system::System;
use crate::sys::{process, program};

/// Exit status of a command that was found and could not be run, as shells have it.
const NOT_EXECUTABLE: u8 = 126;
/// Exit status of a command that was not found, as shells have it.
const NOT_FOUND: u8 = 127;

pub fn run(context: &Context, args: &Exec) -> Result<ExitCode, Failure> {
    let Some((program, arguments)) = args.command.split_first() else {
        return Err(Failure::new(Kind::Usage, "no command to run")
            .hint("run `apono-login exec -- CMD` with a command in place of CMD"));
    };
    let session = Session::new(context)?;
    let grant = session.credentials(Request {
        may_ask: true,
        interaction: Interaction::at_terminal(context),
        ..Request::default()
    })?;
    let mut command = process::command(program);
    command.args(arguments);
    command.envs(variables(&grant));
    // Some tools prefer a profile to credentials in the environment.
    command
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_DEFAULT_PROFILE");
    if let (None, Some(region)) = (context.env_region()?, &grant.header.region) {
        command
            .env("AWS_REGION", region)
            .env("AWS_DEFAULT_REGION", region);
    }
    drop((grant, session));
    let error = process::replace(command);
    let program = program.to_string_lossy();
    let found = program::find(&program, &context.search_path(), System::THIS).is_some();
    let (failure, status) = not_run(&program, found, &error);
    context.output.failure(&failure);
    Ok(ExitCode::from(status))
}

/// Returns what to tell, and the exit status, when a command could not be run. A script that was `found` may name an
/// interpreter that was not.
fn not_run(program: &str, found: bool, error: &std::io::Error) -> (Failure, u8) {
    let is_path = Path::new(program).components().count() > 1;
    let failure = Failure::refused(format!("could not run {program}"));
    let failure = failure.cause(match error.kind() {
        ErrorKind::NotFound if !found && !is_path => format!("{program} not found on PATH"),
        _ => error.to_string(),
    });
    match error.kind() {
        ErrorKind::NotFound => (
            failure.hint("check the name of the command, and that it is on your PATH"),
            NOT_FOUND,
        ),
        _ => (
            failure.hint("check that the file is a program, and that you may execute it"),
            NOT_EXECUTABLE,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_shells() {
        for (kind, expected) in [
            (ErrorKind::NotFound, 127),
            (ErrorKind::PermissionDenied, 126),
            (ErrorKind::IsADirectory, 126),
            (ErrorKind::Other, 126),
        ] {
            let (failure, status) = not_run("x", false, &kind.into());
            assert_eq!(status, expected, "{kind}");
            assert_eq!(failure.error, "could not run x");
        }
    }
}
