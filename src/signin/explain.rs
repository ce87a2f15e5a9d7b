//! What missing source credentials mean to the user, and what to run next.

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use chrono::{DateTime, Utc};

use super::error::Error;
use super::next::Next;
use super::sso;
use crate::aws;
use crate::aws::explain::call;
use crate::failure::hints::{ASK_AWS_ADMIN, CHECK_NETWORK, REPORT_COMMAND};
use crate::failure::{Failure, Kind};
use crate::profile::plan::{self, Root, Source};
use crate::profile::read::Files;
use crate::profile::{keys, written};
use crate::sys::{file, shell};

const RUN_BY_HAND: &str =
    "run the `credential_process` command of the source profile by hand to see its error";

/// Explains why there are no source credentials.
pub fn source(
    error: Error,
    source: &Source,
    files: &Files,
    next: Next<'_>,
    now: DateTime<Utc>,
) -> Failure {
    let error = match (error, source.sso()) {
        (Error::Sso(error), Some(sso)) => return sso::explain::sign_in(error, sso, next),
        (error, _) => error,
    };
    let cause = error.to_string().trim_end().to_owned();
    let Some(root) = source.root() else {
        return Failure::new(Kind::Bug, cause).hint(REPORT_COMMAND);
    };
    let (name, chained) = (source.profile_name(), !source.hops().is_empty());
    let what = match chained {
        true => format!("could not get credentials from profile {name} (role chain from {root})"),
        false => format!("could not get credentials from {source}"),
    };
    let failed = |kind| Failure::new(kind, what.clone()).cause(cause.clone());
    let mut of_endpoint = Kind::Refused;
    match &error {
        Error::Process(process) => {
            let kind = match process.is_slow() {
                true => Kind::Network,
                false => Kind::Refused,
            };
            return Failure::new(kind, what)
                .cause_of_program(cause, process.plain())
                .hint(RUN_BY_HAND);
        }
        Error::Provider {
            error: provider,
            trouble,
        } => {
            if let Some(why) = aws::network_fault(provider) {
                let failure = match why == cause {
                    true => failed(Kind::Network),
                    false => failed(Kind::Network).cause(why),
                };
                return failure.hint(CHECK_NETWORK);
            }
            if let Some(refusal) = aws::refused::<AssumeRoleError>(provider, now) {
                return match refusal {
                    aws::Error::Expired { .. } | aws::Error::UnknownKey { .. } => {
                        with_place_of_keys(in_chain(&what, refusal, source, next), source, files)
                    }
                    refusal => match about_code(&refusal) {
                        Some(hint) => Failure::refused(what).cause(refusal.to_string()).hint(hint),
                        None => call(&what, refusal),
                    },
                };
            }
            if let Some(refusal) = aws::refused::<AssumeRoleWithWebIdentityError>(provider, now) {
                return match refusal {
                    aws::Error::Denied { .. } | aws::Error::Rejected { .. } => failed(Kind::Refused)
                        .hint("check `role_arn` and `web_identity_token_file` of the source profile, and whether the role trusts the token"),
                    aws::Error::Expired { .. } => failed(Kind::SignInNeeded)
                        .hint("put a new token into the source profile's `web_identity_token_file`, then run this again"),
                    refusal => call(&what, refusal),
                };
            }
            if let Some(trouble) = trouble {
                return failed(Kind::Network).cause(trouble).hint(CHECK_NETWORK);
            }
            if aws::is_no_answer(provider) {
                of_endpoint = Kind::Network;
            }
        }
        // Another sign-in would write the same key.
        Error::LoginKey(fault) => {
            let of_file = Failure::from(fault);
            let hints = match fault {
                file::Error::LinkToReadOnly { .. } => {
                    vec![
                        "replace the link with a file that you can write, then run this again"
                            .to_owned(),
                    ]
                }
                _ => of_file.hints,
            };
            return hints.into_iter().fold(failed(of_file.kind), Failure::hint);
        }
        Error::Sso(_) | Error::TokenFile(_) | Error::NoTokenFile(_) => {}
    }
    // A program of the user may serve the endpoint, and say anything.
    let refused = |kind| match &error {
        Error::Provider {
            error: CredentialsError::ProviderError(_),
            ..
        } => Failure::new(kind, what.clone())
            .cause_of_program(cause.clone(), "the endpoint returned no credentials"),
        _ => failed(kind),
    };
    match root {
        // The errors of signing in are explained above; this one is another.
        Root::Sso(_) => failed(Kind::Refused).hint(ASK_AWS_ADMIN),
        Root::Login => failed(Kind::SignInNeeded)
            .hint(format!(
                "run `aws login --profile {}`, then run this again",
                shell::quoted(source.origin().unwrap_or(name))
            )),
        // Its errors are explained above.
        Root::Process { .. } => failed(Kind::Refused).hint(RUN_BY_HAND),
        Root::WebIdentity { token_file } => failed(Kind::Refused)
            .hint(format!("check that you can read {token_file} (`web_identity_token_file`)"))
            .hint("check `role_arn` of the source profile"),
        Root::StaticKeys => failed(Kind::Refused)
            .hint("check `aws_access_key_id` and `aws_secret_access_key` of the source profile"),
        Root::Named(plan::Named::Environment) => Failure::refused(what)
            .cause("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set")
            .hint("set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`")
            .hint("if you have a source profile, set `source_profile` in the profile instead of `credential_source`"),
        Root::Named(plan::Named::EcsContainer)
            if matches!(
                error,
                Error::TokenFile(_) | Error::NoTokenFile(_)
            ) =>
        {
            failed(Kind::Refused).hint(
                "check that you can read the file that `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` names",
            )
        }
        Root::Named(plan::Named::EcsContainer) => refused(of_endpoint)
            .hint("check that AWS runs this container and sets `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`")
            .hint("if another service provides the credentials, check `AWS_CONTAINER_CREDENTIALS_FULL_URI` and `AWS_CONTAINER_AUTHORIZATION_TOKEN`"),
        Root::Named(plan::Named::Ec2InstanceMetadata) => refused(of_endpoint)
            .hint("run this on an EC2 instance that has a role: `credential_source = Ec2InstanceMetadata` works only there"),
    }
}

