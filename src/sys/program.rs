//! Finding a program on the `PATH`, as each system does.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::system::System;

/// The endings of the files that Windows runs, in the order in which its shells try them (`PATHEXT`). The other ones of
/// `PATHEXT` name documents, which another program opens.
const RUNNABLE: [&str; 4] = ["com", "exe", "bat", "cmd"];

/// Returns the full path of a program. A bare name is looked up in the folders of `path`, the value of `PATH`. A relative name and
/// relative folders are not used: what they contain depends on the current folder.
pub fn find(name: &str, path: &OsStr, system: System) -> Option<PathBuf> {
    find_with(name, path, &RUNNABLE, system)
}

fn find_with(name: &str, path: &OsStr, endings: &[&str], system: System) -> Option<PathBuf> {
    let typed = Path::new(name);
    if typed.is_absolute() {
        return candidates(typed, endings, system)
            .into_iter()
            .find(|at| is_program(at));
    }
    if !is_bare(typed) {
        return None;
    }
    std::env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .flat_map(|dir| candidates(&dir.join(typed), endings, system))
        .find(|path| is_program(path))
}

/// Returns the path of a program that a person named for a command of theirs, also by a relative path. `pathext` is the value of
/// `PATHEXT`.
pub fn named(
    name: &OsStr,
    path: &OsStr,
    pathext: Option<&OsStr>,
    system: System,
) -> Option<PathBuf> {
    let endings = endings(pathext);
    match is_bare(Path::new(name)) {
        true => find_with(name.to_str()?, path, &endings, system),
        false => candidates(Path::new(name), &endings, system)
            .into_iter()
            .find(|at| is_program(at)),
    }
}

/// Returns the endings that a name without one may stand for, in the order of `PATHEXT`. Those that are not [`RUNNABLE`] are left out:
/// `cmd.exe` opens such a file with the program of its kind. Without any that is left, the order is the one of Windows itself.
fn endings(pathext: Option<&OsStr>) -> Vec<&'static str> {
    let text = pathext.unwrap_or_default().to_string_lossy();
    let mut endings = Vec::new();
    for entry in text.split(';') {
        let entry = entry.trim().trim_start_matches('.');
        let known = RUNNABLE.iter().find(|one| entry.eq_ignore_ascii_case(one));
        endings.extend(known.filter(|one| !endings.contains(*one)));
    }
    match endings.is_empty() {
        true => RUNNABLE.to_vec(),
        false => endings,
    }
}

/// Returns whether the name has no folder: it is looked up on the `PATH`.
pub fn is_bare(name: &Path) -> bool {
    name.components().count() == 1 && name.file_name() == Some(name.as_os_str())
}

/// Returns whether the path is a file that can be run.
pub fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata()
            .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    }
    // The commands of apps from the Microsoft Store are links that only the system follows.
    #[cfg(not(unix))]
    path.metadata()
        .or_else(|_| path.symlink_metadata())
        .is_ok_and(|metadata| metadata.is_file())
}

/// Returns whether Windows runs the file through `cmd.exe`.
pub fn is_batch_file(path: &Path) -> bool {
    let ending = path.extension().unwrap_or_default();
    ["bat", "cmd"]
        .iter()
        .any(|batch| ending.eq_ignore_ascii_case(batch))
}

/// Returns the files that may be meant by a path, the first ones first. On Windows a file without one of the endings is no program.
fn candidates(path: &Path, endings: &[&str], system: System) -> Vec<PathBuf> {
    if system != System::Windows {
        return vec![path.to_owned()];
    }
    let ending = path.extension().unwrap_or_default();
    let has_ending = RUNNABLE.iter().any(|one| ending.eq_ignore_ascii_case(one));
    let itself = has_ending.then(|| path.to_owned());
    let with_ending = endings.iter().map(|ending| {
        let mut name = OsString::from(path);
        name.push(".");
        name.push(ending);
        PathBuf::from(name)
    });
    itself.into_iter().chain(with_ending).collect()
}

