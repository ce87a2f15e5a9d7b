//! The terminal, as the program that runs this one has set it.

/// A stream that texts are printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// Returns whether escape codes on the stream are not shown as text. A console of Windows is switched to obey them; the oldest ones
/// cannot be. What is no terminal is for a program, and terminals of other systems obey them.
pub fn obeys_escape_codes(stream: Stream) -> bool {
    #[cfg(windows)]
    {
        use winsafe::{HSTD, co};
        let handle = HSTD::GetStdHandle(match stream {
            Stream::Stdout => co::STD_HANDLE::OUTPUT,
            Stream::Stderr => co::STD_HANDLE::ERROR,
        });
        let Ok(mut handle) = handle else {
            return true;
        };
        // Else the stream would be closed.
        let handle = handle.leak();
        match handle.GetConsoleMode() {
            Ok(mode) => {
                let mode = mode | co::CONSOLE::ENABLE_VIRTUAL_TERMINAL_PROCESSING;
                handle.SetConsoleMode(mode).is_ok()
            }
            // A file or a pipe. The terminals of Git Bash, Cygwin and MSYS2 are pipes, too.
            Err(_) => true,
        }
    }
    #[cfg(not(windows))]
    {
        let _ = stream;
        true
    }
}

/// Returns whether standard error is a terminal on which a line feed only moves down, as full-screen programs such as k9s set it.
#[cfg(unix)]
pub fn needs_carriage_returns() -> bool {
    use rustix::termios::{OutputModes, tcgetattr};
    let returns = OutputModes::OPOST | OutputModes::ONLCR;
    tcgetattr(std::io::stderr()).is_ok_and(|terminal| !terminal.output_modes.contains(returns))
}

/// Does as on Unix; the consoles of Windows always return.
#[cfg(not(unix))]
pub fn needs_carriage_returns() -> bool {
    false
}
