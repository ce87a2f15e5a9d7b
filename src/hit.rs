//! Answers what the cache knows, without anything that a hit does not need: no definition of the command line, no config files, no
//! other program. Whatever is not the plain case is left to the whole program, with the errors that it may have.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::cli::{Command, routine};
use crate::commands::{export_credentials, get_token, help, status};
use crate::context::Context;
use crate::credentials::Secret;
use crate::session::Session;

/// Runs the command. `None` if it is another one, or the cache does not answer it; then nothing was printed or changed.
pub fn answer(words: &[OsString]) -> Option<ExitCode> {
    let cli = routine::read(words)?;
    let context = Context::new(&cli.global, cli.uses_profile()).ok()?;
    let (text, code) = found(&cli.command?, &context)?;
    // From here on a failure is final: part of the text may have been written.
    Some(match context.output.result(text.reveal()) {
        Ok(()) => code,
        Err(failure) => crate::report(context.output, &failure),
    })
}

/// Returns what is to be printed, and the exit code.
fn found(command: &Command, context: &Context) -> Option<(Secret, ExitCode)> {
    let session = || Session::new(context).ok();
    let text = match command {
        Command::Version => Secret::new(help::VERSION),
        Command::GetToken(args) => {
            let asked = get_token::Asked::new(context, args).ok()?;
            asked.answer(context, &session()?.at_hand()?).ok()?
        }
        Command::ExportCredentials(args) => {
            export_credentials::render(args.format, &session()?.at_hand()?)
        }
        Command::Status(_) => {
            let (line, code) = status::short_at_hand(context, &session()?)?;
            return Some((Secret::new(line), code));
        }
        _ => return None,
    };
    Some((text, ExitCode::SUCCESS))
}
