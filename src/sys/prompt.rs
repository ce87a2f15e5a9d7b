//! Questions to the user at the terminal: asked on stderr, answered on stdin, one line each.

use std::io::{self, BufRead, Read, Write};

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 1024;

/// Asks a question. Returns the answer without surrounding white space; it is empty if the user only pressed return.
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

/// Asks a question to answer with yes or no. An empty answer, and one that starts with `y`, means yes.
pub fn confirm(question: &str) -> io::Result<bool> {
    let answer = ask(&format!("{question} [Y/n]"))?;
    Ok(answer.is_empty() || answer.to_ascii_lowercase().starts_with('y'))
}
