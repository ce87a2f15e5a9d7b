//! The role's credentials, assumed with source credentials.

use super::interaction::Interaction;
use super::next::Next;
use super::settings::ROLE_NAME;
use super::sources::Sources;
use super::{Call, Proof, explain};
use crate::aws::{self, sts};
use crate::credentials::Credentials;
use crate::failure::Failure;
use crate::failure::command::Command;

/// Assumes the role with the credentials of a sign-in, else with those that need none.
pub async fn assume(
    sources: &Sources<'_>,
    call: Call<'_>,
    next: Next<'_>,
) -> Result<Credentials, Failure> {
    let (plan, region) = (call.plan, &sources.region);
    let (out, now) = (&sources.context.output, || sources.context.now());
    out.detail(&format!("source: {}", plan.source));
    let (role, session) = (&plan.role, &plan.session_name);
    out.detail(&format!("role: {role} as {session}, STS in {region}"));

    let source = match call.proof {
        Some(Proof::Source(source)) => source.clone(),
        _ => {
            sources
                .explained(&plan.source, Interaction::None, &call.codes_of_chain, next)
                .await?
        }
    };
    let client = sts::client(&sources.config(Some(source)).await);
    let caller = async || {
        let _step = out.step(format!("GetCallerIdentity in {region}"));
        sts::caller(&client, now()).await.ok()
    };
    let answer = {
        let _step = out.step(format!("AssumeRole in {region}"));
        sts::assume_role(&client, plan, call.duration, call.code, now).await
    };
    match answer {
        Ok(credentials) => {
            // The trust policy ignores case, the cluster does not.
            let capitals = session.as_str().contains(|c: char| c.is_ascii_uppercase());
            if call.may_tell
                && capitals
                && let Some(caller) = caller().await
            {
                aws::explain::warn_of_case(out, &caller, plan);
            }
            Ok(credentials)
        }
        // The identity helps to explain the denial. Without it the denial is explained all the same.
        Err(sts::Error::Call(error)) if let Some(hint) = explain::about_code(&error) => {
            let what = format!("could not assume {role} as {session}");
            let failure = Failure::refused(what).cause(error.to_string());
            Err(failure.hint(hint))
        }
        Err(error @ sts::Error::Call(aws::Error::Denied { .. })) => {
            let install = match next {
                Next::Login(_) => None,
                Next::Install(_) => Some(Command::typed()),
            };
            let caller = caller().await;
            let failure = aws::explain::denied_in(install, error, plan, caller.as_deref());
            Err(next.or_change_the_file(failure, ROLE_NAME))
        }
        Err(error) => {
            let of_keys = matches!(
                &error,
                sts::Error::Call(aws::Error::Expired { .. } | aws::Error::UnknownKey { .. })
            );
            let failure = aws::explain::assume_role(error, plan);
            Err(match of_keys {
                true => explain::with_place_of_keys(failure, &plan.source, sources.files),
                false => failure,
            })
        }
    }
}
