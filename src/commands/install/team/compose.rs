//! Composes the config file that the team file asks for from the existing one. Writes nothing.

use std::path::Path;

use super::contexts::Contexts;
use super::email::Email;
use super::outcome::{Outcome, State};
use super::plan::{Member, Plan, choose};
use crate::cli::Install;
use crate::commands::install::keys::{Key, OUR_KEYS, Origin, Wanted};
use crate::commands::install::{add_source, set};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::ProfileName;
use crate::profile;
use crate::profile::edit::{self, Section};
use crate::profile::keys;
use crate::profile::read::{Files, MAX_FILE};
use crate::profile::sso::{Chosen, ownership as sso_ownership};
use crate::session::Session;
use crate::setup::team_file::{Source, ownership};
use crate::sys::file;

/// The composed config file, and what becomes of each section.
pub struct Composition {
    pub file: Vec<u8>,
    pub states: Vec<Outcome>,
}

impl Composition {
    /// Whether an existing section is changed or removed.
    pub fn changes_existing(&self) -> bool {
        let mut states = self.states.iter();
        states.any(|(_, state)| matches!(state, State::Changed | State::Removed))
    }
}

/// Everything that decides what the composed file contains.
pub struct Composer<'a> {
    pub context: &'a Context,
    pub session: &'a Session<'a>,
    pub args: &'a Install,
    pub plan: &'a Plan<'a>,
    pub email: &'a Email,
    pub contexts: &'a Contexts<'a>,
}

impl Composer<'_> {
    /// Returns the composed file.
    ///
    /// # Errors
    /// AWS tools misread the file, or another section has a name that is needed.
    pub fn compose(&self, bytes: &[u8]) -> Result<Composition, Failure> {
        let (path, credentials) = self.session.files_paths();
        let mut composed = Composition {
            file: bytes.to_vec(),
            states: Vec::new(),
        };
        for (index, member) in self.plan.members.iter().enumerate() {
            let files = Files::composed(path, composed.file.clone(), credentials)?;
            let chosen = choose(&files, self.plan.team, member)?;
            if let Some(chosen) = &chosen {
                composed.file = add_source(path, &composed.file, chosen)?;
                let new = chosen.new.iter();
                let new = new.map(|section| (section.name.to_string(), State::Added));
                composed.states.extend(new);
            }
            let mut keys = self.keys(&files, member, chosen)?;
            let before = self.contexts.to_remember(self.session.files()?);
            keys.push((keys::APONO_CONTEXT_BEFORE, before.filter(|_| index == 0)));
            let after = set(path, &composed.file, &member.profile, &keys)?;
            let state = match (member.existing.is_there, after == composed.file) {
                (false, _) => State::Added,
                (true, false) => State::Changed,
                (true, true) => State::Same,
            };
            composed.states.push(outcome(&member.profile, state));
            composed.file = after;
        }
        for gone in &self.plan.gone {
            let section = Section::Profile(gone.profile.as_str());
            composed.file = edit::remove(&composed.file, section, &OUR_KEYS)
                .map_err(|error| profile::explain::config_edit(&error, path))?;
            composed.states.push(outcome(&gone.profile, State::Removed));
        }
        for repurposed in &self.plan.repurposed {
            composed.file = repurposed.without_ownership_keys(path, &composed.file)?;
            composed
                .states
                .push(outcome(&repurposed.profile, State::Changed));
        }
        remove(path, credentials, self.plan, composed)
    }

    /// Returns the keys of the member's profile: those that `install` writes, and those that record the team.
    fn keys(
        &self,
        files: &Files,
        member: &Member<'_>,
        chosen: Option<Chosen>,
    ) -> Result<Vec<Key>, Failure> {
        let Member {
            profile,
            account,
            existing,
            ..
        } = member;
        let by_process = existing.by_process && existing.saml_provider.is_none();
        let wrote = chosen
            .as_ref()
            .and_then(|chosen| sso_ownership::remember_used(files.profiles(), profile, chosen));
        let origin = match (&account.source, chosen) {
            (Source::Saml(saml), _) => Origin::Saml(saml.clone()),
            (_, None) => return Err(Failure::new(Kind::Bug, "a profile has no source")),
            (_, Some(chosen)) if self.args.credential_process || by_process => {
                Origin::Process(chosen.profile)
            }
            (_, Some(chosen)) => Origin::Source(chosen.profile),
        };
        let wanted = Wanted {
            role: account.role.clone(),
            email: self.email.of(existing)?,
            origin,
            region: account.region.clone(),
            wrote: None,
        };
        let mut keys = wanted.keys(&self.context.with_profile(profile.clone()))?;
        keys.extend([
            (keys::APONO_TEAM, Some(self.plan.team.name.to_string())),
            (
                keys::APONO_TEAM_CLUSTERS,
                ownership::remember(&self.contexts.recorded(member)),
            ),
            (keys::APONO_WROTE, wrote),
        ]);
        Ok(keys)
    }
}

fn outcome(profile: &ProfileName, state: State) -> Outcome {
    (format!("profile {profile}"), state)
}

/// Removes sections that were written for a source profile and that no profile uses any more.
fn remove(
    path: &Path,
    credentials: &Path,
    plan: &Plan<'_>,
    mut composed: Composition,
) -> Result<Composition, Failure> {
    let gone = plan.gone.iter().map(|gone| &gone.existing);
    let members = plan.members.iter().map(|member| &member.existing);
    let wrote = gone.chain(members).flat_map(|existing| &existing.wrote);
    let repurposed = plan
        .repurposed
        .iter()
        .flat_map(|repurposed| &repurposed.wrote);
    let wrote = sso_ownership::each_once(wrote.chain(repurposed));
    let credentials = file::read(credentials, MAX_FILE)?.unwrap_or_default();
    let removal = sso_ownership::remove(&composed.file, &credentials, &wrote)
        .map_err(|error| profile::explain::config_edit(&error, path))?;
    composed.file = removal.file;
    let removed = removal.removed.iter();
    let removed = removed.map(|name| (name.to_string(), State::Removed));
    composed.states.extend(removed);
    Ok(composed)
}
