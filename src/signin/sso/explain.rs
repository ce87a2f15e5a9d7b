//! What the errors of signing in with IAM Identity Center mean to the user.

use super::Error;
use super::token::Flow;
use crate::aws;
use crate::aws::explain::call;
use crate::failure::hints::{CHECK_NETWORK, CHECK_PROXY};
use crate::failure::{Failure, Kind, Owner};
use crate::profile::plan::{DEFAULT_SCOPE, SsoSource};
use crate::signin::lock::NotAsked;
use crate::signin::next::{Installing, Next, needed, not_asked};
use crate::signin::settings::{SSO_REGION, SSO_ROLE_NAME, SSO_START_URL, Settings};

/// Permission sets that are offered, each by a command of its own.
const MOST_OFFERED: usize = 3;

/// Explains why the SSO session of the source profile gives no credentials.
pub fn sign_in(error: Error, sso: &SsoSource, next: Next<'_>) -> Failure {
    let (start_url, profile) = (&sso.start_url, &sso.profile);
    let login = next.again();
    let failed = format!("sign-in at {start_url} failed");
    match error {
        Error::NotAsked(NotAsked::Renewing) => Failure::new(
            Kind::Network,
            format!("could not renew the SSO session at {start_url}"),
        )
        .cause(NotAsked::Renewing.to_string())
        .hint(CHECK_NETWORK),
        Error::NotAsked(error) => {
            let lost = ["the SSO session at", "there is no SSO session at"];
            not_asked(error, start_url, lost, next)
        }
        Error::Rejected { message } => {
            needed(format!("{start_url} rejected the SSO session: {message}")).hint(login)
        }
        Error::NotTaken { message } => {
            needed(format!("the sign-in at {start_url} failed: {message}")).hint(login)
        }
        Error::TimedOut { flow } => {
            let failure = needed(format!(
                "the sign-in at {start_url} was not completed in time"
            ));
            match flow {
                Flow::Code => failure.hint(login).hint(format!(
                    "if the browser could not reach this computer, {}",
                    next.with_device_code()
                )),
                Flow::Device => failure.hint(next.with_device_code()),
            }
            .hint(format!(
                "if the browser showed an error, check {}",
                region_of(sso, next)
            ))
        }
        Error::Declined { message } => Failure::new(Kind::SignInNeeded, "sign-in refused")
            .cause(message)
            .hint(next.again_with("and allow access when the browser asks"))
            .hint("if you did not refuse it, show this to your AWS admin"),
        Error::PageFailed { error, message } => {
            let failure = Failure::refused(failed)
                .cause(format!("the sign-in page returned an error: {message}"));
            let failure = match error.as_str() {
                "invalid_scope" => failure.hint(format!(
                    "check `sso_registration_scopes` {}: it has to contain {DEFAULT_SCOPE}",
                    section(sso)
                )),
                _ => failure
                    .hint(format!("check {}", region_of(sso, next)))
                    .hint(format!(
                        "check {}",
                        next.place(&[SSO_START_URL], &section(sso))
                    )),
            };
            failure.hint("if that is correct, show this to your AWS admin")
        }
        Error::PageUnavailable { message } => Failure::new(Kind::Network, failed)
            .for_the(Owner::Aws)
            .cause(format!("the sign-in page has a problem: {message}"))
            .hint("run this again in a minute: the problem is on AWS's side and temporary"),
        Error::NotAssigned { message, assigned } => {
            let (account, role) = (&sso.account, &sso.role_name);
            let has_another = !assigned.is_empty();
            let failure = Failure::new(Kind::NotAssigned { has_another }, format!("could not get credentials from profile {profile}"))
                .cause(format!(
                    "permission set {role} in account {account} is not assigned to you at {start_url}: {message}"
                ));
            let failure = offer(failure, sso, &assigned, next);
            let [switch, in_private] = next.as_another_user();
            let failure = failure.hint(switch).hint(in_private).hint(format!(
                "if you need {role}, ask your AWS admin to assign it to you"
            ));
            match has_another {
                true => failure,
                false => next.or_change_the_file(failure, SSO_ROLE_NAME),
            }
        }
        Error::NeverAccepted { message } => check_portal(
            Failure::refused(format!("could not get credentials from profile {profile}")).cause(
                format!("{start_url} rejected an SSO session that has just begun: {message}"),
            ),
            sso,
            next,
        ),
        Error::Call(error @ aws::Error::Rejected { .. }) => {
            check_portal(Failure::refused(failed).cause(error.to_string()), sso, next)
        }
        Error::Call(error) => call(&failed, error),
        Error::Portal(error) => call(
            &format!("could not get credentials from profile {profile}"),
            error,
        ),
        error @ Error::BadAnswer { .. } => Failure::new(Kind::Network, failed)
            .cause(error.to_string())
            .hint(CHECK_PROXY),
        error @ Error::Listen(_) => Failure::refused("could not receive the browser's response")
            .cause(error.to_string())
            .hint(next.with_device_code()),
        error @ Error::Random(_) => Failure::refused("could not start the sign-in")
            .cause(error.to_string())
            .hint("run this again; if it fails again, restart this computer"),
        Error::File(error) => error.into(),
    }
}

