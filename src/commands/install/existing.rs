//! The profile as it is there: the defaults of a second `install`, and what tells ours from somebody's own.

use std::path::Path;

use super::keys::MARKS;
use crate::explain;
use crate::failure::Failure;
use crate::names::{IdpUrl, ProfileName, Region, RoleArn, RoleSessionName, SamlProviderArn};
use crate::profile::edit::{self, Section};
use crate::profile::read::Files;
use crate::profile::sso::mark::{self, Wrote};

/// Keys that make a profile another kind of profile than ours. One that has them is somebody's own.
const FOREIGN_KEYS: [&str; 6] = [
    "aws_access_key_id",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "web_identity_token_file",
    "login_session",
];

/// What the profile holds already.
#[derive(Debug, Default)]
pub struct Existing {
    pub there: bool,
    /// It names a role: a profile of ours, or half of one.
    pub installed: bool,
    pub by_process: bool,
    pub role: Option<RoleArn>,
    pub email: Option<RoleSessionName>,
    pub source: Option<ProfileName>,
    pub region: Option<Region>,
    pub saml_provider: Option<SamlProviderArn>,
    pub saml_url: Option<IdpUrl>,
    /// What was written beside it.
    pub wrote: Vec<Wrote>,
}

impl Existing {
    /// # Errors
    /// The profile is of another kind than those we write: it stays as it is.
    pub fn read(files: &Files, name: &ProfileName) -> Result<Self, Failure> {
        let Some(profile) = files.profiles().get_profile(name.as_str()) else {
            return Ok(Existing::default());
        };
        let process = profile.get("credential_process");
        let by_process = process.is_some() && profile.get("apono_role_arn").is_some();
        let foreign = FOREIGN_KEYS
            .into_iter()
            .find(|key| profile.get(key).is_some());
        let foreign = foreign.or(process
            .filter(|_| !by_process)
            .map(|_| "credential_process"));
        if let Some(key) = foreign {
            return Err(Failure::refused(format!(
                "profile {name} is somebody else's; it was left as it is"
            ))
            .cause(format!(
                "it has the key {key}, which an apono-login profile does not have"
            ))
            .hint("choose another name with --profile NAME"));
        }
        let key = |key: &str| {
            profile
                .get(&format!("apono_{key}"))
                .or_else(|| profile.get(key))
        };
        Ok(Existing {
            there: true,
            installed: key("role_arn").is_some(),
            by_process,
            role: key("role_arn").and_then(|v| v.parse().ok()),
            email: key("role_session_name").and_then(|v| v.parse().ok()),
            source: key("source_profile").and_then(|v| v.parse().ok()),
            region: key("region").and_then(|v| v.parse().ok()),
            saml_provider: key("saml_provider_arn").and_then(|v| v.parse().ok()),
            saml_url: key("saml_url").and_then(|v| v.parse().ok()),
            wrote: mark::read(files.profiles(), name.as_str()),
        })
    }
}

/// A profile that was ours, and that somebody has made one of another kind of: theirs now, but for our marks.
pub struct Repurposed {
    pub profile: ProfileName,
    pub wrote: Vec<Wrote>,
    /// Why it is theirs.
    pub note: String,
}

impl Repurposed {
    /// What each of these is: ours, or somebody's by now.
    pub fn sort_out(
        files: &Files,
        profiles: Vec<ProfileName>,
    ) -> (Vec<(ProfileName, Existing)>, Vec<Self>) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for profile in profiles {
            match Existing::read(files, &profile) {
                Ok(existing) => ours.push((profile, existing)),
                Err(failure) => theirs.push(Repurposed {
                    wrote: mark::read(files.profiles(), profile.as_str()),
                    note: failure.error,
                    profile,
                }),
            }
        }
        (ours, theirs)
    }

    /// The config file without our marks in it.
    pub fn unmark(&self, path: &Path, file: &[u8]) -> Result<Vec<u8>, Failure> {
        let section = Section::Profile(self.profile.as_str());
        edit::remove(file, section, &MARKS).map_err(|error| explain::config_edit(&error, path))
    }
}
