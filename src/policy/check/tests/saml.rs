//! The trust policy for SAML.

use super::*;

#[test]
fn trust_of_saml() {
    let audience = [(Dangerous, "trust-saml-audience")];
    let cases: &[(&str, Change, &[Named])] = &[
        ("the guide", |_| {}, &[]),
        (
            "no audience",
            |s| {
                s.as_object_mut().unwrap().remove("Condition");
            },
            &audience,
        ),
        (
            "any audience",
            |s| *condition(s) = json!({"StringLike": {"SAML:aud": "https://*"}}),
            &audience,
        ),
        (
            "audience, if there is one",
            |s| {
                *condition(s) = json!({"StringEqualsIfExists": {"SAML:aud": "https://signin.aws.amazon.com/saml"}})
            },
            &audience,
        ),
        (
            "another audience, too",
            |s| {
                s["Condition"]["StringEquals"]["SAML:aud"] = json!([
                    "https://signin.aws.amazon.com/saml",
                    "https://evil.com/saml"
                ])
            },
            &audience,
        ),
        (
            "a region's sign-in, too",
            |s| {
                s["Condition"]["StringEquals"]["SAML:aud"] = json!([
                    "https://signin.aws.amazon.com/saml",
                    "https://eu-west-1.signin.aws.amazon.com/saml"
                ])
            },
            &[],
        ),
        (
            "a further condition that does not limit it",
            |s| s["Condition"]["StringNotEquals"] = json!({"SAML:aud": "x"}),
            &[],
        ),
        (
            "China's",
            |s| {
                s["Condition"]["StringEquals"]["SAML:aud"] =
                    json!("https://signin.amazonaws.cn/saml")
            },
            &[(Dangerous, "trust-saml-audience"), (Wrong, "trust-nobody")],
        ),
        (
            "another account's provider",
            |s| s["Principal"]["Federated"] = json!("arn:aws:iam::444455556666:saml-provider/Okta"),
            &[(Dangerous, "trust-saml-provider"), (Wrong, "trust-nobody")],
        ),
        (
            "another account's provider, too",
            |s| {
                s["Principal"]["Federated"] = json!([
                    "arn:aws:iam::111122223333:saml-provider/Okta",
                    "arn:aws:iam::444455556666:saml-provider/Okta"
                ])
            },
            &[(Dangerous, "trust-saml-provider")],
        ),
        (
            "every action of STS",
            |s| s["Action"] = json!("sts:*"),
            &[(Wrong, "trust-action")],
        ),
        (
            "any provider",
            |s| s["Principal"] = json!("*"),
            &[(Dangerous, "trust-saml-provider"), (Wrong, "trust-nobody")],
        ),
    ];
    assert_table(&guide_saml(), cases);
    let other = Expected {
        provider: format!("arn:aws:iam::{ACCOUNT}:saml-provider/Entra")
            .parse()
            .ok(),
        ..expected()
    };
    let wanted = [(Dangerous, "trust-saml-provider"), (Wrong, "trust-nobody")];
    assert_eq!(ids(&[guide_saml()], &other), wanted);
    let fix = &findings(&[guide_saml()], &other)[0].fix[0];
    assert!(
        fix.contains("policy trust-saml --saml-provider=Entra --account-id 111122223333"),
        "{fix}"
    );
    // With --saml-provider, a statement for IAM Identity Center is not the expected one.
    assert_eq!(ids(&[guide_trust()], &other), [(Wrong, "trust-nobody")]);
}
