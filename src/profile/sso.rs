//! The sign-in that a profile of ours starts from: a source profile for IAM Identity Center and its sso-session, found
//! or to be written as `aws configure sso` writes them.
//!
//! Owns the choice and the text of new sections; [`mark`] tells later which of them we wrote. Pure: profiles in, names
//! and sections out. What fits is used under the name it has, what does not fit is never changed.
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html>

pub mod known;
pub mod mark;

use std::fmt;
use std::str::FromStr;

use aws_config::profile::{Profile, ProfileSet};

use super::edit::{self, Section};
use super::plan::DEFAULT_SCOPE;
use super::scan::{self, Scan};
use crate::names::{AccountId, ProfileName, Region, SsoRoleName, StartUrl};

/// What shall be signed in to, and what for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub start_url: StartUrl,
    pub sso_region: Region,
    pub account: AccountId,
    pub role: SsoRoleName,
    /// Region of a new source profile.
    pub region: Region,
    /// The source profile that was asked for by name.
    pub source: Option<ProfileName>,
    /// The source profile to keep if it fits.
    pub preferred: Option<ProfileName>,
    /// The profile that will have the source: never its own source.
    pub own: ProfileName,
}

/// The source profile, and what has to be written for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    pub profile: ProfileName,
    /// `None` for a legacy profile, which says itself where to sign in.
    pub session: Option<ProfileName>,
    /// In the order they are written; empty when all is there.
    pub new: Vec<NewSection>,
}

/// A section that is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSection {
    pub name: Name,
    pub keys: Vec<(&'static str, String)>,
}

/// Which section of the config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    Profile(ProfileName),
    SsoSession(ProfileName),
}

/// Why nothing was chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The profile asked for is there and is another one than wanted.
    #[error("{}", list(differences))]
    Unfit {
        profile: ProfileName,
        differences: Vec<Difference>,
    },
}

/// One key of a profile that stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    #[error("it has no {key}")]
    Missing { key: &'static str },
    #[error("its {key} is {found:?}, not {wanted:?}")]
    Other {
        key: &'static str,
        found: String,
        wanted: String,
    },
    /// AWS tools take the credentials from there. The value may be a secret.
    #[error("it has {key}, which goes before a sign-in")]
    Before { key: &'static str },
    #[error("its sso_session {session:?} does not exist")]
    NoSession { session: String },
}

fn list(differences: &[Difference]) -> String {
    let texts: Vec<_> = differences.iter().map(Difference::to_string).collect();
    texts.join("; ")
}

/// Decides which profile gives the source credentials.
///
/// # Errors
/// The profile asked for by name signs in to something else.
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
            let taken = |name: &ProfileName| profiles.sso_session(name.as_str()).is_some();
            let name = free_name(wanted.start_url.session_name(), taken);
            new.push(NewSection::sso_session(name.clone(), wanted));
            name
        }
    };
    let profile = wanted.source.clone().unwrap_or_else(|| {
        let taken = |name: &ProfileName| {
            *name == wanted.own || profiles.get_profile(name.as_str()).is_some()
        };
        free_name(wanted.role.profile_name(&wanted.account), taken)
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
        session: get(profile, "sso_session").and_then(|name| name.parse().ok()),
        new: Vec::new(),
    }
}

fn fitting_session(profiles: &ProfileSet, wanted: &Wanted) -> Option<ProfileName> {
    let fits = |name: &&str| {
        let Some(session) = profiles.sso_session(name) else {
            return false;
        };
        same(session.get("sso_start_url"), &wanted.start_url)
            && same(session.get("sso_region"), &wanted.sso_region)
            && has_scope(session.get("sso_registration_scopes"))
    };
    let names = profiles.sso_sessions().filter(fits);
    names.filter_map(|name| name.parse().ok()).min()
}

