//! aws-auth and access entries.

use super::*;

#[test]
fn aws_auth() {
    const NODES: &str = "- groups: [system:bootstrappers, system:nodes]\n  rolearn: arn:aws:iam::111122223333:role/nodes\n  username: system:node:{{EC2PrivateDNSName}}\n";
    const ROLE: &str = "- rolearn: arn:aws:iam::111122223333:role/apono-k8s-access\n";
    let raw = format!("{ROLE}  username: \"{{{{SessionNameRaw}}}}\"\n");
    let cases: [(&str, String, &[Named]); 25] = [
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
    assert_eq!(super::ids(&both, &wanted), []);
}
