//! Setups that differ from the guide in one thing, and the findings.

mod cluster;
mod denies;
mod permissions;
mod principals;
mod saml;
mod trust;

use serde_json::{Value, json};

use super::Severity::{Dangerous, Note, Wrong};
use super::*;
use crate::cli::PolicyFormat;
use crate::policy::document::{Document, Values};

const ACCOUNT: &str = "111122223333";

fn expected() -> Expected {
    Expected {
        role: "arn:aws:iam::111122223333:role/apono-k8s-access"
            .parse()
            .unwrap(),
        provider: None,
        prefix: None,
        cluster: Some("prod".parse().unwrap()),
        region: Some("eu-west-1".parse().unwrap()),
        live: false,
    }
}

fn guide(values: Values, document: Document) -> Value {
    serde_json::from_str(&values.text(document, PolicyFormat::Json).unwrap()).unwrap()
}

fn guide_trust() -> Value {
    guide(expected().role.into(), Document::Trust)
}

fn guide_saml() -> Value {
    let okta = format!("arn:aws:iam::{ACCOUNT}:saml-provider/Okta");
    let values = Values {
        provider: okta.parse().ok(),
        ..expected().role.into()
    };
    guide(values, Document::Trust)
}

fn guide_permissions() -> Value {
    guide(expected().role.into(), Document::Permissions)
}

fn findings(documents: &[Value], expected: &Expected) -> Vec<Finding> {
    let text: Vec<String> = documents.iter().map(Value::to_string).collect();
    let inputs = read("test", text.join("\n").as_bytes()).unwrap();
    check(&inputs, expected)
}

/// Severity and id of a finding.
type Named = (Severity, &'static str);

/// Returns all findings except the notes on what was not checked.
fn ids(documents: &[Value], expected: &Expected) -> Vec<Named> {
    let found = findings(documents, expected).into_iter();
    let not_checked = ["not-looked-at", "entry-role-id"];
    let found =
        found.filter(|finding| finding.severity != Note || !not_checked.contains(&finding.id));
    found
        .map(|finding| (finding.severity, finding.id))
        .collect()
}

/// A change to the first statement of a policy.
type Change = fn(&mut Value);

/// Checks a policy with each of the changes. Reports all rows that differ.
fn assert_table(policy: &Value, cases: &[(&str, Change, &[Named])]) {
    let differ = cases.iter().filter_map(|(name, change, wanted)| {
        let mut policy = policy.clone();
        change(&mut policy["Statement"][0]);
        let found = ids(&[policy], &expected());
        (found != *wanted).then(|| format!("{name}: {found:?}, not {wanted:?}"))
    });
    let differ: Vec<String> = differ.collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

fn condition(statement: &mut Value) -> &mut Value {
    &mut statement["Condition"]
}

fn config_map(map_roles: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {"mapRoles": map_roles}})
}

#[test]
fn dangerous_findings_come_first() {
    let mut trust = guide_trust();
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
    let first = &findings(&documents, &expected())[0];
    let wanted = "anyone whom statement 1 (Statement1) allows can choose any session name";
    assert_eq!(first.what, wanted);
}

#[test]
fn what_was_not_checked_is_reported() {
    let found = findings(&[guide_trust()], &expected());
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].severity, found[0].id), (Note, "not-looked-at"));
    assert!(!found[0].what.contains("get-role)"), "{found:?}");
    assert!(found[0].what.contains("get-role-policy") && found[0].what.contains("kubectl"));
}

