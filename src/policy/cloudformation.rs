//! CloudFormation templates, in YAML. No intrinsic function that substitutes in text is used, so `${SAML:sub}` stays as it is.

use super::document::{self, DESCRIPTION, Setup};
use super::mapping::UsernamePrefix;
use super::node::Node;
use crate::names::{ClusterName, RoleArn};

/// Letters of a stack's name.
const MAX_STACK_NAME: usize = 128;
/// Before names that start with no letter, as stacks' have to.
const PREFIX: &str = "apono-";

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

pub fn permissions(role: &RoleArn) -> String {
    let arn = Node::map([("Ref", "AponoPolicy".into())]);
    template(
        role.name(),
        Node::map([("AponoPolicy", policy(role))]),
        ("PolicyArn", Node::map([("Value", arn)])),
    )
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-eks-accessentry.html>
pub fn access_entry(role: &RoleArn, prefix: &UsernamePrefix, cluster: &ClusterName) -> String {
    let properties = Node::map([
        ("ClusterName", cluster.as_str().into()),
        ("PrincipalArn", role.as_str().into()),
        ("Username", prefix.template().into()),
        ("Type", "STANDARD".into()),
    ]);
    let arn = Node::List(vec!["AponoAccessEntry".into(), "AccessEntryArn".into()]);
    // The cluster's name tells stacks apart: of the role's there is as much as fits.
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

/// `name` is a stack's, once what stacks' names may not have is replaced.
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
        "# aws cloudformation deploy --stack-name {letter}{name} --template-file FILE --capabilities CAPABILITY_NAMED_IAM\n{}",
        template.yaml()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_have_names_of_up_to_128_letters() {
        for (role, cluster) in [
            ("r", "c"),
            (&*"r".repeat(64), &*"c".repeat(100)),
            (&*"-".repeat(64), "c"),
        ] {
            let role = format!("arn:aws:iam::111122223333:role/{role}")
                .parse()
                .unwrap();
            let prefix = UsernamePrefix::of_access_entries();
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
