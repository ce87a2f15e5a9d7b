//! What errors of files, locks and the HTTPS client mean to the user.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::command::Command;
use super::hints::REPORT_COMMAND;
use super::{Failure, Kind, Owner};
use crate::sys::shell;
use crate::sys::system::System;
use crate::sys::{edit, file, http, lock};

/// Programs hold the lock of a kubeconfig for milliseconds.
pub const LONGEST_CHANGE: Duration = Duration::from_secs(10);
pub const OUT_OF_FILES: &str = match System::THIS {
    System::Windows => "close some programs, then run this again",
    System::Linux | System::Mac => {
        "close some programs or raise the limit on open files (`ulimit -n`), then run this again"
    }
};
const WAIT: &str = "wait until the other program has finished, then run this again";

impl From<file::Error> for Failure {
    fn from(error: file::Error) -> Self {
        (&error).into()
    }
}

impl From<&file::Error> for Failure {
    fn from(error: &file::Error) -> Self {
        use file::Error as E;
        let cause = error.to_string();
        let failure = |error: String| Failure::refused(error).cause(&cause);
        match error {
            E::Io {
                path,
                doing,
                source,
            } => Failure::refused(format!("could not {doing} {}", path.display()))
                .cause(source.to_string())
                .hint(remedy(source, file::is_reading(doing))),
            E::InUse { path, doing } => {
                Failure::new(Kind::Busy, format!("could not {doing} {}", path.display()))
                    .cause(&cause)
                    .hint(format!(
                        "close that program (an editor or a virus scanner?), then {} again",
                        Command::typed().run()
                    ))
            }
            E::NotAFile { path } => failure(format!("not a file: {}", path.display()))
                .hint("move it away, or name another file"),
            E::TooLarge { path, .. } => failure(format!("file too large: {}", path.display()))
                .hint("check that this is the right file"),
            E::LinkLoop { path } => {
                let path = path.display();
                failure(format!("could not follow the symbolic link {path}"))
                    .hint("fix the symbolic link, then run this again")
            }
            E::ReadOnly { path } => failure(could_not_change(path)).hint(format!(
                "if you want it changed, run `{}`, then run this again",
                make_writable(path)
            )),
            E::LinkToReadOnly { path, .. } => failure(could_not_change(path)).hint(format!(
                "to get the text to add to the source of that file, {}",
                Command::typed().flag("--dry-run").run()
            )),
            E::Busy { path } | E::BeingWritten { path } => {
                Failure::new(Kind::Busy, could_not_change(path))
                    .cause(cause)
                    .hint(WAIT)
            }
            E::Untrusted { path, why } => untrusted(path, *why),
            E::NoModes { path } => failure(format!("{} is not safe to use", path.display())).hint(
                format!("{}, then run this again", off_this_file_system(path)),
            ),
        }
    }
}

impl From<edit::Fault<Failure>> for Failure {
    fn from(fault: edit::Fault<Failure>) -> Self {
        match fault {
            edit::Fault::File(error) => error.into(),
            edit::Fault::Other(failure) => failure,
        }
    }
}

/// Returns how to write to another kubeconfig than the one at this path, which cannot be changed.
pub fn another_kubeconfig(path: &Path) -> String {
    let typed = Command::typed();
    match typed.is("update-kubeconfig") {
        true => {
            let other = path.with_file_name("apono-login.yaml");
            let command = typed.option("--kubeconfig", other.display());
            format!(
                "to use another file, {}, and add that file to `KUBECONFIG`",
                command.run()
            )
        }
        false => "to use another file, set `KUBECONFIG` to its path".to_owned(),
    }
}

fn could_not_change(path: &Path) -> String {
    format!("could not change {}", path.display())
}

