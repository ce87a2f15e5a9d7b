//! Invalid responses and refusals of the OIDC service. Each leads to an error in three parts with a documented
//! exit status; nothing is stored, no control character reaches the terminal, and the program does not hang.

mod tokens;

use serde_json::{Value, json};

use crate::sources::sign_in::{Style, laptop};
use crate::sso::person::{allow, browser, meanwhile};
use crate::sso::watch::nothing_is_stored;
use kit::home::Output;
use kit::laptop::{LOGIN, Laptop};
use kit::standin::{Fault, Operation, Service};

/// Text that would control a terminal: it sets the clipboard and colors, and imitates other text.
const STEERING: &str = "\x1b]52;c;cm0gLXJm\x07\x1b[31mred\r\nhint: run `evil`\u{202e}txt";

/// Title, response and exit status.
type Case = (&'static str, Fault, i32);

/// Returns a response with exactly this JSON.
fn answer(body: &Value) -> Fault {
    json_text(body.to_string())
}

fn json_text(body: String) -> Fault {
    Fault::Body {
        status: 200,
        content_type: "application/json".to_owned(),
        body: body.into_bytes(),
    }
}

/// Returns the response with one value replaced.
fn with(honest: &Value, name: &str, value: impl Into<Value>) -> Fault {
    let mut body = honest.clone();
    body[name] = value.into();
    answer(&body)
}

fn denied(message: &str) -> Fault {
    Fault::error(400, "AccessDeniedException", message)
}

/// Returns the faults that any operation can have.
fn of_any() -> Vec<Case> {
    let deep = |open, close| {
        let (open, close) = ("[".repeat(open), "]".repeat(close));
        json_text(format!("{{\"x\":{open}{close}}}"))
    };
    let refused = |code, message| Fault::error(400, code, message);
    let invalid = "InvalidRequestException";
    vec![
        ("a guest network's page", Fault::html(), 4),
        ("too long", Fault::Padding(400 << 10), 4),
        ("an empty object", answer(&json!({})), 4),
        ("an empty list", answer(&json!([])), 4),
        ("null", answer(&Value::Null), 4),
        ("nothing", json_text(String::new()), 4),
        ("very deep", deep(100_000, 0), 4),
        ("very deep, and whole", deep(60_000, 60_000), 4),
        ("an end halfway", Fault::Truncated, 4),
        ("no answer", Fault::HangUp, 4),
        ("out of order", Fault::unavailable(), 4),
        ("too many requests", Fault::throttling(), 4),
        ("words that steer", refused(invalid, STEERING), 1),
        ("a code that steers", refused("\u{202e}Exception", "no"), 1),
        ("very many words", refused(invalid, &"w ".repeat(60_000)), 1),
    ]
}

/// Runs each case on a laptop of its own.
fn each(operation: Operation, cases: Vec<Case>, run: fn(&Laptop) -> Output) {
    for (title, fault, status) in cases {
        let laptop = laptop(Style::Session);
        laptop.aws.misbehave(operation, fault);
        check(&laptop, run(&laptop), status, title);
        nothing_is_stored(&laptop);
    }
}

#[track_caller]
fn check(laptop: &Laptop, output: Output, status: i32, title: &str) {
    let output = laptop.failed(output, status, title);
    assert!(output.stderr.len() < 8000, "{output}");
}

fn by_code(laptop: &Laptop) -> Output {
    meanwhile(laptop, LOGIN, |link| drop(allow(link))).0
}

fn by_device(laptop: &Laptop) -> Output {
    laptop.run("login --device-code").output()
}

#[test]
fn of_register_client() {
    let honest = json!({
        "clientId": "c", "clientSecret": "s", "clientIdIssuedAt": 1, "clientSecretExpiresAt": 4_000_000_000_i64,
    });
    let with = |name, value: Value| with(&honest, name, value);
    let mut cases = of_any();
    cases.extend([
        ("no id", with("clientId", Value::Null), 4),
        ("no secret", with("clientSecret", Value::Null), 4),
        ("an id that steers", with("clientId", STEERING.into()), 4),
        (
            "a long id",
            with("clientId", "c".repeat(100 << 10).into()),
            4,
        ),
    ]);
    for end in [json!(i64::MAX), json!("soon")] {
        cases.push(("an odd end", with("clientSecretExpiresAt", end), 4));
    }
    each(Operation::RegisterClient, cases, |laptop| {
        let output = by_device(laptop);
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
    let with = |name, value: Value| with(&honest, name, value);
    let long = "A".repeat(100 << 10);
    let mut cases = of_any();
    cases.extend([
        ("no code", with("deviceCode", Value::Null), 4),
        ("no user code", with("userCode", Value::Null), 4),
        ("no link", with("verificationUri", Value::Null), 4),
        (
            "a user code that steers",
            with("userCode", STEERING.into()),
            4,
        ),
        ("a long user code", with("userCode", long.clone().into()), 4),
        ("denied", denied("Not for you"), 3),
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
        &format!("https://x/{long}"),
    ];
    for name in ["verificationUri", "verificationUriComplete"] {
        cases.extend(links.map(|link| (name, with(name, link.into()), 4)));
    }
    for seconds in [
        json!(-1),
        json!(0),
        json!(i32::MIN),
        Value::Null,
        json!(1e300),
        json!("600"),
    ] {
        cases.push(("expiresIn", with("expiresIn", seconds), 4));
    }
    each(Operation::StartDeviceAuthorization, cases, |laptop| {
        let output = by_device(laptop);
        assert_eq!(laptop.aws.count(Operation::CreateToken), 0, "{output}");
        output
    });
}

/// An impossible time that does no harm. The device code is refused at the first poll.
#[test]
fn of_start_device_authorization_with_odd_times() {
    let odd = [
        ("expiresIn", json!(i32::MAX)),
        ("interval", json!(-5)),
        ("interval", json!(i32::MIN)),
        ("interval", Value::Null),
    ];
    std::thread::scope(|scope| {
        let runs = odd.map(|(name, value)| {
            let fault = with(&device(), name, value);
            let run = move || {
                let laptop = laptop(Style::Session);
                let operation = Operation::StartDeviceAuthorization;
                laptop.aws.misbehave(operation, fault);
                let output = by_device(&laptop);
                (laptop, output)
            };
            (name, scope.spawn(run))
        });
        for (name, run) in runs {
            let (laptop, output) = run.join().unwrap();
            check(&laptop, output, 3, name);
            nothing_is_stored(&laptop);
        }
    });
}

/// A long response is accepted as long as it is within the size limit.
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
    laptop.check_discretion(&by_code(&laptop).ended(0));
}

/// Redirects are not followed, because the request holds a code or a secret.
#[test]
fn redirects_are_not_followed() {
    for operation in [
        Operation::RegisterClient,
        Operation::StartDeviceAuthorization,
        Operation::CreateToken,
        Operation::GetRoleCredentials,
    ] {
        let laptop = laptop(Style::Session);
        let elsewhere = laptop.aws.url(Service::Metadata) + "/token";
        laptop.aws.misbehave(operation, Fault::Redirect(elsewhere));
        let output = match operation {
            // No browser is opened.
            Operation::RegisterClient => {
                let run = laptop.run(LOGIN).env("BROWSER", browser(&laptop));
                run.output()
            }
            Operation::StartDeviceAuthorization => by_device(&laptop),
            _ => by_code(&laptop),
        };
        check(&laptop, output, 4, &format!("{operation:?}"));
        laptop.asked_none_of(&[Service::Metadata]);
    }
}
