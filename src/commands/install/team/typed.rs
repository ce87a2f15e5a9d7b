//! The command as it was typed, for hints that can be pasted.

use std::path::Path;

use crate::names::ProfileName;
use crate::sys::shell;

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
        let path = shell::quoted(&self.path.display().to_string());
        let profile = self
            .profile
            .map(|name| format!(" --profile {}", shell::quoted(name.as_str())));
        let profile = profile.unwrap_or_default();
        format!("apono-login install --from {path}{profile} {flags}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_file_is_one_word() {
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
