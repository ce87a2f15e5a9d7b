//! Team files.

use super::law::{Scene, Situation};
use crate::team::setting::{self, INSTALL_YES, PROD, TOP, both};
use kit::laptop::Laptop;

const INSTALL: &str = "install --from team.toml";

pub fn situations() -> Vec<Situation> {
    vec![
        Situation {
            name: "a team without an email",
            make: || scene(setting::laptop(&both()), INSTALL),
        },
        Situation {
            name: "an account that left the team file",
            make: || {
                let laptop = setting::installed(&both());
                laptop.home.write("team.toml", format!("{TOP}{PROD}"));
                scene(laptop, setting::INSTALL)
            },
        },
        Situation {
            name: "a context of the team file is not ours",
            make: || {
                let laptop = setting::laptop(&both());
                laptop.home.write(".kube/config", MINE);
                scene(laptop, INSTALL_YES)
            },
        },
        Situation {
            name: "several accounts, and one is meant",
            make: || {
                let laptop = setting::installed(&both());
                std::fs::remove_dir_all(laptop.home.path(".kube")).unwrap();
                scene(laptop, "export-credentials --format env")
            },
        },
    ]
}

const MINE: &str = "\
apiVersion: v1
kind: Config
clusters:
- name: mine
  cluster: {server: https://127.0.0.1:1}
contexts:
- name: prod
  context: {cluster: mine, user: me}
current-context: prod
users:
- name: me
  user: {token: x}
";

fn scene(laptop: Laptop, typed: &str) -> Scene {
    Scene::new(laptop, format!("apono-login {typed}"))
}
