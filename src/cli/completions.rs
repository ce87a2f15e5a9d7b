//! `completions`, and the command that the scripts run, as typed.

use clap::{Args, ValueEnum};

pub(super) const EXAMPLES: &str = "\
Examples:
  mkdir -p ~/.local/share/bash-completion/completions
  apono-login completions bash \\
    > ~/.local/share/bash-completion/completions/apono-login
  apono-login completions zsh > \"${fpath[1]}/_apono-login\"
  mkdir -p ~/.config/fish/completions
  apono-login completions fish > ~/.config/fish/completions/apono-login.fish";

#[derive(Debug, Args)]
pub struct Completions {
    /// Print the script for this shell
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub struct CompleteValues {
    pub values: Values,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Values {
    /// Profiles that `login` accepts.
    Installed,
    /// All profiles.
    Profiles,
    /// Clusters of the kubeconfig.
    Clusters,
    Regions,
}
