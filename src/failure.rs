//! What a user is told when something goes wrong: error, cause, hint and an exit code.
//!
//! Owns the shape and the exit codes. What the errors of each module mean for a user is in its `explain`.

pub mod command;
pub mod files;
pub mod hints;

use std::process::ExitCode;

use serde::Serialize;

/// The kind of a failure, which decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Refused or misconfigured: the same command fails again until something is changed.
    Refused,
    /// The portal does not assign the permission set to the user: nothing is broken, and access may come later.
    NotAssigned {
        /// Another one of the account is assigned: the permission set may be the wrong one.
        has_another: bool,
    },
    /// The command line or a variable in its place is invalid.
    Usage,
    /// The user has to sign in again.
    SignInNeeded,
    /// The network failed, or AWS is limiting requests: trying again helps.
    Network,
    /// Another program is using the same file: trying again helps.
    Busy,
    /// A bug in this program.
    Bug,
}

impl Kind {
    /// Returns the exit code. The codes are part of the interface.
    pub fn code(self) -> u8 {
        match self {
            Kind::Refused | Kind::NotAssigned { .. } => 1,
            Kind::Usage => 2,
            Kind::SignInNeeded => 3,
            Kind::Network | Kind::Busy => 4,
            Kind::Bug => 70,
        }
    }
}

/// Who can fix a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The user of this computer.
    You,
    /// Whoever manages the role.
    AwsAdmin,
    /// Whoever assigns roles and sets up the app for AWS at the identity provider.
    IdpAdmin,
    /// Whoever maps the role in the cluster, and keeps the cluster reachable.
    ClusterAdmin,
    /// Nothing is broken: access has to be requested in Apono.
    AponoRequest,
    /// AWS, where waiting is enough.
    Aws,
    /// The authors of this program.
    AponoLogin,
}

impl Owner {
    /// Returns the owner as it stands behind `fix:`.
    pub fn name(self) -> &'static str {
        match self {
            Owner::You => "you",
            Owner::AwsAdmin => "your AWS admin",
            Owner::IdpAdmin => "your IdP admin",
            Owner::ClusterAdmin => "your cluster admin",
            Owner::AponoRequest => "request access in Apono",
            Owner::Aws => "AWS (temporary)",
            Owner::AponoLogin => "apono-login (bug)",
        }
    }
}

/// A failure as the user sees it.
#[derive(Debug, Serialize)]
pub struct Failure {
    #[serde(skip)]
    pub kind: Kind,
    pub owner: Owner,
    /// What happened.
    pub error: String,
    /// Why, outermost first. May hold remote text: [`crate::output`] cleans it.
    pub causes: Vec<String>,
    /// What to do about it, one action each.
    pub hints: Vec<String>,
    /// Texts of other programs in it, which may hold anything, each with what stands for it in files.
    #[serde(skip)]
    pub foreign: Vec<(String, String)>,
}

impl Failure {
    /// Returns a failure for the user to fix, or a bug.
    pub fn new(kind: Kind, error: impl Into<String>) -> Self {
        Failure {
            kind,
            owner: match kind {
                Kind::Bug => Owner::AponoLogin,
                _ => Owner::You,
            },
            error: error.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            foreign: Vec::new(),
        }
    }

    pub fn refused(error: impl Into<String>) -> Self {
        Self::new(Kind::Refused, error)
    }

    /// Sets who can fix it, where that is not the user.
    pub fn for_the(mut self, owner: Owner) -> Self {
        self.owner = owner;
        self
    }

    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(on_one_line(cause.into()));
        self
    }

    /// Adds a cause with the text of another program, which may hold anything: it is shown, and `plain` stands for it in files.
    pub fn cause_of_program(self, cause: impl Into<String>, plain: impl Into<String>) -> Self {
        let mut failure = self.cause(cause);
        let shown = failure.causes.last().cloned().unwrap_or_default();
        failure.foreign.push((shown, plain.into()));
        failure
    }

    /// Returns a line of it as it may be stored in a file: without texts of other programs.
    pub fn to_store(&self, line: &str) -> String {
        let texts = self.foreign.iter().filter(|(shown, _)| !shown.is_empty());
        texts.fold(line.to_owned(), |line, (shown, plain)| {
            line.replace(shown, plain)
        })
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hints::as_typed(hint.into()));
        self
    }

    /// Puts what happened, why and what to do into one line. For kubectl and AWS tools, which print the stderr of a plugin,
    /// and do so many times.
    pub fn in_a_line(mut self) -> Self {
        let cause = self.causes.first();
        let cause = cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
        let hint = self.hints.first();
        let hint = hint.map(|hint| format!(": {hint}")).unwrap_or_default();
        self.error = format!("{}{cause}{hint}", self.error);
        self.causes.clear();
        self.hints.clear();
        self
    }

    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.kind.code())
    }
}

/// Returns the text with its line breaks, and the blanks around them, as single blanks: other programs and services write on
/// several lines.
fn on_one_line(text: String) -> String {
    match text.contains('\n') {
        true => {
            let lines = text.lines().map(str::trim);
            let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
            lines.join(" ")
        }
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_one_line() {
        let failure = Failure::refused("a").cause("x:\r\n  y\n\nz\n").cause(" x ");
        assert_eq!(failure.causes, ["x: y z", " x "]);
    }

    #[test]
    fn the_text_of_a_program_is_shown_and_not_stored() {
        let failure = Failure::refused("a").cause_of_program("p failed:\nhunter2", "p failed");
        let failure = failure.cause("b");
        assert_eq!(failure.causes, ["p failed: hunter2", "b"]);
        let stored = failure.causes.iter().map(|cause| failure.to_store(cause));
        assert_eq!(stored.collect::<Vec<_>>(), ["p failed", "b"]);
        let line = "a (p failed: hunter2)";
        assert_eq!(failure.to_store(line), "a (p failed)");
    }
}
