//! Setups that differ from the guide in one thing, and what is said about them.

use serde_json::{Value, json};

use super::*;
use crate::policy::document::{self, Trust};

const ACCOUNT: &str = "111122223333";

fn expected() -> Expected {
    Expected {
        role: "arn:aws:iam::111122223333:role/apono-k8s-access"
            .parse()
            .unwrap(),
        saml_provider: None,
        prefix: None,
        cluster: Some("prod".parse().unwrap()),
        region: Some("eu-west-1".parse().unwrap()),
    }
}

fn guides_trust() -> Value {
    let trust = document::trust_policy(&Trust::Sso, &expected().role).unwrap();
    serde_json::from_str(&trust.json()).unwrap()
}

fn guides_saml() -> Value {
    let okta = format!("arn:aws:iam::{ACCOUNT}:saml-provider/Okta");
    let trust = Trust::Saml(okta.parse().unwrap());
    let trust = document::trust_policy(&trust, &expected().role).unwrap();
    serde_json::from_str(&trust.json()).unwrap()
}

fn guides_permissions() -> Value {
    serde_json::from_str(&document::permissions(&expected().role).json()).unwrap()
}

fn findings(documents: &[Value], expected: &Expected) -> Vec<Finding> {
    let text: Vec<String> = documents.iter().map(Value::to_string).collect();
    let given = read("test", text.join("\n").as_bytes()).unwrap();
    check(&given, expected)
}

/// Severity and id of all findings but what was not given.
fn ids(documents: &[Value], expected: &Expected) -> Vec<(Severity, &'static str)> {
    let found = findings(documents, expected).into_iter();
    let found = found.filter(|finding| finding.id != "not-looked-at");
    found
        .map(|finding| (finding.severity, finding.id))
        .collect()
}

use Severity::{Dangerous, Note, Wrong};

/// A change to the first statement of the guide's trust policy.
type Change = fn(&mut Value);

fn condition(statement: &mut Value) -> &mut Value {
    &mut statement["Condition"]
}

#[test]
fn trust_of_sso() {
    const ANY: (Severity, &str) = (Dangerous, "trust-any-name");
    const WIDE: (Severity, &str) = (Dangerous, "trust-principal-wide");
    const NEVER: (Severity, &str) = (Wrong, "trust-principal-never");
    const NOBODY: (Severity, &str) = (Wrong, "trust-nobody");
    let cases: &[(&str, Change, &[(Severity, &str)])] = &[
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
            &[ANY, NOBODY],
        ),
        (
            "for all names",
            |s| *condition(s) = json!({"ForAllValues:StringEqualsIgnoreCase": {"sts:RoleSessionName": "${SAML:sub}"}, "ArnLike": s["Condition"]["ArnLike"]}),
            &[ANY, NOBODY],
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
            "two conditions, one of which binds",
            |s| s["Condition"]["StringLike"] = json!({"sts:RoleSessionName": "*@example.com"}),
            &[],
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
            &[WIDE],
        ),
        (
            "all but",
            |s| *condition(s) = json!({"StringEqualsIgnoreCase": s["Condition"]["StringEqualsIgnoreCase"], "ArnNotLike": s["Condition"]["ArnLike"]}),
            &[WIDE],
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
            "wildcards that are none",
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
            &[WIDE],
        ),
        (
            "a role of a pipeline",
            |s| s["Principal"]["AWS"] = json!("arn:aws:iam::111122223333:role/ci"),
            &[WIDE],
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
            "a service",
            |s| s["Principal"] = json!({"Service": "ec2.amazonaws.com"}),
            &[WIDE],
        ),
        (
            "all but some",
            |s| {
                let o = s.as_object_mut().unwrap();
                o.remove("Principal");
                o.insert("NotPrincipal".into(), json!({"AWS": "x"}));
            },
            &[WIDE],
        ),
        ("nobody", |s| s["Principal"] = json!({}), &[NEVER, NOBODY]),
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
            &[NOBODY, (Note, "trust-deny")],
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
    for (name, change, wanted) in cases {
        let mut policy = guides_trust();
        change(&mut policy["Statement"][0]);
        assert_eq!(ids(&[policy], &expected()), *wanted, "{name}");
    }
}

