//! `login --all`: one sign-in for each SSO session, all roles at once.

use std::time::{Duration, Instant};

use crate::sources::sign_in::{ACCOUNT, ALICE, START_URL};
use crate::sso::person::{allow, browser, links};
use kit::browser::Browser;
use kit::home::{Output, patience};
use kit::laptop::{GET_TOKEN, Laptop};
use kit::standin::{Operation, Options, Role};

const OTHER_ACCOUNT: &str = "444455556666";
const MFA: &str = "\
[profile mfa]
role_arn = arn:aws:iam::111122223333:role/apono-k8s-access
role_session_name = alice@example.com
source_profile = operator
mfa_serial = arn:aws:iam::111122223333:mfa/operator
region = eu-west-1
";

fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/apono-k8s-access")
}

/// Returns the config of two SSO sessions with two accounts and two profiles each, and a profile with access keys.
fn config() -> String {
    let ours = |name: &str, account: &str, source: &str| {
        let role = role(account);
        format!(
            "[profile {name}]\nrole_arn = {role}\nrole_session_name = {ALICE}\nsource_profile = {source}\n\
             region = eu-west-1\n"
        )
    };
    let mut config = ours("keys", ACCOUNT, "default");
    for (session, start_url) in [
        ("corp", START_URL),
        ("labs", "https://d-0987654321.awsapps.com/start"),
    ] {
        config += &format!(
            "[sso-session {session}]\nsso_start_url = {start_url}\nsso_region = eu-west-1\n\
             sso_registration_scopes = sso:account:access\n"
        );
        for (number, account) in [(1, ACCOUNT), (2, OTHER_ACCOUNT)] {
            let source = format!("source-{session}-{number}");
            config += &ours(&format!("{session}-{number}"), account, &source);
            config += &format!(
                "[profile {source}]\nsso_session = {session}\nsso_account_id = {account}\n\
                 sso_role_name = Engineer\nregion = eu-west-1\n"
            );
        }
    }
    config
}

/// Returns a laptop with two SSO sessions, each of which two profiles use.
pub fn two_sessions() -> Laptop {
    let config = config();
    let keys = config.find("[sso-session").unwrap();
    laptop(&config[keys..])
}

fn laptop(config: &str) -> Laptop {
    let laptop = Laptop::with_config(config);
    laptop.aws.put_role(Role::guide(&role(OTHER_ACCOUNT)));
    laptop.aws.assign(ALICE, OTHER_ACCOUNT, "Engineer");
    laptop
}

/// Runs `login --all`; Alice completes the given number of sign-ins.
fn login_all(laptop: &Laptop, sign_ins: usize) -> Output {
    let run = laptop.run("login --all").env("BROWSER", browser(laptop));
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            for count in 1..=sign_ins {
                allow(&links(laptop, count)[count - 1]);
            }
        });
        run.output()
    });
    laptop.check_discretion(&output);
    assert_eq!(laptop.aws.count(Operation::Consent), sign_ins, "{output}");
    output
}

#[test]
fn one_browser_for_each_session_and_all_roles_at_once() {
    let laptop = laptop(&config());
    login_all(&laptop, 2).ended(0).recorded("first");
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 2);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 2);
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 5);
    for profile in ["corp-1", "corp-2", "keys", "labs-1", "labs-2"] {
        let run = laptop.run(&format!("{GET_TOKEN} --profile {profile}"));
        laptop.succeeds(run).json();
    }
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 5, "from the cache");

    // The second run has nothing to do.
    laptop.aws.forget();
    login_all(&laptop, 0).ended(0).recorded("again");
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 0);

    // One profile takes two requests, to the portal and then to STS. Five profiles in parallel take no longer.
    laptop.succeeds(laptop.run("logout --all"));
    laptop.aws.forget();
    laptop.aws.set_delay(Duration::from_secs(2));
    let started = Instant::now();
    login_all(&laptop, 0).ended(0);
    let took = started.elapsed();
    assert_eq!(laptop.aws.count(Operation::GetRoleCredentials), 4);
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 5);
    assert!(took > Duration::from_secs(4), "{took:?}");
    assert!(took < patience(8), "one after the other: {took:?}");
}

#[test]
fn one_that_is_broken_keeps_no_other_out() {
    let laptop = laptop(&config());
    laptop.aws.delete_role(&role(OTHER_ACCOUNT));
    laptop.failed(login_all(&laptop, 2), 1, "two are broken");
    for (profile, status) in [("corp-1", 0), ("keys", 0), ("corp-2", 1)] {
        let run = laptop.run(&format!("{GET_TOKEN} --profile {profile}"));
        run.exits(status);
    }
    // Fixed as the hint says. The other profiles are not touched.
    laptop.aws.put_role(Role::guide(&role(OTHER_ACCOUNT)));
    laptop.aws.forget();
    login_all(&laptop, 0).ended(0).recorded("fixed");
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 2);
}

/// An incomplete profile is reported too, and the SSO session that only this profile needs is not signed in to.
#[test]
fn one_that_cannot_be_read() {
    let config = config().replace(
        "[profile source-labs-2]\nsso_session = labs\n",
        "[profile source-labs-2]\n",
    );
    let laptop = laptop(&config);
    laptop.failed(login_all(&laptop, 2), 1, "");
}

/// After a denied sign-in at one SSO session, the other one is still signed in to, and the denied one is not tried again.
#[test]
fn a_session_that_is_denied() {
    let laptop = laptop(&config());
    let run = laptop.run("login --all").env("BROWSER", browser(&laptop));
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            Browser::new().deny(&links(&laptop, 1)[0]);
            allow(&links(&laptop, 2)[1]);
        });
        run.output()
    });
    laptop.failed(output, 3, "");
    assert_eq!(laptop.aws.count(Operation::Consent), 2);
    assert_eq!(links(&laptop, 2).len(), 2);
}

#[test]
fn nothing_is_installed() {
    let laptop = Laptop::bare(Options::default());
    for config in ["", "[profile work]\nregion = eu-west-1\n"] {
        laptop.home.write(".aws/config", config);
        let output = laptop.run("login --all").exits(1);
        laptop.check_discretion(output.recorded(""));
    }
}

#[test]
fn an_mfa_code_without_a_terminal() {
    let laptop = laptop(&format!("{}{MFA}", config()));
    laptop.failed(login_all(&laptop, 2), 3, "");
}
