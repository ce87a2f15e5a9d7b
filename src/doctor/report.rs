//! What `doctor` found, step by step, for people and for support tickets.

mod text;

use std::process::ExitCode;

use serde::Serialize;

use crate::failure::{Failure, hints};
pub use text::Layout;

/// Defines the steps from this computer to the cluster, in order: the name of each, and what it checks.
macro_rules! steps {
    ($($step:ident $name:literal $question:literal)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum Step {
            $(#[serde(rename = $name)] $step,)*
        }

        impl Step {
            const ALL: &[Step] = &[$(Step::$step),*];

            fn name(self) -> &'static str {
                match self { $(Step::$step => $name),* }
            }

            fn question(self) -> &'static str {
                match self { $(Step::$step => $question),* }
            }
        }
    };
}

steps! {
    Program    "program"    "can kubectl and AWS tools run apono-login?"
    Config     "config"     "can AWS tools read your config, and is the profile complete?"
    Network    "network"    "does AWS respond?"
    Clock      "clock"      "is this computer's clock right?"
    Source     "source"     "are the source credentials valid?"
    Identity   "identity"   "are you signed in as the profile's session name?"
    Role       "role"       "can you assume the role?"
    Cluster    "cluster"    "does the cluster exist, and may the role look it up?"
    Kubeconfig "kubeconfig" "does kubectl have a context for the cluster?"
    Endpoint   "endpoint"   "does the cluster respond to this computer?"
    Token      "token"      "is the token valid for the cluster?"
    Username   "username"   "which user does the cluster see?"
    Access     "access"     "what may you do in the cluster now?"
}

/// A step that passed: its value for the next steps, and what it found.
#[derive(Debug)]
pub struct Passed<T> {
    pub value: T,
    found: Found,
}

/// What a step found.
#[derive(Debug, Serialize)]
struct Found {
    /// In about 60 characters.
    #[serde(skip)]
    brief: String,
    /// With every value.
    detail: String,
    notes: Vec<Note>,
}

impl<T> Passed<T> {
    pub fn new(value: T, brief: impl Into<String>, detail: impl Into<String>) -> Self {
        let found = Found {
            brief: brief.into(),
            detail: detail.into(),
            notes: Vec::new(),
        };
        Passed { value, found }
    }

    /// Returns a step of which all that was found is short.
    pub fn brief(value: T, brief: impl Into<String>) -> Self {
        let brief = brief.into();
        Passed::new(value, brief.clone(), brief)
    }

    /// Adds what is good to know, shown with `--verbose`.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.found.notes.push(Note::Note(note.into()));
        self
    }

    /// Adds what is no fault here, but a danger or a fault elsewhere: always shown.
    pub fn warn(mut self, warning: impl Into<String>) -> Self {
        let warning = hints::as_typed(warning.into());
        self.found.notes.push(Note::Warning(warning));
        self
    }

    pub fn warnings(self, warnings: impl IntoIterator<Item = String>) -> Self {
        warnings.into_iter().fold(self, Self::warn)
    }
}

/// A remark on a step that passed.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Note {
    Note(String),
    Warning(String),
}

/// A step failed, and the report contains the failure.
#[derive(Debug)]
pub struct Stop;

/// Fields are part of the interface: add, do not rename.
#[derive(Debug, Serialize)]
pub struct Report {
    version: &'static str,
    profile: String,
    pub cluster: Option<String>,
    steps: Vec<Line>,
    failure: Option<Fault>,
    /// What works, where nothing failed.
    #[serde(skip)]
    pub conclusion: String,
    /// What to do next, where nothing failed.
    #[serde(skip)]
    hint: Option<String>,
}

#[derive(Debug, Serialize)]
struct Line {
    step: Step,
    state: State,
    #[serde(flatten)]
    found: Found,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Ok,
    Failed,
    NotReached,
}

#[derive(Debug, Serialize)]
struct Fault {
    step: Step,
    #[serde(flatten)]
    failure: Failure,
}

