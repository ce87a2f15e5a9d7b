//! The trust policy for SAML.

use super::*;

fn audience_is(statement: &mut Value, value: Value) {
    condition(statement)["StringEquals"]["SAML:aud"] = value;
}

#[test]
fn trust_of_saml() {
    let audience = [(Dangerous, "trust-saml-audience")];
    const NEVER: Named = (Wrong, "trust-saml-audience-never");
    const NOBODY: Named = (Wrong, "trust-nobody");
    const PROVIDER: Named = (Dangerous, "trust-saml-provider");
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
        // It is not documented that IAM ignores IfExists here.
        (
            "any audience, if there is one",
            |s| *condition(s) = json!({"ForAnyValue:StringEqualsIfExists": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}),
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
            "a further condition that may limit it",
            |s| s["Condition"]["StringNotEqualsIgnoreCase"] = json!({"SAML:aud": "${SAML:aud}"}),
            &[(Note, "trust-condition")],
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
            "another service",
            |s| audience_is(s, json!("https://evil.example.com/saml")),
            &[(Dangerous, "trust-saml-audience"), NOBODY],
        ),
        (
            "in capitals",
            |s| audience_is(s, json!("https://SIGNIN.aws.amazon.com/saml")),
            &[NEVER, NOBODY],
        ),
        (
            "in capitals, ignoring case",
            |s| *condition(s) = json!({"StringEqualsIgnoreCase": {"SAML:aud": "https://SIGNIN.aws.amazon.com/saml"}}),
            &[],
        ),
        (
            "a wildcard without effect",
            |s| audience_is(s, json!("https://*.signin.aws.amazon.com/saml")),
            &[NEVER, NOBODY],
        ),
        (
            "a wildcard without effect, too",
            |s| {
                audience_is(
                    s,
                    json!(["https://signin.aws.amazon.com/saml", "https://*"]),
                )
            },
            &[],
        ),
        (
            "there is an audience",
            |s| *condition(s) = json!({"Null": {"SAML:aud": "false"}}),
            &audience,
        ),
        (
            "there is an audience, and it is AWS if there is one",
            |s| *condition(s) = json!({"Null": {"SAML:aud": "false"}, "StringEqualsIfExists": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}),
            &[],
        ),
        (
            "there is an audience, and all are AWS",
            |s| *condition(s) = json!({"Null": {"SAML:aud": "false"}, "ForAllValues:StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}),
            &[],
        ),
        (
            "there is an audience, and another service's if there is one",
            |s| *condition(s) = json!({"Null": {"SAML:aud": "false"}, "StringEqualsIfExists": {"SAML:aud": "https://evil.example.com/saml"}}),
            &[audience[0], NOBODY],
        ),
        (
            "the path in capitals, ignoring case",
            |s| *condition(s) = json!({"StringEqualsIgnoreCase": {"SAML:aud": "https://signin.aws.amazon.com/SAML"}}),
            &[],
        ),
        (
            "all audiences",
            |s| *condition(s) = json!({"ForAllValues:StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}),
            &audience,
        ),
        (
            "all but another service",
            |s| {
                *condition(s) =
                    json!({"StringNotEquals": {"SAML:aud": "https://evil.example.com/saml"}})
            },
            &audience,
        ),
        (
            "a second condition that is never met",
            |s| s["Condition"]["StringLike"] = json!({"SAML:aud": "https://evil.example.com/*"}),
            &[NEVER, NOBODY],
        ),
        (
            "a condition on signed requests",
            |s| s["Condition"]["ArnLike"] = json!({"aws:PrincipalArn": "*"}),
            &[(Wrong, "trust-condition-never"), NOBODY],
        ),
        (
            "any federation",
            |s| s["Principal"]["Federated"] = json!("*"),
            &[PROVIDER, NOBODY],
        ),
        (
            "any federation, too",
            |s| s["Principal"]["Federated"] = json!([s["Principal"]["Federated"], "*"]),
            &[PROVIDER],
        ),
        (
            "any provider of the account",
            |s| {
                s["Principal"]["Federated"] = json!([
                    s["Principal"]["Federated"],
                    "arn:aws:iam::111122223333:saml-provider/*"
                ])
            },
            &[PROVIDER],
        ),
        (
            "the account",
            |s| s["Principal"] = json!({"AWS": ACCOUNT}),
            &[(Wrong, "trust-principal-never"), (Wrong, "trust-nobody")],
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

/// One finding names the first providers, in a time that is proportional to their number.
#[test]
fn many_providers() {
    let other = |n| format!("arn:aws:iam::444455556666:saml-provider/P{n}");
    let mut policy = guide_saml();
    let names: Vec<String> = (0..2_000).map(other).collect();
    policy["Statement"][0]["Principal"]["Federated"] = json!(names);
    let text = policy.to_string();
    let inputs = read("test", text.as_bytes()).unwrap();
    let start = std::time::Instant::now();
    let found = check(&inputs, &expected());
    let took = start.elapsed();
    assert!(took.as_millis() < 800, "{took:?}");
    let found: Vec<_> = found.iter().filter(|f| f.severity == Dangerous).collect();
    assert_eq!(found.len(), 1);
    let end = "saml-provider/P3, arn:aws:iam::444455556666:saml-provider/P4 and 1995 more";
    assert!(found[0].what.ends_with(end), "{found:?}");
}

/// The fix is the policy for SAML if the only statement names a provider, whichever action it allows.
#[test]
fn fixes_of_a_statement_that_names_a_provider() {
    let saml = "policy trust-saml --saml-provider=Okta";
    let okta = || json!({"Federated": format!("arn:aws:iam::{ACCOUNT}:saml-provider/Okta")});
    for (principal, action, wanted) in [
        (okta(), "sts:AssumeRole", saml),
        (okta(), "sts:*", saml),
        (okta(), "sts:AssumeRoleWithWebIdentity", saml),
        (json!("*"), "sts:AssumeRole", "policy trust-sso"),
        (json!("*"), "sts:*", "policy trust-sso"),
    ] {
        let mut policy = guide_saml();
        policy["Statement"][0]["Principal"] = principal;
        policy["Statement"][0]["Action"] = json!(action);
        let found = findings(&[policy], &expected());
        let fixes: Vec<&String> = found.iter().flat_map(|f| &f.fix).collect();
        assert!(!fixes.is_empty(), "{action}");
        let differ = fixes.iter().find(|fix| !fix.contains(wanted));
        assert_eq!(differ, None, "{action}: {found:?}");
    }
}
