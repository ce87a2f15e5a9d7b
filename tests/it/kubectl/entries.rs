//! Entries of others stay as they are; those of apono-login are as kubectl can use them.

use super::*;

const USER: &str = "apono-k8s-access@arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const COMMAND: &str = "apono-login update-kubeconfig --name prod --region eu-west-1 --alias prod";

/// A file of `aws eks update-kubeconfig`, whose cluster the user reaches through a tunnel.
fn of_the_aws_cli() -> String {
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    server: https://localhost:9443\n    tls-server-name: abc.gr7.eu-west-1.eks.amazonaws.com\n  \
         name: {CLUSTER_ARN}\ncontexts:\n- context:\n    cluster: {CLUSTER_ARN}\n    user: {CLUSTER_ARN}\n  name: {CLUSTER_ARN}\n\
         current-context: {CLUSTER_ARN}\nkind: Config\nusers:\n- name: {CLUSTER_ARN}\n  user:\n    exec:\n      \
         apiVersion: client.authentication.k8s.io/v1beta1\n      args: [eks, get-token, --cluster-name, prod]\n      command: aws\n"
    )
}

/// The printed command is run as it is.
#[test]
fn those_of_the_aws_cli_stay() {
    let laptop = Laptop::bare(Options::default());
    let theirs = of_the_aws_cli();
    laptop.home.write(".kube/config", &theirs);
    let install = format!("{INSTALL} --cluster-name prod");
    let output = laptop.failed(laptop.run(&install).output(), 1, "install");
    output.explains(&[COMMAND]);
    assert_eq!(laptop.home.read(".kube/config"), theirs);
    let no_switch = laptop.run(&format!("{UPDATE_KUBECONFIG} --no-switch --namespace shop"));
    laptop.fails(no_switch, 1, "update-kubeconfig");
    let arguments = COMMAND.strip_prefix("apono-login ").unwrap();
    laptop.succeeds(laptop.run(arguments));
    let file = laptop.home.read(".kube/config");
    assert!(
        file.contains("server: https://localhost:9443\n    tls-server-name: abc"),
        "{file}"
    );
    lists_pods(&laptop, "1.37", "--context prod");
    laptop.succeeds(laptop.run("uninstall --yes"));
    // The current context is the user's to choose.
    let back = laptop.home.read(".kube/config");
    let current = format!("current-context: {CLUSTER_ARN}");
    assert_eq!(back.replace("current-context: \"\"", &current), theirs);
}

fn view(laptop: &Laptop) -> serde_json::Value {
    let view = kubectl(laptop, "1.37", "config view --raw -o json");
    view.succeeds().json()
}

/// What kubectl fails with, or ignores apono-login for.
#[test]
fn an_own_entry_is_mended() {
    let laptop = ready();
    let clean = laptop.home.read(".kube/config");
    let replaced = |from: &str, to: &str| {
        assert!(clean.contains(from), "{from}: {clean}");
        clean.replace(from, to)
    };
    let beside = |more: &str| replaced("    exec:\n", &format!("{more}    exec:\n"));
    let api = clean
        .lines()
        .find(|line| line.contains("client.authentication"))
        .unwrap();
    let wanted = view(&laptop);
    let cases = [
        ("no mode", replaced("      interactiveMode: Never\n", "")),
        (
            "another mode",
            replaced("interactiveMode: Never", "interactiveMode: Sometimes"),
        ),
        (
            "an old API",
            replaced(
                api,
                "      apiVersion: client.authentication.k8s.io/v1alpha1",
            ),
        ),
        ("a token", beside("    token: abc\n")),
        ("a password", beside("    username: u\n    password: p\n")),
        (
            "a provider",
            beside("    auth-provider:\n      name: gcp\n"),
        ),
        (
            "a certificate",
            beside("    client-certificate-data: Q0E=\n    client-key-data: Q0E=\n"),
        ),
        (
            "no server",
            replaced("    server: https://", "    server: https://localhost:1#"),
        ),
    ];
    for (title, broken) in cases {
        laptop.home.write(".kube/config", &broken);
        // kubectl 1.32 and 1.37 agree, but for a `v1beta1` entry without a mode.
        let before = kubectl(&laptop, "1.37", "get pods").output();
        assert!(
            title == "no mode" || !before.status.success(),
            "{title}: {before}"
        );
        let output = laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
        output.recorded(title);
        assert_eq!(view(&laptop), wanted, "{title}");
        lists_pods(&laptop, "1.32", "");
    }
    // How the cluster is reached is the user's choice.
    let with_proxy = replaced(
        "    server: ",
        "    proxy-url: http://127.0.0.1:1\n    server: ",
    );
    laptop.home.write(".kube/config", &with_proxy);
    laptop
        .succeeds(laptop.run(UPDATE_KUBECONFIG))
        .recorded("a proxy");
    assert_eq!(laptop.home.read(".kube/config"), with_proxy);
}

