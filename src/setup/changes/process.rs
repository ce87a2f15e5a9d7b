//! The `credential_process` command of a profile.

use crate::failure::Failure;
use crate::names::ProfileName;

/// Returns the `credential_process` command, quoted so that `sh -c`, `cmd.exe /C` and Python's shlex split it alike.
pub fn process_command(program: &str, profile: &ProfileName) -> Result<String, Failure> {
    let quoted = quote(program).ok_or_else(|| {
        Failure::refused("AWS tools cannot run apono-login from where it is installed")
            .cause(format!(
                "shells disagree about characters in its path {program:?}"
            ))
            .hint("move apono-login to a folder with a plain name, then run this again")
    })?;
    Ok(format!("{quoted} export-credentials --profile {profile}"))
}

pub fn quote(path: &str) -> Option<String> {
    let plain =
        |c: char| c.is_alphanumeric() || "/._-+,:@=".contains(c) || (cfg!(windows) && c == '\\');
    if path.chars().all(plain) {
        return Some(path.to_owned());
    }
    // All three read these literally inside double quotes.
    let quotable = |c: char| plain(c) || " ()[]{}~&'#;".contains(c);
    // A `#` or `;` after a space would begin a comment in the config file.
    let comment = path.contains(" #") || path.contains(" ;");
    (path.chars().all(quotable) && !comment).then(|| format!("\"{path}\""))
}
