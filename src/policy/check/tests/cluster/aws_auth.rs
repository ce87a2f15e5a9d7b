//! The ConfigMap, entry by entry. What EKS makes of each text was seen with aws-iam-authenticator 0.7.18.

use super::*;

const ROLE: &str = "- rolearn: arn:aws:iam::111122223333:role/apono-k8s-access\n";
const UNREADABLE: &[Named] = &[(Wrong, "aws-auth-unreadable")];
const UNKNOWN: &[Named] = &[(Dangerous, "aws-auth-unreadable")];
const BROKEN: &[Named] = &[(Wrong, "aws-auth-entry")];
const OTHER: &[Named] = &[(Dangerous, "aws-auth-other-role")];

/// Returns the guide's entry.
fn raw() -> String {
    format!("{ROLE}  username: \"{{{{SessionNameRaw}}}}\"\n")
}

/// Returns the guide's entry for another role.
fn other() -> String {
    raw().replace("apono-k8s-access", "ci")
}

fn check_all(cases: &[(&str, String, &[Named])]) {
    for (name, map_roles, wanted) in cases {
        let found = ids(&[config_map(map_roles)], &expected());
        assert_eq!(found, *wanted, "{name}");
    }
}

#[test]
fn what_differs_from_the_guide() {
    const NODES: &str = "- groups: [system:bootstrappers, system:nodes]\n  rolearn: arn:aws:iam::111122223333:role/nodes\n  username: system:node:{{EC2PrivateDNSName}}\n";
    let raw = raw();
    check_all(&[
        ("the guide", raw.clone(), &[]),
        ("beside others", format!("{NODES}{raw}"), &[]),
        ("capitals", raw.replace("role/apono", "role/Apono"), &[]),
        ("keys as in the API", raw.replace("rolearn", "roleARN"), &[]),
        ("as JSON", r#"[{"rolearn": "arn:aws:iam::111122223333:role/apono-k8s-access", "username": "{{SessionNameRaw}}", "groups": []}]"#.into(), &[]),
        ("nothing", String::new(), &[(Wrong, "aws-auth-missing")]),
        ("quotes only", "''\n".into(), &[(Wrong, "aws-auth-missing")]),
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
        ("no groups", format!("{raw}  groups:\n"), &[]),
        ("a block", format!("{ROLE}  username: |-\n    {{{{SessionNameRaw}}}}\n"), &[]),
        ("a block that ends in a line break", format!("{ROLE}  username: |\n    {{{{SessionNameRaw}}}}\n"), &[(Wrong, "username-suffix")]),
        ("a path", raw.replace("role/", "role/team/"), &[(Wrong, "aws-auth-path")]),
        ("another account's", raw.replace(ACCOUNT, "444455556666"), &[(Dangerous, "aws-auth-other-role"), (Wrong, "aws-auth-missing")]),
        ("another role", raw.clone() + &other(), OTHER),
        ("an admin's role", format!("{raw}{}  groups: [system:masters]\n", other()), &[]),
    ]);
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
}

/// A broken entry is named, and hurts only itself.
#[test]
fn entries_that_are_broken() {
    let raw = raw();
    let of_kind = |value: &str| format!("{ROLE}  username: {value}\n");
    let shared: &[Named] = &[(Dangerous, "username-shared"), (Wrong, "aws-auth-entry")];
    let lost: &[Named] = &[(Wrong, "aws-auth-entry"), (Wrong, "aws-auth-missing")];
    let two_lost: &[Named] = &[
        (Wrong, "aws-auth-entry"),
        (Wrong, "aws-auth-entry"),
        (Wrong, "aws-auth-missing"),
    ];
    let behind: &[Named] = &[
        (Dangerous, "aws-auth-other-role"),
        (Wrong, "aws-auth-entry"),
    ];
    check_all(&[
        (
            "groups that are no list",
            format!("{raw}  groups: system:masters\n"),
            BROKEN,
        ),
        (
            "a group that is no text",
            format!("{raw}  groups: [[x]]\n"),
            BROKEN,
        ),
        (
            "masters behind what is no text",
            format!("{raw}  groups: [[x], 5, system:masters]\n"),
            &[(Dangerous, "groups-masters"), (Wrong, "aws-auth-entry")],
        ),
        ("a username that is a number", of_kind("12"), shared),
        ("a hexadecimal number", of_kind("0xff"), shared),
        ("a boolean", of_kind("yes"), shared),
        ("a list", of_kind("[\"{{SessionNameRaw}}\"]"), shared),
        (
            "a username that is text",
            of_kind("\"12\""),
            &[(Dangerous, "username-shared")],
        ),
        (
            "a date is text",
            of_kind("2001-01-01"),
            &[(Dangerous, "username-shared")],
        ),
        ("null", of_kind("~"), &[(Dangerous, "username-shared")]),
        (
            "a rolearn that is a list",
            raw.replace("arn:aws:iam::111122223333:role/apono-k8s-access", "[x]"),
            two_lost,
        ),
        ("an entry that is text", format!("- x\n{raw}"), BROKEN),
        ("an entry that is nothing", format!("-\n{raw}"), BROKEN),
        (
            "an entry without an ARN",
            format!("- username: \"{{{{SessionNameRaw}}}}\"\n{raw}"),
            BROKEN,
        ),
        ("sso beside rolearn", format!("{raw}  sso: x\n"), lost),
        ("empty sso beside rolearn", format!("{raw}  sso:\n"), &[]),
        (
            "a danger behind groups",
            format!("{raw}{}  groups: system:nodes\n", other()),
            behind,
        ),
        (
            "a danger behind an entry",
            format!("- 5\n{raw}{}", other()),
            behind,
        ),
        (
            "a permission set",
            format!(
                "{raw}- sso: {{permissionSetName: Dev, accountID: \"111122223333\"}}\n  username: \"{{{{SessionNameRaw}}}}\"\n"
            ),
            OTHER,
        ),
    ]);
    let found = findings(&[config_map(&format!("{raw}- username: x\n"))], &expected());
    let entry = found.iter().find(|f| f.id == "aws-auth-entry").unwrap();
    assert_eq!(entry.what, "entry 2 of mapRoles in aws-auth has no rolearn");
}

/// Texts that the authenticator refuses as a whole, or that are not read here.
#[test]
fn texts_that_are_not_read() {
    let raw = raw();
    let unquoted = raw.replace('"', "");
    check_all(&[
        ("no list", "a: b".into(), UNREADABLE),
        ("text", "x".into(), UNREADABLE),
        ("a mapping as key", unquoted.clone(), UNREADABLE),
        ("an empty key", format!("{raw}- {{~: x}}\n"), UNKNOWN),
        ("infinity", format!("{raw}  groups: [-.Inf]\n"), UNKNOWN),
        ("no number", format!("{raw}- x: .NaN\n"), UNKNOWN),
        ("a value that another replaces", format!("{raw}{}  x: .inf\n  x: y\n", other()), UNKNOWN),
        ("a merge key without a mapping", format!("{raw}- <<: x\n"), UNREADABLE),
        ("a merge key with an alias of a list", format!("- &a [{{x: y}}]\n- <<: *a\n{raw}"), UNREADABLE),
        ("control characters", format!("{raw}# \u{7f}\n"), UNKNOWN),
        ("escaped slashes", r#"[{"rolearn":"arn:aws:iam::111122223333:role\/apono-k8s-access","username":"{{SessionNameRaw}}"}]"#.into(), UNREADABLE),
        ("a surrogate", format!("- \"\\ud83d\\ude00\"\n{raw}"), UNREADABLE),
        ("no YAML", "- [".into(), UNKNOWN),
        ("an anchor in itself", format!("- &a [*a]\n{raw}"), UNKNOWN),
        ("line ends of YAML 1.1", format!("{raw}# a\u{2028}- rolearn: x\n"), UNKNOWN),
        ("a tag", format!("{ROLE}  username: !!binary e3tTZXNzaW9uTmFtZVJhd319\n"), UNKNOWN),
        ("a tag on a key", raw.replace("username", "!!binary dXNlcm5hbWU="), UNKNOWN),
        ("a tag for text", raw.replace("\"{{", "!!str \"{{"), &[]),
        ("the first document", format!("{raw}---\n{}", other()), &[]),
        ("a byte order mark", format!("\u{feff}{raw}"), &[]),
    ]);
    for text in [
        unquoted,
        format!("{ROLE}  username: {{{{SessionNameRaw}}}}-x\n"),
    ] {
        let found = findings(&[config_map(&text)], &expected());
        let fix = &found[0].fix[0];
        assert!(fix.ends_with("in quotes: \"{{SessionNameRaw}}\""), "{fix}");
    }
}

#[test]
fn aliases_and_repeated_keys() {
    let raw = raw();
    let keys: &[Named] = &[(Dangerous, "aws-auth-keys")];
    let shared: &[Named] = &[(Dangerous, "username-shared")];
    let anchored = raw.replacen("- ", "- &a\n  ", 1);
    check_all(&[
        (
            "an alias",
            raw.replace("\"{{", "&n \"{{")
                + "- {rolearn: arn:aws:iam::111122223333:role/ci, username: *n}\n",
            OTHER,
        ),
        (
            "a merge key",
            format!("{anchored}- <<: *a\n  rolearn: arn:aws:iam::111122223333:role/ci\n"),
            OTHER,
        ),
        (
            "a merge key after a key",
            format!("- &a {{username: x}}\n{raw}  <<: *a\n"),
            &[(Dangerous, "username-shared"), (Wrong, "aws-auth-entry")],
        ),
        (
            "the first of several mappings",
            format!(
                "- &a {{username: x}}\n- &b {{username: z, groups: [system:masters]}}\n{ROLE}  <<: [*a, *b]\n"
            ),
            &[
                (Dangerous, "username-shared"),
                (Dangerous, "groups-masters"),
                (Wrong, "aws-auth-entry"),
                (Wrong, "aws-auth-entry"),
            ],
        ),
        (
            "the last key counts",
            format!("{raw}  username: x\n"),
            shared,
        ),
        (
            "the last key counts, which is right",
            format!("{ROLE}  username: x\n  username: \"{{{{SessionNameRaw}}}}\"\n"),
            &[],
        ),
        (
            "keys that differ in case",
            format!("{raw}  userName: \"{{{{SessionNameRaw}}}}\"\n"),
            keys,
        ),
        (
            "keys of another role that differ in case",
            format!(
                "{raw}{}",
                other().replace("  user", "  Username: ci\n  user")
            ),
            &[
                (Dangerous, "aws-auth-keys"),
                (Dangerous, "aws-auth-other-role"),
            ],
        ),
        (
            "keys that Go takes for the same",
            format!("{raw}  u\u{17f}ername: \"{{{{SessionNameRaw}}}}\"\n"),
            keys,
        ),
        (
            "a letter that Go takes for an s",
            raw.replace("username", "u\u{17f}ername"),
            &[],
        ),
        (
            "an ARN that Go takes for the same",
            raw.replace("k8s", "\u{212a}8s"),
            &[],
        ),
        (
            "the last entry counts",
            format!("{ROLE}  username: x\n{raw}"),
            &[(Wrong, "aws-auth-twice")],
        ),
        (
            "the last entry counts, which is wrong",
            format!("{raw}{ROLE}  username: x\n"),
            &[(Dangerous, "username-shared"), (Wrong, "aws-auth-twice")],
        ),
        (
            "the last entry of another role counts",
            format!("{}{raw}{}", other(), other().replace("{{", "ci:{{")),
            &[],
        ),
        (
            "either of two counts",
            format!("{raw}{}", raw.replace("access", "acce\u{17f}s")),
            &[(Wrong, "aws-auth-twice")],
        ),
    ]);
}

#[test]
fn users_and_accounts() {
    let check = |map_users: &str, map_accounts: &str| {
        let data = json!({"mapRoles": raw(), "mapUsers": map_users, "mapAccounts": map_accounts});
        let map = json!({"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": data});
        ids(&[map], &expected())
    };
    let bob = "- userarn: arn:aws:iam::111122223333:user/bob\n  username: ";
    let accounts: &[Named] = &[(Dangerous, "aws-auth-accounts")];
    let cases: [(String, &str, &[Named]); 11] = [
        (format!("{bob}bob"), "[]", &[]),
        (format!("{bob}alice@example.com"), "", OTHER),
        (
            format!("{bob}alice@example.com\n  groups: [system:masters]"),
            "",
            &[],
        ),
        ("- username: x".into(), "''", BROKEN),
        ("x".into(), "", UNREADABLE),
        (String::new(), "- 111122223333", accounts),
        (String::new(), r#"["444455556666"]"#, accounts),
        (String::new(), "[{x: y}, 111122223333]", accounts),
        (String::new(), "111122223333", UNREADABLE),
        (String::new(), "[", UNKNOWN),
        (String::new(), "# none", &[]),
    ];
    for (users, accounts, wanted) in cases {
        assert_eq!(check(&users, accounts), wanted, "{users} {accounts}");
    }
    let user = raw().replace("rolearn", "userarn");
    let map = |roles: &str| json!({"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": roles, "mapUsers": user}});
    assert_eq!(ids(&[map("")], &expected()), [], "a role in mapUsers");
    let ours = format!("{ROLE}  username: x\n");
    assert_eq!(
        ids(&[map(&ours)], &expected()),
        [(Dangerous, "username-shared")]
    );
    let map = json!({"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": "[]", "mapAccounts": "[\"111122223333\"]"}});
    assert_eq!(
        ids(&[map], &expected()),
        [
            (Dangerous, "aws-auth-accounts"),
            (Wrong, "aws-auth-missing")
        ]
    );
}

/// go-yaml allows no tab where indentation can be, not even in a line with nothing else.
#[test]
fn tabs() {
    let raw = raw();
    let json = format!(
        "[\n\t{{\"rolearn\": \"{}\", \"username\": \"{{{{SessionNameRaw}}}}\"}}\n\t]",
        expected().role
    );
    let is_read = |text: &str| {
        let found = ids(&[config_map(text)], &expected());
        found.iter().all(|(_, id)| *id != "aws-auth-unreadable")
    };
    for (text, wanted) in [
        (format!("\t{raw}"), false),
        (format!("\t# x\n{raw}"), false),
        (format!("{raw}\t"), false),
        (format!("{raw}  \t# x\n"), false),
        (raw.replace("\n  user", "\n \t\n  user"), false),
        (raw.replace("- ", "-\t"), false),
        (format!("\t{json}"), false),
        (format!("{json}\n\t"), false),
        (format!("---\t\n{raw}"), true),
        (raw.replace("username: ", "username:\t"), true),
        (raw.replace('\n', "\t# x\n"), true),
        (format!("{json}\t\n"), true),
        (json, true),
    ] {
        assert_eq!(is_read(&text), wanted, "{text:?}");
    }
}

/// The authenticator refuses an entry for a permission set that names none. With a partition, it has a key of its own.
#[test]
fn permission_sets() {
    let raw = raw();
    let sso = |sso: &str, username: &str| format!("- sso: {sso}\n  username: \"{username}\"\n");
    let dev = r#"{permissionSetName: Dev, accountID: "111122223333"}"#;
    let in_partition = |name: &str| dev.replace('}', &format!(", partition: {name}}}"));
    let (free, own) = ("{{SessionNameRaw}}", "dev:{{SessionName}}");
    check_all(&[
        (
            "the last counts",
            format!("{raw}{}{}", sso(dev, free), sso(dev, own)),
            &[],
        ),
        (
            "beside one with a partition",
            format!("{raw}{}{}", sso(dev, free), sso(&in_partition("aws"), own)),
            OTHER,
        ),
        (
            "one with a partition",
            format!("{raw}{}", sso(&in_partition("aws-cn"), free)),
            OTHER,
        ),
        (
            "an unknown partition",
            format!("{raw}{}{}", sso(dev, free), sso(&in_partition("foo"), own)),
            &[
                (Dangerous, "aws-auth-other-role"),
                (Wrong, "aws-auth-entry"),
            ],
        ),
        (
            "an account that is a number",
            format!("{raw}{}", sso(&dev.replace('"', ""), free)),
            BROKEN,
        ),
        ("text", format!("{raw}{}", sso("x", free)), BROKEN),
        (
            "any name",
            format!("{raw}{}", sso(&dev.replace("Dev", "\"*\""), free)),
            BROKEN,
        ),
        (
            "no name",
            format!("{raw}{}", sso(r#"{accountID: "111122223333"}"#, free)),
            BROKEN,
        ),
    ]);
}

/// An ARN that is meant for the role, or that looks like it.
#[test]
fn arns_like_that_of_the_role() {
    const ARN: &str = "arn:aws:iam::111122223333:role/apono-k8s-access";
    let path: &[Named] = &[(Wrong, "aws-auth-path")];
    let session: &[Named] = &[(Wrong, "aws-auth-session")];
    let other: &[Named] = &[
        (Dangerous, "aws-auth-other-role"),
        (Wrong, "aws-auth-missing"),
    ];
    let entry = json!({"accessEntry": {"principalArn": ARN, "username": "apono-managed-user:{{SessionNameRaw}}", "type": "STANDARD"}});
    for (arn, wanted) in [
        ("arn:aws:iam::111122223333:role/team/apono-k8s-access", path),
        (
            "arn:aws:iam::111122223333:role/team/eu/Apono-k8s-access",
            path,
        ),
        (
            "arn:aws:sts::111122223333:assumed-role/apono-k8s-access",
            session,
        ),
        (
            "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com",
            session,
        ),
        (
            "arn:aws:sts::111122223333:assumed-role/apono-k8s-access2",
            other,
        ),
        ("arn:aws:iam::111122223333:user/eng/apono-k8s-access", other),
        ("arn:aws:iam::111122223333:user/apono-k8s-access", other),
        ("arn:aws-cn:iam::111122223333:role/apono-k8s-access", other),
        (
            "arn:aws:iam::444455556666:role/team/apono-k8s-access",
            other,
        ),
        ("arn:aws:iam::111122223333:role/team/ci", other),
    ] {
        let list = json!([{"rolearn": arn, "username": "alice@example.com"}]);
        let map = config_map(&list.to_string());
        assert_eq!(
            ids(std::slice::from_ref(&map), &expected()),
            wanted,
            "{arn}"
        );
        if wanted != other {
            let found = ids(&[map, entry.clone()], &expected());
            assert_eq!(found, [(Note, "aws-auth-unused")], "{arn}");
        }
    }
    let raw = raw();
    check_all(&[
        (
            "a capital that Go makes small",
            raw.clone() + &raw.replace("iam", "\u{130}am"),
            other,
        ),
        (
            "a wildcard",
            format!("{raw}- rolearn: arn:aws:iam::111122223333:role/*\n  username: x\n"),
            &[(Wrong, "aws-auth-wildcard")],
        ),
    ]);
}

/// Aliases can make a short text long.
#[test]
fn much_text_in_aliases() {
    let list = |bytes: usize, times: usize| {
        format!(
            "- &a {{x: {}}}\n{}",
            "y".repeat(bytes),
            "- *a\n".repeat(times)
        )
    };
    let is_unknown = |text: &str| ids(&[config_map(text)], &expected()).contains(&UNKNOWN[0]);
    assert!(!is_unknown(&list(2_000, 400)));
    assert!(is_unknown(&list(2_000, 600)));
    let accounts = json!({"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapAccounts": format!("- &a {}\n{}", "y".repeat(2_000), "- *a\n".repeat(600))}});
    assert!(ids(&[accounts], &expected()).contains(&UNKNOWN[0]));
}

#[test]
fn braces_without_quotes() {
    for (text, line) in [
        (raw().replace('"', ""), 2),
        (format!("{}  x: {{{{y}}}}\n", raw()), 3),
        (
            "- {rolearn: x, username: {{SessionNameRaw}}}\n".to_owned(),
            1,
        ),
        ("[{username: {{SessionNameRaw}}, rolearn: x}]".to_owned(), 1),
    ] {
        let found = &findings(&[config_map(&text)], &expected())[0];
        let reason = format!("line {line}: {{{{ without quotes");
        assert!(found.what.ends_with(&reason), "{found:?}");
        let fix = &found.fix[0];
        assert!(fix.ends_with("in quotes: \"{{SessionNameRaw}}\""), "{fix}");
    }
}
