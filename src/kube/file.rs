//! Kubeconfig files as they are read before an edit, and edited.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::config::{self, Config, Others};
use super::explain;
use crate::context::DECIDING;
use crate::diff;
use crate::failure::Failure;
use crate::sys::lock::{Held, KubeLock};
use crate::sys::{edit, file};
use crate::yaml::Tree;

/// Size of the largest kubeconfig that is read, in bytes. One with a thousand clusters has 3 MB.
pub const MAX_KUBECONFIG: u64 = 16 << 20;
/// Time to wait for kubectl's lock; kubectl holds it for milliseconds.
const LOCK_WAIT: Duration = Duration::from_secs(3);

/// Reads a kubeconfig that is to be edited, once no program writes it; a missing one counts as empty.
///
/// # Errors
/// The file cannot be read, or kubectl would not understand it.
pub fn read(path: &Path) -> Result<Config, Failure> {
    let bytes = read_bytes(path)?;
    config::read(&bytes).map_err(|error| explain::kubeconfig_edit(&error, path))
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    edit::read(path, MAX_KUBECONFIG).map_err(|error| match error {
        file::Error::NotAFile { .. } => explain::no_file(path),
        error => error.into(),
    })
}

/// Returns the kubeconfig at this path, to be edited with `compose` under kubectl's lock.
pub fn target<'a>(
    path: &'a Path,
    compose: impl Fn(&[u8]) -> Result<Vec<u8>, Failure> + 'a,
) -> edit::Target<'a, Failure> {
    edit::Target {
        path,
        limit: MAX_KUBECONFIG,
        lock: Box::new(move || match KubeLock::acquire(path, LOCK_WAIT) {
            Ok(lock) => Ok(Some(Held::Kube(lock))),
            // kubectl could not take it there either.
            Err(error) if error.is_denial() && path.exists() => Ok(None),
            Err(error) => Err(error.into()),
        }),
        compose: Box::new(compose),
    }
}

/// The kubeconfigs, in kubectl's order.
#[derive(Debug, Default)]
pub struct Kubeconfigs {
    pub paths: Vec<PathBuf>,
    pub bytes: Vec<Vec<u8>>,
    pub configs: Vec<Config>,
    trees: Vec<Tree>,
}

impl Kubeconfigs {
    /// Reads the files, once no program writes them; a missing one counts as empty.
    ///
    /// # Errors
    /// A file cannot be read, or kubectl would not understand it.
    pub fn read(paths: Vec<PathBuf>) -> Result<Self, Failure> {
        let mut files = Kubeconfigs::default();
        for path in paths {
            let bytes = read_bytes(&path)?;
            files.add(path, bytes)?;
        }
        Ok(files)
    }

    /// Adds a file with these bytes.
    ///
    /// # Errors
    /// kubectl would not understand it.
    pub fn add(&mut self, path: PathBuf, bytes: Vec<u8>) -> Result<(), Failure> {
        let (tree, config) =
            config::parse(&bytes).map_err(|error| explain::kubeconfig_edit(&error, &path))?;
        self.paths.push(path);
        self.bytes.push(bytes);
        self.configs.push(config);
        self.trees.push(tree);
        Ok(())
    }

    /// Returns whether the files are still as they were read.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn is_current(&self) -> Result<bool, Failure> {
        for (path, bytes) in self.paths.iter().zip(&self.bytes) {
            if read_bytes(path)? != *bytes {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the files after these edits of each.
    ///
    /// # Errors
    /// A file cannot be edited like that.
    pub fn edited(&self, edits: &[Vec<config::Edit>]) -> Result<Vec<Vec<u8>>, Failure> {
        let files = edits.iter().enumerate();
        files
            .map(|(file, edits)| self.edited_one(file, edits))
            .collect()
    }

    fn edited_one(&self, file: usize, edits: &[config::Edit]) -> Result<Vec<u8>, Failure> {
        self.try_edits(file, edits)
            .map_err(|error| explain::kubeconfig_edit(&error, &self.paths[file]))
    }

    /// Returns one of the files after the edits.
    ///
    /// # Errors
    /// The file cannot be edited like that.
    pub fn try_edits(&self, file: usize, edits: &[config::Edit]) -> Result<Vec<u8>, config::Error> {
        let (bytes, tree) = (&self.bytes[file], &self.trees[file]);
        config::apply_to(bytes, tree, &self.configs[file], self.others(file), edits)
    }

    fn others(&self, file: usize) -> Others<'_> {
        Others {
            before: &self.configs[..file],
            after: &self.configs[file + 1..],
        }
    }

    /// Returns unified diffs of the files that change.
    pub fn diff(&self, after: &[Vec<u8>]) -> String {
        let files = self.paths.iter().zip(&self.bytes).zip(after);
        let diffs =
            files.map(|((path, before), after)| diff::unified(path, before, after, &DECIDING));
        diffs.collect()
    }

    /// Returns the file, to be edited under kubectl's lock. `after` is the file after the edits, if it is as it was read.
    pub fn target<'t>(
        &'t self,
        file: usize,
        edits: &'t [config::Edit],
        after: &'t [u8],
    ) -> edit::Target<'t, Failure> {
        let path = &self.paths[file];
        target(path, move |bytes| match bytes == self.bytes[file] {
            true => Ok(after.to_vec()),
            false => config::apply(bytes, self.others(file), edits)
                .map_err(|error| explain::kubeconfig_edit(&error, path)),
        })
    }
}
