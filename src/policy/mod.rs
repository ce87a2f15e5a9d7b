//! For admins: the documents of the Apono guide, filled in, and the check of an existing setup against them.
//!
//! Pure: no calls to AWS or a cluster. The check reads what the admin's own tools print.

pub mod aws_cli;
pub mod check;
pub mod cloudformation;
pub mod document;
pub mod mapping;
pub mod node;
pub mod terraform;
