//! What the doctor found, step by step, for people and for support tickets.

use serde::Serialize;

use crate::failure::{Failure, Owner};
use crate::output::{self, clean};

/// The chain from this computer to the cluster, in order.
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

    /// What is asked there, for who does not know the word.
    fn question(self) -> &'static str {
        match self {
            Step::Program => "can kubectl and other programs run apono-login?",
            Step::Config => "can AWS tools read your config, and is the profile whole?",
            Step::Network => "does AWS answer?",
            Step::Clock => "is this computer's clock right?",
            Step::Source => "are you signed in?",
            Step::Identity => "are you who the profile says?",
            Step::Role => "does the role let you in?",
            Step::Cluster => "is the cluster there?",
            Step::Kubeconfig => "does kubectl know the cluster, and how to sign in?",
            Step::Endpoint => "can the cluster be reached from here?",
            Step::Token => "is the token one that the cluster takes?",
            Step::Username => "who are you to the cluster?",
            Step::Access => "what may you do there now?",
        }
    }
}

/// What a step that went well gives the next ones, and the person.
#[derive(Debug)]
pub struct Passed<T> {
    pub value: T,
    pub detail: String,
    /// What is no fault on this way, but may be one on another.
    pub notes: Vec<String>,
}

impl<T> Passed<T> {
    pub fn new(value: T, detail: impl Into<String>) -> Self {
        Passed {
            value,
            detail: detail.into(),
            notes: Vec::new(),
        }
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// A step failed; the report has it.
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
}

#[derive(Debug, Serialize)]
struct Line {
    step: Step,
    state: State,
    detail: String,
    notes: Vec<String>,
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
        }
    }

    pub fn about(&mut self, cluster: &str) {
        self.cluster = Some(cluster.to_owned());
    }

    /// Writes down how a step went.
    pub fn step<T>(&mut self, step: Step, went: Result<Passed<T>, Failure>) -> Result<T, Stop> {
        match went {
            Ok(passed) => {
                self.line(step, State::Ok, passed.detail, passed.notes);
                Ok(passed.value)
            }
            Err(failure) => Err(self.fails(step, failure)),
        }
    }

    /// A step that seemed to go well is what makes a later one fail, which then was not reached.
    pub fn blame(&mut self, step: Step, failure: Failure) -> Stop {
        self.steps.retain(|line| line.step < step);
        self.fails(step, failure)
    }

    fn fails(&mut self, step: Step, failure: Failure) -> Stop {
        self.line(step, State::Failed, failure.error.clone(), Vec::new());
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

    fn line(&mut self, step: Step, state: State, detail: String, notes: Vec<String>) {
        self.steps.push(Line {
            step,
            state,
            detail,
            notes,
        });
    }

    /// The steps from this one on are not asked for.
    pub fn rest(&mut self, from: Step, why: &str) {
        self.line(from, State::NotReached, why.to_owned(), Vec::new());
    }

    /// Nothing more will be asked: what was not reached says so.
    pub fn close(&mut self) {
        let reached = self.steps.len();
        for step in Step::ALL.into_iter().skip(reached) {
            let question = step.question().to_owned();
            self.line(step, State::NotReached, question, Vec::new());
        }
    }

    pub fn json(&self) -> String {
        output::json(self)
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut say = |line: &str| {
            text.push_str(line);
            text.push('\n');
        };
        for line in &self.steps {
            let state = match line.state {
                State::Ok => "ok",
                State::Failed => "FAILED",
                State::NotReached => "-",
            };
            let name = line.step.name();
            say(&format!("{state:<7} {name:<11} {}", clean(&line.detail)));
            for note in &line.notes {
                say(&format!("{:<19} note: {}", "", clean(note)));
            }
        }
        if let Some(fault) = &self.failure {
            say("");
            say(&format!("{}: {}", fault.step.name(), fault.step.question()));
            say(&format!("error: {}", clean(&fault.error)));
            for cause in &fault.causes {
                say(&format!("cause: {}", clean(cause)));
            }
            say(&format!("whose: {}", fault.owner.name()));
            for hint in &fault.hints {
                say(&format!("hint: {}", clean(hint)));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_in_order_and_what_was_not_reached_says_so() {
        assert!(Step::ALL.is_sorted());
        let mut report = Report::new("p");
        let program = Passed::new((), "here").note("\u{1b}[31m");
        report.step(Step::Program, Ok(program)).unwrap();
        let failure = Failure::refused("broken")
            .for_the(Owner::AwsAdmin)
            .cause("why")
            .hint("how");
        let failed: Result<Passed<()>, _> = Err(failure);
        assert!(report.step(Step::Config, failed).is_err());
        report.close();
        let text = report.text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "ok      program     here");
        assert_eq!(lines[1], "                    note: \\u{1b}[31m");
        assert_eq!(lines[2], "FAILED  config      broken");
        assert_eq!(lines[3], "-       network     does AWS answer?");
        assert!(text.ends_with("\nerror: broken\ncause: why\nwhose: your AWS admin\nhint: how\n"));
        let json: serde_json::Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(json["steps"].as_array().unwrap().len(), 13);
        assert_eq!(json["steps"][3]["state"], "not-reached");
        assert_eq!(json["failure"]["owner"], "aws-admin");
        assert_eq!(json["failure"]["step"], "config");
    }

    #[test]
    fn a_step_that_seemed_right_can_be_blamed() {
        let mut report = Report::new("p");
        for step in [Step::Program, Step::Config, Step::Network] {
            report.step(step, Ok(Passed::new((), ""))).unwrap();
        }
        report.blame(Step::Config, Failure::refused("after all"));
        report.close();
        assert_eq!(report.steps.len(), 13);
        assert_eq!(report.steps[1].state, State::Failed);
        assert_eq!(report.steps[2].state, State::NotReached);
    }
}
