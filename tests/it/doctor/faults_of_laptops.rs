//! Failures that the person has to fix on the computer.

#[cfg(target_os = "linux")]
mod linux;

use super::{DOCTOR, finds, finds_when, healthy, passes, with_profile};
use kit::home::apono_login;
use kit::laptop::{Laptop, PROFILE, UPDATE_KUBECONFIG};

const GONE: &str = "/opt/old/apono-login";

/// Replaces text in a file, which must contain it.
fn edit(laptop: &Laptop, file: &str, from: &str, to: &str) {
    let text = laptop.home.read(file);
    assert!(text.contains(from), "{from} in\n{text}");
    laptop.home.write(file, text.replace(from, to));
}

/// Returns the path of apono-login as a text of a kubeconfig.
fn in_yaml() -> String {
    apono_login().replace('\\', r"\\")
}

#[test]
fn program() {
    let laptop = healthy();
    edit(&laptop, ".kube/config", &in_yaml(), GONE);
    finds(&laptop, "kubectl runs a program that is not there");

    laptop.home.write(".kube/config", "clusters: [\n");
    finds(&laptop, "a kubeconfig that is no YAML");

    // The fixed entry keeps its names, and the current context stays.
    let laptop = healthy();
    let names = "--alias my-prod --user-alias me --no-switch";
    laptop
        .run(&format!("{UPDATE_KUBECONFIG} {names}"))
        .succeeds();
    let kubeconfig = laptop.home.read(".kube/config");
    let (before, entry) = kubeconfig.rsplit_once("name: me\n").unwrap();
    let entry = entry.replacen(&in_yaml(), GONE, 1);
    laptop
        .home
        .write(".kube/config", format!("{before}name: me\n{entry}"));
    finds(&laptop, "a broken entry with names of its own");
}

/// kubectl warns if it cannot read its default preferences, and fails if the file was named or contradicts itself.
#[test]
fn kubectls_preferences() {
    let laptop = healthy();
    let head = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";
    for (title, preferences) in [
        (
            "all plugins are denied",
            "credentialPluginPolicy: DenyAll\n",
        ),
        (
            "a list without a policy",
            "credentialPluginAllowlist:\n- name: aws\n",
        ),
    ] {
        laptop
            .home
            .write(".kube/kuberc", format!("{head}{preferences}"));
        finds(&laptop, title);
    }
    laptop.home.write(".kube/kuberc", "a: [");
    passes(
        &laptop,
        "preferences that kubectl skips",
        laptop.run(DOCTOR),
    );
    finds_when(&laptop, "preferences that are not there", DOCTOR, |run| {
        run.env("KUBERC", "/nowhere/kuberc")
    });
    let path = laptop.home.path("elsewhere/kuberc");
    let list = |name: &str| {
        let list = "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: ";
        laptop
            .home
            .write("elsewhere/kuberc", format!("{head}{list}{name}\n"));
    };
    list("aws");
    finds_when(&laptop, "other plugins are listed", DOCTOR, |run| {
        run.env("KUBERC", &path)
    });
    // kubectl 1.35 reads `name`, later ones `command` too.
    list(apono_login());
    laptop.run(DOCTOR).env("KUBERC", &path).succeeds();
    list("aws\n- command: aws");
    finds_when(&laptop, "entries for other versions", DOCTOR, |run| {
        run.env("KUBERC", &path)
    });
    list(&format!("aws\n- command: {}", apono_login()));
    passes(
        &laptop,
        "an entry that kubectl 1.35 does not read",
        laptop.run(DOCTOR).env("KUBERC", &path),
    );
    list("a//b");
    finds_when(
        &laptop,
        "an entry that stops every command",
        DOCTOR,
        |run| run.env("KUBERC", &path),
    );
}

#[test]
fn config() {
    let laptop = healthy();
    let twice = format!("{PROFILE}[profile x]\na = 1\n[profile x]\nb = 1\n");
    let cases: [(&str, &[u8]); 3] = [
        ("a config file that botocore refuses", twice.as_bytes()),
        ("a config file that is not UTF-8", b"[profile \xff]\n"),
        ("no profile", b"[default]\nregion = eu-west-1\n"),
    ];
    for (title, config) in cases {
        laptop.home.write(".aws/config", config);
        finds(&laptop, title);
    }
    for (title, from, to) in [
        ("half a profile", "role_session_name", "session_name"),
        ("a source profile that is not there", "= default", "= gone"),
    ] {
        finds(&with_profile(from, to, ""), title);
    }
    // The profile allows only this store, which does not work here, so each call of kubectl would fail.
    let store = with_profile("", "", "apono_store = secret-service\n");
    finds_when(
        &store,
        "a credential store that does not work",
        DOCTOR,
        |run| {
            run.env_remove("APONO_LOGIN_STORE")
                .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
        },
    );
}

#[test]
fn aws_tools_run_a_program_that_is_gone() {
    let laptop = Laptop::new();
    laptop.run("install --credential-process --yes").succeeds();
    laptop.run(UPDATE_KUBECONFIG).succeeds();
    edit(&laptop, ".aws/config", apono_login(), GONE);
    finds(&laptop, "");
    laptop.run("install --yes").succeeds();
    laptop.run(DOCTOR).succeeds();
}

#[test]
fn clock() {
    let laptop = healthy();
    for (title, seconds) in [("ahead", -3_630), ("behind", 930)] {
        laptop.aws.set_clock_skew(seconds);
        finds(&laptop, title);
    }
}

#[test]
fn network() {
    let laptop = healthy();
    let proxy = "http://user:hunter2@127.0.0.1:9";
    let gone = laptop.home.path("gone/ca.pem").display().to_string();
    let cases: [(&str, &[&str], &str); 3] = [
        ("refused", &["AWS_ENDPOINT_URL_STS"], "http://127.0.0.1:9"),
        (
            "a proxy that is not there",
            &["HTTPS_PROXY", "HTTP_PROXY"],
            proxy,
        ),
        ("a CA bundle that is not there", &["AWS_CA_BUNDLE"], &gone),
    ];
    for (title, names, value) in cases {
        let set = |run| {
            names
                .iter()
                .fold(run, |run: kit::home::Run, name| run.env(name, value))
        };
        assert!(!set(laptop.run(DOCTOR)).output().stdout.contains("hunter2"));
        finds_when(&laptop, title, DOCTOR, set);
    }
}
