//! `login`: gets credentials for the role, and prints the session name and when they expire.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Mutex;

use crate::cli::Login;
use crate::context::Context;
use crate::failure::hints;
use crate::failure::{Failure, Kind};
use crate::kube;
use crate::names::{IdpUrl, ProfileName};
use crate::output;
use crate::profile::plan::Source;
use crate::session::{Grant, Request, Session};
use crate::signin::interaction::Interaction;
use crate::signin::saml::response::Response;

/// How many profiles are logged in to at the same time.
const AT_ONCE: usize = 8;

pub fn run(context: &Context, args: &Login) -> Result<(), Failure> {
    let session = Session::new(context)?;
    if args.all {
        return all(context, args, &session.installed()?);
    }
    let team = session.team()?;
    if !team.is_empty() && args.saml_response.is_none() {
        return all(context, args, &team);
    }
    let response = match &args.saml_response {
        Some(path) => Some(session.read_response(path)?),
        None => None,
    };
    let grant = one(context, &session, args, response.as_ref())?;
    if !grant.cached {
        say_next(context, &grant);
    }
    Ok(())
}

/// Prints the next command for a user whose kubeconfigs have no entry for the profile yet.
fn say_next(context: &Context, grant: &Grant) {
    let paths = context.kubeconfigs(None).unwrap_or_default();
    let configs = paths.iter().filter_map(|path| kube::file::read(path).ok());
    let mut plugins = configs
        .flat_map(|config| config.users)
        .filter_map(|user| user.exec);
    if plugins.any(|exec| exec.is_ours(Some(&context.profile))) {
        return;
    }
    let region = grant.header.region.as_deref().unwrap_or("REGION");
    let next = format!("update-kubeconfig --name CLUSTER --region {region}");
    let next = hints::command(&next, &context.profile);
    context.output.note(&format!(
        "Next, for kubectl: `{next}` (your admin knows the cluster's name)"
    ));
}

/// Logs in to one profile. `response` is a SAML response that an earlier step received.
pub fn with_response(
    context: &Context,
    args: &Login,
    response: Option<&Response>,
) -> Result<Grant, Failure> {
    one(context, &Session::new(context)?, args, response)
}

fn one(
    context: &Context,
    session: &Session<'_>,
    args: &Login,
    response: Option<&Response>,
) -> Result<Grant, Failure> {
    let grant = session.credentials(Request {
        // A response that was fetched is used, even if credentials are cached.
        force: args.force || response.is_some(),
        response,
        ..request(args)
    })?;
    let out = &context.output;
    let header = &grant.header;
    let from = match grant.cached {
        true => " (cached credentials)",
        false => "",
    };
    let name = &header.session_name;
    out.note(&format!("Logged in as {name}{from}"));
    out.note(&format!("  role     {}", header.role_arn));
    let expires = output::until(header.expires_at, context.now());
    out.note(&format!("  expires  {expires}"));
    Ok(grant)
}

fn request(args: &Login) -> Request<'static> {
    Request {
        force: args.force,
        fresh: true,
        duration: args.duration,
        may_ask: true,
        shares_failures: false,
        interaction: super::interaction(args.sign_in),
        region: None,
        response: None,
    }
}

/// Logs in to several profiles.
fn all(context: &Context, args: &Login, profiles: &[ProfileName]) -> Result<(), Failure> {
    if profiles.is_empty() {
        return Err(Failure::refused("no profile is installed").hint(format!(
            "run `{}`",
            hints::command("install", &context.profile)
        )));
    }
    let failures = each(context, args, profiles, None);
    let count = failures.len();
    report(context, failures, |kind| {
        let all = profiles.len();
        Failure::new(
            kind,
            format!("could not log in to {count} of {all} profiles"),
        )
        .hint("fix this and run the command again; the other profiles stay logged in")
    })
}

