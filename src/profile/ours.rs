//! What in `~/.aws/config` belongs to apono-login: the profiles that it installed, and what they record of the installation.
//!
//! The one place that says so; [`keys`] lists the keys. Pure: profiles in, values out. Which entries of a kubeconfig belong to
//! apono-login is in `kube::config::ours`.

mod needed;
pub mod record;

use aws_config::profile::Profile;

use super::keys;
use super::plan::{self, Root};
use super::profiles::Profiles;
use super::read::DEFAULT_ROLE;
use super::sso::ownership::{self, Wrote};
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::names::{ProfileName, Region, RoleArn, RoleSessionName, TeamName};
pub use needed::{Needed, needed};
use record::{Before, Cluster, Taken};

/// An installed profile, perhaps an incomplete one. The default value is a profile that does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installed {
    pub is_there: bool,
    /// AWS tools get its credentials from apono-login by the user's choice, not because its sign-in needs it.
    pub by_process: bool,
    pub role: Option<RoleArn>,
    pub email: Option<RoleSessionName>,
    pub source: Option<ProfileName>,
    pub region: Option<Region>,
    /// Its `duration_seconds`, as it is.
    pub duration: Option<String>,
    /// It has a role, valid or not.
    has_role: bool,
    /// The sections that were written together with it.
    pub wrote: Vec<Wrote>,
    /// The team whose file it is from.
    pub team: Option<String>,
    /// The clusters that the team file named.
    pub clusters: Vec<Cluster>,
    pub context_before: Option<Before>,
    /// The contexts that other profiles have taken over.
    pub contexts_taken: Vec<Taken>,
    /// It says that it is installed, because nothing else does.
    is_marked: bool,
}

/// A profile that belongs to the user: it must not be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Foreign {
    pub profile: ProfileName,
    pub why: Why,
    /// A name that is free instead.
    pub free: String,
}

