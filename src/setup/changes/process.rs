//! The `credential_process` command of a profile.

use crate::failure::Failure;
use crate::names::ProfileName;
use crate::sys::system::System;

/// Returns the `credential_process` command, quoted so that `sh -c` and Python's shlex split it alike, and on Windows `cmd.exe /C`
/// and botocore: see `setup::program`.
pub fn process_command(program: &str, profile: &ProfileName) -> Result<String, Failure> {
    let quoted = quote(System::THIS, program).ok_or_else(|| {
        Failure::refused("AWS tools cannot run apono-login from where it is installed")
            .cause(format!(
                "shells disagree about characters in its path {program:?}"
            ))
            .hint("move apono-login to a folder with a plain name, then run this again")
    })?;
    Ok(format!("{quoted} export-credentials --profile {profile}"))
}

/// Returns the path as it is written in a command. `None` if not all readers of a command would read it alike.
pub fn quote(system: System, path: &str) -> Option<String> {
    if is_plain(system, path) {
        return Some(path.to_owned());
    }
    // All read these literally inside double quotes.
    let more = match system {
        System::Windows => " ()[]{}&'#;,=@^`$",
        _ => " ()[]{}~&'#;",
    };
    let quotable = |c: char| is_plain_char(system, c) || more.contains(c);
    // A `#` or `;` after a space would begin a comment in the config file.
    let comment = path.contains(" #") || path.contains(" ;");
    (path.chars().all(quotable) && !comment).then(|| format!("\"{path}\""))
}

/// Returns whether the path is a word for all readers of a command, without quotation marks.
pub fn is_plain(system: System, path: &str) -> bool {
    path.chars().all(|c| is_plain_char(system, c))
}

fn is_plain_char(system: System, c: char) -> bool {
    // `cmd.exe` ends a word at `,`, `;` and `=`, and takes `@`, `&`, `^` and parentheses for its own. Short names have a `~`.
    let more = match system {
        System::Windows => "\\/._-+:~",
        _ => "/._-+,:@=",
    };
    c.is_alphanumeric() || more.contains(c)
}
