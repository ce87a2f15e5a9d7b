//! Responses from a file or a pipe: valid ones, ones that are refused before they are sent to AWS, and
//! ones that AWS refuses.

use std::time::Duration;

use crate::saml::federation::{ALICE, Federation};
use kit::idp::{Claims, PROVIDER_ARN, Seal, Wrapping, pysaml2_response};
use kit::laptop::GET_TOKEN;
use kit::standin::{Fault, Operation, ROLE_ARN, base64};

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
    for (title, text) in [
        ("whole", response.clone().into_bytes()),
        ("in lines", lines.join(&b'\n')),
        ("a form", form.into_bytes()),
    ] {
        federation.log_out();
        let output = federation.succeeds(federation.bring_text(&text));
        output.recorded(title);
        federation.laptop.succeeds(federation.laptop.run(&token));
        federation.laptop.home.write("response", &text);
        federation.succeeds(federation.laptop.run("login --saml-response response"));
    }
    // A named pipe, like a shell's process substitution.
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
    // An XML comment does not change what was signed.
    let name = claims(|c| c.session_name_xml = Some("alice<!-- -->@example.com".to_owned()));
    federation.succeeds(federation.bring(&name));
    let others = claims(|c| {
        let role = |n: usize| format!("arn:aws:iam::44445555666{n}:role/other");
        let provider = |n: usize| format!("arn:aws:iam::44445555666{n}:saml-provider/Okta");
        c.roles.extend((0..10).map(|n| (role(n), provider(n))));
    });
    let output = federation.succeeds(federation.bring(&others));
    output.recorded("eleven roles");
}

#[test]
fn refused_before_aws_is_asked() {
    let federation = Federation::installed();
    let roles = |role: &str, provider: &str| vec![(role.to_owned(), provider.to_owned())];
    let admin = roles("arn:aws:iam::111122223333:role/admin", PROVIDER_ARN);
    let entra = roles(ROLE_ARN, &PROVIDER_ARN.replace("Okta", "Entra"));
    let text = |text: &str| Some(text.to_owned());
    let cases = vec![
        (
            "a comment that hides the rest of a name",
            claims(|c| c.session_name_xml = text("alice@example.com<!-- -->.evil.com")),
        ),
        ("another person", Claims::of("bob@example.com")),
        ("capitals", Claims::of("Alice@example.com")),
        ("no name", claims(|c| c.session_name = None)),
        (
            "a name that AWS does not accept",
            claims(|c| c.session_name = text("a b[31m@example.com")),
        ),
        (
            "two assertions",
            claims(|c| {
                c.seal = Seal::Response;
                c.second = Some(Box::new(Claims::of("bob@example.com")));
            }),
        ),
        (
            "not yet valid",
            claims(|c| (c.not_before, c.not_on_or_after) = (700, 1000)),
        ),
        (
            "another audience",
            claims(|c| c.audience = text("https://sp.example.net")),
        ),
        (
            "another recipient",
            claims(|c| c.recipient = text("https://signin.amazonaws.cn/saml")),
        ),
        ("another role", claims(|c| c.roles = admin)),
        ("another provider", claims(|c| c.roles = entra)),
        ("no roles", claims(|c| c.roles.clear())),
        ("a refusal", claims(|c| c.status = "Responder".to_owned())),
        (
            "too long",
            claims(|c| c.attributes.push(("groups".to_owned(), "x".repeat(80_000)))),
        ),
    ];
    for (title, claims) in cases {
        federation.fails(federation.bring(&claims), 1, title);
    }
    let expired = claims(|c| (c.issued, c.not_on_or_after) = (-1000, -700));
    federation.fails(federation.bring(&expired), 3, "expired");
    let idp = &federation.idp;
    let good = Claims::of(ALICE);
    let response = idp.response(&good);
    let escaped: String = form_urlencoded::byte_serialize(response.as_bytes()).collect();
    let other = idp.response(&Claims::of("bob@example.com"));
    let other: String = form_urlencoded::byte_serialize(other.as_bytes()).collect();
    let two = format!("SAMLResponse={escaped}&SAMLResponse={other}");
    let entity = b"<!DOCTYPE x [<!ENTITY a \"aaaa\">]><x>&a;</x>";
    let inputs: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", b"\n".to_vec()),
        ("XML", idp.response_xml(&good).into()),
        ("a web page", b"<!doctype html><p>".to_vec()),
        ("binary", vec![0, 159, 146, 150]),
        ("half of it", response.into_bytes()[..1001].to_vec()),
        ("a request", b"SAMLRequest=AAAA&RelayState=".to_vec()),
        ("two", two.into()),
        ("an entity", base64(entity).into()),
        ("another document", base64(b"<x/>").into()),
        ("megabytes", vec![b'A'; 3_000_000]),
    ];
    for (title, input) in inputs {
        federation.fails(federation.bring_text(input), 1, title);
    }
    assert_eq!(federation.roles_assumed(), 0);
    assert!(federation.laptop.cached("entry").is_empty());
}

