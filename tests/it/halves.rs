//! On Linux apono-login is two files: a small one, which answers what the cache knows, and a large one, which it hands all else over
//! to.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, UPDATE_KUBECONFIG};

/// Returns a laptop with the program in a folder of its own, and cached credentials.
fn laptop() -> (Laptop, PathBuf) {
    let laptop = Laptop::new();
    let folder = laptop.home.path("bin");
    fs::create_dir(&folder).unwrap();
    let program = kit::install(&folder);
    laptop.succeeds(laptop.home.run(&program, LOGIN.split(' ')));
    (laptop, program)
}

#[test]
fn a_hit_needs_only_the_small_one() {
    let (laptop, small) = laptop();
    // The config file has to be older than the coarsest timestamps.
    std::thread::sleep(Duration::from_secs(3));
    let run = |words: &str| laptop.home.run(&small, words.split(' '));
    laptop.succeeds(run(GET_TOKEN));
    fs::remove_file(small.with_file_name("apono-login-full")).unwrap();
    for hit in [
        GET_TOKEN,
        "export-credentials",
        "export-credentials --format process --profile apono-k8s-access",
        "status --short",
        "--version",
        "version",
    ] {
        laptop.succeeds(run(hit));
    }
    for other in [
        "status",
        "get-token --cluster-name prod --region ap-south-1",
    ] {
        laptop.fails(run(other), 1, other);
    }
}

#[test]
fn the_large_one_works_alone_and_under_any_name() {
    let (laptop, small) = laptop();
    let alone = laptop.home.path("apono");
    fs::rename(small.with_file_name("apono-login-full"), &alone).unwrap();
    fs::remove_file(small).unwrap();
    for command in [LOGIN, UPDATE_KUBECONFIG, GET_TOKEN, "status --short"] {
        laptop.succeeds(laptop.home.run(&alone, command.split(' ')));
    }
    let kubeconfig = laptop.home.read(".kube/config");
    let line = format!("command: {}\n", alone.display());
    assert!(kubeconfig.contains(&line), "{kubeconfig}");
}

/// What is written down is the program that people know, whichever of the two writes it.
#[test]
fn the_large_one_writes_the_path_of_the_small_one() {
    let (laptop, small) = laptop();
    let link = laptop.home.path("renamed");
    std::os::unix::fs::symlink(&small, &link).unwrap();
    let large = small.with_file_name("apono-login-full");
    for (started, written) in [(&small, &small), (&link, &link), (&large, &small)] {
        laptop.succeeds(laptop.home.run(started, UPDATE_KUBECONFIG.split(' ')));
        let kubeconfig = laptop.home.read(".kube/config");
        let line = format!("command: {}\n", written.display());
        assert!(kubeconfig.contains(&line), "{kubeconfig}");
        fs::remove_file(laptop.home.path(".kube/config")).unwrap();
    }
}
