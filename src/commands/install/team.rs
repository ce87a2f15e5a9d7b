//! `install --from`: sets up every account, profile, sign-in and cluster of a team file, and brings what is there in line
//! with it when the file has changed.
//!
//! All of `~/.aws/config` is one edit. From the kubeconfigs goes first what is gone from the file, so that stopping half-way
//! leaves nothing that a later run would not find; what is new comes last, with the credentials to ask for it. One cluster
//! or account that does not work keeps no other out.

mod compose;
mod contexts;
mod email;
mod entries;
mod renames;
mod typed;

use std::path::Path;

use compose::{Composer, Composition, Outcome, State};
use contexts::Contexts;
use typed::Typed;

use super::existing::{Existing, Repurposed};
use crate::cli::{Install, Login};
use crate::context::{Context, DEFAULT_PROFILE};
use crate::failure::{Failure, Kind};
use crate::names::{self, ProfileName};
use crate::profile::read::MAX_FILE;
use crate::session::Session;
use crate::sys::{file, prompt};
use crate::team::{self, Account, Cluster, Team, ownership};
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
    /// The same, and not ours any more.
    repurposed: Vec<Repurposed>,
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
    let session = Session::new(context)?;
    let plan = Plan::new(&session, &team, &base(profile)?)?;
    for theirs in &plan.repurposed {
        context.output.note(&theirs.note);
    }
    let typed = Typed { path, profile };
    let email = email::find(context, &session, args, &typed, &plan)?;
    let config = session.files()?.config_path.clone();
    let before = file::read(&config, MAX_FILE)?.unwrap_or_default();
    let contexts = Contexts::read(context, &plan)?;
    let composer = Composer {
        context,
        session: &session,
        args,
        plan: &plan,
        email: &email,
        contexts: &contexts,
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
        match (args.yes, context.can_ask) {
            (true, _) => {}
            (false, true) => {
                if !prompt::confirm("Change what is there?").unwrap_or(false) {
                    return Err(Failure::refused("nothing was changed"));
                }
            }
            (false, false) => refuse_to_remove(&composed, &contexts, &plan, &typed)?,
        }
    }
    contexts.remove()?;
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

/// What the names of the profiles begin with.
pub fn base(profile: Option<&ProfileName>) -> Result<ProfileName, Failure> {
    match profile {
        Some(name) => Ok(name.clone()),
        None => DEFAULT_PROFILE.parse().map_err(super::answers::refused),
    }
}

/// Nobody can be asked: what is there may change, and nothing may go.
fn refuse_to_remove(
    composed: &Composition,
    contexts: &Contexts<'_>,
    plan: &Plan<'_>,
    typed: &Typed<'_>,
) -> Result<(), Failure> {
    let states = composed.states.iter();
    let sections = states.filter(|(_, state)| *state == State::Removed);
    let sections = sections.map(|(what, _)| what.clone());
    let accounts = plan.members.iter().filter_map(|member| {
        let account = member.account_before()?;
        Some(format!("account {account} in profile {}", member.profile))
    });
    let mut removed: Vec<_> = sections.chain(accounts).collect();
    removed.extend(contexts.to_go(plan));
    if removed.is_empty() {
        return Ok(());
    }
    Err(
        Failure::refused("something would be removed, and there is no terminal to ask on")
            .cause(format!("nothing in the team file needs {}", removed.join(", ")))
            .cause("nothing was changed")
        .hint(format!("if all that may go: `{}`", typed.with("--yes")))
            .hint("if it is another team's: `team = \"NAME\"` at the top of the file tells teams of one portal apart"),
    )
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
    .hint(format!("if it is not needed any more, take it back first: `apono-login uninstall --profile {profile}`, or all by the old file: `apono-login uninstall --from OLDFILE`"))
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
    let is_back = |(what, _): &&Outcome| added.iter().any(|(added, _)| added == what);
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
