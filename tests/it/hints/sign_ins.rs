//! Signing in at an access portal.

use super::law::{Scene, Situation};
use crate::sources::sign_in::{ACCOUNT, ALICE, Style, laptop, sign_in};
use crate::sso::person::meanwhile;
use kit::browser::Browser;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::standin::Options;

const BOB: &str = "bob@example.com";
const WITH_A_CODE: &str = "install --sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 \
    --account-id 111122223333 --sso-role-name Engineer --region eu-west-1 --yes --device-code";
const INSTALL: &str = "install --sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 \
    --account-id 111122223333 --sso-role-name Admin --region eu-west-1 --yes";

pub fn situations() -> Vec<Situation> {
    vec![
        Situation {
            name: "kubectl needs a sign-in",
            make: || scene(laptop(Style::Session), GET_TOKEN),
        },
        Situation {
            name: "the status of a profile without a sign-in",
            make: || scene(laptop(Style::Session), "status"),
        },
        Situation {
            name: "doctor of a profile without a sign-in",
            make: || scene(laptop(Style::Session), "doctor"),
        },
        Situation {
            name: "another user is signed in",
            make: || as_bob(LOGIN),
        },
        Situation {
            name: "doctor finds another user signed in",
            make: || as_bob("doctor"),
        },
        Situation {
            name: "a permission set is not assigned",
            make: || {
                let laptop = laptop(Style::Session);
                let config = laptop.home.read(".aws/config");
                laptop
                    .home
                    .write(".aws/config", config.replace("= Engineer", "= Admin"));
                laptop.aws.assign(ALICE, ACCOUNT, "Admin");
                sign_in(&laptop, Style::Session, BOB);
                scene(laptop, LOGIN)
            },
        },
        Situation {
            name: "a code was not used in time",
            make: || {
                let laptop = Laptop::bare(Options::default());
                laptop.aws.set_device(1, 6);
                Scene {
                    absent_at_first: true,
                    ..scene(laptop, WITH_A_CODE)
                }
            },
        },
        Situation {
            name: "a permission set is not assigned to who signs in for install",
            make: || {
                let laptop = Laptop::bare(Options::default());
                laptop.aws.assign(ALICE, ACCOUNT, "Admin");
                let allow = |link: &str| Browser::new().allow(link, BOB);
                meanwhile(&laptop, INSTALL, allow).0.ended(1);
                scene(laptop, INSTALL)
            },
        },
        Situation {
            name: "the sign-in outlives a logout",
            make: || {
                let laptop = laptop(Style::Session);
                sign_in(&laptop, Style::Session, ALICE);
                laptop.succeeds(laptop.run(LOGIN));
                scene(laptop, "logout")
            },
        },
    ]
}

fn as_bob(typed: &str) -> Scene {
    let laptop = laptop(Style::Session);
    sign_in(&laptop, Style::Session, BOB);
    scene(laptop, typed)
}

fn scene(laptop: Laptop, typed: &str) -> Scene {
    Scene::new(laptop, format!("apono-login {typed}"))
}
