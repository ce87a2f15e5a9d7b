//! Profiles that cannot be used, and source profiles that give no credentials.

use chrono::{DateTime, Utc};

use super::{CHECK_NETWORK, Next, command};
use crate::failure::{Failure, Kind};
use crate::names::{ProfileName, RoleArn};
use crate::profile::keys;
use crate::profile::plan::{self, Root, Source};
use crate::profile::read::Files;
use crate::sys::shell;
use crate::{aws, context, source};

/// Explains why a profile cannot be used, and how to complete it.
pub fn plan(error: plan::Error, files: &Files, profile: &ProfileName) -> Failure {
    use plan::Error as E;
    let cause = error.to_string();
    let path = files.config_path.display();
    let install = format!(
        "run `{}` in a terminal and answer its questions (your AWS admin knows the values)",
        command("install", profile)
    );
    let sso = format!(
        "to sign in with IAM Identity Center, run `{}` in a terminal and answer its questions",
        install_sso(files, profile)
    );
    match error {
        E::NoProfile { .. } => {
            let failure = Failure::refused(format!("profile {profile} not found"))
                .cause(format!("{path} has no section {}", section(profile)));
            let others = others(files);
            match others.as_slice() {
                [] => failure.hint(install),
                others => failure
                    .hint(format!(
                        "use an installed profile with `--profile`: {}",
                        others.join(", ")
                    ))
                    .hint(format!("to install this profile, {install}")),
            }
        }
        E::Incomplete {
            profile: ref source,
            ref keys,
        } if keys.iter().any(|key| key.starts_with("sso_")) => {
            Failure::refused(format!("source profile {source} is incomplete"))
                .cause(cause)
                .hint(format!("add the missing keys in {path}"))
                .hint(format!(
                    "to use another source profile, run `{}` in a terminal and answer its questions",
                    install_sso(files, profile)
                ))
        }
        // Nothing in it is ours: another tool's profile, not half of an installed one.
        E::Incomplete { ref keys, .. }
            if keys.contains(&keys::ROLE_ARN)
                && keys.contains(&keys::ROLE_SESSION_NAME)
                && profile.as_str() != context::DEFAULT_PROFILE =>
        {
            let failure = Failure::refused(format!(
                "profile {profile} was not installed by apono-login"
            ))
            .cause(cause);
            match others(files).as_slice() {
                [] => failure.hint("to install a profile, run `apono-login install` in a terminal"),
                others => failure
                    .hint(format!(
                        "use an installed profile with `--profile`: {}",
                        others.join(", ")
                    ))
                    .hint("to install another profile, run `apono-login install --profile NAME`"),
            }
        }
        E::Incomplete { .. } => Failure::refused(format!("profile {profile} is incomplete"))
            .cause(cause)
            .hint(install),
        E::NoSource { source_profile, .. } => Failure::refused(format!(
            "source profile {source_profile} not found"
        ))
        .cause(cause)
        .hint(sso)
        .hint(format!(
            "to sign in with SAML, run `{}` in a terminal and answer its questions (URL is the link that opens AWS at your identity provider)",
            command("install --saml-url URL", profile)
        ))
        .hint(format!(
            "if you have another source profile, run `{}`",
            command("install --source-profile NAME", profile)
        )),
        E::EmptySource { profile: source } => {
            Failure::refused(format!("source profile {source} has no credentials"))
                .cause(cause)
                .hint(sso)
        }
        E::NoSsoSession { ref session, .. } => {
            Failure::refused(format!("sso-session {session} not found"))
                .cause(cause)
                .hint(format!("add the section [sso-session {session}] to {path}"))
                .hint(format!(
                    "to use another source profile, run `{}` in a terminal and answer its questions",
                    install_sso(files, profile)
                ))
        }
        E::Invalid { .. } | E::Circle { .. } | E::LongChain { .. } | E::TwoSources { .. } => {
            Failure::refused(format!("invalid profile {profile}"))
                .cause(cause)
                .hint(format!("fix this in {path}"))
        }
    }
}

