//! What is printed, as its readers read it.

use serde_json::{Value, json};

use kit::{Home, tools};

const ROLES: [&str; 4] = [
    "--account-id 111122223333",
    "--account-id 111122223333 --role-name team/a/it+is=a,role.@-_",
    "--account-id 111122223333 --region cn-north-1",
    "--account-id 111122223333 --region us-gov-west-1",
];

/// The document in all formats is the one document.
#[test]
fn every_format_says_the_same() {
    let home = Home::new();
    let print = |words: &str| {
        home.apono_login(&format!("policy {words}"))
            .succeeds()
            .stdout
    };
    let mut files = Vec::new();
    let mut wanted = Vec::new();
    let mut add = |name: String, text: String, document: Value| {
        home.write(&name, text);
        files.push(name);
        wanted.push(document);
    };
    for (at, role) in ROLES.iter().enumerate() {
        let name = match role.split_once("--role-name team/a/") {
            Some((_, name)) => name,
            None => "apono-k8s-access",
        };
        let json_of = |words: &str| -> Value {
            serde_json::from_str(&print(&format!("{words} {role}"))).unwrap()
        };
        let permissions = json_of("permissions");
        for verb in [
            "trust-sso",
            "trust-saml --saml-provider Okta",
            "permissions",
        ] {
            let document = json_of(verb);
            let file = verb.split(' ').next().unwrap();
            let format = |format: &str| print(&format!("{verb} {role} --format {format}"));
            add(
                format!("{at}-{file}.yaml"),
                format("yaml"),
                document.clone(),
            );
            let policy = json!({"ManagedPolicyName": name, "PolicyDocument": permissions});
            let hcl_policy = json!({"name": name, "policy": permissions});
            let (template, hcl) = match file {
                "permissions" => (
                    json!({"AponoPolicy": policy}),
                    json!({"aws_iam_policy": hcl_policy}),
                ),
                _ => (
                    json!({"AponoPolicy": policy, "AponoRole": {
                        "RoleName": name, "AssumeRolePolicyDocument": document,
                        "ManagedPolicyArns": [{"Ref": "AponoPolicy"}],
                    }}),
                    json!({"aws_iam_policy": hcl_policy, "aws_iam_role": {
                        "name": name, "assume_role_policy": document,
                    }, "aws_iam_role_policy_attachment": {
                        "role": "${aws_iam_role.apono.name}", "policy_arn": "${aws_iam_policy.apono.arn}",
                    }}),
                ),
            };
            add(
                format!("{at}-{file}-template.yaml"),
                format("cloudformation"),
                template,
            );
            add(format!("{at}-{file}.tf"), format("terraform"), hcl);
        }
        let entry = "access-entry --cluster-name prod";
        let document = json_of(entry);
        let format = |format: &str| print(&format!("{entry} {role} --format {format}"));
        add(format!("{at}-entry.yaml"), format("yaml"), document.clone());
        add(
            format!("{at}-entry-template.yaml"),
            format("cloudformation"),
            json!({"AponoAccessEntry": {
                "ClusterName": "prod", "PrincipalArn": document["principalArn"], "Username": document["username"], "Type": "STANDARD",
            }}),
        );
        add(
            format!("{at}-entry.tf"),
            format("terraform"),
            json!({"aws_eks_access_entry": {
                "cluster_name": "prod", "principal_arn": document["principalArn"], "user_name": document["username"], "type": "STANDARD",
            }}),
        );
        let aws_auth = json_of("aws-auth --format json");
        add(
            format!("{at}-aws-auth.yaml"),
            print(&format!("aws-auth {role}")),
            aws_auth,
        );
    }
    let script = tools::in_repository("tests/tools/read_documents.py");
    let words = std::iter::once(script.to_str().unwrap().to_owned()).chain(files.clone());
    let read = home.run(tools::python(), words).succeeds().json();
    for ((file, wanted), found) in files.iter().zip(&wanted).zip(read.as_array().unwrap()) {
        if file.ends_with("template.yaml") {
            assert_eq!(found["AWSTemplateFormatVersion"], "2010-09-09");
            let resources = found["Resources"].as_object().unwrap();
            assert_eq!(resources.len(), wanted.as_object().unwrap().len(), "{file}");
            for (name, properties) in wanted.as_object().unwrap() {
                has_all(&resources[name]["Properties"], properties, file);
            }
        } else if file.ends_with(".tf") {
            assert_eq!(
                found.as_object().unwrap().len(),
                wanted.as_object().unwrap().len()
            );
            for (kind, attributes) in wanted.as_object().unwrap() {
                has_all(&found[kind], attributes, file);
            }
        } else {
            assert_eq!(found, wanted, "{file}");
        }
    }
    let templates = files.iter().filter(|file| file.ends_with("template.yaml"));
    assert_eq!(templates.clone().count(), 16);
    let cfn_lint = tools::python().with_file_name("cfn-lint");
    home.run(cfn_lint, templates).succeeds();
}

fn has_all(found: &Value, wanted: &Value, file: &str) {
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&found[key], value, "{key} in {file}");
    }
}

/// The linter above means something only if it sees what is wrong.
#[test]
fn cfn_lint_sees_mistakes() {
    let home = Home::new();
    let template = home
        .apono_login("policy trust-sso --account-id 111122223333 --format cloudformation")
        .succeeds()
        .stdout;
    home.write("bad.yaml", template.replace("RoleName", "NameOfRole"));
    let cfn_lint = tools::python().with_file_name("cfn-lint");
    let said = home.run(cfn_lint, ["bad.yaml"]).output();
    assert_ne!(said.status.code(), Some(0));
    assert!(said.stdout.contains("NameOfRole"), "{said}");
}

