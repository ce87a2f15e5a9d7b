//! `install --from`: sets up every account, profile, sign-in and cluster of a team file, and brings what is there in line
//! with it when the file has changed.
//!
//! All of `~/.aws/config` is one edit. From the kubeconfigs goes first what is gone from the file, so that stopping half-way
//! leaves nothing that a later run would not find; what is new comes last, with the credentials to ask for it. One cluster
//! or account that does not work keeps no other out.

mod compose;
mod contexts;
mod email;

use std::path::Path;

use compose::{Composer, Composition, State, Told};
use contexts::Contexts;

use super::existing::Existing;
use crate::cli::{Install, Login};
use crate::context::{Context, DEFAULT_PROFILE};
use crate::failure::{Failure, Kind};
use crate::names::{self, ProfileName};
use crate::profile::read::MAX_FILE;
use crate::session::Session;
use crate::sys::{file, prompt};
use crate::team::{self, Account, Cluster, Team, mark};
use crate::{commands, diff};

/// One account of the file, and the profile that stands for it.
struct Member<'a> {
    profile: ProfileName,
    account: &'a Account,
    existing: Existing,
    /// The clusters that a team file named when it was installed last.
    recorded: Vec<Cluster>,
}

/// A profile that the file named once, and does not any more.
struct Gone {
    profile: ProfileName,
    existing: Existing,
}

/// All that is to be brought in line.
struct Plan<'a> {
    team: &'a Team,
    members: Vec<Member<'a>>,
    gone: Vec<Gone>,
}

/// `profile` is the name on the command line: what the profiles' names begin with. A name in the environment is of one of
/// them.
pub fn run(
    context: &Context,
    args: &Install,
    path: &Path,
    profile: Option<&ProfileName>,
) -> Result<(), Failure> {
    let team = read(path)?;
    let base = match profile {
        Some(name) => name.clone(),
        None => DEFAULT_PROFILE.parse().map_err(super::answers::refused)?,
    };
    let session = Session::new(context)?;
    let plan = Plan::new(&session, &team, &base)?;
    let email = email::find(context, &session, args, path, &plan)?;
    let config = session.files()?.config_path.clone();
    let before = file::read(&config, MAX_FILE)?.unwrap_or_default();
    let contexts = Contexts::read(context, &plan)?;
    let composer = Composer {
        context,
        session: &session,
        args,
        plan: &plan,
        email: &email,
        context_before: contexts.to_remember(session.files()?),
    };
    let composed = composer.compose(&before)?;

    let out = &context.output;
    let shown = diff::unified(&config, &before, &composed.file);
    if args.dry_run {
        out.result(&(shown + &contexts.diff()?))?;
        contexts.say_what_is_to_come(context, &plan, composed.file == before);
        return Ok(());
    }
    if composed.touches_what_is_there() || !contexts.is_settled() {
        out.block(&(shown + &contexts.diff()?));
        let asked = context.can_ask && !args.yes;
        if asked && !prompt::confirm("Change what is there?").unwrap_or(false) {
            return Err(Failure::refused("nothing was changed"));
        }
    }
    contexts.take_back()?;
    let composed = match composed.file == before {
        true => composed,
        false => write(&session, &config, &composer)?,
    };
    for gone in &plan.gone {
        let session_of = context.with_profile(gone.profile.clone());
        let session = Session::new(&session_of)?;
        session.cache.forget(&session.slot)?;
    }
    let failures = log_in(context, args, &plan, email.response)?;
    finish(context, &plan, &composed, &contexts, failures)
}

