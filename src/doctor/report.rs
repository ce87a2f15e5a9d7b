//! What `doctor` found, step by step, for people and for support tickets.

mod text;

use serde::Serialize;

use crate::failure::{Failure, Owner};
use crate::output;
pub use text::Layout;

/// The steps from this computer to the cluster, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    Program,
    Config,
    Network,
    Clock,
    Source,
    Identity,
    Role,
    Cluster,
    Kubeconfig,
    Endpoint,
    Token,
    Username,
    Access,
}

impl Step {
    const ALL: [Step; 13] = [
        Step::Program,
        Step::Config,
        Step::Network,
        Step::Clock,
        Step::Source,
        Step::Identity,
        Step::Role,
        Step::Cluster,
        Step::Kubeconfig,
        Step::Endpoint,
        Step::Token,
        Step::Username,
        Step::Access,
    ];

    fn name(self) -> &'static str {
        match self {
            Step::Program => "program",
            Step::Config => "config",
            Step::Network => "network",
            Step::Clock => "clock",
            Step::Source => "source",
            Step::Identity => "identity",
            Step::Role => "role",
            Step::Cluster => "cluster",
            Step::Kubeconfig => "kubeconfig",
            Step::Endpoint => "endpoint",
            Step::Token => "token",
            Step::Username => "username",
            Step::Access => "access",
        }
    }

    /// Returns what the step checks.
    fn question(self) -> &'static str {
        match self {
            Step::Program => "can kubectl and AWS tools run apono-login?",
            Step::Config => "can AWS tools read your config, and is the profile complete?",
            Step::Network => "does AWS respond?",
            Step::Clock => "is this computer's clock right?",
            Step::Source => "are the source credentials valid?",
            Step::Identity => "are you signed in as the profile's session name?",
            Step::Role => "can you assume the role?",
            Step::Cluster => "does the cluster exist, and may the role look it up?",
            Step::Kubeconfig => "does kubectl have a context for the cluster?",
            Step::Endpoint => "does the cluster respond to this computer?",
            Step::Token => "is the token valid for the cluster?",
            Step::Username => "which user does the cluster see?",
            Step::Access => "what may you do in the cluster now?",
        }
    }
}

/// A step that passed: its value for the next steps, and what it found.
#[derive(Debug)]
pub struct Passed<T> {
    pub value: T,
    /// What was found, in about 60 characters.
    brief: String,
    /// What was found, with every value.
    detail: String,
    notes: Vec<Note>,
}

impl<T> Passed<T> {
    pub fn new(value: T, brief: impl Into<String>, detail: impl Into<String>) -> Self {
        Passed {
            value,
            brief: brief.into(),
            detail: detail.into(),
            notes: Vec::new(),
        }
    }

    /// Returns a step of which all that was found is short.
    pub fn brief(value: T, brief: impl Into<String>) -> Self {
        let brief = brief.into();
        Passed::new(value, brief.clone(), brief)
    }

    /// Adds what is good to know, shown with `--verbose`.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(Note::Note(note.into()));
        self
    }

    /// Adds what is no fault here, but a danger or a fault elsewhere: always shown.
    pub fn warn(mut self, warning: impl Into<String>) -> Self {
        self.notes.push(Note::Warning(warning.into()));
        self
    }

    pub fn notes(mut self, notes: impl IntoIterator<Item = Note>) -> Self {
        self.notes.extend(notes);
        self
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
    cluster: Option<String>,
    steps: Vec<Line>,
    failure: Option<Fault>,
    #[serde(skip)]
    pub stopped_by: Option<Failure>,
    /// What works, where nothing failed.
    #[serde(skip)]
    conclusion: String,
    /// What to do next, where nothing failed.
    #[serde(skip)]
    hint: Option<String>,
}

#[derive(Debug, Serialize)]
struct Line {
    step: Step,
    state: State,
    detail: String,
    notes: Vec<Note>,
    /// `detail`, shorter.
    #[serde(skip)]
    brief: String,
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
    owner: Owner,
    error: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl Report {
    pub fn new(profile: &str) -> Self {
        Report {
            version: env!("CARGO_PKG_VERSION"),
            profile: profile.to_owned(),
            cluster: None,
            steps: Vec::new(),
            failure: None,
            stopped_by: None,
            conclusion: String::new(),
            hint: None,
        }
    }

    pub fn about(&mut self, cluster: &str) {
        self.cluster = Some(cluster.to_owned());
    }

    /// Records how a step went.
    pub fn step<T>(&mut self, step: Step, result: Result<Passed<T>, Failure>) -> Result<T, Stop> {
        match result {
            Ok(passed) => {
                self.steps.push(Line {
                    step,
                    state: State::Ok,
                    detail: passed.detail,
                    notes: passed.notes,
                    brief: passed.brief,
                });
                Ok(passed.value)
            }
            Err(failure) => Err(self.fails(step, failure)),
        }
    }

    /// Records that a step which seemed to pass is what makes a later one fail. The steps behind it then count as not
    /// reached.
    pub fn blame(&mut self, step: Step, failure: Failure) -> Stop {
        self.steps.retain(|line| line.step < step);
        self.fails(step, failure)
    }

    fn fails(&mut self, step: Step, failure: Failure) -> Stop {
        self.line(step, State::Failed, failure.error.clone());
        self.failure = Some(Fault {
            step,
            owner: failure.owner,
            error: failure.error.clone(),
            causes: failure.causes.clone(),
            hints: failure.hints.clone(),
        });
        self.stopped_by = Some(failure);
        Stop
    }

    fn line(&mut self, step: Step, state: State, detail: String) {
        self.steps.push(Line {
            step,
            state,
            brief: detail.clone(),
            detail,
            notes: Vec::new(),
        });
    }

    /// Records that this step and the following ones are not checked, and how to have them checked.
    pub fn skip(&mut self, from: Step, why: &str, hint: String) {
        self.line(from, State::NotReached, why.to_owned());
        self.hint = Some(hint);
    }

    /// Records what works, where nothing failed.
    pub fn conclude(&mut self, conclusion: String) {
        self.conclusion = conclusion;
    }

    /// Records the steps that were not reached.
    pub fn close(&mut self) {
        let reached = self.steps.len();
        for step in Step::ALL.into_iter().skip(reached) {
            self.line(step, State::NotReached, step.question().to_owned());
        }
    }

    pub fn json(&self) -> String {
        output::json(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let json: serde_json::Value = serde_json::from_str(&failed().json()).unwrap();
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
