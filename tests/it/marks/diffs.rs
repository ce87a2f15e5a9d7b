//! The diffs that are shown of a person's files hold no secret, whatever its key is.

use kit::canary::CANARY;
use kit::laptop::{INSTALL, Laptop, UPDATE_KUBECONFIG};

const KUBECONFIG: &str = ".kube/config";

#[test]
fn a_login_for_a_proxy_and_a_secret_variable_are_not_shown() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let ours = laptop.home.read(KUBECONFIG);
    let env = format!(
        "      env:\n      - name: HTTPS_PROXY\n        value: http://alice:{CANARY}@127.0.0.1:1\n\
         \x20     - name: http_proxy\n        value: alice:{CANARY}@127.0.0.1:1\n\
         \x20     - name: VAULT_TOKEN\n        value: {CANARY}\n\
         \x20     - value: {CANARY}\n        name: MY_API_KEY\n"
    );
    let text = ours.replace("      env:\n", &env);
    let proxy = format!("\n    proxy-url: socks5://alice:{CANARY}@127.0.0.1:1\n    server: ");
    let text = text.replace("\n    server: ", &proxy);
    assert!(
        text.contains("VAULT_TOKEN") && text.contains("proxy-url"),
        "{text}"
    );
    laptop.home.write(KUBECONFIG, &text);
    let output = laptop.succeeds(laptop.run("uninstall --dry-run"));
    for shown in [
        "-        value: http://…@127.0.0.1:1\n",
        "-        value: …\n",
        "-    proxy-url: socks5://…@127.0.0.1:1\n",
    ] {
        assert!(output.stdout.contains(shown), "{output}");
    }
    assert!(!output.stdout.contains(CANARY), "{output}");
    assert_eq!(laptop.home.read(KUBECONFIG), text);
}

/// The file is shown with the value cut, and written whole.
#[test]
fn what_is_written_stays() {
    let laptop = Laptop::bare(kit::standin::Options::default());
    let theirs = format!(
        "[default]\nregion = us-east-1\nhttps_proxy = http://alice:{CANARY}@proxy:3128\naws_secret_access_key = {CANARY}"
    );
    laptop.home.write(".aws/config", &theirs);
    // The last line gets a line break, so that the diff shows it.
    let output = laptop.succeeds(laptop.run(&format!("{INSTALL} --dry-run")));
    assert!(output.stdout.contains("+aws_secret …\n"), "{output}");
    assert!(!output.to_string().contains(CANARY), "{output}");
    laptop.succeeds(laptop.run(INSTALL));
    assert!(laptop.home.read(".aws/config").starts_with(&theirs));
}
