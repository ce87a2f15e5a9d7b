//! What needs Linux or its programs here.

use super::*;
use kit::tools;

#[test]
fn kubeconfig() {
    let laptop = Laptop::new();
    laptop
        .home
        .write(".kube/config", "apiVersion: v1\nkind: Config\n");
    finds(&laptop, "no entry");

    let laptop = healthy();
    let endpoint = laptop.aws.cluster("prod").endpoint;
    edit(
        &laptop,
        ".kube/config",
        &endpoint,
        "https://old.example.com",
    );
    finds(&laptop, "an old address");

    let laptop = healthy();
    let kubeconfig = laptop.home.read(".kube/config");
    let (_, data) = kubeconfig
        .split_once("certificate-authority-data: ")
        .unwrap();
    let (data, _) = data.split_once('\n').unwrap();
    edit(&laptop, ".kube/config", data, "AAAA");
    finds(&laptop, "an old certificate authority");

    for (title, files) in [
        ("a device in place of the kubeconfig", "/dev/null"),
        ("no kubeconfig at all", "::"),
    ] {
        finds_when(&healthy(), title, DOCTOR, |run| {
            run.env("KUBECONFIG", files)
        });
    }

    // With `--profile`, because the default is the profile in use.
    let laptop = healthy();
    edit(
        &laptop,
        ".kube/config",
        "- apono-k8s-access",
        "- apono-other",
    );
    let named = format!("{DOCTOR} --profile apono-k8s-access");
    finds_when(&laptop, "another profile", &named, |run| run);

    // As `aws eks update-kubeconfig --role-arn` writes it.
    let laptop = healthy();
    for (list, item) in [
        ("clusters:\n", format!("- name: theirs\n  cluster:\n    server: {}\n", laptop.aws.cluster("prod").endpoint)),
        ("contexts:\n", "- name: theirs\n  context:\n    cluster: theirs\n    user: theirs\n".to_owned()),
        ("users:\n", "- name: theirs\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1beta1\n      command: aws\n".to_owned()),
    ] {
        edit(&laptop, ".kube/config", list, &format!("{list}{item}"));
    }
    let switch = ["config", "use-context", "theirs"];
    laptop.home.run(tools::kubectl("1.37"), switch).succeeds();
    finds(&laptop, "the current context does not use apono-login");
}
