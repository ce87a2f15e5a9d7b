//! What needs Linux or its programs here.

use super::*;
use kit::tools;
use serde_json::Value;
use serde_json::json;

const ROLES: [&str; 4] = [
    "--account-id 111122223333",
    "--account-id 111122223333 --role-name team/a/it+is=a,role.@-_",
    "--account-id 111122223333 --region cn-north-1",
    "--account-id 111122223333 --region us-gov-west-1",
];

fn has_all(found: &Value, wanted: &Value, file: &str) {
    for (key, value) in wanted.as_object().unwrap() {
        assert_eq!(&found[key], value, "{key} in {file}");
    }
}

/// All formats hold the same document.
#[test]
fn every_format_says_the_same() {
    let home = Home::new();
    let print = |words: &str| {
        let run = home.apono_login(&format!("policy {words}"));
        run.succeeds().stdout
    };
    let mut documents = Vec::new();
    for (at, role) in ROLES.iter().enumerate() {
        let name = match role.split_once("--role-name team/a/") {
            Some((_, name)) => name,
            None => "apono-k8s-access",
        };
        let json_of = |words: &str| -> Value {
            serde_json::from_str(&print(&format!("{words} {role}"))).unwrap()
        };
        let mut add = |words: &str, yaml: Value, template: Value, hcl: Value| {
            let verb = words.split(' ').next().unwrap();
            for (file, format, document) in [
                (format!("{at}-{verb}.yaml"), "yaml", yaml),
                (
                    format!("{at}-{verb}-template.yaml"),
                    "cloudformation",
                    template,
                ),
                (format!("{at}-{verb}.tf"), "terraform", hcl),
            ] {
                if !document.is_null() {
                    home.write(&file, print(&format!("{words} {role} --format {format}")));
                    documents.push((file, document));
                }
            }
        };
        let document = json_of("permissions");
        let policy = json!({"ManagedPolicyName": name, "PolicyDocument": document});
        let hcl_policy = json!({"name": name, "policy": document});
        let template = json!({"AponoPolicy": policy});
        let hcl = json!({"aws_iam_policy": hcl_policy});
        add("permissions", document, template, hcl);
        for words in ["trust-sso", "trust-saml --saml-provider Okta"] {
            let document = json_of(words);
            let template = json!({"AponoPolicy": policy, "AponoRole": {
                "RoleName": name, "AssumeRolePolicyDocument": document,
                "ManagedPolicyArns": [{"Ref": "AponoPolicy"}],
            }});
            let hcl = json!({"aws_iam_policy": hcl_policy, "aws_iam_role": {
                "name": name, "assume_role_policy": document,
            }, "aws_iam_role_policy_attachment": {
                "role": "${aws_iam_role.apono.name}", "policy_arn": "${aws_iam_policy.apono.arn}",
            }});
            add(words, document, template, hcl);
        }
        let words = "access-entry --cluster-name prod";
        let document = json_of(words);
        let (arn, username) = (&document["principalArn"], &document["username"]);
        let template = json!({"AponoAccessEntry": {
            "ClusterName": "prod", "PrincipalArn": arn, "Username": username, "Type": "STANDARD",
        }});
        let hcl = json!({"aws_eks_access_entry": {
            "cluster_name": "prod", "principal_arn": arn, "user_name": username, "type": "STANDARD",
        }});
        add(words, document, template, hcl);
        let document = json_of("aws-auth --format json");
        add("aws-auth", document, Value::Null, Value::Null);
    }
    assert_eq!(documents.len(), 4 * (3 * 4 + 1));
    let files = documents.iter().map(|(file, _)| file.clone());
    let script = tools::in_repository("tests/tools/read_documents.py");
    let words = std::iter::once(script.to_str().unwrap().to_owned()).chain(files.clone());
    let read = home.run(tools::python(), words).succeeds().json();
    for ((file, wanted), found) in documents.iter().zip(read.as_array().unwrap()) {
        if file.ends_with("template.yaml") {
            assert_eq!(found["AWSTemplateFormatVersion"], "2010-09-09");
            let resources = found["Resources"].as_object().unwrap();
            assert_eq!(resources.len(), wanted.as_object().unwrap().len(), "{file}");
            for (name, properties) in wanted.as_object().unwrap() {
                has_all(&resources[name]["Properties"], properties, file);
            }
        } else if file.ends_with(".tf") {
            let kinds = found.as_object().unwrap().len();
            assert_eq!(kinds, wanted.as_object().unwrap().len(), "{file}");
            for (kind, attributes) in wanted.as_object().unwrap() {
                has_all(&found[kind], attributes, file);
            }
        } else {
            assert_eq!(found, wanted, "{file}");
        }
    }
    let templates = files.filter(|file| file.ends_with("template.yaml"));
    let cfn_lint = tools::python().with_file_name("cfn-lint");
    home.run(cfn_lint, templates).succeeds();
}

/// The lint of the templates proves something only if cfn-lint finds mistakes.
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
