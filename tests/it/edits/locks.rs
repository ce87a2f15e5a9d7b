//! kubectl's lock file, and temporary files: none outlives its process for long.

#[cfg(target_os = "linux")]
mod linux;

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use kit::laptop::{INSTALL, Laptop, UPDATE_KUBECONFIG};

use super::{CONFIG, KUBECONFIG, named, wait_until};

const KIND: &str = "apiVersion: v1\nkind: Config\n";
const LOCK: &str = ".kube/config.lock";

/// A kubeconfig with the current context; the entry of the cluster goes into the file before it in `KUBECONFIG`.
const CURRENT: &str = "apiVersion: v1\nkind: Config\ncurrent-context: mine\n";

/// Returns a laptop that is logged in, with two kubeconfigs that `update-kubeconfig` changes, and the variable for them.
fn with_two() -> (Laptop, String) {
    let laptop = Laptop::new();
    laptop.home.write("a", KIND).write("b", CURRENT);
    laptop.succeeds(laptop.run("login"));
    let variable = ["a", "b"].map(|name| laptop.home.path(name).display().to_string());
    let variable = std::env::join_paths(variable).unwrap();
    (laptop, variable.into_string().unwrap())
}

/// Makes a file older than any edit takes. Windows does not show whether the process that locked it has ended, so its age decides.
fn age(path: &Path) {
    if cfg!(windows) {
        let file = File::options().write(true).open(path).unwrap();
        let old = SystemTime::now() - Duration::from_secs(90);
        file.set_modified(old).unwrap();
    }
}

#[test]
fn no_file_is_changed_if_one_is_locked() {
    let (laptop, variable) = with_two();
    for locked in ["a.lock", "b.lock"] {
        laptop.home.write(locked, "");
        let run = laptop.run(UPDATE_KUBECONFIG).env("KUBECONFIG", &variable);
        laptop.fails(run, 4, locked);
        assert_eq!(
            [laptop.home.read("a"), laptop.home.read("b")],
            [KIND, CURRENT]
        );
        assert_eq!(named(&laptop, "", ".lock"), [laptop.home.path(locked)]);
        fs::remove_file(laptop.home.path(locked)).unwrap();
    }
    let run = laptop.run(UPDATE_KUBECONFIG).env("KUBECONFIG", &variable);
    laptop.succeeds(run);
    assert!(laptop.home.read("a").contains("get-token"));
    assert!(!laptop.home.read("b").contains("current-context: mine"));
}

#[test]
fn a_lock_of_a_dead_process_is_removed() {
    let laptop = Laptop::new();
    // While its process lives, it is not.
    laptop
        .home
        .write(KUBECONFIG, KIND)
        .write(LOCK, "apono-login 1\n");
    let held = File::open(laptop.home.path(LOCK)).unwrap();
    held.lock().unwrap();
    laptop.fails(laptop.run(UPDATE_KUBECONFIG), 4, "");
    drop(held);
    age(&laptop.home.path(LOCK));
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    assert!(!laptop.home.path(LOCK).exists());
}

#[test]
fn kill_leaves_nothing_after_the_next_command() {
    let (laptop, variable) = with_two();
    laptop.home.write("b.lock", "");
    let run = || laptop.run(UPDATE_KUBECONFIG).env("KUBECONFIG", &variable);
    let mut child = run().started();
    wait_until(|| laptop.home.path("a.lock").exists());
    assert!(laptop.home.read("a.lock").starts_with("apono-login "));
    child.kill().unwrap();
    child.wait().unwrap();
    for end in [".lock", ".tmp"] {
        named(&laptop, "", end).iter().for_each(|left| age(left));
    }
    fs::remove_file(laptop.home.path("b.lock")).unwrap();
    laptop.succeeds(run());
    assert_eq!(
        named(&laptop, "", ".lock").len() + named(&laptop, "", ".tmp").len(),
        0
    );
}

#[test]
fn a_stale_lock_is_in_the_doctors_report() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    laptop.home.write(LOCK, "");
    let lock = laptop.home.path(LOCK);
    let an_hour = Duration::from_secs(3600 + 10);
    let file = File::options().write(true).open(&lock).unwrap();
    file.set_modified(SystemTime::now() - an_hour).unwrap();
    drop(file);
    let report = laptop.succeeds(laptop.run("doctor"));
    let text = report
        .stdout
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let expected = "config.lock is 60 min old: `kubectl config` fails as long as it exists";
    assert!(text.contains(expected), "{report}");
    assert!(lock.exists());
    laptop.fails(
        laptop.run(&format!("{UPDATE_KUBECONFIG} --alias other")),
        4,
        "",
    );
}

#[test]
fn leftovers_are_removed() {
    let folders = [".aws", ".kube", ".aws/sso/cache", ".cache/apono-login"];
    let leave = |laptop: &Laptop| {
        for folder in folders {
            laptop.home.write(
                &format!("{folder}/.apono-login-Ab12.tmp"),
                "a killed process",
            );
            age(&laptop.home.path(folder).join(".apono-login-Ab12.tmp"));
            laptop
                .home
                .write(&format!("{folder}/.apono-login-live.tmp"), "a live process");
            laptop
                .home
                .write(&format!("{folder}/mine.tmp"), "of another program");
        }
        let live = |folder| File::open(laptop.home.path(folder).join(".apono-login-live.tmp"));
        let live = folders.map(|folder| live(folder).unwrap());
        live.iter().for_each(|file| file.lock().unwrap());
        live
    };
    for (command, cleaned) in [
        (INSTALL, &folders[..1]),
        (UPDATE_KUBECONFIG, &folders[1..2]),
        ("uninstall --yes", &folders),
        ("logout", &folders),
        ("logout --all", &folders),
    ] {
        let laptop = Laptop::new();
        laptop.home.write(KUBECONFIG, KIND);
        if command == INSTALL {
            fs::remove_file(laptop.home.path(CONFIG)).unwrap();
        }
        // The second time, there is nothing to change.
        for _ in 0..2 {
            let _live = leave(&laptop);
            laptop.succeeds(laptop.run(command));
            for folder in cleaned {
                let exists = |name: &str| laptop.home.path(folder).join(name).exists();
                assert!(!exists(".apono-login-Ab12.tmp"), "{command}: {folder}");
                // The cache folder is apono-login's own, and goes with its last entry.
                if *folder != folders[3] {
                    assert!(exists(".apono-login-live.tmp") && exists("mine.tmp"));
                }
            }
            if command.starts_with("uninstall") {
                break;
            }
        }
    }
}
