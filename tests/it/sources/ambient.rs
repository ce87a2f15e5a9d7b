//! Credentials of the environment that the program runs in: a pod's web identity token, a container's role, variables.

use crate::sources::sign_in::no_metadata;
use kit::home::Run;
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop, PROFILE};
use kit::standin::{Fault, Operation, Options, Principal, ROLE_ARN, Role, Trust};
use kit::tools;

const CI: &str = "arn:aws:iam::111122223333:role/ci";
const CI_SESSION: &str = "arn:aws:sts::111122223333:assumed-role/ci/build-7";
const TASK: &str = "arn:aws:iam::111122223333:role/task";
const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.c3RhbmQtaW4.c2lnbmF0dXJl";

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

#[test]
fn a_web_identity_token() {
    let laptop = laptop(CI, "");
    let aws = &laptop.aws;
    let file = laptop.home.path("var/token");
    laptop.home.write(
        ".aws/config",
        format!(
            "[profile ci]\nrole_arn = {CI}\nrole_session_name = build-7\nregion = eu-west-1\nweb_identity_token_file = {}\n",
            file.display()
        ),
    );
    laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile ci")));

    laptop.fails(laptop.run(LOGIN), 1, "no file");
    no_metadata(&laptop);
    assert_eq!(aws.log().len(), 0, "there is no token to ask with");
    laptop.home.write("var/token", "not.a.token");
    laptop.fails(laptop.run(LOGIN), 1, "not a token");
    laptop.home.write("var/token", TOKEN);
    aws.trust_web_identity(TOKEN, "arn:aws:iam::111122223333:role/other");
    let output = laptop.fails(laptop.run(LOGIN), 1, "for another role");
    assert!(!output.stderr.contains(TOKEN), "{output}");

    aws.trust_web_identity(TOKEN, CI);
    aws.forget();
    laptop.succeeds(laptop.run(LOGIN)).recorded("good");
    let web = aws.first(Operation::AssumeRoleWithWebIdentity);
    assert_eq!(web.parameter("RoleArn"), Some(CI));
    assert_eq!(web.parameter("RoleSessionName"), Some("build-7"));
    let assumed = aws.first(Operation::AssumeRole);
    assert_eq!(assumed.caller.as_deref(), Some(CI_SESSION));
    laptop.succeeds(laptop.run("status")).recorded("status");
    laptop.succeeds(laptop.run(GET_TOKEN));

    let words = "sts get-caller-identity --profile ci --query Arn --output text";
    let by_aws = laptop.home.run(tools::aws(), words.split(' ')).succeeds();
    assert_eq!(by_aws.stdout.trim_end(), CI_SESSION);

    let over = Fault::error(
        400,
        "ExpiredTokenException",
        "Token expired: current date/time must be before",
    );
    aws.misbehave(Operation::AssumeRoleWithWebIdentity, over);
    laptop.fails(laptop.run("login --force"), 3, "expired");
    aws.behave();
    let config = laptop.home.read(".aws/config");
    let config = config.replace(&format!("role_arn = {CI}\n"), "");
    laptop.home.write(".aws/config", config);
    laptop.fails(laptop.run("login --force"), 1, "no role_arn");
    no_metadata(&laptop);
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
