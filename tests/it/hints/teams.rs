//! Team files.

use super::entries::of_the_person;
use super::law::{Scene, Situation};
use crate::sso::person::meanwhile;
use crate::team::setting::{self, INSTALL_YES, PROD, STAGING, TOP, both};
use kit::browser::Browser;
use kit::laptop::Laptop;

const INSTALL: &str = "install --from team.toml";
const BOB: &str = "bob@example.com";

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
                laptop.home.write(".kube/config", of_the_person("prod"));
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
        Situation {
            name: "another user is signed in for a team",
            make: || {
                let laptop = setting::laptop(&format!("{TOP}{STAGING}"));
                as_bob(&laptop, setting::INSTALL);
                scene(laptop, setting::INSTALL)
            },
        },
        Situation {
            name: "another user with access is signed in for a team",
            make: || {
                let laptop = setting::laptop(&format!("{TOP}{STAGING}"));
                laptop.aws.assign(BOB, setting::OTHER_ACCOUNT, "Engineer");
                as_bob(&laptop, setting::INSTALL);
                scene(laptop, setting::INSTALL).retyped("apono-login login")
            },
        },
        Situation {
            name: "another user is signed in before a team is written",
            make: || {
                let laptop = setting::laptop(&format!("{TOP}{STAGING}"));
                let install = "install --from team.toml --yes";
                as_bob(&laptop, install);
                scene(laptop, install)
            },
        },
        Situation {
            name: "a profile of a team is the user's, and so is the next name",
            make: || {
                let laptop = setting::laptop(&both());
                laptop.home.write(".aws/config", USERS);
                scene(laptop, setting::INSTALL)
            },
        },
    ]
}

/// Profiles of the person with names of the team's.
const USERS: &str = "\
[profile apono-k8s-access-prod]
web_identity_token_file = /tmp/token

[profile apono-k8s-access-prod-2-staging]
web_identity_token_file = /tmp/token
";

/// Runs the command, at which Bob signs in. He has no access.
fn as_bob(laptop: &Laptop, arguments: &str) {
    let allow = |link: &str| Browser::new().allow(link, BOB);
    meanwhile(laptop, arguments, allow).0.ended(1);
}

fn scene(laptop: Laptop, typed: &str) -> Scene {
    Scene::new(laptop, format!("apono-login {typed}"))
}
