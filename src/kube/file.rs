//! Kubeconfig files as they are read before an edit.

use std::path::Path;
use std::time::Duration;

use super::config::{self, Config};
use super::explain;
use crate::failure::Failure;
use crate::sys::edit;

/// Size of the largest kubeconfig that is read, in bytes. One with a thousand clusters has 3 MB.
pub const MAX_KUBECONFIG: u64 = 16 << 20;
/// Time to wait for kubectl's lock; kubectl holds it for milliseconds.
pub const LOCK_WAIT: Duration = Duration::from_secs(3);

/// Reads a kubeconfig that is to be edited, once nobody writes it; a missing one counts as empty.
///
/// # Errors
/// The file cannot be read, or kubectl would not understand it.
pub fn read(path: &Path) -> Result<Config, Failure> {
    let bytes = edit::read(path, MAX_KUBECONFIG)?;
    config::read(&bytes).map_err(|error| explain::kubeconfig_edit(&error, path))
}