fn untrusted(path: &Path, why: file::Distrust) -> Failure {
    let quoted = quoted(path);
    let error = format!("{} is not safe to use", path.display());
    let failure = Failure::refused(error).cause(why.to_string());
    match why {
        file::Distrust::Owner { .. } => failure
            .hint(format!(
                "if it is yours, run `sudo chown \"$(id -u)\" {quoted}`, then run this again"
            ))
            .hint(format!(
                "if not, run `sudo rm -r {quoted}`, then run this again: it is created anew"
            )),
        file::Distrust::Mode { .. } => failure.hint(format!(
            "check that no other user has changed it, run `chmod go-w {quoted}`, then run this again"
        )),
    }
}

/// Returns how to have secrets where permissions are kept: on Linux a variable names the place of the cache, and another one that of the
/// browser's profiles for SAML.
fn off_this_file_system(folder: &Path) -> String {
    let mut above = folder.ancestors();
    let variable = match above.any(|at| at.ends_with("apono-login/browser")) {
        true => "XDG_DATA_HOME",
        false => "XDG_CACHE_HOME",
    };
    match cfg!(target_os = "linux") {
        true => format!(
            "set `{variable}` to a folder on a file system that keeps them (in WSL: below /home, not /mnt/c)"
        ),
        false => "move that folder to a disk that keeps them, and put a symbolic link in its place"
            .to_owned(),
    }
}

fn quoted(path: &Path) -> String {
    shell::quoted(&path.to_string_lossy())
}

/// Returns that a folder of the user belongs to root, and how to get it back.
pub fn lost_to_root(folder: &Path) -> String {
    format!(
        "{} belongs to root; to get it back, run `sudo chown -R \"$(id -u)\" {}`",
        folder.display(),
        quoted(folder)
    )
}

/// Returns what to do when the system refuses something with a file.
fn remedy(error: &io::Error, reading: bool) -> &'static str {
    use io::ErrorKind as K;
    match error.kind() {
        K::NotFound => "check the path, then run this again",
        K::PermissionDenied => "check the owner and the permissions of the file and of its folder",
        K::IsADirectory => "name a file, not a folder",
        K::StorageFull => "free some disk space and try again; the file was not changed",
        K::QuotaExceeded => {
            "delete files of yours that you do not need (your disk quota is used up) and try again; the file was not changed"
        }
        K::FileTooLarge => {
            "raise the limit on the size of files (`ulimit -f`) and try again; the file was not changed"
        }
        K::ReadOnlyFilesystem => {
            "make the file system writable and try again; the file was not changed"
        }
        _ if error
            .raw_os_error()
            .is_some_and(|code| TOO_MANY_OPEN.contains(&code)) =>
        {
            OUT_OF_FILES
        }
        _ if error.raw_os_error() == Some(BROKEN_DISK) => {
            "check the disk (or the network drive): the system could not read or write it"
        }
        _ if reading => "fix this, then run this again",
        _ => "fix this and try again; the file was not changed",
    }
}

/// The system's errors for which the standard library has no kind: too many open files.
#[cfg(unix)]
const TOO_MANY_OPEN: [i32; 2] = [libc::EMFILE, libc::ENFILE];
/// The disk or the network drive failed.
#[cfg(unix)]
const BROKEN_DISK: i32 = libc::EIO;
/// ERROR_TOO_MANY_OPEN_FILES
#[cfg(windows)]
const TOO_MANY_OPEN: [i32; 1] = [4];
/// ERROR_CRC
#[cfg(windows)]
const BROKEN_DISK: i32 = 23;

/// Returns the command of this system that gives the owner all that a cache needs. On Windows only a file can lack it.
pub fn chmod(path: &Path) -> String {
    let mode = if path.is_dir() { "u+rwx" } else { "u+rw" };
    allow_on(System::THIS, mode, path)
}

/// Returns the command of this system that gives a file another name.
pub fn move_away(path: &Path) -> String {
    let mut other = path.as_os_str().to_owned();
    other.push(".old");
    let program = match System::THIS {
        System::Windows => "move",
        System::Linux | System::Mac => "mv",
    };
    format!("{program} {} {}", quoted(path), quoted(Path::new(&other)))
}

