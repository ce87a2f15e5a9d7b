//! Profiles that cannot be used, and sources that give no credentials.

use chrono::{DateTime, Utc};

use super::command;
use crate::failure::{Failure, Kind};
use crate::names::{ProfileName, RoleArn};
use crate::profile::plan::{self, Plan, Root, Source, SsoSource};
use crate::profile::read::Files;
use crate::{aws, context, source};

/// Why a profile cannot be planned, and how to make it whole.
pub fn plan(error: plan::Error, files: &Files, profile: &ProfileName) -> Failure {
    use plan::Error as E;
    let cause = error.to_string();
    let path = files.config_path.display();
    let install = format!(
        "run `{}`",
        command(
            "install --account-id ID --email YOU --region REGION",
            profile
        )
    );
    let edit = format!("mend the profile in {path}");
    match error {
        E::NoProfile { .. } => {
            let failure = Failure::refused(format!("profile {profile} is not set up"))
                .cause(format!("{path} has no section [profile {profile}]"));
            let others = other_installed(files);
            match others.is_empty() {
                true => failure.hint(install),
                false => failure
                    .hint(format!(
                        "use one that is: --profile {}",
                        others.join(" or --profile ")
                    ))
                    .hint(format!("or {install}")),
            }
        }
        E::Incomplete {
            ref profile,
            ref keys,
        } if keys.iter().any(|key| key.starts_with("sso_")) => {
            Failure::refused(format!("source profile {profile} is incomplete"))
                .cause(cause)
                .hint(format!("run `aws configure sso --profile {profile}`"))
        }
        // Not half a profile of ours, but somebody's own.
        E::Incomplete { ref keys, .. }
            if keys.contains(&"role_arn")
                && keys.contains(&"role_session_name")
                && profile.as_str() != context::DEFAULT_PROFILE =>
        {
            let others = other_installed(files);
            let name = others
                .first()
                .map_or(context::DEFAULT_PROFILE, String::as_str);
            Failure::refused(format!("profile {profile} is not one that apono-login installed"))
                .cause(cause)
                .hint(format!(
                    "name the one that is (--profile {name}), or install one beside it: `apono-login install --profile NAME`"
                ))
        }
        E::Incomplete { .. } => Failure::refused(format!("profile {profile} is incomplete"))
            .cause(cause)
            .hint(install),
        E::NoSource { source_profile, .. } => {
            Failure::refused(format!("source profile {source_profile} does not exist"))
                .cause(cause)
                .hint(format!(
                    "set it up: `aws configure sso --profile {source_profile}`"
                ))
                .hint(format!(
                    "or name the one you have: `{}`",
                    command("install --source-profile NAME", profile)
                ))
        }
        E::EmptySource { profile: source } => {
            Failure::refused(format!("source profile {source} has no credentials"))
                .cause(cause)
                .hint(format!("set it up: `aws configure sso --profile {source}`"))
        }
        E::NoSsoSession { .. } => {
            Failure::refused("the SSO session of the source profile is not set up")
                .cause(cause)
                .hint("run `aws configure sso-session`")
        }
        E::Invalid { .. } | E::Circle { .. } | E::TwoSources { .. } => {
            Failure::refused(format!("profile {profile} cannot be used"))
                .cause(cause)
                .hint(edit)
        }
    }
}

/// Profiles in the file that look like ours.
fn other_installed(files: &Files) -> Vec<String> {
    let ours = |name: &&str| {
        let Some(profile) = files.profiles().get_profile(name) else {
            return false;
        };
        let key = |key: &str| {
            profile
                .get(&format!("apono_{key}"))
                .or_else(|| profile.get(key))
        };
        let role: Option<RoleArn> = key("role_arn").and_then(|arn| arn.parse().ok());
        role.is_some_and(|role| role.name() == "apono-k8s-access")
            && key("role_session_name").is_some()
    };
    let mut names: Vec<String> = files
        .profiles()
        .profiles()
        .filter(ours)
        .map(str::to_owned)
        .collect();
    names.sort();
    names.truncate(5);
    names
}

/// The SSO session that the source needs is over, or never was.
pub fn sso_sign_in(sso: &SsoSource, ended: Option<DateTime<Utc>>) -> Failure {
    let cause = match ended {
        Some(ended) => format!(
            "the SSO session of {} ended at {}",
            sso.start_url,
            ended.format("%Y-%m-%d %H:%M UTC")
        ),
        None => format!("there is no SSO session for {}", sso.start_url),
    };
    Failure::new(Kind::SignInNeeded, "you have to sign in")
        .cause(cause)
        .hint(format!(
            "run `aws sso login --profile {}`, then this again",
            sso.profile
        ))
}

