//! Entries of kubeconfigs, and what kubectl and doctor say of them.

use super::law::{Scene, Situation};
use kit::home::apono_login;
use kit::laptop::{LOGIN, Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Cluster, Fault, Operation, ROLE_ARN};

const DOCTOR: &str = "doctor --cluster-name prod --region eu-west-1";

pub fn situations() -> Vec<Situation> {
    vec![
        Situation {
            name: "there is no context",
            make: || scene(Laptop::new(), DOCTOR),
        },
        Situation {
            name: "the context is another profile's",
            make: || {
                let laptop = healthy();
                let other = laptop
                    .home
                    .read(".aws/config")
                    .replace("apono-k8s-access]", "other]");
                let both = laptop.home.read(".aws/config") + &other;
                laptop.home.write(".aws/config", both);
                scene(laptop, &format!("{DOCTOR} --profile other"))
            },
        },
        Situation {
            name: "kubectl runs a program that is gone",
            make: || {
                let laptop = healthy();
                let config = laptop.home.read(".kube/config");
                laptop.home.write(
                    ".kube/config",
                    config.replace(apono_login(), "/opt/old/apono-login"),
                );
                scene(laptop, DOCTOR)
            },
        },
        Situation {
            name: "another context is current",
            make: || {
                let laptop = healthy();
                let config = laptop.home.read(".kube/config");
                let current = config
                    .lines()
                    .find(|line| line.starts_with("current-context"));
                let other = config.replace(current.unwrap(), "current-context: other");
                laptop.home.write(".kube/config", other);
                scene(laptop, DOCTOR)
            },
        },
        Situation {
            name: "a context of that name is not ours",
            make: || {
                let laptop = Laptop::new();
                laptop.home.write(".kube/config", of_the_person("mine"));
                scene(laptop, &format!("{UPDATE_KUBECONFIG} --alias mine"))
            },
        },
        Situation {
            name: "a user of that name is not ours",
            make: || {
                let laptop = Laptop::new();
                laptop.home.write(".kube/config", of_the_person("mine"));
                scene(laptop, &format!("{UPDATE_KUBECONFIG} --user-alias me"))
            },
        },
        Situation {
            name: "kubectl's lock was left",
            make: || {
                let laptop = healthy();
                laptop.home.write(".kube/config.lock", "");
                scene(laptop, &format!("{UPDATE_KUBECONFIG} --alias other"))
            },
        },
        Situation {
            name: "the cluster does not know the role",
            make: || {
                let laptop = healthy();
                let no_roles = |cluster: &mut Cluster| cluster.mapped_roles.clear();
                laptop.aws.change_cluster("prod", no_roles);
                scene(laptop, DOCTOR).admin(|laptop| {
                    let map = |cluster: &mut Cluster| cluster.mapped_roles = vec![ROLE_ARN.into()];
                    laptop.aws.change_cluster("prod", map);
                })
            },
        },
        Situation {
            name: "a cluster with access entries does not know the role",
            make: || {
                let laptop = healthy();
                laptop.aws.change_cluster("prod", |cluster| {
                    cluster.mapped_roles.clear();
                    cluster.authentication_mode = "API".to_owned();
                });
                scene(laptop, DOCTOR).admin(|laptop| {
                    let map = |cluster: &mut Cluster| cluster.mapped_roles = vec![ROLE_ARN.into()];
                    laptop.aws.change_cluster("prod", map);
                })
            },
        },
        Situation {
            name: "the kubeconfig goes with a shell",
            make: || {
                let typed = "KUBIE_ACTIVE=1 KUBECONFIG=$TMPDIR/kubie.yaml apono-login";
                let scene = Scene::new(Laptop::new(), format!("{typed} {UPDATE_KUBECONFIG}"));
                scene.retyped("kubectl config current-context")
            },
        },
        Situation {
            name: "the role may not describe clusters",
            make: || {
                let laptop = Laptop::new();
                let resource = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
                let denied = denied("eks:DescribeCluster", resource);
                laptop.aws.misbehave(Operation::DescribeCluster, denied);
                scene(laptop, UPDATE_KUBECONFIG).admin(|laptop| laptop.aws.behave())
            },
        },
        Situation {
            name: "the sign-in may not assume the role",
            make: || {
                let laptop = Laptop::new();
                let denied = denied("sts:AssumeRole", ROLE_ARN);
                laptop.aws.misbehave(Operation::AssumeRole, denied);
                scene(laptop, LOGIN).admin(|laptop| laptop.aws.behave())
            },
        },
        Situation {
            name: "the login is what is missing",
            make: || scene(Laptop::new(), LOGIN),
        },
    ]
}

/// Returns a kubeconfig that a person has made, with a context of this name.
pub fn of_the_person(context: &str) -> String {
    format!(
        "\
apiVersion: v1
kind: Config
clusters:
- name: mine
  cluster: {{server: https://127.0.0.1:1}}
contexts:
- name: {context}
  context: {{cluster: mine, user: me}}
current-context: {context}
users:
- name: me
  user: {{token: x}}
"
    )
}

/// What AWS says where an identity policy lacks an action.
fn denied(action: &str, resource: &str) -> Fault {
    let user = "arn:aws:sts::111122223333:assumed-role/x/alice@example.com";
    let why = format!("because no identity-based policy allows the {action} action");
    let said = format!(
        "User: {user} is not authorized to perform: {action} on resource: {resource} {why}"
    );
    Fault::error(403, "AccessDenied", &said)
}

/// Returns a laptop whose kubectl works.
fn healthy() -> Laptop {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    laptop
}

fn scene(laptop: Laptop, typed: &str) -> Scene {
    Scene::new(laptop, format!("apono-login {typed}"))
}
