//! `--verbose`: each step, its time and its duration.

use std::time::Duration;

use crate::sources::sign_in::{START_URL, Style, laptop, sign_in};
use kit::home::Output;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Fault, Operation};

/// Returns the reported steps in order: end in seconds, text, and duration in seconds.
fn steps(output: &Output) -> Vec<(f64, String, f64)> {
    let step = |line: &str| {
        let (at, rest) = line.strip_prefix("detail: ")?.split_once(" s  ")?;
        let (what, took) = rest.strip_suffix(" s)")?.rsplit_once(" (")?;
        Some((at.parse().unwrap(), what.to_owned(), took.parse().unwrap()))
    };
    let steps: Vec<(f64, String, f64)> = output.stderr.lines().filter_map(step).collect();
    assert!(steps.is_sorted_by(|a, b| a.0 <= b.0), "{output}");
    for (at, what, took) in &steps {
        assert!(took <= at, "{what}: {output}");
    }
    steps
}

/// Checks that the steps are as recorded.
#[track_caller]
fn told(laptop: &Laptop, command: &str, title: &str) -> Output {
    let output = laptop.succeeds(laptop.run(&format!("{command} -v")));
    assert!(!steps(&output).is_empty(), "{output}");
    output.recorded(title);
    output
}

#[test]
fn a_cold_login_step_by_step() {
    let laptop = Laptop::new();
    let slow = Fault::Trickle(Duration::from_millis(1));
    laptop.aws.misbehave_times(Operation::AssumeRole, slow, 1);
    let output = told(&laptop, LOGIN, "cold");
    let cold = steps(&output);
    let slowest = cold.iter().max_by(|a, b| a.2.total_cmp(&b.2)).unwrap();
    let (_, what, took) = slowest;
    assert!(what.starts_with("AssumeRole") && *took > 0.7, "{output}");

    // Files that were just written would be read again, so the test waits.
    std::thread::sleep(Duration::from_secs(3));
    told(&laptop, LOGIN, "cached");
    // The entry records now that the files have not changed since: no step is left.
    let again = laptop.succeeds(laptop.run(&format!("{LOGIN} -v")));
    assert_eq!(steps(&again), [], "{again}");
    told(&laptop, UPDATE_KUBECONFIG, "a cluster");
    let token = laptop.run(&format!("{GET_TOKEN} -v"));
    assert_eq!(laptop.succeeds(token).stderr, "");
    let quiet = laptop.succeeds(laptop.run("login --force"));
    assert!(!quiet.stderr.contains("detail:"), "{quiet}");
}

#[test]
fn a_sign_in_and_its_renewal() {
    let laptop = laptop(Style::Session);
    let signed_in = sign_in(&laptop, Style::Session, "alice@example.com");
    told(&laptop, LOGIN, "signed in");
    let renewable = laptop.aws.let_expire(signed_in).cache_file(START_URL, true);
    laptop.home.write(&Style::Session.token_file(), renewable);
    told(&laptop, "login --force", "the sign-in has expired");
}

/// A wait for another process is shown.
#[test]
fn waiting_shows() {
    let laptop = Laptop::new();
    laptop.aws.misbehave_times(
        Operation::AssumeRole,
        Fault::Trickle(Duration::from_millis(2)),
        1,
    );
    std::thread::scope(|scope| {
        let first = scope.spawn(|| laptop.run(LOGIN).succeeds());
        while laptop.cached("lock").is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(300));
        let second = laptop.succeeds(laptop.run("login -v"));
        let mut steps = steps(&second).into_iter();
        let waited = steps.find(|(_, what, _)| what.contains("lock"));
        assert!(waited.is_some_and(|(_, _, took)| took > 0.5), "{second}");
        first.join().unwrap();
        assert_eq!(laptop.aws.count(Operation::AssumeRole), 1);
    });
}
