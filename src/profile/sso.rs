//! The source profile for an SSO sign-in (IAM Identity Center) and its sso-session: finds sections that match, else
//! composes new ones as `aws configure sso` writes them.
//!
//! Owns the choice and the text of new sections; [`ownership`] records which of them apono-login wrote. Pure: profiles in,
//! names and edits out. A section that matches is used under its own name; one that does not match is never changed.
//! <https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sso.html>

pub mod comments;
mod correction;
pub mod known;
mod matching;
pub mod ownership;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use aws_config::profile::Profile;
use aws_runtime::env_config::section::SsoSession;

use super::edit::{Edit, Section};
use super::keys;
use super::plan::DEFAULT_SCOPE;
use super::profiles::Profiles;
use crate::names::{AccountId, ProfileName, Region, SsoRoleName, StartUrl};
pub use matching::Difference;
use matching::{compare_place, differences, has_scope, list, place_of, same};
use ownership::Wrote;

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
    /// The sso-session to use or to write, if it was chosen.
    pub session: Option<ProfileName>,
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
    /// The section to correct, and those to add, in this order; empty if nothing has to be written.
    pub new: Vec<Edit>,
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
    /// The sso-session that was named exists and does not match.
    #[error("{}", list(differences))]
    UnfitSession {
        session: ProfileName,
        differences: Vec<Difference>,
    },
}

/// The profiles of the files, together with the sections that are about to be written.
#[derive(Debug, Clone)]
pub struct View<'a> {
    files: &'a Profiles,
    /// The profiles that may sign in with SSO.
    profiles: BTreeMap<String, Body<'a>>,
    /// The accounts of these profiles, with the profiles' names.
    accounts: BTreeSet<(String, String)>,
    sessions: BTreeMap<String, Body<'a>>,
    /// The sections that apono-login has written, by the lists of all profiles, or is about to write.
    wrote: BTreeMap<Section, Wrote>,
    /// Those of them that are about to be corrected, as they will be.
    corrected: Vec<Wrote>,
}

#[derive(Debug, Clone)]
enum Body<'a> {
    Profile(&'a Profile),
    SsoSession(&'a SsoSession),
    New(Vec<(&'static str, String)>),
}

/// In all keys of an SSO sign-in.
const IN_ALL: &str = "sso_";

impl<'a> View<'a> {
    pub fn new(files: &'a Profiles) -> Self {
        let session = |name| {
            Some((
                str::to_owned(name),
                Body::SsoSession(files.sso_session(name)?),
            ))
        };
        let wrote = files
            .mentioning(keys::APONO_WROTE)
            .flat_map(|profile| ownership::read(files, profile.name()));
        let mut view = View {
            files,
            profiles: BTreeMap::new(),
            accounts: BTreeSet::new(),
            sessions: files.sso_sessions().filter_map(session).collect(),
            wrote: wrote.map(|one| (one.section.clone(), one)).collect(),
            corrected: Vec::new(),
        };
        for profile in files.mentioning(IN_ALL) {
            view.add_profile(profile.name(), Body::Profile(profile));
        }
        view
    }

    /// Adds what a choice writes.
    pub fn add(&mut self, chosen: &Chosen) {
        self.edit(&chosen.new);
    }

    fn edit(&mut self, edits: &[Edit]) {
        for (wrote, keys) in correction::outcomes(self, edits) {
            if let Section::SsoSession(name) = &wrote.section {
                self.sessions.insert(name.to_string(), Body::New(keys));
            }
            self.wrote.insert(wrote.section.clone(), wrote.clone());
            self.corrected.push(wrote);
        }
        for edit in edits {
            let Edit::Add { section, keys } = edit else {
                continue;
            };
            let body = Body::New(keys.clone());
            match section {
                Section::Profile(name) => self.add_profile(name.as_str(), body),
                Section::SsoSession(name) => drop(self.sessions.insert(name.to_string(), body)),
            }
            let wrote = Wrote::new(section.clone(), keys);
            self.wrote.insert(section.clone(), wrote);
        }
    }

    fn add_profile(&mut self, name: &str, body: Body<'a>) {
        let account = body.get(keys::SSO_ACCOUNT_ID).map(str::to_owned);
        let account = account.map(|account| (account, name.to_owned()));
        self.accounts.extend(account);
        self.profiles.insert(name.to_owned(), body);
    }

    /// Returns the profile, whether it may sign in with SSO or not.
    fn profile(&self, name: &str) -> Option<Cow<'_, Body<'a>>> {
        let other = || Some(Cow::Owned(Body::Profile(self.files.get_profile(name)?)));
        self.profiles.get(name).map(Cow::Borrowed).or_else(other)
    }
}

impl Body<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match self {
            Body::Profile(profile) => profile.get(key),
            Body::SsoSession(session) => session.get(key),
            Body::New(keys) => keys
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, v)| v.as_str()),
        }
    }

    /// Returns the value of the key, unless it is empty.
    fn value(&self, key: &str) -> Option<&str> {
        self.get(key).filter(|value| !value.is_empty())
    }
}

