//! The trust policy for SSO except its principals, and the role.

use super::*;

fn name(statement: &mut Value, value: &str) {
    condition(statement)["StringEqualsIgnoreCase"]["sts:RoleSessionName"] = json!(value);
}

#[test]
fn trust_of_sso() {
    const ANY: Named = (Dangerous, "trust-any-name");
    const WIDE: Named = (Dangerous, "trust-principal-wide");
    const NEVER: Named = (Wrong, "trust-condition-never");
    const NOBODY: Named = (Wrong, "trust-nobody");
    let cases: &[(&str, Change, &[Named])] = &[
        ("the guide", |_| {}, &[]),
        (
            "no name",
            |s| {
                condition(s)
                    .as_object_mut()
                    .unwrap()
                    .remove("StringEqualsIgnoreCase");
            },
            &[ANY, NOBODY],
        ),
        (
            "no condition",
            |s| {
                s.as_object_mut().unwrap().remove("Condition");
            },
            &[ANY, WIDE, NOBODY],
        ),
        (
            "any name by wildcard",
            |s| *condition(s) = json!({"StringLike": {"sts:RoleSessionName": "*"}, "ArnLike": s["Condition"]["ArnLike"]}),
            &[ANY, NOBODY],
        ),
        (
            "names of a domain",
            |s| *condition(s) = json!({"StringLike": {"sts:RoleSessionName": "*@example.com"}, "ArnLike": s["Condition"]["ArnLike"]}),
            &[ANY, NOBODY],
        ),
        (
            "one person's name",
            |s| {
                s["Condition"]["StringEqualsIgnoreCase"]["sts:RoleSessionName"] =
                    json!("alice@example.com")
            },
            &[ANY, NOBODY],
        ),
        (
            "the caller's, or a fixed one",
            |s| {
                s["Condition"]["StringEqualsIgnoreCase"]["sts:RoleSessionName"] =
                    json!(["${SAML:sub}", "admin"])
            },
            &[ANY, NOBODY],
        ),
        (
            "a default for callers without",
            |s| {
                s["Condition"]["StringEqualsIgnoreCase"]["sts:RoleSessionName"] =
                    json!("${SAML:sub, 'alice@example.com'}")
            },
            &[ANY, NOBODY],
        ),
        (
            "no value",
            |s| s["Condition"]["StringEqualsIgnoreCase"]["sts:RoleSessionName"] = json!([]),
            &[ANY, NOBODY],
        ),
        (
            "part of the name",
            |s| *condition(s) = json!({"StringLike": {"sts:RoleSessionName": "${SAML:sub}*"}, "ArnLike": s["Condition"]["ArnLike"]}),
            &[ANY, NOBODY],
        ),
        (
            "if there is a name",
            |s| *condition(s) = json!({"StringEqualsIgnoreCaseIfExists": {"sts:RoleSessionName": "${SAML:sub}"}, "ArnLike": s["Condition"]["ArnLike"]}),
            &[(Note, "trust-condition-optional")],
        ),
        (
            "for all names",
            |s| *condition(s) = json!({"ForAllValues:StringEqualsIgnoreCase": {"sts:RoleSessionName": "${SAML:sub}"}, "ArnLike": s["Condition"]["ArnLike"]}),
            &[(Note, "trust-condition-optional")],
        ),
        (
            "all names but one",
            |s| *condition(s) = json!({"StringNotEquals": {"sts:RoleSessionName": "${SAML:sub}"}, "ArnLike": s["Condition"]["ArnLike"]}),
            &[ANY, NOBODY],
        ),
        (
            "not null",
            |s| *condition(s) = json!({"Null": {"sts:RoleSessionName": "false"}, "ArnLike": s["Condition"]["ArnLike"]}),
            &[ANY, NOBODY],
        ),
        (
            "another key that looks like it",
            |s| *condition(s) = json!({"StringEquals": {"aws:RoleSessionName": "${SAML:sub}"}, "ArnLike": s["Condition"]["ArnLike"]}),
            &[ANY, NOBODY, (Note, "trust-condition")],
        ),
        (
            "capitals count",
            |s| *condition(s) = json!({"StringEquals": {"sts:RoleSessionName": "${SAML:sub}"}, "ArnLike": s["Condition"]["ArnLike"]}),
            &[(Note, "trust-name-case")],
        ),
        (
            "another of the caller's names",
            |s| {
                s["Condition"]["StringEqualsIgnoreCase"]["sts:RoleSessionName"] =
                    json!("${aws:username}")
            },
            &[(Wrong, "trust-name-other")],
        ),
        (
            "the session name itself",
            |s| name(s, "${sts:RoleSessionName}"),
            &[ANY, NOBODY],
        ),
        (
            "an external ID",
            |s| name(s, "${sts:ExternalId}"),
            &[ANY, NOBODY],
        ),
        (
            "a source identity",
            |s| name(s, "${sts:SourceIdentity}"),
            &[ANY, NOBODY],
        ),
        (
            "a request tag",
            |s| name(s, "${aws:RequestTag/email}"),
            &[ANY, NOBODY],
        ),
        ("a header", |s| name(s, "${aws:UserAgent}"), &[ANY, NOBODY]),
        (
            "the principal's tag",
            |s| name(s, "${aws:PrincipalTag/email}"),
            &[(Wrong, "trust-name-other")],
        ),
        (
            "the principal's tag, and sessions have tags",
            |s| {
                name(s, "${aws:PrincipalTag/email}");
                s["Action"] = json!(["sts:AssumeRole", "sts:TagSession"]);
            },
            &[ANY, NOBODY],
        ),
        (
            "two conditions, one of which binds",
            |s| s["Condition"]["StringLike"] = json!({"sts:RoleSessionName": "*@example.com"}),
            &[(Note, "trust-condition")],
        ),
        (
            "wildcards without effect",
            |s| name(s, "*"),
            &[NEVER, NOBODY],
        ),
        (
            "wildcards without effect, too",
            |s| {
                s["Condition"]["StringEqualsIgnoreCase"]["sts:RoleSessionName"] =
                    json!(["${SAML:sub}", "*@example.com"])
            },
            &[],
        ),
        (
            "a second condition that is never met",
            |s| s["Condition"]["StringEquals"] = json!({"sts:RoleSessionName": "admin"}),
            &[NEVER, NOBODY],
        ),
        (
            "a second condition on the user",
            |s| s["Condition"]["StringLike"] = json!({"SAML:sub": "*@example.com"}),
            &[(Note, "trust-condition")],
        ),
        (
            "a second condition that denies all users",
            |s| s["Condition"]["StringNotLike"] = json!({"sts:RoleSessionName": "${SAML:sub}"}),
            &[NEVER, NOBODY],
        ),
        (
            "all in other letters",
            |s| *condition(s) = json!({"forAnyValue:stringEqualsIgnoreCase": {"STS:rolesessionname": ["${saml:SUB}"]}, "arnequals": {"AWS:principalARN": s["Condition"]["ArnLike"]["aws:PrincipalArn"]}}),
            &[],
        ),
        (
            "the principal as text, lists of one",
            |s| {
                s["Principal"] = json!("*");
                s["Action"] = json!(["STS:assumerole"]);
            },
            &[],
        ),
        (
            "every action of STS",
            |s| s["Action"] = json!("sts:*"),
            &[(Wrong, "trust-action")],
        ),
        (
            "all but one action",
            |s| {
                let o = s.as_object_mut().unwrap();
                o.remove("Action");
                o.insert("NotAction".into(), json!("iam:*"));
            },
            &[(Wrong, "trust-action")],
        ),
        (
            "tags, too",
            |s| s["Action"] = json!(["sts:AssumeRole", "sts:TagSession"]),
            &[],
        ),
        (
            "MFA, too",
            |s| s["Condition"]["Bool"] = json!({"aws:MultiFactorAuthPresent": true}),
            &[(Note, "trust-condition")],
        ),
        (
            "denied",
            |s| s["Effect"] = json!("Deny"),
            &[(Wrong, "trust-denied"), NOBODY],
        ),
        (
            "OpenID Connect",
            |s| {
                s["Principal"] = json!({"Federated": "token.actions.githubusercontent.com"});
                s["Action"] = json!("sts:AssumeRoleWithWebIdentity");
            },
            &[(Dangerous, "trust-web-identity"), NOBODY],
        ),
    ];
    assert_table(&guide_trust(), cases);
}

