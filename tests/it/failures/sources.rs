//! The origin of the source credentials, the request made with them, and what is ignored.

#[cfg(target_os = "linux")]
mod linux;

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};
use kit::standin::{Asked, Operation, Options, ROLE_ARN, Role, Trust};

const ANYBODY: &str = "arn:aws:iam::111122223333:*";

/// Returns a laptop in an account where everyone may assume this role.
fn trusting(config: &str, role: Role, others: &[Role]) -> Laptop {
    let role = Role {
        trust: Trust::Principal(ANYBODY.into()),
        max_session: 43_200,
        ..role
    };
    let roles = [&[role], others].concat();
    let laptop = Laptop::bare(Options {
        roles,
        ..Options::default()
    });
    laptop.home.write(".aws/config", config);
    laptop
}

fn assumed(laptop: &Laptop) -> Vec<Asked> {
    let log = laptop.aws.log().into_iter();
    log.filter(|asked| asked.operation == Operation::AssumeRole)
        .collect()
}

#[test]
fn keys_in_the_environment_are_used_where_the_profile_says_so() {
    let laptop = Laptop::with_config(PROFILE.replace(
        "source_profile = default",
        "credential_source = Environment",
    ));
    laptop.fails(laptop.run(LOGIN), 1, "no keys");
    let login = |profile: &str| {
        let key = laptop.aws.source(profile);
        laptop
            .run(LOGIN)
            .env("AWS_ACCESS_KEY_ID", &key.access_key)
            .env("AWS_SECRET_ACCESS_KEY", &key.secret)
            .env(
                "AWS_SESSION_TOKEN",
                key.session_token.as_deref().unwrap_or_default(),
            )
    };
    laptop.succeeds(login("default")).recorded("alice's keys");
    // Alice's cached credentials are not used for others.
    laptop.fails(login("bob"), 1, "bob's keys");
    let again = laptop.succeeds(login("default"));
    again.recorded("alice's again");
}

#[test]
fn ambient_keys_and_profiles_are_ignored_otherwise() {
    let laptop = Laptop::new();
    let bob = laptop.aws.source("bob").clone();
    let ambient = |run: kit::home::Run| {
        run.env("AWS_PROFILE", "bob")
            .env("AWS_DEFAULT_PROFILE", "bob")
            .env("AWS_ACCESS_KEY_ID", &bob.access_key)
            .env("AWS_SECRET_ACCESS_KEY", &bob.secret)
            .env("AWS_SESSION_TOKEN", bob.session_token.as_deref().unwrap())
    };
    let verbose = laptop.succeeds(ambient(laptop.run("login -v")));
    verbose.recorded("they are mentioned with -v only");
    let caller = assumed(&laptop)[0].caller.clone().unwrap();
    assert_eq!(caller, laptop.aws.source("default").principal.arn);
    let quiet = laptop.succeeds(ambient(laptop.run("login --force")));
    quiet.recorded("without -v");
    laptop.succeeds(ambient(laptop.run(GET_TOKEN)));
    // The cache was used nevertheless.
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 2);
}

#[test]
fn a_chain_of_roles() {
    let chain = "[profile mid]\nrole_arn = arn:aws:iam::111122223333:role/mid\nsource_profile = default\nexternal_id = of-mid\n";
    let mid = Role {
        trust: Trust::Principal(ANYBODY.into()),
        external_id: Some("of-mid".into()),
        ..Role::guide("arn:aws:iam::111122223333:role/mid")
    };
    let config = PROFILE.replace("= default", "= mid") + chain;
    let laptop = trusting(&config, Role::guide(ROLE_ARN), &[mid]);
    laptop.succeeds(laptop.run(LOGIN));
    let asked = assumed(&laptop);
    assert_eq!(asked.len(), 2);
    let of_mid = "arn:aws:iam::111122223333:role/mid";
    let expected = [(of_mid, Some("of-mid")), (ROLE_ARN, None)];
    for (asked, (role, external_id)) in asked.iter().zip(expected) {
        assert_eq!(asked.parameter("RoleArn"), Some(role));
        assert_eq!(asked.parameter("ExternalId"), external_id);
    }
    let caller = asked[1].caller.as_deref().unwrap();
    assert!(caller.contains("assumed-role/mid/"), "{caller}");
}

#[test]
fn keys_in_the_profile_itself() {
    let laptop = Laptop::bare(Options::default());
    let key = laptop.aws.source("default");
    let keys = format!(
        "aws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
        key.access_key,
        key.secret,
        key.session_token.as_deref().unwrap()
    );
    let profile = PROFILE.replace("= default", "= apono-k8s-access");
    laptop.home.write(".aws/config", profile + &keys);
    laptop.succeeds(laptop.run(LOGIN));
}

#[test]
fn what_the_profile_asks_for_is_asked_of_sts() {
    let config = PROFILE.replace("= default", "= operator")
        + "duration_seconds = 7200\nexternal_id = tenant:7\n";
    let laptop = trusting(&config, Role::guide(ROLE_ARN), &[]);
    laptop.succeeds(laptop.run(LOGIN));
    laptop.succeeds(laptop.run("login --duration 15m"));
    let status = laptop.succeeds(laptop.run("status --output json")).json();
    assert!((840..=900).contains(&status["seconds_left"].as_i64().unwrap()));
    laptop.succeeds(laptop.run(LOGIN));
    laptop.succeeds(laptop.run("login --force"));
    let asked = assumed(&laptop);
    assert_eq!(asked.len(), 3);
    for (asked, duration) in asked.iter().zip(["7200", "900", "7200"]) {
        assert_eq!(asked.parameter("DurationSeconds"), Some(duration));
        assert_eq!(asked.parameter("ExternalId"), Some("tenant:7"));
        let session_name = asked.parameter("RoleSessionName");
        assert_eq!(session_name, Some("alice@example.com"));
        assert_eq!(asked.parameter("SerialNumber"), None);
    }
    for duration in ["899", "43201", "13h", "1y", "-1", ""] {
        let run = laptop.run_words(["login", "--duration", duration]);
        run.exits(2).recorded(duration);
    }
}
