//! A profile that signs in with SSO (IAM Identity Center).
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>

use aws_config::profile::Profile;

use super::{Error, Reader};
use crate::names::{self, AccountId, Region};
use crate::profile::keys;
use crate::profile::profiles::Profiles;

/// Longest start URL accepted, in bytes. Those of IAM Identity Center have 60 at most.
const MAX_START_URL: usize = 255;
/// Longest permission set name accepted, in bytes: twice what AWS allows.
const MAX_PERMISSION_SET: usize = 64;
/// The scope that gives access to the accounts assigned to the user.
pub const DEFAULT_SCOPE: &str = "sso:account:access";

/// An SSO sign-in, and the account and permission set that it is used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoSource {
    /// The profile that holds the `sso_…` keys.
    pub profile: String,
    /// `sso_session`; `None` for a legacy profile with `sso_start_url` of its own.
    pub session: Option<String>,
    pub start_url: String,
    /// Region of IAM Identity Center, not of the cluster.
    pub region: Region,
    /// `sso_registration_scopes`.
    pub scopes: Vec<String>,
    pub account: AccountId,
    /// The permission set.
    pub role_name: String,
}

impl SsoSource {
    /// Returns the value that AWS tools derive the name of the token file from. Profiles of one sso-session share it.
    pub fn named_by(&self) -> &str {
        self.session.as_deref().unwrap_or(&self.start_url)
    }
}

/// Returns whether the profile says where to sign in, to which account and with which permission set.
pub(super) fn is_whole(profile: &Profile) -> bool {
    let has = |key| profile.get(key).is_some_and(|value| !value.is_empty());
    (has(keys::SSO_SESSION) || has(keys::SSO_START_URL))
        && has(keys::SSO_ACCOUNT_ID)
        && has(keys::SSO_ROLE_NAME)
}

/// Returns what a profile with some of the keys for SSO lacks.
pub fn missing_for_sso(profile: &Profile) -> Vec<&'static str> {
    let has = |key: &&str| profile.get(key).is_some_and(|value| !value.is_empty());
    let place = match has(&keys::SSO_SESSION) {
        true => keys::SSO_SESSION,
        false => keys::SSO_START_URL,
    };
    let needed = [place, keys::SSO_ACCOUNT_ID, keys::SSO_ROLE_NAME];
    match needed.iter().any(has) {
        true => needed.into_iter().filter(|key| !has(key)).collect(),
        false => Vec::new(),
    }
}

/// Returns the SSO sign-in of the profile.
pub(super) fn source(profiles: &Profiles, profile: &Profile) -> Result<SsoSource, Error> {
    let session = profile.get(keys::SSO_SESSION).map(str::to_owned);
    let section = match &session {
        None => None,
        Some(name) => Some(
            profiles
                .sso_session(name)
                .ok_or_else(|| Error::NoSsoSession {
                    profile: profile.name().to_owned(),
                    session: name.clone(),
                })?,
        ),
    };
    // The sso-session, if there is one, says where to sign in; the profile has the account and the permission set.
    let place = |key| match section {
        Some(section) => section.get(key),
        None => profile.get(key),
    };
    let needed = [
        (keys::SSO_START_URL, place(keys::SSO_START_URL)),
        (keys::SSO_REGION, place(keys::SSO_REGION)),
        (keys::SSO_ACCOUNT_ID, profile.get(keys::SSO_ACCOUNT_ID)),
        (keys::SSO_ROLE_NAME, profile.get(keys::SSO_ROLE_NAME)),
    ];
    let [
        Some(start_url),
        Some(region),
        Some(account),
        Some(role_name),
    ] = needed.map(|(_, value)| value.filter(|value| !value.is_empty()))
    else {
        let missing = needed
            .iter()
            .filter(|(_, value)| value.is_none_or(str::is_empty));
        return Err(Error::Incomplete {
            profile: profile.name().to_owned(),
            keys: missing.map(|(key, _)| *key).collect(),
        });
    };
    let invalid = |key, reason: String| Reader { profile }.invalid(key, reason);
    let plain = |value: &str| value.bytes().all(|b| b.is_ascii_graphic());
    if !(start_url.starts_with("https://") && plain(start_url) && start_url.len() <= MAX_START_URL)
    {
        let reason = "must look like https://example.awsapps.com/start";
        return Err(invalid(keys::SSO_START_URL, reason.to_owned()));
    }
    if !(plain(role_name) && role_name.len() <= MAX_PERMISSION_SET) {
        let reason = "must be the name of a permission set, for example Engineer";
        return Err(invalid(keys::SSO_ROLE_NAME, reason.to_owned()));
    }
    let scopes = place(keys::SSO_REGISTRATION_SCOPES).unwrap_or(DEFAULT_SCOPE);
    let scopes: Vec<_> = scopes
        .split(',')
        .map(str::trim)
        .map(str::to_owned)
        .collect();
    if !scopes.iter().all(|scope| plain(scope) && !scope.is_empty()) {
        let reason = format!("must look like {DEFAULT_SCOPE}");
        return Err(invalid(keys::SSO_REGISTRATION_SCOPES, reason));
    }
    let parsed = |key, error: names::Error| invalid(key, error.to_string());
    Ok(SsoSource {
        profile: profile.name().to_owned(),
        session,
        start_url: start_url.to_owned(),
        region: region.parse().map_err(|e| parsed(keys::SSO_REGION, e))?,
        scopes,
        account: account
            .parse()
            .map_err(|e| parsed(keys::SSO_ACCOUNT_ID, e))?,
        role_name: role_name.to_owned(),
    })
}
