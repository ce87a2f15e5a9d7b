//! Responses with tokens and credentials, valid or not.

use serde_json::{Value, json};

use super::{Case, STEERING, answer, by_code, by_device, check, denied, each, of_any, with};
use crate::sources::sign_in::{ALICE, Style, laptop, leave_token, sign_in};
use kit::laptop::LOGIN;
use kit::standin::{Fault, Operation};

fn token_cases() -> Vec<Case> {
    let honest = json!({ "accessToken": "aoa", "expiresIn": 28_800, "tokenType": "Bearer", "refreshToken": "aor" });
    let token = |value: Value| with(&honest, "accessToken", value);
    let steers = with(&honest, "refreshToken", STEERING);
    let forgotten = Fault::error(401, "InvalidClientException", "Client not found");
    let over = Fault::error(400, "ExpiredTokenException", "Code expired");
    let mut cases = vec![
        ("no token", token(Value::Null), 4),
        ("an empty token", token("".into()), 4),
        ("a token with a line end", token("a\r\nX-Evil: 1".into()), 4),
        ("a long token", token("a".repeat(100 << 10).into()), 4),
        ("a renewal that steers", steers, 4),
        ("denied", denied(STEERING), 3),
        ("the client is not known", forgotten, 3),
        ("the code has expired", over, 3),
    ];
    for seconds in [
        json!(-1),
        json!(0),
        json!(i32::MAX),
        json!(i64::MAX),
        Value::Null,
    ] {
        cases.push(("expiresIn", with(&honest, "expiresIn", seconds), 4));
    }
    cases
}

#[test]
fn of_create_token_for_a_code() {
    let mut cases = of_any();
    cases.extend(token_cases());
    each(Operation::CreateToken, cases, by_code);
}

/// Temporary faults do not end the device flow; its own tests cover them.
#[test]
fn of_create_token_for_a_device() {
    let passes = ["no answer", "out of order", "too many requests"];
    let mut cases = of_any();
    cases.retain(|(title, ..)| !passes.contains(title));
    cases.extend(token_cases());
    each(Operation::CreateToken, cases, by_device);
}

/// The sign-in succeeds, but the portal's response is invalid.
#[test]
fn of_get_role_credentials() {
    let honest = json!({
        "accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "secret", "sessionToken": "token", "expiration": 4_000_000_000_000_i64,
    });
    let with = |name: &str, value: Value| {
        let mut credentials = honest.clone();
        credentials[name] = value;
        answer(&json!({ "roleCredentials": credentials }))
    };
    let long = "A".repeat(100 << 10);
    let none = answer(&json!({ "roleCredentials": null }));
    let mut cases = of_any();
    cases.extend([
        ("none", none, 4),
        ("no key", with("accessKeyId", Value::Null), 4),
        ("no secret", with("secretAccessKey", Value::Null), 4),
        ("no session token", with("sessionToken", Value::Null), 4),
        ("a key that steers", with("accessKeyId", STEERING.into()), 4),
        ("a long key", with("accessKeyId", long.into()), 4),
    ]);
    let past = json!(1_000_000_000_000_i64);
    for end in [past, Value::Null, json!(-1), json!(i64::MAX)] {
        cases.push(("expiration", with("expiration", end), 4));
    }
    for (title, fault, status) in cases {
        let laptop = laptop(Style::Session);
        let session = sign_in(&laptop, Style::Session, ALICE);
        laptop.aws.misbehave(Operation::GetRoleCredentials, fault);
        check(&laptop, laptop.run(LOGIN).output(), status, title);
        assert!(laptop.cached("entry").is_empty());
        // The sign-in itself is still valid.
        laptop.aws.behave();
        leave_token(&laptop, Style::Session, &session);
        laptop.succeeds(laptop.run(LOGIN));
    }
}
