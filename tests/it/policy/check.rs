//! `policy check` of files.

#[cfg(target_os = "linux")]
mod linux;

use serde_json::{Value, json};

use kit::Home;

fn role(trust: &Value) -> String {
    json!({"Role": {"RoleName": "apono-k8s-access", "Arn": "arn:aws:iam::111122223333:role/apono-k8s-access",
        "AssumeRolePolicyDocument": trust}})
    .to_string()
}

/// The printed role, permissions and aws-auth pass the check; the kind of each file is detected.
#[test]
fn our_own_documents_pass() {
    let home = Home::new();
    let print = |words: &str| {
        let words = format!("policy {words} --account-id 111122223333");
        home.apono_login(&words).succeeds().stdout
    };
    home.write(
        "trust.json",
        role(&serde_json::from_str(&print("trust-sso")).unwrap()),
    );
    home.write("permissions.json", print("permissions"));
    let config_map = json!({"kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {"mapRoles": print("aws-auth")}});
    home.write("aws-auth.json", config_map.to_string());
    home.write("attached.json", r#"{"AttachedPolicies": [{"PolicyArn": "arn:aws:iam::111122223333:policy/apono-k8s-access"}]}"#);
    home.write("inline.json", r#"{"PolicyNames": []}"#);
    home.write("entries.json", r#"{"accessEntries": []}"#);
    let some = "policy check aws-auth.json permissions.json trust.json";
    let all = format!("{some} attached.json inline.json entries.json");
    let clean = home.apono_login(&all).succeeds();
    assert_eq!(clean.stdout, "");
    clean.recorded("all of it");
    let report = home.apono_login(&format!("{all} --output json"));
    let expected =
        json!({"role_arn": "arn:aws:iam::111122223333:role/apono-k8s-access", "findings": []});
    assert_eq!(report.succeeds().json(), expected);
    // A partial check must not claim that all is well.
    let in_80_columns = home.apono_login(some).env("COLUMNS", "80").succeeds();
    in_80_columns.recorded("some of it");
}

/// The expected account is the one on the command line, else the installed profile's, else the role's own.
#[test]
fn another_account_is_told() {
    let home = Home::new();
    let trust = home.apono_login("policy trust-sso --account-id 111122223333");
    home.write("role.json", role(&trust.succeeds().json()));
    home.apono_login("policy check role.json").succeeds();
    let other = home
        .apono_login("policy check role.json --account-id 444455556666")
        .exits(1);
    other.recorded("");
    home.write(
        ".aws/config",
        "[profile apono-k8s-access]\nrole_arn = arn:aws:iam::444455556666:role/apono-k8s-access\n",
    );
    let installed = home.apono_login("policy check role.json").exits(1);
    assert_eq!(installed.stdout, other.stdout);
}

/// Each broken entry of aws-auth is named, and what is dangerous beside it is found.
#[test]
fn broken_entries_of_aws_auth_are_named() {
    const ROLE: &str = "- rolearn: arn:aws:iam::111122223333:role/apono-k8s-access\n";
    let home = Home::new();
    let check = |map_roles: &str, map_accounts: &str| {
        let data = json!({"mapRoles": map_roles, "mapAccounts": map_accounts});
        let metadata = json!({"name": "aws-auth", "namespace": "kube-system"});
        let map = json!({"kind": "ConfigMap", "metadata": metadata, "data": data});
        home.write("aws-auth.json", map.to_string());
        home.apono_login("policy check aws-auth.json --account-id 111122223333")
            .exits(1)
    };
    let raw = "  username: \"{{SessionNameRaw}}\"\n";
    let others = "- username: x\n- rolearn: arn:aws:iam::111122223333:role/ci\n  userName: ci\n";
    check(
        &format!("{ROLE}{raw}  groups: view\n{others}{raw}"),
        "- 111122223333",
    )
    .recorded("entries");
    check(&format!("{ROLE}  username: {{{{SessionNameRaw}}}}\n"), "")
        .recorded("a username without quotes");
    check(
        &format!("{ROLE}{raw}{ROLE}  username: |\n    {{{{SessionNameRaw}}}}\n"),
        "",
    )
    .recorded("a line break after the username");
    check("- [", "").recorded("not YAML");
}

#[test]
fn what_cannot_be_checked() {
    let home = Home::new();
    home.write("empty.json", "");
    home.write("yaml.json", "kind: ConfigMap");
    home.write("other.json", r#"{"kind": "Pod"}"#);
    home.write("huge.json", "[".repeat(5 << 20));
    home.write(
        "error.json",
        "\nAn error occurred (NoSuchEntity) when calling the GetRole operation\n",
    );
    for file in "empty.json yaml.json other.json huge.json error.json missing.json . -".split(' ') {
        let check = format!("policy check {file} --account-id 111122223333");
        let refused = home.apono_login(&check).exits(1);
        assert_eq!(refused.stdout, "");
        refused.recorded(file);
    }
    // Nothing tells which account the role belongs to.
    home.write(
        "trust.json",
        r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}"#,
    );
    home.apono_login("policy check trust.json")
        .exits(2)
        .recorded("no account");
}
