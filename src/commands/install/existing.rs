//! The profile as it exists before the edit: its values are the defaults of a second `install`, and its keys show whether
//! it belongs to apono-login.

use std::path::Path;

use super::keys::OWNERSHIP_KEYS;
use crate::failure::Failure;
use crate::names::{IdpUrl, ProfileName, Region, RoleArn, RoleSessionName, SamlProviderArn};
use crate::profile;
use crate::profile::edit::{self, Section};
use crate::profile::keys;
use crate::profile::read::Files;
use crate::profile::sso::ownership::{self, Wrote};

/// Keys that apono-login never writes into its own profile. A profile with one of them belongs to the user.
const FOREIGN_KEYS: [&str; 6] = [
    keys::AWS_ACCESS_KEY_ID,
    keys::SSO_SESSION,
    keys::SSO_START_URL,
    keys::SSO_ACCOUNT_ID,
    keys::WEB_IDENTITY_TOKEN_FILE,
    keys::LOGIN_SESSION,
];

/// What the profile holds before the edit.
#[derive(Debug, Default)]
pub struct Existing {
    pub is_there: bool,
    /// The profile has a `role_arn`, so it is an apono-login profile, though perhaps an incomplete one.
    pub installed: bool,
    /// AWS tools get its credentials through `credential_process`.
    pub by_process: bool,
    pub role: Option<RoleArn>,
    pub email: Option<RoleSessionName>,
    pub source: Option<ProfileName>,
    pub region: Option<Region>,
    pub saml_provider: Option<SamlProviderArn>,
    pub saml_url: Option<IdpUrl>,
    /// The sections that were written together with it.
    pub wrote: Vec<Wrote>,
}

impl Existing {
    /// Reads the profile; a missing one gives the default value.
    ///
    /// # Errors
    /// The profile belongs to the user: it must not be changed.
    pub fn read(files: &Files, name: &ProfileName) -> Result<Self, Failure> {
        let Some(profile) = files.profiles().get_profile(name.as_str()) else {
            return Ok(Existing::default());
        };
        let process = profile.get(keys::CREDENTIAL_PROCESS);
        let by_process = process.is_some() && profile.get(keys::APONO_ROLE_ARN).is_some();
        let foreign = FOREIGN_KEYS
            .into_iter()
            .find(|key| profile.get(key).is_some());
        let foreign = foreign.or(process
            .filter(|_| !by_process)
            .map(|_| keys::CREDENTIAL_PROCESS));
        if let Some(key) = foreign {
            return Err(Failure::refused(format!(
                "profile {name} is not an apono-login profile; it was not changed"
            ))
            .cause(format!(
                "it has the key `{key}`, which apono-login does not write"
            ))
            .hint("run this again with `--profile NAME` and the name of another profile"));
        }
        let key = |key: &str| {
            profile
                .get(&format!("apono_{key}"))
                .or_else(|| profile.get(key))
        };
        Ok(Existing {
            is_there: true,
            installed: key(keys::ROLE_ARN).is_some(),
            by_process,
            role: key(keys::ROLE_ARN).and_then(|v| v.parse().ok()),
            email: key(keys::ROLE_SESSION_NAME).and_then(|v| v.parse().ok()),
            source: key(keys::SOURCE_PROFILE).and_then(|v| v.parse().ok()),
            region: key(keys::REGION).and_then(|v| v.parse().ok()),
            saml_provider: key("saml_provider_arn").and_then(|v| v.parse().ok()),
            saml_url: key("saml_url").and_then(|v| v.parse().ok()),
            wrote: ownership::read(files.profiles(), name.as_str()),
        })
    }
}

/// A profile that apono-login wrote and that the user has since turned into another kind of profile. Only the keys in
/// [`OWNERSHIP_KEYS`] may still be removed from it.
pub struct Repurposed {
    pub profile: ProfileName,
    pub wrote: Vec<Wrote>,
    /// Why it does not belong to apono-login any more.
    pub note: String,
}

impl Repurposed {
    /// Divides the profiles into those that still belong to apono-login and those that the user repurposed.
    pub fn sort_out(
        files: &Files,
        profiles: Vec<ProfileName>,
    ) -> (Vec<(ProfileName, Existing)>, Vec<Self>) {
        let (mut ours, mut repurposed) = (Vec::new(), Vec::new());
        for profile in profiles {
            match Existing::read(files, &profile) {
                Ok(existing) => ours.push((profile, existing)),
                Err(failure) => repurposed.push(Repurposed {
                    wrote: ownership::read(files.profiles(), profile.as_str()),
                    note: format!(
                        "Profile {profile} is no longer an apono-login profile: {}",
                        failure.causes.join("; ")
                    ),
                    profile,
                }),
            }
        }
        (ours, repurposed)
    }

    /// Returns the config file without apono-login's own keys in this profile.
    ///
    /// # Errors
    /// The edit is refused.
    pub fn without_ownership_keys(&self, path: &Path, file: &[u8]) -> Result<Vec<u8>, Failure> {
        let section = Section::Profile(self.profile.as_str());
        edit::remove(file, section, &OWNERSHIP_KEYS)
            .map_err(|error| profile::explain::config_edit(&error, path))
    }
}
