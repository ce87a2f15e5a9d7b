//! Whether the user can be asked to sign in, and how.

use std::time::Duration;

use crate::cli;
use crate::context::Context;
use crate::profile::plan::Plan;

/// How long a sign-in may take.
pub const LONGEST_SIGN_IN: Duration = Duration::from_secs(600);

/// Whether the user can be asked to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Interaction {
    /// The user cannot be asked.
    #[default]
    None,
    /// Another program runs this command, and the user is at its terminal.
    ThroughProgram(SignInOptions),
    /// The user typed this command.
    Direct(SignInOptions),
}

impl Interaction {
    /// Returns the interaction of a command that logs in, as its flags say.
    pub fn typed(flags: cli::SignIn) -> Self {
        Interaction::Direct(SignInOptions {
            device_code: flags.device_code,
            no_browser: flags.no_browser,
            anew: flags.is_anew(),
            switch_user: flags.switch_user,
        })
    }

    /// Returns how the user wants to sign in, if a new sign-in was asked for.
    pub fn anew(self) -> Option<SignInOptions> {
        match self {
            Interaction::Direct(options) if options.anew => Some(options),
            _ => None,
        }
    }

    /// Returns the interaction after a new sign-in: another one is only for what needs it.
    pub fn signed_in(self) -> Self {
        match self {
            Interaction::Direct(options) => Interaction::Direct(SignInOptions {
                anew: false,
                switch_user: false,
                ..options
            }),
            other => other,
        }
    }

    /// Returns the interaction of a typed command that is not about signing in: the user is asked if there is a terminal.
    pub fn at_terminal(context: &Context) -> Self {
        let asked = || Interaction::Direct(SignInOptions::default());
        context.can_ask.then(asked).unwrap_or_default()
    }

    /// Returns the interaction of a command that another program runs: the user is asked if that program has a terminal.
    pub fn through_program(context: &Context) -> Self {
        let asked = || Interaction::ThroughProgram(SignInOptions::default());
        context.can_ask.then(asked).unwrap_or_default()
    }

    /// Returns who may be asked to sign in: not the user of another program, unless the profile allows it.
    pub fn permitted_by(self, plan: &Plan) -> Self {
        match self {
            Interaction::ThroughProgram(_) if !plan.interactive => Interaction::None,
            interaction => interaction,
        }
    }
}

/// How the user wants to sign in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignInOptions {
    pub device_code: bool,
    pub no_browser: bool,
    /// A valid sign-in is not used.
    pub anew: bool,
    /// The present sign-in is ended first.
    pub switch_user: bool,
}
