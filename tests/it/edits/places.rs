//! Files that cannot be replaced, and files that must not be written at all.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use kit::laptop::{INSTALL, LOGIN, Laptop, PROFILE, UPDATE_KUBECONFIG};

use super::{CONFIG, KUBECONFIG, named};

const THEIRS: &str = "# mine\n[default]\nregion = eu-west-1\n";
const KIND: &str = "apiVersion: v1\nkind: Config\n";

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Docker mounts single files like this, and so do some managers of dotfiles.
#[test]
fn a_file_that_is_a_mount_is_overwritten() {
    let laptop = Laptop::bare(Default::default());
    laptop
        .home
        .write("outside/aws", THEIRS)
        .write("outside/kube", KIND)
        .write(CONFIG, "")
        .write(KUBECONFIG, "");
    let before = |name: &str| {
        laptop
            .home
            .path("outside")
            .join(name)
            .metadata()
            .unwrap()
            .ino()
    };
    let inodes = [before("aws"), before("kube")];
    let script = format!(
        "mount --bind outside/aws {CONFIG} && mount --bind outside/kube {KUBECONFIG} && \
         apono-login {INSTALL} && apono-login {UPDATE_KUBECONFIG} && cp outside/aws one && cp outside/kube two && \
         apono-login uninstall --yes"
    );
    laptop.succeeds(laptop.home.run("unshare", ["-rm", "sh", "-c", &script]));
    let record = "apono_context_before = ~\n";
    assert_eq!(
        laptop.home.read("one"),
        format!("{THEIRS}\n{PROFILE}duration_seconds = 3600\n{record}")
    );
    let two = laptop.home.read("two");
    assert!(two.starts_with(KIND) && two.contains("get-token"), "{two}");
    assert_eq!(laptop.home.read("outside/aws"), THEIRS);
    assert!(!laptop.home.read("outside/kube").contains("get-token"));
    assert_eq!([before("aws"), before("kube")], inodes);
    for folder in [".aws", ".kube"] {
        let left = named(&laptop, folder, ".tmp").len() + named(&laptop, folder, ".lock").len();
        assert_eq!(left, 0);
    }
}

#[test]
fn a_file_in_a_read_only_folder_is_overwritten() {
    let laptop = Laptop::with_config(THEIRS);
    laptop.home.write(KUBECONFIG, KIND);
    for folder in [".aws", ".kube"] {
        chmod(&laptop.home.path(folder), 0o500);
    }
    let run = |command: &str| {
        let run = laptop.bound_by_modes(&format!("apono-login {command}"));
        laptop.succeeds(run);
    };
    run(INSTALL);
    assert_eq!(
        laptop.home.read(CONFIG),
        format!("{THEIRS}\n{PROFILE}duration_seconds = 3600\n")
    );
    run(UPDATE_KUBECONFIG);
    assert!(laptop.home.read(KUBECONFIG).contains("get-token"));
    run("uninstall --yes");
    assert_eq!(laptop.home.read(CONFIG), THEIRS);
    for folder in [".aws", ".kube"] {
        chmod(&laptop.home.path(folder), 0o700);
    }
}

/// nix's home-manager makes such links, among others.
#[test]
fn a_link_into_a_read_only_place() {
    let laptop = Laptop::bare(Default::default());
    laptop
        .home
        .write("store/aws", THEIRS)
        .write("store/kube", KIND)
        .write(CONFIG, "")
        .write(KUBECONFIG, "");
    for (path, name) in [(CONFIG, "aws"), (KUBECONFIG, "kube")] {
        fs::remove_file(laptop.home.path(path)).unwrap();
        symlink(laptop.home.path("store").join(name), laptop.home.path(path)).unwrap();
        chmod(&laptop.home.path("store").join(name), 0o444);
    }
    chmod(&laptop.home.path("store"), 0o555);
    let run = |command: &str| laptop.bound_by_modes(&format!("apono-login {command}"));
    laptop.fails(
        run(&format!("{INSTALL} --cluster-name prod --yes")),
        1,
        "config",
    );
    // What the hint says.
    let shown = laptop.succeeds(run(&format!("{INSTALL} --cluster-name prod --dry-run")));
    shown.recorded("dry run");
    chmod(&laptop.home.path("store"), 0o755);
    chmod(&laptop.home.path("store/aws"), 0o644);
    laptop
        .home
        .write("store/aws", format!("{THEIRS}\n{PROFILE}"));
    chmod(&laptop.home.path("store"), 0o555);
    laptop.succeeds(run(LOGIN));
    laptop.fails(run(UPDATE_KUBECONFIG), 1, "kubeconfig");
    let shown = laptop.succeeds(run(&format!("{UPDATE_KUBECONFIG} --dry-run")));
    assert!(shown.stdout.contains("+      - get-token"), "{shown}");
    laptop.succeeds(run(UPDATE_KUBECONFIG).env("KUBECONFIG", laptop.home.path("mine")));
    assert!(laptop.home.read("mine").contains("get-token"));
    assert_eq!(laptop.home.read("store/kube"), KIND);
    chmod(&laptop.home.path("store"), 0o755);
}

/// As ssh does with its keys.
#[test]
fn a_cache_that_others_can_change_is_not_used() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    let cache = laptop.home.path(".cache/apono-login");
    chmod(&cache, 0o777);
    laptop.fails(laptop.run("login --force"), 1, "mode");
    // Others that can only read it are shut out.
    chmod(&cache, 0o755);
    laptop.succeeds(laptop.run("login --force"));
    assert_eq!(cache.metadata().unwrap().mode() & 0o777, 0o700);
    let key = cache.join("key");
    chmod(&key, 0o606);
    laptop.fails(laptop.run("login --force"), 1, "mode of the key");
    chmod(&key, 0o600);
    std::os::unix::fs::chown(&cache, Some(12345), None).unwrap();
    laptop.fails(laptop.run("login --force"), 1, "owner");
    std::os::unix::fs::chown(&cache, Some(0), None).unwrap();
}
