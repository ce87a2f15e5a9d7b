//! Builds the program with the same profile and features as this example, so that nothing is compiled twice.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

pub const NAME: &str = if cfg!(windows) {
    "apono-login.exe"
} else {
    "apono-login"
};

/// Builds the binary if necessary, and returns its path. APONO_LOGIN_BINARY names one that was built already.
pub fn binary() -> Result<PathBuf> {
    if let Some(path) = env::var_os("APONO_LOGIN_BINARY") {
        return Ok(path.into());
    }
    let example = env::current_exe()?;
    // <target>/[<triple>/]<profile>/examples/sandbox
    let profile = example
        .ancestors()
        .nth(2)
        .ok_or("this example is not in a target directory")?;
    let above = profile.parent().unwrap_or(profile);
    let name = |path: &Path| path.file_name().unwrap_or_default().to_owned();
    let mut cargo = Command::new(env!("CARGO"));
    // Naming the example makes its dev-dependencies count in feature selection, as in the build of the example itself.
    cargo.args([
        "build",
        "--quiet",
        "--bins",
        "--example",
        "sandbox",
        "--profile",
    ]);
    cargo.arg(if name(profile) == "debug" {
        "dev".into()
    } else {
        name(profile)
    });
    // The folder of a target is named after it. What runs here is built for this computer's processor.
    let triple = format!("{}-", env::consts::ARCH);
    if !name(above).to_string_lossy().starts_with(&triple) {
        cargo.arg("--target-dir").arg(above);
    } else {
        cargo
            .arg("--target-dir")
            .arg(above.parent().unwrap_or(above))
            .arg("--target")
            .arg(name(above));
    }
    // `cargo run` sets these variables about this package; they would make build scripts run again.
    for (variable, _) in env::vars_os() {
        let name = variable.to_string_lossy();
        if [
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ]
        .iter()
        .any(|start| name.starts_with(start))
        {
            cargo.env_remove(&variable);
        }
    }
    let status = cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .status()?;
    let binary = profile.join(NAME);
    match status.success() && binary.is_file() {
        true => Ok(binary),
        false => Err("apono-login could not be built".into()),
    }
}
