//! Responses that are brought in a file or a pipe: those that are good, those that are refused before AWS sees them, and those
//! that AWS refuses.

use std::time::Duration;

use crate::saml::federation::{ALICE, Federation};
use kit::idp::{Claims, PROVIDER_ARN, Seal, Wrapping, pysaml2_response};
use kit::laptop::GET_TOKEN;
use kit::standin::{Fault, Operation, ROLE_ARN};

fn claims(change: impl FnOnce(&mut Claims)) -> Claims {
    let mut claims = Claims::of(ALICE);
    change(&mut claims);
    claims
}

#[test]
fn the_forms_it_comes_in() {
    let federation = Federation::installed();
    let response = federation.idp.response(&Claims::of(ALICE));
    let escaped: String = form_urlencoded::byte_serialize(response.as_bytes()).collect();
    let lines: Vec<_> = response.as_bytes().chunks(76).collect();
    let form = format!("RelayState=&SAMLResponse={escaped}");
    let token = format!("{GET_TOKEN} --color never");
    for text in [
        response.clone().into_bytes(),
        lines.join(&b'\n'),
        form.into_bytes(),
    ] {
        federation.log_out();
        let output = federation.succeeds(federation.bring_text(&text));
        output.explains(&[
            "says that you are alice@example.com",
            "You are alice@example.com",
        ]);
        federation.laptop.succeeds(federation.laptop.run(&token));
        federation.laptop.home.write("response", &text);
        federation.succeeds(federation.laptop.run("login --saml-response response"));
    }
    // As a shell's <( ) has it.
    let script = "mkfifo pipe; cat response >pipe & exec apono-login login --saml-response pipe";
    federation.succeeds(federation.laptop.home.run("sh", ["-c", script]));
    assert_eq!(federation.browsers().len(), 0);
}

#[test]
fn responses_of_another_library() {
    let federation = Federation::installed();
    for seal in [Seal::Assertion, Seal::Response, Seal::Both] {
        let response = pysaml2_response(&claims(|c| c.seal = seal));
        federation.succeeds(federation.bring_text(response));
    }
    federation.succeeds(federation.bring(&claims(|c| c.swapped = true)));
    // What was signed is the same with a comment in it.
    let name = claims(|c| c.session_name_xml = Some("alice<!-- -->@example.com".to_owned()));
    federation.succeeds(federation.bring(&name));
    let others = claims(|c| {
        let role = |n: usize| format!("arn:aws:iam::44445555666{n}:role/other");
        let provider = |n: usize| format!("arn:aws:iam::44445555666{n}:saml-provider/Okta");
        c.roles.extend((0..10).map(|n| (role(n), provider(n))));
    });
    let output = federation.succeeds(federation.bring(&others));
    output.explains(&[
        "with 11 roles",
        "  arn:aws:iam::444455556668:role/other by Okta",
        "  and 1 more",
    ]);
}

