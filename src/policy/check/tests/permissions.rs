//! Permissions.

use super::*;

#[test]
fn permissions() {
    let cases: &[(&str, Change, &[Named])] = &[
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
        ids(std::slice::from_ref(&own), &expected()),
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
