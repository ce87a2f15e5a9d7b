//! `status`, as typed.

use clap::Args;

use super::StatusFormat;

pub(super) const NOTES: &str = "\
Shows all installed profiles if there are several and no profile is named. Reads local files only: it does not sign in and does \
not use the network.

The exit status is 0 if there are credentials, or if they can be renewed without you, and 3 if you have to sign in. With \
several profiles it is that of the selected one, marked with *.

--short reads the cache only: a changed profile shows after the next login. The exit status is 0 while the cached credentials \
are valid, else 3.

Examples:
  apono-login status
  apono-login status --output json
  apono-login status >/dev/null || apono-login

In a shell prompt:
  # bash
  PS1='$(apono-login status --short) '$PS1
  # zsh
  setopt prompt_subst; PROMPT='$(apono-login status --short) '$PROMPT
  # starship.toml
  [custom.apono]
  command = \"apono-login status --short\"
  when = true";

#[derive(Debug, Args)]
pub struct Status {
    /// Set the output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: StatusFormat,
    /// Print one short line for a shell prompt, or nothing if no credentials are cached
    #[arg(long, conflicts_with = "output")]
    pub short: bool,
}
