//! The command line of a Windows process, which is one text: its words are quoted as the program splits them.
//!
//! <https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments>

#[cfg(windows)]
use std::ffi::OsStr;
use std::io;
use std::path::Path;
#[cfg(windows)]
use std::process::Command;

use crate::sys::program;
use crate::sys::system;

/// Returns the full path of the program to start, and its command line. A batch file is run by `cmd.exe`.
#[cfg(windows)]
pub(super) fn command_line(command: &Command) -> io::Result<(String, String)> {
    let text = |word: &OsStr| match word.to_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(invalid("a word of the command is not Unicode")),
    };
    let program = text(command.get_program())?;
    let arguments = command
        .get_args()
        .map(text)
        .collect::<io::Result<Vec<_>>>()?;
    of_words(&program, &arguments)
}

#[cfg_attr(not(windows), allow(dead_code, reason = "tested everywhere"))]
fn of_words(program: &str, arguments: &[String]) -> io::Result<(String, String)> {
    let words = std::iter::once(program).chain(arguments.iter().map(String::as_str));
    if words.clone().any(|word| word.contains('\0')) {
        return Err(invalid("a word of the command has a null character"));
    }
    if !program::is_batch_file(Path::new(program)) {
        let line: Vec<_> = words.map(quoted).collect();
        return Ok((program.to_owned(), line.join(" ")));
    }
    if words.clone().any(|word| word.contains(['\r', '\n'])) || program.contains('"') {
        return Err(invalid("batch file arguments are invalid"));
    }
    let line: Vec<_> = words.map(in_batch).collect();
    let shell = system::windows_program("cmd.exe");
    let shell = shell.to_string_lossy().into_owned();
    // No AutoRun, no delayed expansion; the outer quotes are those that `cmd.exe` removes.
    let line = format!(
        "{} /e:ON /v:OFF /d /c \"{}\"",
        quoted(&shell),
        line.join(" ")
    );
    Ok((shell, line))
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

/// Returns the word as the C runtime of a program reads it back.
fn quoted(word: &str) -> String {
    if !word.is_empty() && !word.contains([' ', '\t', '"']) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for c in word.chars() {
        if c == '"' {
            quoted.push_str(&"\\".repeat(backslashes + 1));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        quoted.push(c);
    }
    quoted.push_str(&"\\".repeat(backslashes));
    quoted.push('"');
    quoted
}

/// Returns the word as a batch file reads it back: always in quotes, in which `cmd.exe` treats only `"` and `%` specially.
///
/// A `%` is followed by a variable's empty piece, `%cd:~,%`, so that no two of them enclose the name of a variable. This is how the
/// standard library does it, too: <https://blog.rust-lang.org/2024/04/09/cve-2024-24576.html>.
fn in_batch(word: &str) -> String {
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for c in word.chars() {
        match c {
            '"' => {
                quoted.push_str(&"\\".repeat(backslashes));
                quoted.push('"');
            }
            '%' => quoted.push_str("%%cd:~,"),
            _ => {}
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        quoted.push(c);
    }
    quoted.push_str(&"\\".repeat(backslashes));
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(program: &str, arguments: &[&str]) -> String {
        let arguments: Vec<_> = arguments.iter().map(|&word| word.to_owned()).collect();
        of_words(program, &arguments).unwrap().1
    }

    #[test]
    fn words_are_quoted_as_programs_split_them() {
        for (word, expected) in [
            ("a", "a"),
            ("https://x/?a=1&b=%20", "https://x/?a=1&b=%20"),
            ("", r#""""#),
            ("a b", r#""a b""#),
            (r#"a"b"#, r#""a\"b""#),
            (r"C:\a b\", r#""C:\a b\\""#),
            (r"C:\a\", r"C:\a\"),
            (r#"a\"b"#, r#""a\\\"b""#),
        ] {
            assert_eq!(
                line("C:\\x.exe", &[word]),
                format!("C:\\x.exe {expected}"),
                "{word}"
            );
        }
        assert_eq!(line("C:\\a b\\x.exe", &[]), "\"C:\\a b\\x.exe\"");
    }

    #[test]
    fn batch_files_are_run_by_the_shell_of_the_system() {
        for (word, expected) in [
            ("https://x/?a=1&b=%20", r#""https://x/?a=1&b=%%cd:~,%20""#),
            (r#"a"&c&"b"#, r#""a""&c&""b""#),
            (r"a\", r#""a\\""#),
        ] {
            let line = line(r"C:\a b\x.cmd", &[word]);
            let inner = format!(r#" /e:ON /v:OFF /d /c ""C:\a b\x.cmd" {expected}""#);
            let shell = line
                .strip_suffix(&inner)
                .unwrap_or_else(|| panic!("{line}"));
            assert!(
                shell.to_lowercase().ends_with(r"\system32\cmd.exe"),
                "{shell}"
            );
        }
        let broken = of_words(r"C:\x.bat", &["a\nb".to_owned()]).unwrap_err();
        assert_eq!(broken.kind(), io::ErrorKind::InvalidInput);
        let null = of_words(r"C:\x.exe", &["a\0".to_owned()]).unwrap_err();
        assert_eq!(null.kind(), io::ErrorKind::InvalidInput);
    }
}
