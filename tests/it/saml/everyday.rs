//! After the sign-in: kubectl and the tools of AWS, the credentials' end, and an identity provider that remembers.

use std::time::Duration;

use crate::saml::federation::{ALICE, Federation};
use kit::home::Run;
use kit::idp::{Claims, Cookie};
use kit::laptop::{GET_TOKEN, LOGIN, UPDATE_KUBECONFIG};
use kit::standin::{Operation, Options};
use kit::tools;

/// What an AWS tool reads through the profile.
#[test]
fn aws_tools_use_the_profile() {
    let federation = Federation::installed();
    let laptop = &federation.laptop;
    let config = laptop.home.read(".aws/config");
    let expected = format!(
        "[profile apono-k8s-access]\ncredential_process = {} export-credentials --profile apono-k8s-access\n\
         region = eu-west-1\napono_role_arn = arn:aws:iam::111122223333:role/apono-k8s-access\n\
         apono_role_session_name = {ALICE}\napono_saml_provider_arn = arn:aws:iam::111122223333:saml-provider/Okta\n\
         apono_saml_url = {}\n",
        kit::home::apono_login(),
        federation.idp.url()
    );
    assert_eq!(config, expected);
    let aws = || {
        let words = [
            "--profile",
            "apono-k8s-access",
            "sts",
            "get-caller-identity",
        ];
        laptop.home.run(tools::aws(), words)
    };
    // The person is needed: aws shows what we say.
    let output = aws().output();
    assert!(!output.status.success());
    output.explains(&["you have to sign in", "run `apono-login`"]);

    federation.succeeds(federation.bring(&Claims::of(ALICE)));
    let arn = "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com";
    assert_eq!(aws().succeeds().json()["Arn"], arn);
    for command in ["export-credentials --format env", "exec -- true", GET_TOKEN] {
        laptop.run(command).succeeds();
    }
    assert_eq!(laptop.aws.count(Operation::AssumeRoleWithSaml), 2);
    let status = laptop.run("status").succeeds();
    assert!(
        status.stdout.contains("SAML at http://127.0.0.1"),
        "{status}"
    );
    assert!(status.stdout.contains("provider Okta"), "{status}");
}

/// botocore and the AWS SDK for Rust read the same profile out of the file.
#[test]
fn botocore_and_the_sdk_read_it_alike() {
    let federation = Federation::new();
    // As identity providers have them.
    let url = "https://example.okta.com/home/amazon_aws/0oa1%2F/272?a=b&c=$(id);d=#/x!(y)*";
    let run = federation.laptop.run_words([
        "install",
        "--account-id",
        "111122223333",
        "--email",
        ALICE,
        "--region",
        "eu-west-1",
        "--saml-provider",
        "Okta.x-y_z",
        "--saml-url",
        url,
    ]);
    federation.laptop.succeeds(run);
    let script = "import botocore.session, json; \
                  print(json.dumps(botocore.session.Session(profile='apono-k8s-access').get_scoped_config()))";
    let botocore = federation.laptop.home.run(tools::python(), ["-c", script]);
    let botocore = botocore.succeeds().json();
    assert_eq!(botocore["apono_saml_url"], url);
    let arn = "arn:aws:iam::111122223333:saml-provider/Okta.x-y_z";
    assert_eq!(botocore["apono_saml_provider_arn"], arn);
    // Ours is the SDK's reader; again nothing changes.
    let output = federation
        .laptop
        .run("install --region eu-west-1")
        .succeeds();
    output.explains(&["is already up to date"]);
    let status = federation.laptop.run("status").exits(3);
    assert!(
        status
            .stdout
            .contains("https://example.okta.com (provider Okta.x-y_z)"),
        "{status}"
    );
}

#[test]
fn kubectl_works_and_says_when_it_is_over() {
    let federation = Federation::installed();
    let laptop = &federation.laptop;
    federation.succeeds(laptop.run(LOGIN));
    federation.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let kubectl = || laptop.home.run(tools::kubectl("1.34"), ["get", "pods"]);
    assert!(kubectl().succeeds().stdout.contains("cart-5f6b8c9d7-2xkqp"));
    let well = laptop.run("doctor").succeeds();
    assert!(
        well.stdout
            .contains("ok      source      signed in at http://127.0.0.1"),
        "{well}"
    );
    assert!(well.stdout.contains("ok      access "), "{well}");

    laptop.aws.set_session_seconds(75);
    federation.succeeds(laptop.run("login --force"));
    laptop.aws.set_session_seconds(3600);
    std::thread::sleep(Duration::from_secs(17));
    let before = federation.browsers().len();
    let output = kubectl().exits(1);
    output.explains(&["you have to sign in", "run `apono-login`"]);
    let words = &[
        "the credentials for which you signed in at http://127.0.0.1",
        "ended at",
    ];
    std::thread::sleep(Duration::from_secs(60));
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
    assert_eq!(
        federation.browsers().len(),
        before,
        "no browser for a program"
    );
}

