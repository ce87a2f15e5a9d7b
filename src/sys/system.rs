//! The operating system, as a value: for code that differs by system and is tested for all of them on each.

use std::path::PathBuf;

/// An operating system that this program runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux and the other systems with a freedesktop.org desktop.
    Linux,
    Mac,
    Windows,
}

impl System {
    pub const THIS: System = if cfg!(windows) {
        System::Windows
    } else if cfg!(target_os = "macos") {
        System::Mac
    } else {
        System::Linux
    };
}

/// Returns the path of a program of Windows itself. It is never looked for beside this program or on the `PATH`, where another
/// one of its name may be.
pub fn windows_program(name: &str) -> PathBuf {
    #[cfg(windows)]
    let folder = winsafe::GetSystemDirectory().unwrap_or_else(|_| USUAL_FOLDER.to_owned());
    #[cfg(not(windows))]
    let folder = USUAL_FOLDER;
    PathBuf::from(format!("{folder}\\{name}"))
}

/// Where the programs of Windows usually are.
const USUAL_FOLDER: &str = r"C:\Windows\System32";