/// Returns how to make a file UTF-8 without a byte order mark.
pub fn save_as_utf8(path: &Path) -> String {
    save_as_utf8_on(System::THIS, path)
}

/// PowerShell 5 has no encoding without the mark, so that .NET writes the file.
fn save_as_utf8_on(system: System, path: &Path) -> String {
    match system {
        System::Windows => {
            let file = shell::in_powershell(&path.to_string_lossy());
            format!(
                "to save it as UTF-8, run in PowerShell `[IO.File]::WriteAllText({file}, (Get-Content -Raw -LiteralPath {file}))`, then run this again"
            )
        }
        System::Linux | System::Mac => {
            "save it as UTF-8 without a byte order mark (BOM) in an editor, then run this again"
                .to_owned()
        }
    }
}

/// Returns the command of this system that gives the owner write permission.
fn make_writable(path: &Path) -> String {
    allow_on(System::THIS, "u+w", path)
}

/// On Windows the attribute of a file is all that this program can find to deny it; permissions there are lists of people.
fn allow_on(system: System, mode: &str, path: &Path) -> String {
    let quoted = shell::quoted_on(system, &path.to_string_lossy());
    match system {
        System::Windows => format!("attrib -r {quoted}"),
        System::Linux | System::Mac => format!("chmod {mode} {quoted}"),
    }
}

impl From<lock::Error> for Failure {
    fn from(error: lock::Error) -> Self {
        let cause = error.to_string();
        match error {
            lock::Error::File(error) => error.into(),
            lock::Error::Held { .. } => Failure::new(
                Kind::Busy,
                "another apono-login is working on the same file",
            )
            .cause(cause)
            .hint("wait until it has finished, then run this again"),
            lock::Error::LockFile { path, age } => {
                let age = age.filter(|age| *age > LONGEST_CHANGE);
                let age = age.map(|age| format!(", {} old", duration(age)));
                Failure::new(
                    Kind::Busy,
                    "another program is working on the same kubeconfig",
                )
                .cause(format!("{cause}{}", age.unwrap_or_default()))
                .hint(WAIT)
                .hint(format!(
                    "if no other program is changing the kubeconfig, run `{}`",
                    remove_command(&path)
                ))
            }
            lock::Error::Unavailable { path, source } => {
                Failure::refused(format!("could not lock {}", path.display()))
                    .cause(source.to_string())
                    .hint(remedy(&source, false))
            }
        }
    }
}

impl From<http::Error> for Failure {
    fn from(error: http::Error) -> Self {
        let failure =
            Failure::refused("could not set up the HTTPS client").cause(error.to_string());
        match error {
            http::Error::BadUrl { name } => {
                failure.hint(format!("set `{name}` to a URL such as https://host:port, or unset it"))
            }
            http::Error::BadProxy { name } => failure.hint(format!(
                "set `{name}` to a URL such as http://host:port or socks5://host:port, or unset it"
            )),
            http::Error::BadCertificates => failure.for_the(Owner::ClusterAdmin).hint(
                "show this to your cluster admin: AWS returned this as the cluster's certificate authority",
            ),
            http::Error::Tls(_) => failure.hint(REPORT_COMMAND),
            http::Error::Roots(_) => failure.hint(
                "set `SSL_CERT_FILE` to a PEM file with certificate authorities, or unset it",
            ),
            http::Error::Descriptors(error) => {
                Failure::new(Kind::Busy, "could not open a network connection")
                    .cause(error.to_string())
                    .hint(OUT_OF_FILES)
            }
            _ => failure
                .hint("set `AWS_CA_BUNDLE` (or `ca_bundle` in the profile) to a PEM file with your company's CA")
                .hint("if your company has no CA of its own, remove that setting"),
        }
    }
}

/// Returns the command of this system that deletes a file.
pub fn remove_command(path: &Path) -> String {
    let program = match System::THIS {
        System::Windows => "del",
        System::Linux | System::Mac => "rm",
    };
    format!("{program} {}", quoted(path))
}

