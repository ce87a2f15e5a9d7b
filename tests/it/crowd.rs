//! A hundred programs that ask at the same time, with an empty cache.

use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::machine::crowd;
use kit::standin::Operation;

const CROWD: usize = 100;

/// The first one logs in, and the others wait for it and use its credentials.
#[test]
fn a_cold_crowd_logs_in_once() {
    let _machine = crowd();
    let laptop = Laptop::new();
    let tokens: Vec<String> = std::thread::scope(|scope| {
        let start = || scope.spawn(|| laptop.run(GET_TOKEN).succeeds().json());
        let running: Vec<_> = (0..CROWD).map(|_| start()).collect();
        let answers = running.into_iter().map(|thread| thread.join().unwrap());
        let token =
            |answer: serde_json::Value| answer["status"]["token"].as_str().unwrap().to_owned();
        answers.map(token).collect()
    });
    assert_eq!(tokens.len(), CROWD);
    assert!(tokens.iter().all(|token| token.starts_with("k8s-aws-v1.")));
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 1);
    laptop.succeeds(laptop.run(LOGIN));
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 1);
}
