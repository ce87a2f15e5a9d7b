//! `cargo run --example sandbox`, the README's first command.

use kit::{Home, home, tools};

#[test]
fn the_whole_journey() {
    let home = Home::new();
    let sandbox = std::path::Path::new(home::apono_login()).with_file_name("examples/sandbox");
    // It builds the program as `cargo run` does, so it needs the variables of the surrounding cargo.
    let told = |name: &str| {
        ["HOME", "CARGO", "RUST", "CLIPPY"]
            .iter()
            .any(|start| name.starts_with(start))
    };
    let variables = std::env::vars().filter(|(name, _)| told(name));
    let run = variables.fold(home.run(sandbox, [""; 0]), |run, (name, value)| {
        run.env(name, value)
    });
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = [tools::bin()]
        .into_iter()
        .chain(std::env::split_paths(&path));
    let output = run
        .env("PATH", std::env::join_paths(path).unwrap())
        .succeeds();
    output.recorded("");
}
