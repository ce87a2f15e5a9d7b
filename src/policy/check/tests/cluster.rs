//! aws-auth and access entries.

use super::*;

#[test]
fn aws_auth() {
    const NODES: &str = "- groups: [system:bootstrappers, system:nodes]\n  rolearn: arn:aws:iam::111122223333:role/nodes\n  username: system:node:{{EC2PrivateDNSName}}\n";
    const ROLE: &str = "- rolearn: arn:aws:iam::111122223333:role/apono-k8s-access\n";
    let raw = format!("{ROLE}  username: \"{{{{SessionNameRaw}}}}\"\n");
    let cases: [(&str, String, &[Named]); 33] = [
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
        ("another role can have any email", format!("{raw}{}", raw.replace("apono-k8s-access", "ci")), &[(Dangerous, "aws-auth-other-role")]),
        ("an admin's role", format!("{raw}{}  groups: [system:masters]\n", raw.replace("apono-k8s-access", "admin")), &[]),
        ("another role with a prefix", format!("{raw}{}", raw.replace("apono-k8s-access", "ci").replace("{{", "ci:{{")), &[]),
        ("another role with a prefix that can be typed", format!("{}{}", raw.replace("{{", "apono.{{"), raw.replace("apono-k8s-access", "ci")), &[(Dangerous, "aws-auth-other-role"), (Note, "username-prefix")]),
        ("another role with the role's own prefix", format!("{}{}", raw.replace("{{", "apono-managed-user:{{"), raw.replace("apono-k8s-access", "dev").replace("{{", "apono-managed-user:{{")), &[(Dangerous, "aws-auth-other-role"), (Note, "username-prefix")]),
        ("groups that are no list", format!("{raw}  groups: system:masters\n"), &[(Wrong, "aws-auth-unreadable")]),
        ("a group that is no text", format!("{raw}  groups: [[x]]\n"), &[(Wrong, "aws-auth-unreadable")]),
        ("no groups", format!("{raw}  groups:\n"), &[]),
        ("a username that is a number", format!("{ROLE}  username: 12\n"), &[(Wrong, "aws-auth-unreadable")]),
        ("a username that is text", format!("{ROLE}  username: \"12\"\n"), &[(Dangerous, "username-shared")]),
        ("a rolearn that is a list", raw.replace("arn:aws:iam::111122223333:role/apono-k8s-access", "[x]"), &[(Wrong, "aws-auth-unreadable")]),
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
    assert!(found[0].fix[1].contains("policy access-entry"), "{found:?}");
    let users = json!({"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": raw, "mapUsers": "- userarn: x"}});
    assert_eq!(ids(&[users], &expected()), [(Note, "aws-auth-users")]);
}

