//! `token`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::StatusFormat;

const NOTES: &str = "\
Reads the token, or the JSON that get-token prints, from standard input or a file: a token is a secret, and command lines are \
visible to others. Its signature and session token are not shown.

The exit status is 0 if a cluster would accept the token, and 1 if not. Nothing is sent: only AWS can check the signature.

Examples:
  apono-login get-token --cluster-name prod | apono-login token inspect
  aws eks get-token --cluster-name prod | apono-login token inspect
  apono-login token inspect saved-token.txt --output json";

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Show the contents of a cluster token and whether a cluster would accept it
    #[command(after_help = NOTES)]
    Inspect(Inspect),
}

#[derive(Debug, Args)]
pub struct Inspect {
    /// Read the token from this file; `-` for standard input
    #[arg(value_name = "FILE", default_value = "-")]
    pub file: PathBuf,
    /// Set the output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: StatusFormat,
}
