//! `logout --sso`: out, here and at AWS.

use std::net::TcpListener;

use crate::sources::sign_in::{
    START_URL, STYLES, Style, laptop, leave_token, nobody_was_asked, sign_in,
};
use crate::sso::person::{signing_in, token_file};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE, files_below};
use kit::standin::{Fault, Operation, Options};

const ALICE: &str = "alice@example.com";

#[track_caller]
fn nothing_is_left(laptop: &Laptop) {
    let left = files_below(&laptop.home.path(".aws/sso/cache"));
    assert!(left.is_empty(), "{left:?}");
    assert!(laptop.cached("entry").is_empty());
}

#[test]
fn out_here_and_at_aws() {
    for style in STYLES {
        let laptop = laptop(style);
        assert!(signing_in(&laptop, LOGIN, ALICE).status.success());
        let here = token_file(&laptop, style);
        let refresh_token = here["refreshToken"].as_str();
        assert_eq!(laptop.aws.sign_ins().len(), 1);
        laptop.aws.forget();
        laptop.succeeds(laptop.run("logout --sso")).explains(&[
            "Signed out at",
            START_URL,
            "Forgot the credentials of",
        ]);
        assert_eq!(laptop.aws.count(Operation::Logout), 1, "{style:?}");
        nothing_is_left(&laptop);
        // Access and refresh token are dead, wherever somebody has a copy of them.
        assert!(laptop.aws.sign_ins().is_empty());
        let copy = here.to_string();
        laptop.home.write(&style.token_file(), &copy);
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
        let over = copy.replace(here["expiresAt"].as_str().unwrap(), "2026-01-01T00:00:00Z");
        laptop.home.write(&style.token_file(), over);
        laptop.aws.forget();
        laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
        let tried = usize::from(refresh_token.is_some());
        assert_eq!(laptop.aws.count(Operation::CreateToken), tried);

        // It is over already: no failure, and nothing is left of it either.
        laptop.home.write(&style.token_file(), &copy);
        laptop.succeeds(laptop.run("logout --sso"));
        nothing_is_left(&laptop);
        assert!(signing_in(&laptop, LOGIN, ALICE).status.success());
    }
}

/// Without `--sso` the person stays signed in.
#[test]
fn a_plain_logout_leaves_the_sign_in() {
    let laptop = laptop(Style::Session);
    assert!(signing_in(&laptop, LOGIN, ALICE).status.success());
    for command in ["logout", "logout --all"] {
        laptop.succeeds(laptop.run(command));
        assert_eq!(laptop.aws.count(Operation::Logout), 0);
        laptop.succeeds(laptop.run(GET_TOKEN)).json();
    }
    assert_eq!(laptop.aws.count(Operation::Authorize), 1);
}

#[test]
fn a_session_of_two_profiles_is_ended_once() {
    let second = PROFILE
        .replace("[profile apono-k8s-access]", "[profile second]")
        .replace("= default", "= work");
    let first = PROFILE.replace("= default", "= work");
    let keys = PROFILE.replace("[profile apono-k8s-access]", "[profile keys]");
    let laptop = Laptop::with_config([Style::Session.config(), first, second, keys].concat());
    sign_in(&laptop, Style::Session, ALICE);
    for profile in ["apono-k8s-access", "second", "keys"] {
        laptop.succeeds(laptop.run(&format!("login --profile {profile}")));
    }
    laptop.aws.forget();
    let output = laptop.succeeds(laptop.run("logout --all --sso"));
    output.explains(&[
        "keys has no sign-in to end",
        "Forgot the credentials of 3 profiles",
    ]);
    assert_eq!(
        output.stderr.matches("Signed out at").count(),
        1,
        "{output}"
    );
    assert_eq!(laptop.aws.count(Operation::Logout), 1);
    nothing_is_left(&laptop);
}

