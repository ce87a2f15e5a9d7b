//! The SSO token that AWS tools share in `~/.aws/sso/cache`, read only.
//!
//! One file a sign-in, named by the SHA-1 of the sso-session's name, or of the start URL for legacy profiles:
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sha1::{Digest, Sha1};

use crate::credentials::Secret;
use crate::profile::plan::SsoSource;
use crate::sys::file;

/// Bytes. The real ones are 2 to 4 KB.
const MAX_TOKEN_FILE: u64 = 256 << 10;

/// What is known of a sign-in without using it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignIn {
    pub expires_at: DateTime<Utc>,
    /// It can be renewed without the person.
    pub renewable: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenFile {
    access_token: Secret,
    expires_at: String,
    client_id: Option<String>,
    client_secret: Option<Secret>,
    refresh_token: Option<Secret>,
    registration_expires_at: Option<String>,
}

/// RFC 3339; old versions of the AWS CLI wrote `UTC` in place of `Z`.
fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text
        .strip_suffix("UTC")
        .map_or(text.to_owned(), |bare| format!("{bare}Z"));
    Some(DateTime::parse_from_rfc3339(&text).ok()?.to_utc())
}

/// The cached sign-in. `None` if nobody signed in, or what is there cannot be read.
pub fn find(cache: &Path, source: &SsoSource, now: DateTime<Utc>) -> Option<SignIn> {
    let named_by = source.session.as_deref().unwrap_or(&source.start_url);
    let name = hex::encode(Sha1::digest(named_by.as_bytes()));
    let bytes = file::read(&cache.join(format!("{name}.json")), MAX_TOKEN_FILE).ok()??;
    let token: TokenFile = serde_json::from_slice(&bytes).ok()?;
    if token.access_token.reveal().is_empty() {
        return None;
    }
    let expires_at = time(&token.expires_at)?;
    // The SDK, which will use it, reads times that end in Z and no others.
    if expires_at > now && !token.expires_at.ends_with('Z') {
        return None;
    }
    let registration_ends = token.registration_expires_at.as_deref().and_then(time);
    let registered = registration_ends.is_some_and(|end| end > now)
        && token.client_id.is_some()
        && token.client_secret.is_some();
    Some(SignIn {
        expires_at,
        // Only the sign-in of an sso-session can be: nobody renews a legacy profile's.
        renewable: source.session.is_some() && token.refresh_token.is_some() && registered,
    })
}

impl SignIn {
    pub fn usable(&self, now: DateTime<Utc>) -> bool {
        self.expires_at > now || self.renewable
    }
}
