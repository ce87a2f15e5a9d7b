//! Words of commands, quoted for the shell that reads them: for commands in hints and for admin scripts.
//!
//! Our own few lines, since no maintained library quotes for all three shells and a program's own rules for its command line.

use super::system::System;

/// A shell, by its syntax.
#[allow(clippy::enum_variant_names, reason = "that is what it is called")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shell {
    /// POSIX: sh, bash, zsh, dash. fish reads the same, except for `\\` in a word with other special characters.
    Sh,
    /// The command line of `cmd.exe`. A batch file expands `%` in other ways.
    Cmd,
    /// PowerShell of any version, on any system.
    PowerShell,
}

/// Characters that no shell treats specially, wherever they stand in a word.
const PLAIN: &str = "_./:+";

impl Shell {
    /// Returns `word` quoted, so that a command gets it as one unchanged argument. Returns a word as it is if it needs no quotes.
    ///
    /// Exceptions: `cmd.exe` cannot have a line break in a word, so each becomes a space. Before version 7.3, PowerShell drops
    /// an empty word and removes `"` from the arguments of a program.
    pub fn quote(self, word: &str) -> String {
        match (self.is_plain(word), self) {
            (true, _) => word.to_owned(),
            (false, Shell::Sh) => format!("'{}'", word.replace('\'', r"'\''")),
            (false, Shell::Cmd) => in_cmd(word),
            (false, Shell::PowerShell) => in_powershell(word),
        }
    }

    fn is_plain(self, word: &str) -> bool {
        let plain = |c: char| {
            c.is_ascii_alphanumeric()
                || PLAIN.contains(c)
                || match self {
                    Shell::Sh => "-=,@%".contains(c),
                    // A `,` makes a list in PowerShell, and `=` separates arguments of batch files.
                    Shell::Cmd | Shell::PowerShell => "-\\".contains(c),
                }
        };
        // zsh expands a `=` at the beginning. PowerShell splits `-name.rest` and `-name:rest` in two.
        let special_start = match self {
            Shell::Sh => word.starts_with('='),
            Shell::Cmd => false,
            Shell::PowerShell => word.starts_with('-') && word.contains(['.', ':']),
        };
        !word.is_empty() && word.chars().all(plain) && !special_start
    }
}