/// Each command has an option at most once, the region if it is known, and a name for a cluster that is not.
#[test]
fn fixes_can_be_run() {
    let china = Expected {
        role: "arn:aws-cn:iam::111122223333:role/apono".parse().unwrap(),
        region: Some("cn-northwest-1".parse().unwrap()),
        ..expected()
    };
    let entry = json!({"accessEntry": {"principalArn": china.role.as_str(), "username": "x", "type": "EC2_LINUX"}});
    let policies = json!({"associatedAccessPolicies": [{"policyArn": "arn:aws-cn:eks::aws:cluster-access-policy/X"}]});
    let named = |expected: &Expected| {
        let mut found = findings(&[config_map("")], expected);
        found.extend(findings(&[entry.clone(), policies.clone()], expected));
        let fixes = found.into_iter().flat_map(|finding| finding.fix);
        fixes
            .filter(|fix| fix.contains("--cluster-name"))
            .collect::<Vec<_>>()
    };
    let fixes = named(&china);
    assert_eq!(fixes.len(), 4, "{fixes:?}");
    for fix in fixes {
        for command in fix.split("&&") {
            let times = command.matches("--region cn-northwest-1").count();
            assert_eq!(times, 1, "{fix}");
            assert_eq!(command.matches("--cluster-name prod").count(), 1, "{fix}");
        }
    }
    let unknown = Expected {
        cluster: None,
        region: None,
        ..china
    };
    for fix in named(&unknown) {
        assert!(fix.contains("--cluster-name \"${CLUSTER:?"), "{fix}");
    }
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
        [(Dangerous, "entry-other-role")]
    );
    let named = |name: &str| format!("arn:aws:eks::aws:cluster-access-policy/{name}");
    let policies = |name: &str| json!({"associatedAccessPolicies": [{"policyArn": named(name)}]});
    let in_namespace = |name: &str, namespace: &str| json!({"associatedAccessPolicies": [{"policyArn": named(name), "accessScope": {"type": "namespace", "namespaces": [namespace]}}]});
    assert_eq!(
        ids(policies("AmazonEKSClusterAdminPolicy")),
        [(Dangerous, "entry-policy")]
    );
    assert_eq!(
        ids(policies("AmazonEKSViewPolicy")),
        [(Wrong, "entry-policy")]
    );
    for (name, namespace, wanted, all) in [
        ("AmazonEKSClusterAdminPolicy", None, Dangerous, true),
        ("AmazonEKSClusterAdminPolicy", Some("dev"), Wrong, false),
        (
            "AmazonEKSClusterAdminPolicy",
            Some("kube-system"),
            Dangerous,
            false,
        ),
        ("AmazonEKSAdminPolicy", None, Dangerous, false),
        ("AmazonEKSAdminPolicy", Some("dev"), Wrong, false),
        ("AmazonEKSAdminViewPolicy", None, Dangerous, false),
        ("AmazonEKSViewPolicy", Some("kube-system"), Wrong, false),
    ] {
        let document = match namespace {
            None => policies(name),
            Some(namespace) => in_namespace(name, namespace),
        };
        let found = &findings(&[document], &expected())[0];
        assert_eq!(found.severity, wanted, "{found:?}");
        let is_admin = found
            .what
            .contains("every user of the role is cluster admin");
        assert_eq!(is_admin, all, "{found:?}");
        assert!(
            found.what.contains(namespace.unwrap_or_default()),
            "{found:?}"
        );
    }
    // EKS uses the access entry, so nothing is missing from aws-auth.
    let both = [entry(|_| {}), config_map("")];
    assert_eq!(super::ids(&both, &wanted), []);
    // The entry of another role does not map this role. It matters if its sessions can have the same usernames.
    let others = |username: &'static str| {
        let mut entry = entry(|e| e["principalArn"] = json!("arn:aws:iam::111122223333:role/dev"));
        entry["accessEntry"]["username"] = json!(username);
        entry
    };
    assert_eq!(
        super::ids(&[others("dev"), config_map("")], &wanted),
        [(Wrong, "entry-other"), (Wrong, "aws-auth-missing")]
    );
    assert_eq!(super::ids(&[entry(|_| {}), others("dev")], &wanted), []);
    let same = others("apono-managed-user:{{SessionNameRaw}}");
    let fix = &findings(&[entry(|_| {}), same.clone()], &expected())[0].fix;
    assert_eq!(
        *fix,
        [
            "aws eks update-access-entry --cluster-name prod --region eu-west-1 --principal-arn arn:aws:iam::111122223333:role/dev \
             --username='role-dev:{{SessionNameRaw}}'  # then change the RBAC bindings of its users to the new usernames"
        ]
    );
    assert_eq!(
        super::ids(&[entry(|_| {}), same], &expected()),
        [(Dangerous, "entry-other-role"), (Note, "username-prefix")]
    );
    let listed = json!({"accessEntries": ["arn:aws:iam::111122223333:role/nodes"]});
    assert_eq!(
        super::ids(std::slice::from_ref(&listed), &wanted),
        [(Note, "entries-others")]
    );
    let fix = &findings(&[listed], &wanted)[0].fix;
    assert_eq!(
        *fix,
        [
            "for arn in $(aws eks list-access-entries --cluster-name prod --region eu-west-1 --query 'accessEntries[]' --output text); \
             do aws eks describe-access-entry --cluster-name prod --region eu-west-1 --principal-arn \"$arn\" --output json; done \
             | apono-login policy check --account-id 111122223333 --role-name=apono-k8s-access -"
        ]
    );
    // The access policies of another role's entry are ignored.
    let mut others = policies("AmazonEKSClusterAdminPolicy");
    others["principalArn"] = json!("arn:aws:iam::111122223333:role/admin");
    assert_eq!(super::ids(&[others], &wanted), []);
}
