//! Entries of the kubeconfig that kubectl refuses, or uses in another way than to run apono-login.

use super::{DOCTOR, finds, finds_when, healthy, passes};
use kit::home::{Output, Run, apono_login};
use kit::laptop::{Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Authority, base64};
use kit::tools;

const KUBECONFIG: &str = ".kube/config";
const USER: &str = "  user:\n";
const CLUSTER: &str = "- cluster:\n";

/// Returns a laptop with lines added at the beginning of an entry.
fn with(body: &str, lines: &str) -> Laptop {
    let laptop = healthy();
    let text = laptop.home.read(KUBECONFIG);
    assert_eq!(text.matches(body).count(), 1, "{text}");
    let more = format!("{body}    {}\n", lines.replace('\n', "\n    "));
    laptop.home.write(KUBECONFIG, text.replace(body, &more));
    laptop
}

/// Returns a laptop with other lines for the version and the mode of the exec plugin.
fn with_exec(lines: &[&str]) -> Laptop {
    let laptop = healthy();
    let text = laptop.home.read(KUBECONFIG);
    let is_other = |line: &&str| {
        !line.contains("interactiveMode:") && !line.contains("apiVersion: client.authentication")
    };
    let kept: Vec<&str> = text.lines().filter(is_other).collect();
    let exec = format!("    exec:\n      {}", lines.join("\n      "));
    let text = kept.join("\n").replace("    exec:", &exec) + "\n";
    laptop.home.write(KUBECONFIG, text);
    laptop
}

fn whoami(laptop: &Laptop) -> Output {
    let words = [
        "auth",
        "whoami",
        "-o",
        "jsonpath={.status.userInfo.username}",
    ];
    laptop.home.run(tools::kubectl("1.37"), words).output()
}

/// Checks that kubectl cannot use the entry either, and that the command of the hint fixes that.
#[track_caller]
fn finds_as_kubectl(laptop: &Laptop, title: &str) {
    let run = whoami(laptop);
    assert!(
        !run.status.success() || run.stdout != "alice@example.com",
        "{title}: {run}"
    );
    finds(laptop, title);
}

/// Of each the table beside the code has more.
#[test]
fn users() {
    let v1 = "apiVersion: client.authentication.k8s.io/v1";
    for (title, laptop) in [
        ("no interactiveMode", with_exec(&[v1])),
        (
            "an interactiveMode that is unknown",
            with_exec(&[v1, "interactiveMode: Sometimes"]),
        ),
        (
            "a version that clients have given up",
            with_exec(&["apiVersion: client.authentication.k8s.io/v1alpha1"]),
        ),
        ("a token", with(USER, "token: abc")),
        ("a password", with(USER, "username: a\npassword: b")),
        ("a certificate", with(USER, "client-certificate-data: AAAA")),
        (
            "an auth-provider",
            with(USER, "auth-provider:\n  name: gcp"),
        ),
        ("groups without a user", with(USER, "as-groups: [x]")),
    ] {
        finds_as_kubectl(&laptop, title);
    }
    passes(
        &with(USER, "as: bob"),
        "kubectl acts as another user",
        with(USER, "as: bob").run(DOCTOR),
    );
}

/// kubectl uses the first entry of a name.
#[test]
fn a_faulty_user_behind_a_right_one() {
    let laptop = with(USER, "token: abc");
    let text = laptop.home.read(KUBECONFIG);
    laptop.home.write(".kube/second", &text);
    let right = text.replace("    token: abc\n", "");
    laptop.home.write(KUBECONFIG, right);
    let files = [KUBECONFIG, ".kube/second"].map(|path| laptop.home.path(path));
    let files = std::env::join_paths(files).unwrap();
    laptop.run(DOCTOR).env("KUBECONFIG", &files).succeeds();
}

/// As an older version wrote it, without the ID. The command of the hint keeps the names.
#[test]
fn tokens_for_the_name_of_a_cluster_on_an_outpost() {
    let laptop = Laptop::new();
    let update = format!("{UPDATE_KUBECONFIG} --alias prod --user-alias prod");
    laptop.run(&update).succeeds();
    laptop.aws.change_cluster("prod", |cluster| {
        cluster.local_id = Some("0c1d2e3f-4a5b-6c7d-8e9f-0a1b2c3d4e5f".to_owned());
    });
    finds_as_kubectl(&laptop, "");
    laptop.run(&update).succeeds();
    laptop.run(DOCTOR).succeeds();
}

