//! Tests of the real binary, one module for each subject. They are one crate, so that they are linked once.
//!
//! The crate `kit`, in `tests/kit`, has what they share: the stand-in for AWS, a person's laptop, and the real tools.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and may look at the whole system"
)]

mod ahead;
#[cfg(target_os = "linux")]
mod aws_cli;
mod bad_files;
mod bounds;
mod browser;
mod cache;
mod cold_path;
mod color;
#[cfg(target_os = "linux")]
mod completions;
mod crowd;
#[cfg(target_os = "linux")]
mod deadlines;
#[cfg(target_os = "linux")]
mod descriptors;
#[cfg(windows)]
mod devices;
mod doctor;
mod edits;
#[cfg(windows)]
mod exec;
mod failures;
#[cfg(target_os = "linux")]
mod halves;
mod help;
#[cfg(target_os = "linux")]
mod hints;
mod install;
mod kept;
#[cfg(target_os = "linux")]
mod kubectl;
#[cfg(windows)]
mod kubectl_exe;
mod last_failure;
#[cfg(target_os = "linux")]
mod long;
mod marks;
#[cfg(target_os = "linux")]
mod ministack;
#[cfg(target_os = "linux")]
mod no_proc;
mod outlive;
mod policy;
mod renamed;
#[cfg(target_os = "linux")]
mod saml;
mod saml_anywhere;
#[cfg(target_os = "linux")]
mod sandbox;
mod sources;
mod sso;
mod status;
#[cfg(target_os = "linux")]
mod stores;
mod team;
#[cfg(target_os = "linux")]
mod threads;
mod token;
mod verbose;

/// The compiler ignores a file without a `mod`, so its tests would never run.
#[test]
fn no_file_is_forgotten() {
    fn modules(file: &std::path::Path, folder: &std::path::Path) -> Vec<std::path::PathBuf> {
        let text = std::fs::read_to_string(file).unwrap();
        let names = text.lines().filter_map(|line| {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            line.strip_prefix("mod ")?.strip_suffix(';')
        });
        let mut found = vec![file.to_owned()];
        for name in names {
            let module = folder.join(name).with_extension("rs");
            found.extend(modules(&module, &folder.join(name)));
        }
        found
    }
    let folder = kit::tools::in_repository("tests/it");
    let mut compiled = modules(&folder.join("main.rs"), &folder);
    let mut there = kit::laptop::files_below(&folder);
    there.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    compiled.sort();
    there.sort();
    assert_eq!(there, compiled);
}

/// Returns the name of a snapshot's test; the snapshots of other systems have one more extension.
fn name_of(path: &std::path::Path) -> String {
    let name = path.file_name().unwrap().display().to_string();
    name.split('.').next().unwrap().to_owned()
}

/// A snapshot that no test compares checks nothing.
#[test]
fn no_snapshot_is_left_over() {
    let folder = kit::tools::in_repository("tests/it/snapshots");
    for path in kit::laptop::files_below(&folder) {
        let module = path.parent().unwrap().strip_prefix(&folder).unwrap();
        let module = kit::tools::in_repository("tests/it").join(module);
        let file = match module.with_extension("rs") {
            file if file.is_file() => file,
            _ => module.join("main.rs"),
        };
        let test = format!("fn {}()", name_of(&path));
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(text.contains(&test), "{} has no {test}", file.display());
    }
}

/// A reviewer opens the files that the documents name.
#[test]
fn documents_name_files_that_are_there() {
    const FOLDERS: [&str; 6] = [
        "src/",
        "tests/",
        "packaging/",
        "benches/",
        "fuzz/",
        "findings/",
    ];
    let mut named = 0;
    for document in ["README.md", "CONTRIBUTING.md", "SECURITY.md"] {
        let text = std::fs::read_to_string(kit::tools::in_repository(document)).unwrap();
        let quoted = text.split('`').skip(1).step_by(2);
        let links = text.split("](").skip(1);
        let linked = links.filter_map(|rest| rest.split(')').next());
        for name in quoted.chain(linked) {
            // `tests/it/snapshots/MODULE/TEST.txt` is none, nor is a command with words after it.
            let is_other = |c: char| c.is_uppercase() || c.is_whitespace();
            if FOLDERS.iter().any(|of| name.starts_with(of)) && !name.contains(is_other) {
                let path = kit::tools::in_repository(name);
                assert!(path.exists(), "{document}: {name}");
                named += 1;
            }
        }
    }
    assert!(named > 20, "{named}");
}
