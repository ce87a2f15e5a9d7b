//! The steps at AWS: network, clock, source credentials, identity and role.

use aws_credential_types::provider::SharedCredentialsProvider;
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
use crate::profile::plan::{Plan, Source};
use crate::session::Session;
use crate::signin;
use crate::signin::interaction::Interaction;
use crate::sys::http;

/// A clock that is further off than this is warned of.
const NOTED_SKEW: TimeDelta = TimeDelta::seconds(60);

/// What requests to AWS are made with.
pub struct Place<'a> {
    context: &'a Context,
    plan: Plan,
    region: Region,
    http: http::Client,
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
pub fn network<'a>(
    context: &'a Context,
    session: &Session<'_>,
    plan: &Plan,
) -> Result<Passed<Place<'a>>, Failure> {
    let region = session.sts_region(plan)?;
    let http = session.http()?;
    let files = session.files()?;
    let probe = sts::probe(files, &context.profile, &region, http.clone(), || {
        context.now()
    });
    let ahead = aws::block_on(probe)
        .flatten()
        .map_err(|error| aws::explain::call(&format!("could not reach STS in {region}"), error))?;
    let mut set: Vec<&str> = context
        .env_urls()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    set.extend(context.ca_bundle().map(|_| "AWS_CA_BUNDLE"));
    let brief = format!("STS in {region} responds");
    let place = Place {
        context,
        plan: plan.clone(),
        region,
        http,
        ahead,
    };
    let passed = Passed::brief(place, brief);
    Ok(match set.is_empty() {
        true => passed,
        false => passed.note(format!(
            "these variables are set and used: {}",
            set.join(", ")
        )),
    })
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
            let failure = Failure::refused(off.to_string())
                .cause("AWS rejects what is signed by a clock that is more than five minutes off");
            Err(if cfg!(target_os = "macos") {
                failure
                    .hint("run `sudo sntp -sS time.apple.com`")
                    .hint("to keep it right, turn on automatic time in System Settings")
            } else if cfg!(windows) {
                failure
                    .hint("run `w32tm /resync` as administrator")
                    .hint("to keep it right, turn on automatic time in Settings")
            } else {
                failure
                    .hint("run `sudo timedatectl set-ntp true`")
                    .hint("if that is not available, set the clock with your system's time service")
            })
        }
        by if by > NOTED_SKEW => {
            let passed = Passed::brief((), "nearly in sync with AWS");
            Ok(passed.warn(format!("{off}: AWS allows up to five minutes")))
        }
        _ => Ok(Passed::brief((), "in sync with AWS")),
    }
}

/// Returns the source credentials and their identity. `None` with SAML, where a response assumes the role directly.
pub fn source(
    session: &Session<'_>,
    place: &Place<'_>,
) -> Result<Passed<Option<SignedIn>>, Failure> {
    let (context, plan) = (place.context, &place.plan);
    if let Source::Saml(saml) = &plan.source {
        return match session.peek()? {
            Some(credentials) => {
                let (origin, end) = (saml.url.origin(), credentials.expires_at);
                let until = output::until(end, context.now());
                let brief = format!("signed in at {origin}");
                let detail = format!("{brief}, credentials expire {until}");
                Ok(Passed::new(None, brief, detail))
            }
            None => Err(signed_out(
                place,
                format!(
                    "there are no cached credentials of a sign-in at {}",
                    saml.url.origin()
                ),
            )),
        };
    }
    let files = session.files()?;
    let sources = session.sources(files, &place.region, place.http.clone())?;
    let limit = sources.limit(&plan.source, Interaction::None);
    let credentials = sources.credentials(&plan.source, Interaction::None);
    let credentials = aws::block_on_for(limit, credentials)?.map_err(|error| {
        signin::explain::source(error, &plan.source, &plan.profile, context.now())
    })?;
    let arn = caller(session, place, credentials.clone())?
        .map_err(|error| aws::explain::source_caller(error, plan))?;
    let brief = match &plan.source {
        Source::Profile { name, .. } => format!("profile {name}"),
        source => source.to_string(),
    };
    let accepted = |source: &str| format!("{source}: AWS accepts its credentials");
    let detail = accepted(&plan.source.to_string());
    let source = SignedIn { credentials, arn };
    Ok(Passed::new(Some(source), accepted(&brief), detail))
}

