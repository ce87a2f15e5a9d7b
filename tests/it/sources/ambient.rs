//! Credentials that come with the place the program runs in: a pod's web identity token, a container's role, variables.

use kit::home::Run;
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop, PROFILE};
use kit::standin::{Fault, Operation, Options, Principal, ROLE_ARN, Role, Service, Trust};
use kit::tools;

const CI: &str = "arn:aws:iam::111122223333:role/ci";
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.c3RhbmQtaW4.c2lnbmF0dXJl";

/// A laptop in an account where the role lets in whoever matches.
fn trusting(pattern: &str, config: &str) -> Laptop {
    let role = Role {
        trust: Trust::Principal(pattern.to_owned()),
        ..Role::guide(ROLE_ARN)
    };
    let laptop = Laptop::bare(Options {
        roles: vec![role],
        ..Options::default()
    });
    laptop.home.write(".aws/config", config);
    laptop
}

#[track_caller]
fn nobody_asked_for_metadata(laptop: &Laptop) {
    assert_eq!(laptop.aws.connections(Service::Metadata), 0);
}

#[test]
fn a_web_identity_token() {
    let laptop = trusting(CI, "");
    let file = laptop.home.path("var/token");
    laptop.home.write(
        ".aws/config",
        format!(
            "[profile ci]\nrole_arn = {CI}\nrole_session_name = build-7\nregion = eu-west-1\nweb_identity_token_file = {}\n",
            file.display()
        ),
    );
    laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile ci")));
    let hints = [
        "no credentials came from profile ci (web identity token)",
        "web_identity_token_file",
    ];

    laptop.fails(laptop.run(LOGIN), 1, "");
    assert_eq!(
        laptop.aws.connections(Service::Sts),
        0,
        "there is no token to ask with"
    );

    laptop.home.write("var/token", "not.a.token");
    let output = laptop.fails(laptop.run(LOGIN), 1, "");
    assert!(!output.stderr.contains("not.a.token"), "{output}");

    laptop.home.write("var/token", TOKEN);
    laptop
        .aws
        .trust_web_identity(TOKEN, "arn:aws:iam::111122223333:role/other");
    let said = "Not authorized to perform sts:AssumeRoleWithWebIdentity";
    let output = laptop.fails(laptop.run(LOGIN), 1, "");
    assert!(!output.stderr.contains(TOKEN), "{output}");

    laptop.aws.trust_web_identity(TOKEN, CI);
    laptop.aws.forget();
    laptop
        .succeeds(laptop.run(LOGIN))
        .explains(&["You are alice@example.com"]);
    let log = laptop.aws.log();
    let web = log
        .iter()
        .find(|asked| asked.operation == Operation::AssumeRoleWithWebIdentity)
        .unwrap();
    assert_eq!(web.parameter("RoleArn"), Some(CI));
    assert_eq!(web.parameter("RoleSessionName"), Some("build-7"));
    let assumed = log
        .iter()
        .find(|asked| asked.operation == Operation::AssumeRole)
        .unwrap();
    assert_eq!(
        assumed.caller.as_deref(),
        Some("arn:aws:sts::111122223333:assumed-role/ci/build-7")
    );
    let status = laptop.succeeds(laptop.run("status"));
    assert!(
        status.stdout.contains("profile ci (web identity token)"),
        "{status}"
    );
    laptop.succeeds(laptop.run(GET_TOKEN));

    let words = [
        "sts",
        "get-caller-identity",
        "--profile",
        "ci",
        "--query",
        "Arn",
        "--output",
        "text",
    ];
    let by_aws = laptop.home.run(tools::aws(), words).succeeds().stdout;
    assert_eq!(
        by_aws.trim_end(),
        "arn:aws:sts::111122223333:assumed-role/ci/build-7"
    );

    laptop.aws.misbehave(
        Operation::AssumeRoleWithWebIdentity,
        Fault::error(
            400,
            "ExpiredTokenException",
            "Token expired: current date/time must be before",
        ),
    );
    let output = laptop.fails(laptop.run("login --force"), 3, "");
    assert!(!output.stderr.contains("sso"), "{output}");
    laptop.aws.behave();

    let config = laptop.home.read(".aws/config");
    laptop.home.write(
        ".aws/config",
        config.replace(&format!("role_arn = {CI}\n"), ""),
    );
    laptop.fails(laptop.run("login --force"), 1, "");
    nobody_asked_for_metadata(&laptop);
}

