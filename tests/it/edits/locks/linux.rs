//! What needs Linux or its programs here.

use super::*;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt as _;
use std::time::Instant;

#[test]
fn signals_leave_no_lock() {
    let (laptop, variable) = with_two();
    laptop.home.write("b.lock", "");
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        // It has the first lock and waits for the second one. A shell without job control starts what is behind `&` with SIGINT
        // ignored, the tests too.
        let script = format!("exec env --default-signal apono-login {UPDATE_KUBECONFIG}");
        let run = laptop.home.run("sh", ["-c", &script]);
        let mut child = run.env("KUBECONFIG", &variable).started();
        wait_until(|| laptop.home.path("a.lock").exists());
        let started = Instant::now();
        signal(&child, name);
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        assert!(started.elapsed() < Duration::from_secs(1));
        assert_eq!(named(&laptop, "", ".lock"), [laptop.home.path("b.lock")]);
        assert_eq!(
            named(&laptop, "", ".tmp"),
            [""; 0].map(Into::<std::path::PathBuf>::into)
        );
    }
}

/// nohup ignores SIGHUP, and the program that it runs must go on doing so.
#[test]
fn an_ignored_signal_stays_ignored() {
    let (laptop, variable) = with_two();
    laptop.home.write("b.lock", "");
    let script = format!("trap '' HUP; exec apono-login {UPDATE_KUBECONFIG}");
    let run = laptop.home.run("sh", ["-c", &script]);
    let mut child = run.env("KUBECONFIG", &variable).started();
    wait_until(|| laptop.home.path("a.lock").exists());
    signal(&child, "HUP");
    fs::remove_file(laptop.home.path("b.lock")).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(laptop.home.read("a").contains("get-token"));
}

/// No instant of wider permissions, whatever the umask is: the calls that make files and folders say the mode themselves.
#[test]
fn everything_is_private_from_the_start() {
    let laptop = Laptop::new();
    fs::set_permissions(laptop.home.path(CONFIG), PermissionsExt::from_mode(0o644)).unwrap();
    let calls = laptop.home.path("calls").display().to_string();
    for command in [
        INSTALL.replace("eu-west-1", "us-east-1") + " --yes",
        UPDATE_KUBECONFIG.to_owned(),
        "uninstall --yes".to_owned(),
    ] {
        let script = format!(
            "umask 0; exec strace -f -o {calls} -e trace=mkdir,mkdirat,open,openat,creat,chmod,fchmodat apono-login {command}"
        );
        laptop.succeeds(laptop.home.run("sh", ["-c", &script]));
        let text = fs::read_to_string(&calls).unwrap();
        let mut made = 0;
        for line in text.lines() {
            let is_made =
                line.contains("mkdir") || line.contains("O_CREAT") || line.contains("O_TMPFILE");
            let mode = if line.contains("mkdir") {
                "0700)"
            } else {
                "0600)"
            };
            assert!(!is_made || line.contains(mode), "{line}");
            assert!(!line.contains("chmod"), "by path: {line}");
            made += usize::from(is_made);
        }
        assert!(made > 0, "{text}");
    }
}

/// Sends a signal.
fn signal(child: &std::process::Child, name: &str) {
    let words = ["-s", name, &child.id().to_string()];
    let sent = std::process::Command::new("kill").args(words).status();
    assert!(sent.unwrap().success());
}
