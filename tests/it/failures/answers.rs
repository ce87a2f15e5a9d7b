//! Answers of STS that are not what was asked for: told apart, and never kept.

use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::standin::{Fault, Operation, StandIn};

type Words<'a> = &'a [&'a str];

fn check(name: &str, matter: impl Fn(&StandIn), status: i32, words: Words<'_>) {
    println!("{name}");
    let laptop = Laptop::new();
    matter(&laptop.aws);
    for command in [LOGIN, GET_TOKEN] {
        laptop.fails(laptop.run(command), status, "");
    }
    assert!(laptop.cached("entry").is_empty(), "{name}: nothing is kept");
    laptop.aws.behave();
    laptop.succeeds(laptop.run(LOGIN));
}

#[test]
fn an_answer_that_makes_no_sense_is_not_believed() {
    let arn = |arn: &str| Fault::field("Arn", arn);
    let cases: Vec<(&str, Fault, i32, Words<'_>)> = vec![
        (
            "another role",
            arn("arn:aws:sts::111122223333:assumed-role/admin/alice@example.com"),
            1,
            &[
                "AWS answered for somebody else; nothing was kept",
                "got arn:aws:sts::111122223333:assumed-role/admin/alice@example.com",
            ],
        ),
        (
            "another account",
            arn("arn:aws:sts::444455556666:assumed-role/apono-k8s-access/alice@example.com"),
            1,
            &["somebody else"],
        ),
        (
            "another session",
            arn("arn:aws:sts::111122223333:assumed-role/apono-k8s-access/bob@example.com"),
            1,
            &["somebody else"],
        ),
        (
            "the session in capitals",
            arn("arn:aws:sts::111122223333:assumed-role/apono-k8s-access/Alice@example.com"),
            1,
            &["somebody else"],
        ),
        (
            "a terminal sequence in the ARN",
            arn("arn:aws:sts::1:assumed-role/\u{9b}31m/b"),
            1,
            &["somebody else"],
        ),
        (
            "no ARN",
            Fault::missing("AssumedRoleUser"),
            1,
            &["nothing was kept"],
        ),
        (
            "no credentials",
            Fault::missing("Credentials"),
            1,
            &["nothing was kept", "Credentials: missing"],
        ),
        (
            "no secret",
            Fault::missing("SecretAccessKey"),
            1,
            &["nothing was kept", "SecretAccessKey"],
        ),
        (
            "no session token",
            Fault::missing("SessionToken"),
            1,
            &["nothing was kept", "SessionToken"],
        ),
        (
            "no key id",
            Fault::missing("AccessKeyId"),
            1,
            &["nothing was kept", "AccessKeyId"],
        ),
        (
            "no expiry",
            Fault::missing("Expiration"),
            1,
            &["nothing was kept", "Expiration"],
        ),
        (
            "a secret of two lines",
            Fault::field("SecretAccessKey", "a\nexport PATH=/evil"),
            1,
            &["nothing was kept", "SecretAccessKey"],
        ),
        (
            "an expiry in the past",
            Fault::field("Expiration", "2020-01-02T03:04:05Z"),
            1,
            &["nothing was kept", "Expiration: 2020-01-02"],
        ),
        (
            "an expiry in a thousand years",
            Fault::field("Expiration", "3020-01-02T03:04:05Z"),
            1,
            &["nothing was kept", "Expiration: 3020"],
        ),
        (
            "an expiry that is no time",
            Fault::field("Expiration", "soon"),
            4,
            &["could not be read"],
        ),
        (
            "a login page",
            Fault::html(),
            4,
            &["something between you and AWS answers in its place"],
        ),
        (
            "nothing",
            Fault::Body {
                status: 200,
                content_type: "text/xml".into(),
                body: vec![],
            },
            4,
            &["something between you and AWS"],
        ),
        (
            "a megabyte",
            Fault::Padding(1 << 20),
            4,
            &["could not be read"],
        ),
        (
            "half an answer",
            Fault::Truncated,
            4,
            &["could not be read"],
        ),
        ("hung up", Fault::HangUp, 4, &["check your network"]),
        (
            "elsewhere, in the clear",
            Fault::Redirect("http://127.0.0.1:9/".into()),
            4,
            &["status 307", "something between you and AWS"],
        ),
        (
            "throttled",
            Fault::throttling(),
            4,
            &["AWS is limiting requests: Rate exceeded", "in a minute"],
        ),
        (
            "503",
            Fault::unavailable(),
            4,
            &["AWS answered with status 503", "in a minute"],
        ),
        (
            "503 from a proxy",
            Fault::Body {
                status: 503,
                content_type: "text/html".into(),
                body: b"<html>no".into(),
            },
            4,
            &["status 503"],
        ),
        (
            "a message for the terminal",
            Fault::error(400, "Odd\u{9b}2J", "look: \u{9b}31m\u{202e}\nerror: no"),
            1,
            &[
                "Odd\\u{9b}2J: look: \\u{9b}31m\\u{202e}\\nerror: no",
                "show this to your AWS admin",
            ],
        ),
        (
            "ESC, which XML does not have",
            Fault::error(403, "AccessDenied", "no \x1b[31m"),
            4,
            &["could not be read"],
        ),
    ];
    std::thread::scope(|scope| {
        for (name, fault, status, words) in cases {
            scope.spawn(move || {
                check(
                    name,
                    |aws| aws.misbehave(Operation::AssumeRole, fault.clone()),
                    status,
                    words,
                );
            });
        }
    });
}

/// XML is read without a document type: nothing is fetched, nothing grows.
#[test]
fn entities_are_not_expanded() {
    let body = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">\
                <!ENTITY f SYSTEM \"file:///etc/passwd\">]><AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser>\
                <Arn>&b;&f;</Arn></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>";
    let body = Fault::Body {
        status: 200,
        content_type: "text/xml".into(),
        body: body.into(),
    };
    check(
        "entities",
        |aws| aws.misbehave(Operation::AssumeRole, body.clone()),
        4,
        &["could not be read"],
    );
}

/// A clock that is off is told as such, not as a bad key; tokens it signed would be refused by the cluster.
#[test]
fn a_wrong_clock_is_named() {
    for (ahead, word) in [(630, "10 minutes behind"), (-630, "10 minutes ahead")] {
        check(
            word,
            |aws| aws.set_clock_skew(ahead),
            1,
            &[
                "this computer's clock is",
                word,
                "set this computer's clock",
            ],
        );
    }
}

/// Large, but within the rules of STS: good for everything but a cluster, whose verifier takes 4,096 bytes.
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
    laptop
        .aws
        .misbehave(Operation::AssumeRole, Fault::Padding(100 << 10));
    laptop.succeeds(laptop.run(LOGIN));
}

/// One stumble is not a failure.
#[test]
fn what_passes_is_tried_again() {
    for fault in [Fault::unavailable(), Fault::throttling(), Fault::HangUp] {
        let laptop = Laptop::new();
        laptop.aws.misbehave_times(Operation::AssumeRole, fault, 1);
        laptop.succeeds(laptop.run(LOGIN));
        assert_eq!(laptop.aws.count(Operation::AssumeRole), 2);
    }
}
