//! What needs Linux or its programs here.

use super::*;
use kit::laptop::INSTALL;

/// At any limit, commands work or say what is lacking. Where a library cannot open a file of its own, it panics.
#[test]
fn too_many_open_files() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(INSTALL));
    for limit in [4, 6, 7, 8, 9, 12, 16, 20] {
        for command in [GET_TOKEN, INSTALL, UPDATE_KUBECONFIG, "status", "doctor"] {
            let script = format!("ulimit -n {limit} && exec apono-login {command}");
            let output = laptop.home.run("sh", ["-c", &script]).output();
            match output.status.code() {
                Some(0) => {}
                Some(1 | 4) => assert!(
                    output.to_string().contains("Too many open files"),
                    "{output}"
                ),
                _ => panic!("with {limit} files: {output}"),
            }
        }
    }
}
