//! What missing source credentials mean to the user, and what to run next.

use chrono::{DateTime, Utc};

use super::{Error, sso};
use crate::aws;
use crate::aws::explain::call;
use crate::failure::hints::{ASK_AWS_ADMIN, CHECK_NETWORK, REPORT_COMMAND, command, login_command};
use crate::failure::{Failure, Kind};
use crate::names::ProfileName;
use crate::profile::plan::{self, Root, Source};
use crate::sys::shell;

/// What to run once the problem is fixed.
#[derive(Debug, Clone, Copy)]
pub enum Next<'a> {
    /// Log in to the profile, which is installed.
    Login(&'a ProfileName),
    /// Run the same `install` again: the profile is not written yet.
    Install,
}

impl Next<'_> {
    pub fn again(self) -> String {
        match self {
            Next::Login(profile) => format!("run `{}`", login_command(profile)),
            Next::Install => "run the same command again; nothing was written".to_owned(),
        }
    }

    /// Returns the same with more to do, such as "and allow access".
    pub fn again_with(self, more: &str) -> String {
        match self {
            Next::Login(profile) => format!("run `{}` {more}", login_command(profile)),
            Next::Install => format!("run the same command again {more}; nothing was written"),
        }
    }

    pub fn with_device_code(self) -> String {
        match self {
            Next::Login(profile) => format!("run `{}`", command("login --device-code", profile)),
            Next::Install => "run the same command with `--device-code`".to_owned(),
        }
    }
}

const RUN_BY_HAND: &str =
    "run the `credential_process` command of the source profile by hand to see its error";

/// Explains why there are no source credentials.
pub fn source(error: Error, source: &Source, profile: &ProfileName, now: DateTime<Utc>) -> Failure {
    let error = match (error, source.sso()) {
        (Error::Sso(error), Some(sso)) => {
            return sso::explain::sign_in(error, sso, Next::Login(profile));
        }
        (error, _) => error,
    };
    let cause = error.to_string().trim_end().to_owned();
    let (root, chained) = match source {
        Source::Profile { root, hops, .. } => (root.clone(), !hops.is_empty()),
        Source::Named(named) => (Root::Named(*named), false),
        // A SAML response is for the role itself: there are no source credentials to ask for.
        Source::Saml(_) => return Failure::new(Kind::Bug, cause).hint(REPORT_COMMAND),
    };
    let name = source.profile_name();
    let what = match chained {
        true => format!("could not get credentials from profile {name} (role chain from {root})"),
        false => format!("could not get credentials from {source}"),
    };
    let failed = |kind| Failure::new(kind, what.clone()).cause(cause.clone());
    if let Error::Process(process) = &error {
        let kind = match process.is_slow() {
            true => Kind::Network,
            false => Kind::Refused,
        };
        return failed(kind).hint(RUN_BY_HAND);
    }
    if let Error::Provider {
        error: provider, ..
    } = &error
        && let Some(why) = aws::network_fault(provider)
    {
        let failure = match why == cause {
            true => failed(Kind::Network),
            false => failed(Kind::Network).cause(why),
        };
        return failure.hint(CHECK_NETWORK);
    }
    if let Error::Provider {
        error: provider, ..
    } = &error
        && let Some(refusal) = aws::refused_in_chain(provider, now)
    {
        return match refusal {
            aws::Error::Expired { .. } | aws::Error::UnknownKey { .. } => {
                in_chain(&what, refusal, source, profile)
            }
            refusal => call(&what, refusal),
        };
    }
    if let Error::Provider {
        error: provider, ..
    } = &error
        && let Some(refusal) = aws::refused_web_identity(provider, now)
    {
        return match refusal {
            aws::Error::Denied { .. } | aws::Error::Rejected { .. } => failed(Kind::Refused)
                .hint("check `role_arn` and `web_identity_token_file` of the source profile, and whether the role trusts the token"),
            aws::Error::Expired { .. } => failed(Kind::SignInNeeded)
                .hint("put a new token into the source profile's `web_identity_token_file`, then run this again"),
            refusal => call(&what, refusal),
        };
    }
    let of_endpoint = match &error {
        Error::Provider {
            trouble: Some(trouble),
            ..
        } => return failed(Kind::Network).cause(trouble).hint(CHECK_NETWORK),
        Error::Provider { error, .. } if aws::is_no_answer(error) => Kind::Network,
        _ => Kind::Refused,
    };
    match root {
        // The errors of signing in are explained above; this one is another.
        Root::Sso(_) => failed(Kind::Refused).hint(ASK_AWS_ADMIN),
        Root::Login if chained => failed(Kind::SignInNeeded).hint(format!(
            "run `aws login` for the profile that the chain of profile {name} starts from, then run this again"
        )),
        Root::Login => failed(Kind::SignInNeeded)
            .hint(format!(
                "run `aws login --profile {}`, then run this again",
                shell::quoted(name)
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
        Root::Named(plan::Named::EcsContainer) => failed(of_endpoint)
            .hint("check that AWS runs this container and sets `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`")
            .hint("if another service provides the credentials, check `AWS_CONTAINER_CREDENTIALS_FULL_URI` and `AWS_CONTAINER_AUTHORIZATION_TOKEN`"),
        Root::Named(plan::Named::Ec2InstanceMetadata) => failed(of_endpoint)
            .hint("run this on an EC2 instance that has a role: `credential_source = Ec2InstanceMetadata` works only there"),
    }
}

/// Explains that AWS rejected the credentials that a chain of roles starts from.
fn in_chain(what: &str, refusal: aws::Error, source: &Source, profile: &ProfileName) -> Failure {
    let kind = match refusal {
        aws::Error::Expired { .. } => Kind::SignInNeeded,
        _ => Kind::Refused,
    };
    let renew = match source.sso() {
        Some(_) => format!("run `{}`", login_command(profile)),
        None => format!(
            "renew the credentials that the chain of profile {} starts from, then run this again",
            source.profile_name()
        ),
    };
    Failure::new(kind, what)
        .cause(refusal.to_string())
        .hint(renew)
}
