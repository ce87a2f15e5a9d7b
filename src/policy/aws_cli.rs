//! The console steps of the guide as commands of the AWS CLI: scripts for a POSIX shell that an admin reads and runs.
//!
//! Everything in them is of names without quotes, blanks and dollar signs, or stands in single quotes or a quoted
//! here-document, where the shell expands nothing.

use super::document::{self, DESCRIPTION, Setup};
use super::mapping::{UsernamePrefix, arn_in_aws_auth};
use super::node::Node;
use crate::names::{AccountId, ClusterName, Region, RoleArn};

/// Makes the role: steps 1 to 17.
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
            &format!("the role {name} and its permissions, as Apono's guide for EKS has them,"),
            account,
        ),
        variable("trust_policy", trust),
        permissions_variable(&setup.role),
        create_policy(&setup.role),
        unless_there(
            &format!("get-role --role-name={name}"),
            &format!("role {name}"),
            &format!("aws iam create-role {}\n", options.join(" \\\n    ")),
        ),
        attach(&setup.role),
        format!("\necho 'done: {}'\n", setup.role),
    ]
    .concat()
}

/// Makes the managed policy only.
pub fn permissions(role: &RoleArn) -> String {
    let begin = begin(
        "the role's permissions, as Apono's guide for EKS has them,",
        role.account(),
    );
    let attach = format!(
        "\n# Then, once the role is there:\n# {}",
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

/// `eksctl`, because nothing else adds an entry to the text that others have entries in, too.
pub fn aws_auth(
    role: &RoleArn,
    prefix: &UsernamePrefix,
    cluster: &ClusterName,
    region: &Region,
) -> String {
    let (arn, username) = (arn_in_aws_auth(role), prefix.template());
    format!(
        "#!/bin/sh\n\
         # Adds the role to the aws-auth ConfigMap of {cluster}. eksctl keeps what others have in it.\n\
         set -eu\n\n\
         eksctl create iamidentitymapping --cluster {cluster} --region {region} \\\n    \
         --arn {arn} \\\n    \
         --username='{username}' \\\n    \
         --no-duplicate-arns\n"
    )
}

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
         # The cluster's authentication mode has to be API or API_AND_CONFIG_MAP:\n\
         #   aws eks describe-cluster --name {cluster}{region} --query cluster.accessConfig.authenticationMode\n\
         # In Apono, the cluster's users have to be called {prefix}EMAIL: EKS wants a colon before the session's name, see\n\
         #   https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html\n\
         aws eks create-access-entry --cluster-name {cluster}{region} \\\n    \
         --principal-arn {role} \\\n    \
         --type STANDARD \\\n    \
         --username='{username}'\n",
        begin(
            &format!("the access entry of the role in {cluster}"),
            role.account()
        ),
    )
}

/// A shebang, and a stop where the AWS CLI is signed in to another account.
fn begin(what: &str, account: &AccountId) -> String {
    format!(
        "#!/bin/sh\n\
         # Makes {what} in account {account}.\n\
         # Run it as an admin of that account. It changes nothing that is there already.\n\
         set -eu\n\
         export AWS_PAGER=\n\n\
         account=$(aws sts get-caller-identity --query Account --output text)\n\
         if [ \"$account\" != {account} ]; then\n    \
         echo \"nothing was made: the AWS CLI is signed in to account $account, and this is for {account}\" >&2\n    \
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
    unless_there(
        &format!("get-policy --policy-arn {arn}"),
        &format!("policy {arn}"),
        &format!(
            "aws iam create-policy --policy-name={} \\\n    \
             --description '{DESCRIPTION}' \\\n    \
             --policy-document \"$permissions\"\n",
            role.name()
        ),
    )
}

/// So that what was stopped half-way can be run again. Where `get` fails for another reason, `create` does as well.
fn unless_there(get: &str, what: &str, create: &str) -> String {
    let create = create.replace('\n', "\n    ");
    format!(
        "if aws iam {get} >/dev/null 2>&1; then\n    \
         echo '{what} is there already, and stays as it is: see apono-login policy check' >&2\n\
         else\n    {}\nfi\n",
        create.trim_end()
    )
}

fn attach(role: &RoleArn) -> String {
    format!(
        "aws iam attach-role-policy --role-name={} \\\n    --policy-arn {}\n",
        role.name(),
        document::policy_arn(role)
    )
}
