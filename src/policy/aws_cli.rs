//! The console steps of the Apono guide as AWS CLI commands: POSIX shell scripts for an admin to review and run.
//!
//! Every value in a script is either a validated name (no quotes, spaces or dollar signs) or is inside single quotes or a
//! quoted here-document, so the shell expands nothing in it.

use super::document::{self, DESCRIPTION, Setup};
use super::mapping::arn_in_aws_auth;
use super::node::Node;
use crate::aws;
use crate::names::{AccountId, ClusterName, Region, RoleArn, UsernamePrefix};

/// Returns the script that creates the role and its permissions: steps 1 to 17 of the guide.
pub fn role(setup: &Setup, trust: &Node) -> String {
    let (account, name) = (setup.role.account(), setup.role.name());
    let options = [
        Some(format!("--role-name={name}")),
        Some(format!("--path {}", setup.path())).filter(|_| setup.path() != "/"),
        Some(format!("--description '{DESCRIPTION}'")),
        setup
            .max_session_duration
            .map(|seconds| format!("--max-session-duration {seconds}")),
        Some("--assume-role-policy-document \"$trust_policy\"".to_owned()),
    ];
    let options: Vec<String> = options.into_iter().flatten().collect();
    [
        begin(
            &format!(
                "the role {name} and its permissions, as described in the Apono guide for EKS,"
            ),
            account,
        ),
        variable("trust_policy", trust),
        permissions_variable(&setup.role),
        create_policy(&setup.role),
        unless_exists(
            &format!("get-role --role-name={name}"),
            &format!("role {name}"),
            &format!("aws iam create-role {}\n", options.join(" \\\n    ")),
            &setup.role,
        ),
        attach(&setup.role),
        format!("\necho 'Done: {}'\n", setup.role),
    ]
    .concat()
}

/// Returns the script that creates the managed policy only.
pub fn permissions(role: &RoleArn) -> String {
    let begin = begin(
        "the permissions of the role, as described in the Apono guide for EKS,",
        role.account(),
    );
    let attach = format!(
        "\n# After the role has been created, attach the policy to it:\n# {}",
        attach(role).replace('\n', "\n# ")
    );
    let attach = attach.trim_end_matches("# ");
    [
        begin,
        permissions_variable(role),
        create_policy(role),
        attach.to_owned(),
    ]
    .concat()
}

/// Returns the script that adds the role to `aws-auth`.
///
/// It uses `eksctl`: all entries of `aws-auth` are one text in the ConfigMap, and `eksctl` adds one and keeps the others.
pub fn aws_auth(
    role: &RoleArn,
    prefix: &UsernamePrefix,
    cluster: &ClusterName,
    region: &Region,
) -> String {
    let (arn, username) = (arn_in_aws_auth(role), prefix.template());
    format!(
        "#!/bin/sh\n\
         # Adds the role to the aws-auth ConfigMap of cluster {cluster}. eksctl keeps the other entries.\n\
         set -eu\n\n\
         eksctl create iamidentitymapping --cluster {cluster} --region {region} \\\n    \
         --arn {arn} \\\n    \
         --username='{username}' \\\n    \
         --no-duplicate-arns\n"
    )
}

/// Returns the script that creates the role's access entry.
pub fn access_entry(
    role: &RoleArn,
    prefix: &UsernamePrefix,
    cluster: &ClusterName,
    region: Option<&Region>,
) -> String {
    let region = region.map(|region| format!(" --region {region}"));
    let (region, username) = (region.unwrap_or_default(), prefix.template());
    format!(
        "{}\
         # The authentication mode of the cluster must be API or API_AND_CONFIG_MAP. To see it, run:\n\
         #   aws eks describe-cluster --name {cluster}{region} --query cluster.accessConfig.authenticationMode\n\
         # In Apono, the usernames in this cluster must be {prefix}EMAIL: EKS requires a colon before the session name, see\n\
         #   https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html\n\
         aws eks create-access-entry --cluster-name {cluster}{region} \\\n    \
         --principal-arn {role} \\\n    \
         --type STANDARD \\\n    \
         --username='{username}'\n",
        begin(
            &format!("the access entry of the role for cluster {cluster}"),
            role.account()
        ),
    )
}

/// Returns the start of a script: it exits if the AWS CLI is signed in to another account.
fn begin(what: &str, account: &AccountId) -> String {
    format!(
        "#!/bin/sh\n\
         # Creates {what} in account {account}.\n\
         # Run it as an admin of that account. It does not change anything that already exists.\n\
         set -eu\n\
         export AWS_PAGER=\n\n\
         account=$(aws sts get-caller-identity --query Account --output text)\n\
         if [ \"$account\" != {account} ]; then\n    \
         echo \"nothing was created: the AWS CLI is signed in to account $account, this script is for {account}\" >&2\n    \
         exit 1\n\
         fi\n\n"
    )
}

fn variable(name: &str, document: &Node) -> String {
    format!("{name}=$(cat <<'EOF'\n{}EOF\n)\n\n", document.json())
}

fn permissions_variable(role: &RoleArn) -> String {
    variable("permissions", &document::permissions(role))
}

fn create_policy(role: &RoleArn) -> String {
    let arn = document::policy_arn(role);
    unless_exists(
        &format!("get-policy --policy-arn {arn}"),
        &format!("policy {arn}"),
        &format!(
            "aws iam create-policy --policy-name={} \\\n    \
             --description '{DESCRIPTION}' \\\n    \
             --policy-document \"$permissions\"\n",
            role.name()
        ),
        role,
    )
}

/// Returns `create`, run only if `get` fails, so that an interrupted script can be run again.
///
/// If `get` fails for another reason than a missing resource, `create` fails too and shows why.
fn unless_exists(get: &str, what: &str, create: &str, role: &RoleArn) -> String {
    let create = create.replace('\n', "\n    ");
    let check = check_command(role);
    format!(
        "if aws iam {get} >/dev/null 2>&1; then\n    \
         echo '{what} already exists and was not changed; to compare it with the guide, run: {check}' >&2\n\
         else\n    {}\nfi\n",
        create.trim_end()
    )
}

/// Returns the command that compares the role with the guide.
fn check_command(role: &RoleArn) -> String {
    let region = match role.partition().as_str() {
        "aws" => None,
        _ => aws::home_region(role.partition()),
    };
    let region = region.map(|region| format!(" --region {region}"));
    format!(
        "apono-login policy check --account-id {} --role-name={}{}",
        role.account(),
        role.path_and_name(),
        region.unwrap_or_default()
    )
}

fn attach(role: &RoleArn) -> String {
    format!(
        "aws iam attach-role-policy --role-name={} \\\n    --policy-arn {}\n",
        role.name(),
        document::policy_arn(role)
    )
}
