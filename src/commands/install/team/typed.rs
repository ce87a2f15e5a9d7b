//! The command as it was typed, for hints that can be pasted.

use std::path::Path;

use crate::names::ProfileName;

/// The typed flags that a repeated command needs.
pub struct Typed<'a> {
    /// `-` is standard input.
    pub path: &'a Path,
    /// `--profile`; the environment still applies to a repeated command.
    pub profile: Option<&'a ProfileName>,
}

impl Typed<'_> {
    /// Returns the command with `flags` added.
    pub fn with(&self, flags: &str) -> String {
        let path = quoted(&self.path.display().to_string());
        let profile = self.profile.map(|name| format!(" --profile {name}"));
        let profile = profile.unwrap_or_default();
        format!("apono-login install --from {path}{profile} {flags}")
    }
}

/// Returns the word quoted for the usual shell of this system.
fn quoted(word: &str) -> String {
    let plain =
        |c: char| c.is_alphanumeric() || "/._-+,:@=".contains(c) || (cfg!(windows) && c == '\\');
    match word.chars().all(plain) && !word.is_empty() {
        true => word.to_owned(),
        // File names on Windows cannot contain a double quote.
        false if cfg!(windows) => format!("\"{word}\""),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_file_is_one_word() {
        for (path, word) in [
            ("team.toml", "team.toml"),
            ("-", "-"),
            ("/tmp/our team.toml", "'/tmp/our team.toml'"),
            ("$(id).toml", "'$(id).toml'"),
            ("~/a", "'~/a'"),
            ("bob's.toml", r"'bob'\''s.toml'"),
        ] {
            assert_eq!(quoted(path), word);
        }
        let profile = "labs".parse().unwrap();
        let typed = Typed {
            path: Path::new("a b"),
            profile: Some(&profile),
        };
        assert_eq!(
            typed.with("--yes"),
            "apono-login install --from 'a b' --profile labs --yes"
        );
    }
}
