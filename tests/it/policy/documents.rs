//! The printed documents, read by the tools they are for.

#[cfg(target_os = "linux")]
mod linux;

use kit::Home;

/// Output as people read it: partitions, a path, a name that looks like a flag but is none in the script, a long session.
#[test]
fn partitions_and_paths() {
    let home = Home::new();
    let path = "--account-id 111122223333 --role-name team/apono";
    let long =
        "trust-saml --saml-provider Okta --max-session-duration 12h --account-id 111122223333";
    for words in [
        "trust-saml --saml-provider Okta --account-id 111122223333 --region cn-northwest-1",
        "trust-sso --account-id 111122223333 --role-name=-x --format aws-cli",
        &format!("aws-auth {path}"),
        &format!("access-entry --cluster-name prod {path}"),
        &format!("trust-sso {path} --format cloudformation"),
        &format!("{long} --format aws-cli"),
        &format!("{long} --format cloudformation"),
        &format!("{long} --format terraform"),
    ] {
        let run = home.apono_login(&format!("policy {words}"));
        run.succeeds().recorded(words);
    }
}

#[test]
fn the_installed_profile_says_which_role() {
    let home = Home::new();
    home.write(
        ".aws/config",
        "[profile work]\nrole_arn = arn:aws-cn:iam::444455556666:role/team/apono\nrole_session_name = alice@example.com\nsource_profile = default\nregion = cn-north-1\n",
    );
    let entry = home.apono_login("policy access-entry --cluster-name prod --profile work");
    assert_eq!(
        entry.succeeds().json()["principalArn"],
        "arn:aws-cn:iam::444455556666:role/team/apono"
    );
    // Options on the command line override the profile.
    let typed = "policy access-entry --cluster-name prod --profile work --account-id 111122223333 --role-name x --region eu-west-1";
    assert_eq!(
        home.apono_login(typed).succeeds().json()["principalArn"],
        "arn:aws:iam::111122223333:role/x"
    );
    // The document is printed even if the config file cannot be read.
    home.write(".aws/config", "[profile\n");
    home.apono_login("policy permissions --account-id 111122223333")
        .succeeds();
}

#[test]
fn what_cannot_be_printed() {
    let home = Home::new();
    let refused = |words: &str| {
        let refused = home.apono_login(&format!("policy {words}")).exits(2);
        assert_eq!(refused.stdout, "", "{words}");
        refused.recorded(words);
    };
    refused("trust-sso");
    refused("trust-sso --account-id 1");
    for words in [
        "trust-sso --role-name a/",
        "trust-sso --role-name $(id)",
        "trust-saml",
        "trust-saml --saml-provider ';id'",
        "trust-saml --saml-provider x --max-session-duration 60",
        "aws-auth --format cloudformation",
        "aws-auth --format terraform",
        "aws-auth --format aws-cli",
        "aws-auth --username-prefix system:",
        "aws-auth --username-prefix \"'",
        "access-entry",
        "access-entry --cluster-name prod --username-prefix eks:",
        "access-entry --cluster-name prod --username-prefix apono",
        "access-entry --cluster-name prod --username-prefix file:///etc/passwd:",
    ] {
        refused(&format!("{words} --account-id 111122223333"));
    }
}