/// `credential_source` in our own profile, and in the source profile.
fn with_credential_source(value: &str) -> [String; 2] {
    let ours = PROFILE.replace(
        "source_profile = default",
        &format!("credential_source = {value}"),
    );
    let chain = PROFILE.replace("= default", "= mid")
        + &format!(
            "[profile mid]\nrole_arn = {CI}\nrole_session_name = mid\ncredential_source = {value}\n"
        );
    [ours, chain]
}

#[test]
fn a_containers_role() {
    for (index, config) in with_credential_source("EcsContainer").iter().enumerate() {
        let laptop = trusting("arn:aws:iam::111122223333:role/*", config);
        let ci = Role {
            trust: Trust::Principal("arn:aws:iam::111122223333:role/task".to_owned()),
            ..Role::guide(CI)
        };
        laptop.aws.put_role(ci);
        let task = Principal::session(
            "arn:aws:iam::111122223333:role/task",
            "0123456789abcdef0123456789abcdef",
        );
        let variables = laptop.aws.start_container(task);
        let within = |run: Run| {
            variables
                .iter()
                .fold(run, |run, (name, value)| run.env(name, value))
        };

        let hints = ["the container's role", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
        laptop.fails(laptop.run(LOGIN), 1, "");
        let elsewhere = within(laptop.run(LOGIN)).env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "http://192.0.2.1/v1/credentials",
        );
        laptop.fails(elsewhere, 1, "");
        let wrong = within(laptop.run(LOGIN))
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of-another-container");
        let output = laptop.fails(wrong, 1, "");
        assert!(!output.stderr.contains("of-another-container"), "{output}");
        laptop
            .aws
            .misbehave(Operation::ContainerCredentials, Fault::HangUp);
        laptop.fails(within(laptop.run(LOGIN)), 4, "");
        laptop.aws.behave();

        laptop
            .succeeds(within(laptop.run(LOGIN)))
            .explains(&["You are alice@example.com"]);
        let log = laptop.aws.log();
        let first = log
            .iter()
            .find(|asked| asked.operation == Operation::AssumeRole)
            .unwrap();
        let caller = first.caller.as_deref().unwrap();
        assert!(caller.contains("assumed-role/task/"), "{caller}");
        assert_eq!(laptop.aws.count(Operation::AssumeRole), index + 1);
        let status = laptop.succeeds(laptop.run("status"));
        assert!(status.stdout.contains("the container's role"), "{status}");
        nobody_asked_for_metadata(&laptop);
    }
}

#[test]
fn variables() {
    for (index, config) in with_credential_source("Environment").iter().enumerate() {
        let laptop = trusting("arn:aws:iam::111122223333:*", config);
        laptop.aws.put_role(Role {
            trust: Trust::Principal("arn:aws:iam::111122223333:*".to_owned()),
            ..Role::guide(CI)
        });
        laptop.fails(laptop.run(LOGIN), 1, "");
        let key = laptop.aws.source("default");
        let half = laptop.run(LOGIN).env("AWS_ACCESS_KEY_ID", &key.access_key);
        laptop.fails(half, 1, "");
        let with_key = laptop
            .run(LOGIN)
            .env("AWS_ACCESS_KEY_ID", &key.access_key)
            .env("AWS_SECRET_ACCESS_KEY", &key.secret)
            .env("AWS_SESSION_TOKEN", key.session_token.as_deref().unwrap());
        laptop
            .succeeds(with_key)
            .explains(&["You are alice@example.com"]);
        assert_eq!(laptop.aws.count(Operation::AssumeRole), index + 1);
        let status = laptop.succeeds(laptop.run("status"));
        assert!(status.stdout.contains("environment variables"), "{status}");
        nobody_asked_for_metadata(&laptop);
    }
}
