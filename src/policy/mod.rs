//! The admin's side: the documents of the guide, filled in, and what differs from them in a live setup. Pure.
//!
//! Nothing here asks AWS or a cluster: what is checked is what the admin's own tools print.

pub mod aws_cli;
pub mod check;
pub mod cloudformation;
pub mod document;
pub mod mapping;
pub mod node;
pub mod terraform;
