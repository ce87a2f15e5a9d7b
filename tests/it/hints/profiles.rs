//! Profiles that are not there, or cannot be used.

use super::law::{Scene, Situation};
use kit::home::apono_login;
use kit::laptop::{INSTALL, LOGIN, Laptop, PROFILE};
use kit::standin::{Options, ROLE_ARN, Role, Trust};

/// Account, region, and that the proposed email is right.
const INSTALLING: &str = "111122223333\neu-west-1\ny\ny\n";

pub fn situations() -> Vec<Situation> {
    vec![
        Situation {
            name: "nothing is installed",
            make: || scene(Laptop::bare(Options::default()), LOGIN).answers(INSTALLING),
        },
        Situation {
            name: "another profile is installed",
            make: || {
                scene(Laptop::new(), "login --profile other")
                    .answers(INSTALLING)
                    .knows("NAME", "other")
            },
        },
        Situation {
            name: "the source profile is not there",
            make: || {
                let config = PROFILE.replace("= default", "= nowhere");
                let laptop = Laptop::with_config(config);
                laptop
                    .aws
                    .assign("alice@example.com", "111122223333", "Engineer");
                let portal = "https://example.awsapps.com/start\nEngineer\ny\ny\n";
                Scene {
                    other_answers: Some(("--source-profile", "y\n")),
                    except: Some("--saml-url"),
                    ..scene(laptop, LOGIN)
                        .answers(portal)
                        .knows("NAME", "default")
                }
            },
        },
        Situation {
            name: "AWS tools would run a program that is gone",
            make: || {
                let laptop = Laptop::bare(Options::default());
                let install = format!("{INSTALL} --credential-process");
                laptop.succeeds(laptop.run(&install));
                let config = laptop.home.read(".aws/config");
                let gone = config.replace(apono_login(), "/opt/old/apono-login");
                laptop.home.write(".aws/config", gone);
                scene(laptop, "doctor")
            },
        },
        Situation {
            name: "the role needs a code of an MFA device",
            make: || {
                let serial = "mfa_serial = arn:aws:iam::111122223333:mfa/operator\nregion";
                let config = PROFILE
                    .replace("= default", "= operator")
                    .replace("alice@example.com", "operator")
                    .replace("region", serial);
                let laptop = Laptop::with_config(config);
                laptop.aws.put_role(Role {
                    trust: Trust::Principal("arn:aws:iam::111122223333:user/operator".into()),
                    ..Role::guide(ROLE_ARN)
                });
                scene(laptop, "get-token --cluster-name prod --region eu-west-1")
                    .answers("123456\n")
            },
        },
        Situation {
            name: "a changed profile needs consent",
            make: || {
                let laptop = Laptop::bare(Options::default());
                laptop.succeeds(laptop.run(INSTALL));
                let other = INSTALL.replace("alice@", "bob@");
                scene(laptop, &other)
            },
        },
        Situation {
            name: "a profile that another one is built on",
            make: || {
                let laptop = Laptop::bare(Options::default());
                laptop.succeeds(laptop.run(&format!("{INSTALL} --profile base")));
                let built =
                    INSTALL.replace("install ", "install --source-profile base --profile built ");
                laptop.succeeds(laptop.run(&built));
                scene(laptop, "uninstall --profile base --yes")
            },
        },
        Situation {
            name: "uninstalling needs consent",
            make: || {
                let laptop = Laptop::bare(Options::default());
                laptop.succeeds(laptop.run(INSTALL));
                scene(laptop, "uninstall")
            },
        },
    ]
}

fn scene(laptop: Laptop, typed: &str) -> Scene {
    Scene::new(laptop, format!("apono-login {typed}"))
}
