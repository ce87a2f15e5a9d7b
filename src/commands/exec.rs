//! `exec -- CMD`: runs a command with the role's credentials in its environment, and ends with its exit status.

use std::io::{Error, ErrorKind};
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
    let found = program::named(
        program,
        &context.search_path(),
        context.pathext().as_deref(),
        System::THIS,
    );
    let mut command = process::command(match (&found, System::THIS) {
        // It finds no batch files by their bare name, and looks beside this program first.
        (Some(found), System::Windows) => found.as_os_str(),
        _ => program.as_os_str(),
    });
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
    let error = match (&found, System::THIS) {
        (None, System::Windows) => ErrorKind::NotFound.into(),
        _ => process::replace(command),
    };
    let program = program.to_string_lossy();
    let (failure, status) = not_run(&program, found.as_deref(), &error, System::THIS);
    context.output.failure(&failure);
    Ok(ExitCode::from(status))
}

/// Returns what to tell, and the exit status, when a command could not be run. A script that was `found` may name an
/// interpreter that was not.
fn not_run(program: &str, found: Option<&Path>, error: &Error, system: System) -> (Failure, u8) {
    let is_bare = program::is_bare(Path::new(program));
    let is_batch = found.is_some_and(program::is_batch_file);
    let failure = Failure::refused(format!("could not run {program}"));
    let failure = failure.cause(match error.kind() {
        ErrorKind::NotFound if found.is_none() && is_bare => format!("{program} not found on PATH"),
        ErrorKind::NotFound if found.is_none() => format!("{program} not found"),
        ErrorKind::InvalidInput if is_batch && system == System::Windows => {
            format!("{program} is a batch file, which cannot take an argument with a line break")
        }
        _ => error.to_string(),
    });
    match error.kind() {
        ErrorKind::NotFound => {
            let failure = failure.hint(match is_bare {
                true => "check the name of the command, and that it is on your PATH",
                false => "check the path of the command",
            });
            let failure = match system {
                System::Windows if is_bare => {
                    failure.hint("if it is a command of cmd.exe, put `cmd /c` before it")
                }
                _ => failure,
            };
            (failure, NOT_FOUND)
        }
        ErrorKind::InvalidInput if is_batch && system == System::Windows => (
            failure.hint("put the text into a file, and pass the path of the file"),
            NOT_EXECUTABLE,
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
            (ErrorKind::InvalidInput, 126),
            (ErrorKind::Other, 126),
        ] {
            for system in [System::Linux, System::Windows] {
                let (failure, status) = not_run("x", None, &kind.into(), system);
                assert_eq!(status, expected, "{kind}");
                assert_eq!(failure.error, "could not run x");
            }
        }
    }

    #[test]
    fn what_only_windows_has_is_said_there() {
        let said = |program, found: Option<&str>, kind: ErrorKind, system| {
            let (failure, _) = not_run(program, found.map(Path::new), &kind.into(), system);
            format!("{}; {}", failure.causes.join(" "), failure.hints.join("; "))
        };
        let (missing, invalid) = (ErrorKind::NotFound, ErrorKind::InvalidInput);
        let dir = said("dir", None, missing, System::Windows);
        assert!(dir.contains("`cmd /c`"), "{dir}");
        let dir = said("dir", None, missing, System::Linux);
        assert!(!dir.contains("cmd"), "{dir}");
        let path = said("./aws", None, missing, System::Windows);
        assert_eq!(path, "./aws not found; check the path of the command");
        let batch = said("aws", Some("/1/aws.cmd"), invalid, System::Windows);
        assert!(
            batch.starts_with("aws is a batch file, which cannot"),
            "{batch}"
        );
    }
}
