//! The cluster, and what its admin or Apono has to mend.

use super::{DOCTOR, Diagnosis, finds, healthy};
use kit::laptop::{Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Authority, Cluster, Fault, Operation, base64};

const YOU: &str = "you";
const CLUSTER_ADMIN: &str = "cluster-admin";
const APONO: &str = "apono-request";

#[track_caller]
fn diagnosed(laptop: &Laptop, step: &str, owner: &str, status: i32, words: &[&str]) {
    let diagnosis = Diagnosis {
        step,
        owner,
        status,
        words,
    };
    finds(laptop, DOCTOR, &diagnosis);
}

fn with(change: impl FnOnce(&mut Cluster)) -> Laptop {
    let laptop = healthy();
    laptop.aws.change_cluster("prod", change);
    laptop
}

/// The kubeconfig is written while the fault is there already.
fn with_description(field: &str, value: &str) -> Laptop {
    let laptop = Laptop::new();
    laptop
        .aws
        .misbehave(Operation::DescribeCluster, Fault::field(field, value));
    laptop.run(UPDATE_KUBECONFIG).succeeds();
    laptop
}

#[test]
fn there_is_no_such_cluster() {
    let laptop = healthy();
    let diagnosis = Diagnosis {
        step: "cluster",
        owner: YOU,
        status: 1,
        words: &[
            "there is no cluster prod in eu-west-2",
            "check --name and --region",
        ],
    };
    finds(
        &laptop,
        "doctor --cluster-name prod --region eu-west-2",
        &diagnosis,
    );
}

#[test]
fn the_cluster_is_still_being_made() {
    let laptop = healthy();
    laptop.aws.misbehave(
        Operation::DescribeCluster,
        Fault::field("status", "CREATING"),
    );
    diagnosed(
        &laptop,
        "cluster",
        CLUSTER_ADMIN,
        1,
        &["its status is CREATING", "wait until it is active"],
    );
}

#[test]
fn a_private_endpoint_and_no_vpn() {
    let laptop = with_description("endpoint", "https://127.0.0.1:9");
    laptop
        .aws
        .change_cluster("prod", |cluster| cluster.public = false);
    diagnosed(
        &laptop,
        "endpoint",
        YOU,
        4,
        &["its endpoint is private", "connect to your company's VPN"],
    );
}

#[test]
fn an_endpoint_for_other_networks() {
    let laptop = with_description("endpoint", "https://127.0.0.1:9");
    laptop.aws.change_cluster("prod", |cluster| {
        cluster.networks = vec!["203.0.113.0/24".to_owned()]
    });
    diagnosed(
        &laptop,
        "endpoint",
        YOU,
        4,
        &[
            "it answers to 203.0.113.0/24 only",
            "VPN",
            "publicAccessCidrs",
        ],
    );
}

#[test]
fn an_endpoint_whose_name_is_not_known_here() {
    let laptop = with_description("endpoint", "https://prod.invalid");
    diagnosed(
        &laptop,
        "endpoint",
        YOU,
        4,
        &[
            "cluster prod cannot be reached from here",
            "check your network, VPN and proxy",
        ],
    );
}

#[test]
fn something_answers_in_the_clusters_place() {
    let other = base64(Authority::new().pem().as_bytes());
    let laptop = with_description("certificateAuthority.data", &other);
    diagnosed(
        &laptop,
        "endpoint",
        YOU,
        4,
        &[
            "something between you and the cluster answers in its place",
            "NO_PROXY",
        ],
    );
}

/// It looks like a certificate and is none: nothing can be trusted with it, and nothing falls over.
#[test]
fn a_certificate_authority_that_is_none() {
    let frame = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let laptop = with_description("certificateAuthority.data", &base64(frame.as_bytes()));
    diagnosed(
        &laptop,
        "endpoint",
        CLUSTER_ADMIN,
        1,
        &[
            "no PEM certificate that can be read",
            "the cluster's certificate authority",
        ],
    );
}

#[test]
fn a_cluster_that_is_busy() {
    let laptop = healthy();
    let fault = Fault::error(503, "ServiceUnavailable", "the server is being upgraded");
    laptop.aws.misbehave(Operation::Kubernetes, fault);
    diagnosed(
        &laptop,
        "endpoint",
        CLUSTER_ADMIN,
        4,
        &[
            "status 503: the server is being upgraded",
            "run this again in a minute",
        ],
    );
}

