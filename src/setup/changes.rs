//! What has to change: the state of a laptop and the wanted one in, edits out. Pure.
//!
//! The same for `install`, `install --from` and `uninstall`, which wants no profile at all. Applied twice it is the same as
//! once: where nothing differs, the edits leave every byte. Contexts are removed and renamed here; new ones are added by
//! [`super::clusters`], because looking up a cluster needs credentials.

mod contexts;
mod current;
mod given_back;
mod index;
pub mod process;
mod renames;
mod sections;
pub mod taken;
#[cfg(test)]
mod tests;

use std::fmt;

pub use contexts::{Contexts, Now, Pending};
use process::process_command;
pub use sections::Left;
use sections::{Text, keep_recorded, remove_orphans};

use super::desired::{Desired, Profile};
use super::source::{Key, Source};
use crate::failure::Failure;
use crate::failure::command::Command;
use crate::kube::file::Kubeconfigs;
use crate::names::{AccountId, ProfileName, TeamName};
use crate::profile::edit::{self, Edit, Section};
use crate::profile::keys;
use crate::profile::ours::{self, Foreign, Installed, Needed, record};
use crate::profile::profiles::Profiles;
use crate::profile::sso::View;
use crate::profile::sso::ownership::{self, Why};

/// What is on the laptop.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    /// The profiles of both AWS files.
    pub profiles: &'a Profiles,
    /// `~/.aws/config`
    pub config: &'a [u8],
    /// `~/.aws/credentials`
    pub credentials: &'a [u8],
    pub kubeconfigs: &'a Kubeconfigs,
}

/// The edits, and what they do.
#[derive(Debug, Default)]
pub struct Changes {
    /// The edits of `~/.aws/config`.
    pub config: Vec<Edit>,
    /// What becomes of its sections.
    pub sections: Vec<Outcome>,
    /// Recorded sections that stay, and why.
    pub kept: Vec<(Section, Why)>,
    pub contexts: Contexts,
    /// Profiles that have AWS tools run apono-login though the user did not ask for it, each with the source profile that some of
    /// the tools cannot use as one.
    pub by_need: Vec<(ProfileName, ProfileName)>,
    /// Profiles to remove that belong to the user by now. Only what they record of the installation is removed.
    pub foreign: Vec<Foreign>,
    /// Profiles to remove that stay as they are, because others are built on them.
    pub needed: Vec<Needed>,
    /// Profiles to remove whose sections the user has added something to: the section stays with that.
    pub left: Vec<Left>,
    /// Installed profiles that get another role, email, source or region.
    pub resettled: Vec<ProfileName>,
    /// What is removed for good, in words.
    pub removals: Vec<String>,
}

/// A section or context, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// With its kind, as in `profile apono-k8s-access`.
    pub what: String,
    pub change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Added,
    Changed,
    Removed,
    Same,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Change::Added => "added",
            Change::Changed => "changed",
            Change::Removed => "removed",
            Change::Same => "unchanged",
        })
    }
}

impl Changes {
    /// Whether anything that exists is changed or removed.
    pub fn alters(&self) -> bool {
        let altered =
            |outcome: &Outcome| matches!(outcome.change, Change::Changed | Change::Removed);
        self.sections.iter().any(altered) || !self.contexts.is_settled()
    }

    /// Whether the profile stays though it was to be removed: it belongs to the user by now, or another one is built on it.
    pub fn keeps(&self, profile: &ProfileName) -> bool {
        self.foreign.iter().any(|of| of.profile == *profile)
            || self.needed.iter().any(|of| of.profile == *profile)
    }

    /// Whether this section is removed.
    pub fn removes(&self, section: &Section) -> bool {
        let removed = Outcome::new(section, Change::Removed);
        self.sections.contains(&removed)
    }

    fn say(&mut self, section: &Section, change: Change) {
        self.sections.push(Outcome::new(section, change));
    }
}

impl Outcome {
    fn new(section: &Section, change: Change) -> Self {
        let what = section.to_string();
        Outcome { what, change }
    }
}

/// A profile to install, and what there is of it.
struct Member<'a> {
    profile: &'a Profile,
    existing: Installed,
}

/// A profile to remove.
struct Gone<'a> {
    name: &'a ProfileName,
    existing: Installed,
}

