//! The source profile for an SSO sign-in (IAM Identity Center) and its sso-session: finds sections that match, else
//! composes new ones as `aws configure sso` writes them.
//!
//! Owns the choice and the text of new sections; [`ownership`] records which of them apono-login wrote. Pure: profiles in,
//! names and sections out. A section that matches is used under its own name; one that does not match is never changed.
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html>

pub mod known;
pub mod ownership;

use std::fmt;
use std::str::FromStr;

use aws_config::profile::{Profile, ProfileSet};

use super::edit::{self, Section};
use super::keys;
use super::plan::DEFAULT_SCOPE;
use super::scan::{self, Scan};
use crate::names::{AccountId, ProfileName, Region, SsoRoleName, StartUrl};

/// The sign-in that is needed.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub start_url: StartUrl,
    pub sso_region: Region,
    pub account: AccountId,
    pub role: SsoRoleName,
    /// Region to write into a new source profile.
    pub region: Region,
    /// `--source-profile`, if it was given.
    pub source: Option<ProfileName>,
    /// The current source profile, which is kept if it matches.
    pub preferred: Option<ProfileName>,
    /// The profile that will use the source; it cannot be its own source.
    pub own: ProfileName,
}

/// The chosen source profile, and what has to be written for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub profile: ProfileName,
    /// `None` for a legacy profile, which has `sso_start_url` of its own.
    pub session: Option<ProfileName>,
    /// In the order in which they are written; empty if nothing has to be written.
    pub new: Vec<NewSection>,
}

/// A section to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSection {
    pub name: Name,
    pub keys: Vec<(&'static str, String)>,
}

/// The name of a section of the config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    Profile(ProfileName),
    SsoSession(ProfileName),
}

/// Why no source profile could be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The profile that was named exists and does not match.
    #[error("{}", list(differences))]
    Unfit {
        profile: ProfileName,
        differences: Vec<Difference>,
    },
}

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

fn list(differences: &[Difference]) -> String {
    let texts: Vec<_> = differences.iter().map(Difference::to_string).collect();
    texts.join("; ")
}

/// Returns the source profile: the one named, else one that matches, else a new one.
///
/// # Errors
/// The named profile exists and does not match.
pub fn choose(profiles: &ProfileSet, wanted: &Wanted) -> Result<Chosen, Error> {
    if let Some(name) = &wanted.source
        && let Some(profile) = profiles.get_profile(name.as_str())
    {
        let differences = differences(profiles, profile, wanted);
        return match differences.is_empty() {
            true => Ok(found(profile, name.clone())),
            false => Err(Error::Unfit {
                profile: name.clone(),
                differences,
            }),
        };
    }
    if wanted.source.is_none()
        && let Some(chosen) = fitting_profile(profiles, wanted)
    {
        return Ok(chosen);
    }
    let mut new = Vec::new();
    let session = match fitting_session(profiles, wanted) {
        Some(session) => session,
        None => {
            let exists = |name: &ProfileName| profiles.sso_session(name.as_str()).is_some();
            let name = free_name(wanted.start_url.session_name(), exists);
            new.push(NewSection::sso_session(name.clone(), wanted));
            name
        }
    };
    let profile = wanted.source.clone().unwrap_or_else(|| {
        let exists = |name: &ProfileName| {
            *name == wanted.own || profiles.get_profile(name.as_str()).is_some()
        };
        free_name(wanted.role.profile_name(&wanted.account), exists)
    });
    new.push(NewSection::profile(profile.clone(), &session, wanted));
    Ok(Chosen {
        profile,
        session: Some(session),
        new,
    })
}

fn fitting_profile(profiles: &ProfileSet, wanted: &Wanted) -> Option<Chosen> {
    let mut names: Vec<ProfileName> = profiles
        .profiles()
        .filter_map(|name| name.parse().ok())
        .filter(|name| *name != wanted.own)
        .collect();
    names.sort_by_key(|name| (wanted.preferred.as_ref() != Some(name), name.clone()));
    names.into_iter().find_map(|name| {
        let profile = profiles.get_profile(name.as_str())?;
        let fits = differences(profiles, profile, wanted).is_empty();
        fits.then(|| found(profile, name))
    })
}

