//! Answers with tokens and credentials in them, or without.

use serde_json::{Value, json};

use super::{
    ALICE, Case, NONSENSE, STEERING, alone, answer, by_code, case, check, each, of_any, with,
};
use crate::sources::sign_in::{Style, laptop, leave_token, sign_in};
use kit::laptop::LOGIN;
use kit::standin::{Fault, Operation};

fn token_cases() -> Vec<Case> {
    let honest = json!({ "accessToken": "aoa", "expiresIn": 28_800, "tokenType": "Bearer", "refreshToken": "aor" });
    let mut cases = vec![
        case(
            "no token",
            with(&honest, "accessToken", Value::Null),
            4,
            &["accessToken: missing"],
        ),
        case(
            "an empty token",
            with(&honest, "accessToken", ""),
            4,
            &["accessToken: empty"],
        ),
        case(
            "a token with a line end",
            with(&honest, "accessToken", "a\r\nX-Evil: 1"),
            4,
            &["accessToken: "],
        ),
        case(
            "a long token",
            with(&honest, "accessToken", "a".repeat(100 << 10)),
            4,
            &["accessToken: too long"],
        ),
        case(
            "a renewal that steers",
            with(&honest, "refreshToken", STEERING),
            4,
            &["refreshToken: "],
        ),
        case(
            "denied",
            Fault::error(400, "AccessDeniedException", STEERING),
            3,
            &["error: the sign-in was refused", "\\u{1b}]52;c;"],
        ),
        case(
            "the client is not known",
            Fault::error(401, "InvalidClientException", "Client not found"),
            3,
            &["Client not found"],
        ),
        case(
            "the code is over",
            Fault::error(400, "ExpiredTokenException", "Code expired"),
            3,
            &["in time"],
        ),
    ];
    for seconds in [
        json!(-1),
        json!(0),
        json!(i32::MAX),
        json!(i64::MAX),
        Value::Null,
    ] {
        cases.push(case(
            "expiresIn",
            with(&honest, "expiresIn", seconds),
            4,
            NONSENSE,
        ));
    }
    cases
}

#[test]
fn of_create_token_for_a_code() {
    let mut cases = of_any();
    cases.extend(token_cases());
    each(Operation::CreateToken, cases, by_code);
}

/// Trouble that passes is no end here, see the tests of the device flow.
#[test]
fn of_create_token_for_a_device() {
    let mut cases = token_cases();
    let passes = ["no answer", "out of order", "too many requests"];
    cases.extend(
        of_any()
            .into_iter()
            .filter(|case| !passes.contains(&case.name)),
    );
    each(Operation::CreateToken, cases, alone);
}

/// Signed in, but the portal's answer is none.
#[test]
fn of_get_role_credentials() {
    let honest = json!({
        "accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "secret", "sessionToken": "token", "expiration": 4_000_000_000_000_i64,
    });
    let credentials = |name: &str, value: Value| {
        let mut inner = honest.clone();
        inner[name] = value;
        answer(&json!({ "roleCredentials": inner }))
    };
    let mut cases = of_any();
    cases.extend([
        case(
            "none",
            answer(&json!({ "roleCredentials": null })),
            4,
            NONSENSE,
        ),
        case(
            "no key",
            credentials("accessKeyId", Value::Null),
            4,
            &["accessKeyId: missing"],
        ),
        case(
            "no secret",
            credentials("secretAccessKey", Value::Null),
            4,
            &["secretAccessKey: missing"],
        ),
        case(
            "no session token",
            credentials("sessionToken", Value::Null),
            4,
            &["sessionToken: missing"],
        ),
        case(
            "a key that steers",
            credentials("accessKeyId", STEERING.into()),
            4,
            &["accessKeyId: "],
        ),
        case(
            "a long key",
            credentials("accessKeyId", "A".repeat(100 << 10).into()),
            4,
            &["accessKeyId: too long"],
        ),
        case(
            "over",
            credentials("expiration", json!(1_000_000_000_000_i64)),
            4,
            &["expiration: it is over"],
        ),
        case(
            "no end",
            credentials("expiration", Value::Null),
            4,
            &["expiration: "],
        ),
        case(
            "below zero",
            credentials("expiration", json!(-1)),
            4,
            &["expiration: "],
        ),
        case(
            "beyond time",
            credentials("expiration", json!(i64::MAX)),
            4,
            &["expiration: "],
        ),
    ]);
    for Case {
        name,
        fault,
        status,
        words,
    } in cases
    {
        println!("{name}");
        let laptop = laptop(Style::Session);
        let session = sign_in(&laptop, Style::Session, ALICE);
        laptop.aws.misbehave(Operation::GetRoleCredentials, fault);
        let output = laptop.run(LOGIN).output();
        check(&laptop, &output, status, words);
        assert_eq!(laptop.cached("entry"), Vec::<std::path::PathBuf>::new());
        // The sign-in itself is as good as before.
        laptop.aws.behave();
        leave_token(&laptop, Style::Session, &session);
        laptop.succeeds(laptop.run(LOGIN));
    }
}
