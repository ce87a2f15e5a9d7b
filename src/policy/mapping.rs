//! The Kubernetes username of the role's sessions: an entry in the `aws-auth` ConfigMap or an EKS access entry.
//!
//! The username of an access entry must not start with `system:`, `eks:`, `aws:`, `amazon:` or `iam:`, and must have a colon
//! before `{{SessionNameRaw}}`. So it cannot be the plain email as in the `aws-auth` entry of the guide, and Apono must grant
//! access to the username with the prefix. If a role has both, EKS uses the access entry.
//! <https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html>
//! <https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html>

use super::node::Node;
use crate::names::{ClusterName, RoleArn, UsernamePrefix};

/// Returns the ARN of the role without its path, as `aws-auth` needs it.
///
/// EKS derives the role's ARN from the ARN of the session, which has no path.
/// <https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting-iam.html>
pub fn arn_in_aws_auth(role: &RoleArn) -> String {
    let (partition, account, name) = (role.partition(), role.account(), role.name());
    format!("arn:{partition}:iam::{account}:role/{name}")
}

/// Returns the `mapRoles` entry of the role, as a list with one item.
pub fn aws_auth(role: &RoleArn, prefix: &UsernamePrefix) -> Node {
    Node::List(vec![Node::map([
        ("rolearn", arn_in_aws_auth(role).into()),
        ("username", prefix.template().into()),
    ])])
}

/// Returns the input of `aws eks create-access-entry --cli-input-json`.
/// <https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html>
pub fn access_entry(role: &RoleArn, cluster: &ClusterName, prefix: &UsernamePrefix) -> Node {
    Node::map([
        ("clusterName", cluster.as_str().into()),
        ("principalArn", role.as_str().into()),
        ("username", prefix.template().into()),
        ("type", "STANDARD".into()),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aws_auth_entry_equals_that_of_the_guide_and_has_no_path() {
        let role = "arn:aws:iam::111122223333:role/team/apono-k8s-access";
        let entry = aws_auth(&role.parse().unwrap(), &UsernamePrefix::default());
        assert_eq!(
            entry.yaml(),
            "- rolearn: arn:aws:iam::111122223333:role/apono-k8s-access\n  username: \"{{SessionNameRaw}}\"\n"
        );
    }
}
