//! A profile that signs in at an identity provider, whose SAML response is good for the role itself.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>

use super::{Error, Reader};
use crate::names::{IdpUrl, RoleArn, SamlProviderArn};

/// AWS has no keys for it.
pub(super) const KEYS: [&str; 2] = ["apono_saml_provider_arn", "apono_saml_url"];

/// A sign-in at an identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlSource {
    /// The identity provider as IAM knows it.
    pub provider: SamlProviderArn,
    /// The link that opens AWS at the identity provider.
    pub url: IdpUrl,
}

/// Where the profile signs in, if it has such keys.
pub(super) fn source(reader: &Reader<'_>, role: &RoleArn) -> Result<Option<SamlSource>, Error> {
    let [provider_key, url_key] = KEYS;
    if reader.get(provider_key).is_none() {
        return Ok(None);
    }
    for other in ["source_profile", "credential_source"] {
        if reader.get(other).is_some() {
            return Err(reader.invalid(other, format!("there is {provider_key} as well")));
        }
    }
    let provider: SamlProviderArn = reader.parse(provider_key)?;
    if provider.account() != role.account() || provider.partition() != role.partition() {
        let why = format!("the role is of another account, {}", role.account());
        return Err(reader.invalid(provider_key, why));
    }
    let url = reader.parse(url_key)?;
    Ok(Some(SamlSource { provider, url }))
}

impl std::fmt::Display for SamlSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (origin, name) = (self.url.origin(), self.provider.name());
        write!(f, "SAML at {origin} (provider {name})")
    }
}