#[test]
fn partitions_and_paths() {
    let home = Home::new();
    let print = |words: &str| home.apono_login(&format!("policy {words}")).succeeds();
    let china =
        print("trust-saml --saml-provider Okta --account-id 111122223333 --region cn-northwest-1")
            .json();
    let statement = &china["Statement"][0];
    assert_eq!(
        statement["Principal"]["Federated"],
        "arn:aws-cn:iam::111122223333:saml-provider/Okta"
    );
    assert_eq!(
        statement["Condition"]["StringEquals"]["SAML:aud"],
        "https://signin.amazonaws.cn/saml"
    );
    let path = "--account-id 111122223333 --role-name team/apono";
    // A name that reads as a flag is none in the script.
    let script = print("trust-sso --account-id 111122223333 --role-name=-x --format aws-cli");
    for line in script.stdout.lines().filter(|line| line.contains("-name")) {
        assert!(line.contains("-name=-x"), "{line}");
    }
    let aws_auth = print(&format!("aws-auth {path}"));
    aws_auth.explains(&["path is left out"]);
    assert_eq!(
        aws_auth.stdout,
        "- rolearn: arn:aws:iam::111122223333:role/apono\n  username: \"{{SessionNameRaw}}\"\n"
    );
    let entry = print(&format!("access-entry --cluster-name prod {path}"));
    entry.explains(&["apono-managed-user:EMAIL"]);
    assert_eq!(
        entry.json()["principalArn"],
        "arn:aws:iam::111122223333:role/team/apono"
    );
    let template = print(&format!("trust-sso {path} --format cloudformation")).stdout;
    assert!(template.contains("Path: \"/team/\""), "{template}");
    let long = "trust-saml --saml-provider Okta --max-session-duration 43200 --account-id 111122223333 --format";
    for (format, said) in [
        ("aws-cli", "--max-session-duration 43200"),
        ("cloudformation", "MaxSessionDuration: 43200"),
        ("terraform", "max_session_duration = 43200"),
    ] {
        let text = print(&format!("{long} {format}")).stdout;
        assert!(text.contains(said), "{text}");
    }
}

#[test]
fn the_installed_profile_says_which_role() {
    let home = Home::new();
    home.write(
        ".aws/config",
        "[profile work]\nrole_arn = arn:aws-cn:iam::444455556666:role/team/apono\nrole_session_name = alice@example.com\nsource_profile = default\nregion = cn-north-1\n",
    );
    let entry = home.apono_login("policy access-entry --cluster-name prod --profile work");
    assert_eq!(
        entry.succeeds().json()["principalArn"],
        "arn:aws-cn:iam::444455556666:role/team/apono"
    );
    // What is typed goes before it.
    let typed = "policy access-entry --cluster-name prod --profile work --account-id 111122223333 --role-name x --region eu-west-1";
    assert_eq!(
        home.apono_login(typed).succeeds().json()["principalArn"],
        "arn:aws:iam::111122223333:role/x"
    );
    // A config file that nobody can read is no reason to print nothing.
    home.write(".aws/config", "[profile\n");
    home.apono_login("policy permissions --account-id 111122223333")
        .succeeds();
}

#[test]
fn what_cannot_be_printed() {
    let home = Home::new();
    let account = "--account-id 111122223333";
    for (words, said) in [
        ("trust-sso".to_owned(), "--account-id"),
        ("trust-sso --account-id 1".to_owned(), "12 digits"),
        (format!("trust-sso {account} --role-name a/"), "--role-name"),
        (
            format!("trust-sso {account} --role-name $(id)"),
            "--role-name",
        ),
        (format!("trust-saml {account}"), "--saml-provider"),
        (
            format!("trust-saml {account} --saml-provider ';id'"),
            "--saml-provider",
        ),
        (
            format!("trust-saml {account} --saml-provider x --max-session-duration 60"),
            "3600",
        ),
        (
            format!("aws-auth {account} --format cloudformation"),
            "access-entry",
        ),
        (
            format!("aws-auth {account} --format terraform"),
            "access-entry",
        ),
        (
            format!("aws-auth {account} --format aws-cli"),
            "--cluster-name",
        ),
        (
            format!("aws-auth {account} --username-prefix system:"),
            "system:",
        ),
        (
            format!(
                "access-entry {account} --cluster-name prod --username-prefix file:///etc/passwd:"
            ),
            "AWS CLI would read",
        ),
        (
            format!("aws-auth {account} --username-prefix \"'"),
            "username prefix",
        ),
        (format!("access-entry {account}"), "--cluster-name"),
        (
            format!("access-entry {account} --cluster-name prod --username-prefix eks:"),
            "eks:",
        ),
        (
            format!("access-entry {account} --cluster-name prod --username-prefix apono"),
            "colon",
        ),
    ] {
        let refused = home.apono_login(&format!("policy {words}")).exits(2);
        assert_eq!(refused.stdout, "", "{words}");
        refused.explains(&[said]);
    }
}

/// Every part of it says what it does and shows how it is typed.
#[test]
fn help_with_examples() {
    let home = Home::new();
    for verb in [
        "trust-sso",
        "trust-saml",
        "permissions",
        "aws-auth",
        "access-entry",
        "check",
    ] {
        let help = home
            .apono_login(&format!("policy {verb} --help"))
            .succeeds()
            .stdout;
        assert!(
            help.contains(&format!("apono-login policy {verb} ")),
            "{help}"
        );
    }
    let help = home
        .apono_login("policy access-entry --help")
        .succeeds()
        .stdout;
    assert!(
        help.contains("https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html")
    );
}
