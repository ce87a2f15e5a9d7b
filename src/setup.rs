//! The one way a laptop is set up or cleaned: read what is there, decide what to change, apply it.
//!
//! `install` with flags, `install --from` a team file, and `uninstall` differ in what they want ([`desired`]); the rest is the
//! same. [`questions`] finds out what is wanted, [`laptop`] reads the files and writes them, [`changes`] decides, without files,
//! network or clock. [`clusters`] adds the kubeconfig entries, for `update-kubeconfig` too.

pub mod changes;
pub mod clusters;
pub mod desired;
pub mod forget;
pub mod laptop;
mod program;
pub mod questions;
pub mod source;
pub mod switched;
pub mod team_file;

#[cfg(test)]
mod tests;
