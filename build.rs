//! Leaves the tables for unwinding the stack out of the static programs for Linux, where a panic ends the program without unwinding:
//! in the release profile. A test whose panic is expected needs them, so that options of all profiles cannot do it.

#![allow(
    clippy::disallowed_methods,
    reason = "the environment is how cargo talks to a build script"
)]

use std::env;

const SCRIPT: &str = ".cargo/no-unwind-tables.ld";

fn main() {
    println!("cargo::rerun-if-changed={SCRIPT}");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if is("CARGO_CFG_TARGET_ENV", "musl") && is("PROFILE", "release") {
        println!("cargo::rustc-link-arg-bins=-Wl,--no-eh-frame-hdr,-T,{SCRIPT}");
    }
}
