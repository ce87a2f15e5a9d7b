//! The steps at AWS: network, clock, source credentials, identity and role.

use chrono::TimeDelta;

use super::report::{Passed, Step};
use crate::aws;
use crate::aws::sts::{self, Mismatch};
use crate::context::Context;
use crate::credentials::Credentials;
use crate::failure::hints;
use crate::failure::{Failure, Kind};
use crate::names::Region;
use crate::output;
use crate::profile::plan::Plan;
use crate::session::Session;
use crate::signin::interaction::Interaction;
use crate::signin::mfa;
use crate::signin::next::{Next, needed};
use crate::signin::sources::Sources;
use crate::signin::{SignIn, ignored_proxy};
use crate::sys::http;
use crate::sys::system::System;

/// A clock that is further off than this is warned of.
const NOTED_SKEW: TimeDelta = TimeDelta::seconds(60);

/// What requests to AWS are made with.
pub struct Place<'a> {
    plan: &'a Plan,
    sources: Sources<'a>,
    /// How far this computer's clock is ahead of AWS's, if that is known.
    pub ahead: Option<TimeDelta>,
}

/// The source credentials and the identity that they belong to.
pub struct SignedIn {
    credentials: aws_credential_types::Credentials,
    /// The identity, as AWS names it.
    arn: String,
}

/// Checks that STS responds.
pub fn network<'a>(session: &'a Session<'_>, plan: &'a Plan) -> Result<Passed<Place<'a>>, Failure> {
    let tools = session.tools()?;
    let context = tools.context;
    let sources = tools.sources(tools.region(plan)?)?;
    let region = &sources.region;
    let probe = async {
        let client = sts::client(&sources.config(Some(sts::example_keys())).await);
        sts::probe(&client, || context.now()).await
    };
    let ahead = aws::block_on(probe).flatten().map_err(|error| {
        let is_unreachable = matches!(error, aws::Error::Network { .. });
        let failure = aws::explain::call(&format!("could not reach STS in {region}"), error);
        let unused = is_unreachable
            .then(|| unused_proxy(context, region))
            .flatten();
        unused.into_iter().fold(failure, Failure::hint)
    })?;
    let (proxies, ignored) = context.proxies()?;
    let urls = context.env_urls().into_iter().map(|(name, _)| name);
    let proxies = [proxies.https, proxies.http].into_iter().flatten();
    let ca = context.ca_bundle(None).map(|ca| ca.setting);
    let mut set: Vec<&str> = urls.chain(proxies.map(|proxy| proxy.setting)).collect();
    set.extend(ca);
    set.dedup();
    let set = set.join(", ");
    let brief = format!("STS in {region} responds");
    let place = Place {
        plan,
        sources,
        ahead,
    };
    let passed = Passed::brief(place, brief);
    let ignored = ignored.map(ignored_proxy);
    let passed = ignored.into_iter().fold(passed, Passed::note);
    Ok(match set.is_empty() {
        true => passed,
        false => passed.note(format!("these variables are set and used: {set}")),
    })
}

/// Returns what to do about a proxy that the settings of the system name and the environment does not.
fn unused_proxy(context: &Context, region: &Region) -> Option<String> {
    let is_named = context
        .proxies()
        .map_or(true, |(proxies, _)| proxies.https.is_some());
    let address =
        http::system_proxy(&format!("https://sts.{region}.amazonaws.com")).filter(|_| !is_named)?;
    Some(format!(
        "the settings of this computer name the proxy {address}, which browsers and the aws CLI use; apono-login and kubectl use what `HTTPS_PROXY` names: set it to http://{address}"
    ))
}

