//! What `install --from` has to do: the accounts of the team file, each with its profile, and the profiles to remove.

use crate::commands::install::existing::{Existing, Repurposed};
use crate::failure::{Failure, Kind};
use crate::names::{self, AccountId, ProfileName};
use crate::profile::read::Files;
use crate::profile::sso::{self, Chosen};
use crate::session::Session;
use crate::setup::team_file::{Account, Cluster, Source, Team, ownership};
use crate::sys::shell;

/// An account of the file, and its profile.
pub struct Member<'a> {
    pub profile: ProfileName,
    pub account: &'a Account,
    pub existing: Existing,
    /// The clusters that the team file named when it was last installed.
    pub recorded: Vec<Cluster>,
}

/// A profile whose account the file no longer names.
pub struct Gone {
    pub profile: ProfileName,
    pub existing: Existing,
}

/// Everything that is to be set up, updated or removed.
pub struct Plan<'a> {
    pub team: &'a Team,
    pub members: Vec<Member<'a>>,
    pub gone: Vec<Gone>,
    /// Profiles whose account the file no longer names, and that the user has made their own.
    pub repurposed: Vec<Repurposed>,
}

impl<'a> Plan<'a> {
    /// Compares the team file with the existing profiles.
    ///
    /// # Errors
    /// A profile with a name that is needed belongs to the user or to another team.
    pub fn new(session: &Session<'_>, team: &'a Team, base: &ProfileName) -> Result<Self, Failure> {
        let files = session.files()?;
        let profiles = files.profiles();
        let names = team.profiles(base).map_err(too_long)?;
        let mut members = Vec::new();
        for (profile, account) in names.into_iter().zip(&team.accounts) {
            let name = profile.as_str();
            let other = ownership::team_of(profiles, name).filter(|other| !team.name.may_be(other));
            if let Some(other) = other {
                return Err(of_another_team(&profile, other));
            }
            let recorded = ownership::clusters(profiles, name);
            members.push(Member {
                existing: Existing::read(files, &profile)?,
                recorded,
                profile,
                account,
            });
        }
        let (mut gone, _) = ownership::profiles(profiles, &team.name, base);
        gone.retain(|profile| members.iter().all(|member| member.profile != *profile));
        let (gone, repurposed) = Repurposed::sort_out(files, gone);
        let gone = gone.into_iter();
        let gone = gone.map(|(profile, existing)| Gone { profile, existing });
        Ok(Plan {
            team,
            members,
            gone: gone.collect(),
            repurposed,
        })
    }
}

impl Member<'_> {
    /// Whether the profile is for another account than before, so that its old contexts are invalid.
    pub fn has_moved(&self) -> bool {
        self.account_before().is_some()
    }

    /// Returns the account of the profile before, if it is for another one now.
    pub fn account_before(&self) -> Option<&AccountId> {
        let before = self.existing.role.as_ref()?.account();
        (before != self.account.role.account()).then_some(before)
    }

    /// Returns the name that `update-kubeconfig` gives the context.
    pub fn context_name(&self, cluster: &Cluster) -> String {
        let Cluster { name, region, .. } = cluster;
        let role = &self.account.role;
        match &cluster.alias {
            Some(alias) => alias.to_string(),
            None => format!(
                "arn:{}:eks:{region}:{}:cluster/{name}",
                role.partition(),
                role.account()
            ),
        }
    }

    pub fn contexts(&self) -> impl Iterator<Item = String> {
        let clusters = self.account.clusters.iter();
        clusters.map(|cluster| self.context_name(cluster))
    }
}

/// Returns the source profile of a member and the sections to add for it. `None` for SAML, which needs no source profile.
///
/// # Errors
/// The team file names the member's own profile as its source profile.
pub fn choose(files: &Files, team: &Team, member: &Member<'_>) -> Result<Option<Chosen>, Failure> {
    let account = member.account;
    let role = match (&account.source, &team.portal) {
        (Source::Saml(_), _) => return Ok(None),
        (Source::Profile(profile), _) => {
            if *profile == member.profile {
                let what = format!("profile {profile} cannot be its own source profile");
                return Err(Failure::refused(what)
                    .cause("the team file names it as `source_profile`")
                    .hint("use another prefix for the installed profiles: `--profile NAME`"));
            }
            return Ok(Some(Chosen {
                profile: profile.clone(),
                session: None,
                new: Vec::new(),
            }));
        }
        (Source::Sso(role), Some(portal)) => (role, portal),
        (Source::Sso(_), None) => {
            return Err(Failure::new(
                Kind::Bug,
                "an SSO sign-in without an access portal",
            ));
        }
    };
    let (role, portal) = role;
    let wanted = sso::Wanted {
        start_url: portal.start_url.clone(),
        sso_region: portal.region.clone(),
        account: account.role.account().clone(),
        role: role.clone(),
        region: account.region.clone(),
        source: None,
        preferred: member.existing.source.clone(),
        own: member.profile.clone(),
    };
    sso::choose(files.profiles(), &wanted)
        .map(Some)
        .map_err(|error| Failure::refused(error.to_string()))
}

fn too_long(error: names::Error) -> Failure {
    Failure::new(Kind::Usage, "the name of a profile would be too long")
        .cause(error.to_string())
        .hint("use a shorter prefix: `--profile NAME`")
}

fn of_another_team(profile: &ProfileName, other: &str) -> Failure {
    Failure::refused(format!(
        "profile {profile} belongs to another team; it was not changed"
    ))
    .cause(format!("it was installed from the team file of {other}"))
    .hint("if you need both teams, install this one under another prefix: `--profile NAME`")
    .hint(format!(
        "if you do not need that profile any more, run `apono-login uninstall --profile {}`",
        shell::quoted(profile.as_str())
    ))
    .hint("if you do not need that team any more, run `apono-login uninstall --from FILE` with its team file")
}
