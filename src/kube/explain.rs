//! What the errors of kubeconfigs mean to the user.

use std::path::Path;

use super::config::Error;
use crate::failure::hints::{REPORT_FILE, not_changed};
use crate::failure::{Failure, Kind, files};
use crate::sys::{edit, file};

/// Explains why a kubeconfig could not be read, or why an edit of it was refused. The file was not changed.
pub fn kubeconfig_edit(error: &Error, path: &Path) -> Failure {
    use Error as E;
    let failure = |kind| not_changed(kind, path).cause(error.to_string());
    match error {
        E::Conflict { .. } => {
            failure(Kind::Refused).hint("remove that field in an editor, then run this again")
        }
        E::Entry { .. } => {
            failure(Kind::Usage).hint("check `--alias`, `--user-alias` and `--namespace`")
        }
        E::Utf16 => failure(Kind::Refused)
            .hint(files::save_as_utf8(path))
            .hint("to use another file, set `KUBECONFIG` to its path"),
        E::Unverified => failure(Kind::Bug).hint(REPORT_FILE),
        _ => failure(Kind::Refused)
            .hint("fix this in an editor, then run this again")
            .hint("to use another file, set `KUBECONFIG` to its path"),
    }
}

/// Explains that a kubeconfig is no file, such as `/dev/null`.
pub fn no_file(path: &Path) -> Failure {
    not_changed(Kind::Refused, path)
        .cause(format!("{} is not a regular file", path.display()))
        .hint("to use another file, set `KUBECONFIG` to its path")
}

/// Explains that `KUBECONFIG` names no file at all.
pub fn no_path(error: impl Into<String>) -> Failure {
    Failure::refused(error)
        .cause("KUBECONFIG has no path in it, only separators: kubectl reads no file then")
        .hint("set `KUBECONFIG` to a path, or unset it")
}

/// Explains why a kubeconfig could not be changed.
pub fn kubeconfig_fault(fault: edit::Fault<Failure>) -> Failure {
    let elsewhere = match &fault {
        edit::Fault::File(file::Error::LinkToReadOnly { path, .. }) => {
            Some(files::another_kubeconfig(path))
        }
        _ => None,
    };
    let failure = Failure::from(fault);
    match elsewhere {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}
