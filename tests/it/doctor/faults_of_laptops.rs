//! What is for the person to mend.

use super::{DOCTOR, Diagnosis, finds, finds_when, healthy};
use kit::home::apono_login;
use kit::laptop::{Laptop, PROFILE, UPDATE_KUBECONFIG};

const YOU: &str = "you";

#[track_caller]
fn yours(laptop: &Laptop, step: &str, words: &[&str]) {
    let diagnosis = Diagnosis {
        step,
        owner: YOU,
        status: 1,
        words,
    };
    finds(laptop, DOCTOR, &diagnosis);
}

#[test]
fn kubectl_runs_a_program_that_is_gone() {
    let laptop = healthy();
    let kubeconfig = laptop
        .home
        .read(".kube/config")
        .replace(apono_login(), "/opt/old/apono-login");
    laptop.home.write(".kube/config", kubeconfig);
    yours(
        &laptop,
        "program",
        &[
            "kubectl cannot run /opt/old/apono-login",
            "`apono-login update-kubeconfig --name prod --region eu-west-1` writes where it is now",
        ],
    );
}

#[test]
fn a_kubeconfig_that_is_no_yaml() {
    let laptop = healthy();
    laptop.home.write(".kube/config", "clusters: [\n");
    yours(&laptop, "program", &["kubectl cannot read", "line "]);
}

#[test]
fn kubectls_preferences_deny_all_plugins() {
    let laptop = healthy();
    laptop.home.write(
        ".kube/kuberc",
        "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ncredentialPluginPolicy: DenyAll\n",
    );
    yours(
        &laptop,
        "program",
        &[
            "kubectl does not run apono-login",
            "credentialPluginPolicy is DenyAll",
            &format!("- name: {}", apono_login()),
        ],
    );
}

#[test]
fn kubectls_preferences_list_other_plugins() {
    let laptop = healthy();
    let kuberc = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ncredentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: aws\n";
    laptop.home.write("elsewhere/kuberc", kuberc);
    let path = laptop.home.path("elsewhere/kuberc");
    let run = |format: &str| {
        laptop
            .run(&format!("{DOCTOR}{format}"))
            .env("KUBERC", &path)
    };
    let diagnosis = Diagnosis {
        step: "program",
        owner: YOU,
        status: 1,
        words: &["credentialPluginAllowlist has no entry for"],
    };
    finds_when(&laptop, run, &diagnosis);
    // And one that lists us is no fault.
    laptop
        .home
        .write("elsewhere/kuberc", kuberc.replace("aws", apono_login()));
    laptop.run(DOCTOR).env("KUBERC", &path).succeeds();
}

/// kubectl warns of its own file where it cannot read it, and stops at one that is named or contradicts itself.
#[test]
fn kubectls_preferences_that_kubectl_refuses() {
    let laptop = healthy();
    laptop.home.write(".kube/kuberc", "a: [");
    let told = laptop.run(DOCTOR).succeeds();
    assert!(told.stdout.contains("note: kubectl passes over "), "{told}");
    let run = |format: &str| {
        laptop
            .run(&format!("{DOCTOR}{format}"))
            .env("KUBERC", "/nowhere/kuberc")
    };
    let diagnosis = Diagnosis {
        step: "program",
        owner: YOU,
        status: 1,
        words: &["kubectl stops at its own preferences", "KUBERC names it"],
    };
    finds_when(&laptop, run, &diagnosis);
    laptop.home.write(
        ".kube/kuberc",
        "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\ncredentialPluginAllowlist:\n- name: aws\n",
    );
    yours(
        &laptop,
        "program",
        &[
            "kubectl stops at its own preferences",
            "credentialPluginPolicy is not Allowlist",
        ],
    );
}

/// The entry that is to be mended keeps its names, and the current context stays.
#[test]
fn a_broken_entry_with_names_of_its_own() {
    let laptop = healthy();
    laptop
        .run("update-kubeconfig --name prod --region eu-west-1 --alias my-prod --user-alias me --no-switch")
        .succeeds();
    let kubeconfig = laptop.home.read(".kube/config");
    let (before, after) = kubeconfig.split_once("name: me\n").unwrap();
    let (before, after) = match before.contains("users:") {
        true => (
            before.to_owned(),
            after.replacen(apono_login(), "/opt/old/apono-login", 1),
        ),
        false => (before.to_owned(), after.to_owned()),
    };
    laptop
        .home
        .write(".kube/config", format!("{before}name: me\n{after}"));
    yours(
        &laptop,
        "program",
        &[
            "`apono-login update-kubeconfig --name prod --region eu-west-1 --alias my-prod --user-alias me --no-switch`",
        ],
    );
}

