//! What the errors of AWS mean to the user: failed calls, and roles that cannot be assumed.

use super::sts::{self, Mismatch};
use crate::aws;
use crate::failure::hints::{
    ASK_AWS_ADMIN, CHECK_NETWORK, CHECK_PROXY, SET_CLOCK, command, login_command,
};
use crate::failure::{Failure, Kind, Owner};
use crate::names::{Region, RoleArn};
use crate::output::Output;
use crate::profile::plan::{Plan, Root, Source};
use crate::profile::read::DEFAULT_ROLE;
use crate::sys::shell;

/// Explains a failed call where it is not known what was called.
impl From<aws::Error> for Failure {
    fn from(error: aws::Error) -> Self {
        call("could not complete a request to AWS", error)
    }
}

/// Explains a failed call to AWS. `what` is the `error:` line.
pub fn call(what: &str, error: aws::Error) -> Failure {
    use aws::Error as E;
    let cause = error.to_string();
    let failure = |kind| Failure::new(kind, what).cause(cause.clone());
    match &error {
        E::Network { .. } => failure(Kind::Network).hint(CHECK_NETWORK),
        E::Throttled { .. } | E::Unavailable { .. } => failure(Kind::Network)
            .for_the(Owner::Aws)
            .hint("run this again in a minute: the problem is on AWS's side and temporary"),
        E::ClockSkew { .. } => failure(Kind::Refused).hint(SET_CLOCK),
        E::Expired { .. } => failure(Kind::SignInNeeded)
            .hint("renew the credentials of the source profile, then run this again"),
        E::UnknownKey { .. } => failure(Kind::Refused)
            .hint("replace the access keys of the source profile: they are wrong or were deleted"),
        E::Unreadable { .. } => failure(Kind::Network).hint(CHECK_PROXY),
        E::Denied { .. } => failure(Kind::Refused)
            .for_the(Owner::AwsAdmin)
            .hint("ask your AWS admin for the permission named in the cause"),
        E::NotFound { .. } | E::Rejected { .. } => failure(Kind::Refused)
            .for_the(Owner::AwsAdmin)
            .hint(ASK_AWS_ADMIN),
    }
}

/// Explains why AssumeRole failed, for all reasons but a denial.
pub fn assume_role(error: sts::Error, plan: &Plan) -> Failure {
    let what = format!("could not assume role {}", plan.role);
    match error {
        sts::Error::Call(error @ aws::Error::Expired { .. }) => {
            Failure::new(Kind::SignInNeeded, "the source credentials have expired")
                .cause(error.to_string())
                .hint(renew_source(plan))
        }
        sts::Error::Call(error @ aws::Error::UnknownKey { .. }) => Failure::refused(what)
            .cause(format!("AWS rejected the credentials of {}", plan.source))
            .cause(error.to_string())
            .hint(renew_source(plan)),
        sts::Error::Call(aws::Error::Rejected { code, message })
            if message.contains("DurationSeconds") =>
        {
            let failure = Failure::refused(what).cause(format!("{code}: {message}"));
            let failure = match plan.duration {
                Some(_) => failure.hint(format!(
                    "set `duration_seconds = 3600` in profile {}, or remove it",
                    plan.profile
                )),
                None => failure,
            };
            failure.hint("if you used `--duration`, ask for 3600 or less: a role assumed by a role gets at most one hour")
        }
        sts::Error::Call(error @ aws::Error::Rejected { .. }) => Failure::refused(what)
            .for_the(Owner::AwsAdmin)
            .cause(error.to_string())
            .hint(ASK_AWS_ADMIN),
        sts::Error::Call(error) => call(&what, error),
        error => unexpected(error),
    }
}

/// Explains a response of STS that is not for what was asked.
pub fn unexpected(error: sts::Error) -> Failure {
    match error {
        sts::Error::Call(error) => error.into(),
        error @ sts::Error::WrongIdentity { .. } => {
            Failure::refused("AWS returned credentials of another identity; they were not used")
                .cause(error.to_string())
                .hint(CHECK_PROXY)
        }
        sts::Error::BadAnswer { field, problem } => {
            let failure = Failure::refused("unexpected response from AWS; it was not used")
                .cause(format!("{field}: {problem}"))
                .hint(CHECK_PROXY);
            match field {
                sts::EXPIRATION => failure.hint(
                    "if this computer's clock is wrong, set it (turn on automatic time), then run this again",
                ),
                _ => failure,
            }
        }
    }
}

/// Explains why GetCallerIdentity failed.
pub fn caller(error: sts::Error) -> Failure {
    let what = "could not get your identity from AWS";
    match error {
        sts::Error::Call(error) => call(what, error),
        error => Failure::refused(what)
            .cause(error.to_string())
            .hint(CHECK_PROXY),
    }
}

/// Explains why GetCallerIdentity failed for the source credentials.
pub fn source_caller(error: sts::Error, plan: &Plan) -> Failure {
    match error {
        sts::Error::Call(error @ aws::Error::UnknownKey { .. }) => {
            Failure::refused(format!("AWS rejected the credentials of {}", plan.source))
                .cause(error.to_string())
                .hint(renew_source(plan))
        }
        error @ sts::Error::Call(aws::Error::Expired { .. }) => assume_role(error, plan),
        error => caller(error),
    }
}

