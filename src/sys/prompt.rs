//! Questions to the person at the terminal. Asked on stderr, answered on stdin, one line each.

use std::io::{self, BufRead, Read, Write};

/// Longest answer read, in bytes.
const MAX_ANSWER: u64 = 1024;

/// The answer without surrounding blanks; empty if the person just pressed return.
///
/// # Errors
/// stdin ended or cannot be read.
pub fn ask(question: &str) -> io::Result<String> {
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} ")?;
    stderr.flush()?;
    let mut answer = String::new();
    let read = io::stdin().lock().take(MAX_ANSWER).read_line(&mut answer)?;
    if read == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(answer.trim().to_owned())
}

/// Yes unless the answer begins with something else than `y`; return means yes.
pub fn confirm(question: &str) -> io::Result<bool> {
    let answer = ask(&format!("{question} [Y/n]"))?;
    Ok(answer.is_empty() || answer.to_ascii_lowercase().starts_with('y'))
}
