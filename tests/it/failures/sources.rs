//! Where source credentials come from and what is asked for with them; and what is ignored.

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};
use kit::standin::{Asked, Operation, Options, ROLE_ARN, Role, Trust};

const ANYBODY: &str = "arn:aws:iam::111122223333:*";

/// A laptop in an account where anybody may assume the role.
fn trusting(config: &str, roles: &[Role]) -> Laptop {
    let role = Role {
        trust: Trust::Principal(ANYBODY.into()),
        max_session: 43_200,
        ..Role::guide(ROLE_ARN)
    };
    let roles = [&[role], roles].concat();
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
    laptop.fails(laptop.run(LOGIN), 1, "");
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
    laptop
        .succeeds(login("default"))
        .explains(&["You are alice@example.com"]);
    // Another person's keys: what alice's got is not for them.
    laptop.fails(login("bob"), 1, "");
    laptop
        .succeeds(login("default"))
        .explains(&["from the cache"]);
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
    let output = laptop.succeeds(ambient(laptop.run("login -v")));
    output.explains(&[
        "AWS_PROFILE is set, and ignored",
        "AWS_ACCESS_KEY_ID is set, and ignored",
    ]);
    assert_eq!(
        assumed(&laptop)[0].caller.as_deref(),
        Some(laptop.aws.source("default").principal.arn.as_str())
    );
    let output = laptop.succeeds(ambient(laptop.run("login --force")));
    assert!(!output.stderr.contains("ignored"), "only with -v: {output}");
    laptop.succeeds(ambient(laptop.run(GET_TOKEN)));
    assert_eq!(
        laptop.aws.count(Operation::AssumeRole),
        2,
        "the cache was used all the same"
    );
}

#[test]
fn a_credential_process() {
    let laptop = Laptop::bare(Options::default());
    let key = laptop.aws.source("default");
    let answer = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\",\"SessionToken\":\"{}\"}}",
        key.access_key,
        key.secret,
        key.session_token.as_deref().unwrap()
    );
    laptop.home.write("answer.json", answer);
    let config = |process: &str| {
        let profile = PROFILE.replace("= default", "= process");
        format!("{profile}[profile process]\ncredential_process = {process}\n")
    };
    let file = laptop.home.path("answer.json");
    laptop
        .home
        .write(".aws/config", config(&format!("cat {}", file.display())));
    laptop
        .succeeds(laptop.run(LOGIN))
        .explains(&["You are alice@example.com"]);
    let broken = [
        "false",
        "echo {",
        "no-such-program",
        "echo '{\"Version\":2}'",
    ];
    for process in broken {
        laptop.home.write(".aws/config", config(process));
        laptop.fails(laptop.run(LOGIN), 1, "");
    }
    // A process that fails after it has told its secret: nobody repeats it.
    laptop.home.write(
        ".aws/config",
        config(&format!("cat {}; exit 1", file.display())),
    );
    laptop.fails(laptop.run(LOGIN), 1, "");
}

#[test]
fn a_chain_of_roles() {
    let chain = "[profile mid]\nrole_arn = arn:aws:iam::111122223333:role/mid\nsource_profile = default\nexternal_id = of-mid\n";
    let mid = Role {
        trust: Trust::Principal(ANYBODY.into()),
        external_id: Some("of-mid".into()),
        ..Role::guide("arn:aws:iam::111122223333:role/mid")
    };
    let laptop = trusting(&(PROFILE.replace("= default", "= mid") + chain), &[mid]);
    laptop.succeeds(laptop.run(LOGIN));
    let asked = assumed(&laptop);
    assert_eq!(asked.len(), 2);
    assert_eq!(
        asked[0].parameter("RoleArn"),
        Some("arn:aws:iam::111122223333:role/mid")
    );
    assert_eq!(asked[0].parameter("ExternalId"), Some("of-mid"));
    assert_eq!(asked[1].parameter("RoleArn"), Some(ROLE_ARN));
    assert_eq!(asked[1].parameter("ExternalId"), None);
    assert!(
        asked[1]
            .caller
            .as_deref()
            .unwrap()
            .contains("assumed-role/mid/"),
        "{asked:?}"
    );
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
    laptop.home.write(
        ".aws/config",
        PROFILE.replace("= default", "= apono-k8s-access") + &keys,
    );
    laptop
        .succeeds(laptop.run(LOGIN))
        .explains(&["You are alice@example.com"]);
}

#[test]
fn what_the_profile_asks_for_is_asked_of_sts() {
    let config = PROFILE.replace("= default", "= operator")
        + "duration_seconds = 7200\nexternal_id = tenant:7\n";
    let laptop = trusting(&config, &[]);
    laptop.succeeds(laptop.run(LOGIN));
    laptop.succeeds(laptop.run("login --duration 900"));
    laptop
        .succeeds(laptop.run(LOGIN))
        .explains(&["from the cache", "14 min left"]);
    laptop.succeeds(laptop.run("login --force"));
    let asked = assumed(&laptop);
    let durations: Vec<_> = asked
        .iter()
        .map(|asked| asked.parameter("DurationSeconds"))
        .collect();
    assert_eq!(durations, [Some("7200"), Some("900"), Some("7200")]);
    for asked in &asked {
        assert_eq!(asked.parameter("ExternalId"), Some("tenant:7"));
        assert_eq!(
            asked.parameter("RoleSessionName"),
            Some("alice@example.com")
        );
        assert_eq!(asked.parameter("SerialNumber"), None);
    }
    for duration in ["899", "43201", "1h", "-1", ""] {
        let output = laptop.run_words(["login", "--duration", duration]).exits(2);
        assert_eq!(output.stdout, "", "{output}");
    }
}

#[test]
fn an_mfa_code_is_asked_for_on_a_terminal() {
    let role = Role {
        needs_mfa: true,
        trust: Trust::Principal(ANYBODY.into()),
        ..Role::guide(ROLE_ARN)
    };
    let laptop = Laptop::bare(Options {
        roles: vec![role],
        ..Options::default()
    });
    laptop.home.write(
        ".aws/config",
        PROFILE.replace("= default", "= operator")
            + "mfa_serial = arn:aws:iam::111122223333:mfa/operator\n",
    );
    let typed = |code: &str| {
        laptop
            .home
            .run("script", ["-qec", "apono-login", "/dev/null"])
            .input(format!("{code}\n"))
    };
    laptop.fails(laptop.run(LOGIN), 3, "");
    for (code, word) in [
        ("12345", "six digits"),
        ("12345a", "six digits"),
        ("", "six digits"),
        ("654321", "invalid MFA one time pass code"),
    ] {
        let output = typed(code).exits(1);
        assert!(output.stdout.contains(word), "{code}: {output}");
    }
    let output = typed("123456").succeeds();
    assert!(
        output
            .stdout
            .contains("MFA code of arn:aws:iam::111122223333:mfa/operator:"),
        "{output}"
    );
    assert!(
        output.stdout.contains("You are alice@example.com"),
        "{output}"
    );
    assert_eq!(
        assumed(&laptop).last().unwrap().parameter("TokenCode"),
        Some("123456")
    );
    laptop.succeeds(laptop.run(GET_TOKEN));
}
