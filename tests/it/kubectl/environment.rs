//! kubectl that a program of the desktop starts does not have the variables of the shell that the cluster was added in.

use super::*;

/// Returns a laptop whose AWS config files are in another folder, and which has that in the environment.
fn elsewhere() -> Laptop {
    let laptop = Laptop::bare(Options::default());
    let credentials = laptop.home.read(".aws/credentials");
    laptop.home.write("cfg/credentials", credentials);
    std::fs::remove_file(laptop.home.path(".aws/credentials")).unwrap();
    laptop
}

/// Prepares a command with the variables, one of which is a relative path.
fn with_files(laptop: &Laptop, arguments: &str) -> Run {
    let credentials = laptop.home.path("cfg/credentials");
    let run = laptop.run(arguments).env("AWS_CONFIG_FILE", "cfg/config");
    run.env("AWS_SHARED_CREDENTIALS_FILE", credentials)
}

/// Returns the exec entry of the only user.
fn exec(laptop: &Laptop) -> serde_json::Value {
    let view = kubectl(laptop, "1.37", "config view --raw -o json");
    view.succeeds().json()["users"][0]["user"]["exec"].clone()
}

fn env(laptop: &Laptop) -> Vec<(String, String)> {
    let exec = exec(laptop);
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let variables = exec["env"].as_array().cloned().unwrap_or_default();
    let variables = variables.iter();
    variables
        .map(|of| (text(&of["name"]), text(&of["value"])))
        .collect()
}

