//! What a user is told when something goes wrong: error, cause, hint and an exit code.
//!
//! Owns the shape and the exit codes. What a module's own error means for a user is said in
//! [`crate::explain`].

use std::process::ExitCode;

use serde::Serialize;

/// Whose turn it is, and so which exit code is given. The codes are part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Refused or misconfigured: somebody has to change something.
    Refused = 1,
    /// The command line is not one we understand.
    Usage = 2,
    /// The person has to sign in again.
    SignInNeeded = 3,
    /// Network trouble or throttling: trying again helps.
    Network = 4,
    /// A fault in this program.
    Bug = 70,
}

/// Whose it is to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// Who reads the failure.
    You,
    /// Who made the role.
    AwsAdmin,
    /// Who maps the role into the cluster, and keeps the cluster reachable.
    ClusterAdmin,
    /// Nobody has to mend anything: access has to be requested in Apono.
    AponoRequest,
    /// AWS, where it passes by itself.
    Aws,
    /// Who made this program.
    AponoLogin,
}

impl Owner {
    pub fn name(self) -> &'static str {
        match self {
            Owner::You => "you",
            Owner::AwsAdmin => "your AWS admin",
            Owner::ClusterAdmin => "your cluster admin",
            Owner::AponoRequest => "nobody's: it takes a request in Apono",
            Owner::Aws => "AWS's: it passes",
            Owner::AponoLogin => "apono-login's: a bug to report",
        }
    }
}

/// A failure as the user sees it.
#[derive(Debug)]
pub struct Failure {
    pub kind: Kind,
    pub owner: Owner,
    /// What happened.
    pub error: String,
    /// Why, outermost first. May hold remote text: [`crate::output`] cleans it.
    pub causes: Vec<String>,
    /// What to do about it, one step a line.
    pub hints: Vec<String>,
}

impl Failure {
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
        }
    }

    pub fn refused(error: impl Into<String>) -> Self {
        Self::new(Kind::Refused, error)
    }

    /// It is this one's to mend, not the reader's.
    pub fn for_the(mut self, owner: Owner) -> Self {
        self.owner = owner;
        self
    }

    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// For whoever reads the stderr of another program, many times over: what happened, why and what to do in one line.
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
        ExitCode::from(self.kind as u8)
    }
}
