//! The trust and permissions policies of the Apono guide, filled in for a role.

use super::node::Node;
use crate::names::{AccountId, Partition, RoleArn, SamlProviderArn};
use crate::signin::saml::endpoint;

/// The description that the guide gives the role.
pub const DESCRIPTION: &str = "required for k8s access managed by Apono";

/// The session name that the trust policy requires: the user that the identity provider reported to IAM Identity Center.
pub const SUBJECT: &str = "${SAML:sub}";

/// Who can assume the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Users who sign in through IAM Identity Center.
    Sso,
    /// Users who sign in at this SAML provider.
    Saml(SamlProviderArn),
}

/// The role to create.
#[derive(Debug, Clone)]
pub struct Setup {
    pub role: RoleArn,
    pub trust: Trust,
    /// Seconds, 3600 to 43200; `None` is IAM's default of 3600.
    pub max_session_duration: Option<u32>,
}

impl Setup {
    /// Returns the path of the role, with a slash at both ends: `/` for a role without a path.
    pub fn path(&self) -> String {
        let path = self.role.path_and_name().strip_suffix(self.role.name());
        format!("/{}", path.unwrap_or_default())
    }

    /// Returns the trust policy, or `None` if the sign-in URL of the role's partition is not known.
    pub fn trust_policy(&self) -> Option<Node> {
        trust_policy(&self.trust, &self.role)
    }
}

/// Returns the ARN of the managed policy with the role's permissions. The policy has the same name as the role.
pub fn policy_arn(role: &RoleArn) -> String {
    let (partition, account, name) = (role.partition(), role.account(), role.name());
    format!("arn:{partition}:iam::{account}:policy/{name}")
}

/// Returns the trust policy, or `None` if the sign-in URL of the provider's partition is not known.
pub fn trust_policy(trust: &Trust, role: &RoleArn) -> Option<Node> {
    match trust {
        Trust::Sso => Some(trust_sso(role.partition(), role.account())),
        Trust::Saml(provider) => trust_saml(provider),
    }
}

/// Returns ARN patterns of the roles that IAM Identity Center creates for permission sets in the account.
///
/// There are two: the path of these roles has the region of IAM Identity Center, except for us-east-1.
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
pub fn sso_roles(partition: &Partition, account: &AccountId) -> [String; 2] {
    ["", "*/"].map(|region| {
        format!(
            "arn:{partition}:iam::{account}:role/aws-reserved/sso.amazonaws.com/{region}AWSReservedSSO_*"
        )
    })
}

fn trust_sso(partition: &Partition, account: &AccountId) -> Node {
    let roles = sso_roles(partition, account).map(Node::from).into();
    let condition = Node::map([
        (
            "StringEqualsIgnoreCase",
            Node::map([("sts:RoleSessionName", SUBJECT.into())]),
        ),
        (
            "ArnLike",
            Node::map([("aws:PrincipalArn", Node::List(roles))]),
        ),
    ]);
    policy(Node::map([
        ("Sid", "Statement1".into()),
        ("Effect", "Allow".into()),
        ("Principal", Node::map([("AWS", "*".into())])),
        ("Action", "sts:AssumeRole".into()),
        ("Condition", condition),
    ]))
}

fn trust_saml(provider: &SamlProviderArn) -> Option<Node> {
    let domain = endpoint::domain(provider.partition())?;
    let audience = Node::map([("SAML:aud", format!("https://{domain}/saml").into())]);
    Some(policy(Node::map([
        ("Effect", "Allow".into()),
        (
            "Principal",
            Node::map([("Federated", provider.as_str().into())]),
        ),
        ("Action", "sts:AssumeRoleWithSAML".into()),
        ("Condition", Node::map([("StringEquals", audience)])),
    ])))
}

/// Returns the permissions policy: only what `update-kubeconfig` needs. Access inside the cluster is granted by Apono.
pub fn permissions(role: &RoleArn) -> Node {
    policy(Node::map([
        ("Effect", "Allow".into()),
        ("Action", "eks:DescribeCluster".into()),
        ("Resource", clusters(role).into()),
    ]))
}

/// Returns the ARN pattern of all clusters in the account.
pub fn clusters(role: &RoleArn) -> String {
    let (partition, account) = (role.partition(), role.account());
    format!("arn:{partition}:eks:*:{account}:cluster/*")
}

fn policy(statement: Node) -> Node {
    Node::map([
        ("Version", "2012-10-17".into()),
        ("Statement", Node::List(vec![statement])),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn value(node: &Node) -> Value {
        serde_json::from_str(&node.json()).unwrap()
    }

    fn role(arn: &str) -> RoleArn {
        arn.parse().unwrap()
    }

    #[test]
    fn documents_equal_those_of_the_guide() {
        let role = role("arn:aws:iam::111122223333:role/apono-k8s-access");
        assert_eq!(
            value(&trust_policy(&Trust::Sso, &role).unwrap()),
            json!({"Version": "2012-10-17", "Statement": [{
                "Sid": "Statement1",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEqualsIgnoreCase": {"sts:RoleSessionName": "${SAML:sub}"},
                    "ArnLike": {"aws:PrincipalArn": [
                        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_*",
                        "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_*",
                    ]},
                },
            }]})
        );
        let okta = "arn:aws:iam::111122223333:saml-provider/Okta";
        assert_eq!(
            value(&trust_policy(&Trust::Saml(okta.parse().unwrap()), &role).unwrap()),
            json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Principal": {"Federated": okta},
                "Action": "sts:AssumeRoleWithSAML",
                "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            }]})
        );
        assert_eq!(
            value(&permissions(&role)),
            json!({"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow",
                "Action": "eks:DescribeCluster",
                "Resource": "arn:aws:eks:*:111122223333:cluster/*",
            }]})
        );
    }

    #[test]
    fn other_partitions() {
        for (partition, audience) in [
            ("aws-cn", "https://signin.amazonaws.cn/saml"),
            ("aws-us-gov", "https://signin.amazonaws-us-gov.com/saml"),
        ] {
            let role = role(&format!("arn:{partition}:iam::111122223333:role/x"));
            let okta = format!("arn:{partition}:iam::111122223333:saml-provider/Okta");
            let saml = trust_policy(&Trust::Saml(okta.parse().unwrap()), &role).unwrap();
            let saml = value(&saml);
            assert_eq!(
                saml["Statement"][0]["Condition"]["StringEquals"]["SAML:aud"],
                audience
            );
            for node in [
                trust_policy(&Trust::Sso, &role).unwrap(),
                permissions(&role),
            ] {
                let text = node.json();
                assert!(text.contains(&format!("arn:{partition}:")), "{text}");
                assert!(!text.contains("arn:aws:"), "{text}");
            }
        }
        let unknown = "arn:aws-new:iam::111122223333:saml-provider/Okta";
        assert_eq!(trust_saml(&unknown.parse().unwrap()), None);
    }

    #[test]
    fn paths() {
        for (name, path) in [("x", "/"), ("team/a/x", "/team/a/")] {
            let setup = Setup {
                role: role(&format!("arn:aws:iam::111122223333:role/{name}")),
                trust: Trust::Sso,
                max_session_duration: None,
            };
            assert_eq!(setup.path(), path);
            assert_eq!(
                policy_arn(&setup.role),
                "arn:aws:iam::111122223333:policy/x"
            );
        }
    }
}
