//! `aws` and `kubectl` that are not what they should be.

use crate::policy::api_server;
use kit::{Home, tools};

/// A home with these programs alone on its PATH.
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
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&[], "not installed"),
        (
            &[("aws", "echo 'Unable to locate credentials' >&2; exit 253")],
            "Unable to locate credentials",
        ),
        (&[("aws", "echo hello")], "not JSON"),
        (&[("aws", "echo {}")], "none of the documents"),
        (
            &[("aws", "exec /usr/bin/head -c 6000000 /dev/zero")],
            "more than 4194304 bytes",
        ),
    ];
    for (programs, said) in cases {
        let failed = check(&with(programs)).exits(1);
        assert_eq!(failed.stdout, "");
        failed.explains(&["error: ", "cause: ", "hint: ", said]);
    }
}

/// Answers as the AWS CLI does, of a role that anybody may take.
const AWS: &str = r#"case "$*" in
    *get-role*) echo '{"Role": {"Arn": "arn:aws:iam::111122223333:role/apono-k8s-access", "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}}}';;
    *list-attached*) echo '{"AttachedPolicies": []}';;
    *list-role-policies*) echo '{"PolicyNames": []}';;
    *list-access-entries*) echo '{"accessEntries": []}';;
    *describe-cluster*) echo '{"cluster": {"endpoint": "https://PROD.eks.amazonaws.com"}}';;
    *describe-access-entry*) echo 'ResourceNotFoundException' >&2; exit 254;;
esac"#;

/// A cluster that cannot be asked is no reason to say nothing about the role.
#[test]
fn without_a_cluster_the_role_is_checked() {
    for kubectl in ["exit 1", "echo 'connection refused' >&2; exit 1", "echo no"] {
        let found = check(&with(&[("aws", AWS), ("kubectl", kubectl)])).exits(1);
        assert!(found.stdout.contains("ANYBODY CAN BE ANYBODY"), "{found}");
        assert!(found.stdout.contains("note: not looked at"), "{found}");
        found.explains(&["warning: "]);
    }
}

/// The real kubectl, of a cluster without the ConfigMap: that is an answer, too.
#[test]
fn a_cluster_without_aws_auth() {
    let home = with(&[("aws", AWS)]);
    std::os::unix::fs::symlink(tools::kubectl("1.34"), home.path("bin/kubectl")).unwrap();
    api_server::start(&home, None);
    let found = check(&home).exits(1);
    assert!(
        found.stdout.contains("WRONG: aws-auth has no entry for"),
        "{found}"
    );
    assert!(!found.stderr.contains("warning: "), "{found}");
    // kubectl says itself that there is no such context.
    let other = home.apono_login("policy check --account-id 111122223333 --context other");
    let other = other.env("PATH", home.path("bin")).exits(1);
    other.explains(&["warning: ", "--context=other", "other"]);
}

/// The ConfigMap of another cluster says nothing of the one that was named.
#[test]
fn another_clusters_context() {
    let cases = [
        ("https://prod.eks.amazonaws.com:443/", "", true, false),
        ("https://dev.eks.amazonaws.com", "", false, true),
        ("", "", false, true),
        // Through a tunnel, say.
        ("https://localhost:8443", " --context prod", true, true),
    ];
    for (server, words, read, warned) in cases {
        let kubectl = format!(
            r#"case "$*" in
    *"config view --minify"*) echo '{{"clusters": [{{"cluster": {{"server": "{server}"}}}}]}}';;
    *aws-auth*) echo '{{"kind": "ConfigMap", "metadata": {{"name": "aws-auth"}}}}';;
esac"#
        );
        let home = with(&[("aws", AWS), ("kubectl", &kubectl)]);
        let words = format!("policy check --account-id 111122223333 --cluster-name prod{words}");
        let checked = home.apono_login(&words).env("PATH", home.path("bin"));
        let checked = checked.exits(1);
        let missing = checked.stdout.contains("WRONG: aws-auth has no entry");
        assert_eq!(missing, read, "{server}: {checked}");
        let warning = checked.stderr.contains("CONTEXT IS NOT OF CLUSTER prod");
        assert_eq!(warning, warned, "{server}: {checked}");
        let left_out = checked.stderr.contains("aws-auth WAS NOT LOOKED AT");
        assert_eq!(left_out, !read, "{server}: {checked}");
    }
}