#[test]
fn a_config_file_that_botocore_refuses() {
    let laptop = healthy();
    laptop.home.write(
        ".aws/config",
        format!("{PROFILE}[profile x]\na = 1\n[profile x]\nb = 1\n"),
    );
    yours(
        &laptop,
        "config",
        &[
            "AWS tools cannot all read",
            "line 8: a section of this name came before",
        ],
    );
}

#[test]
fn a_config_file_that_nobody_can_read() {
    let laptop = healthy();
    laptop.home.write(".aws/config", b"[profile \xff]\n");
    yours(&laptop, "config", &["config:1 is not UTF-8"]);
}

#[test]
fn no_profile() {
    let laptop = healthy();
    laptop
        .home
        .write(".aws/config", "[default]\nregion = eu-west-1\n");
    yours(
        &laptop,
        "config",
        &[
            "profile apono-k8s-access is not set up",
            "run `apono-login install` in a terminal",
        ],
    );
}

#[test]
fn half_a_profile() {
    let laptop = healthy();
    laptop.home.write(
        ".aws/config",
        PROFILE.replace("role_session_name", "session_name"),
    );
    yours(
        &laptop,
        "config",
        &[
            "profile apono-k8s-access is incomplete",
            "lacks role_session_name",
        ],
    );
}

#[test]
fn a_source_profile_that_is_not_there() {
    let laptop = healthy();
    laptop
        .home
        .write(".aws/config", PROFILE.replace("= default", "= gone"));
    yours(
        &laptop,
        "config",
        &[
            "source profile gone does not exist",
            "install --source-profile NAME",
        ],
    );
}

#[test]
fn aws_tools_run_a_program_that_is_gone() {
    let laptop = Laptop::new();
    laptop.run("install --credential-process --yes").succeeds();
    laptop.run(UPDATE_KUBECONFIG).succeeds();
    let config = laptop
        .home
        .read(".aws/config")
        .replace(apono_login(), "/opt/old/apono-login");
    laptop.home.write(".aws/config", config);
    yours(
        &laptop,
        "config",
        &[
            "AWS tools cannot run /opt/old/apono-login",
            "`apono-login install --yes` writes where it is now",
        ],
    );
    laptop.run("install --yes").succeeds();
    laptop.run(DOCTOR).succeeds();
}

/// Only this one may keep the key, and it is not here: every call of kubectl would fail.
#[test]
fn a_credential_store_that_does_not_work() {
    let laptop = healthy();
    laptop.home.write(
        ".aws/config",
        format!("{PROFILE}apono_store = secret-service\n"),
    );
    let run = |format: &str| {
        laptop
            .run(&format!("{DOCTOR}{format}"))
            .env_remove("APONO_LOGIN_STORE")
    };
    let diagnosis = Diagnosis {
        step: "config",
        owner: YOU,
        status: 1,
        words: &[
            "the credential store secret-service does not work here",
            "see that DBUS_SESSION_BUS_ADDRESS is set",
        ],
    };
    finds_when(&laptop, run, &diagnosis);
}

#[test]
fn a_clock_that_is_ahead() {
    let laptop = healthy();
    laptop.aws.set_clock_skew(-3_630);
    yours(
        &laptop,
        "clock",
        &[
            "this computer's clock is 60 minutes ahead",
            "more than five minutes off",
            "timedatectl",
        ],
    );
}

#[test]
fn a_clock_that_is_behind() {
    let laptop = healthy();
    laptop.aws.set_clock_skew(930);
    yours(
        &laptop,
        "clock",
        &["this computer's clock is 15 minutes behind"],
    );
}

#[test]
fn no_network() {
    let laptop = healthy();
    let run = |format: &str| {
        laptop
            .run(&format!("{DOCTOR}{format}"))
            .env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")
    };
    let diagnosis = Diagnosis {
        step: "network",
        owner: YOU,
        status: 4,
        words: &[
            "STS in eu-west-1 cannot be reached",
            "refused",
            "check your network, VPN and proxy",
        ],
    };
    finds_when(&laptop, run, &diagnosis);
}