#[test]
fn what_decides_at_install_decides_at_use() {
    let laptop = elsewhere();
    let install = format!("{INSTALL} --cluster-name prod --yes");
    laptop.succeeds(with_files(&laptop, &install).env("NO_PROXY", "localhost"));
    let path = |name: &str| laptop.home.path(name).display().to_string();
    let expected = [
        ("AWS_CONFIG_FILE", path("cfg/config")),
        ("AWS_SHARED_CREDENTIALS_FILE", path("cfg/credentials")),
        ("APONO_LOGIN_STORE", "file".to_owned()),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(env(&laptop), expected);
    for version in VERSIONS {
        lists_pods(&laptop, version, "");
        laptop.succeeds(with_files(&laptop, "logout"));
        let desktop = kubectl(&laptop, version, "get pods");
        desktop.env_remove("APONO_LOGIN_STORE").succeeds();
        // The shell has the credentials that the program of the desktop got, by its own name of the file.
        let hits = laptop.aws.count(Operation::AssumeRole);
        laptop.succeeds(with_files(&laptop, kit::laptop::GET_TOKEN));
        assert_eq!(laptop.aws.count(Operation::AssumeRole), hits);
    }
    let again = laptop.succeeds(with_files(&laptop, UPDATE_KUBECONFIG));
    again.explains(&["already up to date"]);
    let files = ["cfg/config", "cfg/credentials"];
    let [config, credentials] = files.map(|name| laptop.home.read(name));
    laptop.home.write(".aws/config", config);
    laptop.home.write(".aws/credentials", credentials);
    // Where all is as it is without the variables, there are none.
    let plain = laptop.run(UPDATE_KUBECONFIG);
    let plain = plain.env("AWS_CONFIG_FILE", path(".aws/config"));
    let plain = plain.env("APONO_LOGIN_STORE", "auto");
    laptop.succeeds(plain).recorded("another shell");
    let file = laptop.home.read(".kube/config");
    assert!(file.contains("      env: null\n"), "{file}");
}

#[test]
fn proxies_and_certificates() {
    let laptop = ready();
    let with = |run: Run, variables: &[(&str, &str)]| {
        variables
            .iter()
            .fold(run, |run, (name, value)| run.env(name, value))
    };
    let update = |variables: &[(&str, &str)]| {
        let run = with(laptop.run(UPDATE_KUBECONFIG), variables);
        laptop.succeeds(run)
    };
    let names = || {
        let names = env(&laptop).into_iter().map(|(name, _)| name);
        names.collect::<Vec<_>>()
    };
    let proxy = "http://127.0.0.1:9";
    let kubeconfig = laptop.home.read(".kube/config");
    let mine = kubeconfig.replace(
        "      env:\n",
        "      env:\n      # of my own\n      - name: MINE\n        value: \"1\"\n",
    );
    laptop.home.write(".kube/config", &mine);
    let dry_run = format!("{UPDATE_KUBECONFIG} --dry-run");
    let shown = with(laptop.run(&dry_run), &[("HTTPS_PROXY", proxy)]);
    laptop.succeeds(shown).recorded("a dry run with a proxy");
    update(&[
        ("HTTPS_PROXY", proxy),
        ("all_proxy", "socks5://127.0.0.1:9"),
        ("no_proxy", "127.0.0.1"),
        ("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"),
    ])
    .recorded("a proxy");
    assert_eq!(
        names(),
        ["MINE", "APONO_LOGIN_STORE", "HTTPS_PROXY", "no_proxy"]
    );
    lists_pods(&laptop, "1.37", "");
    // The password is in no file: the kit looks for it in all of them.
    let secret = format!("http://alice:{}@127.0.0.1:9", kit::canary::CANARY);
    let run = with(
        laptop.run(UPDATE_KUBECONFIG),
        &[("HTTPS_PROXY", &secret), ("NO_PROXY", "127.0.0.1")],
    );
    laptop.succeeds(run).recorded("a proxy with a password");
    assert_eq!(
        names(),
        ["MINE", "APONO_LOGIN_STORE", "HTTPS_PROXY", "NO_PROXY"]
    );
    update(&[]).recorded("no proxy");
    assert_eq!(laptop.home.read(".kube/config"), mine);
}

/// A line of `credential_process` cannot set variables.
#[test]
fn aws_tools_do_not_have_them() {
    let laptop = elsewhere();
    let install = format!("{INSTALL} --credential-process --yes");
    laptop
        .succeeds(with_files(&laptop, &install))
        .recorded("install");
}

#[test]
fn a_proxy_to_the_cluster() {
    let laptop = ready();
    let clean = laptop.home.read(".kube/config");
    let update = |more: &str| laptop.run(&format!("{UPDATE_KUBECONFIG} {more}"));
    let proxy = "socks5://127.0.0.1:9";
    let output = laptop.succeeds(update(&format!("--proxy-url {proxy}")));
    output.recorded("a proxy");
    let with = laptop.home.read(".kube/config");
    assert_eq!(
        with,
        clean.replace(
            "\n  name: apono",
            &format!("\n    proxy-url: {proxy}\n  name: apono")
        )
    );
    let pods = kubectl(&laptop, "1.37", "get pods").exits(1);
    pods.explains(&["127.0.0.1:9"]);
    laptop.succeeds(update("")).recorded("kept");
    assert_eq!(laptop.home.read(".kube/config"), with);
    let none = [
        "update-kubeconfig",
        "--name",
        "prod",
        "--region",
        "eu-west-1",
        "--proxy-url",
        "",
    ];
    laptop.succeeds(laptop.run_words(none));
    lists_pods(&laptop, "1.37", "");
    for (title, bad) in [
        ("a scheme", "socks5h://127.0.0.1:9".to_owned()),
        ("no URL", "127.0.0.1:9".to_owned()),
        (
            "a password",
            format!("http://alice:{}@127.0.0.1:9", kit::canary::CANARY),
        ),
    ] {
        let run = update(&format!("--proxy-url {bad}"));
        laptop.fails(run.known_as("update-kubeconfig --proxy-url …"), 2, title);
    }
    laptop.succeeds(update(&format!("--proxy-url {proxy}")));
    laptop.succeeds(laptop.run("uninstall --yes"));
    let file = laptop.home.read(".kube/config");
    assert!(!file.contains("proxy-url"), "{file}");
}
