//! What needs Linux or its programs here.

use super::*;
use crate::sso::person::caller;
use crate::sso::person::token_file;
use kit::laptop::mode;

/// The aws CLI gives the same result with the same token file, portal and profiles.
#[test]
fn the_aws_cli_agrees() {
    for style in STYLES {
        let laptop = laptop(style);
        let signed_in = sign_in(&laptop, style, ALICE);
        for (profile, arn) in [
            ("work", ENGINEER_ARN),
            (
                "apono-k8s-access",
                "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com",
            ),
        ] {
            let output = caller(&laptop, profile).succeeds();
            assert_eq!(output.stdout.trim_end(), arn, "{style:?}");
        }
        laptop.succeeds(laptop.run(LOGIN));
        // The aws CLI caches the portal's credentials.
        std::fs::remove_dir_all(laptop.home.path(".aws/cli/cache")).unwrap();
        laptop.aws.revoke(&signed_in);
        let refused = caller(&laptop, "work").output();
        assert!(!refused.status.success(), "{style:?}");
        no_metadata(&laptop);
    }
}

#[test]
fn a_sign_in_is_renewed_without_the_person() {
    let style = Style::Session;
    let laptop = laptop(style);
    let over = laptop.aws.let_expire(sign_in(&laptop, style, ALICE));
    leave_token(&laptop, style, &over);
    laptop.succeeds(laptop.run(LOGIN)).recorded("");
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
    let file = token_file(&laptop, style);
    assert_ne!(file["accessToken"], over.access_token);
    let before = over.refresh_token.clone().unwrap();
    assert_ne!(file["refreshToken"], before, "a refresh token works once");
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
    laptop.succeeds(laptop.run("status")).recorded("");
    // The aws CLI can use what the program wrote.
    caller(&laptop, "work").succeeds();
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);

    leave_token(&laptop, style, &over);
    laptop.succeeds(laptop.run("logout"));
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "a refresh token that was used");
    assert_eq!(laptop.aws.count(Operation::CreateToken), 2);
    no_metadata(&laptop);
}
