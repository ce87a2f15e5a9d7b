//! After any change in between, the next run makes the files match the team file.

#[cfg(target_os = "linux")]
mod linux;

use crate::team::setting::*;

const THEIRS: &str = "apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster: {server: 'https://127.0.0.1:1'}\n\
                      contexts:\n- name: live\n  context: {cluster: a, user: a}\nusers:\n- name: a\n  user: {token: x}\n";

/// The person's own context has the new name, in another file of KUBECONFIG, where it would hide the new one.
#[test]
fn a_new_name_that_is_taken() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    laptop.home.write("theirs", THEIRS);
    let paths = [".kube/config", "theirs"].map(|path| laptop.home.path(path));
    let paths = std::env::join_paths(paths).unwrap();
    let install = || laptop.run(INSTALL).env("KUBECONFIG", &paths);
    let file = format!("{TOP}{PROD}").replace("alias = \"prod\"", "alias = \"live\"");
    laptop.home.write("team.toml", file);
    for _ in 0..2 {
        laptop.failed(install().output(), 1, "");
        assert_eq!(laptop.home.read("theirs"), THEIRS);
        assert_eq!(contexts(&laptop), ["prod"]);
        let (config, _) = files(&laptop);
        assert!(config.contains(" context=prod "), "{config}");
    }
    laptop.home.write("theirs", THEIRS.replace("live", "mine"));
    laptop.succeeds(install()).recorded("renamed");
    assert_eq!(contexts(&laptop), ["live"]);
    laptop.succeeds(install()).recorded("again");
}