fn found(profile: &Profile, name: ProfileName) -> Chosen {
    Chosen {
        profile: name,
        session: get(profile, keys::SSO_SESSION).and_then(|name| name.parse().ok()),
        new: Vec::new(),
    }
}

fn fitting_session(profiles: &ProfileSet, wanted: &Wanted) -> Option<ProfileName> {
    let fits = |name: &&str| {
        let Some(session) = profiles.sso_session(name) else {
            return false;
        };
        same(session.get(keys::SSO_START_URL), &wanted.start_url)
            && same(session.get(keys::SSO_REGION), &wanted.sso_region)
            && has_scope(session.get(keys::SSO_REGISTRATION_SCOPES))
    };
    let names = profiles.sso_sessions().filter(fits);
    names.filter_map(|name| name.parse().ok()).min()
}

/// Returns the keys because of which the profile does not match; empty if it matches.
fn differences(profiles: &ProfileSet, profile: &Profile, wanted: &Wanted) -> Vec<Difference> {
    // The SDKs look for these, in this order, before they look for an SSO sign-in.
    const BEFORE: [&str; 4] = [
        keys::AWS_ACCESS_KEY_ID,
        keys::WEB_IDENTITY_TOKEN_FILE,
        keys::ROLE_ARN,
        keys::CREDENTIAL_SOURCE,
    ];
    let before = BEFORE.into_iter().filter(|key| get(profile, key).is_some());
    let mut differences: Vec<_> = before.map(|key| Difference::Before { key }).collect();
    let mut compare = |key, found: Option<&str>, same: bool, wanted: &str| match found {
        Some(_) if same => {}
        Some(found) => differences.push(Difference::Other {
            key,
            found: found.to_owned(),
            wanted: wanted.to_owned(),
        }),
        None => differences.push(Difference::Missing { key }),
    };
    let account = get(profile, keys::SSO_ACCOUNT_ID);
    let role = get(profile, keys::SSO_ROLE_NAME);
    match place(profiles, profile) {
        Ok(place) => {
            let (url, region) = (&wanted.start_url, &wanted.sso_region);
            compare(
                keys::SSO_START_URL,
                place.url,
                same(place.url, url),
                url.as_str(),
            );
            let same_region = same(place.region, region);
            compare(keys::SSO_REGION, place.region, same_region, region.as_str());
            if let Some(scopes) = place.scopes {
                let key = keys::SSO_REGISTRATION_SCOPES;
                compare(key, Some(scopes), has_scope(Some(scopes)), DEFAULT_SCOPE);
            }
        }
        Err(session) => {
            let session = session.to_owned();
            differences.push(Difference::NoSession { session });
            return differences;
        }
    }
    let (wanted_account, wanted_role) = (wanted.account.as_str(), wanted.role.as_str());
    compare(
        keys::SSO_ACCOUNT_ID,
        account,
        account == Some(wanted_account),
        wanted_account,
    );
    compare(
        keys::SSO_ROLE_NAME,
        role,
        role == Some(wanted_role),
        wanted_role,
    );
    differences
}

/// Where a profile signs in, as the file has it.
struct Place<'a> {
    url: Option<&'a str>,
    region: Option<&'a str>,
    scopes: Option<&'a str>,
}

/// Returns where the profile signs in, from its sso-session if it names one.
///
/// # Errors
/// The name of an sso-session that does not exist.
fn place<'a>(profiles: &'a ProfileSet, profile: &'a Profile) -> Result<Place<'a>, &'a str> {
    let Some(name) = get(profile, keys::SSO_SESSION) else {
        return Ok(Place {
            url: get(profile, keys::SSO_START_URL),
            region: get(profile, keys::SSO_REGION),
            scopes: None,
        });
    };
    let session = profiles.sso_session(name).ok_or(name)?;
    Ok(Place {
        url: session.get(keys::SSO_START_URL),
        region: session.get(keys::SSO_REGION),
        scopes: session.get(keys::SSO_REGISTRATION_SCOPES),
    })
}

