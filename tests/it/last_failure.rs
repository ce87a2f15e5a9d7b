//! Programs with a window hide what their plugins print: `status` and `doctor` show the last failure, until credentials
//! are got again.

use std::time::{Duration, Instant};

use crate::sources::sign_in::{Style, laptop as laptop_of, sign_in};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Fault, Operation};

const EXPORT: &str = "export-credentials";

fn refused() -> Fault {
    Fault::Error {
        status: 403,
        code: "AccessDenied".to_owned(),
        message: format!("not authorized, {}", "x".repeat(2000)),
    }
}

/// Returns what `status` says in JSON.
fn last(laptop: &Laptop) -> serde_json::Value {
    let output = laptop.run("status --output json").output();
    laptop.check_discretion(&output);
    output.json()["last_failure"].clone()
}

#[test]
fn it_is_shown_until_there_are_credentials() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    laptop.succeeds(laptop.run("logout"));
    assert_eq!(last(&laptop), serde_json::Value::Null);
    laptop.aws.misbehave(Operation::AssumeRole, refused());
    for (run, command) in [(EXPORT, EXPORT), (GET_TOKEN, "get-token")] {
        laptop.run(run).exits(1);
        let told = last(&laptop);
        assert_eq!(told["command"], command);
        assert!(told["at"].as_str().unwrap().ends_with('Z'), "{told}");
        assert_eq!(told["config_file"], serde_json::Value::Null);
        assert!(!told["hints"].as_array().unwrap().is_empty(), "{told}");
        assert!(told.to_string().len() < 3000, "{told}");
    }
    let kept = laptop.cached("failed");
    assert_eq!(kept.len(), 1);
    kit::laptop::has_mode(&kept[0], 0o600);
    laptop.run("status").exits(0).recorded("status");
    // What a user sees is no news.
    let before = last(&laptop);
    laptop.run(LOGIN).exits(1);
    assert_eq!(last(&laptop), before);
    laptop.aws.behave();
    let doctor = laptop.run("doctor").succeeds();
    assert!(
        doctor
            .stdout
            .contains("the last failure of another program"),
        "{doctor}"
    );
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(last(&laptop), serde_json::Value::Null);
    assert!(laptop.cached("failed").is_empty());
    let doctor = laptop.run("doctor").succeeds();
    assert!(!doctor.stdout.contains("last failure"), "{doctor}");
}

#[test]
fn a_sign_in_that_is_needed() {
    let laptop = laptop_of(Style::Session);
    laptop.run(GET_TOKEN).exits(3);
    let told = last(&laptop);
    assert_eq!(told["command"], "get-token");
    assert!(told["hints"].to_string().contains("apono-login"), "{told}");
    sign_in(&laptop, Style::Session, "alice@example.com");
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(last(&laptop), serde_json::Value::Null);
}

/// A failure to reach AWS is shared for some seconds; one that was typed ends that, and not the report.
#[test]
fn a_network_that_fails() {
    let laptop = Laptop::new();
    let away = |arguments: &str| {
        let run = laptop.run(arguments);
        run.env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    };
    away(GET_TOKEN).exits(4);
    let first = last(&laptop);
    away(GET_TOKEN).exits(4).explains(&["not tried again"]);
    assert_eq!(last(&laptop), first);
    away(LOGIN).exits(4);
    assert_eq!(last(&laptop), first);
    let again = away(GET_TOKEN).exits(4);
    assert!(!again.stderr.contains("not tried again"), "{again}");
    laptop.succeeds(laptop.run(LOGIN));
    assert_eq!(last(&laptop), serde_json::Value::Null);
}

#[test]
fn a_renewal_in_the_background() {
    let laptop = Laptop::new();
    laptop.aws.set_session_seconds(300);
    laptop.succeeds(laptop.run(LOGIN));
    laptop.aws.misbehave(Operation::AssumeRole, refused());
    laptop.succeeds(laptop.run(GET_TOKEN));
    let end = Instant::now() + Duration::from_secs(50);
    while laptop.cached("failed").is_empty() {
        assert!(Instant::now() < end, "no failure was kept");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(last(&laptop)["command"], "background renewal");
    laptop.aws.behave();
    laptop.succeeds(laptop.run(LOGIN));
    assert_eq!(last(&laptop), serde_json::Value::Null);
}

/// A program of the desktop looks for the profile in another file than this shell.
#[test]
fn with_other_config_files() {
    let laptop = Laptop::new();
    let desktop = laptop.run(GET_TOKEN);
    let desktop = desktop.env("AWS_CONFIG_FILE", laptop.home.path("other"));
    desktop.exits(1);
    let told = last(&laptop);
    assert_eq!(
        told["config_file"],
        laptop.home.path("other").display().to_string()
    );
    laptop.run("status").exits(0).recorded("status");
    laptop.succeeds(laptop.run(LOGIN));
    assert_eq!(last(&laptop), serde_json::Value::Null);
}

/// A `credential_process` may print anything. It is shown where it fails, and not kept.
#[test]
fn without_what_a_program_printed() {
    const SAID: &str = "the password is hunter2";
    let script = match cfg!(windows) {
        true => format!("echo {SAID}>&2& exit 7"),
        false => format!("sh -c \"echo '{SAID}' >&2; exit 7\""),
    };
    let source = format!("[profile default]\ncredential_process = {script}\n");
    let laptop = Laptop::with_config(source + kit::laptop::PROFILE);
    std::fs::remove_file(laptop.home.path(".aws/credentials")).unwrap();
    for command in [GET_TOKEN, EXPORT] {
        let output = laptop.run(command).exits(1);
        assert!(output.stderr.contains(SAID), "{output}");
        let kept = std::fs::read_to_string(&laptop.cached("failed")[0]).unwrap();
        assert!(!kept.contains("hunter2"), "{kept}");
        let told = last(&laptop);
        let failed = match cfg!(windows) {
            true => "credential_process failed: exit code: 7",
            false => "credential_process failed: exit status: 7",
        };
        assert_eq!(told["causes"][0], failed);
        let status = laptop.run("status").succeeds();
        assert!(!status.stdout.contains("hunter2"), "{status}");
    }
}