/// What keeps the profile from being the sign-in that is wanted.
fn differences(profiles: &ProfileSet, profile: &Profile, wanted: &Wanted) -> Vec<Difference> {
    // In the order in which the SDKs look for credentials, before they look for a sign-in.
    const BEFORE: [&str; 4] = [
        "aws_access_key_id",
        "web_identity_token_file",
        "role_arn",
        "credential_source",
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
    let account = get(profile, "sso_account_id");
    let role = get(profile, "sso_role_name");
    match place(profiles, profile) {
        Ok(place) => {
            let (url, region) = (&wanted.start_url, &wanted.sso_region);
            compare(
                "sso_start_url",
                place.url,
                same(place.url, url),
                url.as_str(),
            );
            let same_region = same(place.region, region);
            compare("sso_region", place.region, same_region, region.as_str());
            if let Some(scopes) = place.scopes {
                let key = "sso_registration_scopes";
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
        "sso_account_id",
        account,
        account == Some(wanted_account),
        wanted_account,
    );
    compare(
        "sso_role_name",
        role,
        role == Some(wanted_role),
        wanted_role,
    );
    differences
}

/// Where a profile signs in, as written.
struct Place<'a> {
    url: Option<&'a str>,
    region: Option<&'a str>,
    scopes: Option<&'a str>,
}

/// # Errors
/// The name of an sso-session that does not exist.
fn place<'a>(profiles: &'a ProfileSet, profile: &'a Profile) -> Result<Place<'a>, &'a str> {
    let Some(name) = get(profile, "sso_session") else {
        return Ok(Place {
            url: get(profile, "sso_start_url"),
            region: get(profile, "sso_region"),
            scopes: None,
        });
    };
    let session = profiles.sso_session(name).ok_or(name)?;
    Ok(Place {
        url: session.get("sso_start_url"),
        region: session.get("sso_region"),
        scopes: session.get("sso_registration_scopes"),
    })
}

fn get<'a>(profile: &'a Profile, key: &str) -> Option<&'a str> {
    profile.get(key).filter(|value| !value.is_empty())
}

/// The text in a file names what is wanted, however it is written.
fn same<T: FromStr + PartialEq>(found: Option<&str>, wanted: &T) -> bool {
    found.and_then(|text| text.parse().ok()).as_ref() == Some(wanted)
}

fn has_scope(scopes: Option<&str>) -> bool {
    scopes.is_none_or(|scopes| scopes.split(',').any(|scope| scope.trim() == DEFAULT_SCOPE))
}

/// `wish`, or `wish-2`, `wish-3`… where it is taken.
fn free_name(wish: ProfileName, taken: impl Fn(&ProfileName) -> bool) -> ProfileName {
    let mut name = wish.clone();
    let mut number = 1;
    while taken(&name) {
        number += 1;
        name = wish.numbered(number);
    }
    name
}

impl Chosen {
    /// The file with the new sections at its end.
    ///
    /// # Errors
    /// The edit is refused; the file is then to be left as it is.
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
    /// Somebody else's section has that name now, or some AWS tools see one where the SDKs do not.
    #[error("there is a section {name} already")]
    Taken { name: Name },
    #[error(transparent)]
    Edit(#[from] edit::Error),
}

impl NewSection {
    fn sso_session(name: ProfileName, wanted: &Wanted) -> Self {
        NewSection {
            name: Name::SsoSession(name),
            keys: vec![
                ("sso_start_url", wanted.start_url.to_string()),
                ("sso_region", wanted.sso_region.to_string()),
                ("sso_registration_scopes", DEFAULT_SCOPE.to_owned()),
            ],
        }
    }

    fn profile(name: ProfileName, session: &ProfileName, wanted: &Wanted) -> Self {
        NewSection {
            name: Name::Profile(name),
            keys: vec![
                ("sso_session", session.to_string()),
                ("sso_account_id", wanted.account.to_string()),
                ("sso_role_name", wanted.role.to_string()),
                ("region", wanted.region.to_string()),
            ],
        }
    }

    /// One that is there and says the same, as another run may have just written it, stays.
    fn add_to(&self, file: &[u8]) -> Result<Vec<u8>, AddError> {
        let keys: Vec<_> = self
            .keys
            .iter()
            .map(|(k, v)| (*k, Some(v.as_str())))
            .collect();
        let after = edit::set(file, self.name.section(), &keys)?;
        let name = self.name.scanned();
        let there = |section: &scan::Section| section.sdk == name || section.botocore == name;
        match after != file && Scan::new(file).sections.iter().any(there) {
            true => Err(AddError::Taken {
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