/// Returns the source profile: the one named, else one that matches, else a new one.
///
/// # Errors
/// The named profile exists and does not match.
pub fn choose(view: &View<'_>, wanted: &Wanted) -> Result<Chosen, Error> {
    let edits = match fitting_profile(view, wanted).is_none() && !fits_a_session(view, wanted) {
        true => correction::edits(view, wanted),
        false => Vec::new(),
    };
    if edits.is_empty() {
        return choose_as_it_is(view, wanted);
    }
    let mut view = view.clone();
    view.edit(&edits);
    let mut chosen = choose_as_it_is(&view, wanted)?;
    chosen.new.splice(0..0, edits);
    Ok(chosen)
}

fn choose_as_it_is(view: &View<'_>, wanted: &Wanted) -> Result<Chosen, Error> {
    if let Some(name) = &wanted.source
        && let Some(profile) = view.profile(name.as_str())
    {
        let differences = differences(view, &profile, wanted);
        return match differences.is_empty() {
            true => Ok(found(&profile, name.clone())),
            false => Err(Error::Unfit {
                profile: name.clone(),
                differences,
            }),
        };
    }
    if wanted.source.is_none()
        && let Some(chosen) = fitting_profile(view, wanted)
    {
        return Ok(chosen);
    }
    let mut new = Vec::new();
    let session = fitting_session(view, wanted)?.unwrap_or_else(|| {
        let exists = |name: &ProfileName| view.sessions.contains_key(name.as_str());
        let free = || free_name(wanted.start_url.session_name(), exists);
        let name = wanted.session.clone().unwrap_or_else(free);
        new.push(Edit::Add {
            section: Section::SsoSession(name.clone()),
            keys: vec![
                (keys::SSO_START_URL, wanted.start_url.to_string()),
                (keys::SSO_REGION, wanted.sso_region.to_string()),
                (keys::SSO_REGISTRATION_SCOPES, DEFAULT_SCOPE.to_owned()),
            ],
        });
        name
    });
    let profile = wanted.source.clone().unwrap_or_else(|| {
        let exists =
            |name: &ProfileName| *name == wanted.own || view.profile(name.as_str()).is_some();
        free_name(wanted.role.profile_name(&wanted.account), exists)
    });
    new.push(Edit::Add {
        section: Section::Profile(profile.clone()),
        keys: vec![
            (keys::SSO_SESSION, session.to_string()),
            (keys::SSO_ACCOUNT_ID, wanted.account.to_string()),
            (keys::SSO_ROLE_NAME, wanted.role.to_string()),
            (keys::REGION, wanted.region.to_string()),
        ],
    });
    Ok(Chosen {
        profile,
        session: Some(session),
        new,
    })
}