fn signed_out(place: &Place<'_>, cause: String) -> Failure {
    let command = hints::login_command(&place.plan.profile);
    Failure::new(Kind::SignInNeeded, hints::SIGN_IN_NEEDED)
        .cause(cause)
        .hint(format!("run `{command}`"))
}

fn caller(
    session: &Session<'_>,
    place: &Place<'_>,
    credentials: aws_credential_types::Credentials,
) -> Result<Result<String, sts::Error>, Failure> {
    let (files, profile, now) = (session.files()?, &place.plan.profile, place.context.now());
    let http = place.http.clone();
    let call = sts::caller_of(files, profile, &place.region, http, credentials, now);
    Ok(aws::block_on(call).map_err(sts::Error::from).flatten())
}

/// Compares the source identity with the trust policy of Apono's guide. A role with another trust policy may accept it all the
/// same, which [`role`] finds out.
pub fn identity(plan: &Plan, source: Option<&SignedIn>) -> Result<Passed<Vec<Mismatch>>, Failure> {
    let session_name = &plan.session_name;
    let Some(source) = source else {
        return Ok(Passed::new(
            Vec::new(),
            session_name.to_string(),
            format!("{session_name}, confirmed by the identity provider"),
        ));
    };
    let mismatches = sts::compare(&source.arn, &plan.role, session_name);
    for mismatch in &mismatches {
        if let Mismatch::SessionNameCase { source } = mismatch {
            let install = format!("install --email {source} --yes");
            return Err(Failure::refused(format!(
                "you are signed in as {source}, but the profile has {session_name}"
            ))
            .cause("they differ in case only: AWS ignores case, but the cluster does not, so it would not find your access")
            .hint(format!("run `{}`", hints::command(&install, &plan.profile)))
            .hint(format!(
                "then run `{}`",
                hints::login_command(&plan.profile)
            )));
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
    let (context, plan) = (place.context, &place.plan);
    let source = source.filter(|_| plan.mfa_serial.is_none());
    let Some(source) = source else {
        return cached_role(session, place).map_err(at_role);
    };
    let assumed = assume(session, place, &source).map_err(at_role)?;
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
                let check = format!(
                    "apono-login policy check {}",
                    aws::explain::admins_flags(&plan.role, None)
                );
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
    session: &Session<'_>,
    place: &Place<'_>,
    source: &SignedIn,
) -> Result<Result<Credentials, sts::Error>, Failure> {
    let (context, plan) = (place.context, &place.plan);
    let files = session.files()?;
    let provider = Some(SharedCredentialsProvider::new(source.credentials.clone()));
    let http = place.http.clone();
    let call = async {
        let profile = plan.profile.as_str();
        let config = aws::client_config(files, profile, &place.region, http, provider).await;
        let client = sts::client(&config);
        sts::assume_role(&client, plan, plan.duration, None, || context.now()).await
    };
    Ok(aws::block_on(call).map_err(sts::Error::from).flatten())
}

/// Returns the cached credentials, if AWS accepts them.
fn cached_role(session: &Session<'_>, place: &Place<'_>) -> Result<Passed<Credentials>, Failure> {
    let (context, plan) = (place.context, &place.plan);
    let Some(credentials) = session.peek()? else {
        let device = plan.mfa_serial.clone().unwrap_or_default();
        let cause =
            format!("no credentials are cached, and the role needs a code of MFA device {device}");
        return Err(signed_out(place, cause));
    };
    let renew = || {
        let command = hints::command("login --force", &plan.profile);
        format!("run `{command}`")
    };
    match caller(session, place, credentials.for_the_sdk())? {
        Ok(arn) if arn == plan.role.session_arn(&plan.session_name) => {
            let until = output::until(credentials.expires_at, context.now());
            let brief = format!("credentials expire {until}");
            let detail = format!("cached: {arn}, {brief}");
            Ok(Passed::new(credentials, brief, detail))
        }
        Ok(arn) => Err(
            Failure::refused("the cached credentials belong to another identity")
                .cause(format!("AWS says that they belong to {arn}"))
                .hint(renew()),
        ),
        Err(sts::Error::Call(
            error @ (aws::Error::Expired { .. } | aws::Error::UnknownKey { .. }),
        )) => Err(
            Failure::new(Kind::SignInNeeded, "AWS rejected the cached credentials")
                .cause(error.to_string())
                .hint(renew()),
        ),
        Err(error) => Err(aws::explain::caller(error)),
    }
}
