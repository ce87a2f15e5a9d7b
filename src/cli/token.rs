//! `token`, as typed.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Token {
    /// Decode a token, offline; signature and session token are not shown
    Inspect,
}