#[test]
fn trust_of_saml() {
    let audience = [(Dangerous, "trust-saml-audience")];
    let cases: &[(&str, Change, &[(Severity, &str)])] = &[
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
        mend.contains("policy trust-saml --saml-provider Entra --account-id 111122223333"),
        "{mend}"
    );
}

/// Of several statements, each is looked at: the loosest one counts.
#[test]
fn a_second_statement() {
    let mut both = guides_trust();
    let saml = guides_saml()["Statement"][0].take();
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
        assert_eq!(
            finding.mend,
            [
                "aws iam update-assume-role-policy --role-name apono-k8s-access --policy-document \
                 \"$(apono-login policy trust-sso --account-id 111122223333 --role-name apono-k8s-access)\""
            ]
        );
    }
}

#[test]
fn the_role_itself() {
    let role = |change: fn(&mut Value)| {
        let mut role = json!({"Role": {
            "Path": "/",
            "RoleName": "apono-k8s-access",
            "Arn": "arn:aws:iam::111122223333:role/apono-k8s-access",
            "AssumeRolePolicyDocument": guides_trust(),
            "MaxSessionDuration": 3600,
        }});
        change(&mut role["Role"]);
        ids(&[role], &expected())
    };
    assert_eq!(role(|_| {}), []);
    // As IAM's API has it, and as text.
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

#[test]
fn permissions() {
    let cases: &[(&str, Change, &[(Severity, &str)])] = &[
        ("the guide", |_| {}, &[]),
        (
            "in other letters",
            |s| s["Action"] = json!(["EKS:describecluster"]),
            &[],
        ),
        (
            "one cluster",
            |s| s["Resource"] = json!("arn:aws:eks:eu-west-1:111122223333:cluster/prod"),
            &[(Note, "permissions-narrow")],
        ),
        (
            "on a condition",
            |s| s["Condition"] = json!({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}),
            &[(Note, "permissions-narrow")],
        ),
        (
            "any resource",
            |s| s["Resource"] = json!("*"),
            &[(Wrong, "permissions-resource")],
        ),
        (
            "another account's, too",
            |s| s["Resource"] = json!([s["Resource"], "arn:aws:eks:*:444455556666:cluster/*"]),
            &[(Wrong, "permissions-resource")],
        ),
        (
            "another partition's",
            |s| s["Resource"] = json!("arn:aws-cn:eks:*:111122223333:cluster/*"),
            &[
                (Wrong, "permissions-resource"),
                (Note, "permissions-narrow"),
            ],
        ),
        (
            "listing, too",
            |s| s["Action"] = json!(["eks:DescribeCluster", "eks:ListClusters"]),
            &[(Wrong, "permissions-more")],
        ),
        (
            "another action",
            |s| s["Action"] = json!("eks:ListClusters"),
            &[(Wrong, "permissions-more"), (Wrong, "permissions-missing")],
        ),
        (
            "describes everything",
            |s| s["Action"] = json!("eks:Describe*"),
            &[(Wrong, "permissions-more")],
        ),
        (
            "all of EKS",
            |s| s["Action"] = json!("eks:*"),
            &[(Dangerous, "permissions-wide")],
        ),
        (
            "everything",
            |s| {
                s["Action"] = json!("*");
                s["Resource"] = json!("*");
            },
            &[(Dangerous, "permissions-wide")],
        ),
        (
            "iam",
            |s| s["Action"] = json!(["eks:DescribeCluster", "iam:PassRole"]),
            &[(Dangerous, "permissions-wide")],
        ),
        (
            "all but",
            |s| {
                let o = s.as_object_mut().unwrap();
                o.remove("Action");
                o.insert("NotAction".into(), json!("iam:*"));
            },
            &[(Dangerous, "permissions-not-action")],
        ),
        (
            "all resources but",
            |s| {
                let o = s.as_object_mut().unwrap();
                o.remove("Resource");
                o.insert("NotResource".into(), json!("x"));
            },
            &[(Wrong, "permissions-resource")],
        ),
        (
            "denied",
            |s| s["Effect"] = json!("Deny"),
            &[
                (Wrong, "permissions-denied"),
                (Wrong, "permissions-missing"),
            ],
        ),
    ];
    for (name, change, wanted) in cases {
        let mut policy = guides_permissions();
        change(&mut policy["Statement"][0]);
        assert_eq!(ids(&[policy.clone()], &expected()), *wanted, "{name}");
        let inline = json!({"RoleName": "x", "PolicyName": "it's", "PolicyDocument": policy});
        let version = json!({"PolicyVersion": {"Document": policy, "IsDefaultVersion": true}});
        assert_eq!(ids(&[inline], &expected()), *wanted, "{name}, inline");
        assert_eq!(ids(&[version], &expected()), *wanted, "{name}, managed");
    }
    // Several policies add up.
    let more = json!({"PolicyName": "it's", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}});
    let found = findings(&[guides_permissions(), more], &expected());
    assert_eq!(found[0].id, "permissions-wide");
    assert!(
        found[0]
            .what
            .starts_with("the role's own policy it's: statement 1 allows s3:*"),
        "{found:?}"
    );
    assert!(
        found[0].mend[0].contains(r"--policy-name 'it'\''s' "),
        "{found:?}"
    );
    let old =
        json!({"PolicyVersion": {"Document": guides_permissions(), "IsDefaultVersion": false}});
    let wanted = [
        (Wrong, "permissions-missing"),
        (Note, "permissions-version"),
    ];
    assert_eq!(ids(&[old], &expected()), wanted);
}

