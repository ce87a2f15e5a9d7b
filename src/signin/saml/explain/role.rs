//! What it means that AWS gives no role for a response.

use super::super::response::Assertion;
use super::ATTRIBUTES_GUIDE;
use crate::aws;
use crate::aws::denial::{Denial, Policy, Verdict};
use crate::aws::denied::{self, Request};
use crate::aws::explain::{call, policy_command, unexpected};
use crate::aws::sts;
use crate::failure::hints::ASK_AWS_ADMIN;
use crate::failure::{Failure, Kind, Owner};
use crate::profile::plan::{Plan, SamlSource};
use crate::signin::next::Next;
use crate::signin::settings::{ROLE_NAME, SAML_PROVIDER};

/// Returns whether AWS names another policy than the role's trust policy, or a statement that denies.
fn denied_elsewhere(message: &str) -> bool {
    let reason = Denial::read(message).reason;
    reason.is_some_and(|reason| {
        let is_trust = matches!(reason.policy, Policy::Trust | Policy::Resource);
        !is_trust || reason.verdict != Verdict::Implicit
    })
}

/// Explains why AWS did not give the role for the response.
pub fn assume_role_with_saml(
    error: sts::Error,
    plan: &Plan,
    saml: &SamlSource,
    assertion: Option<&Assertion>,
    next: Next<'_>,
) -> Failure {
    let (origin, provider) = (saml.url.origin(), &saml.provider);
    let what = format!("could not assume role {} with SAML", plan.role);
    let failure =
        |kind, cause: &dyn ToString| Failure::new(kind, what.clone()).cause(cause.to_string());
    match error {
        sts::Error::Call(ref error @ aws::Error::Denied { ref message })
            if denied_elsewhere(message) =>
        {
            let request = Request {
                action: "sts:AssumeRoleWithSAML",
                role: Some(&plan.role),
                identity: "your sign-in",
            };
            denied::with_reason(
                failure(Kind::Refused, error),
                &Denial::read(message),
                request,
            )
        }
        sts::Error::Call(ref error @ aws::Error::Denied { .. }) => {
            let trust = policy_command("policy trust-saml", &plan.role, None);
            let trust = trust.option("--saml-provider", provider.name());
            next.or_change_the_file(
                failure(Kind::Refused, error)
                    .for_the(Owner::AwsAdmin)
                    .hint(format!(
                        "ask your AWS admin whether {} exists and trusts {provider}",
                        plan.role
                    ))
                    .hint(format!(
                        "to print the trust policy it should have, {}",
                        trust.run()
                    )),
                ROLE_NAME,
            )
        }
        sts::Error::Call(ref error @ aws::Error::Expired { .. }) => {
            failure(Kind::SignInNeeded, error)
                .hint(
                    next.again_with(
                        "and use the response at once: AWS accepts it for five minutes",
                    ),
                )
                .hint(format!(
                    "if you did, tell your IdP admin that the clock of {origin} is wrong"
                ))
        }
        sts::Error::Call(aws::Error::Rejected {
            ref code,
            ref message,
        }) => {
            let failure = failure(Kind::Refused, &format!("{code}: {message}"));
            let text = message.to_ascii_lowercase();
            match code.as_str() {
                "InvalidIdentityToken" if assertion.is_some_and(|assertion| !assertion.is_signed) => failure
                    .for_the(Owner::IdpAdmin)
                    .cause("the response has no signature")
                    .hint("ask your IdP admin to have the responses or assertions of the AWS app signed"),
                "InvalidIdentityToken" if text.contains("provider") => failure
                    .for_the(Owner::AwsAdmin)
                    .hint(format!(
                        "ask your AWS admin to create the SAML provider {provider}"
                    ))
                    .hint(format!(
                        "if the provider has another name, {}",
                        next.correct(SAML_PROVIDER, "NAME")
                    )),
                "InvalidIdentityToken" if text.contains("signature") => failure.for_the(Owner::AwsAdmin).hint(format!(
                    "ask your AWS admin to upload the current metadata of {origin} to {provider}: its certificate is not the one that signed"
                )),
                "InvalidIdentityToken" | "IDPRejectedClaim" => failure.for_the(Owner::IdpAdmin).hint(format!(
                    "show this to your IdP admin, with AWS's guide {ATTRIBUTES_GUIDE}"
                )),
                "PackedPolicyTooLarge" => failure.for_the(Owner::IdpAdmin).hint("ask your IdP admin to send AWS fewer session tags (attributes PrincipalTag)"),
                _ => failure.for_the(Owner::AwsAdmin).hint(ASK_AWS_ADMIN),
            }
        }
        sts::Error::Call(error) => call(&what, error),
        error => unexpected(error),
    }
}
