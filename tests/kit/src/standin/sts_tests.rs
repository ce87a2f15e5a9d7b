//! Tests of STS: the guide's trust policy, and MFA codes.

use super::*;

const ROLE: &str = "arn:aws:iam::111122223333:role/apono-k8s-access";

#[test]
fn the_guides_trust_policy() {
    let role = Role::guide(ROLE);
    let alice = Principal::sso("111122223333", "Engineer", "alice@example.com");
    let mut unnamed = alice.clone();
    unnamed.saml_sub = None;
    let mut at_home = alice.clone();
    at_home.principal_arn = at_home.principal_arn.replace("/eu-west-1/", "/");
    let lookalike = "arn:aws:iam::111122223333:role/AWSReservedSSO_Engineer_0123456789abcdef";
    let mut lookalike = Principal::session(lookalike, "alice@example.com");
    lookalike.saml_sub = Some("alice@example.com".to_owned());
    let cases = [
        (&alice, "alice@example.com", true),
        (&alice, "ALICE@example.com", true),
        (&at_home, "alice@example.com", true),
        (&alice, "bob@example.com", false),
        (&alice, "botocore-session-1", false),
        (&unnamed, "alice@example.com", false),
        (&lookalike, "alice@example.com", false),
        (
            &Principal::user("111122223333", "alice@example.com"),
            "alice@example.com",
            false,
        ),
        (
            &Principal::sso("444455556666", "Engineer", "alice@example.com"),
            "alice@example.com",
            false,
        ),
    ];
    for (source, session, expected) in cases {
        assert_eq!(
            trusts(&role, source, session),
            expected,
            "{} as {session}",
            source.principal_arn
        );
    }
}

#[test]
fn codes_of_an_mfa_device() {
    let mut user = Principal::user("111122223333", "operator");
    user.mfa = Some((
        "arn:aws:iam::111122223333:mfa/operator".to_owned(),
        "123456".to_owned(),
    ));
    let serial = Some("arn:aws:iam::111122223333:mfa/operator");
    assert_eq!(check_mfa(&user, None, None), Ok(false));
    assert_eq!(check_mfa(&user, serial, Some("123456")), Ok(true));
    for (serial, code) in [
        (serial, Some("654321")),
        (serial, None),
        (None, Some("123456")),
        (Some("x"), Some("123456")),
    ] {
        assert!(
            check_mfa(&user, serial, code).is_err(),
            "{serial:?} {code:?}"
        );
    }
}