/// Older versions of the policy language do not have variables.
#[test]
fn the_version_of_the_language() {
    for version in [json!("2008-10-17"), Value::Null] {
        let mut policy = guide_trust();
        policy["Version"] = version;
        assert_eq!(ids(&[policy], &expected()), [(Wrong, "trust-version")]);
        let mut saml = guide_saml();
        saml["Version"] = Value::Null;
        assert_eq!(ids(&[saml], &expected()), []);
    }
}

/// The fix has the partition and the path of the role.
#[test]
fn fixes_of_another_partition() {
    let china = Expected {
        role: "arn:aws-cn:iam::111122223333:role/team/apono"
            .parse()
            .unwrap(),
        ..expected()
    };
    let found = findings(&[guide_trust()], &china);
    assert_eq!(found[0].id, "trust-principal-never");
    assert_eq!(
        found[0].fix,
        [
            "aws iam update-assume-role-policy --role-name=apono --policy-document \
             \"$(apono-login policy trust-sso --account-id 111122223333 --role-name=team/apono --region cn-north-1)\""
        ]
    );
}

/// Every statement is checked: the loosest one counts.
#[test]
fn a_second_statement() {
    let mut both = guide_trust();
    let saml = guide_saml()["Statement"][0].take();
    both["Statement"].as_array_mut().unwrap().push(saml);
    assert_eq!(ids(&[both.clone()], &expected()), []);
    both["Statement"].as_array_mut().unwrap().push(json!({
        "Sid": "Pipeline",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"},
        "Action": "sts:AssumeRole",
    }));
    let found = findings(&[both], &expected());
    let found: Vec<_> = found.iter().filter(|f| f.severity == Dangerous).collect();
    assert_eq!(found.len(), 2);
    for finding in found {
        assert!(
            finding.what.contains("statement 3 (Pipeline)"),
            "{finding:?}"
        );
        // The other statements are kept.
        assert_eq!(
            finding.fix,
            [
                "in the trust policy, remove statement 3, or replace it with the statement from the output of \
                 `apono-login policy trust-sso --account-id 111122223333 --role-name=apono-k8s-access`; keep the other statements"
            ]
        );
    }
}

