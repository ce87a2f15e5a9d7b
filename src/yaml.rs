//! YAML as Kubernetes tools read it: kubeconfig files, and the YAML inside the `aws-auth` ConfigMap.
//!
//! Owns the YAML parser: no other module sees its events. Knows how a string must be written, and not what any value means.

mod foreign;
mod scalar;
mod tree;

pub use scalar::{Meaning, Scalar, bare_or_quoted, quoted};
pub use tree::{Id, Kind, Tree, line_of};

/// Why a text was not read. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("line {line}: {reason}")]
    Syntax { line: usize, reason: String },
    /// kubectl and EKS refuse it too.
    #[error("line {line}: escape that YAML 1.1 does not have")]
    Escape { line: usize },
    #[error("line {line}: too deeply nested, or too many aliases")]
    TooLarge { line: usize },
}

/// How much was looked at, for tests of how costs grow: nodes of trees, and bytes of texts that are searched as a whole.
#[cfg(test)]
pub mod work {
    use std::cell::Cell;

    thread_local! {
        static WORK: Cell<usize> = const { Cell::new(0) };
    }

    pub fn add(amount: usize) {
        WORK.set(WORK.get() + amount);
    }

    pub fn done() -> usize {
        WORK.get()
    }
}
