//! The role's credentials for a SAML response: `AssumeRoleWithSAML`.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>

use chrono::{DateTime, Utc};

use super::Error;
use super::explain;
use super::response::{Assertion, Response, Wanted};
use crate::aws::{self, sts};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::output;
use crate::profile::plan::{Plan, SamlSource};
use crate::signin::lock::NotAsked;
use crate::signin::next::Next;
use crate::signin::sources::Sources;
use crate::signin::{Call, Proof, Tools};

/// The longest session that a role can allow, in seconds. STS refuses more than the role allows.
const LONGEST: u32 = 43_200;
/// The session that every role allows, in seconds.
const ALWAYS_ALLOWED: u32 = 3_600;
/// The most roles that are listed.
const MOST_SHOWN: usize = 10;

/// Returns what a response must be valid for.
pub(super) fn wanted<'a>(plan: &'a Plan, saml: &'a SamlSource) -> Wanted<'a> {
    Wanted {
        role: &plan.role,
        provider: &saml.provider,
        session_name: &plan.session_name,
    }
}

/// Returns the response of the sign-in, if it is valid for the plan's role.
pub fn checked<'a>(
    tools: &Tools<'_>,
    saml: &SamlSource,
    call: &Call<'a>,
) -> Result<&'a Response, Failure> {
    let checked = match call.proof {
        Some(Proof::Response(response)) => response
            .check(&wanted(call.plan, saml), tools.context.now())
            .map(|()| response)
            .map_err(Error::from),
        _ => Err(NotAsked::SignedOut { ended: tools.ended }.into()),
    };
    checked.map_err(|error| explain::saml(error, &saml.url, tools.next))
}

/// Assumes the role with a checked response.
pub async fn assume(
    sources: &Sources<'_>,
    saml: &SamlSource,
    call: &Call<'_>,
    response: &Response,
    next: Next<'_>,
) -> Result<Credentials, Failure> {
    let (context, plan) = (sources.context, call.plan);
    let (out, assertion) = (&context.output, response.assertion());
    if let Some(assertion) = assertion {
        for line in told(assertion, saml, context.now()) {
            match call.may_tell {
                true => out.note(&line),
                false => out.detail(&line),
            }
        }
    }
    let client = sts::client(&sources.config(None).await);
    let ask = async |seconds: u32| {
        let _step = out.step(format!("AssumeRoleWithSAML in {}", sources.region));
        let answer = client
            .assume_role_with_saml()
            .role_arn(plan.role.as_str())
            .principal_arn(saml.provider.as_str())
            .saml_assertion(response.encoded().reveal())
            .set_duration_seconds(i32::try_from(seconds).ok())
            .send()
            .await
            .map_err(|error| aws::classify(&error, None))?;
        let (user, given) = (answer.assumed_role_user(), answer.credentials());
        sts::granted(user, given, plan, context.now())
    };
    let in_response = assertion.and_then(|assertion| assertion.session_duration);
    let seconds = call.duration.or(in_response).unwrap_or(LONGEST);
    let mut answer = ask(seconds).await;
    if seconds > ALWAYS_ALLOWED
        && let Err(sts::Error::Call(aws::Error::Rejected { message, .. })) = &answer
        && message.contains("DurationSeconds")
    {
        let line = format!(
            "the role does not allow sessions of {seconds} seconds, asking for one hour: {message}"
        );
        match call.duration {
            Some(_) if call.may_tell => out.warn(&line),
            _ => out.detail(&line),
        }
        answer = ask(ALWAYS_ALLOWED).await;
    }
    answer.map_err(|error| explain::assume_role_with_saml(error, plan, saml, assertion, next))
}

/// Returns what the identity provider says about the user, in lines.
fn told(assertion: &Assertion, saml: &SamlSource, now: DateTime<Utc>) -> Vec<String> {
    let roles = match assertion.roles.len() {
        1 => "one role".to_owned(),
        n => format!("{n} roles"),
    };
    let mut lines = vec![format!(
        "Signed in at {} as {} with {roles}; response valid until {}",
        saml.url.origin(),
        assertion.session_name,
        output::until(assertion.usable_until(), now)
    )];
    // A single role is the profile's.
    if assertion.roles.len() > 1 {
        let pairs = assertion.roles.iter().take(MOST_SHOWN);
        lines.extend(
            pairs.map(|pair| format!("  {} (provider {})", pair.role, pair.provider.name())),
        );
    }
    if let Some(more @ 1..) = assertion.roles.len().checked_sub(MOST_SHOWN) {
        lines.push(format!("  and {more} more"));
    }
    lines
}
