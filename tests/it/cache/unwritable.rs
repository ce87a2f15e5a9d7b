//! A cache that cannot be written: the command that the warning names makes it writable.

use std::fs;

use kit::laptop::{LOGIN, Laptop};

use super::CACHE;
use super::linux::set_mode;

/// Returns the command between the last backquotes of the warning.
fn remedy(stderr: &str) -> Option<&str> {
    let line = stderr
        .lines()
        .find(|line| line.contains("could not cache"))?;
    line.rsplit('`').nth(1)
}

#[test]
fn the_command_in_the_warning_makes_it_writable() {
    let spoils: [(&str, fn(&Laptop)); 5] = [
        ("read-only", |laptop| {
            fs::create_dir_all(laptop.home.path(CACHE)).unwrap();
            set_mode(&laptop.home.path(CACHE), 0o500);
        }),
        ("a read-only parent", |laptop| {
            fs::create_dir_all(laptop.home.path(".cache")).unwrap();
            set_mode(&laptop.home.path(".cache"), 0o500);
        }),
        ("a folder without access", |laptop| {
            fs::create_dir_all(laptop.home.path(CACHE)).unwrap();
            set_mode(&laptop.home.path(CACHE), 0o000);
        }),
        ("a file", |laptop| {
            laptop.home.write(CACHE, "");
        }),
        ("below a file", |laptop| {
            laptop.home.write(".cache", "");
        }),
    ];
    for (name, spoil) in spoils {
        let laptop = Laptop::new();
        spoil(&laptop);
        let login = || laptop.succeeds(laptop.bound_by_modes(&format!("apono-login {LOGIN}")));
        let output = login();
        let command = remedy(&output.stderr).unwrap_or_else(|| panic!("{name}: {output}"));
        laptop.bound_by_modes(command).exits(0);
        let output = login();
        assert!(!output.stderr.contains("warning"), "{name}: {output}");
        assert_eq!(laptop.cached("entry").len(), 1, "{name}");
    }
}
