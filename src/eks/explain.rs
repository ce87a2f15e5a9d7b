//! What the errors of EKS mean to the user.

use aws_sdk_eks::types::ClusterStatus;

use super::inspect::Problem;
use super::{cluster, token};
use crate::aws;
use crate::aws::denial::Denial;
use crate::aws::denied::{self, Request};
use crate::aws::explain::{call, policy_command};
use crate::failure::hints::{CHECK_PROXY, REPORT_COMMAND, run};
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

/// Explains why a cluster would reject a token.
pub fn rejected(problems: &[Problem]) -> Failure {
    let mut failure = Failure::refused("a cluster would reject this token");
    failure.causes = problems.iter().map(Problem::to_string).collect();
    let host = |problem: &Problem| matches!(problem, Problem::Host { .. });
    let hint = match problems {
        [Problem::Expired { .. }] => {
            "get a new token: `apono-login get-token --cluster-name CLUSTER` (kubectl gets new ones by itself)"
        }
        [Problem::NotYetValid { .. }] => {
            "set the clock of the computer that signed the token, and of this one (turn on automatic time), then get a new token"
        }
        [Problem::TooLong { .. }] => {
            "ask your AWS admin whether session tags or session policies were added to the role: they make tokens longer"
        }
        problems if problems.iter().any(host) => {
            "unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS where the token was made, and get a new token: it must name the host of AWS STS"
        }
        _ => "get a new token: `apono-login get-token --cluster-name CLUSTER`",
    };
    failure.hint(hint)
}

const DESCRIBE_CLUSTER: &str = "eks:DescribeCluster";

/// Explains why DescribeCluster failed. `role` is the role whose credentials were used, and `account` its account.
pub fn describe_cluster(
    error: cluster::Error,
    name: &ClusterName,
    region: &Region,
    profile: &ProfileName,
    account: &str,
    role: Option<&RoleArn>,
) -> Failure {
    use aws::Error as E;
    let what = format!("could not describe cluster {name} in {region}");
    let cause = error.to_string();
    let error = match error {
        cluster::Error::Call(error) => error,
        cluster::Error::Inactive(status) => {
            let failure = Failure::refused(format!("cluster {name} in {region} is not active"));
            return failure
                .for_the(Owner::ClusterAdmin)
                .cause(cause)
                .hint(match status {
                    ClusterStatus::Deleting => {
                        "use another cluster: this one is being deleted, and can no longer be used"
                    }
                    ClusterStatus::Failed => {
                        "ask your cluster admin to create it again: this one cannot be used"
                    }
                    _ => "wait until it is active, then run this again",
                });
        }
        cluster::Error::Connected { .. } => {
            return Failure::refused(format!(
                "cannot sign in to cluster {name} in {region} with AWS credentials"
            ))
            .for_the(Owner::ClusterAdmin)
            .cause(cause)
            .cause("AWS does not provide its endpoint, and it does not accept tokens of EKS")
            .hint("ask your cluster admin how to sign in to it");
        }
        cluster::Error::BadAnswer { problem, .. } => {
            let failure = Failure::refused(what).cause(cause);
            return match problem.starts_with(cluster::MISSING) {
                true => failure
                    .hint("if the cluster is being created, wait until it is active")
                    .hint(format!("if not, {CHECK_PROXY}")),
                false => failure.hint(CHECK_PROXY),
            };
        }
    };
    match error {
        E::NotFound { .. } => Failure::refused(format!("cluster {name} not found in {region}"))
            .cause(cause)
            .hint(format!(
                "check the cluster's name and region: only account {account} of profile {profile} is searched"
            )),
        E::Denied { message } => {
            let denial = Denial::read(&message);
            // The role in the message has no path.
            let role = role.cloned().or_else(|| denied_role(&message));
            let failure = Failure::refused(what).for_the(Owner::AwsAdmin).cause(cause);
            let identity = match &role {
                Some(role) => format!("role {}", role.path_and_name()),
                None => "the role".to_owned(),
            };
            let request = Request {
                action: DESCRIBE_CLUSTER,
                role: role.as_ref(),
                identity: &identity,
            };
            if denial.reason.is_some() {
                return denied::with_reason(failure, &denial, request);
            }
            let failure =
                failure.hint(format!("ask your AWS admin to allow the role {DESCRIBE_CLUSTER}"));
            let failure = match &role {
                Some(role) => failure.hint(format!(
                    "to print the permissions it should have, {}",
                    policy_command("policy permissions", role, None).run()
                )),
                None => failure,
            };
            denied::with_decoding(failure, &denial)
        }
        // The request was signed with the role's credentials, which apono-login can renew.
        E::Expired { .. } | E::UnknownKey { .. } => Failure::refused(what)
            .cause(format!("AWS rejected the role's credentials: {cause}"))
            .hint(format!("{}, then run this again", run("login --force", profile)))
            .hint("if that does not help, check the region: a role cannot reach clusters of another partition (aws, aws-cn, aws-us-gov)"),
        error => call(&what, error),
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