/// Signs in once for each SSO session and identity provider, one after the other, and then gets credentials for all roles at
/// the same time. Prints a line for each profile. Returns the failures, sorted by profile. `response` is the result of a
/// sign-in that has just been made, with its URL.
pub fn each<'a>(
    context: &Context,
    args: &Login,
    profiles: &'a [ProfileName],
    response: Option<(IdpUrl, Response)>,
) -> Vec<(&'a ProfileName, Failure)> {
    let request = request(args);
    let signed_in = sign_in(context, profiles, request, response);
    let SignedIn {
        mut failures,
        responses,
        by,
    } = signed_in;
    let unattended = |profile| Request {
        may_ask: false,
        interaction: Interaction::None,
        response: by.get(profile).and_then(|index| responses.get(*index)),
        ..request
    };
    let waiting = profiles.iter();
    let waiting = waiting.filter(|profile| !failures.iter().any(|(of, _)| of == profile));
    let waiting = Mutex::new(waiting);
    let answers = Mutex::new(Vec::new());
    let work = || {
        // The lock is held while the next profile is chosen, and not during its login.
        while let Some(profile) = { lock(&waiting).next() } {
            let answer = log_in(context, profile, unattended(profile));
            lock(&answers).push((profile, answer));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(profiles.len()) {
            scope.spawn(work);
        }
    });
    let mut grants = Vec::new();
    for (profile, answer) in lock(&answers).drain(..) {
        let answer = match answer {
            // The user is needed after all: AWS no longer accepts the sign-in, or there is an MFA code to enter.
            Err(failure) if failure.kind == Kind::SignInNeeded => log_in(context, profile, request),
            answer => answer,
        };
        match answer {
            Ok(grant) => grants.push((profile, grant)),
            Err(failure) => failures.push((profile, failure)),
        }
    }
    grants.sort_by_key(|(profile, _)| *profile);
    let width = profiles.iter().map(|p| p.as_str().len()).max().unwrap_or(0);
    for (profile, grant) in grants {
        let (name, header) = (profile.as_str(), &grant.header);
        let until = output::until(header.expires_at, context.now());
        let who = &header.session_name;
        context
            .output
            .note(&format!("{name:width$}  {who}  expires {until}"));
    }
    failures.sort_by_key(|(profile, _)| *profile);
    failures
}

/// The results of the sign-ins that the profiles share.
#[derive(Default)]
struct SignedIn<'a> {
    /// Profiles without a sign-in, and why.
    failures: Vec<(&'a ProfileName, Failure)>,
    /// The responses of the SAML sign-ins.
    responses: Vec<Response>,
    /// The index of the response for each profile.
    by: BTreeMap<&'a ProfileName, usize>,
}

/// The result of one sign-in.
#[derive(Clone, Copy)]
enum Done<'a> {
    SignedIn,
    /// The index of the response.
    Response(usize),
    /// The kind of the failure, and the profile that reports it.
    Failed(Kind, &'a ProfileName),
}

/// Signs in once at each SSO session and identity provider that the profiles need.
fn sign_in<'a>(
    context: &Context,
    profiles: &'a [ProfileName],
    request: Request<'_>,
    response: Option<(IdpUrl, Response)>,
) -> SignedIn<'a> {
    let mut all = SignedIn::default();
    let mut done: BTreeMap<String, Done> = BTreeMap::new();
    if let Some((url, response)) = response {
        all.responses.push(response);
        done.insert(url.to_string(), Done::Response(0));
    }
    for profile in profiles {
        let context = context.with_profile(profile.clone());
        let signed_in = Session::new(&context).and_then(|session| {
            let plan = session.plan()?;
            let (name, at) = match (&plan.source, plan.source.sso()) {
                (Source::Saml(saml), _) => (saml.url.to_string(), saml.url.origin()),
                (_, Some(sso)) => (sso.named_by().to_owned(), sso.start_url.clone()),
                _ => return Ok(()),
            };
            let outcome = match done.get(&name) {
                Some(outcome) => *outcome,
                None => {
                    let outcome = match (&plan.source, session.sign_in_for_all(request)) {
                        (_, Ok(Some(response))) => {
                            all.responses.push(response);
                            Ok(Done::Response(all.responses.len() - 1))
                        }
                        // This profile has credentials. Another one may still need a sign-in.
                        (Source::Saml(_), Ok(None)) => return Ok(()),
                        (_, Ok(None)) => session
                            .sign_in(request.interaction)
                            .map(|()| Done::SignedIn),
                        (_, Err(failure)) => Err(failure),
                    };
                    let kept = match &outcome {
                        Ok(outcome) => *outcome,
                        Err(failure) => Done::Failed(failure.kind, profile),
                    };
                    done.insert(name, kept);
                    outcome?
                }
            };
            match outcome {
                Done::SignedIn => Ok(()),
                Done::Response(index) => {
                    all.by.insert(profile, index);
                    Ok(())
                }
                // The user is not asked for the same sign-in twice.
                Done::Failed(kind, first) => {
                    let error = format!("sign-in at {at} failed");
                    Err(Failure::new(kind, error).cause(format!("see profile {first}")))
                }
            }
        });
        if let Err(failure) = signed_in {
            all.failures.push((profile, failure));
        }
    }
    all
}

fn log_in(
    context: &Context,
    profile: &ProfileName,
    request: Request<'_>,
) -> Result<Grant, Failure> {
    let context = context.with_profile(profile.clone());
    Session::new(&context)?.credentials(request)
}

/// Prints each failure under its name. Returns one failure for all of them, which `sum` makes from the kind of the first one.
pub fn report<N: Display>(
    context: &Context,
    failures: Vec<(N, Failure)>,
    sum: impl FnOnce(Kind) -> Failure,
) -> Result<(), Failure> {
    let Some(kind) = failures.first().map(|(_, failure)| failure.kind) else {
        return Ok(());
    };
    for (name, failure) in &failures {
        context.output.note(&format!("{name}:"));
        context.output.failure(failure);
    }
    Err(sum(kind).cause("see the errors above"))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
