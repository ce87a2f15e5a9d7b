//! How a cluster names the role's sessions: the `aws-auth` ConfigMap or an EKS access entry.
//!
//! An access entry's username must not start with `system:`, `eks:`, `aws:`, `amazon:` or `iam:`, and must have a colon before
//! `{{SessionNameRaw}}`; so it cannot be the bare email that the guide has in `aws-auth`, and Apono has to grant to the name
//! with the prefix. Where both name a role, the access entry counts.
//! <https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html>
//! <https://docs.aws.amazon.com/eks/latest/userguide/migrating-access-entries.html>

use std::fmt;
use std::str::FromStr;

use super::node::Node;
use crate::names::{ClusterName, Error, RoleArn};

/// The session's name as it is; `{{SessionName}}` has `-` where the email has `@`.
/// <https://github.com/kubernetes-sigs/aws-iam-authenticator#full-configuration-format>
pub const SESSION_NAME: &str = "{{SessionNameRaw}}";

/// What access entries' usernames may not start with.
pub const RESERVED: [&str; 5] = ["system:", "eks:", "aws:", "amazon:", "iam:"];

/// What the AWS CLI takes for a place to read an option's value from.
/// <https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-file.html>
const FILES: [&str; 4] = ["file://", "fileb://", "http://", "https://"];

/// What stands before the email in a Kubernetes username: up to 128 of `A-Z a-z 0-9 _ . : / @ -`, and not `system:`, which is
/// Kubernetes' own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsernamePrefix(String);

impl UsernamePrefix {
    /// An access entry's, where nobody names one.
    pub fn of_access_entries() -> Self {
        UsernamePrefix("apono-managed-user:".to_owned())
    }

    /// The username with `{{SessionNameRaw}}` in it.
    pub fn template(&self) -> String {
        format!("{self}{SESSION_NAME}")
    }

    /// # Errors
    /// EKS would not take it.
    pub fn for_access_entry(self) -> Result<Self, Error> {
        let refuse = |why: String| Error {
            what: "a username prefix of an access entry",
            value: self.0.clone(),
            why,
        };
        if let Some(reserved) = RESERVED.iter().find(|r| self.0.starts_with(*r)) {
            return Err(refuse(format!("EKS keeps {reserved} for itself")));
        }
        match self.0.contains(':') {
            true => Ok(self),
            false => Err(refuse("EKS wants a colon before the session's name".into())),
        }
    }
}

impl FromStr for UsernamePrefix {
    type Err = Error;
    fn from_str(value: &str) -> Result<Self, Error> {
        let refuse = |why: &str| Error {
            what: "a username prefix",
            value: value.chars().take(200).collect(),
            why: why.to_owned(),
        };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.:/@-".contains(c);
        if value.len() > 128 || !value.chars().all(allowed) {
            return Err(refuse("it has up to 128 of A-Z a-z 0-9 _ . : / @ -"));
        }
        if FILES.iter().any(|scheme| value.starts_with(scheme)) {
            return Err(refuse(
                "the AWS CLI would read a file or an address in its place",
            ));
        }
        if value.starts_with("system:") {
            return Err(refuse("Kubernetes keeps system: for itself"));
        }
        Ok(UsernamePrefix(value.to_owned()))
    }
}

impl fmt::Display for UsernamePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The role's ARN as `aws-auth` has to have it: without a path. EKS looks for the ARN that it makes of a session's, and STS
/// leaves the path out there. <https://docs.aws.amazon.com/eks/latest/userguide/troubleshooting-iam.html>
pub fn arn_in_aws_auth(role: &RoleArn) -> String {
    let (partition, account, name) = (role.partition(), role.account(), role.name());
    format!("arn:{partition}:iam::{account}:role/{name}")
}

/// The entry of `mapRoles`, as a list of one.
pub fn aws_auth(role: &RoleArn, prefix: &UsernamePrefix) -> Node {
    Node::List(vec![Node::map([
        ("rolearn", arn_in_aws_auth(role).into()),
        ("username", prefix.template().into()),
    ])])
}

/// What `aws eks create-access-entry --cli-input-json` takes.
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
    fn aws_auth_is_the_guides_and_has_no_path() {
        let role = "arn:aws:iam::111122223333:role/team/apono-k8s-access";
        let entry = aws_auth(&role.parse().unwrap(), &UsernamePrefix::default());
        assert_eq!(
            entry.yaml(),
            "- rolearn: arn:aws:iam::111122223333:role/apono-k8s-access\n  username: \"{{SessionNameRaw}}\"\n"
        );
    }

    #[test]
    fn prefixes() {
        let parse = |text: &str| text.parse::<UsernamePrefix>();
        for good in ["", "apono-managed-user:", ":", "a/b@c.d:"] {
            assert!(parse(good).is_ok(), "{good:?}");
        }
        for bad in [
            "system:",
            "system:node:",
            "file:///etc/passwd:",
            "fileb://x:",
            "http://x:",
            "https://x:",
            "{{",
            "a b",
            "\"",
            "$",
            "é",
            "x\n",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(parse(&"x".repeat(129)).is_err());
        for good in ["apono-managed-user:", ":", "a:b"] {
            assert!(parse(good).unwrap().for_access_entry().is_ok(), "{good:?}");
        }
        for bad in ["", "no-colon", "eks:", "aws:x", "iam:", "amazon:"] {
            assert!(parse(bad).unwrap().for_access_entry().is_err(), "{bad:?}");
        }
    }
}