/// Decides what to change.
///
/// # Errors
/// A profile with a name that is needed belongs to the user or to another team, or the named source profile does not fit.
pub fn decide(state: &State<'_>, desired: &Desired) -> Result<Changes, Failure> {
    let needed = ours::needed(state.profiles, &desired.gone);
    // Profiles that others are built on stay, with their contexts and records.
    let mut removing = desired.clone();
    let is_needed = |name: &ProfileName| needed.iter().any(|of| of.profile == *name);
    removing.gone.retain(|name| !is_needed(name));
    let desired = &removing;
    let members = members(state.profiles, desired)?;
    let (mut gone, mut foreign) = (Vec::new(), Vec::new());
    for name in &desired.gone {
        match Installed::read(state.profiles, name) {
            Ok(existing) => gone.push(Gone { name, existing }),
            Err(error) => foreign.push(error),
        }
    }
    let mut changes = Changes {
        contexts: Contexts::decide(state, desired, &members, &gone),
        foreign,
        needed,
        ..Changes::default()
    };
    let config = Text::new(state.config);
    let used = install(&mut changes, state, &config, desired, &members)?;
    for Gone { name, existing } in &gone {
        if existing.is_installed() {
            let hour = existing.duration.as_deref() == Some(keys::AN_HOUR);
            let hour = hour.then_some(keys::DURATION_SECONDS);
            let written: Vec<_> = keys::INSTALLED.into_iter().chain(hour).collect();
            let left = config.left(name, &written);
            let change = match left {
                None => Change::Removed,
                Some(_) => Change::Changed,
            };
            changes.left.extend(left);
            changes.remove(name, &written, change);
        }
    }
    for Foreign { profile, .. } in changes.foreign.clone() {
        changes.remove(&profile, &keys::RECORDS, Change::Changed);
    }
    let heirs = changes.contexts.heirs.iter().map(|(profile, before)| {
        let section = Section::Profile(profile.clone());
        let before = before.as_ref().and_then(record::Before::remember);
        let keys = vec![(keys::APONO_CONTEXT_BEFORE, before)];
        Edit::Set { section, keys }
    });
    let taken = taken::of_others(state, desired, &changes.contexts);
    let records = edit::of_existing(state.config, heirs.chain(taken).collect());
    changes.config.extend(records);
    remove_orphans(&mut changes, state, &members, &gone, &used);
    keep_recorded(&mut changes, &config, &members);
    changes.removals = removals(&changes, &members);
    Ok(changes)
}

fn members<'a>(profiles: &Profiles, desired: &'a Desired) -> Result<Vec<Member<'a>>, Failure> {
    let member = |profile: &'a Profile| {
        let name = &profile.name;
        let mut existing = existing(profiles, name, desired.team.as_ref(), name)?;
        // Flags do not say which contexts a team's profile has: those stay as they are.
        if desired.team.is_none() {
            existing.clusters.clear();
        }
        Ok(Member { profile, existing })
    };
    desired.profiles.iter().map(member).collect()
}

/// Returns what there is of a profile that is to be installed, from the file of `team` if there is one. `base` is what its name is
/// made of: another one is offered.
///
/// # Errors
/// It belongs to the user or to another team.
pub fn existing(
    profiles: &Profiles,
    name: &ProfileName,
    team: Option<&TeamName>,
    base: &ProfileName,
) -> Result<Installed, Failure> {
    let free = || ours::free_name(profiles, base);
    let existing = Installed::to_install(profiles, name).map_err(|foreign| Foreign {
        free: free(),
        ..foreign
    })?;
    match (team, &existing.team) {
        (Some(team), Some(other)) if !team.may_be(other) => {
            Err(of_another_team(name, other, &free()))
        }
        _ => Ok(existing),
    }
}

