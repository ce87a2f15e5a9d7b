//! Sharing sign-ins with other AWS tools, in both directions.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sources::sign_in::{ALICE, START_URL, STYLES, Style, laptop};
use crate::sso::person::{caller, signed_in, ten_minutes_left, token_file};
use kit::laptop::{GET_TOKEN, LOGIN, mode};
use kit::standin::Operation;

#[test]
fn the_aws_cli_uses_our_sign_in() {
    for style in STYLES {
        let laptop = laptop(style);
        signed_in(&laptop, LOGIN);
        let before = token_file(&laptop, style);
        for (profile, role) in [
            ("work", "AWSReservedSSO_Engineer_0123456789abcdef"),
            ("apono-k8s-access", "apono-k8s-access"),
        ] {
            let arn = format!("arn:aws:sts::111122223333:assumed-role/{role}/{ALICE}");
            let output = caller(&laptop, profile).succeeds();
            assert_eq!(output.stdout.trim_end(), arn, "{style:?}");
        }
        assert_eq!(token_file(&laptop, style), before, "{style:?}");
        assert_eq!(laptop.aws.count(Operation::CreateToken), 1, "{style:?}");
    }
}

/// The AWS CLI renews with the program's client, secret and refresh token, and stores the result where the program reads.
#[test]
fn the_aws_cli_renews_our_sign_in_and_we_its() {
    let style = Style::Session;
    let laptop = laptop(style);
    laptop.aws.set_sso_seconds(600);
    signed_in(&laptop, LOGIN);
    let ours = token_file(&laptop, style);
    laptop.aws.set_sso_seconds(601);
    laptop.aws.forget();
    caller(&laptop, "work").succeeds();
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
    let theirs = token_file(&laptop, style);
    assert_ne!(theirs["accessToken"], ours["accessToken"]);
    assert_ne!(theirs["refreshToken"], ours["refreshToken"]);
    assert_eq!(shape(&theirs), shape(&ours), "keys and formats");
    for kept in [
        "startUrl",
        "region",
        "clientId",
        "clientSecret",
        "registrationExpiresAt",
    ] {
        assert_eq!(theirs[kept], ours[kept], "{kept}");
    }
    assert_eq!(theirs["startUrl"], START_URL);

    // The AWS CLI's token expires soon too, and the program renews it.
    laptop.succeeds(laptop.run("logout"));
    laptop.aws.set_sso_seconds(8 * 3600);
    laptop.succeeds(laptop.run(GET_TOKEN)).json();
    assert_eq!(laptop.aws.count(Operation::CreateToken), 2);
    let renewed = token_file(&laptop, style);
    assert_eq!(shape(&renewed), shape(&theirs));
    assert_ne!(renewed["refreshToken"], theirs["refreshToken"]);
    assert_eq!(mode(laptop.home.path(&style.token_file())), 0o600);
    caller(&laptop, "work").succeeds();
    assert_eq!(laptop.aws.count(Operation::CreateToken), 2);
    assert_eq!(laptop.aws.count(Operation::Authorize), 0);
}

/// Both tools renew in turn, and the sign-in is never lost.
#[test]
fn many_renewals_by_turns() {
    let style = Style::Session;
    let laptop = laptop(style);
    signed_in(&laptop, LOGIN);
    laptop.aws.forget();
    for _ in 0..3 {
        let _ = std::fs::remove_dir_all(laptop.home.path(".aws/cli/cache"));
        ten_minutes_left(&laptop, style);
        caller(&laptop, "work").succeeds();
        ten_minutes_left(&laptop, style);
        laptop.succeeds(laptop.run("login --force"));
    }
    assert_eq!(laptop.aws.count(Operation::CreateToken), 6);
    assert_eq!(laptop.aws.count(Operation::Authorize), 0);
}

/// Returns the keys and the format of the values: digits in times become 0.
fn shape(file: &Value) -> BTreeMap<String, String> {
    let keys = file.as_object().unwrap().iter();
    keys.map(|(key, value)| {
        let text = value.as_str().unwrap();
        let form = match key.ends_with("At") {
            true => text.replace(|c: char| c.is_ascii_digit(), "0"),
            false => "text".to_owned(),
        };
        (key.clone(), form)
    })
    .collect()
}
