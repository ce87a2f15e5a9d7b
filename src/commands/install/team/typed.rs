//! The command as it was typed, for hints that can be typed as they are.

use std::path::Path;

use crate::names::ProfileName;

pub struct Typed<'a> {
    /// `-` is standard input.
    pub path: &'a Path,
    /// None from the environment.
    pub profile: Option<&'a ProfileName>,
}

impl Typed<'_> {
    /// The command with `flags` behind it.
    pub fn with(&self, flags: &str) -> String {
        let path = quoted(&self.path.display().to_string());
        let profile = self.profile.map(|name| format!(" --profile {name}"));
        let profile = profile.unwrap_or_default();
        format!("apono-login install --from {path}{profile} {flags}")
    }
}

/// One word for the shell that people have there.
fn quoted(word: &str) -> String {
    let plain =
        |c: char| c.is_alphanumeric() || "/._-+,:@=".contains(c) || (cfg!(windows) && c == '\\');
    match word.chars().all(plain) && !word.is_empty() {
        true => word.to_owned(),
        // No file's name has a double quote there.
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