#[test]
fn refused_before_aws_is_asked() {
    let federation = Federation::installed();
    let cases: Vec<(&str, Claims, i32, &[&str])> = vec![
        (
            "a comment that hides the rest of a name",
            claims(|c| c.session_name_xml = Some("alice@example.com<!-- -->.evil.com".to_owned())),
            1,
            &["it is for alice@example.com.evil.com, and the profile is for alice@example.com"],
        ),
        (
            "somebody else",
            Claims::of("bob@example.com"),
            1,
            &[
                "takes you for somebody else",
                "install --email bob@example.com",
                "logout --sso",
            ],
        ),
        (
            "capitals",
            Claims::of("Alice@example.com"),
            1,
            &["differ in case only", "install --email Alice@example.com"],
        ),
        (
            "no name",
            claims(|c| c.session_name = None),
            1,
            &[
                "no attribute RoleSessionName",
                "show this to the admin of http://127.0.0.1",
            ],
        ),
        (
            "a name that AWS does not take",
            claims(|c| c.session_name = Some("a b\u{1b}[31m@example.com".replace('\u{1b}', ""))),
            1,
            &["RoleSessionName", "not as AWS wants it"],
        ),
        (
            "two assertions",
            claims(|c| {
                c.seal = Seal::Response;
                c.second = Some(Box::new(Claims::of("bob@example.com")));
            }),
            1,
            &["there are 2 assertions in it, not one"],
        ),
        (
            "expired",
            claims(|c| (c.issued, c.not_on_or_after) = (-1000, -700)),
            3,
            &["response is over", "it was good until", "run `apono-login`"],
        ),
        (
            "not yet",
            claims(|c| (c.not_before, c.not_on_or_after) = (700, 1000)),
            1,
            &["not good yet", "clock"],
        ),
        (
            "for somebody else",
            claims(|c| c.audience = Some("https://sp.example.net".to_owned())),
            1,
            &[
                "not meant for AWS but for https://sp.example.net",
                "--saml-url",
            ],
        ),
        (
            "sent somewhere else",
            claims(|c| c.recipient = Some("https://signin.amazonaws.cn/saml".to_owned())),
            1,
            &["addressed to \"https://signin.amazonaws.cn/saml\""],
        ),
        (
            "another role",
            claims(|c| {
                c.roles = vec![(
                    "arn:aws:iam::111122223333:role/admin".to_owned(),
                    PROVIDER_ARN.to_owned(),
                )]
            }),
            1,
            &["not assigned to you", "role/admin", "--role-name NAME"],
        ),
        (
            "another provider",
            claims(|c| {
                c.roles = vec![(ROLE_ARN.to_owned(), PROVIDER_ARN.replace("Okta", "Entra"))]
            }),
            1,
            &["saml-provider/Entra", "install --saml-provider Entra"],
        ),
        (
            "no roles",
            claims(|c| c.roles.clear()),
            1,
            &["it names no role"],
        ),
        (
            "a refusal",
            claims(|c| c.status = "Responder".to_owned()),
            1,
            &[
                "the identity provider did not sign you in",
                "Responder",
                "assigned to you",
            ],
        ),
        (
            "too long",
            claims(|c| c.attributes.push(("groups".to_owned(), "x".repeat(80_000)))),
            1,
            &["STS takes at most 100000", "fewer roles or attributes"],
        ),
    ];
    for (what, claims, status, words) in cases {
        println!("{what}");
        federation.fails(federation.bring(&claims), status, "");
    }
    let idp = &federation.idp;
    let good = Claims::of(ALICE);
    let escaped: String = form_urlencoded::byte_serialize(idp.response(&good).as_bytes()).collect();
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>";
    let inputs: Vec<(&str, Vec<u8>, &[&str])> = vec![
        ("nothing", b"\n".to_vec(), &["it is empty", "F12"]),
        (
            "XML",
            idp.response_xml(&good).into(),
            &["not the base64 of a response"],
        ),
        (
            "a web page",
            b"<!doctype html><p>".to_vec(),
            &["not the base64 of a response"],
        ),
        ("binary", vec![0, 159, 146, 150], &["not base64"]),
        (
            "half of it",
            idp.response(&good).into_bytes()[..1001].to_vec(),
            &["not base64"],
        ),
        (
            "a request",
            b"SAMLRequest=AAAA&RelayState=".to_vec(),
            &["0 fields named SAMLResponse"],
        ),
        (
            "two",
            format!("SAMLResponse={escaped}&SAMLResponse={escaped}").into(),
            &["2 fields named SAMLResponse"],
        ),
        (
            "an entity",
            kit::standin::base64(bomb.as_bytes()).into(),
            &["document type declaration"],
        ),
        (
            "another document",
            kit::standin::base64(b"<x/>").into(),
            &["no SAML 2.0 response but \"x\""],
        ),
        (
            "megabytes",
            vec![b'A'; 3_000_000],
            &["larger than", "check what is in it"],
        ),
    ];
    for (what, input, words) in inputs {
        println!("{what}");
        federation.fails(federation.bring_text(input), 1, "");
    }
    assert_eq!(
        federation.laptop.aws.count(Operation::AssumeRoleWithSaml),
        0
    );
    assert!(federation.laptop.cached("entry").is_empty());
}

#[test]
fn what_was_signed_is_not_what_is_read_first() {
    let federation = Federation::installed();
    let (genuine, forged) = (Claims::of("bob@example.com"), Claims::of(ALICE));
    for wrapping in Wrapping::ALL {
        let response = federation.idp.wrapped(&genuine, &forged, wrapping);
        federation.fails(federation.bring_text(response), 1, "");
    }
    assert_eq!(
        federation.laptop.aws.count(Operation::AssumeRoleWithSaml),
        0
    );
}

