//! SSO sign-ins that cannot be used: another person's, revoked, expired, damaged, without the role.

use chrono::{TimeDelta, Utc};

use crate::sources::sign_in::{
    ACCOUNT, ALICE, START_URL, STYLES, Style, laptop, leave_token, no_metadata, no_requests,
    sign_in,
};
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop};
use kit::standin::{Fault, Operation, Options};

#[test]
fn another_persons_or_a_revoked_sign_in() {
    for style in STYLES {
        let laptop = laptop(style);
        sign_in(&laptop, style, "bob@example.com");
        laptop.fails(laptop.run(LOGIN), 1, "another person");
        laptop.aws.forget();
        let signed_in = sign_in(&laptop, style, ALICE);
        laptop.aws.revoke(&signed_in);
        for run in [GET_TOKEN, "export-credentials"] {
            laptop.fails_in_a_line(laptop.run(run), "revoked");
        }
        assert_eq!(laptop.aws.count(Operation::AssumeRole), 0);
        // As the hint says.
        sign_in(&laptop, style, ALICE);
        laptop.succeeds(laptop.run(LOGIN)).recorded("another one");
        no_metadata(&laptop);
    }
}

#[test]
fn a_sign_in_that_has_expired_is_known_without_asking() {
    for style in STYLES {
        let laptop = laptop(style);
        let mut sign_in = sign_in(&laptop, style, ALICE);
        sign_in.expires = Utc::now() - TimeDelta::minutes(5);
        leave_token(&laptop, style, &sign_in);
        let ended = sign_in.expires.format("%Y-%m-%d %H:%M UTC").to_string();
        for run in [GET_TOKEN, "export-credentials"] {
            let output = laptop.fails_in_a_line(laptop.run(run), "");
            assert!(output.stderr.contains(&ended), "{ended}: {output}");
        }
        laptop.run("status").exits(3).recorded("");
        no_requests(&laptop);
    }
}

#[test]
fn a_token_file_that_cannot_be_read_counts_as_absent() {
    let style = Style::Session;
    let laptop = laptop(style);
    let whole = sign_in(&laptop, style, ALICE).cache_file(START_URL, true);
    let expires = whole.find("\"expiresAt\": \"").unwrap() + 14;
    let damaged = [
        String::new(),
        whole[..whole.len() / 2].to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        whole.replace("accessToken", "access_token"),
        whole.replace("expiresAt", "expires_at"),
        whole.replace(&whole[expires..][..4], "soon"),
        "x".repeat(300 << 10),
    ];
    laptop.aws.forget();
    for file in damaged {
        laptop.home.write(&style.token_file(), &file);
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
        assert_eq!(laptop.home.read(&style.token_file()), file, "left as it is");
        laptop.run("status").exits(3).recorded("");
    }
    no_requests(&laptop);
    // Times as old versions of the AWS CLI wrote them. Tokens can end in Z as well.
    let z = expires + "2026-11-28T12:00:00".len();
    assert_eq!(&whole[z..z + 2], "Z\"");
    for end in ["UTC", "+00:00"] {
        let file = [&whole[..z], end, &whole[z + 1..]].concat();
        laptop.home.write(&style.token_file(), file);
        laptop.succeeds(laptop.run("login --force"));
    }
}

#[test]
fn a_permission_set_that_is_not_assigned() {
    for style in STYLES {
        let laptop = laptop(style);
        for assigned in [(ACCOUNT, "Auditor"), ("444455556666", "Engineer")] {
            let sign_in = laptop.aws.sign_in(ALICE, &[assigned]);
            leave_token(&laptop, style, &sign_in);
            // Another sign-in would have the same result.
            laptop.fails(
                laptop.run(LOGIN),
                1,
                &assigned.0.replace(ACCOUNT, assigned.1),
            );
        }
        no_metadata(&laptop);
    }
}

#[test]
fn a_portal_that_fails() {
    let laptop = laptop(Style::Session);
    sign_in(&laptop, Style::Session, ALICE);
    for (title, fault) in [
        ("503", Fault::unavailable()),
        (
            "429",
            Fault::error(429, "TooManyRequestsException", "slow down"),
        ),
        ("no answer", Fault::HangUp),
        ("a web page", Fault::html()),
    ] {
        laptop.aws.misbehave(Operation::GetRoleCredentials, fault);
        // Another sign-in would not help.
        laptop.fails(laptop.run(LOGIN), 4, title);
        laptop.aws.behave();
    }
    laptop.succeeds(laptop.run(LOGIN));
    no_metadata(&laptop);
}

#[test]
fn half_a_source_profile() {
    let laptop = Laptop::bare(Options::default());
    for (style, key) in [
        (Style::Session, "sso_account_id"),
        (Style::Session, "sso_role_name"),
        (Style::Session, "sso_region"),
        (Style::Legacy, "sso_region"),
        (Style::Legacy, "sso_role_name"),
    ] {
        let config = style.config();
        let lines = config.split_inclusive('\n');
        let half: String = lines.filter(|line| !line.starts_with(key)).collect();
        laptop.home.write(".aws/config", half);
        laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile work")));
        sign_in(&laptop, style, ALICE);
        laptop.fails(laptop.run(LOGIN), 1, &format!("{style:?} without {key}"));
    }
    no_requests(&laptop);
}
