//! Why there are no source credentials.

use super::process;
use super::sso::{self};
use crate::aws::{self};
use crate::sys::{file, http};
use aws_credential_types::provider::error::CredentialsError;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `trouble` is what was wrong with the last response: see [`http::trouble`].
    #[error("{}", aws::innermost(error))]
    Provider {
        #[source]
        error: CredentialsError,
        trouble: Option<String>,
    },
    #[error(transparent)]
    Process(#[from] process::Error),
    /// The file with a token for a provider of the SDK, which would wait for a pipe, and read a device, without end.
    #[error("{}", told(.0))]
    TokenFile(file::Error),
    /// The file of `aws login`, whose key has to be stored as the SDK reads it.
    #[error("could not rewrite the key for the renewal: {0}")]
    LoginKey(#[source] file::Error),
    #[error("{path} not found", path = .0.display())]
    NoTokenFile(PathBuf),
    #[error(transparent)]
    Sso(#[from] sso::Error),
}

impl From<CredentialsError> for Error {
    fn from(error: CredentialsError) -> Self {
        let trouble = http::trouble();
        Error::Provider { error, trouble }
    }
}

/// Returns the text of an error, and of its source if it has one.
fn told(error: &file::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