#[test]
fn refused_by_aws() {
    let federation = Federation::installed();
    let cases: Vec<(&str, Claims, i32, &[&str])> = vec![
        (
            "another key",
            claims(|c| c.seal = Seal::OtherKey),
            1,
            &["Response signature invalid", "newest metadata"],
        ),
        (
            "not signed",
            claims(|c| c.seal = Seal::Nothing),
            1,
            &["Response signature invalid", "your AWS admin"],
        ),
        (
            "made long ago",
            claims(|c| c.issued = -600),
            3,
            &["within 5 minutes", "run `apono-login`"],
        ),
    ];
    for (what, claims, status, words) in cases {
        println!("{what}");
        federation.fails(federation.bring(&claims), status, "");
    }
    // Only AWS could have read it.
    let xml = federation.idp.response_xml(&Claims::of(ALICE));
    let (before, rest) = xml.split_once("<saml2:Assertion ").unwrap();
    let (_, after) = rest.split_once("</saml2:Assertion>").unwrap();
    let encrypted =
        "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>";
    let encrypted = kit::standin::base64(format!("{before}{encrypted}{after}").as_bytes());
    federation.fails(federation.bring_text(encrypted), 1, "");
    // What the admin has not done.
    federation.laptop.aws.delete_role(ROLE_ARN);
    let trust = &[
        "was not given",
        "sts:AssumeRoleWithSAML",
        "SAML:aud",
        "ask your AWS admin",
    ];
    federation.fails(federation.bring(&Claims::of(ALICE)), 1, "");
    let other = claims(|c| c.roles[0].1 = PROVIDER_ARN.replace("Okta", "Entra"));
    let config = federation.laptop.home.read(".aws/config");
    federation
        .laptop
        .home
        .write(".aws/config", config.replace("/Okta", "/Entra"));
    let words = &[
        "Specified provider doesn't exist",
        "make the SAML provider",
        "install --saml-provider NAME",
    ];
    federation.fails(federation.bring(&other), 1, "");
    assert!(federation.laptop.cached("entry").is_empty());
}

#[test]
fn answers_that_make_no_sense() {
    let federation = Federation::installed();
    let aws = &federation.laptop.aws;
    let arn = "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/bob@example.com";
    let error = |code: &str| Fault::error(400, code, "x\u{202e}y");
    let cases: Vec<(Fault, i32, &[&str])> = vec![
        (
            Fault::field("Arn", arn),
            1,
            &["answered for somebody else; nothing was kept"],
        ),
        (
            Fault::missing("Credentials"),
            1,
            &["makes no sense; nothing was kept"],
        ),
        (Fault::missing("AssumedRoleUser"), 1, &["nothing was kept"]),
        (
            Fault::field("Expiration", "2020-01-01T00:00:00Z"),
            1,
            &["Expiration"],
        ),
        (Fault::field("SessionToken", "a b"), 1, &["SessionToken"]),
        (
            error("IDPRejectedClaim"),
            1,
            &["IDPRejectedClaim", "show this to the admin of http"],
        ),
        (error("PackedPolicyTooLarge"), 1, &["PrincipalTag"]),
        (
            error("RegionDisabledException"),
            1,
            &["RegionDisabledException", "your AWS admin"],
        ),
        (Fault::unavailable(), 4, &["on AWS's side"]),
        (Fault::HangUp, 4, &["check your network"]),
        (Fault::Padding(3 << 20), 4, &["was not given"]),
    ];
    for (fault, status, words) in cases {
        println!("{fault:?}");
        aws.misbehave(Operation::AssumeRoleWithSaml, fault);
        federation.fails(federation.bring(&Claims::of(ALICE)), status, "");
        aws.behave();
    }
    assert!(federation.laptop.cached("entry").is_empty());
}

/// Seconds that the last credentials live.
fn lives(federation: &Federation) -> i64 {
    let status = federation.laptop.run("status --output json").succeeds();
    status.json()["seconds_left"].as_i64().unwrap()
}

