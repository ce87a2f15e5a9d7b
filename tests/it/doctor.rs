//! `doctor`: for every broken link of the chain the right step, whose it is to mend, and how; through the real binary, and
//! nothing changed by looking.

mod faults_of_aws;
mod faults_of_clusters;
mod faults_of_laptops;
mod healthy;

use std::collections::BTreeMap;
use std::path::PathBuf;

use kit::home::{Output, Run};
use kit::laptop::{Laptop, UPDATE_KUBECONFIG, files_below};

pub const DOCTOR: &str = "doctor --cluster-name prod --region eu-west-1";

/// A laptop on which everything works: logged in, kubeconfig written.
pub fn healthy() -> Laptop {
    let laptop = Laptop::new();
    laptop.run(UPDATE_KUBECONFIG).succeeds();
    laptop
}

/// What the doctor has to say of a fault.
pub struct Diagnosis<'a> {
    pub step: &'a str,
    pub owner: &'a str,
    pub status: i32,
    /// In the error, a cause or a hint.
    pub words: &'a [&'a str],
}

/// Runs the doctor, as text and as JSON: both say this, no secret is told, and no file is changed.
#[track_caller]
pub fn finds(laptop: &Laptop, typed: &str, diagnosis: &Diagnosis) {
    finds_when(
        laptop,
        |format| laptop.run(&format!("{typed}{format}")),
        diagnosis,
    );
}

#[track_caller]
pub fn finds_when(laptop: &Laptop, run: impl Fn(&str) -> Run, diagnosis: &Diagnosis) {
    let before = everything(laptop);
    let text = run("").exits(diagnosis.status);
    let json = run(" --output json").exits(diagnosis.status);
    assert!(
        everything(laptop) == before,
        "a file was changed by\n{text}"
    );
    for output in [&text, &json] {
        check_discretion(laptop, output);
        assert_eq!(output.stderr, "", "{output}");
    }
    let report = json.json();
    let failure = &report["failure"];
    assert_eq!(failure["step"], diagnosis.step, "step (left) in\n{json}");
    assert_eq!(failure["owner"], diagnosis.owner, "owner (left) in\n{json}");
    let told = failure.to_string() + &text.stdout;
    for word in diagnosis.words {
        let quoted = serde_json::to_string(word).unwrap();
        let quoted = quoted.trim_matches('"');
        assert!(
            failure.to_string().contains(quoted),
            "{word:?} in the failure of\n{json}"
        );
        assert!(text.stdout.contains(word), "{word:?} in\n{text}");
    }
    assert!(told.contains("hint"), "{text}");
    // Before the fault all is well, behind it nothing was reached.
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 13, "{json}");
    let at = steps
        .iter()
        .position(|step| step["step"] == diagnosis.step)
        .unwrap();
    for (index, step) in steps.iter().enumerate() {
        let state = match index.cmp(&at) {
            std::cmp::Ordering::Less => "ok",
            std::cmp::Ordering::Equal => "failed",
            std::cmp::Ordering::Greater => "not-reached",
        };
        assert_eq!(step["state"], state, "{} in\n{json}", step["step"]);
    }
    println!(
        "| {} | {} | {} | {} | {} |",
        std::thread::current().name().unwrap_or_default(),
        diagnosis.step,
        diagnosis.owner,
        failure["error"].as_str().unwrap(),
        failure["hints"][0].as_str().unwrap()
    );
}

/// The text on stdout is for support tickets: what must not be on stderr must not be here either.
#[track_caller]
pub fn check_discretion(laptop: &Laptop, output: &Output) {
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

/// All files of the home, with what is in them; but for locks, which hold nothing.
fn everything(laptop: &Laptop) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = files_below(&laptop.home.path("")).into_iter();
    let files = files.filter(|path| path.extension() != Some("lock".as_ref()));
    files
        .map(|path| (path.clone(), std::fs::read(&path).unwrap_or_default()))
        .collect()
}