/// In double quotes, as the C runtime of the program splits its command line:
/// <https://learn.microsoft.com/en-us/cpp/c-language/parsing-c-command-line-arguments>.
fn in_cmd(word: &str) -> String {
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for c in word.chars() {
        // Backslashes before a double quote are doubled, also before one that ends the quoted text here.
        if matches!(c, '"' | '%') {
            quoted.push_str(&"\\".repeat(backslashes));
        }
        backslashes = if c == '\\' { backslashes + 1 } else { 0 };
        match c {
            // Outside of the quotes, for two readers: `^` for cmd.exe, `\` for the program.
            '"' => quoted.push_str("\"\\^\"\""),
            // Outside too, since `^` is literal inside: no variable has a name that ends in `"^` or begins with `"`.
            '%' => quoted.push_str("\"^%\""),
            '\r' | '\n' => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push_str(&"\\".repeat(backslashes));
    quoted.push('"');
    quoted
}

/// Returns a text of PowerShell, also where a bare word is none: in single quotes, which the typographic ones of Unicode end as well.
pub fn in_powershell(word: &str) -> String {
    let mut quoted = String::from("'");
    for c in word.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

/// Returns `word` quoted for a command that a person pastes on this system.
pub fn quoted(word: &str) -> String {
    quoted_on(System::THIS, word)
}

/// Returns the hint to run a command, which is quoted already, without a variable of the environment.
pub fn run_without(variable: &str, command: &str) -> String {
    run_without_on(System::THIS, variable, command)
}

/// The two shells of Windows unset a variable in different ways, so that words have to do.
fn run_without_on(system: System, variable: &str, command: &str) -> String {
    match system {
        System::Linux | System::Mac => format!("run `env -u {variable} {command}`"),
        System::Windows => format!("run `{command}` in a window where {variable} is not set"),
    }
}

/// On Windows, which of the two shells will read it is unknown. Most words that need quotes have a form that both read alike;
/// the others are quoted for PowerShell, the default shell of Windows Terminal.
pub fn quoted_on(system: System, word: &str) -> String {
    match system {
        System::Linux | System::Mac => Shell::Sh.quote(word),
        System::Windows if Shell::PowerShell.is_plain(word) => Shell::Cmd.quote(word),
        System::Windows if same_in_double_quotes(word) => in_cmd(word),
        System::Windows => Shell::PowerShell.quote(word),
    }
}

/// Returns whether `cmd.exe` and PowerShell read the word alike in double quotes. A backslash at its end is doubled, which
/// does not change the meaning of a path.
fn same_in_double_quotes(word: &str) -> bool {
    let expanded = |c: char| "\"$`%\r\n".contains(c) || matches!(c, '\u{201c}'..='\u{201e}');
    !word.is_empty() && !word.contains(expanded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word; how sh, cmd.exe and PowerShell have it; and how a hint on Windows does.
    #[rustfmt::skip]
    const WORDS: [[&str; 5]; 27] = [
        ["team.toml", "team.toml", "team.toml", "team.toml", "team.toml"],
        ["-", "-", "-", "-", "-"],
        ["--yes", "--yes", "--yes", "--yes", "--yes"],
        ["-a.b", "-a.b", "-a.b", "'-a.b'", "\"-a.b\""],
        ["", "''", "\"\"", "''", "''"],
        ["our team", "'our team'", "\"our team\"", "'our team'", "\"our team\""],
        ["bob's", r"'bob'\''s'", "\"bob's\"", "'bob''s'", "\"bob's\""],
        ["bob’s", "'bob’s'", "\"bob’s\"", "'bob’’s'", "\"bob’s\""],
        ["a\"b", "'a\"b'", r#""a"\^""b""#, "'a\"b'", "'a\"b'"],
        [r#"a\"b"#, r#"'a\"b'"#, r#""a\\"\^""b""#, r#"'a\"b'"#, r#"'a\"b'"#],
        ["“x”", "'“x”'", "\"“x”\"", "'“x”'", "'“x”'"],
        ["$HOME", "'$HOME'", "\"$HOME\"", "'$HOME'", "'$HOME'"],
        ["$(id)", "'$(id)'", "\"$(id)\"", "'$(id)'", "'$(id)'"],
        ["`id`", "'`id`'", "\"`id`\"", "'`id`'", "'`id`'"],
        ["%PATH%", "%PATH%", r#"""^%"PATH"^%"""#, "'%PATH%'", "'%PATH%'"],
        [r"a\%b", r"'a\%b'", r#""a\\"^%"b""#, r"'a\%b'", r"'a\%b'"],
        ["wow!", "'wow!'", "\"wow!\"", "'wow!'", "\"wow!\""],
        ["a^b", "'a^b'", "\"a^b\"", "'a^b'", "\"a^b\""],
        ["a&b", "'a&b'", "\"a&b\"", "'a&b'", "\"a&b\""],
        ["a@b", "a@b", "\"a@b\"", "'a@b'", "\"a@b\""],
        ["@file", "@file", "\"@file\"", "'@file'", "\"@file\""],
        ["a,b=c", "a,b=c", "\"a,b=c\"", "'a,b=c'", "\"a,b=c\""],
        ["=ls", "'=ls'", "\"=ls\"", "'=ls'", "\"=ls\""],
        ["~/a", "'~/a'", "\"~/a\"", "'~/a'", "\"~/a\""],
        [r"C:\team.toml", r"'C:\team.toml'", r"C:\team.toml", r"C:\team.toml", r"C:\team.toml"],
        [r"C:\our team\", r"'C:\our team\'", r#""C:\our team\\""#, r"'C:\our team\'", r#""C:\our team\\""#],
        ["a\nb", "'a\nb'", "\"a b\"", "'a\nb'", "'a\nb'"],
    ];

    #[test]
    fn words_are_quoted_for_each_shell() {
        for [word, sh, cmd, powershell, windows] in WORDS {
            assert_eq!(Shell::Sh.quote(word), sh, "sh: {word:?}");
            assert_eq!(Shell::Cmd.quote(word), cmd, "cmd: {word:?}");
            assert_eq!(
                Shell::PowerShell.quote(word),
                powershell,
                "PowerShell: {word:?}"
            );
            assert_eq!(
                quoted_on(System::Windows, word),
                windows,
                "Windows: {word:?}"
            );
            assert_eq!(quoted_on(System::Mac, word), sh, "macOS: {word:?}");
        }
    }

    #[test]
    fn a_command_without_a_variable() {
        let run = |system| run_without_on(system, "KUBECONFIG", "apono-login install --yes");
        let with_env = "run `env -u KUBECONFIG apono-login install --yes`";
        assert_eq!([System::Linux, System::Mac].map(run), [with_env; 2]);
        assert_eq!(
            run(System::Windows),
            "run `apono-login install --yes` in a window where KUBECONFIG is not set"
        );
    }

    #[test]
    #[cfg(unix)]
    fn sh_reads_each_word_back() {
        let words: Vec<_> = WORDS
            .iter()
            .map(|[word, ..]| Shell::Sh.quote(word))
            .collect();
        let script = format!("printf '%s\\0' {}", words.join(" "));
        let output = crate::sys::process::command("sh")
            .args(["-c", &script])
            .output();
        let output = String::from_utf8(output.unwrap().stdout).unwrap();
        let read: Vec<_> = output.split_terminator('\0').collect();
        assert_eq!(read, WORDS.map(|[word, ..]| word));
    }
}
