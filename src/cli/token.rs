//! `token`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::StatusFormat;

const EXAMPLES: &str = "\
Examples:
  apono-login get-token --cluster-name prod | apono-login token inspect
  aws eks get-token --cluster-name prod | apono-login token inspect --output json
  apono-login token inspect saved-token.txt";

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Say what a cluster's token holds, and whether the cluster would take it; asks nobody
    ///
    /// Reads the token, or the JSON that get-token prints, from standard input or a file: a token is a secret, and has no
    /// place in a command line. Its signature and session token are not shown. The exit status is 0 if a cluster would
    /// take it and 1 if not; whether the signature is right, only AWS knows.
    #[command(after_help = EXAMPLES)]
    Inspect(Inspect),
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// File with the token; `-` is standard input
    #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
    pub file: PathBuf,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: StatusFormat,
}
