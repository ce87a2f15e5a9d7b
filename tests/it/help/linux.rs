//! What needs Linux or its programs here.

use super::*;

/// The same exit codes as shells use.
#[test]
fn commands_that_cannot_be_run() {
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    laptop.home.write("not-executable", "#!/bin/sh\n");
    for (command, status) in [
        ("nosuch", 127),
        ("./nosuch", 127),
        ("./not-executable", 126),
        ("./.aws", 126),
    ] {
        laptop.fails(laptop.run(&format!("exec -- {command}")), status, command);
    }
    laptop
        .run_words(["exec", "--", "sh", "-c", "exit 42"])
        .exits(42);
}
