//! After the sign-in: kubectl and AWS tools, expiring credentials, and an identity provider that remembers the person.

use std::time::Duration;

use crate::saml::federation::{ALICE, Federation};
use crate::sso::person::caller;
use kit::idp::{Claims, Cookie};
use kit::laptop::{GET_TOKEN, LOGIN, UPDATE_KUBECONFIG};
use kit::tools;

/// The settings that an AWS tool reads in the profile, and the credentials it gets.
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
    let aws = || caller(laptop, "apono-k8s-access").known_as("aws sts get-caller-identity");
    // The person must sign in: aws shows the program's message.
    let output = aws().output();
    assert!(!output.recorded("").status.success());

    federation.succeeds(federation.bring(&Claims::of(ALICE)));
    aws().succeeds().recorded("signed in");
    for command in ["export-credentials --format env", "exec -- true", GET_TOKEN] {
        laptop.run(command).succeeds();
    }
    assert_eq!(federation.roles_assumed(), 2);
    laptop.succeeds(laptop.run("status")).recorded("");
}

/// botocore and the AWS SDK for Rust read the same values from the profile.
#[test]
fn botocore_and_the_sdk_read_it_alike() {
    let federation = Federation::new();
    // A URL as identity providers use them.
    let url = "https://example.okta.com/home/amazon_aws/0oa1%2F/272?a=b&c=$(id);d=#/x!(y)*";
    let words = "install --account-id 111122223333 --email alice@example.com --region eu-west-1 --saml-provider Okta.x-y_z --saml-url";
    let words = words.split(' ').chain([url]);
    federation
        .laptop
        .succeeds(federation.laptop.run_words(words));
    let script = "import botocore.session, json; \
                  print(json.dumps(botocore.session.Session(profile='apono-k8s-access').get_scoped_config()))";
    let botocore = federation.laptop.home.run(tools::python(), ["-c", script]);
    let botocore = botocore.succeeds().json();
    assert_eq!(botocore["apono_saml_url"], url);
    let arn = "arn:aws:iam::111122223333:saml-provider/Okta.x-y_z";
    assert_eq!(botocore["apono_saml_provider_arn"], arn);
    // The program reads the file with the SDK; a second run changes nothing.
    let again = federation.laptop.run("install --region eu-west-1");
    federation.succeeds(again).recorded("");
    federation.laptop.run("status").exits(3).recorded("");
}

#[test]
fn kubectl_works_and_says_when_the_credentials_have_expired() {
    let federation = Federation::installed();
    let laptop = &federation.laptop;
    federation.succeeds(laptop.run(LOGIN));
    federation.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let kubectl = || laptop.home.run(tools::kubectl("1.37"), ["get", "pods"]);
    assert!(kubectl().succeeds().stdout.contains("cart-5f6b8c9d7-2xkqp"));
    laptop.succeeds(laptop.run("doctor")).recorded("");

    laptop.aws.set_session_seconds(75);
    federation.succeeds(laptop.run("login --force"));
    laptop.aws.set_session_seconds(3600);
    std::thread::sleep(Duration::from_secs(17));
    let before = federation.browsers().len();
    let output = kubectl().known_as("kubectl get pods").exits(1);
    output.recorded("");
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
    // Before the first sign-in the browser remembers nothing, so no attempt is made.
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "before the first sign-in");
    assert_eq!(federation.browsers().len(), 0);
    federation.succeeds(laptop.run(LOGIN));
    assert_eq!(federation.idp.sign_ins(), 1);

    federation.log_out();
    laptop.aws.forget();
    std::thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| assert_eq!(laptop.run(GET_TOKEN).succeeds().stderr, ""));
        }
    });
    let [_, silent] = federation.browsers().try_into().unwrap();
    assert!(silent.contains("--headless=new"), "{silent}");
    assert_eq!(federation.idp.sign_ins(), 1, "no user was asked");
    // One of the processes, with a second attempt.
    assert_eq!(federation.roles_assumed(), 2);

    // The session at the identity provider has ended: one attempt, then none until the person has signed in.
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
    while federation.seconds_left() < 1000 {
        assert!(
            std::time::Instant::now() < end,
            "not renewed in the background"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(federation.browsers().len(), 2);
    federation.no_browser_is_left();
}

/// On a terminal, where programs may start a sign-in.
#[test]
fn one_window_for_all_who_wait() {
    let federation = Federation::installed();
    let laptop = &federation.laptop;
    federation.make_interactive();
    let on_terminal = |number: usize| {
        let answer = format!("answer-{number}");
        laptop.home.planted_at(laptop.home.path(&answer));
        let command = format!("apono-login {GET_TOKEN} >{answer}");
        laptop.home.on_terminal(&command)
    };
    std::thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || on_terminal(number).succeeds());
        }
    });
    for number in 0..4 {
        let answer = laptop.home.read(&format!("answer-{number}"));
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["kind"], "ExecCredential");
    }
    assert_eq!(federation.browsers().len(), 1);
    assert_eq!(federation.idp.sign_ins(), 1);
    // Another person is signed in there now: one message, then no browser for a minute.
    federation.idp.end_sessions();
    federation.idp.set_person(Some("bob@example.com"));
    laptop.succeeds(laptop.run("logout --sso"));
    on_terminal(5).exits(1).recorded("another person");
    on_terminal(5).exits(3).recorded("within a minute");
    assert_eq!(federation.browsers().len(), 2);
}

#[test]
fn all_profiles_with_one_sign_in() {
    let federation = Federation::new();
    let laptop = &federation.laptop;
    federation.idp.set_cookie(Cookie::Once);
    for profile in ["one", "two", "three"] {
        let command = format!("{} --profile {profile}", federation.install_command());
        laptop.succeeds(laptop.run(&command));
    }
    let install = "install --profile keys --account-id 111122223333 --email alice@example.com --region eu-west-1";
    laptop.succeeds(laptop.run(install));
    let login_all = || federation.succeeds(laptop.run("login --all"));
    login_all().recorded("");
    assert_eq!(federation.idp.sign_ins(), 1);
    assert_eq!(federation.browsers().len(), 1);
    login_all().recorded("again");
    assert_eq!(federation.browsers().len(), 1);

    // A role that is not assigned fails one profile only.
    let config = laptop.home.read(".aws/config");
    let role = "apono_role_arn = arn:aws:iam::111122223333:role/";
    let (before, rest) = config.split_once(role).unwrap();
    let other = format!("{before}{role}x-{rest}");
    laptop.home.write(".aws/config", other);
    let force = || laptop.run("login --all --force").output();
    laptop.failed(force(), 1, "one role is not assigned");
    laptop.home.write(".aws/config", config);

    // One sign-in for all profiles, and each profile reports its failure.
    federation.idp.set_person(Some("bob@example.com"));
    laptop.failed(force(), 1, "another person");
    assert_eq!(federation.browsers().len(), 3);
}
