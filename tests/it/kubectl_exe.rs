//! kubectl.exe runs the program as its plugin. `tests/wine/kubectl` builds it, which takes too long for CI.

use std::time::{Duration, Instant};

use kit::laptop::{LOGIN, Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Fault, Operation};

#[test]
#[ignore = "needs kubectl.exe, which KUBECTL_EXE names"]
fn pods_are_listed_also_while_a_renewal_is_due() {
    let kubectl = std::env::var_os("KUBECTL_EXE").expect("KUBECTL_EXE");
    let laptop = Laptop::new();
    // They are about to expire, so each call starts a renewal in the background.
    laptop.aws.set_session_seconds(300);
    laptop.succeeds(laptop.run(LOGIN));
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let pods = || {
        let started = Instant::now();
        let output = laptop.home.run(&kubectl, ["get", "pods"]).succeeds();
        assert!(output.stdout.contains("cart-5f6b8c9d7-2xkqp"), "{output}");
        started.elapsed()
    };
    let renewed = laptop.aws.count(Operation::AssumeRole);
    println!("get pods: {:?}", pods());
    laptop.aws.misbehave(Operation::AssumeRole, Fault::Hang);
    let took = pods();
    println!("get pods, with an STS that does not respond: {took:?}");
    let end = Instant::now() + Duration::from_secs(60);
    while laptop.aws.count(Operation::AssumeRole) == renewed {
        assert!(Instant::now() < end, "no renewal");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(took < Duration::from_secs(20), "{took:?}");
    laptop.aws.behave();
}
