//! The templates, and what comes out of them. `tests/it/policy/documents.rs` reads each format with a real parser.

use serde_json::{Value, json};

use super::*;
use crate::yaml::Tree;

const OKTA: &str = "arn:aws:iam::111122223333:saml-provider/Okta";
const DOCUMENTS: [Document; 4] = [
    Document::Trust,
    Document::Permissions,
    Document::AwsAuth,
    Document::AccessEntry,
];
const FORMATS: [PolicyFormat; 5] = [
    PolicyFormat::Json,
    PolicyFormat::Yaml,
    PolicyFormat::AwsCli,
    PolicyFormat::Cloudformation,
    PolicyFormat::Terraform,
];

fn values(role: &str) -> Values {
    Values::from(role.parse::<RoleArn>().unwrap())
}

/// Returns values in which each character that their types allow occurs.
fn full() -> Values {
    Values {
        region: "eu-west-1".parse().ok(),
        provider: "arn:aws:iam::111122223333:saml-provider/a_Z.0-"
            .parse()
            .ok(),
        max_session_duration: Some(7200),
        cluster: "a_Z-0".parse().ok(),
        prefix: "a_.:/@-Z0:".parse().unwrap(),
        also: vec![AlsoAction::TagSession, AlsoAction::SetSourceIdentity],
        ..values("arn:aws:iam::111122223333:role/a/b_+=,.@-Z0/c_+=,.@-Z0")
    }
}

fn json_of(values: &Values, document: Document) -> Value {
    serde_json::from_str(&values.text(document, PolicyFormat::Json).unwrap()).unwrap()
}

#[test]
fn documents_equal_those_of_the_guide() {
    let mut values = values("arn:aws:iam::111122223333:role/apono-k8s-access");
    assert_eq!(
        json_of(&values, Document::Trust),
        json!({"Version": "2012-10-17", "Statement": [{
            "Sid": "Statement1",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEqualsIgnoreCase": {"sts:RoleSessionName": "${SAML:sub}"},
                "ArnLike": {"aws:PrincipalArn": [
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_*",
                    "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_*",
                ]},
            },
        }]})
    );
    assert_eq!(
        json_of(&values, Document::Permissions),
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": "eks:DescribeCluster",
            "Resource": "arn:aws:eks:*:111122223333:cluster/*",
        }]})
    );
    values.provider = OKTA.parse().ok();
    assert_eq!(
        json_of(&values, Document::Trust),
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Federated": OKTA},
            "Action": "sts:AssumeRoleWithSAML",
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        }]})
    );
}

/// What the identity needs that assumes the role, in both formats.
#[test]
fn assuming_the_role() {
    let mut values = values("arn:aws-cn:iam::111122223333:role/team/x");
    let of = |actions: &[&str]| {
        json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Action": actions,
            "Resource": "arn:aws-cn:iam::111122223333:role/team/x",
        }]})
    };
    for (also, actions) in [
        (vec![], &["sts:AssumeRole"][..]),
        (
            vec![AlsoAction::TagSession],
            &["sts:TagSession", "sts:AssumeRole"],
        ),
        (
            full().also,
            &["sts:SetSourceIdentity", "sts:TagSession", "sts:AssumeRole"],
        ),
    ] {
        values.also = also;
        assert_eq!(json_of(&values, Document::AssumeRole), of(actions));
        let yaml = values.text(Document::AssumeRole, PolicyFormat::Yaml);
        let yaml = yaml.unwrap();
        let tree = Tree::parse(&yaml).unwrap();
        assert_eq!(json_in(&tree, tree.root().unwrap()), of(actions));
    }
}

#[test]
fn aws_auth_entry_equals_that_of_the_guide_and_has_no_path() {
    let values = values("arn:aws:iam::111122223333:role/team/apono-k8s-access");
    assert_eq!(
        values.text(Document::AwsAuth, PolicyFormat::Yaml).unwrap(),
        "- rolearn: arn:aws:iam::111122223333:role/apono-k8s-access\n  username: \"{{SessionNameRaw}}\"\n"
    );
}

