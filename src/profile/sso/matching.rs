//! Whether a profile or an sso-session matches the wanted sign-in, and because of which keys it does not.

use std::str::FromStr;

use super::{Body, View, Wanted};
use crate::names::ProfileName;
use crate::profile::keys;
use crate::profile::plan::DEFAULT_SCOPE;

/// A key because of which a profile does not match.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    #[error("it has no `{key}`")]
    Missing { key: &'static str },
    #[error("its `{key}` is {found:?}, not {wanted:?}")]
    Other {
        key: &'static str,
        found: String,
        wanted: String,
    },
    /// AWS tools use this key instead of the sign-in. The value may be a secret.
    #[error("it has `{key}`, which AWS tools use instead of the SSO sign-in")]
    Before { key: &'static str },
    #[error("its `sso_session` {session:?} does not exist")]
    NoSession { session: String },
}

pub(super) fn list(differences: &[Difference]) -> String {
    let texts: Vec<_> = differences.iter().map(Difference::to_string).collect();
    texts.join("; ")
}

/// Returns the keys because of which the profile does not match; empty if it matches.
pub(super) fn differences(view: &View<'_>, profile: &Body<'_>, wanted: &Wanted) -> Vec<Difference> {
    // The SDKs look for these, in this order, before they look for an SSO sign-in.
    const BEFORE: [&str; 4] = [
        keys::AWS_ACCESS_KEY_ID,
        keys::WEB_IDENTITY_TOKEN_FILE,
        keys::ROLE_ARN,
        keys::CREDENTIAL_SOURCE,
    ];
    let before = BEFORE
        .into_iter()
        .filter(|key| profile.value(key).is_some());
    let mut differences: Vec<_> = before.map(|key| Difference::Before { key }).collect();
    match place(view, profile) {
        Ok(place) => compare_place(&mut differences, &place, wanted),
        Err(session) => {
            let session = session.to_owned();
            differences.push(Difference::NoSession { session });
            return differences;
        }
    }
    let exactly = [
        (keys::SSO_ACCOUNT_ID, Some(wanted.account.as_str())),
        (keys::SSO_ROLE_NAME, Some(wanted.role.as_str())),
        (
            keys::SSO_SESSION,
            wanted.session.as_ref().map(ProfileName::as_str),
        ),
    ];
    for (key, wanted) in exactly {
        let found = profile.value(key);
        if let Some(wanted) = wanted {
            compare(&mut differences, key, found, found == Some(wanted), wanted);
        }
    }
    differences
}

/// Adds how the place differs from the wanted one.
pub(super) fn compare_place(differences: &mut Vec<Difference>, place: &Place<'_>, wanted: &Wanted) {
    let (url, region) = (&wanted.start_url, &wanted.sso_region);
    let key = keys::SSO_START_URL;
    let is_same = same(place.url, url);
    compare(differences, key, place.url, is_same, url.as_str());
    let key = keys::SSO_REGION;
    let is_same = same(place.region, region);
    compare(differences, key, place.region, is_same, region.as_str());
    if let Some(scopes) = place.scopes {
        let key = keys::SSO_REGISTRATION_SCOPES;
        let is_in = has_scope(Some(scopes));
        compare(differences, key, Some(scopes), is_in, DEFAULT_SCOPE);
    }
}

fn compare(
    differences: &mut Vec<Difference>,
    key: &'static str,
    found: Option<&str>,
    is_same: bool,
    wanted: &str,
) {
    match found {
        Some(_) if is_same => {}
        Some(found) => differences.push(Difference::Other {
            key,
            found: found.to_owned(),
            wanted: wanted.to_owned(),
        }),
        None => differences.push(Difference::Missing { key }),
    }
}

/// Where a profile signs in, as the file has it.
pub(super) struct Place<'a> {
    pub url: Option<&'a str>,
    pub region: Option<&'a str>,
    pub scopes: Option<&'a str>,
}

/// Returns where the profile signs in, from its sso-session if it names one.
///
/// # Errors
/// The name of an sso-session that does not exist.
pub(super) fn place<'v>(view: &'v View<'_>, profile: &'v Body<'_>) -> Result<Place<'v>, &'v str> {
    Ok(match profile.value(keys::SSO_SESSION) {
        None => Place {
            scopes: None,
            ..place_of(profile)
        },
        Some(name) => place_of(view.sessions.get(name).ok_or(name)?),
    })
}

pub(super) fn place_of<'v>(body: &'v Body<'_>) -> Place<'v> {
    Place {
        url: body.value(keys::SSO_START_URL),
        region: body.value(keys::SSO_REGION),
        scopes: body.get(keys::SSO_REGISTRATION_SCOPES),
    }
}

/// Whether the text in a file means the same as the wanted value, in whatever spelling.
pub(super) fn same<T: FromStr + PartialEq>(found: Option<&str>, wanted: &T) -> bool {
    found.and_then(|text| text.parse().ok()).as_ref() == Some(wanted)
}

pub(super) fn has_scope(scopes: Option<&str>) -> bool {
    scopes.is_none_or(|scopes| scopes.split(',').any(|scope| scope.trim() == DEFAULT_SCOPE))
}
