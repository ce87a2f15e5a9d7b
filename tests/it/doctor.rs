//! `doctor`: for each failure the right step, owner and fix. No file is changed.

#[cfg(target_os = "linux")]
mod entries;
mod environment;
mod faults_of_aws;
mod faults_of_clusters;
mod faults_of_laptops;
mod healthy;
mod layout;

use std::collections::BTreeMap;
use std::path::PathBuf;

use kit::home::{Output, Run};
use kit::laptop::{Laptop, PROFILE, UPDATE_KUBECONFIG, files_below};

pub const DOCTOR: &str = "doctor --cluster-name prod --region eu-west-1";

/// Returns a laptop on which everything works: logged in, kubeconfig written.
pub fn healthy() -> Laptop {
    let laptop = Laptop::new();
    laptop.run(UPDATE_KUBECONFIG).succeeds();
    laptop
}

/// Returns a laptop with one setting of the guide's profile replaced and `more` appended.
pub fn with_profile(from: &str, to: &str, more: &str) -> Laptop {
    assert!(PROFILE.contains(from), "{from}");
    Laptop::with_config(PROFILE.replace(from, to) + more)
}

/// Checks that the doctor finds a failure, as recorded under this title.
#[track_caller]
pub fn finds(laptop: &Laptop, title: &str) {
    finds_when(laptop, title, DOCTOR, |run| run);
}

/// Does the same for a command line and an environment. Text and JSON must agree and hold no secret, and no file may change.
#[track_caller]
pub fn finds_when(laptop: &Laptop, title: &str, typed: &str, adapt: impl Fn(Run) -> Run) {
    let before = everything(laptop);
    let text = adapt(laptop.run(typed)).output();
    let json = adapt(laptop.run(&format!("{typed} --output json"))).output();
    assert!(
        everything(laptop) == before,
        "a file was changed by\n{text}"
    );
    for output in [&text, &json] {
        check_discretion(laptop, output);
        assert_eq!(output.stderr, "", "{output}");
    }
    assert_eq!(text.status, json.status);
    let report = json.json();
    let failure = &report["failure"];
    let step = failure["step"].as_str().unwrap();
    let owner = match failure["owner"].as_str().unwrap() {
        "you" => "you",
        "aws-admin" => "your AWS admin",
        "cluster-admin" => "your cluster admin",
        "apono-request" => "request access in Apono",
        "aws" => "AWS (temporary)",
        other => panic!("owner {other} in\n{json}"),
    };
    let error = failure["error"].as_str().unwrap();
    let mut expected = format!("FAILED at {step}: {error} (fix: {owner})");
    for (list, label) in [("causes", "cause"), ("hints", "hint")] {
        for line in failure[list].as_array().unwrap() {
            expected += &format!(" {label}: {}", line.as_str().unwrap());
        }
    }
    assert!(expected.contains(" hint: "), "{json}");
    // The length of the token varies.
    let varies = |c: char| step == "token" && c.is_ascii_digit();
    let words = |text: &str| {
        let words: Vec<_> = text.split_whitespace().collect();
        words.join(" ").replace(varies, "")
    };
    let (head, _) = text.stdout.split_once("\n\n").unwrap();
    assert_eq!(
        words(head),
        words(&expected),
        "the JSON (right) against\n{text}"
    );
    // All steps before the failure are "ok", and all after it "not-reached".
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 13, "{json}");
    let at = steps.iter().position(|found| found["step"] == step);
    for (index, step) in steps.iter().enumerate() {
        let state = match index.cmp(&at.unwrap()) {
            std::cmp::Ordering::Less => "ok",
            std::cmp::Ordering::Equal => "failed",
            std::cmp::Ordering::Greater => "not-reached",
        };
        assert_eq!(step["state"], state, "{} in\n{json}", step["step"]);
    }
    text.recorded(title);
}

/// Checks that the doctor finds no failure, and reports what is recorded under this title.
#[track_caller]
pub fn passes(laptop: &Laptop, title: &str, run: Run) {
    let mut output = run.succeeds();
    check_discretion(laptop, &output);
    // The steps of `--verbose`, and their durations.
    output.stderr.clear();
    output.recorded(title);
}

/// The report on stdout is for support tickets, so it must be as free of secrets as stderr.
#[track_caller]
fn check_discretion(laptop: &Laptop, output: &Output) {
    laptop.check_discretion(output);
    let obeyed = |c: char| c.is_control() && c != '\n';
    assert!(
        !output.stdout.contains(obeyed),
        "control characters:\n{output}"
    );
    for secret in laptop.aws.secrets() {
        assert!(
            !output.stdout.contains(&secret),
            "a secret on stdout:\n{output}"
        );
    }
}

/// Returns all files of the home and their content, without locks, which are empty.
fn everything(laptop: &Laptop) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = files_below(&laptop.home.path("")).into_iter();
    let files = files.filter(|path| path.extension() != Some("lock".as_ref()));
    files
        .map(|path| (path.clone(), std::fs::read(&path).unwrap_or_default()))
        .collect()
}
