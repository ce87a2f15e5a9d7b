//! A profile that signs in at an identity provider (SAML). The SAML response assumes the role itself.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>

use super::{Error, Reader};
use crate::failure::hints::command;
use crate::names::{IdpArn, IdpUrl, ProfileName, RoleArn};
use crate::profile::keys;

/// Keys for a SAML sign-in; AWS has none.
pub(super) const KEYS: [&str; 2] = [keys::APONO_SAML_PROVIDER_ARN, keys::APONO_SAML_URL];

/// A SAML sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlSource {
    /// The identity provider's ARN in IAM.
    pub provider: IdpArn,
    /// The link that opens AWS at the identity provider.
    pub url: IdpUrl,
    /// The session there outlives the browser's window, even if its cookie says otherwise.
    pub keep_session: bool,
}

/// Returns the SAML sign-in of the profile, if it has one.
pub(super) fn source(reader: &Reader<'_>, role: &RoleArn) -> Result<Option<SamlSource>, Error> {
    let [provider_key, url_key] = KEYS;
    if reader.get(provider_key).is_none() {
        return Ok(None);
    }
    for other in [keys::SOURCE_PROFILE, keys::CREDENTIAL_SOURCE] {
        if reader.get(other).is_some() {
            let why = format!("cannot be combined with `{provider_key}`");
            return Err(reader.invalid(other, why));
        }
    }
    let provider: IdpArn = reader.parse(provider_key)?;
    if provider.account() != role.account() || provider.partition() != role.partition() {
        let why = format!("must be in the role's account {}", role.account());
        return Err(reader.invalid(provider_key, why));
    }
    let url = reader.parse(url_key)?;
    Ok(Some(SamlSource {
        provider,
        url,
        keep_session: reader.flag(keys::APONO_SAML_KEEP_SESSION)?,
    }))
}

/// Returns how to install a profile that signs in this way, as a hint.
pub fn how_to_install(profile: &ProfileName) -> String {
    format!(
        "to sign in with SAML, run `{}` in a terminal and answer its questions (URL is the link that opens AWS at your identity provider)",
        command("install --saml-url URL", profile)
    )
}

impl std::fmt::Display for SamlSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (origin, name) = (self.url.origin(), self.provider.name());
        write!(f, "SAML at {origin} (provider {name})")
    }
}