/// Checks the clock: AWS rejects requests that were signed by a wrong one.
pub fn clock(ahead: Option<TimeDelta>) -> Result<Passed<()>, Failure> {
    let Some(ahead) = ahead else {
        return Ok(Passed::brief(
            (),
            "unknown: the response of STS has no time",
        ));
    };
    let off = aws::Error::ClockSkew {
        seconds: ahead.num_seconds(),
    };
    match ahead.abs() {
        by if by > aws::TOLERATED_SKEW => {
            let (set, keep) = match System::THIS {
                System::Mac => (
                    "run `sudo sntp -sS time.apple.com`",
                    "to keep it right, turn on automatic time in System Settings",
                ),
                System::Windows => (
                    "run `w32tm /resync` as administrator",
                    "to keep it right, turn on automatic time in Settings",
                ),
                System::Linux => (
                    "run `sudo timedatectl set-ntp true`",
                    "if that is not available, set the clock with your system's time service",
                ),
            };
            let cause = "AWS rejects what is signed by a clock that is more than five minutes off";
            let failure = Failure::refused(off.to_string()).cause(cause);
            Err(failure.hint(set).hint(keep))
        }
        by if by > NOTED_SKEW => Ok(Passed::brief((), "nearly in sync with AWS")
            .warn(format!("{off}: AWS allows up to five minutes"))),
        _ => Ok(Passed::brief((), "in sync with AWS")),
    }
}

/// Returns the source credentials and their identity. `None` if there are none: a sign-in assumes the role directly.
pub fn source(
    session: &Session<'_>,
    place: &Place<'_>,
) -> Result<Passed<Option<SignedIn>>, Failure> {
    let (sources, plan) = (&place.sources, place.plan);
    let sign_in = SignIn::of(plan);
    if let (true, Some(at)) = (sign_in.is_each_time(), sign_in.place()) {
        let Some(credentials) = session.peek()? else {
            let cause = format!(
                "there are no cached credentials of a sign-in at {}",
                at.shown
            );
            return Err(signed_out(place, cause));
        };
        let until = output::until(credentials.expires_at, sources.context.now());
        let brief = format!("signed in at {}", at.shown);
        let detail = format!("{brief}, credentials expire {until}");
        return Ok(Passed::new(None, brief, detail));
    }
    if plan.source.needs_code() {
        // Source credentials take a code each time. The cached ones are checked in the next step.
        let brief = format!("{}: not checked, it needs an MFA code", plan.source);
        return Ok(Passed::brief(None, brief));
    }
    let next = Next::Login(&plan.profile);
    let credentials = sources.get(&plan.source, Interaction::None, next)?;
    let arn = sources
        .caller(credentials.clone())?
        .map_err(|error| aws::explain::source_caller(error, plan))?;
    let brief = match plan.source.profile() {
        Some(name) => format!("profile {name}"),
        None => plan.source.to_string(),
    };
    let accepted = |source: &str| format!("{source}: AWS accepts its credentials");
    let detail = accepted(&plan.source.to_string());
    let source = SignedIn { credentials, arn };
    Ok(Passed::new(Some(source), accepted(&brief), detail))
}

fn signed_out(place: &Place<'_>, cause: String) -> Failure {
    needed(cause).hint(Next::Login(&place.plan.profile).again())
}

/// Compares the source identity with the trust policy of Apono's guide. A role with another trust policy may accept it all the
/// same, which [`role`] finds out.
pub fn identity(plan: &Plan, source: Option<&SignedIn>) -> Result<Passed<Vec<Mismatch>>, Failure> {
    let session_name = &plan.session_name;
    let Some(source) = source else {
        return Ok(Passed::new(
            Vec::new(),
            session_name.to_string(),
            match SignIn::of(plan).is_each_time() {
                true => format!("{session_name}, confirmed by the identity provider"),
                false => session_name.to_string(),
            },
        ));
    };
    let mismatches = sts::compare(&source.arn, &plan.role, session_name);
    for mismatch in &mismatches {
        if let Mismatch::SessionNameCase { source } = mismatch {
            let install = hints::run(&format!("install --email {source} --yes"), &plan.profile);
            return Err(Failure::refused(format!(
                "you are signed in as {source}, but the profile has {session_name}"
            ))
            .cause("they differ in case only: AWS ignores case, but the cluster does not, so it would not find your access")
            .hint(install)
            .hint(format!("then {}", hints::run("", &plan.profile))));
        }
    }
    let name = source.arn.rsplit('/').next().unwrap_or_default().to_owned();
    Ok(Passed::new(mismatches, name, source.arn.clone()))
}