#[test]
fn as_long_as_is_allowed() {
    let federation = Federation::installed();
    let aws = &federation.laptop.aws;
    let calls = |federation: &Federation| {
        let count = federation.laptop.aws.count(Operation::AssumeRoleWithSaml);
        federation.laptop.aws.forget();
        count
    };
    let about =
        |seconds: i64, wanted: i64| assert!((wanted - 60..=wanted).contains(&seconds), "{seconds}");
    federation.succeeds(federation.bring(&Claims::of(ALICE)));
    about(lives(&federation), 3600);
    assert_eq!(calls(&federation), 2);
    aws.set_max_session(ROLE_ARN, 43_200);
    federation.succeeds(federation.bring(&Claims::of(ALICE)));
    about(lives(&federation), 43_200);
    assert_eq!(calls(&federation), 1);
    federation.succeeds(federation.bring(&claims(|c| c.session_duration = Some(7200))));
    about(lives(&federation), 7200);
    federation.succeeds(federation.bring(&claims(|c| c.session_not_on_or_after = Some(1800))));
    about(lives(&federation), 1800);
    assert_eq!(calls(&federation), 2);
    aws.set_max_session(ROLE_ARN, 3600);
    let response = federation
        .idp
        .response(&claims(|c| c.session_duration = Some(7200)));
    let run = federation
        .laptop
        .run("login --duration 5000 --saml-response -");
    let output = federation.succeeds(run.input(response));
    output.explains(&[
        "warning: the role allows less than 5000 seconds",
        "asking for an hour",
    ]);
    about(lives(&federation), 3600);
    assert_eq!(calls(&federation), 2);
}

#[test]
fn files_that_are_none() {
    let federation = Federation::installed();
    let path = |name: &str| format!("login --saml-response {name}");
    std::fs::create_dir(federation.laptop.home.path("folder")).unwrap();
    for (name, words) in [("missing", "missing"), ("folder", "directory")] {
        federation.fails(federation.laptop.run(&path(name)), 1, "");
    }
    // The response itself is not repeated.
    let response = federation.idp.response(&Claims::of(ALICE));
    let run = federation.laptop.run(&path(&response));
    let output = federation.fails(run, 2, "");
    assert!(!output.stderr.contains(&response[..60]), "{output}");
    // From a terminal only the beginning would come.
    let words = ["-qec", "apono-login login --saml-response -", "/dev/null"];
    let run = federation
        .laptop
        .home
        .run("script", words)
        .env("SHELL", "/bin/sh");
    let output = run.exits(2);
    assert!(output.stdout.contains("4096 characters"), "{output}");
    // It is for one profile, and one of this kind.
    for with in ["--all", "--device-code", "--no-browser"] {
        federation
            .laptop
            .run(&format!("login --saml-response - {with}"))
            .exits(2);
    }
    let other = "install --profile other --account-id 111122223333 --email alice@example.com --region eu-west-1";
    federation.laptop.succeeds(federation.laptop.run(other));
    let run = federation
        .laptop
        .run("login --profile other --saml-response -");
    federation.fails(run.input("x"), 1, "");
}

#[test]
fn where_no_window_can_be_opened() {
    let federation = Federation::installed();
    for (variable, value, words) in [
        ("APONO_LOGIN_BROWSER", "", "no graphical desktop"),
        (
            "APONO_LOGIN_BROWSER",
            "/nowhere/chrome",
            "APONO_LOGIN_BROWSER: there is no program",
        ),
    ] {
        let run = federation.laptop.run("login").env(variable, value);
        let status = if value.is_empty() { 3 } else { 1 };
        federation.fails(run, status, "");
    }
    for flag in ["--no-browser", "--device-code"] {
        let run = federation.laptop.run(&format!("login {flag}"));
        let output = federation.fails(run, 3, "");
        output.explains(&[&federation.idp.url()]);
    }
    assert_eq!(federation.idp.visits().len(), 0);
    // A Chromium that will not start: as root it wants --no-sandbox, and there is no display.
    let run = federation
        .laptop
        .run("login")
        .env("APONO_LOGIN_BROWSER", "chromium-without");
    federation.fails(run, 1, "");
    let run = federation
        .laptop
        .run("login")
        .env("APONO_LOGIN_BROWSER", "/usr/bin/chromium");
    let output = federation.fails(run, 1, "");
    output.explains(&["cause: Chromium: "]);
    std::thread::sleep(Duration::from_millis(100));
    federation.no_browser_is_left();
}
