//! For admins: the documents of the Apono guide, filled in, and the check of an existing setup against them.
//!
//! Pure, except for [`gather`]: the check reads what the admin's own tools print.

pub mod aws_cli;
pub mod check;
pub mod cloudformation;
pub mod document;
pub mod gather;
pub mod mapping;
pub mod node;
pub mod terraform;