#[test]
fn what_was_signed_is_not_what_is_read_first() {
    let federation = Federation::installed();
    let (genuine, forged) = (Claims::of("bob@example.com"), Claims::of(ALICE));
    for wrapping in Wrapping::ALL {
        let response = federation.idp.wrapped(&genuine, &forged, wrapping);
        let run = federation.bring_text(response);
        federation.fails(run, 1, &format!("{wrapping:?}"));
    }
    assert_eq!(federation.roles_assumed(), 0);
}

#[test]
fn refused_by_aws() {
    let federation = Federation::installed();
    for (title, claims, status) in [
        ("another key", claims(|c| c.seal = Seal::OtherKey), 1),
        ("not signed", claims(|c| c.seal = Seal::Nothing), 1),
        ("made long ago", claims(|c| c.issued = -600), 3),
    ] {
        federation.fails(federation.bring(&claims), status, title);
    }
    // Only AWS could decrypt it.
    let xml = federation.idp.response_xml(&Claims::of(ALICE));
    let (before, rest) = xml.split_once("<saml2:Assertion ").unwrap();
    let (_, after) = rest.split_once("</saml2:Assertion>").unwrap();
    let encrypted =
        "<saml2:EncryptedAssertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\"/>";
    let encrypted = base64(format!("{before}{encrypted}{after}").as_bytes());
    federation.fails(federation.bring_text(encrypted), 1, "encrypted");
    // What the admin has not set up.
    federation.laptop.aws.delete_role(ROLE_ARN);
    let run = federation.bring(&Claims::of(ALICE));
    federation.fails(run, 1, "the role's trust policy");
    let other = claims(|c| c.roles[0].1 = PROVIDER_ARN.replace("Okta", "Entra"));
    let config = federation.laptop.home.read(".aws/config");
    let config = config.replace("/Okta", "/Entra");
    federation.laptop.home.write(".aws/config", config);
    federation.fails(federation.bring(&other), 1, "the SAML provider");
    assert!(federation.laptop.cached("entry").is_empty());
}

#[test]
fn answers_that_make_no_sense() {
    let federation = Federation::installed();
    let aws = &federation.laptop.aws;
    let arn = "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/bob@example.com";
    let error = |code: &str| Fault::error(400, code, "x\u{202e}y");
    for (fault, status) in [
        (Fault::field("Arn", arn), 1),
        (Fault::missing("Credentials"), 1),
        (Fault::missing("AssumedRoleUser"), 1),
        (Fault::field("Expiration", "2020-01-01T00:00:00Z"), 1),
        (Fault::field("SessionToken", "a b"), 1),
        (error("IDPRejectedClaim"), 1),
        (error("PackedPolicyTooLarge"), 1),
        (error("RegionDisabledException"), 1),
        (Fault::unavailable(), 4),
        (Fault::HangUp, 4),
        (Fault::Padding(3 << 20), 4),
    ] {
        let title = format!("{fault:.60?}");
        aws.misbehave(Operation::AssumeRoleWithSaml, fault);
        federation.fails(federation.bring(&Claims::of(ALICE)), status, &title);
        aws.behave();
    }
    assert!(federation.laptop.cached("entry").is_empty());
}