/// No source credentials.
pub fn source(error: source::Error, plan: &Plan, now: DateTime<Utc>) -> Failure {
    let cause = error.to_string();
    let root = match &plan.source {
        Source::Profile { root, .. } => root.clone(),
        Source::Named(named) => Root::Named(*named),
    };
    let what = format!("no credentials came from {}", plan.source);
    let failed = |kind| Failure::new(kind, what.clone()).cause(cause.clone());
    if let source::Error::Provider(provider) = &error
        && let Some(kind) = aws::network_fault(provider)
    {
        let failure = match kind == cause {
            true => failed(Kind::Network),
            false => failed(Kind::Network).cause(kind),
        };
        return failure
            .hint("check your network, VPN and proxy (HTTPS_PROXY, NO_PROXY, AWS_CA_BUNDLE), then run it again");
    }
    if let source::Error::Provider(provider) = &error
        && let Some(refusal) = aws::refused_in_chain(provider, now)
    {
        return match refusal {
            aws::Error::Expired { .. } | aws::Error::UnknownKey { .. } => {
                in_chain(&what, refusal, plan)
            }
            refusal => super::call(&what, refusal),
        };
    }
    if let source::Error::Provider(provider) = &error
        && let Some(refusal) = aws::refused_web_identity(provider, now)
    {
        return match refusal {
            aws::Error::Denied { .. } | aws::Error::Rejected { .. } => failed(Kind::Refused)
                .hint("check role_arn of the source profile, the token in its web_identity_token_file, and whether the role trusts it"),
            aws::Error::Expired { .. } => failed(Kind::SignInNeeded)
                .hint("get a new token into the source profile's web_identity_token_file, then run this again"),
            refusal => super::call(&what, refusal),
        };
    }
    match root {
        Root::Sso(sso) => portal(&error, &sso, failed),
        Root::Process => failed(Kind::Refused)
            .hint("run the profile's credential_process by hand to see what it says"),
        Root::WebIdentity { token_file } => failed(Kind::Refused).hint(format!(
            "check web_identity_token_file and role_arn of the source profile: is {token_file} there, and may you read it?"
        )),
        Root::StaticKeys => failed(Kind::Refused)
            .hint("check aws_access_key_id and aws_secret_access_key of the source profile"),
        Root::Named(plan::Named::Environment) => Failure::refused(what)
            .cause("AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY is not set")
            .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a source_profile"),
        Root::Named(plan::Named::EcsContainer) => failed(Kind::Refused)
            .hint("credential_source = EcsContainer works in a container of AWS, which sets AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, or AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN: check those"),
        Root::Named(plan::Named::Ec2InstanceMetadata) => failed(Kind::Refused)
            .hint("credential_source = Ec2InstanceMetadata works only on an EC2 machine that has a role"),
    }
}

/// The IAM Identity Center portal gave no credentials for a sign-in that is not over by its file.
fn portal(error: &source::Error, sso: &SsoSource, failed: impl Fn(Kind) -> Failure) -> Failure {
    let source::Error::Provider(provider) = error else {
        return failed(Kind::Network).hint("run it again in a minute");
    };
    let Some((code, _)) = aws::refused_by_portal(provider) else {
        return failed(Kind::Network).hint(
            "check your network, the proxy and the VPN's sign-in page: something may answer in AWS's place",
        );
    };
    match code.as_str() {
        "UnauthorizedException" => failed(Kind::SignInNeeded).hint(format!(
            "run `aws sso login --profile {}`, then this again",
            sso.profile
        )),
        "ForbiddenException" | "ResourceNotFoundException" | "InvalidRequestException" => {
            failed(Kind::Refused).hint(format!(
                "check sso_account_id and sso_role_name of profile {}: is that permission set assigned to you?",
                sso.profile
            ))
        }
        _ => failed(Kind::Network)
            .hint("this is on AWS's side and passes: run it again in a minute"),
    }
}

/// The credentials that a chain of roles begins with are no good.
fn in_chain(what: &str, refusal: aws::Error, plan: &Plan) -> Failure {
    let kind = match refusal {
        aws::Error::Expired { .. } => Kind::SignInNeeded,
        _ => Kind::Refused,
    };
    let renew = match plan.sso() {
        Some(sso) => format!("run `aws sso login --profile {}`", sso.profile),
        None => format!(
            "renew the credentials that the chain of {} begins with",
            plan.source
        ),
    };
    Failure::new(kind, what)
        .cause(refusal.to_string())
        .hint(format!("{renew}, then run this again"))
}