#[test]
fn silently_while_the_identity_provider_remembers() {
    let federation = Federation::installed();
    let laptop = &federation.laptop;
    federation.make_interactive();
    // Before the first sign-in nobody is remembered: there is nothing to try.
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
    assert_eq!(federation.browsers().len(), 0);
    federation.succeeds(laptop.run(LOGIN));
    assert_eq!(federation.idp.sign_ins(), 1);

    federation.log_out();
    laptop.aws.forget();
    let runs: Vec<_> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..5)
            .map(|_| scope.spawn(|| laptop.run(GET_TOKEN).output()))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for output in &runs {
        assert!(output.status.success(), "{output}");
        assert_eq!(output.stderr, "", "{output}");
    }
    let [_, silent] = federation.browsers().try_into().unwrap();
    assert!(silent.contains("--headless=new"), "{silent}");
    assert_eq!(federation.idp.sign_ins(), 1, "nobody was asked");
    assert_eq!(
        laptop.aws.count(Operation::AssumeRoleWithSaml),
        2,
        "one of them, with a second try"
    );

    // Over there it is over: tried once, and not again before somebody has signed in.
    federation.idp.end_sessions();
    federation.idp.set_person(None);
    federation.log_out();
    for browsers in [3, 3] {
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
        assert_eq!(federation.browsers().len(), browsers);
    }
    federation.idp.set_person(Some(ALICE));
    federation.succeeds(laptop.run(LOGIN));
    federation.log_out();
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(federation.idp.sign_ins(), 2);
    federation.no_browser_is_left();
}

#[test]
fn without_the_key_nothing_is_tried() {
    let federation = Federation::installed();
    federation.succeeds(federation.laptop.run(LOGIN));
    federation.log_out();
    for command in [GET_TOKEN, "export-credentials"] {
        let run = federation.laptop.run(command);
        federation.laptop.fails_in_a_line(run, "");
    }
    assert_eq!(federation.browsers().len(), 1);
}

#[test]
fn renewed_ahead_while_the_identity_provider_remembers() {
    let federation = Federation::installed();
    let laptop = &federation.laptop;
    federation.make_interactive();
    laptop.aws.set_session_seconds(300);
    federation.succeeds(laptop.run(LOGIN));
    laptop.aws.set_session_seconds(3600);
    laptop.succeeds(laptop.run(GET_TOKEN));
    let end = std::time::Instant::now() + Duration::from_secs(30);
    let left = || {
        laptop.run("status --output json").succeeds().json()["seconds_left"]
            .as_i64()
            .unwrap()
    };
    while left() < 1000 {
        assert!(
            std::time::Instant::now() < end,
            "not renewed in the background"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(federation.browsers().len(), 2);
    federation.no_browser_is_left();
}

/// On a terminal, where programs may ask.
#[test]
fn one_window_for_all_who_wait() {
    let federation = Federation::installed();
    let laptop = &federation.laptop;
    federation.make_interactive();
    let on_terminal = |number: usize| -> Run {
        let command = format!("apono-login {GET_TOKEN} >answer-{number}");
        let run = laptop.home.run("script", ["-qec", &command, "/dev/null"]);
        run.env("SHELL", "/bin/sh")
    };
    std::thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || on_terminal(number).succeeds());
        }
    });
    for number in 0..4 {
        let answer: serde_json::Value =
            serde_json::from_str(&laptop.home.read(&format!("answer-{number}"))).unwrap();
        assert_eq!(answer["kind"], "ExecCredential");
    }
    assert_eq!(federation.browsers().len(), 1);
    assert_eq!(federation.idp.sign_ins(), 1);
    // Somebody else is signed in there now: said once, then there is peace for a minute.
    federation.idp.end_sessions();
    federation.idp.set_person(Some("bob@example.com"));
    laptop.succeeds(laptop.run("logout --sso"));
    let output = on_terminal(5).exits(1);
    assert!(
        output.stdout.contains("takes you for somebody else"),
        "{output}"
    );
    let output = on_terminal(5).exits(3);
    assert!(output.stdout.contains("less than a minute ago"), "{output}");
    assert_eq!(federation.browsers().len(), 2);
}

#[test]
fn all_profiles_with_one_sign_in() {
    let federation = Federation::with(Options::default());
    let laptop = &federation.laptop;
    federation.idp.set_cookie(Cookie::Once);
    for profile in ["one", "two", "three"] {
        let command = format!("{} --profile {profile}", federation.install_command());
        laptop.succeeds(laptop.run(&command));
    }
    let install = "install --profile keys --account-id 111122223333 --email alice@example.com --region eu-west-1";
    laptop.succeeds(laptop.run(install));
    let output = federation.succeeds(laptop.run("login --all"));
    for profile in ["one", "two", "three", "keys"] {
        assert!(
            output.stderr.lines().any(|line| line.starts_with(profile)),
            "{output}"
        );
    }
    assert_eq!(federation.idp.sign_ins(), 1);
    assert_eq!(federation.browsers().len(), 1);
    federation.succeeds(laptop.run("login --all"));
    assert_eq!(
        federation.browsers().len(),
        1,
        "all of them are logged in to"
    );

    // A role that is not assigned is one profile's failure.
    let config = laptop.home.read(".aws/config");
    let role = "apono_role_arn = arn:aws:iam::111122223333:role/";
    let (before, rest) = config.split_once(role).unwrap();
    laptop
        .home
        .write(".aws/config", format!("{before}{role}x-{rest}"));
    let output = laptop.run("login --all --force").exits(1);
    output.explains(&[
        "1 of 4 profiles are not logged in to",
        "one:",
        "not assigned to you",
        "role/x-apono-k8s-access",
    ]);
    laptop.home.write(".aws/config", config);

    // The person is asked once, and each profile says what is wrong.
    federation.idp.set_person(Some("bob@example.com"));
    let output = laptop.run("login --all --force").exits(1);
    output.explains(&[
        "3 of 4 profiles are not logged in to",
        "one:",
        "three:",
        "takes you for somebody else",
    ]);
    assert_eq!(federation.browsers().len(), 3);
}
