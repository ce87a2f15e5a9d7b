//! The files of a laptop: read before it is decided what to change, shown as a diff, and written under all their locks.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::changes::{self, Changes, State};
use super::desired::Desired;
use crate::context::Context;
use crate::diff;
use crate::failure::Failure;
use crate::kube::file::Kubeconfigs;
use crate::profile;
use crate::profile::edit as profile_edit;
use crate::profile::read::{Files, MAX_FILE};
use crate::session::Session;
use crate::sys::{edit, file, lock};

/// How long to wait for another `install` to finish.
const EDIT_WAIT: Duration = Duration::from_secs(10);

/// A laptop as it is before the run.
pub struct Laptop<'a> {
    pub context: &'a Context,
    pub session: Session<'a>,
    /// `~/.aws/config`
    pub config_path: PathBuf,
    config: Vec<u8>,
    credentials: Vec<u8>,
    pub kubeconfigs: Kubeconfigs,
}

impl<'a> Laptop<'a> {
    /// Reads the files, once no program writes them. `kubeconfig` replaces the files of `KUBECONFIG`; kubeconfigs that cannot be read
    /// are left alone where they are not `needed`.
    ///
    /// # Errors
    /// A file cannot be read; AWS tools or kubectl could not read it either.
    pub fn read(
        context: &'a Context,
        kubeconfig: Option<&Path>,
        needed: bool,
    ) -> Result<Self, Failure> {
        let session = Session::new(context)?;
        let (config_path, credentials_path) = session.files_paths();
        let config_path = config_path.to_owned();
        let (config, credentials) = (
            edit::read(&config_path, MAX_FILE)?,
            edit::read(credentials_path, MAX_FILE)?,
        );
        session.files()?;
        let kubeconfigs = match Kubeconfigs::read(context.kubeconfigs(kubeconfig)?) {
            Err(failure) if !needed => {
                context.output.detail(&failure.error);
                Kubeconfigs::default()
            }
            kubeconfigs => kubeconfigs?,
        };
        Ok(Laptop {
            context,
            session,
            config_path,
            config,
            credentials,
            kubeconfigs,
        })
    }

    pub fn files(&self) -> Result<&Files, Failure> {
        self.session.files()
    }

    /// Returns the files as they would be with these sections added.
    pub fn with(&self, edits: &[profile_edit::Edit]) -> Result<Files, Failure> {
        let config = self.edited(&self.config, edits)?;
        let (_, credentials) = self.session.files_paths();
        Ok(Files::composed(&self.config_path, config, credentials)?)
    }

    /// Decides what to change, and composes the files.
    ///
    /// # Errors
    /// Those of [`changes::decide`], or a file cannot be edited like that.
    pub fn plan<'p>(&'p self, desired: &'p Desired) -> Result<Plan<'p>, Failure> {
        let state = State {
            profiles: self.files()?.profiles(),
            config: &self.config,
            credentials: &self.credentials,
            kubeconfigs: &self.kubeconfigs,
        };
        let changes = changes::decide(&state, desired)?;
        let config = self.edited(&self.config, &changes.config)?;
        Ok(Plan {
            kubeconfigs: self.kubeconfigs.edited(&changes.contexts.edits)?,
            laptop: self,
            desired,
            changes,
            config,
        })
    }

    /// Takes the lock of edits of the config file. If locking does not work here, the edit goes on without: the file is read
    /// again before it is replaced anyway.
    fn lock_edits(&self) -> Result<Option<lock::Held>, Failure> {
        lock_edits(self.context, &self.session, &self.config_path)
    }

    fn edited(&self, config: &[u8], edits: &[profile_edit::Edit]) -> Result<Vec<u8>, Failure> {
        profile_edit::apply(config, edits)
            .map_err(|error| profile::explain::config_edit(&error, &self.config_path))
    }
}

