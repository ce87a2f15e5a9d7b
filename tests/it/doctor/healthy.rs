//! Nothing is wrong.

use super::{DOCTOR, check_discretion, healthy};
use kit::laptop::{Laptop, PROFILE};
use kit::standin::{ROLE_ARN, Role, Trust};
use kit::tools;

#[test]
fn every_step_is_ok() {
    let laptop = healthy();
    let told = laptop.run(DOCTOR).succeeds();
    check_discretion(&laptop, &told);
    let lines: Vec<&str> = told
        .stdout
        .lines()
        .filter(|line| !line.starts_with(' '))
        .collect();
    assert_eq!(lines.len(), 13, "{told}");
    assert!(lines.iter().all(|line| line.starts_with("ok ")), "{told}");
    for words in [
        "network     STS in eu-west-1 answers",
        "clock       as AWS's",
        "source      profile default (access keys) gives credentials that AWS accepts",
        "identity    arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Engineer_0123456789abcdef/alice@example.com",
        "lets you in as alice@example.com, until ",
        "cluster     arn:aws:eks:eu-west-1:111122223333:cluster/prod, reachable from everywhere",
        "kubeconfig  context arn:aws:eks:eu-west-1:111122223333:cluster/prod",
        "answers, v1.33.1-eks-0123456",
        " of 4096 bytes, by sts.eu-west-1.amazonaws.com, good until ",
        "username    alice@example.com",
        "access      in namespace default: get, list, watch pods",
    ] {
        assert!(told.stdout.contains(words), "{words:?} in\n{told}");
    }
}

/// The cluster of the current context is the one that is meant, and what it says of us is what kubectl hears.
#[test]
fn the_current_context_is_looked_at_and_kubectl_agrees() {
    let laptop = healthy();
    let told = laptop.run("doctor --output json").succeeds().json();
    assert_eq!(told["cluster"], "prod");
    assert_eq!(told["failure"], serde_json::Value::Null);
    let whoami = laptop
        .home
        .run(tools::kubectl("1.34"), ["auth", "whoami", "-o", "json"])
        .succeeds()
        .json();
    let step = |name: &str| {
        let steps = told["steps"].as_array().unwrap();
        let found = steps.iter().find(|step| step["step"] == name);
        found.unwrap()["detail"].as_str().unwrap().to_owned()
    };
    assert_eq!(whoami["status"]["userInfo"]["username"], step("username"));
    let list = laptop
        .home
        .run(tools::kubectl("1.34"), ["auth", "can-i", "--list"])
        .succeeds();
    assert!(list.stdout.contains("pods"), "{list}");
    assert!(step("access").contains("pods"), "{}", step("access"));
}

/// With several profiles, the one that kubectl uses now is the one that is meant.
#[test]
fn the_profile_of_the_current_context_is_the_one_in_question() {
    let laptop = Laptop::with_config(PROFILE.replace("k8s-access]", "k8s-access-prod]"));
    laptop
        .run("update-kubeconfig --profile apono-k8s-access-prod --name prod --region eu-west-1")
        .succeeds();
    let told = laptop.run("doctor --output json").succeeds().json();
    assert_eq!(told["profile"], "apono-k8s-access-prod");
    let named = laptop
        .run("doctor --profile other --output json")
        .exits(1)
        .json();
    assert_eq!(named["profile"], "other");
    assert_eq!(named["failure"]["step"], "config");
}

/// Of two contexts for one cluster the current one counts: its namespace, and no word of the other.
#[test]
fn two_contexts_for_one_cluster() {
    let laptop = healthy();
    laptop
        .run("update-kubeconfig --name prod --region eu-west-1 --alias payments --namespace payments")
        .succeeds();
    laptop.aws.grant("alice@example.com", "payments");
    for typed in ["doctor", DOCTOR] {
        let told = laptop.run(typed).succeeds();
        assert!(
            told.stdout.contains("kubeconfig  context payments\n"),
            "{told}"
        );
        assert!(told.stdout.contains("in namespace payments: "), "{told}");
        assert!(
            !told.stdout.contains("not kubectl's current context"),
            "{told}"
        );
    }
}

