//! `status`, as typed.

use clap::Args;

use super::StatusFormat;

pub(super) const EXAMPLES: &str = "\
Examples:
  apono-login status
  apono-login status --output json
  apono-login status >/dev/null || apono-login

In a shell's prompt:
  bash      PS1='$(apono-login status --short) '$PS1
  zsh       setopt prompt_subst; PROMPT='$(apono-login status --short) '$PROMPT
  starship  [custom.apono]
            command = \"apono-login status --short\"
            when = true";

#[derive(Debug, Args)]
pub struct Status {
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: StatusFormat,
    /// Print one short line for a shell's prompt, such as `alice@example.com 42m`: what is cached for the profile, and
    /// nothing if that is none. Reads no config file, so a changed profile shows after the next login. The exit status
    /// is 0 while those credentials live, else 3
    #[arg(long, conflicts_with = "output")]
    pub short: bool,
}
