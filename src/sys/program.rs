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
