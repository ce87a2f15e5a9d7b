//! `aws` and `kubectl` that fail or print invalid output.

use crate::policy::api_server;
use kit::{Home, tools};

/// Returns a home with only these programs in PATH.
fn with(programs: &[(&str, &str)]) -> Home {
    let home = Home::new();
    for (name, script) in programs {
        home.program(&format!("bin/{name}"), script);
    }
    home
}

fn check(home: &Home) -> kit::home::Run {
    home.apono_login("policy check --account-id 111122223333")
        .env("PATH", home.path("bin"))
}

#[test]
fn tools_that_are_missing_or_broken() {
    check(&with(&[])).exits(1).recorded("nothing is installed");
    for script in [
        "echo 'Unable to locate credentials' >&2; exit 253",
        "echo hello",
        "echo {}",
        "exec /usr/bin/head -c 6000000 /dev/zero",
    ] {
        let failed = check(&with(&[("aws", script)])).exits(1);
        assert_eq!(failed.stdout, "");
        failed.recorded(&format!("aws: {script}"));
    }
}

/// A script that answers as the AWS CLI does, with a role that anyone may assume.
const AWS: &str = r#"case "$*" in
    *get-role*) echo '{"Role": {"Arn": "arn:aws:iam::111122223333:role/apono-k8s-access", "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}}}';;
    *list-attached*) echo '{"AttachedPolicies": []}';;
    *list-role-policies*) echo '{"PolicyNames": []}';;
    *list-access-entries*) echo '{"accessEntries": []}';;
    *describe-cluster*) echo '{"cluster": {"endpoint": "https://PROD.eks.amazonaws.com"}}';;
    *describe-access-entry*) echo 'ResourceNotFoundException' >&2; exit 254;;
esac"#;

/// If the cluster cannot be reached, the role is still checked.
#[test]
fn without_a_cluster_the_role_is_checked() {
    for kubectl in ["exit 1", "echo 'connection refused' >&2; exit 1", "echo no"] {
        let found = check(&with(&[("aws", AWS), ("kubectl", kubectl)])).exits(1);
        found.recorded(&format!("kubectl: {kubectl}"));
    }
}

/// The real kubectl at a cluster without the ConfigMap, which is a valid answer.
#[test]
fn a_cluster_without_aws_auth() {
    let home = with(&[("aws", AWS)]);
    std::os::unix::fs::symlink(tools::kubectl("1.37"), home.path("bin/kubectl")).unwrap();
    api_server::start(&home, None);
    let found = check(&home).exits(1);
    found.recorded("");
    // kubectl itself reports that the context does not exist.
    let other = home.apono_login("policy check --account-id 111122223333 --context other");
    let other = other.env("PATH", home.path("bin")).exits(1);
    other.recorded("another context");
}

/// The ConfigMap of another cluster does not count for the named cluster.
#[test]
fn another_clusters_context() {
    let cases = [
        ("the same server", "https://prod.eks.amazonaws.com:443/", ""),
        ("another server", "https://dev.eks.amazonaws.com", ""),
        ("no server", "", ""),
        (
            "named, through a tunnel",
            "https://localhost:8443",
            " --context prod",
        ),
    ];
    for (title, server, words) in cases {
        let kubectl = format!(
            r#"case "$*" in
    *"config view --minify"*) echo '{{"clusters": [{{"cluster": {{"server": "{server}"}}}}]}}';;
    *aws-auth*) echo '{{"kind": "ConfigMap", "metadata": {{"name": "aws-auth"}}}}';;
esac"#
        );
        let home = with(&[("aws", AWS), ("kubectl", &kubectl)]);
        let words = format!("policy check --account-id 111122223333 --cluster-name prod{words}");
        let checked = home.apono_login(&words).env("PATH", home.path("bin"));
        checked.exits(1).recorded(title);
    }
}