impl Report {
    pub fn new(profile: &str) -> Self {
        Report {
            version: env!("CARGO_PKG_VERSION"),
            profile: profile.to_owned(),
            cluster: None,
            steps: Vec::new(),
            failure: None,
            conclusion: String::new(),
            hint: None,
        }
    }

    /// Records how a step went.
    pub fn step<T>(&mut self, step: Step, result: Result<Passed<T>, Failure>) -> Result<T, Stop> {
        match result {
            Ok(Passed { value, found }) => {
                let state = State::Ok;
                self.steps.push(Line { step, state, found });
                Ok(value)
            }
            Err(failure) => Err(self.blame(step, failure)),
        }
    }

    /// Records a failure of this step, also of one which seemed to pass: the steps behind it then count as not reached.
    pub fn blame(&mut self, step: Step, failure: Failure) -> Stop {
        self.steps.retain(|line| line.step < step);
        self.line(step, State::Failed, failure.error.clone());
        self.failure = Some(Fault { step, failure });
        Stop
    }

    fn line(&mut self, step: Step, state: State, detail: String) {
        let Passed { found, .. } = Passed::brief((), detail);
        self.steps.push(Line { step, state, found });
    }

    /// Records that this step and the following ones are not checked, and how to have them checked.
    pub fn skip(&mut self, from: Step, why: &str, hint: String) {
        self.line(from, State::NotReached, why.to_owned());
        self.hint = Some(hint);
    }

    /// Records the steps that were not reached.
    pub fn close(&mut self) {
        let reached = self.steps.len();
        for step in Step::ALL.iter().skip(reached) {
            self.line(*step, State::NotReached, step.question().to_owned());
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        let fault = self.failure.as_ref();
        fault.map_or(ExitCode::SUCCESS, |fault| fault.failure.exit_code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Owner;
    use crate::output;

    pub(super) fn failed() -> Report {
        let mut report = Report::new("p");
        let program = Passed::new((), "here", "here, and with every value")
            .note("\u{1b}[31m")
            .warn("there may be trouble elsewhere, of which this warns in two lines");
        report.step(Step::Program, Ok(program)).unwrap();
        let failure = Failure::refused("could not read the config")
            .for_the(Owner::AwsAdmin)
            .cause("why")
            .hint("run `apono-login install --account-id 111122223333` in a terminal");
        let failed: Result<Passed<()>, _> = Err(failure);
        assert!(report.step(Step::Config, failed).is_err());
        report.close();
        report
    }

    #[test]
    fn json_has_every_step_and_note() {
        assert!(Step::ALL.is_sorted());
        let json: serde_json::Value = serde_json::from_str(&output::json(&failed())).unwrap();
        assert_eq!(json["steps"].as_array().unwrap().len(), 13);
        assert_eq!(json["steps"][0]["detail"], "here, and with every value");
        assert_eq!(json["steps"][0]["notes"][0], "\u{1b}[31m");
        assert_eq!(json["steps"][3]["state"], "not-reached");
        assert_eq!(json["failure"]["owner"], "aws-admin");
        assert_eq!(json["failure"]["step"], "config");
        let keys = |value: &serde_json::Value| {
            let keys = value.as_object().unwrap().keys();
            keys.cloned().collect::<Vec<_>>()
        };
        assert_eq!(
            keys(&json),
            ["cluster", "failure", "profile", "steps", "version"]
        );
        assert_eq!(
            keys(&json["steps"][0]),
            ["detail", "notes", "state", "step"]
        );
    }

    #[test]
    fn a_step_that_seemed_to_pass_can_be_blamed() {
        let mut report = Report::new("p");
        for step in [Step::Program, Step::Config, Step::Network] {
            report.step(step, Ok(Passed::brief((), ""))).unwrap();
        }
        report.blame(Step::Config, Failure::refused("after all"));
        report.close();
        assert_eq!(report.steps.len(), 13);
        assert_eq!(report.steps[1].state, State::Failed);
        assert_eq!(report.steps[2].state, State::NotReached);
    }
}
