//! The oldest and the newest pinned kubectl read the written kubeconfig and run the program as their
//! plugin. The stand-in serves AWS and the cluster.

mod entries;
mod environment;

use kit::home::Run;
use kit::laptop::{INSTALL, LOGIN, Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Operation, Options};
use kit::tools;

const VERSIONS: [&str; 2] = ["1.32", "1.37"];
const CLUSTER_ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";

/// Returns Alice's laptop with the profile installed, before any login.
fn installed() -> Laptop {
    let laptop = Laptop::bare(Options::default());
    laptop.succeeds(laptop.run(INSTALL));
    laptop
}

/// Returns the laptop after `apono-login` and `update-kubeconfig`.
fn ready() -> Laptop {
    let laptop = installed();
    laptop.succeeds(laptop.run(LOGIN));
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    laptop
}

fn kubectl(laptop: &Laptop, version: &str, arguments: &str) -> Run {
    let words = arguments.split_whitespace();
    laptop.home.run(tools::kubectl(version), words)
}

#[track_caller]
fn lists_pods(laptop: &Laptop, version: &str, arguments: &str) {
    let pods = kubectl(laptop, version, &format!("get pods {arguments}"));
    let pods = pods.succeeds();
    assert!(pods.stdout.contains("cart-5f6b8c9d7-2xkqp"), "{pods}");
}

#[test]
fn pods_are_listed_as_the_person() {
    let laptop = ready();
    let written = laptop.home.read(".kube/config");
    // Entries of older versions of apono-login are v1, which stays right.
    for api in ["v1", "v1beta1"] {
        let api = format!("client.authentication.k8s.io/{api}");
        let config = written.replace("client.authentication.k8s.io/v1beta1", &api);
        assert!(config.contains(&format!("{api}\n")), "{config}");
        laptop.home.write(".kube/config", config);
        for version in VERSIONS {
            lists_pods(&laptop, version, "");
            let whoami = kubectl(&laptop, version, "auth whoami -o json");
            let whoami = whoami.succeeds().json();
            let username = &whoami["status"]["userInfo"]["username"];
            assert_eq!(username, "alice@example.com", "{version}, {api}");
            // The person has no access to this namespace: the API server's error says so and names the user.
            let forbidden = kubectl(&laptop, version, "get pods -n payments").exits(1);
            forbidden.explains(&["Forbidden", "alice@example.com", "payments"]);
        }
    }
}

#[test]
fn the_kubeconfig_reads_as_it_should() {
    let laptop = installed();
    let alias = format!("{UPDATE_KUBECONFIG} --alias work --namespace shop");
    laptop.succeeds(laptop.run(&alias));
    for version in VERSIONS {
        let view = kubectl(&laptop, version, "config view --raw -o json");
        let view = view.succeeds().json();
        let context = &view["contexts"][0];
        assert_eq!(view["current-context"], "work");
        assert_eq!(context["name"], "work");
        assert_eq!(context["context"]["namespace"], "shop");
        assert_eq!(context["context"]["user"], view["users"][0]["name"]);
        assert_eq!(context["context"]["cluster"], view["users"][0]["name"]);
        let cluster = &view["clusters"][0];
        assert_eq!(cluster["name"], context["context"]["cluster"]);
        let endpoint = &laptop.aws.cluster("prod").endpoint;
        assert_eq!(cluster["cluster"]["server"], *endpoint);
        let exec = &view["users"][0]["user"]["exec"];
        let text = |name: &str| exec[name].as_str().unwrap();
        assert_eq!(text("apiVersion"), "client.authentication.k8s.io/v1beta1");
        assert!(text("command").starts_with('/'), "{exec}");
        assert_eq!(text("interactiveMode"), "Never");
        assert_ne!(text("installHint"), "");
        let arguments = exec["args"].as_array().unwrap();
        assert!(arguments.contains(&"get-token".into()), "{exec}");
        assert!(arguments.contains(&"v1beta1".into()), "{exec}");
    }
}