/// What each operator and qualifier makes of the condition on the session name.
#[test]
fn operators() {
    const ANY: &[Named] = &[(Dangerous, "trust-any-name"), (Wrong, "trust-nobody")];
    const OPTIONAL: &[Named] = &[(Note, "trust-condition-optional")];
    for (operator, wanted) in [
        ("StringEqualsIgnoreCase", &[] as &[Named]),
        ("ForAnyValue:StringEqualsIgnoreCase", &[]),
        ("ForAllValues:StringEqualsIgnoreCase", OPTIONAL),
        ("StringEqualsIgnoreCaseIfExists", OPTIONAL),
        ("StringEquals", &[(Note, "trust-name-case")]),
        ("StringLike", &[(Note, "trust-name-case")]),
        ("StringNotEquals", ANY),
        ("StringNotEqualsIgnoreCase", ANY),
        ("ForAnyValue:StringNotLike", ANY),
        ("ArnLike", ANY),
        ("ArnNotEquals", ANY),
        ("Null", ANY),
        ("Bool", ANY),
        ("NumericEquals", ANY),
        ("DateNotEquals", ANY),
        ("NotIpAddress", ANY),
        ("BinaryEquals", ANY),
    ] {
        let mut policy = guide_trust();
        let conditions = condition(&mut policy["Statement"][0])
            .as_object_mut()
            .unwrap();
        let key = conditions.remove("StringEqualsIgnoreCase").unwrap();
        let keys = conditions.entry(operator).or_insert_with(|| json!({}));
        keys["sts:RoleSessionName"] = key["sts:RoleSessionName"].clone();
        assert_eq!(ids(&[policy], &expected()), wanted, "{operator}");
    }
}

/// Keys that the requests of a sign-in never have. Others are only noted.
#[test]
fn keys_that_requests_do_not_have() {
    let never: &[Named] = &[(Wrong, "trust-condition-never"), (Wrong, "trust-nobody")];
    let noted: &[Named] = &[(Note, "trust-condition")];
    for (key, of_sso, of_saml) in [
        ("SAML:iss", never, noted),
        ("SAML:sub_type", noted, noted),
        ("aws:PrincipalOrgID", noted, never),
        ("aws:PrincipalTag/team", noted, never),
        ("aws:PrincipalType", noted, noted),
        ("aws:SourceArn", never, never),
        ("aws:SourceIp", noted, noted),
        // Profiles can have one.
        ("sts:ExternalId", noted, never),
    ] {
        for (mut policy, wanted) in [(guide_trust(), of_sso), (guide_saml(), of_saml)] {
            policy["Statement"][0]["Condition"]["StringLike"] = json!({key: "x*"});
            assert_eq!(ids(&[policy.clone()], &expected()), wanted, "{policy}");
            // It is met without the key.
            let operators = policy["Statement"][0]["Condition"].as_object_mut().unwrap();
            let keys = operators.remove("StringLike").unwrap();
            operators.insert("StringLikeIfExists".to_owned(), keys);
            let wanted = if wanted == never { &[] } else { noted };
            assert_eq!(ids(&[policy.clone()], &expected()), wanted, "{policy}");
        }
    }
    // IAM ignores IfExists behind ForAnyValue.
    for (mut policy, key) in [
        (guide_trust(), "SAML:aud"),
        (guide_saml(), "aws:PrincipalOrgID"),
        (guide_saml(), "aws:PrincipalArn"),
    ] {
        for operator in ["StringEqualsIfExists", "StringNotEqualsIfExists"] {
            let operators = policy["Statement"][0]["Condition"].as_object_mut().unwrap();
            operators.insert(format!("ForAnyValue:{operator}"), json!({key: "x"}));
            assert_eq!(ids(&[policy.clone()], &expected()), never, "{policy}");
            let operators = policy["Statement"][0]["Condition"].as_object_mut().unwrap();
            operators.remove(&format!("ForAnyValue:{operator}"));
        }
    }
    let mut policy = guide_trust();
    policy["Statement"][0]["Condition"]["StringEquals"] = json!({"SAML:aud": "x"});
    assert_eq!(ids(&[policy], &expected()), never);
}

