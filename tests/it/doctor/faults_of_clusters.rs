//! Failures of the cluster, which the cluster admin or a request in Apono has to fix.

use std::time::{Duration, Instant};

use super::{DOCTOR, finds, finds_when, healthy};
use kit::laptop::{Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Authority, Cluster, Fault, Operation, base64};

fn with(change: impl FnOnce(&mut Cluster)) -> Laptop {
    let laptop = healthy();
    laptop.aws.change_cluster("prod", change);
    laptop
}

/// Writes the kubeconfig while the failure is already there.
fn with_description(field: &str, value: &str) -> Laptop {
    let laptop = Laptop::new();
    let fault = Fault::field(field, value);
    laptop.aws.misbehave(Operation::DescribeCluster, fault);
    laptop.run(UPDATE_KUBECONFIG).succeeds();
    laptop
}

#[test]
fn cluster() {
    let laptop = healthy();
    let elsewhere = "doctor --cluster-name prod --region eu-west-2";
    finds_when(&laptop, "no such cluster in the region", elsewhere, |run| {
        run
    });

    let creating = Fault::field("status", "CREATING");
    laptop.aws.misbehave(Operation::DescribeCluster, creating);
    finds(&laptop, "a cluster that is being created");
}

#[test]
fn endpoint() {
    let unreachable = || with_description("endpoint", "https://127.0.0.1:9");
    let laptop = unreachable();
    laptop
        .aws
        .change_cluster("prod", |cluster| cluster.public = false);
    finds(&laptop, "a private endpoint, and no VPN");

    let laptop = unreachable();
    laptop.aws.change_cluster("prod", |cluster| {
        cluster.networks = vec!["203.0.113.0/24".to_owned()];
    });
    finds(&laptop, "an endpoint for other networks");

    let laptop = unreachable();
    let by_proxy = "- cluster:\n    proxy-url: socks5://127.0.0.1:9\n";
    let text = laptop.home.read(".kube/config");
    let text = text.replace("- cluster:\n", by_proxy);
    laptop.home.write(".kube/config", text);
    finds(&laptop, "a SOCKS proxy that is not there");

    let unknown = with_description("endpoint", "https://prod.invalid");
    finds(&unknown, "an endpoint whose name does not resolve");

    let ca = |pem: &str| with_description("certificateAuthority.data", &base64(pem.as_bytes()));
    finds(
        &ca(&Authority::new().pem()),
        "another certificate authority than the cluster's",
    );
    // It looks like a certificate, but is not one, so it cannot be used.
    let frame = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    finds(&ca(frame), "a certificate authority that is no certificate");

    let laptop = healthy();
    let busy = Fault::error(503, "ServiceUnavailable", "the server is being upgraded");
    laptop.aws.misbehave(Operation::Kubernetes, busy);
    finds(&laptop, "a cluster that is busy");

    let laptop = healthy();
    laptop
        .aws
        .misbehave_times(Operation::Kubernetes, Fault::html(), 2);
    finds(&laptop, "a web page in place of the cluster");
}

/// The same words whether the cluster never answers, or stops in between. Both wait at the same time, as long as a person would.
#[test]
fn a_cluster_that_does_not_answer_in_time() {
    let laptops = [0, 1].map(|answers| {
        let laptop = healthy();
        let right = Fault::Padding(0);
        let faults = [(right, answers), (Fault::Hang, 100)];
        for (fault, times) in faults.into_iter().filter(|(_, times)| *times > 0) {
            laptop
                .aws
                .misbehave_times(Operation::Kubernetes, fault, times);
        }
        laptop
    });
    let started = Instant::now();
    let outputs = std::thread::scope(|scope| {
        let running = laptops.each_ref().map(|laptop| {
            let run = laptop.run(DOCTOR);
            scope.spawn(|| run.exits(4))
        });
        running.map(|running| running.join().unwrap())
    });
    let took = started.elapsed();
    assert!(took < Duration::from_secs(25), "{took:?}");
    for (output, title) in outputs.iter().zip(["never", "in between"]) {
        output.recorded(title);
    }
}

#[test]
fn username() {
    finds(
        &with(|cluster| cluster.mapped_roles.clear()),
        "a role that is not mapped",
    );
    let laptop = with(|cluster| {
        cluster.mapped_roles.clear();
        cluster.authentication_mode = "API".to_owned();
    });
    finds(&laptop, "a cluster that does not read aws-auth");

    let laptop = with(|cluster| {
        cluster.authenticates = false;
        cluster.authentication_mode = "API_AND_CONFIG_MAP".to_owned();
    });
    finds(&laptop, "an authenticator that does not run");

    for (title, username) in [
        ("a name that is empty", ""),
        ("more behind the name", "{{SessionNameRaw}}:dev"),
        ("SessionName instead of SessionNameRaw", "{{SessionName}}"),
        ("everyone is the same user", "apono"),
        ("anonymous", "system:anonymous"),
        (
            "a prefix that Apono may not know",
            "corp:{{SessionNameRaw}}",
        ),
    ] {
        finds(
            &with(|cluster| cluster.username = username.to_owned()),
            title,
        );
    }
    let laptop = with(|cluster| {
        cluster.username = "apono".to_owned();
        cluster.groups = vec!["system:masters".to_owned()];
    });
    finds(&laptop, "everyone is the same user, and an admin");

    // The refusal names the user.
    let laptop = with(|cluster| {
        cluster.username = "{{SessionName}}".to_owned();
        cluster.basic_user = false;
    });
    finds(&laptop, "SessionName, and you may not ask who you are");
}

#[test]
fn access() {
    let laptop = with(|cluster| cluster.basic_user = false);
    finds(&laptop, "you may not ask what you may do");

    let laptop = healthy();
    laptop.aws.revoke_all();
    finds(&laptop, "no grant");

    let in_payments = || {
        let laptop = Laptop::new();
        let update = format!("{UPDATE_KUBECONFIG} --namespace payments");
        laptop.run(&update).succeeds();
        laptop
    };
    finds(&in_payments(), "a grant in a namespace that is not known");

    let laptop = in_payments();
    laptop
        .aws
        .change_cluster("prod", |cluster| cluster.lists_namespaces = true);
    finds(&laptop, "a grant in a namespace that may be listed");
    laptop.aws.revoke_all();
    laptop.aws.grant("alice@example.com", "$(id)");
    laptop.aws.change_cluster("prod", |cluster| {
        cluster.pods.push(("$(id)".to_owned(), "web".to_owned()));
    });
    finds(&laptop, "a namespace that a shell would expand");

    let laptop = in_payments();
    let other = format!("{UPDATE_KUBECONFIG} --namespace default --alias other --no-switch");
    laptop.run(&other).succeeds();
    finds(&laptop, "a grant in the namespace of another context");
    // The first three answers are right: version, user, and rules in the namespace.
    laptop.aws.revoke_all();
    let right = Fault::Padding(0);
    laptop.aws.misbehave_times(Operation::Kubernetes, right, 3);
    laptop.aws.misbehave(Operation::Kubernetes, Fault::Hang);
    let run = laptop.run(DOCTOR).exits(1);
    run.recorded("a cluster that stops answering while other namespaces are searched");

    let laptop = with(|cluster| cluster.lists_rules = false);
    laptop.aws.revoke_all();
    finds(&laptop, "no grant in a cluster that cannot list them");
}
