//! What the errors of EKS mean to the user.

use super::{cluster, token};
use crate::aws;
use crate::aws::explain::{admins_flags, call};
use crate::failure::hints::{CHECK_PROXY, REPORT_COMMAND, command};
use crate::failure::{Failure, Owner};
use crate::names::{ClusterName, ProfileName, Region, RoleArn};

impl From<token::Error> for Failure {
    fn from(error: token::Error) -> Self {
        let failure =
            Failure::refused("could not create a token for the cluster").cause(error.to_string());
        match error {
            token::Error::TooLong { .. } => failure.for_the(Owner::AwsAdmin).hint(
                "ask your AWS admin to remove session tags and session policies from the role: they make the session token too long",
            ),
            token::Error::Signing => failure.hint(REPORT_COMMAND),
        }
    }
}

/// Explains why DescribeCluster failed.
pub fn describe_cluster(
    error: cluster::Error,
    name: &ClusterName,
    region: &Region,
    profile: &ProfileName,
) -> Failure {
    let what = format!("could not describe cluster {name} in {region}");
    match error {
        cluster::Error::Call(error @ aws::Error::NotFound { .. }) => {
            Failure::refused(format!("cluster {name} not found in {region}"))
                .cause(error.to_string())
                .hint("check the cluster's name and region: only the role's account is searched")
        }
        cluster::Error::Call(error @ aws::Error::Denied { .. }) => {
            let cause = error.to_string();
            let flags = match denied_role(&cause) {
                Some(role) => admins_flags(&role, None),
                None => "--account-id ACCOUNT".to_owned(),
            };
            Failure::refused(what)
                .for_the(Owner::AwsAdmin)
                .cause(cause)
                .hint("ask your AWS admin to allow the role eks:DescribeCluster")
                .hint(format!(
                    "to print the permissions it should have, run `apono-login policy permissions {flags}`"
                ))
        }
        // The request was signed with the role's credentials, which apono-login can renew.
        cluster::Error::Call(
            error @ (aws::Error::Expired { .. } | aws::Error::UnknownKey { .. }),
        ) => Failure::refused(what)
            .cause(format!("AWS rejected the role's credentials: {error}"))
            .hint(format!(
                "run `{}`, then run this again",
                command("login --force", profile)
            ))
            .hint("if that does not help, check the region: a role cannot reach clusters of another partition (aws, aws-cn, aws-us-gov)"),
        cluster::Error::Call(error) => call(&what, error),
        error @ cluster::Error::Inactive { .. } => {
            Failure::refused(format!("cluster {name} in {region} is not active"))
                .for_the(Owner::ClusterAdmin)
                .cause(error.to_string())
                .hint("if the cluster is being created, wait until it is active")
                .hint("if not, ask your cluster admin")
        }
        cluster::Error::BadAnswer { field, problem } => {
            let failure = Failure::refused(what).cause(format!("{field}: {problem}"));
            match problem.starts_with(cluster::MISSING) {
                true => failure
                    .hint("if the cluster is being created, wait until it is active")
                    .hint(format!("if not, {CHECK_PROXY}")),
                false => failure.hint(CHECK_PROXY),
            }
        }
    }
}

/// Returns the role whose session AWS names in a denial: "User: arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION is not …".
fn denied_role(message: &str) -> Option<RoleArn> {
    let mut words = message.split_whitespace();
    let arn = words.find(|word| word.contains(":assumed-role/"))?;
    let (start, session) = arn.split_once(":assumed-role/")?;
    let name = session.split('/').next()?;
    let start = start.replacen(":sts:", ":iam:", 1);
    format!("{start}:role/{name}").parse().ok()
}
