//! `install`: writes the profile of Apono's setup guide into `~/.aws/config`, with the SSO or SAML sign-in that it needs.

mod answers;
mod existing;
mod keys;
mod saml;
mod session_name;
pub mod team;

use std::path::Path;

pub use existing::{Existing, Repurposed};
pub use keys::OUR_KEYS;

use answers::{Answers, EMAIL_QUESTION, Source, or_ask};
use keys::{Key, Origin, Wanted};

use crate::cli::{Install, Login, UpdateKubeconfig};
use crate::context::Context;
use crate::diff;
use crate::failure::Failure;
use crate::failure::hints;
use crate::names::{ProfileName, Region};
use crate::profile;
use crate::profile::edit::{self, Section};
use crate::profile::plan;
use crate::profile::read::{Files, MAX_FILE};
use crate::profile::sso::{self, Chosen, ownership};
use crate::session::Session;
use crate::signin::interaction::Interaction;
use crate::signin::saml::response::Response;
use crate::sys::{self, file, prompt};

/// Runs the command. `profile` is `--profile` as typed, without the environment's default.
pub fn run(
    context: &Context,
    args: &Install,
    profile: Option<&ProfileName>,
) -> Result<(), Failure> {
    if let Some(file) = &args.from {
        return team::run(context, args, file, profile);
    }
    let session = Session::new(context)?;
    session.wait_for_writers()?;
    let files = session.files()?;
    let existing = Existing::read(files, &context.profile)?;
    let path = files.config_path.clone();
    let before = file::read(&path, MAX_FILE)?.unwrap_or_default();
    let Decision {
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
        let diff = diff::unified(&path, &before, &after);
        out.result(&diff::painted(&diff, out.stdout()))?;
        return report_clusters(context, args, &wanted.region);
    }
    let profile = &context.profile;
    if before == after {
        if !args.dry_run {
            session.remove_leftovers();
        }
        out.note(&format!("Profile {profile} is already up to date"));
    } else {
        if existing.is_there {
            let diff = diff::unified(&path, &before, &after);
            out.block(&diff::painted(&diff, out.stderr()));
            let asks = context.can_ask && !args.yes;
            if asks && !prompt::confirm("Make these changes?").unwrap_or(false) {
                return Err(canceled());
            }
        }
        sys::edit::file(&session.config_to_edit(&path, compose))?;
        out.note(&format!("Wrote profile {profile} to {}", path.display()));
    }
    if args.dry_run || (before == after && args.cluster_name.is_empty()) {
        return Ok(());
    }
    report_sign_in(context, &session, args.cluster_name.is_empty());
    add_clusters(context, args, &wanted.region, response.as_ref())
}

/// Returns the failure for a user who answers no.
pub fn canceled() -> Failure {
    Failure::refused("canceled; nothing was changed")
}

/// What is to be written, and what was learned while deciding it.
struct Decision {
    wanted: Wanted,
    /// The source profile, with the sections to write for it.
    source: Option<Chosen>,
    /// The SAML response, if there was a sign-in. Login can use it for the role, too.
    response: Option<Response>,
}

/// Decides on a profile that uses a source profile.
fn decide(
    context: &Context,
    session: &Session<'_>,
    args: &Install,
    existing: &Existing,
    before: &[u8],
) -> Result<Decision, Failure> {
    let files = session.files()?;
    let answers = Answers::gather(context, args, existing, files)?;
    let source = choose(context, files, &answers, existing)?;
    let email = match answers.email.clone() {
        Some(email) => Some(email),
        None => {
            let config = add_source(&files.config_path, before, &source)?;
            let prospect = session_name::Prospect {
                files: &Files::composed(&files.config_path, config, session.files_paths().1)?,
                source: &source.profile,
                region: &answers.region,
                interaction: match args.dry_run {
                    true => Interaction::None,
                    false => super::interaction(args.sign_in),
                },
                yes: args.yes,
            };
            session_name::email(context, session, &prospect)?
        }
    };
    let profile = source.profile.clone();
    // A SAML profile has `credential_process` by necessity, not by the user's choice.
    let by_process = existing.by_process && existing.saml_provider.is_none();
    let wanted = Wanted {
        email: or_ask(context, email, EMAIL_QUESTION)?,
        role: answers.role,
        origin: match args.credential_process || by_process {
            true => Origin::Process(profile),
            false => Origin::Source(profile),
        },
        region: answers.region,
        wrote: ownership::remember(files.profiles(), &context.profile, &source),
    };
    Ok(Decision {
        wanted,
        source: Some(source),
        response: None,
    })
}

