//! What the user is told to run next, where only the user can go on.

use super::lock::NotAsked;
use crate::failure::command::Command;
use crate::failure::hints::{self, SIGN_IN_NEEDED};
use crate::failure::{Failure, Kind};
use crate::names::ProfileName;
use crate::output;

/// What to run once the problem is fixed.
#[derive(Debug, Clone, Copy)]
pub enum Next<'a> {
    /// Log in to the profile, which is installed.
    Login(&'a ProfileName),
    /// Run the same `install` again: the profile is not written yet.
    Install,
}

impl Next<'_> {
    pub fn again(self) -> String {
        match self {
            Next::Login(profile) => Command::new("").profile(profile).run(),
            Next::Install => "run the same command again; nothing was written".to_owned(),
        }
    }

    /// Returns the same with more to do, such as "and allow access".
    pub fn again_with(self, more: &str) -> String {
        match self {
            Next::Login(profile) => format!("{} {more}", Command::new("").profile(profile).run()),
            Next::Install => format!("run the same command again {more}; nothing was written"),
        }
    }

    pub fn with_device_code(self) -> String {
        self.sign_in().flag("--device-code").run()
    }

    /// Returns what to do for a user who may have signed in as another one than was meant.
    pub fn as_another_user(self) -> [String; 2] {
        hints::as_another_user(self.sign_in(), None)
    }

    /// Returns the command that signs in.
    fn sign_in(self) -> Command {
        match self {
            Next::Login(profile) => Command::new("login").profile(profile),
            Next::Install => Command::typed(),
        }
    }
}

/// Returns the failure for want of a sign-in.
pub fn needed(cause: String) -> Failure {
    Failure::new(Kind::SignInNeeded, SIGN_IN_NEEDED).cause(cause)
}

/// Explains why the user was not asked to sign in at `place`. `had` names what an earlier sign-in there gave; `none` says that
/// there was none.
pub fn not_asked(error: NotAsked, place: &str, [had, none]: [&str; 2], next: Next<'_>) -> Failure {
    match error {
        NotAsked::SignedOut { ended: Some(ended) } => {
            needed(format!("{had} {place} expired at {}", output::at(ended))).hint(next.again())
        }
        NotAsked::SignedOut { ended: None } => needed(format!("{none} {place}")).hint(next.again()),
        NotAsked::CoolingDown => needed(format!(
            "the last sign-in at {place} failed less than a minute ago"
        ))
        .hint(next.again()),
        NotAsked::Asking => needed(format!("another program is signing in at {place}"))
            .hint("complete or stop that sign-in, then run this again"),
        NotAsked::Renewing => Failure::new(Kind::Network, format!("could not sign in at {place}"))
            .cause(error.to_string())
            .hint("run this again in a minute"),
    }
}
