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
        found[0].mend[0].contains(r"--policy-name='it'\''s' "),
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
    let inline = json!({"PolicyNames": ["x"]});
    assert_eq!(
        ids(std::slice::from_ref(&inline), &expected()),
        [(Note, "permissions-unread")]
    );
    let document = json!({"PolicyName": "x", "PolicyDocument": guides_permissions()});
    assert_eq!(ids(&[inline.clone(), document], &expected()), []);
    // One document is not two policies', and no named one's.
    let two = json!({"AttachedPolicies": [
        {"PolicyArn": "arn:aws:iam::111122223333:policy/apono-k8s-access"},
        {"PolicyArn": "arn:aws:iam::aws:policy/AmazonEC2FullAccess"},
    ]});
    let found = findings(&[two, inline, guides_permissions()], &expected());
    let unread = found.iter().filter(|f| f.id == "permissions-unread");
    assert_eq!(unread.count(), 3, "{found:?}");
    assert!(!is_complete(&found));
}

/// What takes a policy away takes it from this role only.
#[test]
fn shared_policies_stay_as_they_are() {
    let wide = json!({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}});
    let mends = |arn: &str, attachments: u64| {
        let mut given = read(
            "test",
            json!({"Policy": {"Arn": arn, "AttachmentCount": attachments}})
                .to_string()
                .as_bytes(),
        )
        .unwrap();
        given.extend(read("test", wide.to_string().as_bytes()).unwrap());
        if let Content::Permissions(permissions) = &mut given[1].content {
            permissions.arn = Some(arn.to_owned());
        }
        let found = check(&given, &expected());
        found[0].mend.clone()
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
        let mends = mends(arn, attachments);
        assert_eq!(mends.len(), wanted.len(), "{arn} {attachments}: {mends:?}");
        for (mend, wanted) in mends.iter().zip(wanted) {
            assert!(mend.contains(wanted), "{arn} {attachments}: {mend}");
        }
    }
}

/// As much as fits into a document of the largest size.
#[test]
fn many_policies_take_no_time() {
    let arns: Vec<Value> = (0..1000)
        .map(|n| json!({"PolicyArn": format!("arn:aws:iam::111122223333:policy/{n}")}))
        .collect();
    let listing = json!({"AttachedPolicies": arns});
    let text = vec![listing.to_string(); 500].join("\n");
    let given = read("test", text.as_bytes()).unwrap();
    assert_eq!(check(&given, &expected()).len(), MAX_FINDINGS + 1);
    for too_many in [
        "{\"PolicyNames\": []}".repeat(1001),
        json!({"PolicyNames": vec!["x"; 1001]}).to_string(),
    ] {
        assert!(read("test", too_many.as_bytes()).is_err());
    }
}
