//! `policy`, as typed.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Trust policy for people who sign in through IAM Identity Center
    TrustSso,
}
