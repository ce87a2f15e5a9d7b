//! `apono-login`: get credentials for the role, and say who you are and until when.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::cli::Login;
use crate::context::Context;
use crate::explain;
use crate::failure::{Failure, Kind};
use crate::names::ProfileName;
use crate::output;
use crate::session::{Grant, Request, Session};
use crate::source::sso::Person;

/// Profiles that are logged in to at the same time.
const AT_ONCE: usize = 8;

pub fn run(context: &Context, args: &Login) -> Result<(), Failure> {
    if args.all {
        return all(context, args);
    }
    let session = Session::new(context)?;
    let grant = session.credentials(request(args))?;
    let out = &context.output;
    let header = &grant.header;
    let from = if grant.cached {
        " (from the cache)"
    } else {
        ""
    };
    out.note(&format!("You are {}{from}", header.session_name));
    out.note(&format!("  role   {}", header.role_arn));
    out.note(&format!(
        "  until  {}",
        output::until(header.expires_at, context.now())
    ));
    if !grant.cached {
        let region = header.region.as_deref().unwrap_or("REGION");
        let next = explain::command(
            &format!("update-kubeconfig --name CLUSTER --region {region}"),
            &context.profile,
        );
        out.detail(&format!("next: `{next}`, then kubectl"));
    }
    Ok(())
}

fn request(args: &Login) -> Request<'static> {
    Request {
        force: args.force,
        fresh: true,
        duration: args.duration,
        may_ask: true,
        person: super::present(args.sign_in),
        region: None,
    }
}

/// Every installed profile: one sign-in for each SSO session, one after the other, then all roles at once.
fn all(context: &Context, args: &Login) -> Result<(), Failure> {
    let profiles = Session::new(context)?.installed()?;
    if profiles.is_empty() {
        return Err(Failure::refused("no profile is installed").hint(format!(
            "run `{}`",
            explain::command("install", &context.profile)
        )));
    }
    let request = request(args);
    let mut failures = sign_in(context, &profiles, request.person);
    let unattended = Request {
        may_ask: false,
        person: Person::Absent,
        ..request
    };
    let waiting = profiles.iter();
    let waiting = waiting.filter(|profile| !failures.iter().any(|(of, _)| of == profile));
    let waiting = Mutex::new(waiting);
    let answers = Mutex::new(Vec::new());
    let work = || {
        // The lock is held while the next one is taken, and not while it is logged in to.
        while let Some(profile) = { lock(&waiting).next() } {
            let answer = log_in(context, profile, unattended);
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
            // A sign-in that AWS no longer accepts, an MFA code: for these the person is needed after all.
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
            .note(&format!("{name:width$}  {who}  until {until}"));
    }
    report(context, failures, profiles.len())
}

/// Signs in to each SSO session that the profiles need. Those whose session cannot be signed in to are out.
fn sign_in<'a>(
    context: &Context,
    profiles: &'a [ProfileName],
    person: Person,
) -> Vec<(&'a ProfileName, Failure)> {
    let mut failures = Vec::new();
    // What came of each session: nothing, or of what kind the failure was, and under which profile it is told.
    let mut done: BTreeMap<String, Option<(Kind, &ProfileName)>> = BTreeMap::new();
    for profile in profiles {
        let context = context.with_profile(profile.clone());
        let signed_in = Session::new(&context).and_then(|session| {
            let plan = session.plan()?;
            let Some(sso) = plan.source.sso() else {
                return Ok(());
            };
            match done.get(sso.named_by()) {
                Some(None) => Ok(()),
                // The person is not asked the same thing twice.
                Some(Some((kind, first))) => {
                    let error = format!("nobody signed in at {}", sso.start_url);
                    Err(Failure::new(*kind, error).cause(format!("as for {first}")))
                }
                None => {
                    let signed_in = session.sign_in(person);
                    let failed = signed_in.as_ref().err();
                    let failed = failed.map(|failure| (failure.kind, profile));
                    done.insert(sso.named_by().to_owned(), failed);
                    signed_in
                }
            }
        });
        if let Err(failure) = signed_in {
            failures.push((profile, failure));
        }
    }
    failures
}

fn log_in(
    context: &Context,
    profile: &ProfileName,
    request: Request<'_>,
) -> Result<Grant, Failure> {
    let context = context.with_profile(profile.clone());
    Session::new(&context)?.credentials(request)
}

fn report(
    context: &Context,
    mut failures: Vec<(&ProfileName, Failure)>,
    all: usize,
) -> Result<(), Failure> {
    failures.sort_by_key(|(profile, _)| *profile);
    let Some(kind) = failures.first().map(|(_, failure)| failure.kind) else {
        return Ok(());
    };
    for (profile, failure) in &failures {
        context.output.note(&format!("{profile}:"));
        context.output.failure(failure);
    }
    let count = failures.len();
    Err(Failure::new(
        kind,
        format!("{count} of {all} profiles are not logged in to"),
    )
    .cause("see above, under each profile's name")
    .hint("mend what is named there, and run it again: the others stay logged in"))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
