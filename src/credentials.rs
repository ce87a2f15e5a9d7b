//! AWS credentials in memory: never printed, wiped when dropped.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret string: no `Display`, nothing shown by `Debug`, wiped on drop.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Secret(value.into())
    }

    /// Returns the secret. The caller may only send it to where it belongs.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Checks a part of credentials that a server returned. It goes into environments, JSON, headers and shell scripts.
///
/// # Errors
/// It is empty, longer than `max` bytes, or has other characters than letters, digits and `+/=_-.~`. The error says which.
pub fn plain(value: &str, max: usize) -> Result<&str, &'static str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"+/=_-.~".contains(&b);
    match value {
        "" => Err("empty"),
        value if value.len() > max => Err("too long"),
        value if !value.bytes().all(plain) => {
            Err("has characters that are not allowed in credentials")
        }
        value => Ok(value),
    }
}

/// Checks a token that only its issuer can read (RFC 6749, 1.4). It goes into headers, forms and JSON. Tokens of IAM
/// Identity Center have `:` and `/` in them.
///
/// # Errors
/// It is empty, longer than `max` bytes, or has other characters than visible ASCII. The error says which.
pub fn opaque(value: &str, max: usize) -> Result<&str, &'static str> {
    match value {
        "" => Err("empty"),
        value if value.len() > max => Err("too long"),
        value if !value.bytes().all(|b| b.is_ascii_graphic()) => {
            Err("has characters that are not allowed in tokens")
        }
        value => Ok(value),
    }
}

/// Temporary credentials of a role session. Serialized, they are what a cache entry seals: all but the time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret_access_key: Secret,
    pub session_token: Secret,
    /// When AWS stops accepting the credentials.
    #[serde(skip)]
    pub expires_at: DateTime<Utc>,
}

impl Credentials {
    /// Returns the credentials as the SDK's clients take them.
    pub fn for_the_sdk(&self) -> aws_credential_types::Credentials {
        aws_credential_types::Credentials::new(
            self.access_key_id.clone(),
            self.secret_access_key.reveal(),
            Some(self.session_token.reveal().to_owned()),
            None,
            "apono-login",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{opaque, plain};

    #[test]
    fn credentials_are_plain() {
        assert!(plain("AQoDYXdz/+=_-.", 100).is_ok());
        for bad in ["", "a b", "a\nb", "'; rm", "$(id)", "\u{1b}[0m"] {
            assert!(plain(bad, 100).is_err(), "{bad:?}");
        }
        assert!(plain(&"a".repeat(101), 100).is_err());
    }

    #[test]
    fn tokens_are_visible() {
        // As in AWS's own examples of CreateToken.
        assert!(opaque("aorvJY-AT2f_zCf:MGUCMF/Fu+NgqJV=", 100).is_ok());
        for bad in ["", "a b", "a\r\nb", "\u{1b}[0m", "\u{e9}"] {
            assert!(opaque(bad, 100).is_err(), "{bad:?}");
        }
        assert!(opaque(&"a".repeat(101), 100).is_err());
    }
}