#[test]
fn a_role_that_is_not_mapped() {
    let laptop = with(|cluster| cluster.mapped_roles.clear());
    diagnosed(
        &laptop,
        "username",
        CLUSTER_ADMIN,
        1,
        &[
            "401 Unauthorized: AWS vouches for you, and the cluster has no mapping for the role",
            "- rolearn: arn:aws:iam::111122223333:role/apono-k8s-access",
            "username: \"{{SessionNameRaw}}\"",
            "`apono-login policy aws-auth --account-id 111122223333`",
        ],
    );
}

#[test]
fn a_cluster_that_does_not_look_at_aws_auth() {
    let laptop = with(|cluster| {
        cluster.mapped_roles.clear();
        cluster.authentication_mode = "API".to_owned();
    });
    diagnosed(
        &laptop,
        "username",
        CLUSTER_ADMIN,
        1,
        &[
            "`apono-login policy access-entry --account-id 111122223333 --region eu-west-1 --cluster-name prod`",
            "this cluster does not look at aws-auth",
        ],
    );
}

#[test]
fn session_name_instead_of_session_name_raw() {
    let laptop = with(|cluster| cluster.username = "{{SessionName}}".to_owned());
    diagnosed(
        &laptop,
        "username",
        CLUSTER_ADMIN,
        1,
        &[
            "the cluster does not know you by your email",
            "the cluster calls you alice-example.com",
            "mapped with {{SessionName}}",
            "{{SessionNameRaw}}",
        ],
    );
}

/// The same cluster, but nobody may ask who they are: the refusal tells.
#[test]
fn forbidden_to_ask_who_one_is() {
    let laptop = with(|cluster| {
        cluster.username = "{{SessionName}}".to_owned();
        cluster.basic_user = false;
    });
    diagnosed(
        &laptop,
        "username",
        CLUSTER_ADMIN,
        1,
        &["the cluster calls you alice-example.com"],
    );
}

#[test]
fn forbidden_to_ask_what_one_may_do() {
    let laptop = with(|cluster| cluster.basic_user = false);
    diagnosed(
        &laptop,
        "access",
        CLUSTER_ADMIN,
        1,
        &["403 Forbidden", "system:basic-user"],
    );
}

#[test]
fn everybody_is_the_same_user() {
    let laptop = with(|cluster| cluster.username = "apono".to_owned());
    diagnosed(
        &laptop,
        "username",
        CLUSTER_ADMIN,
        1,
        &[
            "takes everybody who has the role for the same user",
            "the cluster calls you apono",
        ],
    );
}

#[test]
fn nobody() {
    let laptop = with(|cluster| cluster.username = "system:anonymous".to_owned());
    diagnosed(
        &laptop,
        "username",
        CLUSTER_ADMIN,
        1,
        &["takes you for nobody"],
    );
}

#[test]
fn a_prefix_that_apono_may_not_know() {
    let laptop = with(|cluster| cluster.username = "corp:{{SessionNameRaw}}".to_owned());
    diagnosed(
        &laptop,
        "username",
        CLUSTER_ADMIN,
        1,
        &["mapped with the prefix \"corp:\"", "corp:alice@example.com"],
    );
}

#[test]
fn no_grant() {
    let laptop = healthy();
    laptop.aws.revoke_all();
    diagnosed(
        &laptop,
        "access",
        APONO,
        1,
        &[
            "no grant at the moment: request access in Apono",
            "request access to prod in Apono",
            "kubectl config set-context CONTEXT --namespace NAMESPACE",
        ],
    );
}

#[test]
fn a_grant_in_another_namespace() {
    let laptop = Laptop::new();
    laptop
        .run(&format!("{UPDATE_KUBECONFIG} --namespace payments"))
        .succeeds();
    diagnosed(
        &laptop,
        "access",
        APONO,
        1,
        &["lets you do nothing in namespace payments"],
    );
}

#[test]
fn the_cluster_answers_with_nonsense() {
    let laptop = healthy();
    laptop
        .aws
        .misbehave_times(Operation::Kubernetes, Fault::html(), 2);
    diagnosed(
        &laptop,
        "endpoint",
        YOU,
        4,
        &["something between you and the cluster answers in its place"],
    );
}
