//! Files that another program has open. Windows refuses to read, replace and delete one if that program did not allow it, as virus
//! scanners, indexers and editors do not. Other systems refuse nothing.

use std::fs::{File, OpenOptions};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use kit::laptop::{GET_TOKEN, Laptop, UPDATE_KUBECONFIG};

const KUBECONFIG: &str = ".kube/config";
const KIND: &str = "apiVersion: v1\nkind: Config\n";
/// What other programs may do with the file meanwhile: nothing, read it, or read and write it, but not delete it.
const SHARED: [u32; 3] = [0, 1, 3];

/// Opens a file as a program does that shares it no further.
fn held(path: &PathBuf, share: u32) -> File {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, share);
    #[cfg(not(windows))]
    let _ = share;
    options.open(path).unwrap()
}

/// Returns the file in the cache that has this extension.
fn cached(laptop: &Laptop, extension: &str) -> PathBuf {
    let found = kit::laptop::files_below(&laptop.home.path(""));
    let is_it = |path: &PathBuf| path.extension().is_some_and(|e| e == extension);
    let mut found = found.into_iter().filter(is_it);
    found.next().unwrap()
}

/// A laptop on which a login was made, with a kubeconfig of other programs.
fn laptop() -> Laptop {
    let laptop = Laptop::new();
    laptop.home.write(KUBECONFIG, KIND);
    laptop.succeeds(laptop.run("login"));
    laptop
}

/// What a scanner has open for a moment is waited for.
#[test]
fn a_file_that_is_open_for_a_moment_is_waited_for() {
    for share in SHARED {
        let laptop = laptop();
        let kubeconfig = laptop.home.path(KUBECONFIG);
        for (path, command) in [
            (kubeconfig, UPDATE_KUBECONFIG),
            (laptop.home.path(".aws/config"), "status"),
            (cached(&laptop, "entry"), GET_TOKEN),
            (cached(&laptop, "entry"), "login --force"),
            (cached(&laptop, "entry"), "logout"),
        ] {
            let file = held(&path, share);
            thread::scope(|scope| {
                let run = scope.spawn(|| laptop.succeeds(laptop.run(command)));
                thread::sleep(Duration::from_millis(500));
                drop(file);
                run.join().unwrap();
            });
        }
        assert!(
            laptop
                .home
                .read(KUBECONFIG)
                .contains("apono-k8s-access@arn:")
        );
        assert_eq!(left_of(&laptop), Vec::<PathBuf>::new());
    }
}

/// Returns the temporary files and entries that are left.
fn left_of(laptop: &Laptop) -> Vec<PathBuf> {
    let mut found = kit::laptop::files_below(&laptop.home.path(""));
    found.retain(|path| {
        path.extension()
            .is_some_and(|e| e == "tmp" || e == "entry" || e == "lock")
    });
    found
}

/// What stays open is named, in good time, and nothing is lost.
#[test]
fn a_file_that_stays_open_is_named() {
    let laptop = laptop();
    for (path, command, doing) in [
        (
            laptop.home.path(KUBECONFIG),
            UPDATE_KUBECONFIG,
            "could not open",
        ),
        (cached(&laptop, "entry"), "logout", "could not delete"),
    ] {
        let before = std::fs::read(&path).unwrap();
        let file = held(&path, 0);
        let started = Instant::now();
        let run = laptop.run(command);
        if cfg!(windows) {
            let output = run.exits(4);
            assert!(started.elapsed() < Duration::from_secs(20), "{output}");
            let stderr = output.to_string();
            assert!(stderr.contains(doing), "{stderr}");
            let name = path.file_name().unwrap().display();
            let cause = format!("{name} is open in another program");
            assert!(stderr.contains(&cause), "{stderr}");
            let again = format!("`apono-login {command}` again");
            assert!(
                stderr.contains("close that program") && stderr.contains(&again),
                "{stderr}"
            );
            drop(file);
            assert_eq!(std::fs::read(&path).unwrap(), before);
        } else {
            laptop.succeeds(run);
        }
    }
    laptop.succeeds(laptop.run("logout"));
    assert_eq!(left_of(&laptop), Vec::<PathBuf>::new());
}

/// A token does not wait for long for an entry that stays open: the credentials are fetched again.
#[test]
fn a_token_comes_without_the_cache() {
    let laptop = laptop();
    let file = held(&cached(&laptop, "entry"), 0);
    let started = Instant::now();
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert!(started.elapsed() < Duration::from_secs(15));
    drop(file);
}
