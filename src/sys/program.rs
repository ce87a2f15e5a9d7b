//! Finding a program on the `PATH`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::system::System;

/// Returns the full path of a program. A bare name is looked up in the folders of `path`, the value of `PATH`. A relative name and
/// relative folders are not used: what they contain depends on the current folder.
pub fn find(name: &str, path: &OsStr, system: System) -> Option<PathBuf> {
    let typed = Path::new(name);
    if typed.is_absolute() {
        return is_program(typed).then(|| typed.to_owned());
    }
    if name.is_empty() || typed.components().count() != 1 || typed.file_name().is_none() {
        return None;
    }
    std::env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .flat_map(|dir| {
            let with_suffix = dir.join(format!("{name}.exe"));
            let with_suffix = (system == System::Windows).then_some(with_suffix);
            std::iter::once(dir.join(name)).chain(with_suffix)
        })
        .find(|path| is_program(path))
}

/// Returns whether the path is a file that can be run.
pub fn is_program(path: &Path) -> bool {
    let Ok(metadata) = path.metadata() else {
        return false;
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    metadata.is_file()
}

/// Returns the path with the short names (8.3) of Windows, as `cmd.exe` tells them: the system's call takes unsafe code. `None` if
/// there are none, or they do not lead to the same file.
pub fn short_path(path: &str) -> Option<String> {
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        let mut shell = super::process::command("cmd.exe");
        shell
            .raw_arg(format!("/D /V:OFF /C for %A in (\"{path}\") do @echo %~sA"))
            .creation_flags(CREATE_NO_WINDOW)
            .stdin(std::process::Stdio::null());
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        let output = shell.output().ok()?;
        let short = String::from_utf8(output.stdout).ok()?;
        let short = short.trim().trim_matches('"').to_owned();
        let real = |path: &str| Path::new(path).canonicalize().ok();
        let is_same = real(&short).is_some() && real(&short) == real(path);
        (is_same && short.is_ascii()).then_some(short)
    }
    #[cfg(not(windows))]
    {
        let _ = path;
        None
    }
}

#[cfg(all(test, windows))]
mod tests {
    use super::*;
    use crate::setup::changes::process::quote;
    use std::os::windows::process::CommandExt as _;

    /// `cmd.exe` runs what is written for AWS tools, as the SDKs for Rust and JavaScript give it the command.
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn programs_in_folders_with_any_name_run() {
        let folder = tempfile::tempdir().unwrap();
        let system = std::env::var("SystemRoot").unwrap();
        let hostname = Path::new(&system).join("system32").join("hostname.exe");
        let names = [
            "plain", "a b", "a (x86)", "R&D", "a@b", "a^b", "a,b", "a=b", "O'Neil", "a;b",
        ];
        for name in names {
            let folder = folder.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            let program = folder.join("a.exe");
            std::fs::copy(&hostname, &program).unwrap();
            let program = program.to_str().unwrap();
            let short = short_path(program);
            let short = short.as_deref().unwrap_or(program);
            println!("{name}: {short}");
            for path in [program, short] {
                let command = quote(System::Windows, path).unwrap();
                let mut shell = std::process::Command::new("cmd.exe");
                shell.arg("/C").raw_arg(format!("\"{command}\""));
                let output = shell.output().unwrap();
                assert!(output.status.success(), "{command}: {output:?}");
                assert!(!output.stdout.is_empty(), "{command}");
            }
        }
    }
}