fn get<'a>(profile: &'a Profile, key: &str) -> Option<&'a str> {
    profile.get(key).filter(|value| !value.is_empty())
}

/// Whether the text in a file means the same as the wanted value, in whatever spelling.
fn same<T: FromStr + PartialEq>(found: Option<&str>, wanted: &T) -> bool {
    found.and_then(|text| text.parse().ok()).as_ref() == Some(wanted)
}

fn has_scope(scopes: Option<&str>) -> bool {
    scopes.is_none_or(|scopes| scopes.split(',').any(|scope| scope.trim() == DEFAULT_SCOPE))
}

/// Returns `base`, or the first of `base-2`, `base-3` … that does not exist.
fn free_name(base: ProfileName, exists: impl Fn(&ProfileName) -> bool) -> ProfileName {
    let mut name = base.clone();
    let mut number = 1;
    while exists(&name) {
        number += 1;
        name = base.numbered(number);
    }
    name
}

impl Chosen {
    /// Returns the file with the new sections at its end.
    ///
    /// # Errors
    /// The edit is refused; the file must then not be changed.
    pub fn add_to(&self, file: &[u8]) -> Result<Vec<u8>, AddError> {
        let mut file = file.to_vec();
        for section in &self.new {
            file = section.add_to(&file)?;
        }
        Ok(file)
    }
}

/// Why the new sections cannot be added to a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    /// Another program has just written a section of that name, or botocore sees one where the SDKs do not.
    #[error("a section with the name {name} exists and has other keys")]
    Exists { name: Name },
    #[error(transparent)]
    Edit(#[from] edit::Error),
}

impl NewSection {
    fn sso_session(name: ProfileName, wanted: &Wanted) -> Self {
        NewSection {
            name: Name::SsoSession(name),
            keys: vec![
                (keys::SSO_START_URL, wanted.start_url.to_string()),
                (keys::SSO_REGION, wanted.sso_region.to_string()),
                (keys::SSO_REGISTRATION_SCOPES, DEFAULT_SCOPE.to_owned()),
            ],
        }
    }

    fn profile(name: ProfileName, session: &ProfileName, wanted: &Wanted) -> Self {
        NewSection {
            name: Name::Profile(name),
            keys: vec![
                (keys::SSO_SESSION, session.to_string()),
                (keys::SSO_ACCOUNT_ID, wanted.account.to_string()),
                (keys::SSO_ROLE_NAME, wanted.role.to_string()),
                (keys::REGION, wanted.region.to_string()),
            ],
        }
    }

    /// Returns the file with this section added. A section with the same content is kept: another run may have just written
    /// it.
    fn add_to(&self, file: &[u8]) -> Result<Vec<u8>, AddError> {
        let keys: Vec<_> = self
            .keys
            .iter()
            .map(|(k, v)| (*k, Some(v.as_str())))
            .collect();
        let after = edit::set(file, self.name.section(), &keys)?;
        let name = self.name.scanned();
        let is_it = |section: &scan::Section| section.sdk == name || section.botocore == name;
        match after != file && Scan::new(file).sections.iter().any(is_it) {
            true => Err(AddError::Exists {
                name: self.name.clone(),
            }),
            false => Ok(after),
        }
    }
}

impl Name {
    pub fn section(&self) -> Section<'_> {
        match self {
            Name::Profile(name) => Section::Profile(name.as_str()),
            Name::SsoSession(name) => Section::SsoSession(name.as_str()),
        }
    }

    fn scanned(&self) -> scan::Name {
        match self {
            Name::Profile(name) => scan::Name::Profile(name.to_string()),
            Name::SsoSession(name) => scan::Name::SsoSession(name.to_string()),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Profile(name) => write!(f, "profile {name}"),
            Name::SsoSession(name) => write!(f, "sso-session {name}"),
        }
    }
}

#[cfg(test)]
mod tests;
