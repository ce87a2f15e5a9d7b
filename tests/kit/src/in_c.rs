//! Programs that tests start, in C because they take calls of the system that need unsafe code in Rust: `tests/kit/*.c`.

use std::path::PathBuf;
use std::process::Command;

use crate::home::{scratch, with_suffix};
use crate::tools::in_repository;

/// Names the folder where they are built already, as under wine, which has no compiler: see `tests/wine/run`.
const BUILT: &str = "APONO_LOGIN_TEST_PROGRAMS";

/// Builds the program `tests/kit/SOURCE.c`, and returns its path, which ends with this name.
pub fn program(source: &str, name: &str) -> PathBuf {
    if let Some(built) = std::env::var_os(BUILT) {
        return PathBuf::from(built).join(with_suffix(name));
    }
    let program = scratch().join(with_suffix(&format!("{name}-{}", std::process::id())));
    let compiler = if cfg!(windows) { "gcc" } else { "cc" };
    let built = Command::new(compiler)
        .arg("-o")
        .args([&program, &in_repository(&format!("tests/kit/{source}.c"))])
        .status();
    let built = built.unwrap_or_else(|error| panic!("{compiler} is needed: {error}"));
    assert!(built.success());
    // Programs that run keep their name free for the next build.
    let lasting = scratch().join(with_suffix(name));
    match std::fs::rename(&program, &lasting) {
        Ok(()) => lasting,
        Err(_) => program,
    }
}
