//! aws-auth and access entries.

mod aws_auth;
mod usernames;

use super::*;

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
            "createdAt": "2026-01-02T12:00:00+01:00",
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
        [(Dangerous, "entry-other-role")]
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
             | apono-login policy check --account-id 111122223333 --role-name=apono-k8s-access --username-prefix=apono-managed-user: -"
        ]
    );
    // The access policies of another role's entry are ignored.
    let mut others = policies("AmazonEKSClusterAdminPolicy");
    others["principalArn"] = json!("arn:aws:iam::111122223333:role/admin");
    assert_eq!(super::ids(&[others], &wanted), []);
}

/// An access entry holds the ID that the role had when it was made.
#[test]
fn an_access_entry_of_a_deleted_role() {
    let mut wanted = expected();
    wanted.prefix = "apono-managed-user:".parse().ok();
    let cases: [(Value, Value, &[Named]); 6] = [
        (
            json!("2026-01-02T12:00:00+01:00"),
            json!("2026-01-02T11:00:00+00:00"),
            &[],
        ),
        (
            json!("2026-01-02T12:00:00+01:00"),
            json!("2026-01-02T12:00:00+00:00"),
            &[],
        ),
        (
            json!("2026-01-02T12:00:00+00:00"),
            json!("2026-01-02T12:00:00+01:00"),
            &[(Wrong, "entry-role-id")],
        ),
        (
            json!("2026-01-02T12:00:00Z"),
            json!(1767355199.5),
            &[(Wrong, "entry-role-id")],
        ),
        (
            json!("2026-01-02T12:00:00Z"),
            json!(null),
            &[(Note, "entry-role-id")],
        ),
        (
            json!("yesterday"),
            json!("2026-01-02T12:00:00Z"),
            &[(Note, "entry-role-id")],
        ),
    ];
    for (role, entry, expected) in cases {
        let role = json!({"Role": {"Arn": wanted.role.as_str(), "CreateDate": role, "AssumeRolePolicyDocument": guide_trust()}});
        let entry = json!({"accessEntry": {
            "principalArn": wanted.role.as_str(), "username": "apono-managed-user:{{SessionNameRaw}}", "type": "STANDARD", "createdAt": entry,
        }});
        let found = findings(&[role.clone(), entry.clone()], &wanted);
        let found = found.iter().filter(|finding| finding.id != "not-looked-at");
        let found: Vec<Named> = found
            .map(|finding| (finding.severity, finding.id))
            .collect();
        assert_eq!(found, expected, "{role} {entry}");
    }
}

fn access_entry(role: &str, username: &str) -> Value {
    json!({"accessEntry": {"principalArn": format!("arn:aws:iam::{ACCOUNT}:role/{role}"), "username": username, "type": "STANDARD"}})
}

/// The entries of all other principals, as the command in a note prints them, are no mistake.
#[test]
fn access_entries_of_others() {
    const OWN: &str = "apono-k8s-access";
    const RAW: &str = "{{SessionNameRaw}}";
    let map =
        || config_map(&json!([{"rolearn": expected().role.as_str(), "username": RAW}]).to_string());
    let list = |roles: &[&str]| {
        let arn = |role: &&str| format!("arn:aws:iam::{ACCOUNT}:role/{role}");
        json!({"accessEntries": roles.iter().map(arn).collect::<Vec<_>>()})
    };
    let default = format!("apono-managed-user:{RAW}");
    let cases: [(&str, Vec<Value>, &[Named]); 7] = [
        (
            "one",
            vec![access_entry("nodes", "n")],
            &[(Wrong, "entry-other")],
        ),
        (
            "two",
            vec![access_entry("nodes", "n"), access_entry("dev", "d")],
            &[(Note, "entry-other")],
        ),
        (
            "listed",
            vec![list(&["nodes"]), access_entry("nodes", "n")],
            &[(Note, "entry-other")],
        ),
        (
            "listed, one not read",
            vec![list(&["nodes", "dev"]), access_entry("nodes", "n")],
            &[(Note, "entries-others"), (Note, "entry-other")],
        ),
        (
            "all read",
            vec![
                list(&[OWN, "nodes"]),
                access_entry("nodes", "n"),
                access_entry(OWN, &default),
            ],
            &[],
        ),
        (
            "own entry not read",
            vec![list(&[OWN, "dev"]), map(), access_entry("dev", &default)],
            &[(Dangerous, "entry-other-role"), (Note, "aws-auth-unused")],
        ),
        (
            "no own entry",
            vec![list(&["dev"]), map(), access_entry("dev", &default)],
            &[(Note, "entry-other")],
        ),
    ];
    for (name, documents, wanted) in cases {
        assert_eq!(ids(&documents, &expected()), wanted, "{name}");
    }
}

/// A command that a finding names keeps the prefix of the usernames.
#[test]
fn fixes_have_the_prefix() {
    let corp = Expected {
        prefix: "corp:".parse().ok(),
        ..expected()
    };
    let kind = |username: &str| {
        let mut entry = access_entry("apono-k8s-access", username);
        entry["accessEntry"]["type"] = json!("EC2_LINUX");
        entry
    };
    let list = json!({"accessEntries": [format!("arn:aws:iam::{ACCOUNT}:role/dev")]});
    let wrong = json!([{"rolearn": corp.role.as_str(), "username": "{{SessionNameRaw}}"}]);
    for (name, document, expected, id) in [
        (
            "aws-auth",
            config_map(&wrong.to_string()),
            &corp,
            "username-other",
        ),
        (
            "no entry in aws-auth",
            config_map(""),
            &corp,
            "aws-auth-missing",
        ),
        ("the next check", list, &corp, "entries-others"),
        (
            "a new access entry",
            kind("corp:{{SessionNameRaw}}"),
            &corp,
            "entry-type",
        ),
        (
            "the prefix of the entry",
            kind("corp:{{SessionNameRaw}}"),
            &expected(),
            "entry-type",
        ),
        (
            "the prefix expected",
            kind("x:{{SessionNameRaw}}"),
            &corp,
            "entry-type",
        ),
    ] {
        let found = findings(&[document], expected);
        let finding = found.iter().find(|f| f.id == id).unwrap();
        for fix in &finding.fix {
            assert!(fix.contains(" --username-prefix=corp:"), "{name}: {fix}");
        }
    }
}
