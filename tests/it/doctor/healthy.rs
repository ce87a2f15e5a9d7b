//! Reports without a failure.

use super::{DOCTOR, healthy, passes, with_profile};
use kit::laptop::Laptop;
use kit::standin::{Fault, Operation, ROLE_ARN, Role, Trust};
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

/// With several profiles, the doctor checks the one of the current context.
#[test]
fn the_profile_of_the_current_context_is_the_one_in_question() {
    let laptop = with_profile("k8s-access]", "k8s-access-prod]", "");
    laptop
        .run("update-kubeconfig --profile apono-k8s-access-prod --name prod --region eu-west-1")
        .succeeds();
    let told = laptop.run("doctor --output json").succeeds().json();
    assert_eq!(told["profile"], "apono-k8s-access-prod");
    let named = laptop.run("doctor --profile other --output json");
    let named = named.exits(1).json();
    assert_eq!(named["profile"], "other");
    assert_eq!(named["failure"]["step"], "config");
}

/// Of two contexts for one cluster the current one is used, with its namespace; the other is not mentioned.
#[test]
fn two_contexts_for_one_cluster() {
    let laptop = healthy();
    laptop
        .run("update-kubeconfig --name prod --region eu-west-1 --alias payments --namespace payments")
        .succeeds();
    laptop.aws.grant("alice@example.com", "payments");
    for typed in ["doctor", DOCTOR] {
        passes(&laptop, typed, laptop.run(typed));
    }
}

#[test]
fn without_a_cluster_it_ends_at_the_role() {
    let laptop = Laptop::new();
    passes(&laptop, "", laptop.run("doctor"));
    assert!(laptop.cached("json").is_empty() && laptop.cached("entry").is_empty());
}

#[test]
fn what_is_no_fault_here_and_may_be_elsewhere() {
    let laptop = healthy();
    let verbose = format!("{DOCTOR} -v");
    let run = laptop.run(&verbose).env("PATH", "/nowhere");
    passes(&laptop, "programs that are not on the PATH", run);
    laptop.aws.set_clock_skew(-100);
    let run = laptop.run(&verbose).env("AWS_PROFILE", "work");
    let run = run.env("AWS_ACCESS_KEY_ID", "AKIA1234567890123456");
    passes(
        &laptop,
        "variables, and a clock that is not quite right",
        run,
    );

    let laptop = healthy();
    laptop.aws.change_cluster("prod", |cluster| {
        cluster.version = "1.27".to_owned();
        cluster.lists_rules = false;
    });
    passes(
        &laptop,
        "an old cluster, with another authorizer",
        laptop.run(&verbose),
    );

    let laptop = healthy();
    laptop.aws.change_cluster("prod", |cluster| {
        cluster.username = "apono-managed-user:{{SessionNameRaw}}".to_owned();
    });
    laptop
        .aws
        .grant("apono-managed-user:alice@example.com", "default");
    passes(&laptop, "a prefix of Apono", laptop.run(&verbose));

    let laptop = healthy();
    laptop.aws.change_cluster("prod", |cluster| {
        cluster.groups = vec!["system:masters".to_owned()];
    });
    passes(&laptop, "an admin of the whole cluster", laptop.run(DOCTOR));
}

/// The role accepts other people's session names: a warning only, although it is the most dangerous setting.
#[test]
fn trust_policies_that_are_not_the_guides() {
    for (title, from, to, trusted) in [
        (
            "anyone may be anyone",
            "alice@",
            "carol@",
            "arn:aws:iam::*:role/*",
        ),
        (
            "IAM users",
            "= default",
            "= operator",
            "arn:aws:iam::111122223333:user/*",
        ),
    ] {
        let laptop = with_profile(from, to, "");
        laptop.aws.put_role(Role {
            trust: Trust::Principal(trusted.to_owned()),
            ..Role::guide(ROLE_ARN)
        });
        passes(&laptop, title, laptop.run("doctor"));
        passes(
            &laptop,
            &format!("{title}, everything"),
            laptop.run("doctor -v"),
        );
    }
}
