//! An SSO sign-in made with another tool is used, shown and renewed.

#[cfg(target_os = "linux")]
mod linux;

use chrono::{TimeDelta, Utc};

use crate::sources::sign_in::{
    ACCOUNT, ALICE, ENGINEER_ARN, START_URL, STYLES, Style, laptop, laptop_over_tls, leave_token,
    no_metadata, no_requests, sign_in, stored,
};
use kit::laptop::{GET_TOKEN, LOGIN};
use kit::standin::Operation;

#[test]
fn another_tools_sign_in_is_used() {
    for style in STYLES {
        let laptop = laptop(style);
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "not signed in");
        no_requests(&laptop);
        laptop.run("status").exits(3).recorded("not signed in");

        sign_in(&laptop, style, ALICE);
        let file = laptop.home.read(&style.token_file());
        laptop.succeeds(laptop.run(LOGIN)).recorded("signed in");
        laptop.succeeds(laptop.run(GET_TOKEN));
        let from_portal = laptop.aws.count(Operation::GetRoleCredentials);
        assert_eq!(from_portal, 1, "{style:?}: the cache was used after that");
        let portal = laptop.aws.first(Operation::GetRoleCredentials);
        assert_eq!(portal.parameter("account_id"), Some(ACCOUNT));
        assert_eq!(portal.parameter("role_name"), Some("Engineer"));
        let assumed = laptop.aws.first(Operation::AssumeRole);
        assert_eq!(assumed.caller.as_deref(), Some(ENGINEER_ARN));
        // No renewal was needed, and no other file was written.
        assert_eq!(laptop.home.read(&style.token_file()), file, "{style:?}");
        assert_eq!(stored(&laptop).len(), 1);
        no_metadata(&laptop);
    }
}

#[test]
fn the_status_says_until_when() {
    for style in STYLES {
        let laptop = laptop(style);
        let mut sign_in = sign_in(&laptop, style, ALICE);
        sign_in.expires = Utc::now() + TimeDelta::minutes(150) + TimeDelta::seconds(30);
        leave_token(&laptop, style, &sign_in);
        laptop.succeeds(laptop.run(LOGIN));
        laptop.aws.forget();

        let output = laptop.succeeds(laptop.run("status"));
        assert!(output.recorded("").stdout.contains("2 h 30 min"));
        let sso = laptop.succeeds(laptop.run("status --output json")).json()["sso"].clone();
        let expires = sign_in.expires.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        assert_eq!(sso["expires_at"], expires, "{style:?}");
        assert_eq!(sso["start_url"], START_URL, "{style:?}");
        assert_eq!(sso["renewable"], false, "without a refresh token");
        no_requests(&laptop);
    }
}

#[test]
fn over_tls() {
    let laptop = laptop_over_tls();
    sign_in(&laptop, Style::Session, ALICE);
    laptop.succeeds(laptop.run(LOGIN)).recorded("");
    no_metadata(&laptop);
}

#[test]
fn what_can_be_renewed() {
    for style in STYLES {
        let laptop = laptop(style);
        let over = laptop.aws.let_expire(sign_in(&laptop, style, ALICE));
        let file = over.cache_file(START_URL, true);
        let without = file.replace("\"clientSecret\"", "\"secret\"");
        for (file, renewable, status) in [(file, true, 0), (without, false, 3)] {
            laptop.home.write(&style.token_file(), file);
            let status = laptop.run("status --output json").exits(status).json();
            assert_eq!(status["sso"]["renewable"], renewable, "{style:?}");
        }
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "without a client");
        no_requests(&laptop);
    }
}
