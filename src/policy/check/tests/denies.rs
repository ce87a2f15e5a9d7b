//! Deny statements in the trust policy.

use super::*;

/// A Deny that keeps all users out is told; any other one is not judged.
#[test]
fn denies() {
    let with = |mut policy: Value, deny: Value| {
        policy["Statement"].as_array_mut().unwrap().push(deny);
        ids(&[policy], &expected())
    };
    let all = json!({"Effect": "Deny", "Principal": "*", "Action": "*"});
    let kept_out = [(Wrong, "trust-denied"), (Wrong, "trust-nobody")];
    assert_eq!(with(guide_trust(), all.clone()), kept_out);
    assert_eq!(with(guide_saml(), all), kept_out);
    let audience = json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}});
    let of_saml = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithSAML", "Condition": audience});
    let noted = [(Wrong, "trust-nobody"), (Note, "trust-deny")];
    assert_eq!(with(guide_saml(), of_saml.clone()), noted);
    assert_eq!(with(guide_trust(), of_saml), [(Note, "trust-deny")]);
    let without_mfa = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}});
    assert_eq!(with(guide_trust(), without_mfa), [(Note, "trust-deny")]);
    let strangers = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
        "Condition": {"StringNotEqualsIgnoreCase": {"sts:RoleSessionName": "${SAML:sub}"}}});
    assert_eq!(with(guide_trust(), strangers), [(Note, "trust-deny")]);
}

/// A Deny of a sign-in that no statement allows keeps no user out.
#[test]
fn denies_of_other_sign_ins() {
    let own_account = json!({"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}});
    let permission_sets = json!({"ArnNotLike": {"aws:PrincipalArn": format!("arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/*")}});
    let noted: &[Named] = &[(Note, "trust-deny")];
    let kept_out: &[Named] = &[(Wrong, "trust-denied"), (Wrong, "trust-nobody")];
    for (principal, action, condition, of_sso, of_saml) in [
        (
            json!("*"),
            "sts:AssumeRoleWithSAML",
            json!({}),
            noted,
            kept_out,
        ),
        (json!("*"), "sts:AssumeRole", json!({}), kept_out, noted),
        (
            json!("*"),
            "sts:AssumeRoleWithWebIdentity",
            json!({}),
            noted,
            noted,
        ),
        (json!({"AWS": "*"}), "sts:*", own_account, noted, kept_out),
        (json!("*"), "sts:*", permission_sets, noted, kept_out),
    ] {
        let deny = json!({"Effect": "Deny", "Principal": principal, "Action": action, "Condition": condition});
        for (mut policy, wanted) in [(guide_trust(), of_sso), (guide_saml(), of_saml)] {
            policy["Statement"]
                .as_array_mut()
                .unwrap()
                .push(deny.clone());
            assert_eq!(ids(&[policy.clone()], &expected()), wanted, "{policy}");
        }
        // The guide's policy for SSO, and a provider is expected.
        let provider = format!("arn:aws:iam::{ACCOUNT}:saml-provider/Okta")
            .parse()
            .ok();
        let mut policy = guide_trust();
        policy["Statement"]
            .as_array_mut()
            .unwrap()
            .push(deny.clone());
        let found = ids(
            &[policy],
            &Expected {
                provider,
                ..expected()
            },
        );
        let is_denied = of_saml == kept_out || of_sso == kept_out;
        assert_eq!(
            found.contains(&(Wrong, "trust-denied")),
            is_denied,
            "{deny}"
        );
    }
}

/// Whom the principals of a Deny name.
#[test]
fn principals_of_denies() {
    let okta = format!("arn:aws:iam::{ACCOUNT}:saml-provider/Okta");
    let noted: &[Named] = &[(Note, "trust-deny")];
    let kept_out: &[Named] = &[(Wrong, "trust-denied"), (Wrong, "trust-nobody")];
    let refused: &[Named] = &[(Wrong, "trust-not-principal"), (Note, "trust-deny")];
    for (element, principal, of_sso, of_saml) in [
        ("Principal", json!({"AWS": ACCOUNT}), kept_out, noted),
        (
            "Principal",
            json!({"AWS": format!("arn:aws:iam::{ACCOUNT}:role/aws-reserved/*")}),
            noted,
            noted,
        ),
        ("Principal", json!({"Federated": okta}), noted, kept_out),
        // Principals are not patterns.
        (
            "Principal",
            json!({"Federated": okta.replace("Okta", "*")}),
            noted,
            noted,
        ),
        ("Principal", json!({"Federated": "*"}), noted, noted),
        // Providers that users do not sign in at.
        (
            "Principal",
            json!({"Federated": okta.replace("Okta", "Entra")}),
            noted,
            noted,
        ),
        (
            "Principal",
            json!({"Federated": okta.replace(ACCOUNT, "444455556666")}),
            noted,
            noted,
        ),
        // Trust policies cannot have it.
        ("NotPrincipal", json!({"Federated": okta}), refused, refused),
        ("NotPrincipal", json!({"AWS": ACCOUNT}), refused, refused),
        ("NotPrincipal", json!({"AWS": "*"}), refused, refused),
    ] {
        for (mut policy, wanted) in [(guide_trust(), of_sso), (guide_saml(), of_saml)] {
            let deny = json!({"Effect": "Deny", element: principal, "Action": "sts:*"});
            policy["Statement"].as_array_mut().unwrap().push(deny);
            assert_eq!(ids(&[policy.clone()], &expected()), wanted, "{policy}");
        }
    }
    // The fix is for the provider that is allowed, not for one that is denied.
    let mut policy = guide_saml();
    policy["Statement"][0]["Condition"]["Null"] = json!({"SAML:aud": "true"});
    let entra = json!({"Federated": okta.replace("Okta", "Entra")});
    let deny = json!({"Effect": "Deny", "Principal": entra, "Action": "sts:*"});
    policy["Statement"].as_array_mut().unwrap().insert(0, deny);
    let found = findings(&[policy], &expected());
    let denied = found.iter().find(|f| f.id == "trust-nobody").unwrap();
    assert!(denied.fix[0].contains("--saml-provider=Okta"), "{found:?}");
    // A Deny of one of two providers.
    let mut policy = guide_saml();
    policy["Statement"][0]["Principal"]["Federated"] = json!([okta, okta.replace("Okta", "Entra")]);
    let deny = json!({"Effect": "Deny", "Principal": {"Federated": okta}, "Action": "sts:*"});
    policy["Statement"].as_array_mut().unwrap().push(deny);
    assert_eq!(ids(&[policy.clone()], &expected()), noted);
    let with_provider = |name: &str| Expected {
        provider: okta.replace("Okta", name).parse().ok(),
        ..expected()
    };
    assert_eq!(
        ids(&[policy.clone()], &with_provider("Okta")),
        [
            (Dangerous, "trust-saml-provider"),
            (Wrong, "trust-denied"),
            (Wrong, "trust-nobody")
        ]
    );
    assert_eq!(
        ids(&[policy], &with_provider("Entra")),
        [(Dangerous, "trust-saml-provider"), (Note, "trust-deny")]
    );
}
