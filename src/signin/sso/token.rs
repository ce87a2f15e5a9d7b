//! Tokens of IAM Identity Center, the client that each belongs to, and the OAuth flow that obtains it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::credentials::Secret;

/// The access token of an SSO session.
#[derive(Debug, Clone)]
pub struct Token {
    pub access_token: Secret,
    pub expires_at: DateTime<Utc>,
    /// The refresh token, which can be used once, and the client that it was issued to.
    pub renewal: Option<(Secret, Client)>,
}

/// A client that is registered with the OIDC service, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    #[serde(rename = "clientId")]
    pub id: String,
    #[serde(rename = "clientSecret")]
    pub secret: Secret,
    pub expires_at: DateTime<Utc>,
}

impl Token {
    /// Returns whether the token is valid for longer than `at_least`.
    pub fn lives(&self, at_least: TimeDelta, now: DateTime<Utc>) -> bool {
        self.expires_at - at_least > now
    }

    /// Returns whether the token can be renewed without a sign-in.
    pub fn renewable(&self, now: DateTime<Utc>) -> bool {
        let client = self.renewal.as_ref().map(|(_, client)| client);
        client.is_some_and(|client| client.expires_at > now)
    }

    /// Returns whether both have the same access token.
    pub fn is(&self, other: &Token) -> bool {
        self.access_token.reveal() == other.access_token.reveal()
    }
}

/// The OAuth flow of a sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Authorization code with PKCE, in a browser on this computer.
    Code,
    /// Device authorization, in a browser on any computer.
    Device,
}