#[test]
fn attached_policies() {
    let attached = |arn: &str| json!({"AttachedPolicies": [{"PolicyName": "x", "PolicyArn": arn}]});
    let own = attached("arn:aws:iam::111122223333:policy/apono-k8s-access");
    assert_eq!(
        ids(&[own.clone()], &expected()),
        [(Note, "permissions-unread")]
    );
    assert_eq!(ids(&[own, guides_permissions()], &expected()), []);
    let admin = attached("arn:aws:iam::aws:policy/AdministratorAccess");
    assert_eq!(
        ids(&[admin, guides_permissions()], &expected()),
        [(Dangerous, "permissions-wide")]
    );
    assert_eq!(ids(&[json!({"PolicyNames": ["x"]})], &expected()), []);
}

fn config_map(map_roles: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {"mapRoles": map_roles}})
}

#[test]
fn aws_auth() {
    const NODES: &str = "- groups: [system:bootstrappers, system:nodes]\n  rolearn: arn:aws:iam::111122223333:role/nodes\n  username: system:node:{{EC2PrivateDNSName}}\n";
    const ROLE: &str = "- rolearn: arn:aws:iam::111122223333:role/apono-k8s-access\n";
    let raw = format!("{ROLE}  username: \"{{{{SessionNameRaw}}}}\"\n");
    let cases: [(&str, String, &[(Severity, &str)]); 25] = [
        ("the guide", raw.clone(), &[]),
        ("beside others", format!("{NODES}{raw}"), &[]),
        ("capitals", raw.replace("role/apono", "role/Apono"), &[]),
        ("keys as in the API", raw.replace("rolearn", "roleARN"), &[]),
        ("as JSON", r#"[{"rolearn": "arn:aws:iam::111122223333:role/apono-k8s-access", "username": "{{SessionNameRaw}}", "groups": []}]"#.into(), &[]),
        ("nothing", String::new(), &[(Wrong, "aws-auth-missing")]),
        ("others only", NODES.into(), &[(Wrong, "aws-auth-missing")]),
        ("not raw", raw.replace("Raw", ""), &[(Wrong, "username-not-raw")]),
        ("a prefix", raw.replace("{{", "apono:{{"), &[(Note, "username-prefix")]),
        ("one name for all", format!("{ROLE}  username: developers\n"), &[(Dangerous, "username-shared")]),
        ("no name", ROLE.into(), &[(Dangerous, "username-shared")]),
        ("a node's name", raw.replace("{{", "system:node:{{"), &[(Dangerous, "username-system")]),
        ("masters", format!("{raw}  groups:\n  - system:masters\n"), &[(Dangerous, "groups-masters")]),
        ("masters among others", format!("{raw}  groups: [view, \"system:masters\"]\n"), &[(Dangerous, "groups-masters")]),
        ("nodes", format!("{raw}  groups: [system:nodes]\n"), &[(Dangerous, "groups-system")]),
        ("a group", format!("{raw}  groups: [view]\n"), &[(Wrong, "groups")]),
        ("a path", raw.replace("role/", "role/team/"), &[(Wrong, "aws-auth-path")]),
        ("twice", format!("{raw}{raw}"), &[(Wrong, "aws-auth-twice")]),
        ("another account's", raw.replace(ACCOUNT, "444455556666"), &[(Dangerous, "aws-auth-other-role"), (Wrong, "aws-auth-missing")]),
        ("another role may be anybody", format!("{raw}{}", raw.replace("apono-k8s-access", "ci")), &[(Dangerous, "aws-auth-other-role")]),
        ("an admin's role", format!("{raw}{}  groups: [system:masters]\n", raw.replace("apono-k8s-access", "admin")), &[]),
        ("another role with a prefix", format!("{raw}{}", raw.replace("apono-k8s-access", "ci").replace("{{", "ci:{{")), &[]),
        ("no YAML", "- [".into(), &[(Wrong, "aws-auth-unreadable")]),
        ("no list", "a: b".into(), &[(Wrong, "aws-auth-unreadable")]),
        ("aliases", "- &a x\n- *a".into(), &[(Wrong, "aws-auth-unreadable")]),
    ];
    for (name, map_roles, wanted) in cases {
        assert_eq!(
            ids(&[config_map(&map_roles)], &expected()),
            wanted,
            "{name}"
        );
    }
    let mut with_prefix = expected();
    with_prefix.prefix = "apono-managed-user:".parse().ok();
    let prefixed = raw.replace("{{", "apono-managed-user:{{");
    assert_eq!(ids(&[config_map(&prefixed)], &with_prefix), []);
    assert_eq!(
        ids(&[config_map(&raw)], &with_prefix),
        [(Wrong, "username-other")]
    );
    let bare = json!({"kind": "ConfigMap", "metadata": {"name": "aws-auth"}});
    let found = findings(&[bare], &expected());
    assert_eq!(found[0].id, "aws-auth-missing");
    assert!(
        found[0].mend[1].contains("policy access-entry"),
        "{found:?}"
    );
}

#[test]
fn access_entries() {
    let entry = |change: fn(&mut Value)| {
        let mut entry = json!({"accessEntry": {
            "clusterName": "prod",
            "principalArn": "arn:aws:iam::111122223333:role/apono-k8s-access",
            "kubernetesGroups": [],
            "username": "apono-managed-user:{{SessionNameRaw}}",
            "type": "STANDARD",
        }});
        change(&mut entry["accessEntry"]);
        entry
    };
    let mut wanted = expected();
    wanted.prefix = "apono-managed-user:".parse().ok();
    let ids = |document| ids(&[document], &wanted);
    assert_eq!(ids(entry(|_| {})), []);
    assert_eq!(
        ids(entry(|e| e["username"] = json!(
            "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/{{SessionName}}"
        ))),
        [(Wrong, "entry-username")]
    );
    assert_eq!(
        ids(entry(|e| e["username"] = json!(":{{SessionNameRaw}}"))),
        [(Wrong, "username-other")]
    );
    assert_eq!(
        ids(entry(|e| e["username"] = json!("dev"))),
        [(Dangerous, "username-shared")]
    );
    assert_eq!(
        ids(entry(|e| e["kubernetesGroups"] = json!(["view"]))),
        [(Wrong, "groups")]
    );
    assert_eq!(
        ids(entry(|e| e["type"] = json!("EC2_LINUX"))),
        [(Dangerous, "entry-type")]
    );
    assert_eq!(
        ids(entry(
            |e| e["principalArn"] = json!("arn:aws:iam::111122223333:role/x")
        )),
        [(Wrong, "entry-other")]
    );
    let policies = |name: &str| json!({"associatedAccessPolicies": [{"policyArn": format!("arn:aws:eks::aws:cluster-access-policy/{name}")}]});
    assert_eq!(
        ids(policies("AmazonEKSClusterAdminPolicy")),
        [(Dangerous, "entry-policy")]
    );
    assert_eq!(
        ids(policies("AmazonEKSViewPolicy")),
        [(Wrong, "entry-policy")]
    );
    // The entry counts, so nothing is missing from aws-auth.
    let both = [entry(|_| {}), config_map("")];
    assert_eq!(super::tests::ids(&both, &wanted), []);
}

#[test]
fn dangerous_things_come_first() {
    let mut trust = guides_trust();
    trust["Statement"][0]["Condition"] = json!({});
    let wide =
        json!({"Statement": {"Effect": "Allow", "Action": "eks:ListClusters", "Resource": "*"}});
    let documents = [config_map(""), wide, trust];
    let severities: Vec<_> = findings(&documents, &expected())
        .iter()
        .map(|f| f.severity)
        .collect();
    assert!(
        severities.is_sorted() && severities[0] == Dangerous,
        "{severities:?}"
    );
    let loud = &findings(&documents, &expected())[0];
    assert!(loud.what.starts_with("ANYBODY CAN BE ANYBODY"), "{loud:?}");
}

#[test]
fn what_was_not_given_is_said() {
    let found = findings(&[guides_trust()], &expected());
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].severity, found[0].id), (Note, "not-looked-at"));
    assert!(!found[0].what.contains("get-role)"), "{found:?}");
    assert!(found[0].what.contains("get-role-policy") && found[0].what.contains("kubectl"));
}