/// Returns the heading of a profile's section in the config file.
fn section(profile: &ProfileName) -> String {
    match profile.as_str() {
        "default" => "[default]".to_owned(),
        name => format!("[profile {name}]"),
    }
}

/// Returns the command that asks for an access portal and installs a source profile for it. The account is what `install`
/// takes by default: naming it is what makes it ask.
fn install_sso(files: &Files, profile: &ProfileName) -> String {
    let installed = files.profiles().get_profile(profile.as_str());
    let role = installed.and_then(|installed| {
        installed
            .get(keys::APONO_ROLE_ARN)
            .or_else(|| installed.get(keys::ROLE_ARN))
    });
    match role.and_then(|role| role.parse::<RoleArn>().ok()) {
        Some(role) => command(
            &format!("install --sso-account-id {}", role.account()),
            profile,
        ),
        None => command("install --sso-start-url URL", profile),
    }
}

/// Returns the installed profiles, as many as fit a hint.
fn others(files: &Files) -> Vec<String> {
    let names = files.installed().into_iter().take(5);
    names.map(|name| name.to_string()).collect()
}

const RUN_BY_HAND: &str =
    "run the `credential_process` command of the source profile by hand to see its error";

/// Explains why there are no source credentials.
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
    let cause = error.to_string().trim_end().to_owned();
    let (root, chained) = match source {
        Source::Profile { root, hops, .. } => (root.clone(), !hops.is_empty()),
        Source::Named(named) => (Root::Named(*named), false),
        // A SAML response is for the role itself: there are no source credentials to ask for.
        Source::Saml(_) => return Failure::new(Kind::Bug, cause).hint(super::REPORT_COMMAND),
    };
    let name = source.profile_name();
    let what = match chained {
        true => format!("could not get credentials from profile {name} (role chain from {root})"),
        false => format!("could not get credentials from {source}"),
    };
    let failed = |kind| Failure::new(kind, what.clone()).cause(cause.clone());
    if let source::Error::Process(process) = &error {
        let kind = match process.is_slow() {
            true => Kind::Network,
            false => Kind::Refused,
        };
        return failed(kind).hint(RUN_BY_HAND);
    }
    if let source::Error::Provider {
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
    if let source::Error::Provider {
        error: provider, ..
    } = &error
        && let Some(refusal) = aws::refused_in_chain(provider, now)
    {
        return match refusal {
            aws::Error::Expired { .. } | aws::Error::UnknownKey { .. } => {
                in_chain(&what, refusal, source, profile)
            }
            refusal => super::call(&what, refusal),
        };
    }
    if let source::Error::Provider {
        error: provider, ..
    } = &error
        && let Some(refusal) = aws::refused_web_identity(provider, now)
    {
        return match refusal {
            aws::Error::Denied { .. } | aws::Error::Rejected { .. } => failed(Kind::Refused)
                .hint("check `role_arn` and `web_identity_token_file` of the source profile, and whether the role trusts the token"),
            aws::Error::Expired { .. } => failed(Kind::SignInNeeded)
                .hint("put a new token into the source profile's `web_identity_token_file`, then run this again"),
            refusal => super::call(&what, refusal),
        };
    }
    let of_endpoint = match &error {
        source::Error::Provider {
            trouble: Some(trouble),
            ..
        } => return failed(Kind::Network).cause(trouble).hint(CHECK_NETWORK),
        source::Error::Provider { error, .. } if aws::is_no_answer(error) => Kind::Network,
        _ => Kind::Refused,
    };
    match root {
        // The errors of signing in are explained above; this one is another.
        Root::Sso(_) => failed(Kind::Refused).hint(super::ASK_AWS_ADMIN),
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
                source::Error::TokenFile(_) | source::Error::NoTokenFile(_)
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
        Some(_) => format!("run `{}`", super::login_command(profile)),
        None => format!(
            "renew the credentials that the chain of profile {} starts from, then run this again",
            source.profile_name()
        ),
    };
    Failure::new(kind, what)
        .cause(refusal.to_string())
        .hint(renew)
}
