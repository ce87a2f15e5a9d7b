//! The identity of a plan: a hash of everything that determines its credentials.

use sha2::{Digest, Sha256};

use super::keys;
use super::plan::Plan;
use super::profiles::Profiles;

/// A SHA-256 hash in hex: see [`Plan::identity`].
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Identity(String);

/// Keys of a source profile that determine its credentials. Secrets are not among them: an access key ID stands for its
/// secret.
const DETERMINING_KEYS: [&str; 15] = [
    keys::AWS_ACCESS_KEY_ID,
    keys::ROLE_ARN,
    keys::ROLE_SESSION_NAME,
    keys::EXTERNAL_ID,
    keys::SOURCE_PROFILE,
    keys::CREDENTIAL_SOURCE,
    keys::WEB_IDENTITY_TOKEN_FILE,
    keys::SSO_SESSION,
    keys::SSO_START_URL,
    keys::SSO_REGION,
    keys::SSO_ACCOUNT_ID,
    keys::SSO_ROLE_NAME,
    keys::CREDENTIAL_PROCESS,
    keys::LOGIN_SESSION,
    keys::ENDPOINT_URL,
];

impl Plan {
    /// Returns the hash of everything that determines the credentials: role, session name, duration, external ID, the whole
    /// chain of source profiles and `environment`, the variables that affect it, as name and value. An edited profile has
    /// another identity.
    pub fn identity(&self, profiles: &Profiles, environment: &[(&str, String)]) -> Identity {
        let mut hash = Sha256::new();
        let mut field = |name: &str, value: &str| {
            for part in [name, value] {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part.as_bytes());
            }
        };
        field("role", self.role.as_str());
        field("session", self.session_name.as_str());
        field("duration", &self.duration.unwrap_or(0).to_string());
        field(
            "external_id",
            self.external_id.as_deref().unwrap_or_default(),
        );
        field("mfa_serial", self.mfa_serial.as_deref().unwrap_or_default());
        field("fips", if self.fips { "true" } else { "" });
        field("source", &format!("{:?}", self.source));
        let mut next = self.source.profile();
        let mut seen = Vec::new();
        while let Some(profile) = next.take().and_then(|name| profiles.get_profile(name)) {
            field("profile", profile.name());
            for key in DETERMINING_KEYS {
                if let Some(value) = profile.get(key) {
                    field(key, value);
                }
            }
            seen.push(profile.name());
            next = profile
                .get(keys::SOURCE_PROFILE)
                .filter(|name| !seen.contains(name));
        }
        for (name, value) in environment {
            field(name, value);
        }
        Identity(hex::encode(hash.finalize()))
    }
}
