//! `install`: writes the profile of the admin's guide into `~/.aws/config`, with the sign-in it starts from where that is
//! asked for, and nothing else.

mod answers;
mod existing;
mod keys;
mod person;
mod saml;
pub mod team;

use std::path::Path;

pub use existing::{Existing, Repurposed};
pub use keys::OUR_KEYS;

use answers::{Answers, Source, or_ask};
use keys::{Key, Origin, Wanted};

use crate::cli::{Install, Login, UpdateKubeconfig};
use crate::context::Context;
use crate::failure::Failure;
use crate::names::{ProfileName, Region};
use crate::profile::edit::{self, Section};
use crate::profile::plan;
use crate::profile::read::{Files, MAX_FILE};
use crate::profile::sso::{self, Chosen, mark};
use crate::session::Session;
use crate::source::person::Person;
use crate::source::saml::response::Response;
use crate::sys::{file, prompt};
use crate::{diff, explain};

/// `profile` is the one on the command line.
pub fn run(
    context: &Context,
    args: &Install,
    profile: Option<&ProfileName>,
) -> Result<(), Failure> {
    if let Some(file) = &args.from {
        return team::run(context, args, file, profile);
    }
    let session = Session::new(context)?;
    let files = session.files()?;
    let existing = Existing::read(files, &context.profile)?;
    let path = files.config_path.clone();
    let before = file::read(&path, MAX_FILE)?.unwrap_or_default();
    let Decided {
        wanted,
        source,
        response,
    } = match saml::is_asked(args, &existing) {
        true => decide_saml(context, &session, args, &existing)?,
        false => decide(context, &session, args, &existing, &before)?,
    };
    let keys = wanted.keys(context)?;
    let compose = |bytes: &[u8]| match &source {
        Some(source) => set(
            &path,
            &add_source(&path, bytes, source)?,
            &context.profile,
            &keys,
        ),
        None => set(&path, bytes, &context.profile, &keys),
    };
    let after = compose(&before)?;
    let out = &context.output;
    if args.dry_run && before != after {
        return out.result(&diff::unified(&path, &before, &after));
    }
    let profile = &context.profile;
    if before == after {
        out.note(&format!("Profile {profile} is already up to date"));
    } else {
        if existing.there {
            out.block(&diff::unified(&path, &before, &after));
            let asked = context.can_ask && !args.yes;
            if asked && !prompt::confirm("Change the profile?").unwrap_or(false) {
                return Err(Failure::refused("nothing was changed"));
            }
        }
        let _lock = session.lock_edits_of(&file::resolve_links(&path)?)?;
        file::edit(&path, MAX_FILE, compose)?;
        out.note(&format!("Profile {profile} is in {}", path.display()));
    }
    if args.dry_run || (before == after && args.cluster_name.is_empty()) {
        return Ok(());
    }
    say_what_it_does(context, &session, args.cluster_name.is_empty());
    add_clusters(context, args, &wanted.region, response.as_ref())
}

/// What is written, and what was learned on the way.
struct Decided {
    wanted: Wanted,
    /// The source profile, with what has to be written for it.
    source: Option<Chosen>,
    /// Of a sign-in: it is good for the role, too.
    response: Option<Response>,
}

/// A profile that starts from a source profile.
fn decide(
    context: &Context,
    session: &Session<'_>,
    args: &Install,
    existing: &Existing,
    before: &[u8],
) -> Result<Decided, Failure> {
    let files = session.files()?;
    let answers = Answers::gather(context, args, existing, files)?;
    let source = choose(context, files, &answers, existing)?;
    let email = match answers.email.clone() {
        Some(email) => Some(email),
        None => {
            let config = add_source(&files.config_path, before, &source)?;
            let prospect = person::Prospect {
                files: &Files::composed(&files.config_path, config, session.files_paths().1)?,
                source: &source.profile,
                region: &answers.region,
                person: match args.dry_run {
                    true => Person::Absent,
                    false => super::present(args.sign_in),
                },
                yes: args.yes,
            };
            person::email(context, session, &prospect)?
        }
    };
    let profile = source.profile.clone();
    // One that signs in with SAML was by process for want of another way.
    let by_process = existing.by_process && existing.saml_provider.is_none();
    let wanted = Wanted {
        email: or_ask(
            context,
            email,
            "Your email, as your identity provider has it:",
        )?,
        role: answers.role,
        origin: match args.credential_process || by_process {
            true => Origin::Process(profile),
            false => Origin::Source(profile),
        },
        region: answers.region,
        mark: mark::remember(files.profiles(), &context.profile, &source),
    };
    Ok(Decided {
        wanted,
        source: Some(source),
        response: None,
    })
}

