//! The real programs the tests run against, in `target/test-tools`, put there by `tests/tools/install` the first time one is asked for.
//!
//! A test that needs one and cannot have it fails, with the script's reason; nothing is ever skipped.

use crate::home::scratch;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// The folder of `aws`, `kubectl` (the newest), `kubectl-1.37` and `kubectl-1.32`, to be put on a PATH.
pub fn bin() -> PathBuf {
    match &*INSTALLED {
        Ok(folder) => folder.join("bin"),
        Err(reason) => panic!(
            "the tests need real tools, and tests/tools/install could not get them:\n{reason}"
        ),
    }
}

/// The aws CLI (version 1, the one PyPI has).
pub fn aws() -> PathBuf {
    bin().join("aws")
}

/// kubectl of a minor version, as in `"1.37"`; which ones there are, `tests/tools/kubectl.txt` says.
pub fn kubectl(minor: &str) -> PathBuf {
    let program = bin().join(format!("kubectl-{minor}"));
    assert!(
        program.exists(),
        "{} is not among the installed tools",
        program.display()
    );
    program
}

/// A browser that runs without a screen.
pub fn chromium() -> PathBuf {
    bin();
    "/usr/bin/chromium".into()
}

/// The Python that has ministack.
pub fn python() -> PathBuf {
    bin().with_file_name("venv").join("bin/python")
}

/// Once per test process; across processes the script's own lock and stamp decide.
static INSTALLED: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    let folder = scratch().with_file_name("test-tools");
    let mut script = Command::new(in_repository("tests/tools/install"))
        .arg(&folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("it does not start (bash is needed): {error}"))?;
    // What it says is shown as it is said (it may take a minute) and kept for the failing tests.
    let mut said = String::new();
    for line in BufReader::new(script.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok)
    {
        let _ = writeln!(std::io::stderr(), "{line}");
        said += &format!("{line}\n");
    }
    match script.wait().unwrap().success() {
        true => Ok(folder),
        false => Err(said),
    }
});

/// A file of the repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}
