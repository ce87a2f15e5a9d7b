//! AWS: the network to it, the clock, the sign-in, who one is there, and the role.

use aws_credential_types::provider::SharedCredentialsProvider;
use chrono::TimeDelta;

use super::report::{Passed, Step};
use crate::aws;
use crate::context::Context;
use crate::credentials::Credentials;
use crate::explain;
use crate::failure::{Failure, Kind};
use crate::names::Region;
use crate::output;
use crate::profile::plan::{Plan, Source};
use crate::session::Session;
use crate::source::interaction::Interaction;
use crate::sts::{self, Mismatch};
use crate::sys::http;

/// A clock that is this far off is worth a word.
const NOTED_SKEW: TimeDelta = TimeDelta::seconds(60);

/// Where AWS is asked.
pub struct Place<'a> {
    context: &'a Context,
    plan: Plan,
    region: Region,
    http: http::Client,
    /// Our clock less AWS's.
    pub ahead: Option<TimeDelta>,
}

/// Who assumes the role.
pub struct SignedIn {
    credentials: aws_credential_types::Credentials,
    /// As AWS calls them.
    arn: String,
}

/// Does STS answer?
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
    let ahead = aws::block_on(probe)?
        .map_err(|error| explain::call(&format!("STS in {region} cannot be reached"), error))?;
    let mut set: Vec<&str> = context
        .env_urls()
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    set.extend(context.ca_bundle().map(|_| "AWS_CA_BUNDLE"));
    let notes = match set.is_empty() {
        true => Vec::new(),
        false => vec![format!("set, and obeyed: {}", set.join(", "))],
    };
    Ok(Passed {
        detail: format!("STS in {region} answers"),
        value: Place {
            context,
            plan: plan.clone(),
            region,
            http,
            ahead,
        },
        notes,
    })
}

/// AWS refuses what was signed by a clock that is wrong.
pub fn clock(ahead: Option<TimeDelta>) -> Result<Passed<()>, Failure> {
    let Some(ahead) = ahead else {
        return Ok(Passed::new((), "not known: the answer had no time"));
    };
    let off = aws::Error::ClockSkew {
        seconds: ahead.num_seconds(),
    };
    match ahead.abs() {
        by if by > aws::TOLERATED_SKEW => Err(Failure::refused(off.to_string())
            .cause("AWS refuses what is signed by a clock that is more than five minutes off")
            .hint(if cfg!(target_os = "macos") {
                "set it: `sudo sntp -sS time.apple.com`, and turn on automatic time"
            } else if cfg!(windows) {
                "set it: `w32tm /resync` as administrator, and turn on automatic time"
            } else {
                "set it: `sudo timedatectl set-ntp true`, or whatever keeps the time here"
            })),
        by if by > NOTED_SKEW => {
            Ok(Passed::new((), "near enough").note(format!("{off}: AWS allows five minutes")))
        }
        _ => Ok(Passed::new((), "as AWS's")),
    }
}

/// The credentials that assume the role, and whose they are. `None` with SAML, which has none.
pub fn source(
    session: &Session<'_>,
    place: &Place<'_>,
) -> Result<Passed<Option<SignedIn>>, Failure> {
    let (context, plan) = (place.context, &place.plan);
    if let Source::Saml(saml) = &plan.source {
        return match session.peek()? {
            Some(credentials) => Ok(Passed::new(
                None,
                format!(
                    "signed in at {}, until {}",
                    saml.url.origin(),
                    output::until(credentials.expires_at, context.now())
                ),
            )),
            None => Err(signed_out(place).cause(format!(
                "there are no credentials of a sign-in at {}",
                saml.url.origin()
            ))),
        };
    }
    let files = session.files()?;
    let sources = session.sources(files, &place.region, place.http.clone())?;
    let credentials = aws::block_on(sources.credentials(&plan.source, Interaction::Absent))?
        .map_err(|error| explain::source(error, &plan.source, &plan.profile, context.now()))?;
    let arn = caller(session, place, credentials.clone())?
        .map_err(|error| explain::source_caller(error, plan))?;
    let detail = format!("{} gives credentials that AWS accepts", plan.source);
    Ok(Passed::new(Some(SignedIn { credentials, arn }), detail))
}

fn signed_out(place: &Place<'_>) -> Failure {
    Failure::new(Kind::SignInNeeded, "you have to sign in").hint(format!(
        "run `{}`",
        explain::login_command(&place.plan.profile)
    ))
}