#[test]
fn aws_cannot_be_told() {
    for all in ["", " --all"] {
        let laptop = laptop(Style::Session);
        for fault in [Fault::HangUp, Fault::unavailable()] {
            assert!(signing_in(&laptop, LOGIN, ALICE).status.success());
            laptop.aws.misbehave(Operation::Logout, fault);
            let output = laptop.run(&format!("logout --sso{all}")).exits(4);
            check_lives_on(&laptop, &output);
            laptop.aws.behave();
        }
        assert!(signing_in(&laptop, LOGIN, ALICE).status.success());
        let nobody_listens = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", nobody_listens.local_addr().unwrap());
        drop(nobody_listens);
        let run = laptop.run(&format!("logout --sso{all}"));
        let output = run.env("AWS_ENDPOINT_URL_SSO", url).exits(4);
        check_lives_on(&laptop, &output);
    }
}

#[track_caller]
fn check_lives_on(laptop: &Laptop, output: &kit::home::Output) {
    laptop.check_discretion(output);
    assert_eq!(output.stdout, "", "{output}");
    output.explains(&[
        "error: the SSO session could not be ended at",
        START_URL,
        "lives on at AWS until its time is over",
        "hint: ",
    ]);
    nothing_is_left(laptop);
}

#[test]
fn nobody_is_signed_in() {
    let laptop = laptop(Style::Session);
    for command in ["logout --sso", "logout --sso --all"] {
        let output = laptop.succeeds(laptop.run(command));
        output.explains(&["Nobody was signed in at", START_URL]);
    }
    nobody_was_asked(&laptop);

    // A file that nobody can read is removed, too.
    laptop.home.write(&Style::Session.token_file(), "{");
    laptop.succeeds(laptop.run("logout --sso"));
    nothing_is_left(&laptop);
    nobody_was_asked(&laptop);
}

/// Over by its file, but perhaps not for AWS: the refresh token may be good for months.
#[test]
fn a_sign_in_that_is_over_can_be_renewed_no_more() {
    let laptop = laptop(Style::Session);
    let over = laptop
        .aws
        .let_expire(sign_in(&laptop, Style::Session, ALICE));
    leave_token(&laptop, Style::Session, &over);
    laptop
        .succeeds(laptop.run("logout --sso"))
        .explains(&["Signed out at"]);
    nothing_is_left(&laptop);
    assert!(laptop.aws.sign_ins().is_empty(), "it can still be renewed");

    // Whether it can, AWS did not say.
    let over = laptop
        .aws
        .let_expire(sign_in(&laptop, Style::Session, ALICE));
    leave_token(&laptop, Style::Session, &over);
    laptop.aws.misbehave(Operation::CreateToken, Fault::HangUp);
    let output = laptop.run("logout --sso").exits(4);
    check_lives_on(&laptop, &output);
}

#[test]
fn a_profile_without_sso() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    laptop.aws.forget();
    for command in ["logout --sso", "logout --sso --all"] {
        let output = laptop.succeeds(laptop.run(command));
        output.explains(&["apono-k8s-access has no sign-in to end"]);
    }
    assert!(laptop.cached("entry").is_empty());
    nobody_was_asked(&laptop);
}

/// What `install` wrote goes, and the sign-in with it.
#[test]
fn uninstalled() {
    let laptop = Laptop::bare(Options::default());
    let install = "install --sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 --sso-role-name Engineer \
                   --account-id 111122223333 --region eu-west-1 --yes";
    let output = signing_in(&laptop, install, "alice@example.com");
    assert!(output.status.success(), "{output}");
    laptop.succeeds(laptop.run(LOGIN));
    assert_eq!(files_below(&laptop.home.path(".aws/sso")).len(), 2);
    laptop.succeeds(laptop.run("uninstall --yes")).explains(&[
        "Removed profile apono-k8s-access, profile Engineer-111122223333, sso-session example",
        "Signed out at https://example.awsapps.com/start",
        "Forgot the cached credentials",
    ]);
    assert_eq!(laptop.aws.count(Operation::Logout), 1);
    assert!(files_below(&laptop.home.path(".aws/sso")).is_empty());
    assert_eq!(laptop.home.read(".aws/config"), "");
    assert!(!laptop.home.path(".cache/apono-login").exists());
}
