//! CloudFormation templates, in YAML. No intrinsic function that substitutes in text is used, so `${SAML:sub}` stays as it is.

use super::document::{self, DESCRIPTION, Setup};
use super::mapping::UsernamePrefix;
use super::node::Node;
use crate::names::{ClusterName, RoleArn};

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
    template(
        &format!("{}-{cluster}", role.name()),
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
    let letter = if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        ""
    } else {
        "apono-"
    };
    format!(
        "# aws cloudformation deploy --stack-name {letter}{name} --template-file FILE --capabilities CAPABILITY_NAMED_IAM\n{}",
        template.yaml()
    )
}