/// kubectl reads the file from the folder of the kubeconfig.
#[test]
fn a_certificate_authority_in_a_file() {
    let laptop = healthy();
    let text = laptop.home.read(KUBECONFIG);
    let ca = laptop.aws.cluster("prod").ca;
    let data = format!("certificate-authority-data: {}", base64(ca.as_bytes()));
    let in_file = text.replace(&data, "certificate-authority: ca.pem");
    laptop.home.write(KUBECONFIG, in_file);
    finds_as_kubectl(&laptop, "a file that is not there");
    laptop.home.write(".kube/ca.pem", ca);
    assert_eq!(whoami(&laptop).stdout, "alice@example.com");
    laptop.run(DOCTOR).succeeds();
    laptop.home.write(".kube/ca.pem", Authority::new().pem());
    finds_as_kubectl(&laptop, "a file with another authority");
}

#[test]
fn clusters() {
    for (title, lines) in [
        (
            "a proxy that is not there",
            "proxy-url: http://user:hunter2@127.0.0.1:9",
        ),
        ("a proxy that is no URL", "proxy-url: 127.0.0.1:9"),
        (
            "another name than the certificate's",
            "tls-server-name: other",
        ),
        (
            "a certificate authority, and none",
            "insecure-skip-tls-verify: true",
        ),
        (
            "two certificate authorities",
            "certificate-authority: /nowhere",
        ),
    ] {
        finds_as_kubectl(&with(CLUSTER, lines), title);
    }
    // The hint of the first two.
    let laptop = with(
        CLUSTER,
        "proxy-url: http://127.0.0.1:9\ntls-server-name: other",
    );
    let text = laptop.home.read(KUBECONFIG);
    let (_, rest) = text.split_once("contexts:").unwrap();
    let (_, name) = rest.split_once("cluster: ").unwrap();
    let name = name.lines().next().unwrap();
    for flag in ["--proxy-url=", "--tls-server-name="] {
        let words = ["config", "set-cluster", name, flag];
        laptop.home.run(tools::kubectl("1.37"), words).succeeds();
    }
    laptop.run(DOCTOR).succeeds();
    assert_eq!(whoami(&laptop).stdout, "alice@example.com");

    let laptop = healthy();
    let text = laptop.home.read(KUBECONFIG);
    let tunnel = text.replace(
        &laptop.aws.cluster("prod").endpoint,
        "https://localhost:9443",
    );
    laptop.home.write(KUBECONFIG, tunnel);
    finds(&laptop, "a tunnel");
}

/// `aws eks update-kubeconfig` gives a context of ours another user. `doctor` alone still checks the cluster.
#[test]
fn the_aws_cli_took_the_context() {
    let laptop = Laptop::new();
    let named = format!(
        "{UPDATE_KUBECONFIG} --alias {}",
        laptop.aws.cluster("prod").arn
    );
    laptop.run(&named).succeeds();
    let words = "eks update-kubeconfig --name prod --region eu-west-1 --profile apono-k8s-access";
    laptop.home.run(tools::aws(), words.split(' ')).succeeds();
    finds_when(&laptop, "", "doctor", |run| run);
}

/// A link as krew creates it, and no other: commands are shown as they are typed then.
#[test]
fn as_a_plugin_of_kubectl_alone() {
    let mut laptop = healthy();
    laptop
        .aws
        .change_cluster("prod", |cluster| cluster.mapped_roles.clear());
    let plugin = laptop.home.path("plugins/kubectl-apono_login");
    std::fs::create_dir(laptop.home.path("plugins")).unwrap();
    std::os::unix::fs::symlink(apono_login(), &plugin).unwrap();
    laptop.home = laptop.home.with_path(plugin.parent().unwrap());
    let folders = format!("{}:/usr/bin:/bin", plugin.parent().unwrap().display());
    let run = |words: &str| -> Run {
        let run = laptop.home.run(tools::kubectl("1.37"), words.split(' '));
        run.env("PATH", &folders)
            .known_as(&format!("kubectl {words}"))
    };
    run("apono-login doctor").exits(1).recorded("");
    laptop.home.write(
        "permissions.json",
        r#"{"Version": "2012-10-17", "Statement": []}"#,
    );
    for (words, names) in [
        ("logout", false),
        ("status", true),
        ("token inspect", true),
        ("policy check permissions.json", true),
        ("uninstall --yes", false),
        ("login", true),
        ("status", true),
        ("export-credentials", true),
    ] {
        let output = run(&format!("apono-login {words}")).output();
        let text = output.stdout.clone() + &output.stderr;
        assert_eq!(text.contains("`kubectl apono-login"), names, "{output}");
        assert!(!text.contains("`apono-login"), "{output}");
    }
}