/// Assumes the role again, or checks the cached credentials where assuming it needs a person. A denial after a mismatch is the
/// fault of [`Step::Identity`].
pub fn role(
    session: &Session<'_>,
    place: &Place<'_>,
    source: Option<SignedIn>,
    mismatches: &[Mismatch],
) -> Result<Passed<Credentials>, (Step, Failure)> {
    let at_role = |failure| (Step::Role, failure);
    let (context, plan) = (place.sources.context, place.plan);
    let source = source.filter(|_| plan.mfa_serial.is_none());
    let Some(source) = source else {
        return cached_role(session, place).map_err(at_role);
    };
    let assumed = assume(place, &source).map_err(at_role)?;
    let credentials = assumed.map_err(|error| match error {
        error @ sts::Error::Call(aws::Error::Denied { .. }) => {
            let step = match mismatches.is_empty() {
                true => Step::Role,
                false => Step::Identity,
            };
            (step, aws::explain::denied(error, plan, Some(&source.arn)))
        }
        error => at_role(aws::explain::assume_role(error, plan)),
    })?;
    let until = output::until(credentials.expires_at, context.now());
    let brief = format!("credentials expire {until}");
    let detail = format!("assumed {} as {}, {brief}", plan.role, plan.session_name);
    let mut passed = Passed::new(credentials, brief, detail);
    for mismatch in mismatches {
        match mismatch {
            // Only the session of a person's sign-in is named after the person.
            Mismatch::SessionName { source: person } if mismatches.len() == 1 => {
                let check = aws::explain::policy_command("policy check", &plan.role, None);
                passed = passed.warn(format!(
                    "the role is not safe: you are signed in as {person}, and it accepts you as {}, so anyone who can assume it can act as anyone else; tell your AWS admin, who can see it with `{check}`",
                    plan.session_name
                ));
            }
            Mismatch::SessionName { .. } | Mismatch::SessionNameCase { .. } => {}
            Mismatch::Account { .. } | Mismatch::NotIdentityCenter => {
                passed = passed.note(format!(
                    "the role does not have the trust policy of Apono's guide: it trusts {}",
                    source.arn
                ));
            }
        }
    }
    Ok(passed)
}

fn assume(
    place: &Place<'_>,
    source: &SignedIn,
) -> Result<Result<Credentials, sts::Error>, Failure> {
    let (sources, plan) = (&place.sources, place.plan);
    let call = async {
        let client = sts::client(&sources.config(Some(source.credentials.clone())).await);
        sts::assume_role(&client, plan, plan.duration, None, || sources.context.now()).await
    };
    Ok(aws::block_on(call).map_err(sts::Error::from).flatten())
}

/// Returns the cached credentials, if AWS accepts them.
fn cached_role(session: &Session<'_>, place: &Place<'_>) -> Result<Passed<Credentials>, Failure> {
    let (context, plan) = (place.sources.context, place.plan);
    let Some(credentials) = session.peek()? else {
        let of_chain = mfa::last_of_chain(&plan.source);
        let device = plan.mfa_serial.as_deref().or(of_chain).unwrap_or_default();
        let cause =
            format!("no credentials are cached, and the role needs a code of MFA device {device}");
        return Err(signed_out(place, cause));
    };
    let renew = hints::run("login --force", &plan.profile);
    match place.sources.caller(credentials.for_the_sdk())? {
        Ok(arn) if arn == plan.role.session_arn(&plan.session_name) => {
            let until = output::until(credentials.expires_at, context.now());
            let brief = format!("credentials expire {until}");
            let detail = format!("cached: {arn}, {brief}");
            Ok(Passed::new(credentials, brief, detail))
        }
        Ok(arn) => {
            let error = "the cached credentials belong to another identity";
            let cause = format!("AWS says that they belong to {arn}");
            Err(Failure::refused(error).cause(cause).hint(renew))
        }
        Err(sts::Error::Call(
            error @ (aws::Error::Expired { .. } | aws::Error::UnknownKey { .. }),
        )) => Err(
            Failure::new(Kind::SignInNeeded, "AWS rejected the cached credentials")
                .cause(error.to_string())
                .hint(renew),
        ),
        Err(error) => Err(aws::explain::caller(error)),
    }
}
