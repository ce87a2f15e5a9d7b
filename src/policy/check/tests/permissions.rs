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
            "what needs no permission, too",
            |s| s["Action"] = json!(["eks:DescribeCluster", "sts:getcalleridentity"]),
            &[],
        ),
        (
            "only what needs no permission",
            |s| {
                s["Action"] = json!("sts:GetCallerIdentity");
                s["Resource"] = json!("*");
            },
            &[(Wrong, "permissions-missing")],
        ),
        (
            "resources in capitals",
            |s| s["Resource"] = json!("arn:aws:eks:*:111122223333:Cluster/*"),
            &[
                (Wrong, "permissions-resource"),
                (Note, "permissions-narrow"),
            ],
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
        let mut policy = guide_permissions();
        change(&mut policy["Statement"][0]);
        assert_eq!(ids(&[policy.clone()], &expected()), *wanted, "{name}");
        let inline = json!({"RoleName": "x", "PolicyName": "it's", "PolicyDocument": policy});
        let version = json!({"PolicyVersion": {"Document": policy, "IsDefaultVersion": true}});
        assert_eq!(ids(&[inline], &expected()), *wanted, "{name}, inline");
        assert_eq!(ids(&[version], &expected()), *wanted, "{name}, managed");
    }
    // Several policies add up.
    let more = json!({"PolicyName": "it's", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}});
    let found = findings(&[guide_permissions(), more], &expected());
    assert_eq!(found[0].id, "permissions-wide");
    assert!(
        found[0]
            .what
            .starts_with("inline policy it's: statement 1 allows s3:*"),
        "{found:?}"
    );
    assert!(
        found[0].fix[0].contains(r"--policy-name='it'\''s' "),
        "{found:?}"
    );
    let old =
        json!({"PolicyVersion": {"Document": guide_permissions(), "IsDefaultVersion": false}});
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
    assert_eq!(ids(&[own, guide_permissions()], &expected()), []);
    let admin = attached("arn:aws:iam::aws:policy/AdministratorAccess");
    assert_eq!(
        ids(&[admin, guide_permissions()], &expected()),
        [(Dangerous, "permissions-wide")]
    );
    let inline = json!({"PolicyNames": ["x"]});
    assert_eq!(
        ids(std::slice::from_ref(&inline), &expected()),
        [(Note, "permissions-unread")]
    );
    let document = json!({"PolicyName": "x", "PolicyDocument": guide_permissions()});
    assert_eq!(ids(&[inline.clone(), document], &expected()), []);
    // One unnamed document does not stand for two managed policies, nor for an inline policy.
    let two = json!({"AttachedPolicies": [
        {"PolicyArn": "arn:aws:iam::111122223333:policy/apono-k8s-access"},
        {"PolicyArn": "arn:aws:iam::aws:policy/AmazonEC2FullAccess"},
    ]});
    let found = findings(&[two, inline, guide_permissions()], &expected());
    let unread = found.iter().filter(|f| f.id == "permissions-unread");
    assert_eq!(unread.count(), 3, "{found:?}");
    assert!(!is_complete(&found));
}

/// A fix does not change policies that other roles have.
#[test]
fn shared_policies_are_not_changed() {
    let wide = json!({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}});
    let fixes = |arn: &str, attachments: u64| {
        let mut inputs = read(
            "test",
            json!({"Policy": {"Arn": arn, "AttachmentCount": attachments}})
                .to_string()
                .as_bytes(),
        )
        .unwrap();
        inputs.extend(read("test", wide.to_string().as_bytes()).unwrap());
        if let Input::Permissions(permissions) = &mut inputs[1] {
            permissions.arn = Some(arn.to_owned());
        }
        let found = check(&inputs, &expected());
        found[0].fix.clone()
    };
    let own = "arn:aws:iam::111122223333:policy/apono-k8s-access";
    let other = "arn:aws:iam::111122223333:policy/team";
    for (arn, attachments, wanted) in [
        (
            own,
            1,
            &["create-policy-version --set-as-default"] as &[&str],
        ),
        (own, 2, &["detach-role-policy", "put-role-policy"]),
        (
            other,
            1,
            &[
                "detach-role-policy",
                "--format aws-cli | sh && aws iam attach-role-policy",
            ],
        ),
        (
            other,
            2,
            &[
                "detach-role-policy",
                "--format aws-cli | sh && aws iam attach-role-policy",
            ],
        ),
        (
            "arn:aws:iam::aws:policy/AmazonS3FullAccess",
            1,
            &["detach-role-policy"],
        ),
    ] {
        let fixes = fixes(arn, attachments);
        assert_eq!(fixes.len(), wanted.len(), "{arn} {attachments}: {fixes:?}");
        for (fix, wanted) in fixes.iter().zip(wanted) {
            assert!(fix.contains(wanted), "{arn} {attachments}: {fix}");
        }
    }
}

/// The largest input that is read.
#[test]
fn many_policies_take_no_time() {
    let arns: Vec<Value> = (0..1000)
        .map(|n| json!({"PolicyArn": format!("arn:aws:iam::111122223333:policy/{n}")}))
        .collect();
    let listing = json!({"AttachedPolicies": arns});
    let text = vec![listing.to_string(); 500].join("\n");
    let inputs = read("test", text.as_bytes()).unwrap();
    assert_eq!(check(&inputs, &expected()).len(), MAX_FINDINGS + 1);
    for too_many in [
        "{\"PolicyNames\": []}".repeat(1001),
        json!({"PolicyNames": vec!["x"; 1001]}).to_string(),
    ] {
        assert!(read("test", too_many.as_bytes()).is_err());
    }
}
