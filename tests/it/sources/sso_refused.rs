//! Sign-ins through IAM Identity Center that are of no use: another person's, revoked, over, damaged, for too little.

use chrono::{TimeDelta, Utc};

use crate::sources::sign_in::{
    ACCOUNT, START_URL, STYLES, Style, laptop, leave_token, nobody_asked_for_metadata,
    nobody_was_asked, sign_in,
};
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop};
use kit::standin::{Fault, Operation, Options};

#[test]
fn a_colleagues_sign_in_is_not_ours() {
    for style in STYLES {
        let laptop = laptop(style);
        sign_in(&laptop, style, "bob@example.com");
        laptop.fails(laptop.run(LOGIN), 1, "");
        nobody_asked_for_metadata(&laptop);
    }
}

#[test]
fn a_revoked_sign_in_asks_for_another() {
    for style in STYLES {
        let laptop = laptop(style);
        let signed_in = sign_in(&laptop, style, "alice@example.com");
        laptop.aws.revoke(&signed_in);
        for run in [GET_TOKEN, "export-credentials"] {
            laptop.fails_in_a_line(laptop.run(run), "");
        }
        assert_eq!(laptop.aws.count(Operation::AssumeRole), 0);
        // As the hint says.
        sign_in(&laptop, style, "alice@example.com");
        laptop
            .succeeds(laptop.run(LOGIN))
            .explains(&["You are alice@example.com"]);
        nobody_asked_for_metadata(&laptop);
    }
}

#[test]
fn a_sign_in_that_is_over_is_known_without_asking() {
    for style in STYLES {
        let laptop = laptop(style);
        let mut sign_in = sign_in(&laptop, style, "alice@example.com");
        sign_in.expires = Utc::now() - TimeDelta::minutes(5);
        leave_token(&laptop, style, &sign_in);
        let ended = format!("ended at {}", sign_in.expires.format("%Y-%m-%d %H:%M UTC"));
        for run in [GET_TOKEN, "export-credentials"] {
            laptop.fails_in_a_line(laptop.run(run), "");
        }
        let status = laptop.run("status").exits(3);
        assert!(status.stdout.contains("UTC (over)"), "{status}");
        nobody_was_asked(&laptop);
    }
}

#[test]
fn a_token_file_that_cannot_be_read_counts_as_absent() {
    let style = Style::Session;
    let laptop = laptop(style);
    let whole = sign_in(&laptop, style, "alice@example.com").cache_file(START_URL, true);
    let damaged = [
        String::new(),
        whole[..whole.len() / 2].to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        whole.replace("accessToken", "access_token"),
        whole.replace("expiresAt", "expires_at"),
        whole.replace(
            &whole[whole.find("\"expiresAt\": \"").unwrap() + 14..][..4],
            "soon",
        ),
        "x".repeat(300 << 10),
    ];
    laptop.aws.forget();
    for file in damaged {
        laptop.home.write(&style.token_file(), &file);
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
        assert_eq!(laptop.home.read(&style.token_file()), file, "left as it is");
        let status = laptop.run("status").exits(3);
        assert!(
            status.stdout.contains("SSO session  not signed in"),
            "{file}: {status}"
        );
    }
    nobody_was_asked(&laptop);
    // Times as old versions of the AWS CLI wrote them. A token can end in Z as well.
    let z = whole.find("\"expiresAt\": \"").unwrap() + 14 + "2026-11-28T12:00:00".len();
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
        let cases = [
            ((ACCOUNT, "Auditor"), "yours in that account: Auditor"),
            (
                ("444455556666", "Engineer"),
                "to what is assigned to you: your AWS admin knows",
            ),
        ];
        for (assigned, hint) in cases {
            let sign_in = laptop.aws.sign_in("alice@example.com", &[assigned]);
            leave_token(&laptop, style, &sign_in);
            // Signing in again would change nothing.
            let output = laptop.fails(laptop.run(LOGIN), 1, "");
            assert!(!output.stderr.contains("sign in"), "{output}");
        }
        nobody_asked_for_metadata(&laptop);
    }
}

#[test]
fn a_portal_that_fails() {
    let laptop = laptop(Style::Session);
    sign_in(&laptop, Style::Session, "alice@example.com");
    let faults = [
        (Fault::error(503, "ServiceUnavailable", "try later"), 4),
        (
            Fault::error(429, "TooManyRequestsException", "slow down"),
            4,
        ),
        (Fault::HangUp, 4),
        (Fault::html(), 4),
    ];
    for (fault, status) in faults {
        laptop.aws.misbehave(Operation::GetRoleCredentials, fault);
        let output = laptop.fails(laptop.run(LOGIN), status, "");
        assert!(
            !output.stderr.contains("run `apono-login`"),
            "signing in again would not help: {output}"
        );
        laptop.aws.behave();
    }
    laptop.succeeds(laptop.run(LOGIN));
    nobody_asked_for_metadata(&laptop);
}

#[test]
fn half_a_source_profile() {
    let laptop = Laptop::bare(Options::default());
    let lacks = [
        (Style::Session, "sso_account_id"),
        (Style::Session, "sso_role_name"),
        (Style::Session, "sso_region"),
        (Style::Legacy, "sso_region"),
        (Style::Legacy, "sso_role_name"),
    ];
    for (style, key) in lacks {
        let config = style
            .config()
            .lines()
            .filter(|line| !line.starts_with(key))
            .map(|line| format!("{line}\n"))
            .collect::<String>();
        laptop.home.write(".aws/config", config);
        laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile work")));
        sign_in(&laptop, style, "alice@example.com");
        let lacks = format!("profile \"work\" lacks {key}");
        laptop.fails(laptop.run(LOGIN), 1, "");
    }
    nobody_was_asked(&laptop);
}
