//! Invalid responses of STS are detected and not cached.

use kit::home::Output;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::standin::{Fault, Operation, StandIn};

/// Runs a login and a get-token while AWS has this fault. Nothing is cached, and the login works after the fault.
fn tried(spoil: impl FnOnce(&StandIn)) -> (Laptop, [Output; 2]) {
    let laptop = Laptop::new();
    spoil(&laptop.aws);
    let outputs = [LOGIN, GET_TOKEN].map(|command| laptop.run(command).output());
    assert!(laptop.cached("entry").is_empty(), "{outputs:?}");
    laptop.aws.behave();
    laptop.succeeds(laptop.run(LOGIN));
    (laptop, outputs)
}

fn body(status: u16, content_type: &str, body: &str) -> Fault {
    Fault::Body {
        status,
        content_type: content_type.into(),
        body: body.into(),
    }
}

/// For the last case: document types are ignored, so no entity is fetched or expanded.
const ENTITIES: &str = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">\
    <!ENTITY f SYSTEM \"file:///etc/passwd\">]><AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser>\
    <Arn>&b;&f;</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>";

/// Status, title and response.
fn cases() -> Vec<(i32, &'static str, Fault)> {
    let fields = [
        (
            "another role",
            "Arn",
            "arn:aws:sts::111122223333:assumed-role/admin/alice@example.com",
        ),
        (
            "another account",
            "Arn",
            "arn:aws:sts::444455556666:assumed-role/apono-k8s-access/alice@example.com",
        ),
        (
            "another session",
            "Arn",
            "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/bob@example.com",
        ),
        (
            "the session in capitals",
            "Arn",
            "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/Alice@example.com",
        ),
        (
            "a terminal sequence in the ARN",
            "Arn",
            "arn:aws:sts::1:assumed-role/\u{9b}31m/b",
        ),
        (
            "a secret of two lines",
            "SecretAccessKey",
            "a\nexport PATH=/evil",
        ),
        (
            "an expiry in the past",
            "Expiration",
            "2010-01-02T03:04:05Z",
        ),
        (
            "an expiry in a thousand years",
            "Expiration",
            "3020-01-02T03:04:05Z",
        ),
    ];
    let missing = [
        ("no ARN", "AssumedRoleUser"),
        ("no credentials", "Credentials"),
        ("no secret", "SecretAccessKey"),
        ("no session token", "SessionToken"),
        ("no key id", "AccessKeyId"),
        ("no expiry", "Expiration"),
    ];
    let odd = Fault::error(400, "Odd\u{9b}2J", "look: \u{9b}31m\u{202e}\nerror: no");
    let escape = Fault::error(403, "AccessDenied", "no \x1b[31m");
    let others = [
        (1, "a message for the terminal", odd),
        (4, "ESC, which XML does not have", escape),
        (
            4,
            "an expiry that is no time",
            Fault::field("Expiration", "soon"),
        ),
        (4, "a login page", Fault::html()),
        (4, "nothing", body(200, "text/xml", "")),
        (4, "a megabyte", Fault::Padding(1 << 20)),
        (4, "half an answer", Fault::Truncated),
        (4, "hung up", Fault::HangUp),
        (
            4,
            "a redirect to plain HTTP",
            Fault::Redirect("http://127.0.0.1:9/".into()),
        ),
        (4, "throttled", Fault::throttling()),
        (4, "503", Fault::unavailable()),
        (4, "503 from a proxy", body(503, "text/html", "<html>no")),
        (4, "XML entities", body(200, "text/xml", ENTITIES)),
    ];
    let fields = fields.map(|(title, field, value)| (1, title, Fault::field(field, value)));
    let missing = missing.map(|(title, field)| (1, title, Fault::missing(field)));
    [&fields[..], &missing, &others].concat()
}

#[test]
fn an_answer_that_makes_no_sense_is_not_believed() {
    std::thread::scope(|scope| {
        let start = |(status, title, fault)| {
            let tried = || tried(|aws| aws.misbehave(Operation::AssumeRole, fault));
            (status, title, scope.spawn(tried))
        };
        let started: Vec<_> = cases().into_iter().map(start).collect();
        for (status, title, ended) in started {
            let (laptop, outputs) = ended.join().unwrap();
            laptop.failed_alike(outputs, status, title);
        }
    });
}

/// A clock that is wrong is named as the cause, rather than the key. Clusters would reject its tokens.
#[test]
fn a_wrong_clock_is_named() {
    for (skew, title) in [(630, "10 minutes behind"), (-630, "10 minutes ahead")] {
        let (laptop, outputs) = tried(|aws| aws.set_clock_skew(skew));
        laptop.failed_alike(outputs, 1, title);
    }
}

/// Long, but allowed by STS: it works for everything except a cluster, which accepts at most 4,096 bytes.
#[test]
fn a_long_session_token_is_too_long_for_clusters_only() {
    let laptop = Laptop::new();
    laptop.aws.set_session_token_bytes(2_700);
    laptop.succeeds(laptop.run(LOGIN));
    laptop.fails(laptop.run(GET_TOKEN), 1, "");
    laptop.succeeds(laptop.run("export-credentials"));
}

#[test]
fn a_body_of_100_kb_is_still_read() {
    let laptop = Laptop::new();
    let padding = Fault::Padding(100 << 10);
    laptop.aws.misbehave(Operation::AssumeRole, padding);
    laptop.succeeds(laptop.run(LOGIN));
}

#[test]
fn what_fails_once_is_tried_again() {
    for fault in [Fault::unavailable(), Fault::throttling(), Fault::HangUp] {
        let laptop = Laptop::new();
        laptop.aws.misbehave_times(Operation::AssumeRole, fault, 1);
        laptop.succeeds(laptop.run(LOGIN));
        assert_eq!(laptop.aws.count(Operation::AssumeRole), 2);
    }
}
