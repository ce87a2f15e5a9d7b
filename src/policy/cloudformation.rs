//! CloudFormation templates in YAML.
//!
//! They do not use `Fn::Sub`, so `${SAML:sub}` is not replaced.

use super::document::{self, DESCRIPTION, Setup};
use super::node::Node;
use crate::names::{ClusterName, RoleArn, UsernamePrefix};

/// Maximum length of a stack name, in characters.
const MAX_STACK_NAME: usize = 128;
/// Put before a stack name that does not start with a letter, as CloudFormation requires.
const PREFIX: &str = "apono-";

/// Returns the template of the role and its permissions.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html>
pub fn role(setup: &Setup, trust: Node) -> String {
    let mut properties = vec![("RoleName", Node::from(setup.role.name()))];
    if setup.path() != "/" {
        properties.push(("Path", setup.path().into()));
    }
    properties.push(("Description", DESCRIPTION.into()));
    if let Some(seconds) = setup.max_session_duration {
        properties.push(("MaxSessionDuration", Node::Number(seconds)));
    }
    properties.extend([
        ("AssumeRolePolicyDocument", trust),
        (
            "ManagedPolicyArns",
            Node::List(vec![Node::map([("Ref", "AponoPolicy".into())])]),
        ),
    ]);
    let properties = properties.into_iter();
    let properties = Node::Map(properties.map(|(key, value)| (key.into(), value)).collect());
    let arn = Node::map([(
        "Fn::GetAtt",
        Node::List(vec!["AponoRole".into(), "Arn".into()]),
    )]);
    template(
        setup.role.name(),
        Node::map([
            ("AponoRole", resource("AWS::IAM::Role", properties)),
            ("AponoPolicy", policy(&setup.role)),
        ]),
        ("RoleArn", Node::map([("Value", arn)])),
    )
}

/// Returns the template of the managed policy only.
pub fn permissions(role: &RoleArn) -> String {
    let arn = Node::map([("Ref", "AponoPolicy".into())]);
    template(
        role.name(),
        Node::map([("AponoPolicy", policy(role))]),
        ("PolicyArn", Node::map([("Value", arn)])),
    )
}

/// Returns the template of the role's access entry.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-eks-accessentry.html>
pub fn access_entry(role: &RoleArn, prefix: &UsernamePrefix, cluster: &ClusterName) -> String {
    let properties = Node::map([
        ("ClusterName", cluster.as_str().into()),
        ("PrincipalArn", role.as_str().into()),
        ("Username", prefix.template().into()),
        ("Type", "STANDARD".into()),
    ]);
    let arn = Node::List(vec!["AponoAccessEntry".into(), "AccessEntryArn".into()]);
    // Stacks of different clusters differ by the cluster name, so the role name is shortened if both do not fit.
    let room = MAX_STACK_NAME - PREFIX.len() - 1 - cluster.as_str().len();
    let role_name: String = role.name().chars().take(room).collect();
    template(
        &format!("{role_name}-{cluster}"),
        Node::map([(
            "AponoAccessEntry",
            resource("AWS::EKS::AccessEntry", properties),
        )]),
        (
            "AccessEntryArn",
            Node::map([("Value", Node::map([("Fn::GetAtt", arn)]))]),
        ),
    )
}

/// Returns the managed policy resource.
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html>
fn policy(role: &RoleArn) -> Node {
    resource(
        "AWS::IAM::ManagedPolicy",
        Node::map([
            ("ManagedPolicyName", role.name().into()),
            ("Description", DESCRIPTION.into()),
            ("PolicyDocument", document::permissions(role)),
        ]),
    )
}

fn resource(kind: &str, properties: Node) -> Node {
    Node::map([("Type", kind.into()), ("Properties", properties)])
}

/// Returns a template. Its first lines are a comment with the command that deploys it.
///
/// `name` becomes the stack name; characters that stack names must not have are replaced.
fn template(name: &str, resources: Node, output: (&str, Node)) -> String {
    let template = Node::map([
        ("AWSTemplateFormatVersion", "2010-09-09".into()),
        ("Description", DESCRIPTION.into()),
        ("Resources", resources),
        ("Outputs", Node::map([output])),
    ]);
    let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let letter = match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => "",
        false => PREFIX,
    };
    format!(
        "# Deploy it, with FILE as the path of this file:\n\
         #   aws cloudformation deploy --stack-name {letter}{name} --template-file FILE --capabilities CAPABILITY_NAMED_IAM\n{}",
        template.yaml()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stack_names_are_valid() {
        for (role, cluster) in [
            ("r", "c"),
            (&*"r".repeat(64), &*"c".repeat(100)),
            (&*"-".repeat(64), "c"),
        ] {
            let role = format!("arn:aws:iam::111122223333:role/{role}")
                .parse()
                .unwrap();
            let prefix = UsernamePrefix::access_entry_default();
            let text = access_entry(&role, &prefix, &cluster.parse().unwrap());
            let (_, name) = text.split_once("--stack-name ").unwrap();
            let (name, _) = name.split_once(' ').unwrap();
            assert!(
                name.len() <= 128 && name.ends_with(&format!("-{cluster}")),
                "{name}"
            );
            assert!(
                name.starts_with(|c: char| c.is_ascii_alphabetic()),
                "{name}"
            );
        }
    }
}