#[test]
fn entries_of_others_stay_what_they_were() {
    let laptop = installed();
    laptop.home.write(
        ".kube/config",
        "# mine\napiVersion: v1\nkind: Config\nclusters:\n- name: kind\n  cluster: {server: 'https://127.0.0.1:1'}\n\
         users:\n- name: kind\n  user: {token: secret}\ncontexts:\n- name: kind\n  context: {cluster: kind, user: kind}\n\
         current-context: kind\n",
    );
    let others = |version| {
        let view = "config view --raw --minify --context kind -o json";
        kubectl(&laptop, version, view).succeeds().json()
    };
    let before = VERSIONS.map(others);
    let no_switch = format!("{UPDATE_KUBECONFIG} --no-switch");
    laptop.succeeds(laptop.run(&no_switch));
    assert_eq!(VERSIONS.map(others), before);
    for version in VERSIONS {
        let current = kubectl(&laptop, version, "config current-context");
        assert_eq!(current.succeeds().stdout, "kind\n");
        lists_pods(&laptop, version, &format!("--context {CLUSTER_ARN}"));
    }
}

/// kubectl only reports that the plugin failed, so the program's stderr has to explain it.
#[test]
fn a_failing_plugin_explains_itself_through_kubectl() {
    let laptop = ready();
    laptop.succeeds(laptop.run("logout"));
    laptop.aws.expire(&laptop.aws.source("default").access_key);
    for version in VERSIONS {
        let run = kubectl(&laptop, version, "get pods");
        let run = run.known_as(&format!("kubectl-{version} get pods"));
        run.exits(1).recorded(version);
    }
}

/// A link as krew creates it.
#[test]
fn as_a_plugin_of_kubectl() {
    let mut laptop = installed();
    let plugin = laptop.home.path("plugins/kubectl-apono_login");
    std::fs::create_dir(laptop.home.path("plugins")).unwrap();
    std::os::unix::fs::symlink(kit::home::apono_login(), &plugin).unwrap();
    laptop.home = laptop.home.with_path(plugin.parent().unwrap());
    for version in VERSIONS {
        let update = format!("apono-login {UPDATE_KUBECONFIG}");
        kubectl(&laptop, version, &update).succeeds();
        // The link stays when the version changes.
        let command = format!("command: {}", plugin.display());
        assert!(laptop.home.read(".kube/config").contains(&command));
        lists_pods(&laptop, version, "");
        kubectl(&laptop, version, "apono-login doctor").succeeds();
    }
    kubectl(&laptop, VERSIONS[0], "apono-login uninstall --yes").succeeds();
    assert!(!laptop.home.read(".kube/config").contains("apono"));
}

/// k9s, an editor and a shell prompt start at the same time in the morning.
#[test]
fn many_kubectls_at_once_log_in_once() {
    let laptop = ready();
    laptop.succeeds(laptop.run("logout"));
    laptop.aws.forget();
    std::thread::scope(|scope| {
        for version in VERSIONS.repeat(4) {
            let laptop = &laptop;
            scope.spawn(move || lists_pods(laptop, version, ""));
        }
    });
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 1);
}

/// Messages after a login: the next command if no cluster is set up, or that kubectl is missing; each is shown once.
#[test]
fn what_is_missing_for_kubectl_is_said() {
    let laptop = installed();
    let says = |run: Run, title: &str| {
        laptop.succeeds(run).recorded(title);
    };
    says(laptop.run(LOGIN), "no cluster yet");
    says(laptop.run(LOGIN), "said once");
    // PATH without kubectl, and then with it.
    let update = |folder| laptop.run(UPDATE_KUBECONFIG).env("PATH", folder);
    says(update(laptop.home.path("bin")), "no kubectl");
    says(update(laptop.home.path("bin")), "said once");
    std::fs::remove_file(laptop.home.path(".kube/config")).unwrap();
    says(update(tools::bin()), "with kubectl");
    says(laptop.run("login --force"), "with a cluster");
    laptop.home.write(".kube/config", "users: [\n");
    says(laptop.run("login --force"), "with a broken kubeconfig");
}