/// Returns the preferred profile if it matches, else the first one by name that does.
fn fitting_profile(view: &View<'_>, wanted: &Wanted) -> Option<Chosen> {
    let preferred = wanted.preferred.as_ref().map(ProfileName::as_str);
    let mut names = preferred.into_iter().chain(of_account(view, wanted));
    names.find_map(|name| {
        let profile = view.profiles.get(name)?;
        let fits = name != wanted.own.as_str() && differences(view, profile, wanted).is_empty();
        fits.then(|| Some(found(profile, name.parse().ok()?)))?
    })
}

/// Returns the profiles of the account. There can be many of other accounts.
fn of_account<'v>(view: &'v View<'_>, wanted: &Wanted) -> impl Iterator<Item = &'v str> {
    let account = wanted.account.to_string();
    let first = (account.clone(), String::new());
    let from = view.accounts.range(first..);
    from.map_while(move |(other, name)| (*other == account).then_some(name.as_str()))
}

/// Returns the choice of a profile that the user sets up, which need not exist yet.
pub fn named(view: &View<'_>, name: &ProfileName) -> Chosen {
    match view.profile(name.as_str()) {
        Some(profile) => found(&profile, name.clone()),
        None => Chosen {
            profile: name.clone(),
            session: None,
            new: Vec::new(),
        },
    }
}

fn found(profile: &Body<'_>, name: ProfileName) -> Chosen {
    Chosen {
        profile: name,
        session: profile
            .value(keys::SSO_SESSION)
            .and_then(|name| name.parse().ok()),
        new: Vec::new(),
    }
}

/// Returns the sso-session that was named, if it exists; else the first one by name that matches.
///
/// # Errors
/// The one that was named does not match.
fn fitting_session(view: &View<'_>, wanted: &Wanted) -> Result<Option<ProfileName>, Error> {
    let Some(name) = &wanted.session else {
        return Ok(sessions(view, wanted).next());
    };
    let Some(session) = view.sessions.get(name.as_str()) else {
        return Ok(None);
    };
    let mut differences = Vec::new();
    compare_place(&mut differences, &place_of(session), wanted);
    match differences.is_empty() {
        true => Ok(Some(name.clone())),
        false => Err(Error::UnfitSession {
            session: name.clone(),
            differences,
        }),
    }
}

/// Returns whether the sso-session that was named matches, else whether any does.
fn fits_a_session(view: &View<'_>, wanted: &Wanted) -> bool {
    sessions(view, wanted).any(|name| wanted.session.as_ref().is_none_or(|meant| *meant == name))
}

/// Returns the sso-sessions that match, by name.
fn sessions(view: &View<'_>, wanted: &Wanted) -> impl Iterator<Item = ProfileName> {
    let fits = |session: &Body<'_>| {
        let mut differences = Vec::new();
        compare_place(&mut differences, &place_of(session), wanted);
        differences.is_empty()
    };
    let sessions = view.sessions.iter();
    sessions.filter_map(move |(name, session)| fits(session).then(|| name.parse().ok())?)
}

/// Returns the sso-sessions among which only the user can choose: those that match, if there are several and none is used
/// already by the current source profile, or as the only one by the profiles that match.
pub fn ambiguous(view: &View<'_>, wanted: &Wanted) -> Vec<ProfileName> {
    if wanted.session.is_some() || wanted.source.is_some() {
        return Vec::new();
    }
    let candidates: Vec<_> = sessions(view, wanted).collect();
    let used = |name: &str| {
        let chosen = found(view.profiles.get(name)?, name.parse().ok()?);
        let fits = differences(view, view.profiles.get(name)?, wanted).is_empty();
        (fits && name != wanted.own.as_str()).then_some(chosen.session)
    };
    let preferred = wanted.preferred.as_ref();
    if candidates.len() < 2 || preferred.and_then(|name| used(name.as_str())).is_some() {
        return Vec::new();
    }
    let of_profiles: BTreeSet<_> = of_account(view, wanted).filter_map(used).collect();
    match of_profiles.len() {
        1 => Vec::new(),
        _ => candidates,
    }
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

#[cfg(test)]
mod tests;
