//! Files of the person that cannot be used as they are.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use super::law::{Scene, Situation};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop};

pub fn situations() -> Vec<Situation> {
    vec![
        Situation {
            name: "others can change the cache",
            make: || {
                let scene = logged_in(GET_TOKEN);
                set_mode(&scene, ".cache/apono-login", 0o777);
                scene
            },
        },
        Situation {
            name: "others can change the key",
            make: || {
                let scene = logged_in(GET_TOKEN);
                set_mode(&scene, ".cache/apono-login/key", 0o666);
                scene
            },
        },
    ]
}

fn logged_in(typed: &str) -> Scene {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    Scene::new(laptop, format!("apono-login {typed}"))
}

fn set_mode(scene: &Scene, path: &str, mode: u32) {
    let path = scene.laptop.home.path(path);
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
