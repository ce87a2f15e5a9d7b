//! Answers of the OIDC service that make no sense, or say no. Whatever it is: an error in three parts and a documented exit
//! status, nothing kept, nothing that a terminal would obey, no hang.

mod tokens;

use serde_json::{Value, json};

use crate::sources::sign_in::{Style, laptop};
use crate::sso::person::{SOON, meanwhile};
use crate::sso::watch::{nothing_is_stored, watched};
use kit::browser::{Browser, opened, record_browser};
use kit::home::{Output, Run};
use kit::laptop::{LOGIN, Laptop};
use kit::standin::{Fault, Operation, Service};

const ALICE: &str = "alice@example.com";
/// What a terminal would obey: the clipboard, colours, text that reads as other text.
const STEERING: &str = "\x1b]52;c;cm0gLXJm\x07\x1b[31mred\r\nhint: run `evil`\u{202e}txt";

struct Case {
    name: &'static str,
    fault: Fault,
    status: i32,
    words: &'static [&'static str],
}

fn case(name: &'static str, fault: Fault, status: i32, words: &'static [&'static str]) -> Case {
    Case {
        name,
        fault,
        status,
        words,
    }
}

/// This JSON and no other.
fn answer(body: &Value) -> Fault {
    raw("application/json", body.to_string())
}

fn raw(content_type: &str, body: String) -> Fault {
    Fault::Body {
        status: 200,
        content_type: content_type.to_owned(),
        body: body.into_bytes(),
    }
}

/// The answer with another value in one place.
fn with(honest: &Value, name: &str, value: impl Into<Value>) -> Fault {
    let mut body = honest.clone();
    body[name] = value.into();
    answer(&body)
}

const NONSENSE: &[&str] = &["something between you and AWS"];
const NETWORK: &[&str] = &["run it again"];

/// What may come of any operation.
fn of_any() -> Vec<Case> {
    vec![
        case("a guest network's page", Fault::html(), 4, NONSENSE),
        case("too long", Fault::Padding(400 << 10), 4, &[]),
        case("an empty object", answer(&json!({})), 4, NONSENSE),
        case("an empty list", answer(&json!([])), 4, NONSENSE),
        case("null", answer(&Value::Null), 4, NONSENSE),
        case(
            "nothing",
            raw("application/json", String::new()),
            4,
            NONSENSE,
        ),
        case(
            "very deep",
            raw(
                "application/json",
                format!("{{\"x\":{}", "[".repeat(100_000)),
            ),
            4,
            &[],
        ),
        case(
            "very deep, and whole",
            raw(
                "application/json",
                format!("{{\"x\":{}{}}}", "[".repeat(60_000), "]".repeat(60_000)),
            ),
            4,
            &[],
        ),
        case("an end halfway", Fault::Truncated, 4, &[]),
        case("no answer", Fault::HangUp, 4, NETWORK),
        case("out of order", Fault::unavailable(), 4, NETWORK),
        case("too many requests", Fault::throttling(), 4, NETWORK),
        case(
            "words that steer",
            Fault::error(400, "InvalidRequestException", STEERING),
            1,
            &["\\u{1b}]52;c;", "\\r\\nhint: run `evil`\\u{202e}txt"],
        ),
        case(
            "a code that steers",
            Fault::error(400, "\u{202e}Exception", "no"),
            1,
            &["\\u{202e}"],
        ),
        case(
            "very many words",
            Fault::error(400, "InvalidRequestException", &"w ".repeat(60_000)),
            1,
            &["w w w"],
        ),
    ]
}

/// For each a laptop of its own.
fn each(operation: Operation, cases: Vec<Case>, run: fn(&Laptop) -> Output) {
    for Case {
        name,
        fault,
        status,
        words,
    } in cases
    {
        println!("{operation:?}: {name}");
        let laptop = laptop(Style::Session);
        laptop.aws.misbehave(operation, fault);
        let output = run(&laptop);
        check(&laptop, &output, status, words);
        nothing_is_stored(&laptop);
    }
}

#[track_caller]
fn check(laptop: &Laptop, output: &Output, status: i32, words: &[&str]) {
    assert_eq!(output.status.code(), Some(status), "{output}");
    assert_eq!(output.stdout, "", "{output}");
    laptop.check_discretion(output);
    assert!(!output.stderr.contains('\u{202e}'), "{output}");
    assert!(output.stderr.len() < 8000, "{output}");
    for label in ["error: ", "cause: ", "hint: "] {
        let found = output.stderr.lines().any(|line| line.starts_with(label));
        assert!(found, "no line {label:?} in\n{output}");
    }
    output.explains(words);
    assert!(!output.stderr.contains("please report it"), "{output}");
}

fn by_code(laptop: &Laptop) -> Output {
    let (output, ()) = meanwhile(laptop, LOGIN, |link| {
        Browser::new().allow(link, ALICE);
    });
    output
}

fn alone(laptop: &Laptop) -> Output {
    laptop.run("login --device-code").output()
}

#[test]
fn of_register_client() {
    let honest = json!({
        "clientId": "c", "clientSecret": "s", "clientIdIssuedAt": 1, "clientSecretExpiresAt": 4_000_000_000_i64,
    });
    let mut cases = of_any();
    cases.extend([
        case(
            "no id",
            with(&honest, "clientId", Value::Null),
            4,
            &["clientId: missing"],
        ),
        case(
            "no secret",
            with(&honest, "clientSecret", Value::Null),
            4,
            &["clientSecret: missing"],
        ),
        case(
            "an id that steers",
            with(&honest, "clientId", STEERING),
            4,
            &["clientId: "],
        ),
        case(
            "a long id",
            with(&honest, "clientId", "c".repeat(100 << 10)),
            4,
            &["clientId: too long"],
        ),
        case(
            "an end beyond time",
            with(&honest, "clientSecretExpiresAt", i64::MAX),
            4,
            &["clientSecretExpiresAt"],
        ),
        case(
            "an end of another type",
            with(&honest, "clientSecretExpiresAt", "soon"),
            4,
            NONSENSE,
        ),
    ]);
    each(Operation::RegisterClient, cases, |laptop| {
        let output = alone(laptop);
        assert_eq!(laptop.aws.count(Operation::StartDeviceAuthorization), 0);
        output
    });
}

fn device() -> Value {
    json!({
        "deviceCode": "d", "userCode": "ABCD-EFGH", "verificationUri": "https://device.sso.eu-west-1.amazonaws.com/",
        "verificationUriComplete": "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH",
        "expiresIn": 600, "interval": 1,
    })
}

#[test]
fn of_start_device_authorization() {
    let honest = device();
    let mut cases = of_any();
    cases.extend([
        case(
            "no code",
            with(&honest, "deviceCode", Value::Null),
            4,
            &["deviceCode: missing"],
        ),
        case(
            "no user code",
            with(&honest, "userCode", Value::Null),
            4,
            &["userCode: missing"],
        ),
        case(
            "no link",
            with(&honest, "verificationUri", Value::Null),
            4,
            &["verificationUri: missing"],
        ),
        case(
            "a user code that steers",
            with(&honest, "userCode", STEERING),
            4,
            &["userCode: "],
        ),
        case(
            "a long user code",
            with(&honest, "userCode", "A".repeat(100 << 10)),
            4,
            &["userCode: "],
        ),
        case(
            "denied",
            Fault::error(400, "AccessDeniedException", "Not for you"),
            3,
            &["error: the sign-in was refused", "cause: Not for you"],
        ),
    ]);
    let links = [
        "javascript:alert(1)",
        "http://device.sso.eu-west-1.amazonaws.com/",
        "file:///etc/passwd",
        "https://",
        "https:///x",
        "//device.sso.eu-west-1.amazonaws.com/",
        "-oProxyCommand=evil",
        "https://x/\x1b]52;c;cm0=\x07",
        "https://x/\u{202e}",
        "https://x/ y",
        "",
    ];
    for name in ["verificationUri", "verificationUriComplete"] {
        for link in links {
            cases.push(case(
                name,
                with(&honest, name, link),
                4,
                &["verificationUri"],
            ));
        }
        let long = format!("https://x/{}", "a".repeat(100 << 10));
        cases.push(case(
            name,
            with(&honest, name, long),
            4,
            &["verificationUri"],
        ));
    }
    for seconds in [
        json!(-1),
        json!(0),
        json!(i32::MIN),
        Value::Null,
        json!(1e300),
        json!("600"),
    ] {
        cases.push(case(
            "expiresIn",
            with(&honest, "expiresIn", seconds),
            4,
            NONSENSE,
        ));
    }
    each(Operation::StartDeviceAuthorization, cases, |laptop| {
        let output = alone(laptop);
        assert_eq!(laptop.aws.count(Operation::CreateToken), 0, "{output}");
        output
    });
}

/// A time that makes no sense but hurts nobody; the code is one that is refused at the first poll.
#[test]
fn of_start_device_authorization_with_odd_times() {
    let honest = device();
    let odd = [
        ("expiresIn", json!(i32::MAX)),
        ("interval", json!(-5)),
        ("interval", json!(i32::MIN)),
        ("interval", Value::Null),
    ];
    std::thread::scope(|scope| {
        for (name, value) in odd {
            let fault = with(&honest, name, value);
            scope.spawn(move || {
                let cases = vec![case(name, fault, 3, &["Invalid device code"])];
                each(Operation::StartDeviceAuthorization, cases, alone);
            });
        }
    });
}

/// The body's length is nothing against it, as long as it is one that can be held.
#[test]
fn long_but_right() {
    let laptop = laptop(Style::Session);
    for operation in [
        Operation::RegisterClient,
        Operation::CreateToken,
        Operation::GetRoleCredentials,
    ] {
        laptop.aws.misbehave(operation, Fault::Padding(100 << 10));
    }
    let output = by_code(&laptop);
    assert!(output.status.success(), "{output}");
    laptop.check_discretion(&output);
}

/// Where an answer points is not gone to, with a code or a secret in the request.
#[test]
fn redirects_are_not_followed() {
    for operation in [
        Operation::RegisterClient,
        Operation::StartDeviceAuthorization,
        Operation::CreateToken,
        Operation::GetRoleCredentials,
    ] {
        println!("{operation:?}");
        let laptop = laptop(Style::Session);
        let elsewhere = laptop.aws.url(Service::Metadata);
        laptop
            .aws
            .misbehave(operation, Fault::Redirect(format!("{elsewhere}/token")));
        let output = match operation {
            Operation::StartDeviceAuthorization => alone(&laptop),
            _ => by_code_if_opened(&laptop),
        };
        check(&laptop, &output, 4, NONSENSE);
        assert_eq!(laptop.aws.connections(Service::Metadata), 0);
    }
}

/// The person allows it, should a browser open.
fn by_code_if_opened(laptop: &Laptop) -> Output {
    let browser = record_browser(&laptop.home);
    let prepare = |run: Run| run.env("BROWSER", browser);
    let (output, ()) = watched(laptop, LOGIN, prepare, |_| {
        let links = opened(&laptop.home, SOON / 10);
        if let Some(link) = links.first() {
            Browser::new().allow(link, ALICE);
        }
    });
    output
}
