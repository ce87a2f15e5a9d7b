//! Logging in to many profiles, and other work that waits for AWS, at the same time.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::Builder;

use super::{Grant, Request, Session};
use crate::context::Context;
use crate::failure::{Failure, Kind};
use crate::names::ProfileName;
use crate::signin::interaction::Interaction;
use crate::signin::{Proof, SignIn};

/// How much work waits for AWS at the same time.
const AT_ONCE: usize = 8;

/// The outcomes of the sign-ins, by their pages.
type SignIns = BTreeMap<String, Result<Proof, Failed>>;

/// A sign-in that failed.
struct Failed {
    kind: Kind,
    /// The profile that reports it.
    first: ProfileName,
}

/// The credentials of each profile, or why there are none; both sorted by profile.
pub struct Outcome<'a> {
    pub grants: Vec<(&'a ProfileName, Grant)>,
    pub failures: Vec<(&'a ProfileName, Failure)>,
}

/// Signs in once for each page that the profiles sign in at, one after the other, and then gets credentials for all roles at
/// the same time. `session` is that of any profile: the files are read once. `first` is the page and the result of a sign-in
/// that has just been made.
pub fn log_in<'a>(
    context: &Context,
    session: &Session<'_>,
    profiles: &'a [ProfileName],
    request: Request<'_>,
    first: Option<(String, Proof)>,
) -> Outcome<'a> {
    let mut sign_ins: SignIns = first
        .into_iter()
        .map(|(page, proof)| (page, Ok(proof)))
        .collect();
    let mut failures = Vec::new();
    let mut grants = Vec::new();
    // The profiles that are ready, with the page of their sign-in.
    let mut ready = Vec::new();
    let contexts = profiles
        .iter()
        .map(|name| context.with_profile(name.clone()));
    let contexts: Vec<_> = contexts.collect();
    // If they cannot be read, each profile fails for that.
    let _ = session.files();
    for (profile, context) in profiles.iter().zip(&contexts) {
        let session = session.of(context);
        // As for one profile: nothing is worked out where credentials are cached.
        if let Ok(Some(grant)) = session.cached_for(request) {
            grants.push((profile, grant));
            continue;
        }
        match sign_in(&session, profile, request, &mut sign_ins) {
            Ok(page) => ready.push((profile, session, page)),
            Err(failure) => failures.push((profile, failure)),
        }
    }
    let unattended = |page: Option<String>| Request {
        may_ask: false,
        interaction: Interaction::None,
        proof: page.and_then(|page| sign_ins.get(&page)?.as_ref().ok()),
        ..request
    };
    let counting = context.output.counting("credentials", ready.len());
    let answers = at_once(ready, |(profile, session, page)| {
        let answer = session.credentials(unattended(page));
        counting.add_one();
        (profile, session, answer)
    });
    drop(counting);
    for (profile, session, answer) in answers {
        let answer = match answer {
            // The user is needed after all: AWS no longer accepts the sign-in, or there is an MFA code to enter.
            Err(failure) if failure.kind == Kind::SignInNeeded => session.credentials(Request {
                interaction: request.interaction.signed_in(),
                ..request
            }),
            answer => answer,
        };
        match answer {
            Ok(grant) => grants.push((profile, grant)),
            Err(failure) => failures.push((profile, failure)),
        }
    }
    grants.sort_by_key(|(profile, _)| *profile);
    failures.sort_by_key(|(profile, _)| *profile);
    Outcome { grants, failures }
}

/// Signs in for one profile, unless another one has signed in at the same page. Returns the page, if a sign-in was needed.
fn sign_in(
    session: &Session<'_>,
    profile: &ProfileName,
    request: Request<'_>,
    sign_ins: &mut SignIns,
) -> Result<Option<String>, Failure> {
    let Some(place) = SignIn::of(session.plan()?).place() else {
        return Ok(None);
    };
    session.leave(request.interaction)?;
    match sign_ins.get(&place.page) {
        Some(Ok(_)) => return Ok(Some(place.page)),
        // The user is not asked for the same sign-in twice.
        Some(Err(Failed { kind, first })) => {
            let error = format!("sign-in at {} failed", place.shown);
            return Err(Failure::new(*kind, error).cause(format!("see profile {first}")));
        }
        None => {}
    }
    match session.sign_in(request, true) {
        Ok(Some(signed_in)) => {
            sign_ins.insert(place.page.clone(), Ok(signed_in.proof));
            Ok(Some(place.page))
        }
        // This profile needs no sign-in. Another one may.
        Ok(None) => Ok(None),
        Err(failure) => {
            let (kind, first) = (failure.kind, profile.clone());
            sign_ins.insert(place.page, Err(Failed { kind, first }));
            Err(failure)
        }
    }
}

/// Does the work for each of the items, for [`AT_ONCE`] of them at the same time. Returns the results in the order of the items.
pub fn at_once<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let count = items.len();
    let waiting = Mutex::new(items.into_iter().enumerate());
    let results = Mutex::new(Vec::with_capacity(count));
    let worker = || {
        // The lock is held while the next item is taken, and not during its work.
        while let Some((at, item)) = { locked(&waiting).next() } {
            let result = work(item);
            locked(&results).push((at, result));
        }
    };
    std::thread::scope(|scope| {
        // Where no more threads can be started, those that there are do all the work.
        for _ in 1..AT_ONCE.min(count) {
            if Builder::new().spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
