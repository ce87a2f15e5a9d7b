//! Denials for which AWS names the policy: whose it is, and the document that fixes it.

use kit::home::Output;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Fault, Operation};
use serde_json::Value;

const ROLE: &str = "arn:aws:iam::111122223333:role/apono-k8s-access";
const CLUSTER: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const SCP: &str = "arn:aws:organizations::444455556666:policy/o-exampleorgid/service_control_policy/p-examplepolicyid111";

fn denied(action: &str, resource: &str, why: &str) -> Fault {
    let user = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Engineer_0123456789abcdef/alice@example.com";
    let message = format!(
        "User: {user} is not authorized to perform: {action} on resource: {resource} {why}"
    );
    Fault::error(403, "AccessDenied", &message)
}

/// Runs each command of `policy` in the hints, as pasted, and returns what it prints.
fn printed(laptop: &Laptop, output: &Output) -> Vec<Value> {
    let commands = output.stderr.split('`').skip(1).step_by(2);
    let ours = commands.filter_map(|command| command.strip_prefix("apono-login "));
    let documents =
        ours.filter(|command| command.starts_with("policy ") && !command.contains(" check "));
    documents
        .map(|command| laptop.run(command).succeeds().json())
        .collect()
}

/// Returns whether a document allows this, alone among its statements.
fn allows(document: &Value, action: &str, resource: &str) -> bool {
    let statement = &document["Statement"][0];
    let is = |found: &Value, wanted: &str| match found.as_array() {
        Some(all) => all.iter().any(|one| one == wanted),
        None => found == wanted,
    };
    let covers = |pattern: &str| resource.starts_with(&pattern.replace("*", "eu-west-1")[..20]);
    let on = &statement["Resource"];
    let on = on.as_str().is_none_or(covers);
    statement["Effect"] == "Allow" && is(&statement["Action"], action) && on
}

#[test]
fn the_policy_that_denies_a_role_is_named() {
    let assume = "sts:AssumeRole";
    let no = |policy: &str| format!("because no {policy} allows the sts:AssumeRole action");
    let deny = |policy: &str| format!("with an explicit deny in {policy}");
    let cases = [
        (
            "SCP, explicit",
            deny(&format!("a service control policy: {SCP}")),
            0,
        ),
        (
            "SCP, explicit, without its ARN",
            deny("a service control policy"),
            0,
        ),
        ("SCP, implicit", no("service control policy"), 1),
        ("RCP, explicit", deny("a resource control policy"), 0),
        ("boundary, explicit", deny("a permissions boundary"), 0),
        ("boundary, implicit", no("permissions boundary"), 1),
        ("session policy, implicit", no("session policy"), 1),
        ("identity, explicit", deny("an identity-based policy"), 0),
        ("identity, implicit", no("identity-based policy"), 2),
        ("trust, explicit", deny("a role trust policy"), 0),
        ("trust, implicit", no("role trust policy"), 1),
        ("endpoint, implicit", no("VPC endpoint policy"), 1),
    ];
    for (title, why, documents) in cases {
        let laptop = Laptop::new();
        let fault = denied(assume, ROLE, &why);
        laptop.aws.misbehave(Operation::AssumeRole, fault);
        let outputs = [LOGIN, GET_TOKEN].map(|command| laptop.run(command).output());
        laptop.failed_alike(outputs, 1, title);
        let found = printed(&laptop, &laptop.run(LOGIN).output());
        assert_eq!(found.len(), documents, "{title}");
        for document in found {
            assert!(allows(&document, assume, ROLE), "{title}: {document}");
        }
    }
    let laptop = Laptop::new();
    let why = "because no identity-based policy allows the sts:TagSession action";
    let fault = denied("sts:TagSession", ROLE, why);
    laptop.aws.misbehave(Operation::AssumeRole, fault);
    let output = laptop.fails(laptop.run(LOGIN), 1, "session tags");
    let found = printed(&laptop, &output);
    assert!(
        found
            .iter()
            .all(|document| allows(document, "sts:TagSession", ROLE))
    );
    assert_eq!(found.len(), 1);
}

#[test]
fn the_policy_that_denies_a_cluster_is_named() {
    let describe = "eks:DescribeCluster";
    let no = |policy: &str| format!("because no {policy} allows the eks:DescribeCluster action");
    for (title, why, documents) in [
        ("identity", no("identity-based policy"), 1),
        ("boundary", no("permissions boundary"), 1),
        (
            "SCP, explicit",
            format!("with an explicit deny in a service control policy: {SCP}"),
            0,
        ),
        ("without a reason", String::new(), 1),
    ] {
        let laptop = Laptop::new();
        let fault = denied(describe, CLUSTER, &why);
        laptop.aws.misbehave(Operation::DescribeCluster, fault);
        let output = laptop.fails(laptop.run(UPDATE_KUBECONFIG), 1, title);
        let found = printed(&laptop, &output);
        assert_eq!(found.len(), documents, "{title}");
        for document in found {
            assert!(allows(&document, describe, CLUSTER), "{title}: {document}");
        }
    }
}

#[test]
fn doctor_blames_the_policy() {
    let laptop = Laptop::new();
    let why = format!("with an explicit deny in a service control policy: {SCP}");
    let fault = denied("sts:AssumeRole", ROLE, &why);
    laptop.aws.misbehave(Operation::AssumeRole, fault);
    let output = laptop.run("doctor").exits(1);
    assert!(output.stdout.contains("FAILED at role"), "{output}");
    output.recorded("");
}

/// What AWS has encoded can be decoded by an admin; hostile text is not repeated in a command.
#[test]
fn encoded_and_hostile_words() {
    let laptop = Laptop::new();
    let code = "4GIOHlTkIaWHQD0Q0m6XSnuUMCm".repeat(10);
    let message = format!(
        "You are not authorized to perform this operation. Encoded authorization failure message: {code}"
    );
    let fault = Fault::error(403, "UnauthorizedOperation", &message);
    laptop.aws.misbehave(Operation::AssumeRole, fault);
    laptop.fails(laptop.run(LOGIN), 1, "encoded");

    let laptop = Laptop::new();
    let why = "with an explicit deny in a service control policy: arn:`id`$(id)/p-1";
    let fault = denied("sts:`id`", "arn:$(id)", why);
    laptop.aws.misbehave(Operation::AssumeRole, fault);
    let output = laptop.fails(laptop.run(LOGIN), 1, "hostile");
    let hints = output
        .stderr
        .lines()
        .filter(|line| line.starts_with("hint: "));
    assert!(hints.clone().all(|hint| !hint.contains("(id)")), "{output}");
}
