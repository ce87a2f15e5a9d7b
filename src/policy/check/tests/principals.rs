//! The principals that the trust policy for SSO allows.

use super::*;

#[test]
fn principals() {
    const ANY: Named = (Dangerous, "trust-any-name");
    const WIDE: Named = (Dangerous, "trust-principal-wide");
    const NEVER: Named = (Wrong, "trust-principal-never");
    const NOBODY: Named = (Wrong, "trust-nobody");
    let cases: &[(&str, Change, &[Named])] = &[
        (
            "no account",
            |s| {
                condition(s).as_object_mut().unwrap().remove("ArnLike");
            },
            &[WIDE],
        ),
        (
            "every account by wildcard",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] =
                    json!("arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_*")
            },
            &[WIDE],
        ),
        (
            "another account, too",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"][1] =
                    json!("arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com/*")
            },
            &[WIDE],
        ),
        (
            "everything",
            |s| s["Condition"]["ArnLike"]["aws:PrincipalArn"] = json!("*"),
            &[WIDE],
        ),
        (
            "everything, as a second condition",
            |s| s["Condition"]["ArnEquals"] = json!({"aws:PrincipalArn": "*"}),
            &[(Note, "trust-condition")],
        ),
        (
            "everything but the colons, as a second condition",
            |s| s["Condition"]["ArnEquals"] = json!({"aws:PrincipalArn": "arn:*:*:*:*:*"}),
            &[],
        ),
        (
            "all roles",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] =
                    json!("arn:aws:iam::111122223333:role/*")
            },
            &[WIDE],
        ),
        (
            "roles that look like it",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] =
                    json!("arn:aws:iam::111122223333:role/*AWSReservedSSO_*")
            },
            &[WIDE],
        ),
        (
            "by text, across colons",
            |s| *condition(s) = json!({"StringEqualsIgnoreCase": s["Condition"]["StringEqualsIgnoreCase"], "StringLike": {"aws:PrincipalArn": "arn:aws:iam:*:111122223333:role/aws-reserved/sso.amazonaws.com/*"}}),
            &[WIDE],
        ),
        (
            "if there is a principal",
            |s| *condition(s) = json!({"StringEqualsIgnoreCase": s["Condition"]["StringEqualsIgnoreCase"], "ArnLikeIfExists": s["Condition"]["ArnLike"]}),
            &[(Note, "trust-condition-optional")],
        ),
        (
            "all but",
            |s| *condition(s) = json!({"StringEqualsIgnoreCase": s["Condition"]["StringEqualsIgnoreCase"], "ArnNotLike": s["Condition"]["ArnLike"]}),
            &[WIDE, NOBODY],
        ),
        (
            "another partition",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] =
                    json!("arn:aws-cn:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*")
            },
            &[NEVER, NOBODY],
        ),
        (
            "sessions' ARNs",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] =
                    json!("arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_*")
            },
            &[NEVER, NOBODY],
        ),
        (
            "wildcards without effect",
            |s| *condition(s) = json!({"StringEqualsIgnoreCase": s["Condition"]["StringEqualsIgnoreCase"], "StringEquals": s["Condition"]["ArnLike"]}),
            &[NEVER, NOBODY],
        ),
        (
            "one of both paths",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] =
                    s["Condition"]["ArnLike"]["aws:PrincipalArn"][0].clone()
            },
            &[(Note, "trust-principal-narrow")],
        ),
        (
            "one permission set",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] = json!(
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Engineer_*"
                )
            },
            &[(Note, "trust-principal-narrow")],
        ),
        (
            "one pattern for both",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] =
                    json!("arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*")
            },
            &[],
        ),
        (
            "the account's root, with the pattern",
            |s| s["Principal"]["AWS"] = json!("arn:aws:iam::111122223333:root"),
            &[],
        ),
        (
            "the account, without the pattern",
            |s| {
                s["Principal"]["AWS"] = json!(ACCOUNT);
                condition(s).as_object_mut().unwrap().remove("ArnLike");
            },
            &[WIDE],
        ),
        (
            "another account",
            |s| s["Principal"]["AWS"] = json!("arn:aws:iam::444455556666:root"),
            &[WIDE, NOBODY],
        ),
        (
            "a role of a pipeline",
            |s| s["Principal"]["AWS"] = json!("arn:aws:iam::111122223333:role/ci"),
            &[WIDE, NOBODY],
        ),
        (
            "a role of a permission set",
            |s| {
                s["Principal"]["AWS"] = json!(
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Engineer_0123456789abcdef"
                )
            },
            &[(Note, "trust-principal-narrow")],
        ),
        (
            "a session",
            |s| s["Principal"]["AWS"] = json!("arn:aws:sts::111122223333:assumed-role/ci/x"),
            &[WIDE, NOBODY],
        ),
        (
            "services, by a condition that no user meets",
            |s| *condition(s) = json!({"StringEqualsIfExists": s["Condition"]["ArnLike"]}),
            &[ANY, WIDE, NOBODY, (Note, "trust-condition-optional")],
        ),
        (
            "no services: the name is that of a user",
            |s| *condition(s) = json!({"StringEqualsIgnoreCase": s["Condition"]["StringEqualsIgnoreCase"], "StringEqualsIfExists": s["Condition"]["ArnLike"]}),
            &[NEVER, NOBODY, (Note, "trust-condition-optional")],
        ),
        (
            "no services: they have no ARN",
            |s| *condition(s) = json!({"StringEquals": s["Condition"]["ArnLike"]}),
            &[NEVER, NOBODY],
        ),
        (
            "no services: the account",
            |s| {
                s["Principal"]["AWS"] = json!(ACCOUNT);
                *condition(s) = json!({"StringEqualsIfExists": s["Condition"]["ArnLike"]});
            },
            &[NEVER, NOBODY, (Note, "trust-condition-optional")],
        ),
        (
            "one permission set, and a condition that it meets",
            |s| {
                s["Principal"]["AWS"] = json!(
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1"
                );
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] = json!(
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A*"
                );
            },
            &[(Note, "trust-principal-narrow")],
        ),
        (
            "one permission set, and a condition on another",
            |s| {
                s["Principal"]["AWS"] = json!(
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1"
                );
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] = json!(
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_B*"
                );
            },
            &[NOBODY, (Note, "trust-principal-narrow")],
        ),
        (
            "permission sets without a region, and a condition on a region",
            |s| {
                s["Principal"]["AWS"] = json!([
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1",
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_B_1"
                ]);
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] = json!(
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_*"
                );
            },
            &[NOBODY, (Note, "trust-principal-narrow")],
        ),
        (
            "root users, as a second condition",
            |s| s["Condition"]["StringLike"] = json!({"aws:PrincipalArn": "arn:aws:iam::*:root"}),
            &[(Wrong, "trust-condition-never"), NOBODY],
        ),
        (
            "a service",
            |s| s["Principal"] = json!({"Service": "ec2.amazonaws.com"}),
            &[WIDE, NOBODY],
        ),
        (
            "all but some",
            |s| {
                let o = s.as_object_mut().unwrap();
                o.remove("Principal");
                o.insert("NotPrincipal".into(), json!({"AWS": "x"}));
            },
            &[WIDE, (Wrong, "trust-not-principal")],
        ),
        (
            "a role that was deleted, and another account",
            |s| s["Principal"]["AWS"] = json!(["AROAEXAMPLE", "arn:aws:iam::999999999999:root"]),
            &[WIDE, NOBODY],
        ),
        (
            "another account by its number",
            |s| s["Principal"]["AWS"] = json!("999999999999"),
            &[WIDE, NOBODY],
        ),
        (
            "a role that was deleted, and the account",
            |s| s["Principal"]["AWS"] = json!(["AROAEXAMPLE", ACCOUNT]),
            &[],
        ),
        (
            "a role that was deleted",
            |s| s["Principal"]["AWS"] = json!("AROAEXAMPLE"),
            &[NEVER, NOBODY],
        ),
        (
            "roles in small letters",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] = json!(
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/awsreservedsso_*"
                )
            },
            &[(Wrong, "trust-condition-never"), NOBODY],
        ),
        (
            "any account by pattern, limited to one",
            |s| {
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] =
                    json!("arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*");
                s["Condition"]["StringEquals"] = json!({"aws:PrincipalAccount": ACCOUNT});
            },
            &[],
        ),
        (
            "limited to another account",
            |s| s["Condition"]["StringEquals"] = json!({"aws:PrincipalAccount": "444455556666"}),
            &[NEVER, NOBODY],
        ),
        (
            "a SAML provider and a pipeline",
            |s| {
                s["Principal"] = json!({"Federated": "arn:aws:iam::111122223333:saml-provider/Okta", "AWS": "arn:aws:iam::111122223333:role/ci"});
                s["Action"] = json!("sts:*");
                s["Condition"] =
                    json!({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}});
            },
            &[
                ANY,
                WIDE,
                (Wrong, "trust-action"),
                (Note, "trust-condition"),
            ],
        ),
        (
            "a pattern beside the account",
            |s| s["Principal"]["AWS"] = json!([ACCOUNT, "arn:aws:iam::*:role/*"]),
            &[WIDE],
        ),
        (
            "not an ARN",
            |s| s["Principal"]["AWS"] = json!("everyone"),
            &[WIDE, NOBODY],
        ),
        (
            "a kind that IAM does not have",
            |s| s["Principal"] = json!({"Everyone": "x"}),
            &[WIDE, NOBODY],
        ),
        (
            "an identity provider, which cannot assume roles",
            |s| {
                s["Principal"] = json!({"Federated": "*"});
                s["Condition"] = json!({});
            },
            &[NEVER, NOBODY],
        ),
        (
            "patterns that exclude each other",
            |s| {
                let both = s["Condition"]["ArnLike"]["aws:PrincipalArn"].take();
                s["Condition"]["ArnLike"]["aws:PrincipalArn"] = both[0].clone();
                s["Condition"]["StringLike"] = json!({"aws:PrincipalArn": both[1]});
            },
            &[NEVER, NOBODY],
        ),
        (
            "a second pattern, of no permission set",
            |s| {
                s["Condition"]["StringLike"] =
                    json!({"aws:PrincipalArn": "arn:aws:iam::111122223333:role/ci*"})
            },
            &[(Wrong, "trust-condition-never"), NOBODY],
        ),
        (
            "all actions, if there is a principal",
            |s| {
                let patterns = s["Condition"]["ArnLike"].take();
                s["Action"] = json!("sts:*");
                s["Condition"] = json!({"StringEqualsIgnoreCase": s["Condition"]["StringEqualsIgnoreCase"], "ArnLikeIfExists": patterns});
            },
            &[
                (Dangerous, "trust-saml-provider"),
                (Dangerous, "trust-saml-audience"),
                (Dangerous, "trust-web-identity"),
                (Wrong, "trust-action"),
                (Note, "trust-condition-optional"),
                (Note, "trust-condition"),
            ],
        ),
        ("nobody", |s| s["Principal"] = json!({}), &[NEVER, NOBODY]),
    ];
    assert_table(&guide_trust(), cases);
}

/// The finding says how wide the statement is.
#[test]
fn how_wide_it_is() {
    for (condition, wanted) in [
        (json!({}), "every role and user of every AWS account"),
        (
            json!({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}),
            "every role and user of account 111122223333",
        ),
        (
            json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
            "every role and user of organization o-1",
        ),
        (
            json!({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}),
            "every role and user of every AWS account",
        ),
        (
            json!({"StringLike": {"aws:PrincipalAccount": "*"}}),
            "every role and user of every AWS account",
        ),
    ] {
        let mut policy = guide_trust();
        policy["Statement"][0]["Condition"] = condition.clone();
        let found = findings(&[policy], &expected());
        let wide = found.iter().find(|f| f.id == "trust-principal-wide");
        assert!(
            wide.unwrap().what.contains(wanted),
            "{condition}: {found:?}"
        );
    }
}
