//! More of something than there can be: source profiles, descriptors; and a kubeconfig that only just ends.

#[cfg(target_os = "linux")]
mod linux;

use std::fmt::Write as _;

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE, UPDATE_KUBECONFIG};

/// The commands that read a chain of source profiles.
const READERS: [&str; 5] = [GET_TOKEN, LOGIN, UPDATE_KUBECONFIG, "status", "doctor"];

#[test]
fn a_chain_of_thousands_of_source_profiles() {
    let role = "role_arn = arn:aws:iam::111122223333:role/r";
    let mut config = PROFILE.replace("source_profile = default", "source_profile = p0");
    for at in 0..20_000 {
        let next = at + 1;
        _ = write!(
            config,
            "\n[profile p{at}]\n{role}\nsource_profile = p{next}\n"
        );
    }
    let laptop = Laptop::with_config(config);
    for command in READERS {
        let output = laptop.run(command).exits(1).to_string();
        let words: Vec<_> = output.split_whitespace().collect();
        let said = "the chain of source profiles that starts at \"apono-k8s-access\" has more than 100 profiles";
        assert!(words.join(" ").contains(said), "{output}");
    }
}

#[test]
fn a_kubeconfig_that_ends_in_a_block_scalar_without_a_line_break() {
    let laptop = Laptop::new();
    let before = "kind: Config\nusers:\n- name: mine\n  user:\n    token: |\n      abc";
    laptop.home.write(".kube/config", before);
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let after = laptop.home.read(".kube/config");
    let mut rest = after.lines();
    assert!(
        before.lines().all(|line| rest.any(|other| other == line)),
        "{after}"
    );
    assert!(after.ends_with("token: |\n      abc"), "{after}");
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    assert_eq!(laptop.home.read(".kube/config"), after);
}

/// Nothing can be added to a document that has ended: it was called up to date, and nothing was written.
#[test]
fn a_kubeconfig_whose_document_has_ended() {
    let laptop = Laptop::new();
    laptop.home.write(".kube/config", "---\n...\n");
    let output = laptop.run(UPDATE_KUBECONFIG).exits(1);
    output.explains(&["line 1", "empty document"]);
    assert_eq!(laptop.home.read(".kube/config"), "---\n...\n");
}
