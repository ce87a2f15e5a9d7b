//! `~/.aws/config` and `~/.aws/credentials`, read with the SDK's own parser.
//!
//! The bytes are read here, with a size limit, and passed to the SDK as contents: see [`Profiles`]. The SDK never opens the
//! files itself, so it works with exactly what the plan was made from.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::profiles::Profiles;
use super::scan::{self, Problem, Scan};
use crate::sys::text::is_utf16;
use crate::sys::{edit, file};

/// Size of the largest file read, in bytes. Ten thousand profiles are 2 MB.
pub const MAX_FILE: u64 = 16 << 20;
/// How long a run waits in all until no program writes the files.
const PATIENCE: Duration = Duration::from_secs(2);

/// The role name in Apono's setup guide.
pub const DEFAULT_ROLE: &str = "apono-k8s-access";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    File(#[from] file::Error),
    /// The SDK would silently find no profile at all.
    #[error("{path}:{line}: not UTF-8", path = path.display())]
    NotUtf8 { path: PathBuf, line: usize },
    /// A line that the SDK's parser rejects, as described by our own scan.
    #[error("{path}:{line}: {kind}", path = path.display(), line = problem.line, kind = problem.kind)]
    Problem { path: PathBuf, problem: Problem },
    #[error("the AWS SDK cannot read the files: {message}")]
    Parse { message: String },
}

/// Both files at the time they were read.
#[derive(Debug, Clone)]
pub struct Files {
    pub config_path: PathBuf,
    credentials_path: PathBuf,
    profiles: Profiles,
}

impl Files {
    /// Reads both files; a missing one counts as empty. Where they cannot be parsed, another program may be writing one in place:
    /// they are read again once no program does. If one still does after [`PATIENCE`], the first error stands.
    ///
    /// # Errors
    /// A file cannot be read or parsed.
    pub fn load(config: &Path, credentials: &Path) -> Result<Self, Error> {
        // One for the whole run, which may come here several times.
        static DEADLINE: OnceLock<Instant> = OnceLock::new();
        let bytes = file::read(config, MAX_FILE)?.unwrap_or_default();
        let first = match Self::composed(config, bytes, credentials) {
            Err(error) if !matches!(error, Error::File(_)) => error,
            files => return files,
        };
        let deadline = *DEADLINE.get_or_init(|| Instant::now() + PATIENCE);
        let again = || {
            edit::read_by(deadline, credentials, MAX_FILE)?;
            let bytes = edit::read_by(deadline, config, MAX_FILE)?;
            Self::composed(config, bytes, credentials)
        };
        match again() {
            Err(Error::File(_)) => Err(first),
            files => files,
        }
    }

    /// Like [`Files::load`], with these bytes as the config file, which need not exist yet.
    ///
    /// # Errors
    /// A file cannot be read or parsed.
    pub fn composed(config: &Path, bytes: Vec<u8>, credentials: &Path) -> Result<Self, Error> {
        let credentials_bytes = file::read(credentials, MAX_FILE)?.unwrap_or_default();
        let paths = [config, credentials];
        let texts = [text(config, bytes)?, text(credentials, credentials_bytes)?];
        let profiles = Profiles::new(texts).map_err(|rejected| {
            // The SDK does not say in which of the two files the problem is.
            let problem = |(path, text): (&Path, &String)| {
                let problem = Scan::new(text.as_bytes()).fatal()?;
                let path = path.to_path_buf();
                Some(Error::Problem { path, problem })
            };
            let message = rejected.message;
            let mut files = paths.into_iter().zip(&rejected.texts);
            files.find_map(problem).unwrap_or(Error::Parse { message })
        })?;
        Ok(Files {
            config_path: config.to_owned(),
            credentials_path: credentials.to_owned(),
            profiles,
        })
    }

    /// Returns the files of these texts.
    #[cfg(test)]
    pub fn of_texts(texts: super::profiles::Texts) -> Result<Self, String> {
        Ok(Files {
            config_path: "config".into(),
            credentials_path: "credentials".into(),
            profiles: Profiles::new(texts).map_err(|rejected| rejected.message)?,
        })
    }

    /// Returns the config file and the credentials file.
    pub fn texts(&self) -> [(&Path, &str); 2] {
        let [config, credentials] = self.profiles.texts();
        [
            (&self.config_path, config),
            (&self.credentials_path, credentials),
        ]
    }

    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }
}

fn text(path: &Path, bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| {
        if is_utf16(error.as_bytes()) {
            return Error::Problem {
                path: path.to_owned(),
                problem: Problem {
                    line: 1,
                    kind: scan::Kind::Utf16,
                },
            };
        }
        let good = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..good]
            .iter()
            .filter(|b| **b == b'\n')
            .count();
        Error::NotUtf8 {
            path: path.to_owned(),
            line,
        }
    })
}