/// Without a cluster it goes as far as the role.
#[test]
fn without_a_cluster_it_ends_at_the_role() {
    let laptop = Laptop::new();
    let told = laptop.run("doctor").succeeds();
    assert!(told.stdout.contains("ok      role "), "{told}");
    assert!(
        told.stdout
            .contains("-       cluster     no cluster was named: --cluster-name NAME"),
        "{told}"
    );
    assert!(
        laptop.cached("json").is_empty(),
        "nothing is cached by looking"
    );
}

#[test]
fn what_is_no_fault_here_and_may_be_elsewhere_is_noted() {
    let laptop = healthy();
    laptop.aws.set_clock_skew(-100);
    let told = laptop
        .run(DOCTOR)
        .env("AWS_ACCESS_KEY_ID", "AKIA1234567890123456")
        .env("AWS_PROFILE", "work")
        .succeeds();
    for words in [
        "AWS_PROFILE and AWS_ACCESS_KEY_ID are set: aws, terraform and others may take that instead of a profile",
        "note: set, and obeyed: AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL_EKS",
        " seconds ahead: AWS allows five minutes",
    ] {
        assert!(told.stdout.contains(words), "{words:?} in\n{told}");
    }
    check_discretion(&laptop, &told);
}

#[test]
fn programs_that_are_not_on_the_path_are_noted() {
    let laptop = healthy();
    let told = laptop.run(DOCTOR).env("PATH", "/nowhere").succeeds();
    for words in [
        "note: apono-login is not on the PATH: kubectl and AWS tools run it by its whole path",
        "note: kubectl is not on the PATH: https://kubernetes.io/docs/tasks/tools/",
    ] {
        assert!(told.stdout.contains(words), "{words:?} in\n{told}");
    }
}

/// The role lets somebody in under another's name: nothing stands in the way here, and that is the worst of all.
#[test]
fn a_trust_policy_that_lets_anybody_be_anybody_is_told_loudly() {
    let laptop = Laptop::with_config(PROFILE.replace("alice@", "carol@"));
    laptop.aws.put_role(Role {
        trust: Trust::Principal("arn:aws:iam::*:role/*".to_owned()),
        ..Role::guide(ROLE_ARN)
    });
    let told = laptop.run("doctor").succeeds();
    assert!(
        told.stdout.contains(
            "note: DANGER: you are signed in as alice@example.com, and the role lets you in as carol@example.com"
        ),
        "{told}"
    );
    assert!(told.stdout.contains("apono-login policy check"), "{told}");
}

#[test]
fn another_trust_policy_than_the_guides_is_noted() {
    let laptop = Laptop::with_config(PROFILE.replace("= default", "= operator"));
    laptop.aws.put_role(Role {
        trust: Trust::Principal("arn:aws:iam::111122223333:user/*".to_owned()),
        ..Role::guide(ROLE_ARN)
    });
    let told = laptop.run("doctor").succeeds();
    assert!(
        told.stdout.contains(
            "the role does not have the guide's trust policy: it lets in arn:aws:iam::111122223333:user/operator"
        ),
        "{told}"
    );
}

/// Clusters that cannot tell all are believed in what they tell.
#[test]
fn old_clusters_and_those_with_other_authorizers() {
    let laptop = healthy();
    laptop.aws.change_cluster("prod", |cluster| {
        cluster.version = "1.27".to_owned();
        cluster.lists_rules = false;
    });
    let told = laptop.run(DOCTOR).succeeds();
    for words in [
        "username    not known: the cluster is older than Kubernetes 1.28",
        "access      list pods in namespace default",
        "the cluster cannot list all that you may do",
    ] {
        assert!(told.stdout.contains(words), "{words:?} in\n{told}");
    }
}

#[test]
fn a_prefix_of_apono_is_fine() {
    let laptop = healthy();
    laptop.aws.change_cluster("prod", |cluster| {
        cluster.username = "apono-managed-user:{{SessionNameRaw}}".to_owned();
    });
    laptop
        .aws
        .grant("apono-managed-user:alice@example.com", "default");
    let told = laptop.run(DOCTOR).succeeds();
    assert!(
        told.stdout
            .contains("Apono has to grant access to apono-managed-user:alice@example.com"),
        "{told}"
    );
}
