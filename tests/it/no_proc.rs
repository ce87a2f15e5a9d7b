//! A system without /proc, as in a chroot: slower perhaps, but never wrong.

use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop, UPDATE_KUBECONFIG};

/// Prepares a shell script that sees an empty /proc.
fn without_proc(laptop: &Laptop, script: &str) -> kit::home::Run {
    let script = format!("mount -t tmpfs none /proc && {script}");
    laptop
        .home
        .run("unshare", ["-rm", "sh", "-c", &script])
        .known_as(&script)
}

#[test]
fn everything_works_without_proc() {
    let laptop = Laptop::bare(Default::default());
    let program = kit::home::apono_login();
    // By its absolute path, and by its name on the PATH.
    for program in [program, "apono-login"] {
        for command in [
            "--version",
            INSTALL,
            LOGIN,
            UPDATE_KUBECONFIG,
            GET_TOKEN,
            "export-credentials",
            "status",
            "doctor",
            "logout",
            "uninstall --yes",
        ] {
            laptop.succeeds(without_proc(&laptop, &format!("{program} {command}")));
            if command == UPDATE_KUBECONFIG {
                let kubeconfig = laptop.home.read(".kube/config");
                let line = format!("command: {}\n", kit::home::apono_login());
                assert!(kubeconfig.contains(&line), "{kubeconfig}");
            }
        }
    }
}

/// A relative path may lead elsewhere by the time it is used.
#[test]
fn a_relative_path_is_not_trusted() {
    let laptop = Laptop::new();
    let folder = laptop.home.path("bin");
    std::fs::create_dir(&folder).unwrap();
    kit::install(&folder);
    let script = format!("cd bin && ./apono-login {UPDATE_KUBECONFIG}");
    let failed = without_proc(&laptop, &script).exits(1).to_string();
    assert!(
        failed.contains("run apono-login by its absolute path"),
        "{failed}"
    );
}