#[test]
fn as_long_as_is_allowed() {
    let federation = Federation::installed();
    let aws = &federation.laptop.aws;
    let lasts = |claims: &Claims, wanted: i64, calls: usize| {
        aws.forget();
        federation.succeeds(federation.bring(claims));
        let left = federation.seconds_left();
        assert!((wanted - 60..=wanted).contains(&left), "{left}");
        assert_eq!(federation.roles_assumed(), calls);
    };
    let two_hours = claims(|c| c.session_duration = Some(7200));
    lasts(&Claims::of(ALICE), 3600, 2);
    aws.set_max_session(ROLE_ARN, 43_200);
    lasts(&Claims::of(ALICE), 43_200, 1);
    lasts(&two_hours, 7200, 1);
    lasts(&claims(|c| c.session_not_on_or_after = Some(1800)), 1800, 1);
    aws.set_max_session(ROLE_ARN, 3600);
    lasts(&two_hours, 3600, 2);
    aws.forget();
    let run = federation
        .laptop
        .run("login --duration 5000 --saml-response -");
    let output = federation.succeeds(run.input(federation.idp.response(&two_hours)));
    output.recorded("");
    assert!((3540..=3600).contains(&federation.seconds_left()));
    assert_eq!(federation.roles_assumed(), 2);
}

#[test]
fn files_that_are_none() {
    let federation = Federation::installed();
    let run = |flags: &str| federation.laptop.run(&format!("login {flags}"));
    std::fs::create_dir(federation.laptop.home.path("folder")).unwrap();
    for name in ["missing", "folder"] {
        federation.fails(run(&format!("--saml-response {name}")), 1, name);
    }
    // The response itself is not printed.
    let response = federation.idp.response(&Claims::of(ALICE));
    let inline = run(&format!("--saml-response {response}"));
    federation.fails(
        inline.known_as("apono-login login --saml-response RESPONSE"),
        2,
        "the response itself",
    );
    // A terminal would pass only the beginning of a response.
    let command = "apono-login login --saml-response -";
    let run_there = federation.laptop.home.on_terminal(command);
    run_there.exits(2).recorded("typed");
    // The response is for one profile that signs in with SAML.
    for with in ["--all", "--device-code", "--no-browser"] {
        run(&format!("--saml-response - {with}"))
            .exits(2)
            .recorded(with);
    }
    let other = "install --profile other --account-id 111122223333 --email alice@example.com --region eu-west-1";
    federation.laptop.succeeds(federation.laptop.run(other));
    let run = run("--profile other --saml-response -").input("x");
    federation.fails(run, 1, "a profile of another kind");
}

#[test]
fn where_no_window_can_be_opened() {
    let federation = Federation::installed();
    let login = |browser: &str| {
        let run = federation.laptop.run("login");
        run.env("APONO_LOGIN_BROWSER", browser)
    };
    federation.fails(login(""), 3, "no desktop");
    for flag in ["--no-browser", "--device-code"] {
        let run = federation.laptop.run(&format!("login {flag}"));
        federation.fails(run, 3, flag);
    }
    assert_eq!(federation.idp.visits().len(), 0);
    // The last one is a Chromium that cannot start: as root it needs --no-sandbox, and there is no display.
    for browser in ["/nowhere/chrome", "chromium-without", "/usr/bin/chromium"] {
        federation.fails(login(browser), 1, browser);
    }
    std::thread::sleep(Duration::from_millis(100));
    federation.no_browser_is_left();
}
