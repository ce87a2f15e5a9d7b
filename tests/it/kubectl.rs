//! The real kubectl, oldest and newest of the pinned ones, reading the kubeconfig we write and running us as its plugin. AWS and
//! the cluster are the stand-in.

use kit::standin::{Operation, Options, StandIn};
use kit::{Home, tools};

const VERSIONS: [&str; 2] = ["1.29", "1.34"];
const CLUSTER_ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";

/// A laptop whose `default` profile is alice's, with the profile installed and nobody logged in.
fn laptop(aws: &StandIn) -> Home {
    let home = aws
        .env()
        .into_iter()
        .fold(Home::new(), |home, (name, value)| {
            home.with_env(name, value)
        });
    aws.write_home(&home.path("")).unwrap();
    home.apono_login(
        "install --account-id 111122223333 --email alice@example.com --region eu-west-1",
    )
    .succeeds();
    home
}

/// The laptop after `apono-login` and `update-kubeconfig`.
fn ready(aws: &StandIn) -> Home {
    let home = laptop(aws);
    home.apono_login("").succeeds();
    home.apono_login("update-kubeconfig --name prod --region eu-west-1")
        .succeeds();
    home
}

fn kubectl(home: &Home, version: &str, arguments: &str) -> kit::home::Run {
    home.run(tools::kubectl(version), arguments.split_whitespace())
}

#[test]
fn pods_are_listed_as_the_person() {
    let aws = StandIn::start(Options::default());
    let home = ready(&aws);
    let written = home.read(".kube/config");
    for api in ["v1", "v1beta1"] {
        home.write(
            ".kube/config",
            written.replace(
                "client.authentication.k8s.io/v1",
                &format!("client.authentication.k8s.io/{api}"),
            ),
        );
        for version in VERSIONS {
            let case = format!("kubectl {version}, client.authentication.k8s.io/{api}");
            let pods = kubectl(&home, version, "get pods").succeeds();
            assert!(
                pods.stdout.contains("cart-5f6b8c9d7-2xkqp"),
                "{case}: {pods}"
            );
            let whoami = kubectl(&home, version, "auth whoami -o json")
                .succeeds()
                .json();
            assert_eq!(
                whoami["status"]["userInfo"]["username"], "alice@example.com",
                "{case}"
            );
        }
    }
}

#[test]
fn a_namespace_without_a_grant_is_forbidden() {
    let aws = StandIn::start(Options::default());
    let home = ready(&aws);
    for version in VERSIONS {
        kubectl(&home, version, "get pods -n payments")
            .exits(1)
            .explains(&["Forbidden", "alice@example.com", "payments"]);
    }
}

#[test]
fn the_kubeconfig_reads_as_it_should() {
    let aws = StandIn::start(Options::default());
    let home = laptop(&aws);
    home.apono_login(
        "update-kubeconfig --name prod --region eu-west-1 --alias work --namespace shop",
    )
    .succeeds();
    for version in VERSIONS {
        let view = kubectl(&home, version, "config view --raw -o json")
            .succeeds()
            .json();
        assert_eq!(view["current-context"], "work");
        assert_eq!(view["contexts"][0]["name"], "work");
        assert_eq!(view["contexts"][0]["context"]["namespace"], "shop");
        assert_eq!(view["contexts"][0]["context"]["cluster"], CLUSTER_ARN);
        assert_eq!(view["clusters"][0]["name"], CLUSTER_ARN);
        assert_eq!(
            view["clusters"][0]["cluster"]["server"],
            aws.cluster("prod").endpoint
        );
        assert_eq!(
            view["contexts"][0]["context"]["user"],
            view["users"][0]["name"]
        );
        let exec = &view["users"][0]["user"]["exec"];
        assert_eq!(exec["apiVersion"], "client.authentication.k8s.io/v1");
        assert!(exec["command"].as_str().unwrap().starts_with('/'), "{exec}");
        assert!(
            ["Never", "IfAvailable"].contains(&exec["interactiveMode"].as_str().unwrap()),
            "{exec}"
        );
        assert!(
            exec["installHint"]
                .as_str()
                .is_some_and(|hint| !hint.is_empty()),
            "{exec}"
        );
        let arguments: Vec<_> = exec["args"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap())
            .collect();
        assert!(arguments.contains(&"get-token"), "{exec}");
    }
}

