//! The real programs that tests run, in `target/test-tools`; `tests/tools/install` puts them there when first needed.
//!
//! A test that needs a program that cannot be installed fails with the script's message; no test is skipped.

use crate::home::scratch;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// Returns the folder of `aws`, `kubectl` (the newest), `kubectl-1.37` and `kubectl-1.32`, for PATH.
pub fn bin() -> PathBuf {
    match &*INSTALLED {
        Ok(folder) => folder.join("bin"),
        Err(reason) => panic!(
            "the tests need real tools, and tests/tools/install could not get them:\n{reason}"
        ),
    }
}

/// Returns the path of the aws CLI (version 1, which is the one on PyPI).
pub fn aws() -> PathBuf {
    bin().join("aws")
}

/// Returns the path of kubectl of a minor version such as `"1.37"`; `tests/tools/kubectl.txt` lists the versions.
pub fn kubectl(minor: &str) -> PathBuf {
    let program = bin().join(format!("kubectl-{minor}"));
    assert!(
        program.exists(),
        "{} is not among the installed tools",
        program.display()
    );
    program
}

/// Returns the path of a browser that can run without a screen.
pub fn chromium() -> PathBuf {
    bin();
    "/usr/bin/chromium".into()
}

/// Returns the path of the Python that has ministack.
pub fn python() -> PathBuf {
    bin().with_file_name("venv").join("bin/python")
}

/// Runs the script once per test process; the script itself makes sure that it installs only once across processes.
static INSTALLED: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
    let folder = scratch().with_file_name("test-tools");
    let mut script = Command::new(in_repository("tests/tools/install"))
        .arg(&folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("it does not start (bash is needed): {error}"))?;
    // The script's output is shown as it arrives (it may take a minute) and kept for the failing tests.
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

/// Returns the path of a file in the repository.
pub fn in_repository(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}