/// Returns a length of time in words.
pub fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} min", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} days", seconds / 86400),
    }
}

#[cfg(test)]
mod tests_of_commands {
    use super::*;

    /// The same command in `cmd.exe` and in PowerShell where there is one.
    #[test]
    fn commands_are_those_of_the_system() {
        let path = Path::new(r"C:\Users\Bob O'Hara\x");
        let of = |system| (allow_on(system, "u+w", path), save_as_utf8_on(system, path));
        let (allow, save) = of(System::Windows);
        assert_eq!(allow, r#"attrib -r "C:\Users\Bob O'Hara\x""#);
        let saves =
            |file: &str| format!("WriteAllText({file}, (Get-Content -Raw -LiteralPath {file}))");
        let file = r"'C:\Users\Bob O''Hara\x'";
        assert!(save.contains(&saves(file)), "{save}");
        // Between the parentheses a bare word is no text.
        let save = save_as_utf8_on(System::Windows, Path::new(r"C:\Users\alice\x"));
        assert!(save.contains(&saves(r"'C:\Users\alice\x'")), "{save}");
        for system in [System::Linux, System::Mac] {
            let (allow, save) = of(system);
            assert_eq!(allow, r"chmod u+w 'C:\Users\Bob O'\''Hara\x'");
            assert!(!save.contains("PowerShell"), "{save}");
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_own_remedy() {
        for (errno, word) in [
            (libc::ENOSPC, "disk space"),
            (libc::EDQUOT, "quota"),
            (libc::EFBIG, "ulimit -f"),
            (libc::EROFS, "file system writable"),
            (libc::EMFILE, "ulimit -n"),
            (libc::ENFILE, "ulimit -n"),
            (libc::EIO, "check the disk"),
            (libc::EACCES, "permissions"),
        ] {
            let source = || io::Error::from_raw_os_error(errno);
            let path = Path::new("/home/alice/.aws/config");
            let failures: [Failure; 2] = [
                file::at(path, file::WRITE)(source()).into(),
                lock::Error::Unavailable {
                    path: path.to_owned(),
                    source: source(),
                }
                .into(),
            ];
            for failure in failures {
                assert_eq!(failure.kind, Kind::Refused);
                assert_eq!(failure.hints.len(), 1);
                assert!(failure.hints[0].contains(word), "{errno}: {failure:?}");
            }
        }
    }

    #[test]
    fn waiting_helps_where_another_program_is_busy() {
        let path = Path::new("/home/alice/.kube/config").to_owned();
        let age = Some(Duration::from_secs(3 * 3600));
        let failures: [Failure; 4] = [
            file::Error::Busy { path: path.clone() }.into(),
            file::Error::BeingWritten { path: path.clone() }.into(),
            lock::Error::Held { path: path.clone() }.into(),
            lock::Error::LockFile { path, age }.into(),
        ];
        for failure in &failures {
            assert_eq!(failure.kind.code(), 4);
            assert!(failure.hints[0].starts_with("wait until"), "{failure:?}");
        }
        assert!(failures[3].causes[0].ends_with("exists, 3 h old"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn where_permissions_are_not_kept_the_variable_of_that_folder_is_named() {
        for (folder, variable) in [
            ("/mnt/c/alice/.cache/apono-login", "`XDG_CACHE_HOME`"),
            (
                "/mnt/c/alice/.local/share/apono-login/browser",
                "`XDG_DATA_HOME`",
            ),
            (
                "/mnt/c/alice/.local/share/apono-login/browser/example-1",
                "`XDG_DATA_HOME`",
            ),
            ("/mnt/c/browser/.cache/apono-login", "`XDG_CACHE_HOME`"),
        ] {
            let path = Path::new(folder).to_owned();
            let failure = Failure::from(file::Error::NoModes { path });
            assert!(failure.hints[0].contains(variable), "{folder}: {failure:?}");
        }
    }
}
