//! Signing in with SAML on every system, with a browser that says what is written down: `saml` has a real one, on Linux.

use kit::Home;
use kit::home::patience;
use kit::idp::{Claims, PROVIDER_ARN, SIGN_IN, UNCHECKED};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::silent::{closed, heard, opened, posts, program, says};
use kit::standin::{Operation, Options, ROLE_ARN};
use std::time::Instant;

use crate::sources::sign_in::ALICE;

/// The folder for data that stays on this computer.
const DATA: &str = match std::env::consts::OS.as_bytes() {
    b"windows" => ".cache",
    b"macos" => "Library/Application Support",
    _ => ".local/share",
};

/// Returns a laptop with a profile that signs in with SAML.
fn installed() -> Laptop {
    let Laptop { aws, home } = Laptop::bare(Options::default());
    aws.add_saml_provider("Okta", UNCHECKED);
    aws.trust_saml(ROLE_ARN, PROVIDER_ARN);
    let laptop = Laptop {
        home: home.with_env("APONO_LOGIN_BROWSER", program()),
        aws,
    };
    let install = format!(
        "install --account-id 111122223333 --email {ALICE} --region eu-west-1 --saml-provider Okta \
         --saml-url https://idp.example.com/app"
    );
    laptop.succeeds(laptop.run(&install));
    laptop
}

fn signs_in(home: &Home, email: &str) {
    let response = Claims::of(email).unchecked();
    let form = [("SAMLResponse", response.as_str()), ("RelayState", "")];
    // A page of the identity provider posts to itself first.
    let other = posts("https://idp.example.com/login", &[("code", "1")]);
    says(home, &[opened(), other, posts(SIGN_IN, &form)]);
}

#[test]
fn a_person_signs_in() {
    let laptop = installed();
    signs_in(&laptop.home, ALICE);
    laptop.succeeds(laptop.run(LOGIN)).recorded("");
    laptop.succeeds(laptop.run(GET_TOKEN));
    let asked = || laptop.aws.count(Operation::AssumeRoleWithSaml);
    assert_eq!(asked(), 2, "12 hours, then one hour");
    let told = heard(&laptop.home);
    let named = |method: &str| told.iter().any(|command| command.contains(method));
    assert!(told[0].contains("signin.aws.amazon.com/saml"), "{told:?}");
    assert!(named("Fetch.continueRequest"), "{told:?}");
    assert!(named("Fetch.fulfillRequest"), "{told:?}");
    assert!(told.last().unwrap().contains("Browser.close"), "{told:?}");

    // What the browser remembers goes with the sign-in.
    let data = laptop.home.path(DATA).join("apono-login/browser");
    let folders = || std::fs::read_dir(&data).into_iter().flatten().flatten();
    let folders = || folders().filter(|found| found.path().is_dir()).count();
    assert_eq!(folders(), 1);
    laptop.succeeds(laptop.run("logout --sso"));
    assert_eq!(folders(), 0);
}

#[test]
fn a_sign_in_that_fails() {
    let laptop = installed();
    let fails = |messages: &[String], status: i32, title: &str| {
        says(&laptop.home, messages);
        let started = Instant::now();
        laptop.failed(laptop.run(LOGIN).output(), status, title);
        assert!(started.elapsed() < patience(20), "{title}");
    };
    fails(&[opened(), closed()], 3, "the window is closed");
    fails(&["exit".to_owned()], 1, "no display");
    fails(&["hello".to_owned()], 1, "no browser");
    let refusal = r#"{"id":1,"error":{"message":"DevTools remote debugging is disallowed"}}"#;
    fails(&[refusal.to_owned()], 1, "a policy");
    fails(&[opened(), posts(SIGN_IN, &[("x", "y")])], 1, "no response");
    let get = posts(&format!("{SIGN_IN}?SAMLResponse=x"), &[]);
    let get = get.replace("POST", "GET");
    fails(&[opened(), get], 1, "a redirect");
    signs_in(&laptop.home, "bob@example.com");
    laptop.failed(laptop.run(LOGIN).output(), 1, "another user");
    assert_eq!(laptop.aws.count(Operation::AssumeRoleWithSaml), 0);
    signs_in(&laptop.home, ALICE);
    laptop.succeeds(laptop.run(LOGIN));
}

/// The browser gets 30 seconds to open its window.
#[test]
fn a_browser_that_says_nothing() {
    let laptop = installed();
    let started = Instant::now();
    laptop.failed(laptop.run(LOGIN).output(), 1, "");
    let took = started.elapsed().as_secs();
    assert!((30..30 + patience(15).as_secs()).contains(&took), "{took}");
}
