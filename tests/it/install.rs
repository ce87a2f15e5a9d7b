//! `install` and `uninstall` as typed by a person, with and without a terminal.

mod in_turn;
#[cfg(target_os = "linux")]
pub mod linux;
#[cfg(target_os = "linux")]
mod places;
mod said;
mod sso;
mod sso_asked;
mod sso_sessions;

use std::time::{Duration, Instant};

use kit::laptop::{INSTALL, Laptop, PROFILE};
use kit::standin::Options;

const OTHERS: &str = "# mine\n[default]\nregion = us-east-1\n";

fn with_default_profile() -> Laptop {
    let laptop = Laptop::bare(Options::default());
    laptop.home.write(".aws/config", OTHERS);
    laptop
}

#[test]
fn the_guides_profile_and_nothing_else() {
    let laptop = with_default_profile();
    let dry_run = laptop.run(&format!("{INSTALL} --dry-run"));
    laptop.succeeds(dry_run).recorded("dry run");
    assert_eq!(laptop.home.read(".aws/config"), OTHERS);

    laptop.succeeds(laptop.run(INSTALL)).recorded("first");
    let expected = format!("{OTHERS}\n{PROFILE}duration_seconds = 3600\n");
    assert_eq!(laptop.home.read(".aws/config"), expected);
    laptop.succeeds(laptop.run(INSTALL)).recorded("again");
    assert_eq!(laptop.home.read(".aws/config"), expected);

    let bob = laptop.run("install --email bob@example.com --yes");
    laptop.succeeds(bob).recorded("another email");
    let expected = expected.replace("alice", "bob");
    assert_eq!(laptop.home.read(".aws/config"), expected);
}

#[test]
fn the_role_is_in_the_partition_of_the_region() {
    let laptop = with_default_profile();
    let flags = "--account-id 111122223333 --email a@b.c --role-name team/apono";
    laptop.succeeds(laptop.run(&format!("install {flags} --region cn-north-1")));
    let written = laptop.home.read(".aws/config");
    let expected = "role_arn = arn:aws-cn:iam::111122223333:role/team/apono\n";
    assert!(written.contains(expected), "{written}");
}

#[test]
fn a_profile_of_another_kind_is_not_overwritten() {
    for owned in [
        "sso_session = corp\n",
        "aws_access_key_id = AKIA\n",
        "credential_process = /bin/vault\n",
        // Installing would change it, and uninstalling remove it.
        "region = us-east-1\n",
    ] {
        let laptop = Laptop::bare(Options::default());
        let before = format!("[profile apono-k8s-access]\n{owned}");
        laptop.home.write(".aws/config", &before);
        laptop.fails(laptop.run(INSTALL), 1, owned.trim_end());
        assert_eq!(laptop.home.read(".aws/config"), before);
    }
}

#[test]
fn uninstall_removes_what_was_written() {
    let laptop = with_default_profile();
    let home = &laptop.home;
    let kubeconfig = "apiVersion: v1\nkind: Config\nclusters:\n- name: kind\n  cluster:\n    server: https://127.0.0.1:1\n\
                      contexts:\n- name: kind\n  context: {cluster: kind, user: kind} # mine\n\
                      users:\n- name: kind\n  user:\n    token: abc\ncurrent-context: kind\n";
    home.write(".kube/config", kubeconfig);
    let run = |arguments: &str| laptop.succeeds(laptop.run(arguments));
    for process in ["", " --credential-process"] {
        run(&format!("{INSTALL}{process}"));
        run("update-kubeconfig --name prod --region eu-west-1 --alias prod --no-switch");
        let before = [".aws/config", ".kube/config"].map(|path| home.read(path));
        assert!(before[1].contains("get-token"));
        let shown = run("uninstall --dry-run").stdout;
        assert!(shown.contains("-[profile apono-k8s-access]"), "{shown}");
        let after = [".aws/config", ".kube/config"].map(|path| home.read(path));
        assert_eq!(after, before);
        run("uninstall --yes").recorded(&format!("install{process}"));
        assert_eq!(home.read(".aws/config"), OTHERS);
        assert_eq!(home.read(".kube/config"), kubeconfig);
        assert!(!home.path(".cache/apono-login").exists());
    }
    run("uninstall --yes").recorded("again");
}

#[test]
fn uninstall_leaves_what_install_did_not_write() {
    let laptop = Laptop::bare(Options::default());
    let region_only = "[profile apono-k8s-access]\nregion = eu-west-1\n";
    laptop.home.write(".aws/config", region_only);
    laptop
        .succeeds(laptop.run("uninstall --yes"))
        .recorded("a region alone");
    assert_eq!(laptop.home.read(".aws/config"), region_only);

    let theirs = "[profile apono-k8s-access]\nrole_arn = arn:aws:iam::111122223333:role/x\nrole_session_name = ci\n\
                  web_identity_token_file = /token\n";
    laptop.home.write(".aws/config", theirs);
    laptop.fails(laptop.run("uninstall --yes"), 1, "of another kind");
    assert_eq!(laptop.home.read(".aws/config"), theirs);
}

/// As an upgrade does.
#[test]
fn a_program_that_is_replaced_while_it_runs_writes_its_own_path() {
    let laptop = Laptop::new();
    let [folder, new] = ["bin", "new"].map(|name| laptop.home.path(name));
    for folder in [&folder, &new] {
        std::fs::create_dir(folder).unwrap();
    }
    let program = kit::install(&folder);
    laptop.aws.set_delay(Duration::from_secs(1));
    let run = laptop
        .home
        .run(&program, ["update-kubeconfig", "--name", "prod"]);
    let mut running = run.started();
    let started = Instant::now();
    while laptop.aws.log().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(20), "no request");
        std::thread::sleep(Duration::from_millis(2));
    }
    for name in kit::home::PROGRAMS {
        let name = kit::home::with_suffix(name);
        let (old, copy) = (folder.join(&name), new.join(&name));
        // A copy: renaming one name of a file to another of the same file does nothing.
        std::fs::copy(&old, &copy).unwrap();
        if cfg!(windows) {
            // There, a program that runs can be moved, but not replaced.
            std::fs::rename(&old, new.join("old.exe")).unwrap();
        }
        std::fs::rename(copy, old).unwrap();
    }
    assert!(running.wait().unwrap().success());
    let text = laptop.home.read(".kube/config");
    let text = text.replace('"', "").replace(r"\\", r"\");
    let line = format!("command: {}\n", program.display());
    assert!(text.contains(&line), "{text}");
}