/// Adds where the access keys are that AWS rejected, and what the profile lacks to sign in with SSO instead, if it has some keys
/// for that.
pub fn with_place_of_keys(failure: Failure, source: &Source, files: &Files) -> Failure {
    let (Some(Root::StaticKeys), Some(origin)) = (source.root(), source.origin()) else {
        return failure;
    };
    let Some(keys) = written::key(files, origin, keys::AWS_ACCESS_KEY_ID) else {
        return failure;
    };
    let failure = failure.cause(format!(
        "{}: the access keys of profile {origin} were used",
        keys.place
    ));
    let place = keys.place;
    let profile = files.profiles().get_profile(origin);
    let missing = profile.map(plan::missing_for_sso).unwrap_or_default();
    if missing.is_empty() {
        return failure;
    }
    let missing = plan::listed(&missing);
    failure
        .cause(format!(
            "profile {origin} has keys for SSO, too, but lacks {missing}, so SSO is not used"
        ))
        .hint(format!(
            "to sign in with SSO, add {missing} to profile {origin} and remove its access keys at {place}"
        ))
}

/// Returns what to do where AWS rejected the code of an MFA device, or the device.
pub fn about_code(error: &aws::Error) -> Option<&'static str> {
    match error {
        aws::Error::Denied { message }
            if message.starts_with("MultiFactorAuthentication failed") =>
        {
            Some(match message.contains("invalid MFA") {
                true => {
                    "run this again and enter the code that your device shows: each is valid once"
                }
                false => {
                    "check `mfa_serial`: it must be the ARN of a device of the IAM user that the chain starts from"
                }
            })
        }
        _ => None,
    }
}

/// Explains that AWS rejected the credentials that a chain of roles starts from.
fn in_chain(what: &str, refusal: aws::Error, source: &Source, next: Next<'_>) -> Failure {
    let kind = match refusal {
        aws::Error::Expired { .. } => Kind::SignInNeeded,
        _ => Kind::Refused,
    };
    let renew = match source.sso() {
        Some(_) => next.again(),
        None => format!(
            "renew the credentials of profile {}, which the chain of profile {} starts from, then run this again",
            source.origin().unwrap_or_default(),
            source.profile_name()
        ),
    };
    Failure::new(kind, what)
        .cause(refusal.to_string())
        .hint(renew)
}
