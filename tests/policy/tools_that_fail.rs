//! `aws` and `kubectl` that are not what they should be.

use crate::support::Home;

/// A home with these programs alone on its PATH.
fn with(programs: &[(&str, &str)]) -> Home {
    let mut home = Home::new();
    for (name, script) in programs {
        home.program(&format!("bin/{name}"), script);
    }
    let bin = home.path("bin");
    home = home.with_env("PATH_OF_TOOLS", &bin);
    home
}

fn check(home: &Home) -> crate::support::home::Run {
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

/// A cluster that cannot be asked is no reason to say nothing about the role.
#[test]
fn without_a_cluster_the_role_is_checked() {
    let aws = r#"case "$*" in
        *get-role*) echo '{"Role": {"Arn": "arn:aws:iam::111122223333:role/apono-k8s-access", "AssumeRolePolicyDocument": {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}}}';;
        *list-attached*) echo '{"AttachedPolicies": []}';;
        *list-role-policies*) echo '{"PolicyNames": []}';;
    esac"#;
    for kubectl in ["exit 1", "echo 'connection refused' >&2; exit 1", "echo no"] {
        let found = check(&with(&[("aws", aws), ("kubectl", kubectl)])).exits(1);
        assert!(found.stdout.contains("ANYBODY CAN BE ANYBODY"), "{found}");
        assert!(found.stdout.contains("note: not looked at"), "{found}");
        found.explains(&["warning: "]);
    }
}
