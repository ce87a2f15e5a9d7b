//! The doctor checks what kubectl gets, with the variables of the kubeconfig.

use super::{DOCTOR, passes};
use kit::home::Run;
use kit::laptop::{Laptop, PROFILE, UPDATE_KUBECONFIG};

/// Returns a laptop whose AWS config files are in another folder, as the kubeconfig says.
fn elsewhere() -> Laptop {
    let laptop = Laptop::new();
    laptop.home.write("cfg/config", PROFILE);
    std::fs::remove_file(laptop.home.path(".aws/config")).unwrap();
    laptop.succeeds(with_file(&laptop, UPDATE_KUBECONFIG));
    laptop
}

fn with_file(laptop: &Laptop, arguments: &str) -> Run {
    let file = laptop.home.path("cfg/config");
    laptop.run(arguments).env("AWS_CONFIG_FILE", file)
}

#[test]
fn it_runs_as_the_entry() {
    let laptop = elsewhere();
    passes(&laptop, "the same shell", with_file(&laptop, DOCTOR));
    let other = || laptop.run(DOCTOR).env_remove("APONO_LOGIN_STORE");
    passes(&laptop, "another shell", other());
    let json = laptop.run("doctor --output json").succeeds().json();
    assert_eq!(json["failure"], serde_json::Value::Null, "{json}");
    let detail = json["steps"][1]["detail"].as_str().unwrap();
    assert!(detail.contains("cfg/config"), "{json}");
    let gone = laptop
        .home
        .read(".kube/config")
        .replace("cfg/config", "cfg/gone");
    laptop.home.write(".kube/config", gone);
    let failed = with_file(&laptop, DOCTOR).exits(1);
    assert!(failed.stdout.contains("cfg/gone"), "{failed}");
    // Without an entry, it is this shell's.
    std::fs::remove_file(laptop.home.path(".kube/config")).unwrap();
    let failed = with_file(&laptop, DOCTOR).exits(1);
    assert!(failed.stdout.contains("no context"), "{failed}");
}

/// The printed command ends the warning.
#[test]
fn it_warns_of_what_the_entry_lacks() {
    let laptop = Laptop::new();
    let with = |arguments: &str| {
        let run = laptop.run(arguments).env("NO_PROXY", "127.0.0.1");
        run.env("HTTPS_PROXY", "http://127.0.0.1:9")
    };
    laptop.succeeds(laptop.run(&format!("{UPDATE_KUBECONFIG} --no-switch")));
    passes(&laptop, "the entry lacks the proxy", with(DOCTOR));
    let printed = with(DOCTOR).succeeds();
    let command = printed.stdout.split('`').find(|part| {
        let part = part.strip_prefix("apono-login ");
        part.is_some_and(|part| part.starts_with("update-kubeconfig"))
    });
    let command = command.unwrap().strip_prefix("apono-login ").unwrap();
    laptop.succeeds(with(command));
    let after = with(DOCTOR).succeeds();
    assert!(!after.stdout.contains("does not set"), "{after}");
    let secret = format!("http://alice:{}@127.0.0.1:9", kit::canary::CANARY);
    let run = with(DOCTOR)
        .env_remove("HTTPS_PROXY")
        .env("https_proxy", secret);
    passes(&laptop, "a proxy with a password", run);
}
