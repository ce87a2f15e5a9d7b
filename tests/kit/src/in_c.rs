//! Programs that tests start, in C because they take calls of the system that need unsafe code in Rust: `tests/kit/*.c`.

use std::path::{Path, PathBuf};
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
    let mut compiler = compiler(&program);
    let built = compiler
        .arg(in_repository(&format!("tests/kit/{source}.c")))
        .status();
    let built = built.unwrap_or_else(|error| panic!("a C compiler is needed: {error}"));
    assert!(built.success());
    // Programs that run keep their name free for the next build.
    let lasting = scratch().join(with_suffix(name));
    match std::fs::rename(&program, &lasting) {
        Ok(()) => lasting,
        Err(_) => program,
    }
}

/// Returns the compiler that makes this program, without the source.
#[cfg(unix)]
fn compiler(program: &Path) -> Command {
    let mut compiler = Command::new("cc");
    compiler.arg("-o").arg(program);
    compiler
}

#[cfg(windows)]
fn compiler(program: &Path) -> Command {
    let of = if cfg!(target_env = "msvc") {
        "msvc"
    } else {
        "gnu"
    };
    let target = format!("{}-pc-windows-{of}", std::env::consts::ARCH);
    let found = cc::Build::new()
        .target(&target)
        .host(&target)
        .opt_level(1)
        .cargo_metadata(false)
        .get_compiler();
    let mut compiler = found.to_command();
    // cl writes an object file, too.
    compiler.current_dir(scratch());
    match found.is_like_msvc() {
        true => compiler.arg(format!("/Fe{}", program.display())),
        false => compiler.arg("-o").arg(program),
    };
    compiler
}
