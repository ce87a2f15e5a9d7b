//! The documents that `policy check` reads, and those that `policy` writes.

use serde_json::{Value, json};

use crate::cli::PolicyFormat;
use crate::names::{RoleArn, UsernamePrefix};
use crate::policy::check::{Expected, Finding, Input, Severity, check, read};
use crate::policy::document::{Document, Values};

pub fn policy_documents(data: &[u8]) {
    let expected = expected();
    if let Ok(inputs) = read("stdin", data) {
        let findings = check(&inputs, &expected);
        assert!(findings.len() <= 201);
        assert!(findings.is_sorted_by_key(|finding| finding.severity) || findings.len() == 201);
        for finding in &findings {
            assert!(!finding.what.is_empty() && !finding.why.is_empty());
            finding.fix.iter().for_each(|step| assert_command(step));
        }
        // It is the meaning that is compared: neither layout nor the order of documents' keys matters.
        let documents: Vec<Value> = serde_json::Deserializer::from_slice(
            data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data),
        )
        .into_iter()
        .collect::<Result<_, _>>()
        .expect("JSON");
        let again: String = documents
            .iter()
            .map(|document| format!("{document:#}\n"))
            .collect();
        let again = read("stdin", again.as_bytes()).expect("the same documents");
        assert_eq!(check(&again, &expected), findings);
        documents
            .iter()
            .for_each(|document| open_door(document, &expected));
    }
    guide(data);
}

fn expected() -> Expected {
    Expected {
        role: "arn:aws:iam::111122223333:role/apono-k8s-access"
            .parse()
            .expect("a role"),
        provider: None,
        prefix: None,
        cluster: Some("prod".parse().expect("a cluster")),
        region: Some("eu-west-1".parse().expect("a region")),
        live: false,
    }
}

/// A trust policy that lets anybody in is dangerous, whatever else it says.
fn open_door(document: &Value, expected: &Expected) {
    let Some(Value::Array(statements)) = document.get("Statement") else {
        return;
    };
    if statements
        .iter()
        .any(|statement| statement["Effect"] != "Allow")
    {
        return;
    }
    let saml = "arn:aws:iam::444455556666:saml-provider/Okta";
    for (principal, action) in [
        (json!({"AWS": "*"}), "sts:AssumeRole"),
        (
            json!({"AWS": ["111122223333", "arn:aws:iam::*:role/*"]}),
            "sts:AssumeRole",
        ),
        (json!("*"), "sts:*"),
        (json!({"Federated": "*"}), "sts:AssumeRoleWithSAML"),
        (json!({"Federated": saml}), "sts:AssumeRoleWithSAML"),
    ] {
        let mut document = document.clone();
        if let Some(Value::Array(statements)) = document.get_mut("Statement") {
            statements.push(json!({"Effect": "Allow", "Principal": principal, "Action": action}));
        }
        if let Ok(inputs) = read("stdin", document.to_string().as_bytes()) {
            assert!(dangerous(&check(&inputs, expected)), "{document}");
        }
    }
}

fn dangerous(findings: &[Finding]) -> bool {
    findings
        .iter()
        .any(|finding| finding.severity == Severity::Dangerous)
}

/// What is written for a role passes the check for that role.
fn guide(data: &[u8]) {
    let Some(name) = std::str::from_utf8(data).ok().map(str::trim) else {
        return;
    };
    let Ok(role) = format!("arn:aws:iam::111122223333:role/{name}").parse::<RoleArn>() else {
        return;
    };
    let expected = Expected {
        role: role.clone(),
        ..expected()
    };
    let values = Values::from(role);
    let text = |values: &Values, document, format| {
        values
            .text(document, format)
            .expect("a document that is there")
    };
    let entry = Values {
        prefix: UsernamePrefix::access_entry_default(),
        cluster: expected.cluster.clone(),
        ..values.clone()
    };
    let entry = text(&entry, Document::AccessEntry, PolicyFormat::Json);
    let entry: Value = serde_json::from_str(&entry).expect("JSON");
    let documents = [
        text(&values, Document::Trust, PolicyFormat::Json),
        text(&values, Document::Permissions, PolicyFormat::Json),
        json!({"accessEntry": entry}).to_string(),
        json!({"kind": "ConfigMap", "metadata": {"name": "aws-auth"},
            "data": {"mapRoles": text(&values, Document::AwsAuth, PolicyFormat::Yaml)}})
        .to_string(),
    ];
    for document in documents {
        let inputs: Vec<Input> =
            read("stdin", document.as_bytes()).expect("a document that is written is read");
        let found: Vec<_> = check(&inputs, &expected)
            .into_iter()
            .filter(|finding| finding.severity != Severity::Note)
            .collect();
        assert_eq!(found, [], "{document}");
    }
}

/// A step is pasted into a shell: nothing of a document is outside of quotes in it.
fn assert_command(step: &str) {
    assert!(!step.contains('\u{1b}'), "{step:?}");
}
