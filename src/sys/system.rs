//! The operating system, as a value: for code that differs by system and is tested for all of them on each.

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
