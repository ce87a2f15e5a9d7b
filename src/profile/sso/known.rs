//! What is known of an SSO sign-in before the user is asked: the flags, completed from the existing profiles.

use super::matching::place;
use super::{Body, View};
use crate::names::{AccountId, ProfileName, Region, SsoRoleName, StartUrl};
use crate::profile::keys;
use crate::profile::profiles::Profiles;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    pub start_url: Option<StartUrl>,
    pub sso_region: Option<Region>,
    pub account: Option<AccountId>,
    pub role: Option<SsoRoleName>,
    /// The sso-session, if it was named. It may not exist yet.
    pub session: Option<ProfileName>,
}

impl Known {
    /// Returns the values, completed where the files are unambiguous. `source`, the current or the named source profile, is
    /// used first; then the profiles for the same account and permission set; then all profiles, if they agree.
    pub fn complete(mut self, profiles: &Profiles, source: Option<&ProfileName>) -> Self {
        let view = View::new(profiles);
        let mut here = sign_ins(&view);
        let session = self.session.as_ref().map(ProfileName::as_str);
        if here
            .iter()
            .any(|one| session.is_some() && one.session == session)
        {
            here.retain(|one| one.session == session);
        }
        let url = self.start_url.as_ref();
        here.retain(|one| url.is_none_or(|url| *url == one.start_url));
        let region = self.sso_region.as_ref();
        let in_region = |one: &SignIn| region.is_none_or(|region| *region == one.region);
        // Where no portal is in that region, it corrects the one in a file.
        if here.iter().any(in_region) {
            here.retain(in_region);
        }
        let is_source = |one: &&SignIn| one.profile == source.map(ProfileName::as_str);
        let is_meant = |one: &&SignIn| {
            (self.account.is_none() || self.account == one.account)
                && (self.role.is_none() || self.role == one.role)
        };
        let place = |one: &SignIn| (one.start_url.clone(), one.region.clone());
        let place = only(here.iter().filter(is_source).map(place))
            .or_else(|| only(here.iter().filter(is_meant).map(place)))
            .or_else(|| only(here.iter().map(place)));
        if let Some((start_url, region)) = place {
            here.retain(|one| one.start_url == start_url);
            self.start_url = Some(start_url);
            self.sso_region.get_or_insert(region);
        }
        // A permission set has a meaning only together with a portal and an account.
        if self.role.is_none() && self.start_url.is_some() && self.account.is_some() {
            here.retain(|one| one.account == self.account);
            let role = |one: &SignIn| one.role.clone();
            self.role = only(here.iter().filter(is_source).filter_map(role))
                .or_else(|| only(here.iter().filter_map(role)));
        }
        self
    }
}

/// An SSO sign-in that the files describe: a profile, or an sso-session (without account and permission set).
struct SignIn<'a> {
    profile: Option<&'a str>,
    session: Option<&'a str>,
    start_url: StartUrl,
    region: Region,
    account: Option<AccountId>,
    role: Option<SsoRoleName>,
}

fn sign_ins<'v>(view: &'v View<'_>) -> Vec<SignIn<'v>> {
    let of_profile = |(name, profile): (&'v String, _)| {
        let place = place(view, profile).ok()?;
        Some(SignIn {
            profile: Some(name),
            session: profile.value(keys::SSO_SESSION),
            start_url: place.url?.parse().ok()?,
            region: place.region?.parse().ok()?,
            account: profile
                .value(keys::SSO_ACCOUNT_ID)
                .and_then(|id| id.parse().ok()),
            role: profile
                .value(keys::SSO_ROLE_NAME)
                .and_then(|name| name.parse().ok()),
        })
    };
    let of_session = |(name, session): (&'v String, &Body<'_>)| {
        Some(SignIn {
            profile: None,
            session: Some(name),
            start_url: session.get(keys::SSO_START_URL)?.parse().ok()?,
            region: session.get(keys::SSO_REGION)?.parse().ok()?,
            account: None,
            role: None,
        })
    };
    let sessions = view.sessions.iter().filter_map(of_session);
    let profiles = view.profiles.iter().filter_map(of_profile);
    profiles.chain(sessions).collect()
}

/// Returns the value if all are the same.
fn only<T: PartialEq>(mut values: impl Iterator<Item = T>) -> Option<T> {
    let first = values.next()?;
    values.all(|value| value == first).then_some(first)
}

#[cfg(test)]
mod tests;
