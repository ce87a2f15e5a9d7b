//! Where files may be and what may be there instead: links, modes, full disks, no home.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use kit::laptop::{INSTALL, LOGIN, Laptop, PROFILE, UPDATE_KUBECONFIG, mode};

const CONFIG: &str = ".aws/config";
const THEIRS: &str = "[default]\nregion = eu-west-1\n";

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Returns a laptop without `~/.aws/config`.
fn without() -> Laptop {
    Laptop::bare(Default::default())
}

fn entries(laptop: &Laptop, folder: &str) -> Vec<String> {
    let found = fs::read_dir(laptop.home.path(folder)).unwrap();
    let mut names: Vec<String> = found
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_no_file_is_left_alone() {
    type Make = fn(&Laptop, &Path);
    let cases: [(&str, Make); 4] = [
        ("a folder", |_, path| fs::create_dir(path).unwrap()),
        ("a FIFO", |laptop, path| {
            drop(laptop.home.run("mkfifo", [path]).succeeds())
        }),
        ("a device", |_, path| symlink("/dev/zero", path).unwrap()),
        ("a loop of links", |_, path| {
            symlink("config", path).unwrap()
        }),
    ];
    for (name, make) in cases {
        let laptop = without();
        make(&laptop, &laptop.home.path(CONFIG));
        for command in [INSTALL, LOGIN, "status", "uninstall --yes"] {
            laptop.fails(laptop.run(command), 1, name);
        }
        assert_eq!(entries(&laptop, ".aws"), ["config", "credentials"]);

        let laptop = Laptop::new();
        fs::create_dir(laptop.home.path(".kube")).unwrap();
        make(&laptop, &laptop.home.path(".kube/config"));
        for command in [UPDATE_KUBECONFIG, "uninstall --yes"] {
            laptop.fails(laptop.run(command), 1, name);
        }
        assert_eq!(entries(&laptop, ".kube"), ["config"]);
    }
}

#[test]
fn links_are_followed_and_kept() {
    for (file, command) in [(CONFIG, INSTALL), (".kube/config", UPDATE_KUBECONFIG)] {
        let laptop = Laptop::new();
        let theirs = match file {
            CONFIG => THEIRS,
            _ => "# mine\napiVersion: v1\nkind: Config\n",
        };
        for links in [
            &["../dotfiles/real"][..],
            &["second", "../dotfiles/third", "real"],
        ] {
            for dangling in [false, true] {
                let folder = laptop.home.path(file).parent().unwrap().to_owned();
                let _ = fs::remove_dir_all(laptop.home.path("dotfiles"));
                fs::create_dir_all(&folder).unwrap();
                fs::create_dir(laptop.home.path("dotfiles")).unwrap();
                let mut at = laptop.home.path(file);
                for link in links {
                    let _ = fs::remove_file(&at);
                    symlink(link, &at).unwrap();
                    at = at.parent().unwrap().join(link);
                }
                if !dangling {
                    laptop.home.write("dotfiles/real", theirs);
                }
                if file != CONFIG {
                    laptop.home.write(CONFIG, PROFILE);
                }
                laptop.succeeds(laptop.run(command));
                let link = fs::read_link(laptop.home.path(file)).unwrap();
                assert_eq!(link, Path::new(links[0]));
                let real = laptop.home.read("dotfiles/real");
                assert!(
                    real.contains("apono-k8s-access") && (dangling || real.starts_with(theirs)),
                    "{real}"
                );
                laptop.succeeds(laptop.run("uninstall --yes"));
                let after = laptop.home.read("dotfiles/real");
                assert!(!after.contains("apono-k8s-access"), "{after}");
                let link = fs::read_link(laptop.home.path(file)).unwrap();
                assert_eq!(link, Path::new(links[0]));
            }
        }
    }
}

fn under_umask(laptop: &Laptop, umask: &str, command: &str) {
    let script = format!("umask {umask}; exec apono-login {command}");
    laptop.succeeds(laptop.bound_by_modes(&script));
}

#[test]
fn modes_are_kept() {
    for (before, umask) in [
        (0o600, "022"),
        (0o640, "077"),
        (0o644, "777"),
        (0o666, "022"),
        (0o700, "000"),
    ] {
        let laptop = Laptop::new();
        laptop
            .home
            .write(CONFIG, THEIRS)
            .write(".kube/config", "kind: Config\n");
        for file in [CONFIG, ".kube/config"] {
            chmod(&laptop.home.path(file), before);
        }
        for command in [INSTALL, UPDATE_KUBECONFIG, "uninstall --yes"] {
            under_umask(&laptop, umask, command);
            for file in [CONFIG, ".kube/config"] {
                let after = mode(laptop.home.path(file));
                assert_eq!(after, before, "{file} after {command} under umask {umask}");
            }
        }
    }
}

#[test]
fn new_files_are_private() {
    for umask in ["000", "022", "777"] {
        let laptop = without();
        under_umask(&laptop, umask, INSTALL);
        under_umask(&laptop, umask, UPDATE_KUBECONFIG);
        for (path, expected) in [(CONFIG, 0o600), (".kube/config", 0o600), (".kube", 0o700)] {
            assert_eq!(
                mode(laptop.home.path(path)),
                expected,
                "{path}, umask {umask}"
            );
        }
    }
}

#[test]
fn what_may_not_be_written_is_not() {
    let laptop = without();
    for (name, file, folder) in [
        ("a read-only file", 0o444, 0o700),
        ("a read-only file in a read-only folder", 0o444, 0o500),
        ("an unreadable file", 0o000, 0o700),
    ] {
        laptop.home.write(CONFIG, THEIRS);
        chmod(&laptop.home.path(CONFIG), file);
        chmod(&laptop.home.path(".aws"), folder);
        let run = laptop.bound_by_modes(&format!("apono-login {INSTALL}"));
        laptop.fails(run, 1, name);
        chmod(&laptop.home.path(".aws"), 0o700);
        assert_eq!(mode(laptop.home.path(CONFIG)), file);
        chmod(&laptop.home.path(CONFIG), 0o600);
        assert_eq!(laptop.home.read(CONFIG), THEIRS);
        assert_eq!(entries(&laptop, ".aws"), ["config", "credentials"]);
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let theirs = format!("{THEIRS}{}", "# sixteen bytes.\n".repeat(240));
    let laptop = without();
    laptop.home.write(CONFIG, &theirs).write("theirs", &theirs);
    // A limit on the file size acts like a full disk and needs no privileges.
    let limited = format!("trap '' XFSZ; ulimit -f 1; exec apono-login {INSTALL}");
    laptop.fails(laptop.bound_by_modes(&limited), 1, "a limit");
    assert_eq!(laptop.home.read(CONFIG), theirs);
    assert_eq!(entries(&laptop, ".aws"), ["config", "credentials"]);
    // A disk that is really full, with its own file system.
    let on_a_small_disk = format!(
        "mount -t tmpfs -o size=8k tmpfs .aws && cp theirs .aws/config && apono-login {INSTALL}; \
         status=$?; cmp theirs .aws/config && test \"$(ls -A .aws)\" = config && exit $status"
    );
    let run = laptop
        .home
        .run("unshare", ["-rm", "sh", "-c", &on_a_small_disk]);
    laptop.fails(run, 1, "a full disk");
}

#[test]
fn a_home_that_is_none() {
    let laptop = Laptop::new();
    for home in ["relative", "."] {
        laptop.fails(laptop.run(LOGIN).env("HOME", home), 1, home);
    }
    // Below it, the cache would be another one in each folder.
    let files = [
        ("AWS_CONFIG_FILE", CONFIG),
        ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
    ];
    let named = files.iter().fold(
        laptop.run("status").env("HOME", "relative"),
        |run, (name, file)| run.env(name, laptop.home.path(file)),
    );
    laptop.fails(named, 1, "relative, and the files are named");
    assert!(!laptop.home.path("relative").exists());
    let nowhere = laptop.run(INSTALL).env("HOME", "/proc/nowhere");
    laptop.fails(nowhere, 1, "not there");
    // If all files are set by variables, no home is needed.
    let files = [
        ("AWS_CONFIG_FILE", CONFIG),
        ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
        ("XDG_CACHE_HOME", "cache"),
        ("KUBECONFIG", "kubeconfig"),
    ];
    for command in [LOGIN, UPDATE_KUBECONFIG, "uninstall --yes"] {
        let run = files.iter().fold(
            laptop.run(command).env_remove("HOME"),
            |run, (name, file)| run.env(name, laptop.home.path(file)),
        );
        laptop.succeeds(run);
    }
    assert_eq!(laptop.home.read(CONFIG), "");
    assert!(!laptop.home.path(".kube").exists() && !laptop.home.path(".cache").exists());
}
