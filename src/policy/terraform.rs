//! Terraform configuration.

use super::document::{self, DESCRIPTION, Setup};
use super::node::{Node, hcl_attributes};
use crate::names::{AccountId, ClusterName, RoleArn, UsernamePrefix};

/// Returns the role with its permissions.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role>
pub fn role(setup: &Setup, trust: &Node) -> String {
    let mut attributes = vec![("name", Node::from(setup.role.name()))];
    if setup.path() != "/" {
        attributes.push(("path", setup.path().into()));
    }
    attributes.push(("description", DESCRIPTION.into()));
    if let Some(seconds) = setup.max_session_duration {
        attributes.push(("max_session_duration", Node::Number(seconds)));
    }
    format!(
        "{}\
         resource \"aws_iam_role\" \"apono\" {{\n{}\n  \
         assume_role_policy = jsonencode({})\n}}\n\n\
         {}\n\
         resource \"aws_iam_role_policy_attachment\" \"apono\" {{\n  \
         role       = aws_iam_role.apono.name\n  \
         policy_arn = aws_iam_policy.apono.arn\n}}\n\n\
         output \"apono_role_arn\" {{\n  value = aws_iam_role.apono.arn\n}}\n",
        comment(setup.role.account()),
        lines(attributes),
        trust.hcl(2),
        policy(&setup.role),
    )
}

/// Returns the managed policy only.
pub fn permissions(role: &RoleArn) -> String {
    format!(
        "{}{}\noutput \"apono_policy_arn\" {{\n  value = aws_iam_policy.apono.arn\n}}\n",
        comment(role.account()),
        policy(role)
    )
}

/// Returns the role's access entry.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/eks_access_entry>
pub fn access_entry(role: &RoleArn, prefix: &UsernamePrefix, cluster: &ClusterName) -> String {
    let attributes = vec![
        ("cluster_name", cluster.as_str().into()),
        ("principal_arn", role.as_str().into()),
        ("user_name", prefix.template().into()),
        ("type", "STANDARD".into()),
    ];
    format!(
        "{}resource \"aws_eks_access_entry\" \"apono\" {{\n{}}}\n",
        comment(role.account()),
        lines(attributes)
    )
}

/// Returns the managed policy resource.
/// <https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_policy>
fn policy(role: &RoleArn) -> String {
    let attributes = vec![
        ("name", role.name().into()),
        ("description", DESCRIPTION.into()),
    ];
    format!(
        "resource \"aws_iam_policy\" \"apono\" {{\n{}\n  policy = jsonencode({})\n}}\n",
        lines(attributes),
        document::permissions(role).hcl(2)
    )
}

fn comment(account: &AccountId) -> String {
    format!("# For the hashicorp/aws provider with credentials of account {account}.\n\n")
}

fn lines(attributes: Vec<(&str, Node)>) -> String {
    let attributes = attributes.into_iter();
    let attributes: Vec<_> = attributes.map(|(key, v)| (key.to_owned(), v)).collect();
    hcl_attributes(&attributes, 2)
}
