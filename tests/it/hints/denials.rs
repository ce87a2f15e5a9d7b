//! AWS denies the role.

use super::law::{Scene, Situation};
use kit::laptop::{LOGIN, Laptop, PROFILE};
use kit::standin::{ROLE_ARN, Role, Trust};

pub fn situations() -> Vec<Situation> {
    vec![
        Situation {
            name: "the profile has another person's email",
            make: || scene(&PROFILE.replace("alice@", "carol@"), LOGIN),
        },
        Situation {
            name: "doctor finds another person's email",
            make: || scene(&PROFILE.replace("alice@", "carol@"), "doctor"),
        },
        Situation {
            name: "the email is written in capitals",
            make: || scene(&PROFILE.replace("alice@example", "Alice@Example"), "doctor"),
        },
        Situation {
            name: "the role trusts another account",
            make: || {
                let scene = scene(PROFILE, LOGIN).admin(trust_the_person);
                scene.laptop.aws.put_role(Role {
                    trust: Trust::Principal("arn:aws:iam::999999999999:role/*".into()),
                    ..Role::guide(ROLE_ARN)
                });
                scene
            },
        },
        Situation {
            name: "the role is gone",
            make: || {
                let scene = scene(PROFILE, LOGIN).admin(trust_the_person);
                scene.laptop.aws.delete_role(ROLE_ARN);
                scene
            },
        },
    ]
}

fn scene(config: &str, typed: &str) -> Scene {
    Scene::new(Laptop::with_config(config), format!("apono-login {typed}"))
}

/// Applies the trust policy of the guide.
fn trust_the_person(laptop: &Laptop) {
    laptop.aws.put_role(Role::guide(ROLE_ARN));
}
