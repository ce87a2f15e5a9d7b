//! Why a sign-in with IAM Identity Center gives no credentials.

use std::io;

use super::oidc;
use super::token::Flow;
use crate::aws;
use crate::signin::interaction::LONGEST_SIGN_IN;
use crate::signin::lock::NotAsked;
use crate::sys::file;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    NotAsked(#[from] NotAsked),
    /// The portal rejected the SSO session, which by its file is valid.
    #[error("{message}")]
    Rejected { message: String },
    /// The portal rejected even the SSO session that AWS had just renewed or begun.
    #[error("{message}")]
    NeverAccepted { message: String },
    #[error("the sign-in was not completed within {} minutes", LONGEST_SIGN_IN.as_secs() / 60)]
    TimedOut { flow: Flow },
    /// The user or a policy refused access.
    #[error("{message}")]
    Declined { message: String },
    /// The sign-in page returned another error: it does not know the start URL, the region, the client or a scope.
    #[error("{message}")]
    PageFailed { error: String, message: String },
    /// The sign-in page has a temporary problem.
    #[error("{message}")]
    PageUnavailable { message: String },
    /// AWS rejected the code that the sign-in returned, or the client that it was issued to.
    #[error("{message}")]
    NotTaken { message: String },
    /// The permission set is not assigned to the user. `assigned` are those that are.
    #[error("{message}")]
    NotAssigned {
        message: String,
        assigned: Vec<String>,
    },
    /// Signing in, or renewing the SSO session, failed.
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// There is an SSO session, but the portal returned no credentials for it.
    #[error("{0}")]
    Portal(aws::Error),
    #[error("unexpected response: {what}")]
    BadAnswer { what: String },
    #[error("could not listen on 127.0.0.1: {0}")]
    Listen(io::Error),
    #[error("the system's random number generator failed: {0}")]
    Random(String),
    #[error(transparent)]
    File(#[from] file::Error),
}

impl From<oidc::Error> for Error {
    fn from(error: oidc::Error) -> Self {
        match error {
            oidc::Error::Call(error) => Error::Call(error),
            oidc::Error::CodeExpired => Error::TimedOut { flow: Flow::Device },
            oidc::Error::Declined { message } => Error::Declined { message },
            oidc::Error::InvalidGrant { message } | oidc::Error::UnknownClient { message } => {
                Error::NotTaken { message }
            }
            error => Error::BadAnswer {
                what: error.to_string(),
            },
        }
    }
}
