//! The role and what it may do: AssumeRole and DescribeCluster.

use super::{call, command, login_command};
use crate::failure::{Failure, Kind, Owner};
use crate::names::{ClusterName, ProfileName, Region, RoleArn};
use crate::output::Output;
use crate::profile::plan::{Plan, Source};
use crate::profile::read::DEFAULT_ROLE;
use crate::sts::{self, Mismatch};
use crate::{aws, eks};

/// AssumeRole failed otherwise than by a denial.
pub fn assume_role(error: sts::Error, plan: &Plan) -> Failure {
    let what = format!("the role {} could not be assumed", plan.role);
    match error {
        sts::Error::Call(error @ aws::Error::Expired { .. }) => {
            Failure::new(Kind::SignInNeeded, "the source credentials have expired")
                .cause(error.to_string())
                .hint(renew_source(plan))
        }
        sts::Error::Call(error @ aws::Error::UnknownKey { .. }) => Failure::refused(what)
            .cause(format!("AWS does not accept the credentials of {}", plan.source))
            .cause(error.to_string())
            .hint(renew_source(plan)),
        sts::Error::Call(aws::Error::Rejected { code, message }) if message.contains("DurationSeconds") => {
            Failure::refused(what)
                .cause(format!("{code}: {message}"))
                .hint("ask for less: set duration_seconds = 3600 in the profile, or leave it out (a role assumed by a role gets at most an hour)")
        }
        sts::Error::Call(error @ aws::Error::Rejected { .. }) => Failure::refused(what)
            .for_the(Owner::AwsAdmin)
            .cause(error.to_string())
            .hint("show this to your AWS admin"),
        sts::Error::Call(error) => call(&what, error),
        error => not_for_us(error),
    }
}

/// AWS answered, and not what was asked.
pub(super) fn not_for_us(error: sts::Error) -> Failure {
    match error {
        sts::Error::Call(error) => error.into(),
        error @ sts::Error::WrongIdentity { .. } => Failure::refused("AWS answered for somebody else; nothing was kept")
            .cause(error.to_string())
            .hint("something between you and AWS answers in its place: check the proxy and AWS_ENDPOINT_URL"),
        error @ sts::Error::BadAnswer { .. } => Failure::refused("AWS's answer makes no sense; nothing was kept")
            .cause(error.to_string())
            .hint("if it is the time, set this computer's clock; else check the proxy and AWS_ENDPOINT_URL"),
    }
}

/// AWS does not say who somebody is.
pub fn caller(error: sts::Error) -> Failure {
    let what = "AWS was asked who you are, and did not say";
    match error {
        sts::Error::Call(error) => call(what, error),
        error => Failure::refused(what).cause(error.to_string()).hint(
            "something between you and AWS may answer in its place: check the proxy and AWS_ENDPOINT_URL",
        ),
    }
}

/// AWS does not say whom the source credentials belong to.
pub fn source_caller(error: sts::Error, plan: &Plan) -> Failure {
    match error {
        sts::Error::Call(error @ aws::Error::UnknownKey { .. }) => Failure::refused(format!(
            "AWS does not accept the credentials of {}",
            plan.source
        ))
        .cause(error.to_string())
        .hint(renew_source(plan)),
        error @ sts::Error::Call(aws::Error::Expired { .. }) => assume_role(error, plan),
        error => caller(error),
    }
}

fn renew_source(plan: &Plan) -> String {
    match (&plan.source, plan.source.sso()) {
        (_, Some(_)) => format!("run `{}`", login_command(&plan.profile)),
        (Source::Profile { name, .. }, _) => {
            format!("renew the credentials of profile {name}, then run this again")
        }
        (source, _) => format!("renew the credentials in {source}, then run this again"),
    }
}