fn caller(
    session: &Session<'_>,
    place: &Place<'_>,
    credentials: aws_credential_types::Credentials,
) -> Result<Result<String, sts::Error>, Failure> {
    let (files, profile, now) = (session.files()?, &place.plan.profile, place.context.now());
    let http = place.http.clone();
    let asked = sts::caller_of(files, profile, &place.region, http, credentials, now);
    Ok(aws::block_on(asked)?)
}

/// Holds who one is against what the guide's trust policy asks. What it may ask otherwise, [`role`] finds out.
pub fn identity(plan: &Plan, source: Option<&SignedIn>) -> Result<Passed<Vec<Mismatch>>, Failure> {
    let Some(source) = source else {
        return Ok(Passed::new(
            Vec::new(),
            format!("{}, as the identity provider said", plan.session_name),
        ));
    };
    let doubts = sts::compare(&source.arn, &plan.role, &plan.session_name);
    for doubt in &doubts {
        if let Mismatch::SessionNameCase { source } = doubt {
            return Err(Failure::refused(format!(
                "you are signed in as {source}, and the profile says {}: the same but for capitals",
                plan.session_name
            ))
            .cause("AWS lets that pass, but the cluster compares upper and lower case: your access would not be found")
            .hint(format!(
                "`{}`, then `{}`",
                explain::command(&format!("install --email {source} --yes"), &plan.profile),
                explain::login_command(&plan.profile)
            )));
        }
    }
    Ok(Passed::new(doubts, source.arn.clone()))
}

/// Assumes the role anew, or looks at what is cached where that takes a person. A denial is blamed on the step that told
/// the doubt.
pub fn role(
    session: &Session<'_>,
    place: &Place<'_>,
    source: Option<SignedIn>,
    doubts: &[Mismatch],
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
            let step = match doubts.is_empty() {
                true => Step::Role,
                false => Step::Identity,
            };
            (step, explain::denied(error, plan, Some(&source.arn)))
        }
        error => at_role(explain::assume_role(error, plan)),
    })?;
    let until = output::until(credentials.expires_at, context.now());
    let detail = format!(
        "{} lets you in as {}, until {until}",
        plan.role, plan.session_name
    );
    let mut passed = Passed::new(credentials, detail);
    for doubt in doubts {
        match doubt {
            // The session of anything but a person's sign-in is not named by who signed in.
            Mismatch::SessionName { source: person } if doubts.len() == 1 => {
                passed = passed.note(format!(
                    "DANGER: you are signed in as {person}, and the role lets you in as {}: its trust policy lets anybody be anybody. Tell your AWS admin: `apono-login policy check {}` shows it",
                    plan.session_name,
                    explain::admins_flags(&plan.role, None)
                ));
            }
            Mismatch::SessionName { .. } | Mismatch::SessionNameCase { .. } => {}
            Mismatch::Account { .. } | Mismatch::NotIdentityCenter => {
                passed = passed.note(format!(
                    "the role does not have the guide's trust policy: it lets in {}",
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
    Ok(aws::block_on(async {
        let profile = plan.profile.as_str();
        let config = aws::client_config(files, profile, &place.region, http, provider).await;
        let client = sts::client(&config);
        sts::assume_role(&client, plan, plan.duration, None, || context.now()).await
    })?)
}

/// What is cached, if AWS still accepts it.
fn cached_role(session: &Session<'_>, place: &Place<'_>) -> Result<Passed<Credentials>, Failure> {
    let (context, plan) = (place.context, &place.plan);
    let Some(credentials) = session.peek()? else {
        let device = plan.mfa_serial.clone().unwrap_or_default();
        return Err(signed_out(place).cause(format!(
            "the role wants a code of the MFA device {device}, and nothing is cached"
        )));
    };
    let renew = || {
        let command = explain::command("login --force", &plan.profile);
        format!("get new ones: `{command}`")
    };
    match caller(session, place, credentials.for_the_sdk())? {
        Ok(arn) if arn == plan.role.session_arn(&plan.session_name) => {
            let until = output::until(credentials.expires_at, context.now());
            let detail = format!("you are {arn}, until {until} (cached)");
            Ok(Passed::new(credentials, detail))
        }
        Ok(arn) => Err(
            Failure::refused("the cached credentials are somebody else's")
                .cause(format!("AWS says {arn}"))
                .hint(renew()),
        ),
        Err(sts::Error::Call(
            error @ (aws::Error::Expired { .. } | aws::Error::UnknownKey { .. }),
        )) => Err(Failure::new(
            Kind::SignInNeeded,
            "AWS no longer accepts the role's credentials",
        )
        .cause(error.to_string())
        .hint(renew())),
        Err(error) => Err(explain::caller(error)),
    }
}
