//! Profiles that cannot be used, and sources that give no credentials.

use chrono::{DateTime, Utc};

use super::{Next, command};
use crate::failure::{Failure, Kind};
use crate::names::ProfileName;
use crate::profile::plan::{self, Root, Source};
use crate::profile::read::Files;
use crate::{aws, context, source};

/// Why a profile cannot be planned, and how to make it whole.
pub fn plan(error: plan::Error, files: &Files, profile: &ProfileName) -> Failure {
    use plan::Error as E;
    let cause = error.to_string();
    let path = files.config_path.display();
    let install = format!(
        "run `{}` in a terminal: it asks for what it needs, and your admin knows the answers",
        command("install", profile)
    );
    let edit = format!("mend the profile in {path}");
    let sso = format!(
        "`{}` (your AWS admin knows the values)",
        command(
            "install --sso-start-url URL --sso-region REGION --sso-role-name NAME",
            profile
        )
    );
    match error {
        E::NoProfile { .. } => {
            let failure = Failure::refused(format!("profile {profile} is not set up"))
                .cause(format!("{path} has no section [profile {profile}]"));
            let others = others(files);
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
            profile: ref source,
            ref keys,
        } if keys.iter().any(|key| key.starts_with("sso_")) => {
            Failure::refused(format!("source profile {source} is incomplete"))
                .cause(cause)
                .hint(format!(
                    "complete it in {path}, or have another one written: {sso}"
                ))
        }
        // Not half a profile of ours, but somebody's own.
        E::Incomplete { ref keys, .. }
            if keys.contains(&"role_arn")
                && keys.contains(&"role_session_name")
                && profile.as_str() != context::DEFAULT_PROFILE =>
        {
            let others = others(files);
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
        E::NoSource { source_profile, .. } => Failure::refused(format!(
            "source profile {source_profile} does not exist"
        ))
        .cause(cause)
        .hint(format!("have one written: {sso}"))
        .hint(format!(
            "or, with SAML, sign in by the link that opens AWS at your identity provider: `{}`",
            command("install --saml-url LINK", profile)
        ))
        .hint(format!(
            "or name the one you have: `{}`",
            command("install --source-profile NAME", profile)
        )),
        E::EmptySource { profile: source } => {
            Failure::refused(format!("source profile {source} has no credentials"))
                .cause(cause)
                .hint(format!("have one written: {sso}"))
        }
        E::NoSsoSession { .. } => {
            Failure::refused("your AWS config has no sign-in of the name that a profile in it uses")
                .cause(cause)
                .hint(format!(
                    "add it to {path}, or have another one written: {sso}"
                ))
        }
        E::Invalid { .. } | E::Circle { .. } | E::TwoSources { .. } => {
            Failure::refused(format!("profile {profile} cannot be used"))
                .cause(cause)
                .hint(edit)
        }
    }
}

/// Profiles in the file that look like ours.
fn others(files: &Files) -> Vec<String> {
    let names = files.installed().into_iter().take(5);
    names.map(|name| name.to_string()).collect()
}

/// No source credentials.
pub fn source(
    error: source::Error,
    source: &Source,
    profile: &ProfileName,
    now: DateTime<Utc>,
) -> Failure {
    let error = match (error, source.sso()) {
        (source::Error::Sso(error), Some(sso)) => {
            return super::sign_in(error, sso, Next::Login(profile));
        }
        (error, _) => error,
    };
    let cause = error.to_string();
    let root = match source {
        Source::Profile { root, .. } => root.clone(),
        Source::Named(named) => Root::Named(*named),
        // It has no source credentials: nobody asks it for them.
        Source::Saml(_) => return Failure::new(Kind::Bug, cause).hint(super::REPORT_COMMAND),
    };
    let what = format!("no credentials came from {source}");
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
                in_chain(&what, refusal, source, profile)
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
        // Its own errors are explained above; what is left is of no credentials' making.
        Root::Sso(_) => failed(Kind::Refused).hint("show this to your AWS admin"),
        Root::Login => failed(Kind::SignInNeeded).hint(format!(
            "run `aws login --profile {}`, then this again",
            source.profile_name()
        )),
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

/// The credentials that a chain of roles begins with are no good.
fn in_chain(what: &str, refusal: aws::Error, source: &Source, profile: &ProfileName) -> Failure {
    let kind = match refusal {
        aws::Error::Expired { .. } => Kind::SignInNeeded,
        _ => Kind::Refused,
    };
    let renew = match source.sso() {
        Some(_) => format!("run `{}`", super::login_command(profile)),
        None => format!("renew the credentials that the chain of {source} begins with"),
    };
    Failure::new(kind, what)
        .cause(refusal.to_string())
        .hint(format!("{renew}, then run this again"))
}
