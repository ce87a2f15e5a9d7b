//! Reports without a failure.

#[cfg(target_os = "linux")]
mod linux;

use super::{DOCTOR, healthy, passes, with_profile};
use kit::laptop::Laptop;
use kit::standin::{ROLE_ARN, Role, Trust};

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