/// A profile that signs in at an identity provider.
fn decide_saml(
    context: &Context,
    session: &Session<'_>,
    args: &Install,
    existing: &Existing,
) -> Result<Decided, Failure> {
    let answers = saml::Answers::gather(context, session, args, existing)?;
    Ok(Decided {
        wanted: Wanted {
            role: answers.role,
            email: answers.email,
            origin: Origin::Saml(answers.source),
            region: answers.region,
            mark: None,
        },
        source: None,
        response: answers.response,
    })
}

/// Logs in, and does what `update-kubeconfig` does. The first of the clusters becomes the current context.
/// `response` is of a SAML sign-in that has just been.
fn add_clusters(
    context: &Context,
    args: &Install,
    region: &Region,
    response: Option<&Response>,
) -> Result<(), Failure> {
    if args.cluster_name.is_empty() {
        return Ok(());
    }
    let login = Login {
        sign_in: args.sign_in,
        ..Login::default()
    };
    super::login::with_response(context, &login, response)?;
    for (index, name) in args.cluster_name.iter().enumerate() {
        let cluster = UpdateKubeconfig {
            no_switch: index > 0,
            ..UpdateKubeconfig::of(name.clone(), region.clone())
        };
        super::update_kubeconfig::run(context, &cluster)?;
    }
    context.output.note("Next: `kubectl get pods`");
    Ok(())
}

/// The source profile, with the sections that it needs and that are not there.
fn choose(
    context: &Context,
    files: &Files,
    answers: &Answers,
    existing: &Existing,
) -> Result<Chosen, Failure> {
    let sso = match &answers.source {
        Source::Profile(profile) => {
            return Ok(Chosen {
                profile: profile.clone(),
                session: None,
                new: Vec::new(),
            });
        }
        Source::Sso(sso) => sso,
    };
    let wanted = sso::Wanted {
        start_url: sso.start_url.clone(),
        sso_region: sso.sso_region.clone(),
        account: sso.account.clone(),
        role: sso.role.clone(),
        region: answers.region.clone(),
        source: sso.profile.clone(),
        preferred: existing.source.clone(),
        own: context.profile.clone(),
    };
    sso::choose(files.profiles(), &wanted).map_err(|error| {
        let cause = error.to_string();
        let sso::Error::Unfit { profile, .. } = error;
        Failure::refused(format!(
            "profile {profile} is not the sign-in that was asked for; it was left as it is"
        ))
        .cause(cause)
        .hint("name another one with --source-profile, or none: install then finds one that fits, or writes one")
    })
}

/// The file with the source profile in it.
fn add_source(path: &Path, bytes: &[u8], source: &Chosen) -> Result<Vec<u8>, Failure> {
    source.add_to(bytes).map_err(|error| match error {
        sso::AddError::Edit(error) => explain::config_edit(&error, path),
        sso::AddError::Taken { .. } => {
            Failure::refused(format!("{} was left as it is", path.display()))
                .cause(error.to_string())
                .hint("run it again, or name the source profile yourself: --source-profile NAME")
        }
    })
}

fn set(path: &Path, bytes: &[u8], profile: &ProfileName, keys: &[Key]) -> Result<Vec<u8>, Failure> {
    let keys: Vec<(&str, Option<&str>)> = keys
        .iter()
        .map(|(key, value)| (*key, value.as_deref()))
        .collect();
    edit::set(bytes, Section::Profile(profile.as_str()), &keys)
        .map_err(|error| explain::config_edit(&error, path))
}

/// What the profile that is there now means, and what is to be done next or missing yet.
fn say_what_it_does(context: &Context, session: &Session, last: bool) {
    let login = explain::login_command(&context.profile);
    let (config, credentials) = session.files_paths();
    let Ok(files) = Files::load(config, credentials) else {
        return;
    };
    match plan::plan(files.profiles(), &context.profile) {
        Ok(plan) => {
            let signs_in = match (&plan.source, plan.source.sso()) {
                (plan::Source::Saml(saml), _) => {
                    format!("It signs in at {} ({})", saml.url.origin(), saml.provider)
                }
                (_, Some(sso)) => format!(
                    "It signs in at {} as {} (profile {})",
                    sso.start_url, sso.role_name, sso.profile
                ),
                _ => String::new(),
            };
            if !signs_in.is_empty() {
                context.output.note(&signs_in);
            }
            if last {
                context.output.note(&format!("Next: `{login}`"));
            }
        }
        Err(error) => {
            let failure = explain::plan(error, &files, &context.profile);
            context.output.warn(&failure.error);
            for hint in &failure.hints {
                context
                    .output
                    .note(&format!("hint: {hint}, then `{login}`"));
            }
        }
    }
}
