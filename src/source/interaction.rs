//! Who can be asked to sign in, and how.

use std::time::Duration;

use crate::context::Context;
use crate::profile::plan::Plan;

/// How long a person may take.
pub const LONGEST_SIGN_IN: Duration = Duration::from_secs(600);

/// Who can be asked to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Interaction {
    /// Nobody.
    #[default]
    None,
    /// Somebody at the terminal of a program that runs us.
    ThroughProgram(SignInOptions),
    /// Who typed the command.
    Direct(SignInOptions),
}

impl Interaction {
    /// For a command that is not about signing in: the person it was typed by, if there is a terminal.
    pub fn at_terminal(context: &Context) -> Self {
        match context.can_ask {
            true => Interaction::Direct(SignInOptions::default()),
            false => Interaction::None,
        }
    }

    /// For a command that another program runs: the person at that program's terminal, if it has one.
    pub fn through_program(context: &Context) -> Self {
        match context.can_ask {
            true => Interaction::ThroughProgram(SignInOptions::default()),
            false => Interaction::None,
        }
    }

    /// Returns who may be asked to sign in: not the user of another program, unless the profile allows it.
    pub fn permitted_by(self, plan: &Plan) -> Self {
        match self {
            Interaction::ThroughProgram(_) if !plan.interactive => Interaction::None,
            interaction => interaction,
        }
    }
}

/// How the person wants to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignInOptions {
    pub device_code: bool,
    pub no_browser: bool,
}