/// Decides on a profile that signs in at an identity provider.
fn decide_saml(
    context: &Context,
    session: &Session<'_>,
    args: &Install,
    existing: &Existing,
) -> Result<Decision, Failure> {
    let answers = saml::Answers::gather(context, session, args, existing)?;
    Ok(Decision {
        wanted: Wanted {
            role: answers.role,
            email: answers.email,
            origin: Origin::Saml(answers.source),
            region: answers.region,
            wrote: None,
        },
        source: None,
        response: answers.response,
    })
}

/// Logs in and adds each cluster as `update-kubeconfig` does. The first cluster becomes the current context.
/// `response` is from a SAML sign-in of this run.
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

/// Names the clusters that would be added. A dry run does not look them up, so there is no diff of the kubeconfig.
fn report_clusters(context: &Context, args: &Install, region: &Region) -> Result<(), Failure> {
    for name in &args.cluster_name {
        let paths = context.kubeconfigs(None)?;
        let path = paths.first().map(|path| path.display().to_string());
        context.output.note(&format!(
            "Would log in and add cluster {name} in {region} to {}, which is not shown",
            path.unwrap_or_default()
        ));
    }
    Ok(())
}

/// Returns the source profile, with the sections that have to be written for it.
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
            "source profile {profile} does not match the flags; it was not changed"
        ))
        .cause(cause)
        .hint("leave out `--source-profile`: install finds a profile that matches or writes one")
        .hint("if the profile is right, leave out the `--sso-…` flags instead")
    })
}

/// Returns the config file with the source profile's sections added.
fn add_source(path: &Path, bytes: &[u8], source: &Chosen) -> Result<Vec<u8>, Failure> {
    source.add_to(bytes).map_err(|error| match error {
        sso::AddError::Edit(error) => profile::explain::config_edit(&error, path),
        sso::AddError::Exists { ref name } => {
            let path = path.display();
            Failure::refused(format!("could not add {name} to {path}"))
                .cause(error.to_string())
                .hint("if another program has just written it, run this again")
                .hint(format!("if not, rename or remove that section in {path}"))
        }
    })
}

/// Returns the config file with the profile's keys set.
fn set(path: &Path, bytes: &[u8], profile: &ProfileName, keys: &[Key]) -> Result<Vec<u8>, Failure> {
    let keys: Vec<(&str, Option<&str>)> = keys
        .iter()
        .map(|(key, value)| (*key, value.as_deref()))
        .collect();
    edit::set(bytes, Section::Profile(profile.as_str()), &keys)
        .map_err(|error| profile::explain::config_edit(&error, path))
}

/// Tells how the installed profile signs in, and the next command if this is the `last` step. Warns about what the profile
/// still lacks.
fn report_sign_in(context: &Context, session: &Session, last: bool) {
    let login = hints::login_command(&context.profile);
    let (config, credentials) = session.files_paths();
    let Ok(files) = Files::load(config, credentials) else {
        return;
    };
    match plan::plan(files.profiles(), &context.profile) {
        Ok(plan) => {
            let signs_in = match (&plan.source, plan.source.sso()) {
                (plan::Source::Saml(saml), _) => {
                    let (origin, provider) = (saml.url.origin(), saml.provider.name());
                    format!("Sign-in: SAML at {origin} (provider {provider})")
                }
                (_, Some(sso)) => format!(
                    "Sign-in: SSO at {} (source profile {}, permission set {})",
                    sso.start_url, sso.profile, sso.role_name
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
        // The login that follows fails for the same reason.
        Err(_) if !last => {}
        Err(error) => {
            let failure = profile::explain::plan(error, &files, &context.profile);
            context.output.warn(&failure.error);
            for hint in &failure.hints {
                context
                    .output
                    .note(&format!("hint: {hint}, then run `{login}`"));
            }
        }
    }
}