/// Sets the keys of the members' profiles, and adds the sections that their sign-ins need. Returns the sections of their sources.
fn install(
    changes: &mut Changes,
    state: &State<'_>,
    config: &Text<'_>,
    desired: &Desired,
    members: &[Member<'_>],
) -> Result<Vec<Section>, Failure> {
    let mut view = View::new(state.profiles);
    let mut used = Vec::new();
    for (index, member) in members.iter().enumerate() {
        let Member { profile, existing } = member;
        let Profile { name, account, .. } = *profile;
        let (source, region) = (&account.source, &account.region);
        let chosen = source.choose(&view, name, existing.source.as_ref(), region)?;
        let mut wrote = None;
        if let Some(chosen) = &chosen {
            wrote = ownership::remember(&view, name, chosen);
            for edit in &chosen.new {
                let change = match edit {
                    Edit::Add { .. } => Change::Added,
                    Edit::Set { .. } | Edit::Remove { .. } => Change::Changed,
                };
                changes.say(edit.section(), change);
            }
            changes.config.extend(chosen.new.iter().cloned());
            view.add(chosen);
            used.extend(ownership::used(chosen));
        }
        let needs_process = source.needs_process(state.profiles, name);
        let by_process = profile.by_process || existing.by_process || needs_process;
        let process = match by_process {
            true => Some(process_command(&desired.program, name)?),
            false => None,
        };
        let source_profile = chosen.as_ref().map(|chosen| &chosen.profile);
        let mut keys = source.keys(
            &account.role,
            &profile.email,
            region,
            source_profile,
            process,
        );
        keys.extend(duration(existing, by_process));
        if let Some(team) = &desired.team {
            let clusters = changes.contexts.to_record(profile);
            keys.push((keys::APONO_TEAM, Some(team.to_string())));
            keys.push((keys::APONO_TEAM_CLUSTERS, record::remember(&clusters)));
            let required = account.required.then(|| "true".to_owned());
            keys.push((keys::APONO_TEAM_REQUIRED, required));
        }
        let before = changes.contexts.before.as_ref().filter(|_| index == 0);
        let before = before.and_then(record::Before::remember);
        keys.extend([
            (keys::APONO_WROTE, wrote),
            (keys::APONO_CONTEXT_BEFORE, before),
            taken::key(member),
        ]);
        keys.push((keys::APONO_INSTALLED, ours::mark(&account.role, &keys)));
        let section = Section::Profile(name.clone());
        let saml = [keys::APONO_SAML_PROVIDER_ARN, keys::APONO_SAML_URL];
        let saml: Vec<_> = keys
            .iter()
            .filter(|(key, _)| saml.contains(key))
            .cloned()
            .collect();
        let differs = [
            differ(&existing.role, Some(&account.role)),
            differ(&existing.email, Some(&profile.email)),
            differ(&existing.region, Some(region)),
            differ(&existing.source, source_profile),
            existing.is_installed() && config.change(&section, &saml) == Change::Changed,
        ];
        if differs.contains(&true) {
            changes.resettled.push(name.clone());
        }
        let change = match existing.is_there {
            false => Change::Added,
            true => config.change(&section, &keys),
        };
        changes.say(&section, change);
        let by_need = needs_process && !profile.by_process && change != Change::Same;
        if let (true, Source::Profile(source)) = (by_need, source) {
            changes.by_need.push((name.clone(), source.clone()));
        }
        changes.config.push(Edit::Set { section, keys });
    }
    Ok(used)
}

/// Whether there was a value, and it is another one now.
fn differ<T: PartialEq>(before: &Option<T>, now: Option<&T>) -> bool {
    before.as_ref().is_some_and(|before| Some(before) != now)
}

/// Returns what becomes of the length of role sessions: where AWS tools assume the role themselves and the user has set none,
/// it is an hour for all of them.
fn duration(existing: &Installed, by_process: bool) -> Option<Key> {
    match (existing.duration.as_deref(), by_process) {
        (None, false) => Some((keys::DURATION_SECONDS, Some(keys::AN_HOUR.to_owned()))),
        (Some(keys::AN_HOUR), true) => Some((keys::DURATION_SECONDS, None)),
        _ => None,
    }
}

impl Changes {
    fn remove(&mut self, profile: &ProfileName, keys: &[&str], change: Change) {
        let section = Section::Profile(profile.clone());
        let keys = keys.iter().map(|&key| key.to_owned()).collect();
        self.say(&section, change);
        self.config.push(Edit::Remove { section, keys });
    }
}

/// Returns what is removed for good: sections, the access to other accounts, and contexts that do not come back.
fn removals(changes: &Changes, members: &[Member<'_>]) -> Vec<String> {
    let sections = changes.sections.iter();
    let sections = sections.filter(|outcome| outcome.change == Change::Removed);
    let accounts = members.iter().filter_map(|member| {
        let account = member.account_before()?;
        Some(format!(
            "account {account} of profile {}",
            member.profile.name
        ))
    });
    sections
        .map(|outcome| outcome.what.clone())
        .chain(accounts)
        .chain(changes.contexts.lasting_removals(members))
        .collect()
}

impl Member<'_> {
    /// Returns the account of the profile before, if it is for another one now: its old contexts are invalid then.
    fn account_before(&self) -> Option<&AccountId> {
        let before = self.existing.role.as_ref()?.account();
        (before != self.profile.account.role.account()).then_some(before)
    }
}

fn of_another_team(profile: &ProfileName, other: &str, prefix: &str) -> Failure {
    Failure::refused(format!(
        "profile {profile} belongs to another team; it was not changed"
    ))
    .cause(format!("it was installed from the team file of {other}"))
    .hint(format!(
        "if you need both teams, install this one under another prefix: `{}`",
        Command::typed().option("--profile", prefix)
    ))
    .hint(format!(
        "if you do not need that profile any more, {}",
        Command::new("uninstall").profile(profile).run()
    ))
    .hint(format!(
        "if you do not need that team any more, uninstall it with its team file: see `{}`",
        Command::new("help uninstall")
    ))
}