/// Takes the lock of edits of the config file, if locking works there.
///
/// # Errors
/// Another apono-login has it all the time.
pub fn lock_edits(
    context: &Context,
    session: &Session<'_>,
    config_path: &Path,
) -> Result<Option<lock::Held>, Failure> {
    let path = file::resolve_links(config_path)?;
    match session.cache.lock_edits_of(&path, EDIT_WAIT) {
        Ok(lock) => Ok(Some(lock::Held::Sidecar(lock))),
        Err(error @ lock::Error::Held { .. }) => Err(error.into()),
        Err(error) => {
            let line = format!("continuing without a lock: {error}");
            context.output.warn(&line);
            Ok(None)
        }
    }
}

/// What is about to be written.
pub struct Plan<'a> {
    laptop: &'a Laptop<'a>,
    desired: &'a Desired,
    pub changes: Changes,
    /// The config file as it will be.
    config: Vec<u8>,
    /// The kubeconfigs as they will be.
    kubeconfigs: Vec<Vec<u8>>,
}

/// What was written.
pub struct Written {
    /// The changes, decided from the files as they were when they were written.
    pub changes: Changes,
    pub config_changed: bool,
    /// The kubeconfigs that changed.
    pub kubeconfigs_changed: Vec<PathBuf>,
}

impl Plan<'_> {
    /// Whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        !self.changes_config() && self.kubeconfigs == self.laptop.kubeconfigs.bytes
    }

    pub fn changes_config(&self) -> bool {
        self.config != self.laptop.config
    }

    /// Returns all changes as unified diffs.
    pub fn diff(&self) -> String {
        let Laptop {
            config_path,
            config,
            kubeconfigs,
            ..
        } = self.laptop;
        diff::unified(config_path, config, &self.config, &[]) + &kubeconfigs.diff(&self.kubeconfigs)
    }

    /// Writes the files that change: the kubeconfigs first, so that an interrupted run leaves no entry that refers to a removed
    /// profile.
    ///
    /// # Errors
    /// A file was changed meanwhile so that the edit is no longer possible, or it cannot be written.
    pub fn write(self) -> Result<Written, Failure> {
        let Laptop {
            session,
            config_path,
            ..
        } = self.laptop;
        session.remove_leftovers();
        let files = &self.laptop.kubeconfigs;
        let is_changed = |file: &usize| self.kubeconfigs[*file] != files.bytes[*file];
        let changed: Vec<_> = (0..files.paths.len()).filter(is_changed).collect();
        let edits = &self.changes.contexts.edits;
        let targets = changed
            .iter()
            .map(|&file| files.target(file, &edits[file], &self.kubeconfigs[file]));
        let mut targets: Vec<_> = targets.collect();
        if self.changes_config() {
            let compose = |bytes: &[u8]| match bytes == self.laptop.config {
                true => Ok(self.config.clone()),
                false => self.laptop.edited(bytes, &self.decide_again(bytes)?.config),
            };
            targets.push(edit::Target {
                path: config_path,
                limit: MAX_FILE,
                lock: Box::new(|| self.laptop.lock_edits()),
                compose: Box::new(compose),
            });
        }
        let edits = edit::files(&targets)?;
        drop(targets);
        let config = edits.get(changed.len());
        let changed = changed
            .iter()
            .zip(&edits)
            .filter(|(_, edit)| edit.changes());
        let kubeconfigs_changed = changed.map(|(file, _)| files.paths[*file].clone());
        Ok(Written {
            config_changed: config.is_some_and(edit::Edit::changes),
            kubeconfigs_changed: kubeconfigs_changed.collect(),
            changes: match config.filter(|edit| edit.old() != self.laptop.config) {
                Some(edit) => self.decide_again(edit.old())?,
                None => self.changes,
            },
        })
    }

    /// Decides from a config file that another program has changed meanwhile.
    fn decide_again(&self, config: &[u8]) -> Result<Changes, Failure> {
        let (path, credentials) = self.laptop.session.files_paths();
        let files = Files::composed(path, config.to_vec(), credentials)?;
        let state = State {
            profiles: files.profiles(),
            config,
            credentials: &self.laptop.credentials,
            kubeconfigs: &self.laptop.kubeconfigs,
        };
        changes::decide(&state, self.desired)
    }
}