/// Whatever comes, it is an error or a finding: no panic, no hang.
#[test]
fn garbage() {
    for bad in [
        "",
        "  \n",
        "null",
        "1",
        "\"x\"",
        "[]",
        "{}",
        "{",
        "{} trailing",
        "\u{0}",
        "\u{feff}",
        "An error occurred (NoSuchEntity)",
        "kind: ConfigMap",
        r#"{"Role": null}"#,
        r#"{"Role": {}}"#,
        r#"{"Role": {"AssumeRolePolicyDocument": "%FF"}}"#,
        r#"{"Role": {"AssumeRolePolicyDocument": "%7B"}}"#,
        r#"{"Statement": 1}"#,
        r#"{"Statement": [[]]}"#,
        r#"{"Statement": {"Effect": "allow"}}"#,
        r#"{"Statement": {"Effect": "Allow", "principal": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Principal": "x"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Principal": {"AWS": {}}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": "a", "NotAction": "b"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Condition": []}}"#,
        r#"{"Statement": {"Effect": "Allow", "Condition": {"StringEquals": "x"}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Condition": {"StringEquals": {"a": {}}}}}"#,
        r#"{"kind": "ConfigMap", "metadata": {"name": "other"}}"#,
    ] {
        assert!(read("test", bad.as_bytes()).is_err(), "{bad:?}");
    }
    let deep = "[".repeat(100_000);
    assert!(read("test", deep.as_bytes()).is_err());
    let deep = config_map(&"[".repeat(10_000));
    assert_eq!(ids(&[deep], &expected()), [(Wrong, "aws-auth-unreadable")]);
    let many: Vec<Value> = (0..10_000)
        .map(|_| json!({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}))
        .collect();
    let found = findings(&[json!({"Statement": many})], &expected());
    assert_eq!(found.len(), MAX_FINDINGS + 1);
    let slow = "*a".repeat(2_000) + "b";
    assert!(!iam::matches(&slow, &"a".repeat(20_000)));
}

#[test]
fn patterns() {
    for (pattern, text, wanted) in [
        ("*", "", true),
        ("", "", true),
        ("", "x", false),
        ("eks:Describe*", "EKS:DescribeCluster", true),
        ("eks:?escribeCluster", "eks:DescribeCluster", true),
        ("eks:*Cluster", "eks:DescribeClusters", false),
        ("*a*b", "xaxxb", true),
        ("*a*b", "xbxxa", false),
        ("a?", "a", false),
    ] {
        assert_eq!(iam::matches(pattern, text), wanted, "{pattern} {text}");
    }
}