/// Older versions named the cluster by its ARN, as the AWS CLI does.
#[test]
fn an_entry_of_an_older_version_gets_its_own_cluster() {
    let laptop = ready();
    let now = laptop.home.read(".kube/config");
    let named = |file: &str| file.matches(USER).count();
    let older = now.replace(
        &format!("cluster: {USER}"),
        &format!("cluster: {CLUSTER_ARN}"),
    );
    let older = older.replace(
        &format!("  name: {USER}\ncontexts"),
        &format!("  name: {CLUSTER_ARN}\ncontexts"),
    );
    assert_eq!((named(&now), named(&older)), (4, 2), "{now}");
    laptop.home.write(".kube/config", &older);
    lists_pods(&laptop, "1.37", "");
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    assert_eq!(laptop.home.read(".kube/config"), now);
    lists_pods(&laptop, "1.37", "");
    // A context of the AWS CLI that uses the cluster, too.
    let theirs = format!(
        "contexts:\n- context:\n    cluster: {CLUSTER_ARN}\n    user: aws\n  name: theirs\n"
    );
    laptop
        .home
        .write(".kube/config", older.replace("contexts:\n", &theirs));
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let both = laptop.home.read(".kube/config");
    assert!(
        both.contains(&theirs) && both.contains(&format!("name: {CLUSTER_ARN}\n")),
        "{both}"
    );
    lists_pods(&laptop, "1.37", "");
}

/// Tokens for a local cluster on an Outpost are for its ID.
#[test]
fn a_cluster_on_an_outpost() {
    let laptop = installed();
    let id = "0c1d2e3f-4a5b-6c7d-8e9f-0a1b2c3d4e5f";
    laptop
        .aws
        .change_cluster("prod", |cluster| cluster.local_id = Some(id.to_owned()));
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let file = laptop.home.read(".kube/config");
    assert!(
        file.contains(&format!("- --cluster-id\n      - \"{id}\"\n")),
        "{file}"
    );
    for version in VERSIONS {
        lists_pods(&laptop, version, "");
    }
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    assert_eq!(laptop.home.read(".kube/config"), file);
    let report = laptop.succeeds(laptop.run("doctor"));
    assert!(
        report.stdout.contains("you can use cluster prod"),
        "{report}"
    );
}

/// A profile that may ask gets the terminal.
#[test]
fn a_profile_that_may_ask() {
    let laptop = installed();
    let config = laptop.home.read(".aws/config");
    laptop.home.write(
        ".aws/config",
        format!("{}\napono_interactive = true\n", config.trim_end()),
    );
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    assert!(
        laptop
            .home
            .read(".kube/config")
            .contains("interactiveMode: IfAvailable")
    );
    lists_pods(&laptop, "1.37", "");
}

/// kubectl reads nothing from these, and nothing that is written to them.
#[test]
fn places_that_kubectl_does_not_read() {
    let laptop = installed();
    for variable in ["::", "/dev/null"] {
        let run = laptop.run(UPDATE_KUBECONFIG).env("KUBECONFIG", variable);
        laptop.fails(run, 1, variable);
    }
    assert!(!laptop.home.path(".kube").exists());
    laptop.succeeds(laptop.run("uninstall --yes").env("KUBECONFIG", "::"));
}

/// The current context is in the first file, its entry in the second one.
#[test]
fn two_files() {
    let kind = "apiVersion: v1\nkind: Config\nclusters:\n- name: kind\n  cluster: {server: 'https://127.0.0.1:1'}\n\
                contexts:\n- name: kind\n  context: {cluster: kind, user: kind}\ncurrent-context: kind\n\
                users:\n- name: kind\n  user: {token: x}\n";
    let laptop = installed();
    laptop.home.write("a", kind);
    let run = |arguments: &str| laptop.run(arguments).env("KUBECONFIG", "a:b");
    let to_second = format!("{UPDATE_KUBECONFIG} --kubeconfig b --no-switch");
    laptop.succeeds(run(&to_second));
    laptop.succeeds(run(UPDATE_KUBECONFIG));
    let ours = format!("current-context: {CLUSTER_ARN}");
    assert_eq!(
        laptop.home.read("a"),
        kind.replace("current-context: kind", &ours)
    );
    laptop.succeeds(run("uninstall --yes"));
    for file in ["a", "b"] {
        let text = laptop.home.read(file);
        assert!(!text.contains(CLUSTER_ARN), "{file}: {text}");
    }
}
