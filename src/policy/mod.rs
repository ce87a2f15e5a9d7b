//! For admins: the documents of the Apono guide, filled in, and the check of an existing setup against them.
//!
//! The documents are the files in `templates/`. The check is pure: [`gather`] reads files and runs the admin's own tools for it.

pub mod check;
pub mod document;
pub mod gather;
mod role;
