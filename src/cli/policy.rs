//! `policy`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{StatusFormat, duration};
use crate::names::{AccountId, ClusterName, Region, UsernamePrefix};

const TRUST_SSO: &str = "\
json and yaml print the trust policy alone; the other formats create the whole role with its permissions policy.

Examples:
  apono-login policy trust-sso --account-id 111122223333
  apono-login policy trust-sso --account-id 111122223333 \\
    --format aws-cli > role.sh
  apono-login policy trust-sso --account-id 111122223333 \\
    --format terraform > apono.tf";

const TRUST_SAML: &str = "\
json and yaml print the trust policy alone; the other formats create the whole role with its permissions policy.

Examples:
  apono-login policy trust-saml --account-id 111122223333 --saml-provider Okta
  apono-login policy trust-saml --account-id 111122223333 \\
    --saml-provider Okta --format cloudformation > role.yaml";

const PERMISSIONS: &str = "\
aws-cli, cloudformation and terraform create the managed policy alone; trust-sso and trust-saml create it together with the \
role.

Examples:
  apono-login policy permissions --account-id 111122223333
  apono-login policy permissions --account-id 111122223333 \\
    --format aws-cli | sh";

const ASSUME_ROLE: &str = "\
Add it to what the sign-in may do: the inline policy of the permission set, or a policy of the source role or user. If a \
service control policy or a permissions boundary lists what is allowed, add it there, too.

Examples:
  apono-login policy assume-role --account-id 111122223333
  apono-login policy assume-role --account-id 111122223333 \\
    --also sts:TagSession --format yaml";

const AWS_AUTH: &str = "\
To add the entry to mapRoles: `kubectl -n kube-system edit configmap aws-auth`.
The entry has no role path, as aws-auth requires. --format aws-cli prints the eksctl command that adds it. CloudFormation and Terraform cannot add to an existing \
ConfigMap: use access-entry.

Examples:
  apono-login policy aws-auth --account-id 111122223333
  apono-login policy aws-auth --account-id 111122223333 \\
    --cluster-name prod --region eu-west-1 --format aws-cli | sh";

const ACCESS_ENTRY: &str = "\
Works with clusters in authentication mode API or API_AND_CONFIG_MAP. EKS requires a colon before the session name, so a \
username is a prefix followed by the email, and Apono must grant access to that name. The prefix must not start with system:, \
eks:, aws:, amazon: or iam:. An access entry overrides the entry of the same role in aws-auth.
https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html

json is the input for --cli-input-json of `aws eks create-access-entry`.

Examples:
  apono-login policy access-entry --account-id 111122223333 \\
    --cluster-name prod --region eu-west-1 --format aws-cli
  apono-login policy access-entry --account-id 111122223333 \\
    --cluster-name prod --username-prefix apono: --format terraform";

const CHECK: &str = "\
Without FILE, reads the role with `aws iam`, the aws-auth ConfigMap with `kubectl` and, with --cluster-name, the access entry \
with `aws eks`, in your environment: AWS_PROFILE selects the credentials, and the current context the cluster. Skips aws-auth if \
the current context is not the cluster of --cluster-name; warns if the context of --context is not. --profile only selects the \
role to check.

With FILE, runs nothing and checks the output of such commands: any number of files, in any order.

DANGEROUS: people get access that they should not have. WRONG: more than the guide needs, or people do not get access. Notes \
(stricter than the guide, or not checked) do not count. The exit status is 0 if nothing is dangerous or wrong, else 1.

Examples:
  apono-login policy check --account-id 111122223333 \\
    --cluster-name prod --region eu-west-1
  aws iam get-role --role-name apono-k8s-access | apono-login policy check -
  apono-login policy check role.json permissions.json aws-auth.json";

#[derive(Debug, Subcommand)]
pub enum Policy {
    #[command(flatten)]
    Document(Document),
    /// Show where the current setup differs from the guide, dangerous settings first
    #[command(after_help = CHECK)]
    Check(Check),
}

#[derive(Debug, Subcommand)]
pub enum Document {
    /// Print the role for people who sign in through IAM Identity Center (AWS SSO)
    #[command(after_help = TRUST_SSO)]
    TrustSso(OfRole),
    /// Print the role for people who sign in at an identity provider (SAML)
    #[command(after_help = TRUST_SAML)]
    TrustSaml(TrustSaml),
    /// Print the permissions policy of the role: to find a cluster, and nothing else
    #[command(after_help = PERMISSIONS)]
    Permissions(OfRole),
    /// Print what a permission set, source role or user needs to assume the role
    #[command(after_help = ASSUME_ROLE)]
    AssumeRole(AssumeRole),
    /// Print the entry of the role for the aws-auth ConfigMap of a cluster
    #[command(after_help = AWS_AUTH)]
    AwsAuth(AwsAuth),
    /// Print the EKS access entry of the role, for use instead of aws-auth
    #[command(after_help = ACCESS_ENTRY)]
    AccessEntry(AccessEntry),
}

