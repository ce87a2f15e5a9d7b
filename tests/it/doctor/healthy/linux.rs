//! What needs Linux or its programs here.

use super::*;
use kit::standin::Fault;
use kit::standin::Operation;
use kit::tools;
use serde_json::json;

/// The doctor checks the cluster of the current context, and reports the same user and permissions as kubectl.
#[test]
fn the_current_context_is_checked_and_kubectl_agrees() {
    let laptop = healthy();
    let told = laptop.run("doctor --output json").succeeds().json();
    assert_eq!(told["cluster"], "prod");
    assert_eq!(told["failure"], serde_json::Value::Null);
    let steps = told["steps"].as_array().unwrap();
    assert!(steps.iter().all(|step| step["state"] == "ok"), "{told}");
    let detail = |at: usize| steps[at]["detail"].as_str().unwrap();
    let kubectl = |words: &str| {
        let run = laptop.home.run(tools::kubectl("1.37"), words.split(' '));
        run.succeeds()
    };
    let whoami = kubectl("auth whoami -o json").json();
    assert_eq!(whoami["status"]["userInfo"]["username"], detail(11));
    let list = kubectl("auth can-i --list");
    assert!(list.stdout.contains("pods"), "{list}");
    assert!(detail(12).contains("pods"), "{told}");
}

/// All rules are listed by the command that the line names.
#[test]
fn more_rules_than_are_shown() {
    let laptop = healthy();
    // The version and the user come before the rules.
    laptop
        .aws
        .misbehave_times(Operation::Kubernetes, Fault::Padding(0), 2);
    let rule = |number: usize| json!({ "verbs": ["get"], "apiGroups": ["example.com"], "resources": [format!("things{number}")] });
    let rules: Vec<_> = (1..=15).map(rule).collect();
    let review = json!({
        "kind": "SelfSubjectRulesReview", "apiVersion": "authorization.k8s.io/v1",
        "status": { "resourceRules": rules, "nonResourceRules": [], "incomplete": false },
    });
    let fault = Fault::Body {
        status: 201,
        content_type: "application/json".to_owned(),
        body: review.to_string().into_bytes(),
    };
    laptop.aws.misbehave(Operation::Kubernetes, fault);
    let verbose = format!("{DOCTOR} --verbose");
    passes(&laptop, "", laptop.run(&verbose));

    laptop.aws.behave();
    let told = laptop.run("doctor --verbose").succeeds().stdout;
    assert!(!told.contains(" more: "), "{told}");
    let list = "auth can-i --list --context arn:aws:eks:eu-west-1:111122223333:cluster/prod --namespace default";
    let list = laptop.home.run(tools::kubectl("1.37"), list.split(' '));
    let list = list.succeeds();
    assert!(list.stdout.contains("pods"), "{list}");
}