/// What is wrong with the file is told all at once.
pub fn read(path: &Path) -> Result<Team, Failure> {
    let bytes = match path.as_os_str() == "-" {
        true => file::read_stdin(team::MAX_FILE)?,
        false => file::read_input(path, team::MAX_FILE)?,
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    Team::read(&bytes, &stem).map_err(|problems| {
        let failure = Failure::refused("the team file cannot be used");
        let path = match path.as_os_str() == "-" {
            true => "standard input".to_owned(),
            false => path.display().to_string(),
        };
        let told = problems.iter().map(|problem| format!("{path}:{problem}"));
        told.fold(failure, Failure::cause)
            .hint("nothing was changed: mend the file, or ask whoever gave it to you to")
    })
}

impl<'a> Plan<'a> {
    /// # Errors
    /// A profile of a name that is needed is somebody else's.
    fn new(session: &Session<'_>, team: &'a Team, base: &ProfileName) -> Result<Self, Failure> {
        let files = session.files()?;
        let profiles = files.profiles();
        let names = team.profiles(base).map_err(too_long)?;
        let mut members = Vec::new();
        for (profile, account) in names.into_iter().zip(&team.accounts) {
            let name = profile.as_str();
            let other = mark::team_of(profiles, name).filter(|other| !team.name.may_be(other));
            if let Some(other) = other {
                return Err(of_another_team(&profile, other));
            }
            let recorded = mark::clusters(profiles, name);
            members.push(Member {
                existing: Existing::read(files, &profile)?,
                recorded,
                profile,
                account,
            });
        }
        let mut gone = Vec::new();
        for profile in mark::profiles(profiles, &team.name) {
            if members.iter().all(|member| member.profile != profile) {
                let existing = Existing::read(files, &profile)?;
                gone.push(Gone { profile, existing });
            }
        }
        Ok(Plan {
            team,
            members,
            gone,
        })
    }
}

fn too_long(error: names::Error) -> Failure {
    Failure::new(Kind::Usage, "a profile's name would get too long")
        .cause(error.to_string())
        .hint("choose a shorter --profile")
}

fn of_another_team(profile: &ProfileName, other: &str) -> Failure {
    Failure::refused(format!(
        "profile {profile} is another team's; it was left as it is"
    ))
    .cause(format!("it comes from the team file of {other}"))
    .hint("to have both, let these profiles begin with another name: --profile NAME")
    .hint("if it is the same team, take the old ones back first: `apono-login uninstall --all`")
}

/// Composes it again with what is there then, and writes it.
fn write(
    session: &Session<'_>,
    path: &Path,
    composer: &Composer<'_>,
) -> Result<Composition, Failure> {
    let mut composed = None;
    let _lock = session.lock_edits_of(&file::resolve_links(path)?)?;
    file::edit(path, MAX_FILE, |bytes| {
        let composition = composer.compose(bytes)?;
        let file = composition.file.clone();
        composed = Some(composition);
        Ok::<_, Failure>(file)
    })?;
    composed.ok_or_else(|| Failure::new(Kind::Bug, "the edit was not composed"))
}

/// Logs in to the profiles that have no credentials.
fn log_in(
    context: &Context,
    args: &Install,
    plan: &Plan<'_>,
    response: email::Brought,
) -> Result<Vec<(String, Failure)>, Failure> {
    let mut needy = Vec::new();
    for Member { profile, .. } in &plan.members {
        let of_profile = context.with_profile(profile.clone());
        if !Session::new(&of_profile)?.has_credentials() {
            needy.push(profile.clone());
        }
    }
    let login = Login {
        sign_in: args.sign_in,
        ..Login::default()
    };
    let failures = match needy.is_empty() {
        true => Vec::new(),
        false => commands::login::each(context, &login, &needy, response),
    };
    let named = |(profile, failure): (&ProfileName, _)| (profile.to_string(), failure);
    Ok(failures.into_iter().map(named).collect())
}

/// Adds the clusters of whoever is logged in, and says what became of everything.
fn finish(
    context: &Context,
    plan: &Plan<'_>,
    composed: &Composition,
    contexts: &Contexts<'_>,
    mut failures: Vec<(String, Failure)>,
) -> Result<(), Failure> {
    let added = contexts.add(context, plan, &mut failures);
    let out = &context.output;
    let accounts = count(plan.members.len(), "account");
    out.note(&format!("Team {}, {accounts}:", plan.team.name));
    // What was taken out for another profile of the same name is there again.
    let is_back = |(what, _): &&Told| added.iter().any(|(added, _)| added == what);
    let taken = contexts.taken.iter().filter(|told| !is_back(told));
    let states = composed.states.iter().chain(taken);
    let mut all_same = true;
    for (what, state) in states.chain(&added) {
        out.note(&format!("  {state:<10}  {what}"));
        all_same &= *state == State::Same;
    }
    if let Some(current) = contexts.lost_current(context)? {
        out.note(&format!(
            "The current context {current} is gone: choose another with `kubectl config use-context NAME`"
        ));
    }
    if failures.is_empty() {
        out.note(match (all_same, added.is_empty()) {
            (true, _) => "Everything is up to date",
            (false, true) => "Done",
            (false, false) => "Next: `kubectl get pods`",
        });
    }
    let number = failures.len();
    commands::login::report(context, failures, |kind| {
        let parts = count(number, "part");
        Failure::new(
            kind,
            format!("{parts} of the team file could not be set up"),
        )
        .hint("mend what is named there, and run it again: the rest is done, and stays")
    })
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}