/// The role that a document is for.
#[derive(Debug, Args)]
pub struct TheRole {
    /// Set the AWS account ID of the cluster [default: from the installed profile]
    #[arg(long, value_name = "ID")]
    pub account_id: Option<AccountId>,
    /// Set the name of the role, with its path if it has one [default: from the installed profile, else apono-k8s-access]
    #[arg(long, value_name = "NAME")]
    pub role_name: Option<String>,
    /// Set the region of the cluster, which decides the AWS partition [default: from the installed profile]
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyFormat {
    Json,
    Yaml,
    AwsCli,
    Cloudformation,
    Terraform,
}

/// The arguments of a document that depends on the role alone.
#[derive(Debug, Args)]
pub struct OfRole {
    #[command(flatten)]
    pub role: TheRole,
    /// Set the output format; aws-cli is a shell script, cloudformation a YAML template
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: PolicyFormat,
}

/// The formats of a document that is a part of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TextFormat {
    Json,
    Yaml,
}

impl From<TextFormat> for PolicyFormat {
    fn from(format: TextFormat) -> Self {
        match format {
            TextFormat::Json => PolicyFormat::Json,
            TextFormat::Yaml => PolicyFormat::Yaml,
        }
    }
}

/// What AWS does while a role is assumed, where the sign-in asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AlsoAction {
    #[value(name = "sts:TagSession")]
    TagSession,
    #[value(name = "sts:SetSourceIdentity")]
    SetSourceIdentity,
}

impl AlsoAction {
    pub fn name(self) -> &'static str {
        match self {
            AlsoAction::TagSession => "sts:TagSession",
            AlsoAction::SetSourceIdentity => "sts:SetSourceIdentity",
        }
    }
}

#[derive(Debug, Args)]
pub struct AssumeRole {
    #[command(flatten)]
    pub role: TheRole,
    /// Also allow this action, for a sign-in that has session tags or a source identity; can be repeated
    #[arg(long, value_name = "ACTION")]
    pub also: Vec<AlsoAction>,
    /// Set the output format
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: TextFormat,
}

#[derive(Debug, Args)]
pub struct TrustSaml {
    /// Set the name of the identity provider in IAM
    #[arg(long = "saml-provider", value_name = "NAME")]
    pub provider: String,
    #[command(flatten)]
    pub role: TheRole,
    /// Set the maximum session duration of the role: 1h to 12h, as in 7200 or 1h30m; not with json and yaml [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = duration::longest_session)]
    pub max_session_duration: Option<u32>,
    /// Set the output format; aws-cli is a shell script, cloudformation a YAML template
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: PolicyFormat,
}

#[derive(Debug, Args)]
pub struct AwsAuth {
    #[command(flatten)]
    pub role: TheRole,
    /// Set the prefix of the email in usernames, if Apono grants access to such names
    #[arg(long, value_name = "PREFIX")]
    pub username_prefix: Option<UsernamePrefix>,
    /// Set the EKS cluster for --format aws-cli
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: Option<ClusterName>,
    /// Set the output format; aws-cli is a shell script
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    pub format: PolicyFormat,
}

#[derive(Debug, Args)]
pub struct AccessEntry {
    /// Set the EKS cluster
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: ClusterName,
    #[command(flatten)]
    pub role: TheRole,
    /// Set the prefix of the email in usernames, with a colon [default: apono-managed-user:]
    #[arg(long, value_name = "PREFIX")]
    pub username_prefix: Option<UsernamePrefix>,
    /// Set the output format; aws-cli is a shell script, cloudformation a YAML template
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: PolicyFormat,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Check the output of `aws iam get-role` and the like in these files; `-` for standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub role: TheRole,
    /// Set the name of the SAML identity provider in IAM
    #[arg(long = "saml-provider", value_name = "NAME")]
    pub provider: Option<String>,
    /// Set the prefix of the email in usernames
    #[arg(long, value_name = "PREFIX")]
    pub username_prefix: Option<UsernamePrefix>,
    /// Also check the access entry of the role in this EKS cluster, which overrides aws-auth
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: Option<ClusterName>,
    /// Use this context of your kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME", conflicts_with = "files")]
    pub context: Option<String>,
    /// Set the output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: StatusFormat,
}
