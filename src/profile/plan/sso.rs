//! A profile that signs in with IAM Identity Center.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html>

use aws_config::profile::{Profile, ProfileSet};

use super::{Error, Reader};
use crate::names::{self, AccountId, Region};

/// Characters. An Identity Center's start URL has 60 at most.
const MAX_START_URL: usize = 255;
/// Characters: twice what a permission set's name may have.
const MAX_PERMISSION_SET: usize = 64;
/// What a sign-in is for: the accounts that are assigned to the person.
pub const DEFAULT_SCOPE: &str = "sso:account:access";

/// An IAM Identity Center sign-in, and what it is used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsoSource {
    /// The profile that holds the `sso_…` keys.
    pub profile: String,
    /// `sso_session`; `None` for a legacy profile with `sso_start_url` of its own.
    pub session: Option<String>,
    pub start_url: String,
    /// Where the Identity Center is, not the cluster.
    pub region: Region,
    /// `sso_registration_scopes`.
    pub scopes: Vec<String>,
    pub account: AccountId,
    /// The permission set.
    pub role_name: String,
}

impl SsoSource {
    /// What AWS tools name the sign-in's file by: profiles of one sso-session share it.
    pub fn named_by(&self) -> &str {
        self.session.as_deref().unwrap_or(&self.start_url)
    }
}

/// Where and for what the profile signs in.
pub(super) fn source(profiles: &ProfileSet, profile: &Profile) -> Result<SsoSource, Error> {
    let session = profile.get("sso_session").map(str::to_owned);
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
    // Where to sign in is the sso-session's to say, if there is one; what for is the profile's.
    let place = |key| match section {
        Some(section) => section.get(key),
        None => profile.get(key),
    };
    let needed = [
        ("sso_start_url", place("sso_start_url")),
        ("sso_region", place("sso_region")),
        ("sso_account_id", profile.get("sso_account_id")),
        ("sso_role_name", profile.get("sso_role_name")),
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
        let reason = "it looks like https://example.awsapps.com/start";
        return Err(invalid("sso_start_url", reason.to_owned()));
    }
    if !(plain(role_name) && role_name.len() <= MAX_PERMISSION_SET) {
        let reason = "it is the name of a permission set, such as Engineer";
        return Err(invalid("sso_role_name", reason.to_owned()));
    }
    let scopes = place("sso_registration_scopes").unwrap_or(DEFAULT_SCOPE);
    let scopes: Vec<_> = scopes
        .split(',')
        .map(str::trim)
        .map(str::to_owned)
        .collect();
    if !scopes.iter().all(|scope| plain(scope) && !scope.is_empty()) {
        let reason = format!("it looks like {DEFAULT_SCOPE}");
        return Err(invalid("sso_registration_scopes", reason));
    }
    let parsed = |key, error: names::Error| invalid(key, error.to_string());
    Ok(SsoSource {
        profile: profile.name().to_owned(),
        session,
        start_url: start_url.to_owned(),
        region: region.parse().map_err(|e| parsed("sso_region", e))?,
        scopes,
        account: account.parse().map_err(|e| parsed("sso_account_id", e))?,
        role_name: role_name.to_owned(),
    })
}
