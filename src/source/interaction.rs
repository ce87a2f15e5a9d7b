//! Who can be asked to sign in, and how.

use std::time::Duration;

use crate::context::Context;

/// How long a person may take.
pub const LONGEST_SIGN_IN: Duration = Duration::from_secs(600);

/// Who can be asked to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Interaction {
    /// Nobody.
    #[default]
    Absent,
    /// Somebody at the terminal of a program that runs us.
    Behind(SignInOptions),
    /// Who typed the command.
    Present(SignInOptions),
}

impl Interaction {
    /// For a command that is not about signing in: the person it was typed by, if there is a terminal.
    pub fn at_terminal(context: &Context) -> Self {
        match context.can_ask {
            true => Interaction::Present(SignInOptions::default()),
            false => Interaction::Absent,
        }
    }

    /// For a command that another program runs: the person at that program's terminal, if it has one.
    pub fn behind(context: &Context) -> Self {
        match context.can_ask {
            true => Interaction::Behind(SignInOptions::default()),
            false => Interaction::Absent,
        }
    }
}

/// How the person wants to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignInOptions {
    pub device_code: bool,
    pub no_browser: bool,
}