#[test]
fn other_partitions() {
    for (partition, audience) in [
        ("aws-cn", "https://signin.amazonaws.cn/saml"),
        ("aws-us-gov", "https://signin.amazonaws-us-gov.com/saml"),
    ] {
        let mut values = values(&format!("arn:{partition}:iam::111122223333:role/x"));
        let okta = OKTA.replace("arn:aws:", &format!("arn:{partition}:"));
        for document in DOCUMENTS {
            let text = values.text(document, PolicyFormat::Json).unwrap();
            let has = |text: &str, part: &str| text.contains(&format!("arn:{part}:"));
            let is_complete = document == Document::AccessEntry || has(&text, partition);
            assert!(is_complete && !has(&text, "aws"), "{text}");
        }
        values.provider = okta.parse().ok();
        let saml = json_of(&values, Document::Trust);
        assert_eq!(
            saml["Statement"][0]["Condition"]["StringEquals"]["SAML:aud"],
            audience
        );
    }
    let mut unknown = values("arn:aws-new:iam::111122223333:role/x");
    assert!(unknown.text(Document::Trust, PolicyFormat::Json).is_ok());
    unknown.provider = OKTA.replace("arn:aws:", "arn:aws-new:").parse().ok();
    assert!(unknown.text(Document::Trust, PolicyFormat::Json).is_err());
}

#[test]
fn paths() {
    for (name, path) in [("x", None), ("team/a/x", Some("/team/a/".to_owned()))] {
        let values = values(&format!("arn:aws:iam::111122223333:role/{name}"));
        assert_eq!(values.value("role_path"), path);
        let arn = "arn:aws:iam::111122223333:policy/x";
        assert_eq!(policy_arn(&values.role), arn);
    }
}

#[test]
fn stack_names_are_valid() {
    for (role, cluster) in [
        ("r", "c"),
        (&*"r".repeat(64), &*"c".repeat(100)),
        (&*"-".repeat(64), "c"),
    ] {
        let mut values = values(&format!("arn:aws:iam::111122223333:role/{role}"));
        values.cluster = cluster.parse().ok();
        let name = values.stack_name();
        assert!(
            name.len() <= 128 && name.ends_with(&format!("-{cluster}")),
            "{name}"
        );
        let letter = |c: char| c.is_ascii_alphabetic();
        assert!(name.starts_with(letter), "{name}");
    }
}

/// Every file is a template, and a template contains only names that have a value.
#[test]
fn every_placeholder_has_a_value() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/policy/templates");
    let files = std::fs::read_dir(folder).unwrap();
    let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = files.collect();
    files.sort();
    let names = TEMPLATES.iter().map(|(name, _)| *name);
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    assert_eq!(files, names);
    let values = full();
    for (name, template) in TEMPLATES {
        assert!(template.ends_with('\n'), "{name}");
        for line in template.lines() {
            assert!(line.matches('@').count() % 2 == 0, "{name}: {line}");
            assert!(values.fill_line(line).is_some(), "{name}: {line}");
        }
    }
}

/// A value means nothing but itself in quotes, in a here-document, and as one word of a shell.
#[test]
fn values_contain_nothing_to_escape() {
    let values = full();
    let names = TEMPLATES.iter().flat_map(|(_, template)| {
        let lines = template.lines();
        lines.flat_map(|line| line.split('@').skip(1).step_by(2))
    });
    let (files, mut names): (Vec<&str>, Vec<&str>) =
        names.partition(|name| name.contains('.') && values.value(name).unwrap().contains('\n'));
    assert!(files.contains(&"trust.json") && !files.contains(&"username"));
    names.sort_unstable();
    names.dedup();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        let value = values.value(name).unwrap();
        // Two names are more than one word, and stand where that is meant.
        let words = matches!(name, "check_command" | "region_option");
        // In the script, the username is in single quotes.
        let quoted = name == "username";
        let plain = |c: char| {
            c.is_ascii_alphanumeric()
                || "_+=,.@:/-".contains(c)
                || words && c == ' '
                || quoted && "{}".contains(c)
        };
        assert!(value.chars().all(plain), "{name}: {value}");
    }
}