/// AssumeRole was denied: says which clause of the guide's trust policy would fail for this source identity.
pub fn denied(error: sts::Error, plan: &Plan, caller: Option<&str>) -> Failure {
    let mut failure = Failure::refused(format!(
        "you may not assume {} as {}",
        plan.role, plan.session_name
    ))
    .cause(error.to_string());
    let Some(caller) = caller else {
        return failure
            .for_the(Owner::AwsAdmin)
            .hint("show this to your AWS admin");
    };
    // AWS's own words name the caller as a rule.
    if !failure.causes.iter().any(|cause| cause.contains(caller)) {
        failure = failure.cause(format!("you are {caller}"));
    }
    let mismatches = sts::compare(caller, &plan.role, &plan.session_name);
    for mismatch in &mismatches {
        failure = match mismatch {
            Mismatch::SessionName { source } => failure
                .cause(format!(
                    "AWS lets you in under your own email only: you are signed in as {source}, and the profile says {}",
                    plan.session_name
                ))
                .hint(format!(
                    "if {source} is you: `{}`",
                    command(&format!("install --email {source} --yes"), &plan.profile)
                ))
                .hint(format!("if not, sign in to {} as {}", plan.source, plan.session_name)),
            Mismatch::SessionNameCase { source } => failure.cause(format!(
                "you are signed in as {source}, the profile says {}: the same but for capitals",
                plan.session_name
            )),
            Mismatch::Account { source } => failure
                .cause(format!(
                    "the role lets in people of account {} only, and you are signed in to account {source}",
                    plan.role.account()
                ))
                .hint(format!(
                    "use a source profile of account {}: `{}`",
                    plan.role.account(),
                    command("install --source-profile NAME --yes", &plan.profile)
                )),
            Mismatch::NotIdentityCenter => failure
                .cause("the role lets in only who signed in through the AWS access portal (IAM Identity Center, AWSReservedSSO_*)")
                .hint(format!(
                    "sign in through IAM Identity Center (your AWS admin knows the values): `{}`",
                    command("install --sso-start-url URL --sso-role-name NAME --yes", &plan.profile)
                )),
        };
    }
    match mismatches.as_slice() {
        [] | [Mismatch::SessionNameCase { .. }] => failure
            .for_the(Owner::AwsAdmin)
            .hint(format!(
                "your sign-in is right for it: ask your AWS admin whether {} exists and whom it trusts",
                plan.role
            ))
            .hint(format!(
                "what it should trust: `apono-login policy trust-sso {}`",
                admins_flags(&plan.role, None)
            )),
        _ => failure,
    }
}

/// What `policy` needs to know of a role. The region tells it the partition, where it is not the usual one.
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

/// Logged in, but the cluster will take this for somebody else.
pub fn warn_of_case(output: &Output, caller: &str, plan: &Plan) {
    for mismatch in sts::compare(caller, &plan.role, &plan.session_name) {
        if let Mismatch::SessionNameCase { source } = mismatch {
            output.warn(&format!(
                "you are signed in as {source}, and the profile says {}: AWS lets it pass, but the cluster's RBAC \
                 compares upper and lower case, so your access may not be found",
                plan.session_name
            ));
            let mend = command(&format!("install --email {source} --yes"), &plan.profile);
            output.note(&format!(
                "hint: `{mend}`, then `{}`",
                login_command(&plan.profile)
            ));
        }
    }
}

/// DescribeCluster failed.
pub fn describe_cluster(
    error: eks::cluster::Error,
    name: &ClusterName,
    region: &Region,
    profile: &ProfileName,
) -> Failure {
    let what = format!("cluster {name} in {region} could not be looked up");
    match error {
        eks::cluster::Error::Call(error @ aws::Error::NotFound { .. }) => {
            Failure::refused(format!("there is no cluster {name} in {region}"))
                .cause(error.to_string())
                .hint("check --name and --region; the account is the role's")
        }
        eks::cluster::Error::Call(error @ aws::Error::Denied { .. }) => Failure::refused(what)
            .for_the(Owner::AwsAdmin)
            .cause(error.to_string())
            .hint("ask your AWS admin to allow eks:DescribeCluster to the role, as Apono's guide says"),
        // It was signed with the role's credentials, which are ours to renew.
        eks::cluster::Error::Call(
            error @ (aws::Error::Expired { .. } | aws::Error::UnknownKey { .. }),
        ) => Failure::refused(what)
            .cause(format!("AWS no longer accepts the role's credentials: {error}"))
            .hint(format!(
                "get new ones: `{}`, then run this again",
                command("login --force", profile)
            ))
            .hint("if that does not help, check --region: a role of the usual AWS cannot reach clusters in AWS China or GovCloud, nor the other way round"),
        eks::cluster::Error::Call(error) => call(&what, error),
        error @ eks::cluster::Error::Inactive { .. } => {
            Failure::refused(format!("cluster {name} in {region} cannot be used now"))
                .for_the(Owner::ClusterAdmin)
                .cause(error.to_string())
                .hint("if it is being made, wait until it is active; else ask your cluster admin")
        }
        error @ eks::cluster::Error::BadAnswer { .. } => Failure::refused(what)
            .cause(error.to_string())
            .hint("if the cluster is still being made, wait until it is active"),
    }
}
