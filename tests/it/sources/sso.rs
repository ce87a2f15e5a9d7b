//! Somebody has signed in through IAM Identity Center, with another tool: that is used, shown and renewed.

use chrono::{TimeDelta, Utc};

use crate::sources::sign_in::{
    ACCOUNT, START_URL, STYLES, Style, laptop, leave_token, nobody_asked_for_metadata,
    nobody_was_asked, sign_in,
};
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop, files_below, mode};
use kit::standin::{Operation, Options, Service};
use kit::tools;

#[test]
fn somebody_elses_sign_in_is_used() {
    for style in STYLES {
        let laptop = laptop(style);
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
        nobody_was_asked(&laptop);
        let status = laptop.run("status").exits(3);
        assert!(
            status.stdout.contains("SSO session  not signed in"),
            "{style:?}: {status}"
        );

        sign_in(&laptop, style, "alice@example.com");
        let file = laptop.home.read(&style.token_file());
        laptop
            .succeeds(laptop.run(LOGIN))
            .explains(&["You are alice@example.com"]);
        laptop.succeeds(laptop.run(GET_TOKEN));
        assert_eq!(
            laptop.aws.count(Operation::GetRoleCredentials),
            1,
            "{style:?}: the cache was used after that"
        );
        let asked = laptop.aws.log();
        let portal = asked
            .iter()
            .find(|asked| asked.service == Service::Portal)
            .unwrap();
        assert_eq!(portal.parameter("account_id"), Some(ACCOUNT));
        assert_eq!(portal.parameter("role_name"), Some("Engineer"));
        let assumed = asked
            .iter()
            .find(|asked| asked.operation == Operation::AssumeRole)
            .unwrap();
        assert_eq!(
            assumed.caller.as_deref(),
            Some(
                "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Engineer_0123456789abcdef/alice@example.com"
            )
        );

        assert_eq!(
            laptop.home.read(&style.token_file()),
            file,
            "{style:?}: nothing was to be refreshed"
        );
        assert_eq!(
            files_below(&laptop.home.path(".aws/sso")).len(),
            1,
            "{style:?}: and nothing was left beside it"
        );
        nobody_asked_for_metadata(&laptop);
    }
}

#[test]
fn the_status_says_until_when() {
    for style in STYLES {
        let laptop = laptop(style);
        let mut sign_in = sign_in(&laptop, style, "alice@example.com");
        sign_in.expires = Utc::now() + TimeDelta::minutes(150) + TimeDelta::seconds(30);
        leave_token(&laptop, style, &sign_in);
        laptop.succeeds(laptop.run(LOGIN));
        laptop.aws.forget();

        let text = laptop.succeeds(laptop.run("status")).stdout;
        let row = text
            .lines()
            .find(|line| line.starts_with("SSO session"))
            .unwrap();
        assert!(row.contains("2 h 30 min left"), "{style:?}: {text}");
        let sso = laptop.succeeds(laptop.run("status --output json")).json()["sso"].clone();
        assert_eq!(
            sso["expires_at"],
            sign_in.expires.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "{style:?}"
        );
        assert_eq!(sso["start_url"], START_URL, "{style:?}");
        assert_eq!(
            sso["renewable"], false,
            "{style:?}: without a refresh token"
        );
        nobody_was_asked(&laptop);
    }
}

#[test]
fn over_tls() {
    let laptop = Laptop::bare(Options {
        tls: true,
        ..Options::default()
    });
    laptop.home.write(".aws/config", Style::Session.config());
    laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile work")));
    sign_in(&laptop, Style::Session, "alice@example.com");
    laptop
        .succeeds(laptop.run(LOGIN))
        .explains(&["You are alice@example.com"]);
    nobody_asked_for_metadata(&laptop);
}

/// The same token file, portal and profiles, by the tool that invented them.
#[test]
fn the_aws_cli_agrees() {
    for style in STYLES {
        let laptop = laptop(style);
        let aws = |profile: &str| {
            let words = [
                "sts",
                "get-caller-identity",
                "--query",
                "Arn",
                "--output",
                "text",
                "--profile",
                profile,
            ];
            laptop.home.run(tools::aws(), words)
        };
        let signed_in = sign_in(&laptop, style, "alice@example.com");
        let caller = aws("work").succeeds().stdout;
        assert_eq!(
            caller.trim_end(),
            "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Engineer_0123456789abcdef/alice@example.com",
            "{style:?}"
        );
        let caller = aws("apono-k8s-access").succeeds().stdout;
        assert_eq!(
            caller.trim_end(),
            "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com",
            "{style:?}"
        );
        laptop.succeeds(laptop.run(LOGIN));
        // It keeps what it got from the portal.
        std::fs::remove_dir_all(laptop.home.path(".aws/cli/cache")).unwrap();
        laptop.aws.revoke(&signed_in);
        assert!(!aws("work").output().status.success(), "{style:?}");
        nobody_asked_for_metadata(&laptop);
    }
}

#[test]
fn what_can_be_renewed() {
    for style in STYLES {
        let laptop = laptop(style);
        let sign_in = sign_in(&laptop, style, "alice@example.com");
        let file = laptop.aws.let_expire(sign_in).cache_file(START_URL, true);
        laptop.home.write(&style.token_file(), &file);
        let status = laptop.succeeds(laptop.run("status --output json")).json();
        assert_eq!(status["sso"]["renewable"], true, "{style:?}");
        let without = file.replace("\"clientSecret\"", "\"secret\"");
        laptop.home.write(&style.token_file(), without);
        let status = laptop.run("status --output json").exits(3).json();
        assert_eq!(
            status["sso"]["renewable"], false,
            "{style:?}: without a client"
        );
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
        nobody_was_asked(&laptop);
    }
}

#[test]
fn a_sign_in_is_renewed_without_the_person() {
    let style = Style::Session;
    let laptop = laptop(style);
    let sign_in = sign_in(&laptop, style, "alice@example.com");
    let over = laptop.aws.let_expire(sign_in);
    leave_token(&laptop, style, &over);
    laptop
        .succeeds(laptop.run(LOGIN))
        .explains(&["You are alice@example.com"]);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
    let file: serde_json::Value =
        serde_json::from_str(&laptop.home.read(&style.token_file())).unwrap();
    assert_ne!(file["accessToken"], over.access_token);
    assert_ne!(
        file["refreshToken"],
        over.refresh_token.clone().unwrap(),
        "a refresh token works once"
    );
    for kept in [
        "clientId",
        "clientSecret",
        "startUrl",
        "region",
        "registrationExpiresAt",
    ] {
        assert!(file[kept].is_string(), "{kept}: the next renewal needs it");
    }
    assert_eq!(mode(laptop.home.path(&style.token_file())), 0o600);
    let status = laptop.succeeds(laptop.run("status"));
    assert!(status.stdout.contains("renewed by itself"), "{status}");
    // The aws CLI takes up what we wrote.
    laptop
        .home
        .run(
            tools::aws(),
            ["sts", "get-caller-identity", "--profile", "work"],
        )
        .succeeds();
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);

    // A refresh token that has been used.
    leave_token(&laptop, style, &over);
    laptop.succeeds(laptop.run("logout"));
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
    assert_eq!(laptop.aws.count(Operation::CreateToken), 2);
    nobody_asked_for_metadata(&laptop);
}
