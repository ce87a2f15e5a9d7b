//! `cargo run --example sandbox`, the README's first command.

use kit::{Home, home, tools};

#[test]
fn the_whole_journey() {
    let home = Home::new();
    let sandbox = std::path::Path::new(home::apono_login()).with_file_name("examples/sandbox");
    // It builds the program, as `cargo run` would, which takes Rust and the developer's own home.
    let variables = ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];
    let run = variables.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    let run = run.fold(home.run(sandbox, [""; 0]), |run, (name, value)| run.env(name, value));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = [tools::bin()].into_iter().chain(std::env::split_paths(&path));
    let output = run.env("PATH", std::env::join_paths(path).unwrap()).succeeds();
    output.recorded("");
}