/// Returns the path with the short names (8.3) of Windows, as `cmd.exe` tells them: the system's call takes unsafe code. `None` if
/// there are none, or they do not lead to the same file.
pub fn short_path(path: &str) -> Option<String> {
    #[cfg(windows)]
    {
        use std::os::windows::process::CommandExt as _;
        let mut shell = super::process::command(super::system::windows_program("cmd.exe"));
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

#[cfg(test)]
#[allow(clippy::disallowed_methods, clippy::type_complexity)]
mod tests {
    use super::*;

    /// Makes files that can be run, in folders, and returns the `PATH` of these folders.
    fn tree(folder: &Path, files: &[&str]) -> OsString {
        for file in files {
            let path = folder.join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
        std::env::join_paths([folder.join("1"), folder.join("2")]).unwrap()
    }

    /// Files; the name that is looked up; and what is found on Windows and on other systems.
    #[test]
    fn programs_are_found_as_each_system_does() {
        #[rustfmt::skip]
        let cases: [(&[&str], &str, Option<&str>, Option<&str>); 12] = [
            (&["1/aws", "1/aws.cmd"], "aws", Some("1/aws.cmd"), Some("1/aws")),
            (&["1/aws", "2/aws.exe"], "aws", Some("2/aws.exe"), Some("1/aws")),
            (&["1/aws"], "aws", None, Some("1/aws")),
            (&["1/aws.cmd", "2/aws.exe"], "aws", Some("1/aws.cmd"), None),
            (&["1/aws.cmd", "1/aws.bat", "1/aws.exe", "1/aws.com"], "aws", Some("1/aws.com"), None),
            (&["1/aws.cmd", "1/aws.bat", "1/aws.exe"], "aws", Some("1/aws.exe"), None),
            (&["1/aws.cmd", "1/aws.exe"], "aws.cmd", Some("1/aws.cmd"), Some("1/aws.cmd")),
            (&["1/kubectl-1.30.exe"], "kubectl-1.30", Some("1/kubectl-1.30.exe"), None),
            (&["1/tool.py"], "tool.py", None, Some("1/tool.py")),
            (&["1/a.exe.exe"], "a.exe", Some("1/a.exe.exe"), None),
            (&["1/sub/aws.exe"], "sub/aws", None, None),
            (&["1/aws.exe"], "..", None, None),
        ];
        for (files, name, windows, other) in cases {
            let folder = tempfile::tempdir().unwrap();
            let path = tree(folder.path(), files);
            let found = |system| find(name, &path, system);
            let at = |expected: Option<&str>| expected.map(|file| folder.path().join(file));
            assert_eq!(found(System::Windows), at(windows), "{files:?} {name}");
            // A file system of Windows has no mark of programs.
            for system in [System::Linux, System::Mac] {
                assert_eq!(found(system), at(other), "{files:?} {name}");
            }
        }
    }

    #[test]
    fn a_path_is_completed_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = tree(folder.path(), &["1/aws", "1/aws.cmd"]);
        let full = folder.path().join("1").join("aws");
        let found = |system| find(full.to_str().unwrap(), &path, system);
        assert_eq!(found(System::Windows), Some(full.with_extension("cmd")));
        assert_eq!(found(System::Linux), Some(full.clone()));
        let found = named(full.as_os_str(), OsStr::new(""), None, System::Windows);
        assert_eq!(found, Some(full.with_extension("cmd")));
        assert_eq!(
            named("aws".as_ref(), &path, None, System::Linux),
            Some(full)
        );
        assert_eq!(named("none".as_ref(), &path, None, System::Linux), None);
    }

    /// `PATHEXT`; and which of the files a name without an ending is.
    #[test]
    fn the_order_of_endings_is_the_persons() {
        let (files, long) = (["1/a.bat", "1/a.cmd", "1/a.exe"], ".X;".repeat(100_000));
        #[rustfmt::skip]
        let cases = [
            (None, "1/a.exe"),
            (Some(""), "1/a.exe"),
            (Some(".COM;.EXE;.BAT;.CMD;.VBS;.JS"), "1/a.exe"),
            (Some(".CMD;.BAT;.EXE"), "1/a.cmd"),
            (Some(".bat;.exe"), "1/a.bat"),
            (Some(";; cmd ;.exe"), "1/a.cmd"),
            (Some(".CMD;.CMD;.EXE"), "1/a.cmd"),
            (Some(".PY;.JS"), "1/a.exe"),
            (Some(r"\..\x;.;..;.cmd.exe;.bat"), "1/a.bat"),
            (Some(&long), "1/a.exe"),
        ];
        for (pathext, expected) in cases {
            let folder = tempfile::tempdir().unwrap();
            let path = tree(folder.path(), &files);
            let pathext = pathext.map(OsStr::new);
            let found = named("a".as_ref(), &path, pathext, System::Windows);
            assert_eq!(found, Some(folder.path().join(expected)), "{pathext:?}");
            // A name with its ending needs no other one.
            let found = named("a.cmd".as_ref(), &path, pathext, System::Windows);
            assert_eq!(found, Some(folder.path().join("1/a.cmd")), "{pathext:?}");
        }
        let folder = tempfile::tempdir().unwrap();
        let path = tree(folder.path(), &["1/a.cmd"]);
        let only = Some(OsStr::new(".EXE"));
        assert_eq!(named("a".as_ref(), &path, only, System::Windows), None);
    }

    #[test]
    fn batch_files() {
        for (path, expected) in [
            ("aws.cmd", true),
            ("aws.BAT", true),
            ("aws.exe", false),
            ("cmd", false),
        ] {
            assert_eq!(is_batch_file(Path::new(path)), expected, "{path}");
        }
    }
}

#[cfg(windows)]
#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests_of_cmd {
    use super::*;
    use crate::setup::changes::process::quote;
    use std::os::windows::process::CommandExt as _;

    /// `cmd.exe` runs what is written for AWS tools, as the SDKs for Rust and JavaScript give it the command.
    #[test]
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