/// The values of a JSON document and of the YAML document are the same, for every value that the types allow.
#[test]
fn yaml_means_the_same_as_json() {
    let names = [
        "x",
        "y",
        "n",
        "yes",
        "No",
        "ON",
        "off",
        "true",
        "null",
        "123",
        "1e3",
        "0x1f",
        "-x",
        "-",
        "=",
        ".inf",
        "a,b",
        "@a",
        "+1",
        "a=b",
        "1.2.3",
        "2026-01-01",
        "__",
        "it+is=a,role.@-_",
    ];
    for name in names {
        for path in ["", "123/", "team/a/"] {
            let mut values = values(&format!("arn:aws:iam::111122223333:role/{path}{name}"));
            values.cluster = name.parse().ok().or_else(|| "prod".parse().ok());
            for (document, provider) in DOCUMENTS
                .map(|document| (document, None))
                .into_iter()
                .chain([(Document::Trust, OKTA.parse().ok())])
            {
                values.provider = provider;
                let yaml = values.text(document, PolicyFormat::Yaml).unwrap();
                let tree = Tree::parse(&yaml).unwrap();
                let root = tree.root().unwrap();
                assert_eq!(json_in(&tree, root), json_of(&values, document), "{yaml}");
            }
            // The names of a template are text.
            for document in [Document::Trust, Document::AccessEntry] {
                let yaml = values.text(document, PolicyFormat::Cloudformation).unwrap();
                let tree = Tree::parse(&yaml).unwrap();
                let found = json_in(&tree, tree.root().unwrap());
                let resources = &found["Resources"];
                match document {
                    Document::Trust => {
                        let role = &resources["AponoRole"]["Properties"];
                        assert_eq!(role["RoleName"], *name);
                        let trust = json_of(&values, document);
                        assert_eq!(role["AssumeRolePolicyDocument"], trust);
                    }
                    _ => {
                        let entry = &resources["AponoAccessEntry"]["Properties"];
                        let cluster = values.cluster.as_ref().unwrap();
                        assert_eq!(entry["ClusterName"], cluster.as_str());
                    }
                }
            }
        }
    }
}

fn json_in(tree: &Tree, id: crate::yaml::Id) -> Value {
    let text = |id| {
        let scalar = tree.scalar(id).unwrap();
        scalar.as_str().unwrap_or("not text").to_owned()
    };
    if let Some(items) = tree.items(id) {
        return items.iter().map(|&item| json_in(tree, item)).collect();
    }
    match tree.pairs(id) {
        Some(pairs) => {
            let pairs = pairs.iter();
            let pairs = pairs.map(|&(key, value)| (text(key), json_in(tree, value)));
            Value::Object(pairs.collect())
        }
        None => text(id).into(),
    }
}

/// In every format, an unknown form is an error and nothing is left to fill in.
#[test]
fn documents_of_all_formats() {
    for values in [full(), values("arn:aws-new:iam::111122223333:role/x")] {
        for document in DOCUMENTS {
            for format in FORMATS {
                let Ok(text) = values.text(document, format) else {
                    let known = !values.role.partition().as_str().contains("new");
                    let is_template = matches!(
                        format,
                        PolicyFormat::Cloudformation | PolicyFormat::Terraform
                    );
                    let expected = document == Document::AwsAuth && (is_template || !known);
                    assert!(expected, "{document:?} {format:?}");
                    continue;
                };
                for (name, _) in TEMPLATES {
                    assert!(!text.contains(&format!("@{name}@")), "{text}");
                }
            }
        }
    }
}