fn renew_source(plan: &Plan) -> String {
    match (&plan.source, plan.source.sso()) {
        (_, Some(_)) => format!("run `{}`", login_command(&plan.profile)),
        (
            Source::Profile {
                name,
                root: Root::Login,
                hops,
            },
            _,
        ) if hops.is_empty() => {
            format!(
                "run `aws login --profile {}`, then run this again",
                shell::quoted(name)
            )
        }
        (Source::Profile { name, .. }, _) => {
            format!("renew the credentials of profile {name}, then run this again")
        }
        (source, _) => format!("renew the credentials of the {source}, then run this again"),
    }
}

/// Explains a denied AssumeRole: which condition of the setup guide's trust policy this source identity does not meet.
pub fn denied(error: sts::Error, plan: &Plan, caller: Option<&str>) -> Failure {
    let mut failure = Failure::refused(format!(
        "could not assume {} as {}",
        plan.role, plan.session_name
    ))
    .cause(error.to_string());
    let Some(caller) = caller else {
        return failure.for_the(Owner::AwsAdmin).hint(ASK_AWS_ADMIN);
    };
    // As a rule AWS's message names the caller.
    if !failure.causes.iter().any(|cause| cause.contains(caller)) {
        failure = failure.cause(format!("you are signed in as {caller}"));
    }
    let account = plan.role.account();
    // The account is what `install` takes by default: naming it is what makes it ask for an access portal.
    let install_sso = command(
        &format!("install --sso-account-id {account}"),
        &plan.profile,
    );
    let install_sso = format!("run `{install_sso}` in a terminal and answer its questions");
    let mismatches = sts::compare(caller, &plan.role, &plan.session_name);
    for mismatch in &mismatches {
        failure = match mismatch {
            Mismatch::SessionName { source } => failure
                .cause(format!(
                    "the session name must be your own email: you are signed in as {source}, but the profile has {}",
                    plan.session_name
                ))
                .hint(format!(
                    "if {source} is you, run `{}`",
                    command(&format!("install --email {source} --yes"), &plan.profile)
                ))
                .hint(match plan.source.sso() {
                    Some(_) => format!(
                        "if you are {0}, run `{1}`, then `{2}`, and sign in as {0}",
                        plan.session_name,
                        command("logout --sso", &plan.profile),
                        login_command(&plan.profile)
                    ),
                    None => format!(
                        "if you are {}, use your own credentials: run `{}`",
                        plan.session_name,
                        command("install --source-profile NAME --yes", &plan.profile)
                    ),
                }),
            Mismatch::SessionNameCase { source } => failure.cause(format!(
                "you are signed in as {source}, but the profile has {}: they differ in case only",
                plan.session_name
            )),
            Mismatch::Account { source } => failure
                .cause(format!(
                    "the role trusts account {account} only, but you are signed in to account {source}"
                ))
                .hint(format!("to sign in to account {account}, {install_sso}"))
                .hint(format!(
                    "if you have a source profile for account {account}, run `{}`",
                    command("install --source-profile NAME", &plan.profile)
                )),
            Mismatch::NotIdentityCenter => {
                let hint = format!("to sign in with IAM Identity Center, {install_sso}");
                let told = mismatches.iter().any(|m| matches!(m, Mismatch::Account { .. }));
                let failure = failure.cause(
                    "the role trusts sign-ins through IAM Identity Center only (roles named AWSReservedSSO_…)",
                );
                match told {
                    true => failure,
                    false => failure.hint(hint),
                }
            }
        };
    }
    match mismatches.as_slice() {
        [] | [Mismatch::SessionNameCase { .. }] => failure
            .for_the(Owner::AwsAdmin)
            .hint(format!(
                "ask your AWS admin whether {} exists and trusts your identity",
                plan.role
            ))
            .hint(format!(
                "to print the trust policy it should have, run `apono-login policy trust-sso {}`",
                admins_flags(&plan.role, None)
            )),
        _ => failure,
    }
}

/// Returns the flags that tell `policy` about a role. The region is named where it decides the partition.
pub fn admins_flags(role: &RoleArn, region: Option<&Region>) -> String {
    let mut flags = format!("--account-id {}", role.account());
    if role.path_and_name() != DEFAULT_ROLE {
        flags += &format!(" --role-name {}", role.path_and_name());
    }
    let home = aws::home_region(role.partition());
    let home = home.filter(|_| role.partition().as_str() != "aws");
    if let Some(region) = region.or(home.as_ref()) {
        flags += &format!(" --region {region}");
    }
    flags
}

/// Warns where the session name differs from the source identity in case only: AWS accepts that, the cluster does not.
pub fn warn_of_case(output: &Output, caller: &str, plan: &Plan) {
    for mismatch in sts::compare(caller, &plan.role, &plan.session_name) {
        if let Mismatch::SessionNameCase { source } = mismatch {
            output.warn(&format!(
                "you are signed in as {source}, but the profile has {}: AWS ignores case, the cluster does not, so it \
                 may not find your access",
                plan.session_name
            ));
            let install = command(&format!("install --email {source} --yes"), &plan.profile);
            output.note(&format!(
                "hint: run `{install}`, then `{}`",
                login_command(&plan.profile)
            ));
        }
    }
}