/// Any input gives an error or findings: no panic, no hang.
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
        r#"{"Statement": {"Effect": "Allow", "Condition": {"StringEqual": {"a": "x"}}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Condition": {"ForEachValue:StringEquals": {"a": "x"}}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Condition": {"NullIfExists": {"a": "true"}}}}"#,
        // A key twice, in the same or in other letters, and in the text of a policy.
        r#"{"Statement": {"Effect": "Deny", "Effect": "Allow"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Condition": {"StringEquals": {"a:b": "x", "A:B": "y"}}}}"#,
        r#"{"Statement": {"Effect": "Allow", "Condition": {"Null": {"a": "true"}, "null": {"a": "false"}}}}"#,
        r#"{"Role": {"AssumeRolePolicyDocument": "{\"Statement\": [], \"Statement\": []}"}}"#,
        r#"{"kind": "ConfigMap", "metadata": {"name": "other"}}"#,
        r#"{"kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "default"}}"#,
        r#"{"kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": ""}}"#,
        r#"{"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": []}}"#,
        r#"{"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapAccounts": ["111122223333"]}}"#,
    ] {
        assert!(read("test", bad.as_bytes()).is_err(), "{bad:?}");
    }
    let deep = "[".repeat(100_000);
    assert!(read("test", deep.as_bytes()).is_err());
    let deep = config_map(&"[".repeat(10_000));
    assert_eq!(
        ids(&[deep], &expected()),
        [(Dangerous, "aws-auth-unreadable")]
    );
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
        let found = iam::matches_ignoring_case(pattern, text);
        assert_eq!(found, wanted, "{pattern} {text}");
    }
    assert!(!iam::matches("role/A*", "role/abc"));
}

#[test]
fn patterns_and_classes() {
    for (pattern, class, covers, overlaps) in [
        ("*", "*@*", true, true),
        ("*@*", "*@*", true, true),
        ("*@example.com", "*@*", false, true),
        ("a?c@x", "*@*", false, true),
        ("admin", "*@*", false, false),
        ("role/*", "role/??-*-?/A_*", true, true),
        ("role/*/AWS_*", "role/??-*-?/AWS_*", true, true),
        ("role/AWS_*", "role/??-*-?/AWS_*", false, false),
        ("role/eu-west-1/A_x", "role/??-*-?/A_*", false, true),
        ("role/a/b/A_x", "role/*/A_*", false, false),
        ("arn:*:root", "arn:iam::1:role/A_*", false, false),
        ("", "*", false, true),
        ("", "", true, true),
    ] {
        let found = (iam::covers(pattern, class), iam::overlaps(pattern, class));
        assert_eq!(found, (covers, overlaps), "{pattern} {class}");
    }
}

/// The check is complete only if every part was in the input.
#[test]
fn each_missing_part_is_reported() {
    let entry = json!({"accessEntry": {
        "principalArn": "arn:aws:iam::111122223333:role/apono-k8s-access",
        "username": "apono:{{SessionNameRaw}}", "type": "STANDARD", "kubernetesGroups": [],
        "createdAt": "2026-01-02T12:00:00Z",
    }});
    let role = json!({"Role": {
        "Arn": "arn:aws:iam::111122223333:role/apono-k8s-access",
        "CreateDate": "2026-01-01T12:00:00Z", "AssumeRolePolicyDocument": guide_trust(),
    }});
    let parts = [
        ("trust policy", role),
        ("the permissions", guide_permissions()),
        (
            "list-attached-role-policies",
            json!({"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/apono-k8s-access"}]}),
        ),
        ("list-role-policies", json!({"PolicyNames": []})),
        ("configmap aws-auth", config_map("")),
        ("describe-access-entry", entry),
        (
            "list-associated-access-policies",
            json!({"associatedAccessPolicies": []}),
        ),
        (
            "list-access-entries",
            json!({"accessEntries": ["arn:aws:iam::111122223333:role/apono-k8s-access"]}),
        ),
    ];
    let mut wanted = expected();
    wanted.prefix = "apono:".parse().ok();
    let all: Vec<Value> = parts.iter().map(|(_, part)| part.clone()).collect();
    let found = findings(&all, &wanted);
    assert!(found.is_empty() && is_complete(&found), "{found:?}");
    for (at, (name, _)) in parts.iter().enumerate() {
        let mut some = all.clone();
        some.remove(at);
        let found = findings(&some, &wanted);
        let missing = found.iter().find(|f| f.id == "not-looked-at").unwrap();
        assert!(missing.what.contains(name), "{name}: {missing:?}");
        assert!(!is_complete(&found));
    }
}
