//! Requests that AWS denies: the person's identity differs from the profile's.

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE, UPDATE_KUBECONFIG};
use kit::standin::{Fault, Operation, ROLE_ARN, Role, StandIn, Trust};

/// Sets up AWS for the failure.
type Spoil = fn(&StandIn);

fn nothing(_: &StandIn) {}

fn expire(aws: &StandIn) {
    aws.expire(&aws.source("default").access_key);
}

/// Makes AWS refuse to tell the person's identity, too.
fn hide_identity(aws: &StandIn) {
    let denied = Fault::error(403, "AccessDenied", "no");
    aws.misbehave(Operation::GetCallerIdentity, denied);
}

fn delete_role(aws: &StandIn) {
    aws.delete_role(ROLE_ARN);
}

fn trust_others(aws: &StandIn) {
    aws.put_role(Role {
        trust: Trust::Principal("arn:aws:iam::999999999999:role/*".into()),
        ..Role::guide(ROLE_ARN)
    });
}

/// Exit status, title, config file and the setup of AWS.
fn cases() -> Vec<(i32, &'static str, String, Spoil)> {
    let with = |from: &str, to: &str| {
        assert!(PROFILE.contains(from), "{from}");
        PROFILE.replace(from, to)
    };
    let carol = with("alice@", "carol@");
    let chain = with("= default", "= mid")
        + "[profile mid]\nrole_arn = arn:aws:iam::111122223333:role/mid\nsource_profile = default\n";
    let gone =
        "[profile gone]\naws_access_key_id = AKIAGONE00000000GONE\naws_secret_access_key = x\n";
    let gone_in_chain = chain.replace("source_profile = default", "source_profile = gone") + gone;
    let long = with("region", "duration_seconds = 7200\nregion");
    vec![
        (1, "another person's email", carol.clone(), nothing),
        (1, "and who one is cannot be told", carol, hide_identity),
        (
            1,
            "a role of another account",
            with("= default", "= elsewhere"),
            nothing,
        ),
        (1, "an IAM user", with("= default", "= operator"), nothing),
        (1, "the role is gone", PROFILE.into(), delete_role),
        (
            1,
            "the role trusts another account",
            PROFILE.into(),
            trust_others,
        ),
        (3, "the source has expired", PROFILE.into(), expire),
        (
            3,
            "the source of a chain has expired",
            chain.clone(),
            expire,
        ),
        (1, "denied in mid-chain", chain, nothing),
        (1, "an unknown key in mid-chain", gone_in_chain, nothing),
        (
            1,
            "an unknown key",
            with("= default", "= gone") + gone,
            nothing,
        ),
        (1, "longer than a chained role may", long, nothing),
    ]
}

#[test]
fn a_refusal_says_what_does_not_fit() {
    for (status, title, config, spoil) in cases() {
        let laptop = Laptop::with_config(config);
        spoil(&laptop.aws);
        let run = |command| laptop.run(command).output();
        let mut outputs = vec![run(LOGIN), run(UPDATE_KUBECONFIG)];
        match status {
            3 => _ = laptop.fails_in_a_line(laptop.run(GET_TOKEN), title),
            _ => outputs.push(run(GET_TOKEN)),
        }
        laptop.failed_alike(outputs, status, title);
        assert!(laptop.cached("entry").is_empty(), "{title}");
        assert!(!laptop.home.path(".kube").exists(), "{title}");
    }
}

/// AWS ignores case in names, but RBAC does not: the login works with a warning.
#[test]
fn capitals_in_the_email_are_warned_of() {
    let laptop = Laptop::with_config(PROFILE.replace("alice@example.com", "Alice@Example.com"));
    laptop.succeeds(laptop.run(LOGIN)).recorded("");
}

#[test]
fn clusters_that_cannot_be_looked_up() {
    let field = Fault::field;
    let ca = "certificateAuthority.data";
    let other_account = "arn:aws:eks:eu-west-1:444455556666:cluster/prod";
    let odd = Fault::error(400, "Odd", "\x1b]52;c;eA==\x07\u{202e}\nerror: no");
    let faults = [
        (4, "503", Fault::unavailable()),
        (4, "a login page", Fault::html()),
        (1, "no endpoint", Fault::missing("endpoint")),
        (1, "no CA", Fault::missing(ca)),
        (1, "not a CA", field(ca, "not base64\n- x")),
        (
            1,
            "an endpoint without TLS",
            field("endpoint", "http://evil.example"),
        ),
        (1, "another account's cluster", field("arn", other_account)),
        (1, "a message for the terminal", odd),
        (1, "is being created", field("status", "CREATING")),
        (1, "is being deleted", field("status", "DELETING")),
        (1, "has failed", field("status", "FAILED")),
        (
            1,
            "a connected cluster",
            field("connectorConfig", "{\"provider\": \"GKE\"}"),
        ),
        (
            1,
            "an Outpost without an ID",
            field("outpostConfig", "{\"outpostArns\": []}"),
        ),
    ];
    let fails = |laptop: &Laptop, arguments, status, title| {
        let run = laptop.run(&format!("update-kubeconfig --name {arguments}"));
        laptop.fails(run, status, title);
        assert!(!laptop.home.path(".kube").exists(), "{title}");
        // The login itself succeeded.
        laptop.succeeds(laptop.run(GET_TOKEN));
        assert_eq!(laptop.aws.count(Operation::AssumeRole), 1);
    };
    for (status, title, fault) in faults {
        let laptop = Laptop::new();
        laptop.aws.misbehave(Operation::DescribeCluster, fault);
        fails(&laptop, "prod", status, title);
    }
    let laptop = Laptop::new();
    fails(&laptop, "nope --region eu-west-1", 1, "an unknown name");
    fails(&laptop, "prod --region eu-west-2", 1, "another region");
    laptop.aws.put_role(Role {
        may_describe: false,
        ..Role::guide(ROLE_ARN)
    });
    fails(&laptop, "prod", 1, "not allowed");
}

#[test]
fn role_credentials_that_were_revoked_are_to_be_renewed() {
    let laptop = Laptop::new();
    let cached = laptop.succeeds(laptop.run("export-credentials")).json();
    laptop.aws.expire(cached["AccessKeyId"].as_str().unwrap());
    laptop.fails(laptop.run(UPDATE_KUBECONFIG), 1, "");
    laptop.succeeds(laptop.run("login --force"));
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
}
