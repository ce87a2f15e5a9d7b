//! Credentials of the environment that the program runs in: a pod's web identity token, a container's role, variables.

#[cfg(target_os = "linux")]
mod linux;

use crate::sources::sign_in::no_metadata;
use kit::home::Run;
use kit::laptop::{LOGIN, Laptop, PROFILE};
use kit::standin::{Fault, Operation, Options, Principal, ROLE_ARN, Role, Trust};

const CI: &str = "arn:aws:iam::111122223333:role/ci";

const TASK: &str = "arn:aws:iam::111122223333:role/task";
/// Returns a role whose trust policy allows principals that match the pattern.
fn trusting(arn: &str, pattern: &str) -> Role {
    Role {
        trust: Trust::Principal(pattern.to_owned()),
        ..Role::guide(arn)
    }
}

fn laptop(pattern: &str, config: &str) -> Laptop {
    let laptop = Laptop::bare(Options {
        roles: vec![trusting(ROLE_ARN, pattern)],
        ..Options::default()
    });
    laptop.home.write(".aws/config", config);
    laptop
}

/// Returns configs with `credential_source` in the tool's own profile, and in the source profile.
fn with_credential_source(value: &str) -> [String; 2] {
    let credential_source = format!("credential_source = {value}");
    let own = PROFILE.replace("source_profile = default", &credential_source);
    let mid = format!("[profile mid]\nrole_arn = {CI}\nrole_session_name = mid\n");
    let chain = PROFILE.replace("= default", "= mid") + &mid + &credential_source + "\n";
    [own, chain]
}

#[test]
fn a_containers_role() {
    for (index, config) in with_credential_source("EcsContainer").iter().enumerate() {
        let laptop = laptop("arn:aws:iam::111122223333:role/*", config);
        laptop.aws.put_role(trusting(CI, TASK));
        let task = Principal::session(TASK, "0123456789abcdef0123456789abcdef");
        let variables = laptop.aws.start_container(task);
        let within = |run: Run| {
            let variables = variables.iter();
            variables.fold(run, |run, (name, value)| run.env(name, value))
        };
        laptop.fails(laptop.run(LOGIN), 1, "not in a container");
        for (title, variable, value) in [
            (
                "a host that is not allowed",
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "http://192.0.2.1/v1/credentials",
            ),
            (
                "another container's token",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                "of-another-container",
            ),
        ] {
            laptop.fails(within(laptop.run(LOGIN)).env(variable, value), 1, title);
        }
        let operation = Operation::ContainerCredentials;
        laptop.aws.misbehave(operation, Fault::HangUp);
        laptop.fails(within(laptop.run(LOGIN)), 4, "no answer");
        laptop.aws.behave();

        let output = laptop.succeeds(within(laptop.run(LOGIN)));
        output.recorded("in the container");
        let caller = laptop.aws.first(Operation::AssumeRole).caller.unwrap();
        assert!(caller.contains("assumed-role/task/"), "{caller}");
        assert_eq!(laptop.aws.count(Operation::AssumeRole), index + 1);
        laptop.succeeds(laptop.run("status")).recorded("status");
        no_metadata(&laptop);
    }
}

#[test]
fn variables() {
    for (index, config) in with_credential_source("Environment").iter().enumerate() {
        let any = "arn:aws:iam::111122223333:*";
        let laptop = laptop(any, config);
        laptop.aws.put_role(trusting(CI, any));
        let key = laptop.aws.source("default");
        let login = || laptop.run(LOGIN);
        laptop.fails(login(), 1, "not set");
        let half = login().env("AWS_ACCESS_KEY_ID", &key.access_key);
        laptop.fails(half, 1, "without the secret");
        let with_key = login()
            .env("AWS_ACCESS_KEY_ID", &key.access_key)
            .env("AWS_SECRET_ACCESS_KEY", &key.secret)
            .env("AWS_SESSION_TOKEN", key.session_token.as_deref().unwrap());
        laptop.succeeds(with_key).recorded("set");
        assert_eq!(laptop.aws.count(Operation::AssumeRole), index + 1);
        laptop.succeeds(laptop.run("status")).recorded("status");
        no_metadata(&laptop);
    }
}
