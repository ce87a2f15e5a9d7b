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
            "a stricter one, and one that is none",
            |s| s["Condition"]["StringNotEquals"] = json!({"SAML:aud": "x"}),
            &[],
        ),
        (
            "China's",
            |s| {
                s["Condition"]["StringEquals"]["SAML:aud"] =
                    json!("https://signin.amazonaws.cn/saml")
            },
            &[(Wrong, "trust-saml-audience-never")],
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
    for (name, change, wanted) in cases {
        let mut policy = guides_saml();
        change(&mut policy["Statement"][0]);
        assert_eq!(ids(&[policy], &expected()), *wanted, "{name}");
    }
    let other = Expected {
        saml_provider: format!("arn:aws:iam::{ACCOUNT}:saml-provider/Entra")
            .parse()
            .ok(),
        ..expected()
    };
    let wanted = [(Dangerous, "trust-saml-provider"), (Wrong, "trust-nobody")];
    assert_eq!(ids(&[guides_saml()], &other), wanted);
    let mend = &findings(&[guides_saml()], &other)[0].mend[0];
    assert!(
        mend.contains("policy trust-saml --saml-provider=Entra --account-id 111122223333"),
        "{mend}"
    );
    // People of IAM Identity Center are not those of a provider that was named.
    assert_eq!(ids(&[guides_trust()], &other), [(Wrong, "trust-nobody")]);
}