#[test]
fn entries_of_others_stay_what_they_were() {
    let aws = StandIn::start(Options::default());
    let home = laptop(&aws);
    home.write(
        ".kube/config",
        "# mine\napiVersion: v1\nkind: Config\nclusters:\n- name: kind\n  cluster: {server: 'https://127.0.0.1:1'}\n\
         users:\n- name: kind\n  user: {token: secret}\ncontexts:\n- name: kind\n  context: {cluster: kind, user: kind}\n\
         current-context: kind\n",
    );
    let others = |version| {
        kubectl(
            &home,
            version,
            "config view --raw --minify --context kind -o json",
        )
        .succeeds()
        .json()
    };
    let before = VERSIONS.map(others);
    home.apono_login("update-kubeconfig --name prod --region eu-west-1 --no-switch")
        .succeeds();
    assert_eq!(VERSIONS.map(others), before);
    for version in VERSIONS {
        assert_eq!(
            kubectl(&home, version, "config current-context")
                .succeeds()
                .stdout,
            "kind\n"
        );
        let pods = kubectl(&home, version, &format!("get pods --context {CLUSTER_ARN}")).succeeds();
        assert!(pods.stdout.contains("cart-"), "{pods}");
    }
}

/// kubectl itself says only that the plugin failed: what a person gets to know is our stderr.
#[test]
fn a_failing_plugin_explains_itself_through_kubectl() {
    let aws = StandIn::start(Options::default());
    let home = ready(&aws);
    home.apono_login("logout").succeeds();
    aws.expire(&aws.source("default").access_key);
    for version in VERSIONS {
        kubectl(&home, version, "get pods").exits(1).explains(&[
            "error: the source credentials have expired",
            "renew the credentials of profile default",
        ]);
    }
}

/// As a package manager of kubectl plugins links it.
#[test]
fn as_a_plugin_of_kubectl() {
    let aws = StandIn::start(Options::default());
    let home = laptop(&aws);
    let plugin = home.path("plugins/kubectl-apono_login");
    std::fs::create_dir(home.path("plugins")).unwrap();
    std::os::unix::fs::symlink(kit::home::apono_login(), &plugin).unwrap();
    let home = home.with_path(plugin.parent().unwrap());
    for version in VERSIONS {
        kubectl(
            &home,
            version,
            "apono-login update-kubeconfig --name prod --region eu-west-1",
        )
        .succeeds();
        // The link stays when the version behind it changes.
        let command = format!("command: {}", plugin.display());
        assert!(home.read(".kube/config").contains(&command));
        let pods = kubectl(&home, version, "get pods").succeeds();
        assert!(pods.stdout.contains("cart-"), "{pods}");
        kubectl(&home, version, "apono-login doctor").succeeds();
    }
    kubectl(&home, VERSIONS[0], "apono-login uninstall --yes").succeeds();
    assert!(!home.read(".kube/config").contains("apono"));
}

/// k9s, an editor and a shell prompt wake up together in the morning.
#[test]
fn many_kubectls_at_once_log_in_once() {
    let aws = StandIn::start(Options::default());
    let home = ready(&aws);
    home.apono_login("logout").succeeds();
    aws.forget();
    std::thread::scope(|scope| {
        for version in VERSIONS.repeat(4) {
            let home = &home;
            scope.spawn(move || kubectl(home, version, "get pods").succeeds());
        }
    });
    assert_eq!(aws.count(Operation::AssumeRole), 1);
}

/// Who has logged in and has no cluster yet is told how to get one; who has one, or has no kubectl, likewise what is missing.
#[test]
fn what_is_missing_for_kubectl_is_said() {
    let aws = StandIn::start(Options::default());
    let home = laptop(&aws);
    let next =
        "Next, for kubectl: `apono-login update-kubeconfig --name CLUSTER --region eu-west-1`";
    home.apono_login("").succeeds().explains(&[next]);
    let cached = home.apono_login("").succeeds();
    assert!(!cached.stderr.contains("Next"), "{cached}");

    // Programs of ours alone, and then kubectl beside them.
    let update = "update-kubeconfig --name prod --region eu-west-1";
    let missing = "hint: kubectl is not on your PATH";
    let bare = home.apono_login(update).env("PATH", home.path("bin"));
    bare.succeeds().explains(&["is the current one", missing]);
    let again = home.apono_login(update).env("PATH", home.path("bin"));
    let again = again.succeeds();
    assert!(!again.stderr.contains(missing), "said once: {again}");
    std::fs::remove_file(home.path(".kube/config")).unwrap();
    let with_kubectl = home
        .apono_login(update)
        .env("PATH", tools::bin())
        .succeeds();
    assert!(!with_kubectl.stderr.contains(missing), "{with_kubectl}");

    let known = home.apono_login("login --force").succeeds();
    assert!(!known.stderr.contains("Next"), "{known}");
    home.write(".kube/config", "users: [\n");
    home.apono_login("login --force").succeeds();
}