#[test]
fn a_proxy_that_is_not_there() {
    let laptop = healthy();
    let run = |format: &str| {
        laptop
            .run(&format!("{DOCTOR}{format}"))
            .env("HTTPS_PROXY", "http://user:hunter2@127.0.0.1:9")
            .env("HTTP_PROXY", "http://user:hunter2@127.0.0.1:9")
    };
    assert!(!run("").output().stdout.contains("hunter2"));
    let diagnosis = Diagnosis {
        step: "network",
        owner: YOU,
        status: 4,
        words: &["STS in eu-west-1 cannot be reached", "HTTPS_PROXY"],
    };
    finds_when(&laptop, run, &diagnosis);
}

#[test]
fn a_ca_bundle_that_is_not_there() {
    let laptop = healthy();
    let run = |format: &str| {
        laptop
            .run(&format!("{DOCTOR}{format}"))
            .env("AWS_CA_BUNDLE", "/nowhere/ca.pem")
    };
    let diagnosis = Diagnosis {
        step: "network",
        owner: YOU,
        status: 1,
        words: &["/nowhere/ca.pem: no such file", "AWS_CA_BUNDLE"],
    };
    finds_when(&laptop, run, &diagnosis);
}

#[test]
fn no_entry_in_the_kubeconfig() {
    let laptop = Laptop::new();
    laptop
        .home
        .write(".kube/config", "apiVersion: v1\nkind: Config\n");
    yours(
        &laptop,
        "kubeconfig",
        &[
            "your kubeconfig has no entry for cluster prod in eu-west-1",
            "`apono-login update-kubeconfig --name prod --region eu-west-1`",
        ],
    );
}

#[test]
fn an_entry_with_an_old_address() {
    let laptop = healthy();
    let endpoint = laptop.aws.cluster("prod").endpoint;
    let kubeconfig = laptop
        .home
        .read(".kube/config")
        .replace(&endpoint, "https://old.example.com");
    laptop.home.write(".kube/config", kubeconfig);
    yours(
        &laptop,
        "kubeconfig",
        &[
            "is not the cluster's",
            "the kubeconfig says https://old.example.com",
            "update-kubeconfig",
        ],
    );
}

#[test]
fn an_entry_with_an_old_certificate_authority() {
    let laptop = healthy();
    let kubeconfig = laptop.home.read(".kube/config");
    let (before, rest) = kubeconfig
        .split_once("certificate-authority-data: ")
        .unwrap();
    let (_, after) = rest.split_once('\n').unwrap();
    laptop.home.write(
        ".kube/config",
        format!("{before}certificate-authority-data: AAAA\n{after}"),
    );
    yours(
        &laptop,
        "kubeconfig",
        &["the certificate authority of context", "update-kubeconfig"],
    );
}

#[test]
fn an_entry_that_signs_in_with_another_profile() {
    let laptop = healthy();
    let kubeconfig = laptop
        .home
        .read(".kube/config")
        .replace("- apono-k8s-access", "- apono-other");
    laptop.home.write(".kube/config", kubeconfig);
    let diagnosis = Diagnosis {
        step: "kubeconfig",
        owner: YOU,
        status: 1,
        words: &[
            "signs in with profile apono-other",
            "update-kubeconfig --name prod --region eu-west-1",
        ],
    };
    // Named: else the profile in use would be the one in question.
    let typed = format!("{DOCTOR} --profile apono-k8s-access");
    finds(&laptop, &typed, &diagnosis);
}

/// As `aws eks update-kubeconfig --role-arn` writes it.
#[test]
fn the_current_context_goes_another_way() {
    let laptop = healthy();
    let cluster = laptop.aws.cluster("prod");
    let mut kubeconfig = laptop.home.read(".kube/config");
    for (list, item) in [
        ("clusters:\n", format!("- name: theirs\n  cluster:\n    server: {}\n", cluster.endpoint)),
        ("contexts:\n", "- name: theirs\n  context:\n    cluster: theirs\n    user: theirs\n".to_owned()),
        (
            "users:\n",
            "- name: theirs\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: aws\n".to_owned(),
        ),
    ] {
        kubeconfig = kubeconfig.replacen(list, &format!("{list}{item}"), 1);
    }
    laptop.home.write(".kube/config", kubeconfig);
    laptop
        .home
        .run(
            kit::tools::kubectl("1.34"),
            ["config", "use-context", "theirs"],
        )
        .succeeds();
    yours(
        &laptop,
        "kubeconfig",
        &[
            "does not sign in through apono-login",
            "context theirs runs `aws`",
            "`kubectl config use-context arn:aws:eks:eu-west-1:111122223333:cluster/prod`",
        ],
    );
}
