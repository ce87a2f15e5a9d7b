//! What goes on after a command does not keep its caller waiting: kubectl reads the output of `get-token` until it is closed.

use std::io::Read as _;
use std::time::{Duration, Instant};

use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::standin::Operation;

/// How long AWS is silent: far longer than all else here takes.
const SILENT: Duration = Duration::from_secs(30);
/// How long after the answer the output may still be open.
const AT_ONCE: Duration = Duration::from_millis(200);
/// A busy computer may stop the program between its answer and its end. What holds the output does so each time.
const ATTEMPTS: usize = 4;

/// Runs `get-token` with credentials that are about to expire and an STS that does not respond. Returns the time between the
/// answer and the end of the output.
fn open_after_the_answer() -> Duration {
    let laptop = Laptop::new();
    laptop.aws.set_session_seconds(300);
    laptop.succeeds(laptop.run(LOGIN));
    laptop.aws.set_delay(SILENT);
    let mut child = laptop.run(GET_TOKEN).piped();
    let mut stdout = child.stdout.take().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let errors = std::thread::spawn(move || {
        let mut text = String::new();
        stderr.read_to_string(&mut text).unwrap();
        (text, Instant::now())
    });
    let (mut answer, mut some) = (Vec::new(), [0; 4096]);
    let mut answered = Instant::now();
    while let read @ 1.. = stdout.read(&mut some).unwrap() {
        answer.extend_from_slice(&some[..read]);
        answered = Instant::now();
    }
    let closed = Instant::now();
    let (told, errors_closed) = errors.join().unwrap();
    assert!(child.wait().unwrap().success(), "{told}");
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["kind"], "ExecCredential");
    // The renewal does run.
    let end = Instant::now() + SILENT;
    while laptop.aws.count(Operation::AssumeRole) < 2 {
        assert!(Instant::now() < end, "no renewal");
        std::thread::sleep(Duration::from_millis(20));
    }
    closed.max(errors_closed) - answered
}

#[test]
fn a_renewal_in_the_background_does_not_hold_the_output() {
    let mut took = Vec::new();
    while took.iter().all(|took| *took > AT_ONCE) {
        assert!(took.len() < ATTEMPTS, "{took:?}");
        took.push(open_after_the_answer());
    }
}