/// What shows that a profile belongs to the user.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("it has the key `{0}`, which apono-login does not write")]
    Key(&'static str),
    #[error("it is for role {0}, and nothing in it shows that apono-login wrote it")]
    Role(RoleArn),
    /// A key that `install` would change and `uninstall` remove.
    #[error("it has the key `{0}`, and nothing in it shows that apono-login wrote it")]
    Unmarked(&'static str),
}

impl From<Foreign> for Failure {
    fn from(foreign: Foreign) -> Self {
        let typed = Command::typed();
        let failure = Failure::refused(format!(
            "profile {} is not an apono-login profile; it was not changed",
            foreign.profile
        ))
        .cause(foreign.to_string());
        let failure = failure.hint(match typed.is("install") {
            true => format!(
                "to install under another name, {}",
                typed.option("--profile", &foreign.free).run()
            ),
            false => "name another profile with `--profile`".to_owned(),
        });
        match foreign.why {
            Why::Key(_) => failure,
            Why::Role(_) | Why::Unmarked(_) => failure.hint(format!(
                "if apono-login may change and remove it, add the line `{} = true` to it",
                keys::APONO_INSTALLED
            )),
        }
    }
}

impl Installed {
    /// Returns the profile as it is now.
    ///
    /// # Errors
    /// It belongs to the user, who may have made it another kind of profile since it was installed.
    pub fn read(profiles: &Profiles, name: &ProfileName) -> Result<Self, Foreign> {
        let Some(profile) = profiles.get_profile(name.as_str()) else {
            return Ok(Installed::default());
        };
        let has = |key: &str| profile.get(key).is_some();
        let own_process = has(keys::APONO_ROLE_ARN);
        let foreign = keys::FOREIGN.into_iter().find(|key| has(key));
        let process = has(keys::CREDENTIAL_PROCESS).then_some(keys::CREDENTIAL_PROCESS);
        let process = process.filter(|_| !own_process);
        let role = role_of(profile).filter(|role| !is_of_ours(profile, role));
        if let Some(why) = foreign.or(process).map(Why::Key).or(role.map(Why::Role)) {
            return Err(Foreign {
                profile: name.clone(),
                why,
                free: free_name(profiles, name),
            });
        }
        Ok(Self::as_it_is(profiles, name))
    }

    /// Returns the profile as it is now, for an installation into it.
    ///
    /// # Errors
    /// As of [`Installed::read`], and where it has settings that would be changed, and no role.
    pub fn to_install(profiles: &Profiles, name: &ProfileName) -> Result<Self, Foreign> {
        let existing = Self::read(profiles, name)?;
        let profile = profiles.get_profile(name.as_str());
        let profile = profile.filter(|_| !existing.is_installed());
        let theirs = |profile: &Profile| {
            let mut keys = keys::INSTALLED.into_iter();
            keys.find(|key| profile.get(key).is_some())
        };
        match profile.and_then(theirs) {
            None => Ok(existing),
            Some(key) => Err(Foreign {
                profile: name.clone(),
                why: Why::Unmarked(key),
                free: free_name(profiles, name),
            }),
        }
    }

    /// Returns the profile as it is now, whoever it belongs to.
    pub fn as_it_is(profiles: &Profiles, name: &ProfileName) -> Self {
        let Some(profile) = profiles.get_profile(name.as_str()) else {
            return Installed::default();
        };
        let has = |key: &str| profile.get(key).is_some();
        let value = |key: &str| keys::value(profile, key);
        let source = value(keys::SOURCE_PROFILE).and_then(|v| v.parse().ok());
        let is_enough = |source| !needs_process(profiles, name, source);
        Installed {
            is_there: true,
            by_process: has(keys::CREDENTIAL_PROCESS) && source.as_ref().is_some_and(is_enough),
            role: role_of(profile),
            email: value(keys::ROLE_SESSION_NAME).and_then(|v| v.parse().ok()),
            source,
            region: value(keys::REGION).and_then(|v| v.parse().ok()),
            duration: profile.get(keys::DURATION_SECONDS).map(str::to_owned),
            has_role: value(keys::ROLE_ARN).is_some(),
            wrote: ownership::read(profiles, name.as_str()),
            team: team_of(profiles, name.as_str()).map(str::to_owned),
            clusters: record::clusters(profile.get(keys::APONO_TEAM_CLUSTERS).unwrap_or_default()),
            context_before: profile
                .get(keys::APONO_CONTEXT_BEFORE)
                .and_then(Before::parse),
            contexts_taken: record::taken(
                profile.get(keys::APONO_CONTEXTS_TAKEN).unwrap_or_default(),
            ),
            is_marked: has(keys::APONO_INSTALLED),
        }
    }

    /// Whether there is something to uninstall.
    pub fn is_installed(&self) -> bool {
        self.has_role || !self.wrote.is_empty() || self.team.is_some() || self.is_marked
    }
}

/// Returns whether some AWS tools cannot assume a role for the profile `user` with the credentials of this source profile. The
/// SDK for Go, and Terraform with it, refuses those of `aws login`, which others take.
pub fn needs_process(profiles: &Profiles, user: &ProfileName, source: &ProfileName) -> bool {
    let source = plan::source_profile(profiles, user.as_str(), source.as_str());
    source.is_ok_and(|source| source.root() == Some(Root::Login))
}

/// In all that makes a profile one of apono-login: its own keys, and the default role.
const IN_ALL: &str = "apono";

/// Returns the installed profiles by name: those with the default role, or with a key that no other tool writes.
pub fn installed(profiles: &Profiles) -> Vec<ProfileName> {
    let ours = |profile: &&Profile| {
        role_of(profile).is_some_and(|role| is_of_ours(profile, &role))
            && keys::value(profile, keys::ROLE_SESSION_NAME).is_some()
    };
    sorted(profiles.mentioning(IN_ALL).filter(ours))
}

fn role_of(profile: &Profile) -> Option<RoleArn> {
    keys::value(profile, keys::ROLE_ARN).and_then(|arn| arn.parse().ok())
}

/// Whether a profile with this role is one of apono-login: it has the default role, or a key that no other tool writes.
fn is_of_ours(profile: &Profile, role: &RoleArn) -> bool {
    let is_marked = keys::MARKS.iter().any(|key| profile.get(key).is_some());
    is_marked || role.name() == DEFAULT_ROLE
}

/// Returns the value of `apono_installed` for a profile with this role and these keys: none if they mark it already.
pub fn mark(role: &RoleArn, keys: &[(&'static str, Option<String>)]) -> Option<String> {
    let marks = |(key, value): &(&str, Option<String>)| {
        value.is_some() && keys::MARKS.iter().any(|mark| mark == key)
    };
    let is_known = role.name() == DEFAULT_ROLE || keys.iter().any(marks);
    (!is_known).then(|| "true".to_owned())
}

/// Returns the team whose file the profile was installed from, if it was.
pub fn team_of<'a>(profiles: &'a Profiles, profile: &str) -> Option<&'a str> {
    profiles.get_profile(profile)?.get(keys::APONO_TEAM)
}

/// Returns whether the user may be without access to the profile: it is from a team file that does not require it.
pub fn is_optional(profiles: &Profiles, profile: &str) -> bool {
    let is_required = |of: &Profile| of.get(keys::APONO_TEAM_REQUIRED) == Some("true");
    team_of(profiles, profile).is_some() && !profiles.get_profile(profile).is_some_and(is_required)
}

/// Returns the profiles of the team by name: those with this base name, and the others.
pub fn of_team(
    profiles: &Profiles,
    team: &TeamName,
    base: &ProfileName,
) -> (Vec<ProfileName>, Vec<ProfileName>) {
    let is_of_team = |profile: &&Profile| profile.get(keys::APONO_TEAM) == Some(team.as_str());
    let names = sorted(profiles.mentioning(keys::APONO_TEAM).filter(is_of_team));
    names
        .into_iter()
        .partition(|name| begins_with(name.as_str(), base.as_str()))
}

/// Returns whether the name is `BASE` or `BASE-ACCOUNT`.
fn begins_with(name: &str, base: &str) -> bool {
    let rest = name.strip_prefix(base);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Returns the first of `NAME-2`, `NAME-3` … that neither is the name of a profile nor begins that of an account of a team.
pub fn free_name(profiles: &Profiles, name: &ProfileName) -> String {
    let is_taken = |free: &str| profiles.profiles().any(|other| begins_with(other, free));
    let mut free = (2..).map(|number| format!("{name}-{number}"));
    free.find(|free| !is_taken(free)).unwrap_or_default()
}

fn sorted<'a>(profiles: impl Iterator<Item = &'a Profile>) -> Vec<ProfileName> {
    let names = profiles.filter_map(|profile| profile.name().parse().ok());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Profiles are looked for by it.
    #[test]
    fn what_makes_a_profile_ours_has_the_name_in_it() {
        let ours = keys::MARKS.into_iter().chain([DEFAULT_ROLE]);
        assert!(ours.into_iter().all(|one| one.contains(IN_ALL)));
    }

    #[test]
    fn the_first_free_name() {
        let profiles = |names: &[&str]| {
            let sections = names
                .iter()
                .map(|name| format!("[profile {name}]\na = b\n"));
            Profiles::new([sections.collect(), String::new()]).unwrap()
        };
        for (names, free) in [
            (&["labs"][..], "labs-2"),
            (&["labs", "labs-2"], "labs-3"),
            // A team's profiles would begin like that.
            (&["labs", "labs-2-prod", "labs-3x"], "labs-3"),
        ] {
            assert_eq!(free_name(&profiles(names), &"labs".parse().unwrap()), free);
        }
        let users = "[profile labs]\nweb_identity_token_file = a\n[profile labs-2]\n";
        let users = Profiles::new([users.to_owned(), String::new()]).unwrap();
        let foreign = Installed::read(&users, &"labs".parse().unwrap()).unwrap_err();
        assert_eq!(foreign.free, "labs-3");
    }

    #[test]
    fn names_of_one_base() {
        assert!(begins_with("labs", "labs"));
        assert!(begins_with("labs-prod", "labs"));
        assert!(!begins_with("labs2", "labs"));
        assert!(!begins_with("labs2-prod", "labs"));
        assert!(!begins_with("labs", "labs-prod"));
    }
}