/// Offers the permission sets that are assigned in the account.
fn offer(failure: Failure, sso: &SsoSource, assigned: &[String], next: Next<'_>) -> Failure {
    let is_flag = matches!(
        next,
        Next::Install(Installing {
            of: Settings::Flags,
            ..
        })
    );
    if assigned.is_empty() {
        return failure;
    }
    if !is_flag {
        let place = next.place(&[SSO_ROLE_NAME], &format!("of profile {}", sso.profile));
        let yours = assigned.join(", ");
        return failure.hint(format!(
            "set {place} to one of yours in that account: {yours}"
        ));
    }
    let (first, others) = assigned.split_at(assigned.len().min(MOST_OFFERED));
    let failure = first.iter().fold(failure, |failure, name| {
        let command = next.change(&[(SSO_ROLE_NAME, name.clone())]);
        failure.hint(format!("to sign in with permission set {name}, {command}"))
    });
    match others {
        [] => failure,
        others => failure.hint(format!("use another one likewise: {}", others.join(", "))),
    }
}

/// Returns the region to check, and where it is set. A code or link of another region's service is not known at the portal.
fn region_of(sso: &SsoSource, next: Next<'_>) -> String {
    let (region, place) = (&sso.region, next.place(&[SSO_REGION], &section(sso)));
    format!("{place}: it is {region}, and must be the region of your access portal")
}

/// Returns the section that says where to sign in, with its preposition.
fn section(sso: &SsoSource) -> String {
    match &sso.session {
        Some(name) => format!("in sso-session {name}"),
        None => format!("in profile {}", sso.profile),
    }
}

/// Adds what to do where the settings of the access portal may be wrong.
fn check_portal(failure: Failure, sso: &SsoSource, next: Next<'_>) -> Failure {
    let place = next.place(&[SSO_START_URL, SSO_REGION], &section(sso));
    failure
        .hint(format!(
            "check {place}: are they those of your access portal?"
        ))
        .hint("if they are correct, show this to your AWS admin")
}

/// Explains why the SSO session could not be ended at AWS.
pub fn sign_out(error: Error, start_url: &str) -> Failure {
    let what = format!("could not end the SSO session at {start_url}");
    match error {
        // Running this again cannot end it: the token is no longer known.
        Error::Call(error) => Failure {
            owner: Owner::You,
            hints: Vec::new(),
            ..call(&what, error)
        }
        .cause("the SSO session was deleted on this computer, but AWS accepts its token until it expires")
        .hint("if the token may have been copied, ask your AWS admin to end your sessions in IAM Identity Center"),
        // All other errors come before the deletion.
        error => Failure::refused(what)
            .cause(error.to_string())
            .hint("fix this, then run this again"),
    }
}
