//! The terminal, as the program that runs this one has set it.

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
