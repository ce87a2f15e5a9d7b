//! What `install` asks for a sign-in, and what it refuses to take for an answer.

use crate::install::sso::{
    CORP, SESSION_SECTION, SOURCE, SOURCE_SECTION, SSO, fresh, mark, own, with_sso,
};
use crate::install::typed;
use kit::laptop::INSTALL;

#[test]
fn all_that_is_missing_is_named_at_once() {
    let laptop = fresh();
    for (flags, missing) in [
        (
            "--sso-role-name Engineer",
            "missing: --account-id, --email, --region, --sso-start-url",
        ),
        (
            "--sso-start-url https://example.awsapps.com/start",
            "missing: --account-id, --email, --region, --sso-role-name",
        ),
        (SSO, "missing: --account-id, --email, --region"),
        (
            "--sso-region eu-west-1 --account-id 111122223333 --email a@b.c --region eu-west-1",
            "missing: --sso-start-url, --sso-role-name",
        ),
    ] {
        let refused = laptop.fails(laptop.run(&format!("install {flags}")), 2, "");
        assert!(
            refused.stderr.contains(&format!("error: {missing}\n")),
            "{refused}"
        );
        assert!(
            refused
                .stderr
                .contains("hint: apono-login install --account-id"),
            "{refused}"
        );
    }
    assert!(!laptop.home.path(".aws/config").exists());

    // Two places to sign in, and nothing that tells which.
    let two = format!(
        "{CORP}\n{}",
        SESSION_SECTION.replace("//example", "//other")
    );
    laptop.home.write(".aws/config", &two);
    let flags = "--sso-role-name Admin";
    laptop.fails(laptop.run(&format!("{INSTALL} {flags}")), 2, "");
    assert_eq!(laptop.home.read(".aws/config"), two);
}

#[test]
fn a_person_on_a_fresh_laptop_is_asked() {
    let laptop = fresh();
    let lines = [
        "111122223333",
        "eu-west-1",
        "http://example.awsapps.com/start",
        "https://example.awsapps.com/start/#/",
        "Engineer",
    ];
    let asked = typed(&laptop, "install --email alice@example.com", &lines);
    assert!(asked.status.success(), "{asked}");
    let config = laptop.home.read(".aws/config");
    let own_section = own(SOURCE, Some(mark(&config)));
    assert_eq!(
        config,
        format!("{SESSION_SECTION}\n{SOURCE_SECTION}\n{own_section}")
    );

    // Who has no portal is left to set the source up some other way.
    let laptop = fresh();
    let lines = ["111122223333", "eu-west-1", "", "alice@example.com"];
    let asked = typed(&laptop, "install", &lines);
    assert!(asked.status.success(), "{asked}");
    assert_eq!(laptop.home.read(".aws/config"), own("default", None));
}

/// Who signs in with SAML has a link, too, and is told where it goes.
#[test]
fn a_link_of_an_identity_provider_is_no_portal() {
    let laptop = fresh();
    let lines = [
        "111122223333",
        "eu-west-1",
        "https://example.okta.com/home/amazon_aws/0oa1/272",
    ];
    let refused = typed(&laptop, "install", &lines);
    assert_eq!(refused.status.code(), Some(1), "{refused}");
    assert!(
        refused
            .stdout
            .contains("`apono-login install --saml-url LINK`"),
        "{refused}"
    );
    assert!(!laptop.home.path(".aws/config").exists());
}

#[test]
fn flags_that_hold_something_else() {
    let laptop = fresh();
    laptop.home.write(".aws/config", CORP);
    let long_role = "a".repeat(33);
    let long_url = format!("https://example.com/{}", "a".repeat(250));
    let cases = [
        ("--sso-start-url", "javascript:alert(1)"),
        ("--sso-start-url", "http://example.awsapps.com/start"),
        (
            "--sso-start-url",
            "https://example.awsapps.com@evil.com/start",
        ),
        ("--sso-start-url", "https://example.awsapps.com/start?x=y"),
        (
            "--sso-start-url",
            "https://example.awsapps.com/start\n[profile evil]",
        ),
        (
            "--sso-start-url",
            "https://example.awsapps.com/#\n[profile evil]",
        ),
        ("--sso-start-url", "https://example.awsapps.com/start]"),
        (
            "--sso-start-url",
            "https://example.awsapps.com/\x1b]0;x\x07",
        ),
        ("--sso-start-url", "https:///start"),
        ("--sso-start-url", ""),
        ("--sso-start-url", &long_url),
        ("--sso-account-id", "11112222333"),
        ("--sso-account-id", "111122223333\n"),
        ("--sso-region", "evil.com/#"),
        ("--sso-region", "eu-west-1]"),
        ("--sso-role-name", "Engineer Admin"),
        ("--sso-role-name", "Engineer\nrole_arn = x"),
        ("--sso-role-name", "Engineer]"),
        ("--sso-role-name", "\x1b[31mEngineer"),
        ("--sso-role-name", "\u{202e}reenignE"),
        ("--sso-role-name", &long_role),
        ("--sso-role-name", ""),
    ];
    for (flag, evil) in cases {
        let mut words: Vec<String> = with_sso().split(' ').map(str::to_owned).collect();
        match words.iter().position(|word| word == flag) {
            Some(at) => words[at + 1] = evil.to_owned(),
            None => words.extend([flag.to_owned(), evil.to_owned()]),
        }
        let refused = laptop.run_words(&words).exits(2);
        assert_eq!(refused.stdout, "", "{refused}");
        laptop.check_discretion(&refused);
        assert!(!refused.stderr.contains('\u{202e}'), "{refused}");
        assert_eq!(laptop.home.read(".aws/config"), CORP, "{refused}");
    }
    // What a file holds is somebody else's, too.
    let evil = "[profile work]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = a\x1b[31mb\n\n\
                [sso-session corp]\nsso_start_url = javascript:alert(1)\nsso_region = \u{202e}x\n";
    laptop.home.write(".aws/config", evil);
    let run = laptop.run(&format!("{} --source-profile work", with_sso()));
    let refused = laptop.fails(run, 1, "");
    assert!(!refused.stderr.contains('\u{202e}'), "{refused}");
    assert_eq!(laptop.home.read(".aws/config"), evil);
}
