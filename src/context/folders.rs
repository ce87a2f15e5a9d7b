//! The folders of the user. On Windows the variables that hold them come before the folders that the system knows: AWS tools
//! read `USERPROFILE`, and whoever runs a program in another home sets these variables.

use std::path::PathBuf;

use super::var_os;

/// Returns the home directory: `USERPROFILE` on Windows and `HOME` elsewhere, else what the system says.
pub fn home_dir() -> Option<PathBuf> {
    on_windows("USERPROFILE").or_else(dirs::home_dir)
}

/// Returns the folder for caches: on Windows `LOCALAPPDATA`, else what the system says.
pub fn cache_dir() -> Option<PathBuf> {
    on_windows("LOCALAPPDATA").or_else(dirs::cache_dir)
}

/// Returns the folder for data that stays on this computer: on Windows `LOCALAPPDATA`, else what the system says.
pub fn data_local_dir() -> Option<PathBuf> {
    on_windows("LOCALAPPDATA").or_else(dirs::data_local_dir)
}

fn on_windows(variable: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(var_os(variable).filter(|_| cfg!(windows))?);
    folder.is_absolute().then_some(folder)
}
