//! What the errors of the cache mean to the user.

use std::io;
use std::path::Path;

use super::{Error, Problem, Store};
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::failure::files::{chmod, move_away};
use crate::sys::{file, lock};

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::File(error) => error.into(),
            Error::UnknownStore { name } => Failure::refused(format!(
                "unknown credential store {name:?}"
            ))
            .cause(
                "the store is chosen by `APONO_LOGIN_STORE`, else by `apono_store` in the profile",
            )
            .hint("set `APONO_LOGIN_STORE` (or `apono_store`) to auto, kernel, secret-service, keychain, credential-manager or file")
            .hint("if you do not need it, remove it: the default is auto"),
            Error::Store { store, problem } => {
                let name = store.name();
                let failure =
                    Failure::refused(format!("could not use the credential store {name}"))
                        .cause(problem.to_string());
                if matches!(problem, Problem::OtherSystem) {
                    let names: Vec<_> =
                        Store::preferred().iter().map(|s| s.name()).collect();
                    return failure.hint(format!(
                        "set `APONO_LOGIN_STORE` (or `apono_store` in the profile) to a store of this operating system: auto, {}",
                        names.join(", ")
                    ));
                }
                let failure = match problem {
                    Problem::OfAnotherBuild => {
                        let login = Command::new("login --force").run();
                        failure.hint(format!("to replace the key, {login}"))
                    }
                    problem => failure.hint(store_hint(store, &problem)),
                };
                failure
                    .hint("to use another store, set `APONO_LOGIN_STORE` (or `apono_store` in the profile) to auto or file")
            }
            error @ (Error::Random(_) | Error::Seal) => {
                Failure::refused("could not use the credential cache")
                    .cause(error.to_string())
                    .hint(format!(
                        "{}, then {} again",
                        Command::new("logout --all").run(),
                        Command::typed().run()
                    ))
            }
        }
    }
}

fn store_hint(store: Store, problem: &Problem) -> &'static str {
    use Problem as P;
    match problem {
        P::Absent(_) if store != Store::SecretService => {
            "log on to this computer directly, not over the network"
        }
        P::Absent(_) => {
            "start a keyring (gnome-keyring, KWallet, KeePassXC) and check that `DBUS_SESSION_BUS_ADDRESS` is set"
        }
        P::Locked | P::Dismissed => "unlock the keyring, for example by logging in to the desktop",
        P::Unconfirmed => {
            "in KeePassXC, turn off \"Confirm when passwords are retrieved by clients\" (Settings, Secret Service Integration)"
        }
        P::NoDefault => {
            "create a keyring or a wallet; in KeePassXC, open a database that has an exposed group (Database Settings, Secret Service Integration)"
        }
        P::Timeout { .. } => "restart the program that did not respond, then run this again",
        P::Forbidden(_) => "if this is a container, allow the system calls keyctl and add_key",
        P::Full => {
            "list the keys with `keyctl show @u`, and remove those that are not used (keyctl unlink, with the number of the key)"
        }
        P::OtherSystem | P::OfAnotherBuild | P::Other(_) => "fix this, then run this again",
    }
}

/// Returns why a lock in the cache cannot be taken, and how to get a cache that can be written.
pub fn lock_fault(error: &lock::Error) -> String {
    match error {
        lock::Error::Unavailable { path, source } => fault(path, source),
        lock::Error::File(error) => file_fault(error),
        error => error.to_string(),
    }
}

/// Returns the same of a file of the cache.
pub fn file_fault(error: &file::Error) -> String {
    match error {
        file::Error::Io { path, source, .. } => fault(path, source),
        error => error.to_string(),
    }
}

fn fault(path: &Path, source: &io::Error) -> String {
    use io::ErrorKind as K;
    let shown = path.display();
    match (source.kind(), place_that_denies(path), no_folder(path)) {
        (K::PermissionDenied, Some(place), _) if !file::is_own(place) => format!(
            "{shown}: {source}; {} is not yours: have its owner or an admin allow it",
            place.display()
        ),
        (K::PermissionDenied, Some(place), _) if file::allows_owner(place) => format!(
            "{shown}: {source}; the permissions of {} allow it: check what else denies it (an ACL, a flag, a policy of this computer)",
            place.display()
        ),
        (K::PermissionDenied, Some(place), _) => {
            format!("{shown}: {source}; to allow it, run `{}`", chmod(place))
        }
        (K::ReadOnlyFilesystem, ..) => format!(
            "{shown} is on a read-only file system; make it writable{}",
            elsewhere()
        ),
        (K::StorageFull, ..) => format!(
            "the disk of {shown} is full; free some space there{}",
            elsewhere()
        ),
        (K::QuotaExceeded, ..) => format!(
            "your disk quota for {shown} is used up; delete files of yours there{}",
            elsewhere()
        ),
        (K::AlreadyExists | K::NotADirectory, _, Some(place)) => format!(
            "{} is not a folder; to move it away, run `{}`",
            place.display(),
            move_away(place)
        ),
        _ => format!("{shown}: {source}"),
    }
}

fn exists(place: &&Path) -> bool {
    place.symlink_metadata().is_ok()
}

/// Returns what is in the path and is no folder.
fn no_folder(path: &Path) -> Option<&Path> {
    let place = path.ancestors().find(exists)?;
    (!place.is_dir()).then_some(place)
}

/// Returns what has to be changed before the file at the path can be written: itself, or the folder in which it is.
fn place_that_denies(path: &Path) -> Option<&Path> {
    let mut places = path.ancestors().filter(exists);
    let first = places.next()?;
    match first == path && first.is_file() && file::allows_owner(first) {
        true => places.next(),
        false => Some(first),
    }
}

fn elsewhere() -> &'static str {
    match cfg!(target_os = "linux") {
        true => ", or set `XDG_CACHE_HOME` to a folder elsewhere",
        false => "",
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn permissions_are_changed_only_where_they_deny_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let (folder, path) = (folder.path(), folder.path().join("x.entry"));
        for (mode, words) in [
            (0o700, "allow it: check what else denies it"),
            (0o500, "to allow it, run `chmod u+rwx "),
        ] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(folder, permissions).unwrap();
            let source = io::Error::from_raw_os_error(libc::EACCES);
            let told = fault(&path, &source);
            assert!(told.contains(words), "{told}");
        }
    }

    /// Those of a system that a test cannot make; the others are in `tests/it/cache`.
    #[test]
    fn what_fills_a_disk_or_protects_it_is_named() {
        let path = Path::new("/home/alice/.cache/apono-login/x.entry");
        for (errno, words) in [
            (
                libc::ENOSPC,
                "the disk of /home/alice/.cache/apono-login/x.entry is full",
            ),
            (libc::EDQUOT, "your disk quota for /home/alice/"),
            (
                libc::EROFS,
                "is on a read-only file system; make it writable",
            ),
            (libc::EIO, "/home/alice/.cache/apono-login/x.entry: "),
        ] {
            let source = || io::Error::from_raw_os_error(errno);
            let of_file = Error::File(file::at(path, file::WRITE)(source())).with_remedy();
            assert!(of_file.contains(words), "{of_file}");
            let path = path.to_owned();
            let source = source();
            assert_eq!(
                lock_fault(&lock::Error::Unavailable { path, source }),
                of_file
            );
        }
    }
}
