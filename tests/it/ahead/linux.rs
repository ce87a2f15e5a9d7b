//! What needs Linux or its programs here.

use super::*;
use crate::sources::sign_in::Style;
use crate::sources::sign_in::sign_in;
use kit::laptop::UPDATE_KUBECONFIG;
use kit::tools;

/// The background process inherits nothing from the process that started it.
#[test]
fn the_process_in_the_background_has_a_session_and_no_stdio() {
    let laptop = Laptop::new();
    // A unique name to find the process by.
    let name = format!("ahead-{}", std::process::id());
    let config = laptop.home.read(".aws/config");
    laptop.home.write(
        ".aws/config",
        config.replace("apono-k8s-access]", &format!("{name}]")),
    );
    laptop.aws.set_session_seconds(SHORT);
    laptop.succeeds(laptop.run(&format!("login --profile {name}")));
    laptop.aws.set_delay(SLOW);
    hits(&laptop, &format!("{GET_TOKEN} --profile {name}"));

    let found = fs::read_dir("/proc").unwrap().flatten().find(|process| {
        let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.ends_with(&format!(" refresh-ahead --profile {name} "))
    });
    let process = found.expect("it runs").path();
    let pid = process.file_name().unwrap().to_str().unwrap().to_owned();
    wait_for("its session", || {
        let stat = fs::read_to_string(process.join("stat")).unwrap();
        // pid (name) state ppid pgrp session …
        let fields: Vec<_> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        fields[3] == pid
    });
    // A process that holds secrets is not dumpable, so only root can see where its output goes. The test
    // above shows that nothing waits for it: a run ends when all processes have closed its output.
    let null = fs::canonicalize("/dev/null").unwrap();
    for at in 0..3 {
        if let Ok(target) = fs::read_link(process.join(format!("fd/{at}"))) {
            assert_eq!(target, null, "{at}");
        }
    }
    wait_for("its end", || !process.exists());
}

/// `watch kubectl get pods` after the first credentials have expired, with a valid SSO session.
#[test]
fn nothing_waits_while_the_sign_in_is_valid() {
    let kubectl = tools::kubectl("1.37");
    let laptop = crate::sources::sign_in::laptop(Style::Session);
    sign_in(&laptop, Style::Session, "alice@example.com");
    let laptop = logged_in(laptop, 100);
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let expired = Instant::now() + Duration::from_secs(105);
    // Each session is used for 40 s, until its last minute; a renewal takes two requests.
    let slow = Duration::from_secs(7);
    laptop.aws.set_delay(slow);
    let mut calls = 0;
    while Instant::now() < expired {
        let started = Instant::now();
        let pods = laptop.home.run(&kubectl, ["get", "pods"]).succeeds();
        let took = started.elapsed();
        assert!(pods.stdout.contains("cart-"), "{pods}");
        assert!(took < slow, "call {calls} took {took:?}");
        hits(&laptop, GET_TOKEN);
        calls += 1;
        std::thread::sleep(Duration::from_secs(1));
    }
    assert!(calls > 15, "{calls} calls");
    assert!(renewals(&laptop) >= 2, "{} renewals", renewals(&laptop));
    // Each new session started with role credentials from the portal, with no other request.
    assert_eq!(
        laptop.aws.count(Operation::GetRoleCredentials),
        renewals(&laptop) + 1
    );
}
