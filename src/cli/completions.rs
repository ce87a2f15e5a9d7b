//! `completions`, and what the scripts run, as typed.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct Completions {
    /// Shell to complete for
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub struct CompleteValues {
    pub values: Values,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Values {
    /// Profiles that can be logged in to.
    Installed,
    /// All profiles.
    Profiles,
    /// Clusters of the kubeconfig.
    Clusters,
    Regions,
}
