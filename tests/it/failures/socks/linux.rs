//! What needs Linux or its programs here.

use super::*;

/// `proxy-url: socks5://…` is the way that kubectl takes, and doctor too.
#[test]
fn doctor_takes_the_way_of_kubectl() {
    let laptop = Laptop::new();
    laptop.run(UPDATE_KUBECONFIG).succeeds();
    let proxy = Socks::start(Rules::default());
    let entry = format!("- cluster:\n    proxy-url: socks5://{}\n", proxy.address);
    let text = laptop.home.read(".kube/config");
    let text = text.replace("- cluster:\n", &entry);
    laptop.home.write(".kube/config", text);
    let doctor = "doctor --cluster-name prod --region eu-west-1";
    let output = laptop.run(doctor).succeeds();
    assert!(output.stdout.contains("ok      access"), "{output}");
    let asked = proxy.asked();
    assert!(!asked.is_empty(), "{asked:?}");
    // No proxy-url, but a variable.
    let laptop = Laptop::new();
    laptop.run(UPDATE_KUBECONFIG).succeeds();
    let url = format!("socks5://{}", proxy.address);
    laptop.run(doctor).env("HTTPS_PROXY", url).succeeds();
    assert!(proxy.asked().len() > asked.len());
}
