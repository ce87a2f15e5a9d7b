//! The cache of credentials: encrypted, private, never a cause of failure, separate by profile, filled by one process.

mod edits;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod one_at_a_time;
pub mod sealed;
#[cfg(target_os = "linux")]
mod unwritable;

use std::time::Duration;

use kit::home::Output;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};
use kit::standin::{Fault, Operation, Service};

const CACHE: &str = ".cache/apono-login";

fn logins(laptop: &Laptop) -> usize {
    laptop.aws.count(Operation::AssumeRole)
}

fn logged_in() -> Laptop {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    laptop
}

/// Logs in and checks that the cache is used.
#[track_caller]
fn logs_in_from_the_cache(laptop: &Laptop, command: &str) -> Output {
    let before = logins(laptop);
    let output = laptop.succeeds(laptop.run(command));
    assert_eq!(logins(laptop), before, "{output}");
    output
}

#[test]
fn a_hit_needs_no_network() {
    let laptop = logged_in();
    laptop.aws.forget();
    for command in [LOGIN, GET_TOKEN, "export-credentials", "status"] {
        laptop.succeeds(laptop.run(command));
    }
    laptop.asked_none_of(&[Service::Sts, Service::Eks, Service::Metadata]);
    let Laptop { aws, home } = laptop;
    drop(aws);
    let offline = home
        .apono_login(GET_TOKEN)
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("AWS_CA_BUNDLE", "/nowhere");
    assert!(offline.succeeds().json()["status"]["token"].is_string());
}

#[test]
fn the_last_minute_is_not_used() {
    let laptop = Laptop::new();
    let soon = chrono::Utc::now() + chrono::TimeDelta::seconds(64);
    let soon = soon.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    laptop
        .aws
        .misbehave_times(Operation::AssumeRole, Fault::field("Expiration", &soon), 1);
    laptop.succeeds(laptop.run(LOGIN));
    std::thread::sleep(Duration::from_secs(5));
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(logins(&laptop), 2);
}

#[test]
fn logging_out_leaves_nothing() {
    let laptop = logged_in();
    laptop.home.write(
        ".aws/config",
        PROFILE.to_owned() + &PROFILE.replace("apono-k8s-access]", "second]"),
    );
    laptop.succeeds(laptop.run("login --profile second"));
    let logout = |arguments: &str, title: &str| {
        let output = laptop.succeeds(laptop.run(&format!("logout{arguments}")));
        output.recorded(title);
        laptop.cached("entry").len()
    };
    assert_eq!(logout("", "one of two"), 1, "the other profile's stays");
    logs_in_from_the_cache(&laptop, "login --profile second");
    logout("", "again");
    logout(" --all", "all");
    assert!(!laptop.home.path(CACHE).exists());
    logout(" --all", "all again");
    let before = logins(&laptop);
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(logins(&laptop), before + 1);
}
