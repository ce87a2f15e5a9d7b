//! The program under another name, as a download of a version has, and in another place: what it wrote is its own.

use std::fs;

use kit::laptop::{INSTALL, LOGIN, Laptop, UPDATE_KUBECONFIG};

#[test]
fn what_a_renamed_program_wrote_is_known_by_any_name() {
    let laptop = Laptop::new();
    let folder = laptop.home.path("bin");
    fs::create_dir(&folder).unwrap();
    let program = kit::install(&folder);
    let name = kit::home::with_suffix("apono-1.2");
    let renamed = folder.join(&name);
    fs::rename(&program, &renamed).unwrap();
    laptop.succeeds(
        laptop
            .home
            .run(&renamed, INSTALL.split(' ').chain(["--yes"])),
    );
    laptop.succeeds(laptop.home.run(&renamed, LOGIN.split(' ')));
    laptop.succeeds(laptop.home.run(&renamed, UPDATE_KUBECONFIG.split(' ')));
    let kubeconfig = laptop.home.read(".kube/config");
    let kubeconfig = kubeconfig.replace('"', "").replace(r"\\", r"\");
    let line = format!("command: {}\n", renamed.display());
    assert!(kubeconfig.contains(&line), "{kubeconfig}");
    // Under the same name, and under the usual one after it has gone.
    laptop.succeeds(laptop.home.run(&renamed, UPDATE_KUBECONFIG.split(' ')));
    let other = laptop.home.path("other");
    fs::rename(&folder, &other).unwrap();
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let kubeconfig = laptop.home.read(".kube/config");
    assert!(!kubeconfig.contains("apono-1.2"), "{kubeconfig}");
    // An entry of the renamed one, removed by the usual one.
    let renamed = other.join(&name);
    laptop.succeeds(laptop.home.run(&renamed, UPDATE_KUBECONFIG.split(' ')));
    let shown = laptop.succeeds(laptop.run("doctor")).to_string();
    assert!(shown.contains("ok      kubeconfig"), "{shown}");
    laptop.succeeds(laptop.run("uninstall --yes"));
    let kubeconfig = laptop.home.read(".kube/config");
    assert!(!kubeconfig.contains("get-token"), "{kubeconfig}");
    assert!(!kubeconfig.contains("apono"), "{kubeconfig}");
    assert!(!laptop.home.read(".aws/config").contains("apono"));
}
