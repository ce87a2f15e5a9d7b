//! Asking on the terminal, and what a command line without one has to say.

use std::str::FromStr;

use super::{Asking, idp, refused};
use crate::failure::{Failure, Kind};
use crate::names;
use crate::sys::prompt;

/// Invalid answers to one question before the command gives up.
const TRIES: usize = 3;

impl Asking<'_> {
    /// Returns the value if it is known, else asks for it.
    pub(super) fn or_ask<T: FromStr<Err = names::Error>>(
        &self,
        value: Option<T>,
        question: &str,
    ) -> Result<T, Failure> {
        match value {
            Some(value) => Ok(value),
            None => self.ask(question, |answer| answer.parse()),
        }
    }

    /// Asks until `read` accepts the answer, or until [`TRIES`] answers were invalid.
    ///
    /// # Errors
    /// No valid answer came.
    pub(super) fn ask<T>(
        &self,
        question: &str,
        read: impl Fn(&str) -> Result<T, names::Error>,
    ) -> Result<T, Failure> {
        let mut tries = 1;
        loop {
            let answer = prompt::ask(question).map_err(|error| {
                Failure::refused("could not read your answer; nothing was changed")
                    .cause(error.to_string())
            })?;
            match read(&answer) {
                Ok(value) => return Ok(value),
                Err(error) if tries == TRIES => return Err(refused(error)),
                Err(error) => self.context.output.note(&error.to_string()),
            }
            tries += 1;
        }
    }
}

/// Refuses a command line without a terminal that lacks flags. `missing` says of each flag whether it is missing.
pub(super) fn check_complete<const N: usize>(missing: [(&str, bool); N]) -> Result<(), Failure> {
    let missing = missing.into_iter().filter(|(_, is_missing)| *is_missing);
    let missing: Vec<_> = missing.map(|(flag, _)| flag).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let with_values = missing
        .iter()
        .map(|flag| format!("{flag} {}", example(flag)));
    let with_values = with_values.collect::<Vec<_>>().join(" ");
    let (flags, them, yours) = match missing.len() {
        1 => ("flag", "value", "value"),
        _ => ("flags", "values", "values"),
    };
    Err(Failure::new(
        Kind::Usage,
        format!("missing {flags}: {}", missing.join(", ")),
    )
    .cause(format!("there is no terminal to ask for the {them}"))
    .hint(format!("add your {yours}, for example `{with_values}`")))
}

/// A value that shows what the flag takes.
fn example(flag: &str) -> &'static str {
    match flag {
        "--account-id" => "111122223333",
        "--email" => "alice@example.com",
        "--region" => "eu-west-1",
        "--sso-start-url" => "https://example.awsapps.com/start",
        "--sso-role-name" => "Engineer",
        flag => idp::example(flag),
    }
}