/// What operators for numbers make of an account ID.
#[test]
fn numbers() {
    let never: &[Named] = &[(Wrong, "trust-condition-never"), (Wrong, "trust-nobody")];
    let noted: &[Named] = &[(Note, "trust-condition")];
    for (operator, value, wanted) in [
        ("NumericEquals", json!(["444455556666", ACCOUNT]), noted),
        ("NumericEquals", json!("444455556666"), never),
        ("NumericNotEquals", json!("444455556666"), noted),
        ("NumericLessThan", json!("444455556666"), noted),
        ("DateGreaterThan", json!("2026-01-01T00:00:00Z"), noted),
        ("BinaryEquals", json!(["444455556666", ACCOUNT]), noted),
        ("BinaryEquals", json!("444455556666"), never),
        ("Bool", json!("true"), never),
    ] {
        let mut policy = guide_trust();
        policy["Statement"][0]["Condition"][operator] = json!({"aws:PrincipalAccount": value});
        assert_eq!(ids(&[policy.clone()], &expected()), wanted, "{policy}");
        // It does not limit a statement for everyone.
        condition(&mut policy["Statement"][0])
            .as_object_mut()
            .unwrap()
            .remove("ArnLike");
        let found = ids(&[policy.clone()], &expected());
        assert!(
            found.contains(&(Dangerous, "trust-principal-wide")),
            "{policy}"
        );
    }
}

/// A note does not suggest replacing a policy.
#[test]
fn notes_have_no_fix() {
    let mut policy = guide_trust();
    let operators = policy["Statement"][0]["Condition"].as_object_mut().unwrap();
    let name = operators.remove("StringEqualsIgnoreCase").unwrap();
    operators.insert("StringEquals".into(), name);
    let found = findings(&[policy], &expected());
    assert_eq!((found[0].id, found[0].fix.len()), ("trust-name-case", 0));
}

#[test]
fn the_role_itself() {
    let role = |change: fn(&mut Value)| {
        let mut role = json!({"Role": {
            "Path": "/",
            "RoleName": "apono-k8s-access",
            "Arn": "arn:aws:iam::111122223333:role/apono-k8s-access",
            "AssumeRolePolicyDocument": guide_trust(),
            "MaxSessionDuration": 3600,
        }});
        change(&mut role["Role"]);
        ids(&[role], &expected())
    };
    assert_eq!(role(|_| {}), []);
    // Percent-encoded as in the IAM API, and as text.
    assert_eq!(
        role(|r| {
            let text = r["AssumeRolePolicyDocument"].to_string();
            r["AssumeRolePolicyDocument"] = json!(text);
        }),
        []
    );
    assert_eq!(
        role(|r| {
            let text = r["AssumeRolePolicyDocument"].to_string();
            let all = percent_encoding::NON_ALPHANUMERIC;
            let text = percent_encoding::utf8_percent_encode(&text, all).to_string();
            r["AssumeRolePolicyDocument"] = json!(text);
        }),
        []
    );
    assert_eq!(
        role(|r| r["AssumeRolePolicyDocument"] = json!("%7B%22Statement%22%3A%5B%5D%7D")),
        [(Wrong, "trust-nobody")]
    );
    assert_eq!(
        role(|r| r["Arn"] = json!("arn:aws:iam::444455556666:role/apono-k8s-access")),
        [(Wrong, "role-other")]
    );
    assert_eq!(
        role(|r| r["PermissionsBoundary"] = json!({"PermissionsBoundaryArn": "arn:x"})),
        [(Note, "role-boundary")]
    );
    assert_eq!(
        role(|r| r["MaxSessionDuration"] = json!(900)),
        [(Wrong, "role-duration")]
    );
}
