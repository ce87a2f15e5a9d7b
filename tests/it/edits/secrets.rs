//! What a dry run shows of a kubeconfig in which secrets are beside the entry of apono-login, or in it.

use kit::canary::CANARY;
use kit::laptop::{Laptop, UPDATE_KUBECONFIG};

use super::KUBECONFIG;

/// The values of a user, in every way that YAML writes a text over several lines. No run may print the canary.
fn secrets(quote: char) -> String {
    format!(
        "    token: |\n      {CANARY}\n\n      first: {CANARY}\n    client-key-data: |-\n      {CANARY}A\n      {CANARY}=\n    \
         username: alice\n    password: {quote}{CANARY}\n      {CANARY}{quote}\n"
    )
}

#[test]
fn no_secret_is_shown() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let ours = laptop.home.read(KUBECONFIG);
    let name = "- name: apono-k8s-access@";
    let user = ours.rfind(name).unwrap();
    let (head, user) = ours.split_at(user);
    let theirs = |name: &str| format!("- name: {name}\n  user:\n{}", secrets('"'));
    let around = |user: &str| format!("{head}{}{user}{}", theirs("above"), theirs("below"));
    let within = user.replace("  user:\n", &format!("  user:\n{}", secrets('\'')));
    assert_ne!(within, user);
    let changed = format!("{UPDATE_KUBECONFIG} --namespace shop --dry-run");
    let added = format!("{UPDATE_KUBECONFIG} --alias more --user-alias more --dry-run");
    for (title, text) in [("around", around(user)), ("within", around(&within))] {
        laptop.home.write(KUBECONFIG, &text);
        for command in [&changed, &added, "uninstall --dry-run"] {
            let output = laptop.succeeds(laptop.run(command));
            assert!(output.stdout.contains("\n+") || output.stdout.contains("\n-"));
            assert!(!output.stdout.contains(CANARY), "{output}");
            if command != added {
                output.recorded(title);
            }
        }
        assert_eq!(laptop.home.read(KUBECONFIG), text);
    }
}
