//! `policy`, as typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::StatusFormat;
use crate::names::{AccountId, ClusterName, Region, UsernamePrefix};

const TRUST_SSO: &str = "\
json and yaml are the trust policy alone; the other formats make the whole role, with its permissions.

Examples:
  apono-login policy trust-sso --account-id 111122223333
  apono-login policy trust-sso --account-id 111122223333 --format aws-cli > role.sh
  apono-login policy trust-sso --account-id 111122223333 --format terraform > apono.tf";

const TRUST_SAML: &str = "\
json and yaml are the trust policy alone; the other formats make the whole role, with its permissions.

Examples:
  apono-login policy trust-saml --account-id 111122223333 --saml-provider Okta
  apono-login policy trust-saml --account-id 111122223333 --saml-provider Okta --format cloudformation > role.yaml";

const PERMISSIONS: &str = "\
The other formats than json and yaml make the managed policy alone: `policy trust-sso` and `policy trust-saml` make it with \
the role.

Examples:
  apono-login policy permissions --account-id 111122223333
  apono-login policy permissions --account-id 111122223333 --format aws-cli | sh";

const AWS_AUTH: &str = "\
Put it under mapRoles: kubectl -n kube-system edit configmap aws-auth. It must not have the role's path, and has none. \
With --format aws-cli it is the command of eksctl, which adds it. CloudFormation and Terraform cannot add to what others have \
in the ConfigMap: see `apono-login policy access-entry`.

Examples:
  apono-login policy aws-auth --account-id 111122223333
  apono-login policy aws-auth --account-id 111122223333 --cluster-name prod --region eu-west-1 --format aws-cli | sh";

const ACCESS_ENTRY: &str = "\
For clusters whose authentication mode is API or API_AND_CONFIG_MAP. EKS wants a colon before the session's name, so users are \
not called by their email alone: Apono has to grant to the prefix and the email. The prefix must not start with system:, \
eks:, aws:, amazon: or iam:. An access entry counts before the role's entry in aws-auth.
https://docs.aws.amazon.com/eks/latest/userguide/set-custom-username.html

json is what `aws eks create-access-entry --cli-input-json` takes.

Examples:
  apono-login policy access-entry --account-id 111122223333 --cluster-name prod --format aws-cli
  apono-login policy access-entry --account-id 111122223333 --cluster-name prod --username-prefix apono: --format terraform";

const CHECK: &str = "\
Without FILE it runs `aws iam …`, `kubectl -n kube-system get configmap aws-auth -o json` and, with --cluster-name, \
`aws eks …`, with your own environment: AWS_PROFILE chooses the credentials, and kubectl's current context the cluster. aws-auth of the current context is left out if that is \
not the cluster of --cluster-name; a context that is named with --context is taken with a warning. \
--profile only says which role is meant. With FILE it runs nothing and checks what is there: what those commands print, \
any number of them, in any order; what each is it finds out.

Dangerous: somebody gets what is not theirs. Wrong: more than the guide, or people do not get in. Notes (stricter than the \
guide, not looked at) do not count. The exit status is 0 if nothing differs, else 1.

Examples:
  apono-login policy check --account-id 111122223333 --cluster-name prod --region eu-west-1
  aws iam get-role --role-name apono-k8s-access | apono-login policy check -
  apono-login policy check role.json permissions.json aws-auth.json --output json";

#[derive(Debug, Subcommand)]
pub enum Policy {
    /// The role for people who sign in through IAM Identity Center (AWS SSO)
    #[command(after_help = TRUST_SSO)]
    TrustSso(TrustSso),
    /// The role for people who sign in at an identity provider (SAML)
    #[command(after_help = TRUST_SAML)]
    TrustSaml(TrustSaml),
    /// The role's permissions: to find a cluster, and nothing else
    #[command(after_help = PERMISSIONS)]
    Permissions(Permissions),
    /// The role's entry in the aws-auth ConfigMap of a cluster
    #[command(after_help = AWS_AUTH)]
    AwsAuth(AwsAuth),
    /// The role's EKS access entry, in place of the entry in aws-auth
    #[command(after_help = ACCESS_ENTRY)]
    AccessEntry(AccessEntry),
    /// List what differs from the guide in what is there, dangerous settings first
    #[command(after_help = CHECK)]
    Check(Check),
}

/// Which role is meant.
#[derive(Debug, Args)]
pub struct TheRole {
    /// AWS account of the cluster [default: that of the installed profile's role]
    #[arg(long, value_name = "ID")]
    pub account_id: Option<AccountId>,
    /// Name of the role, with its path if it has one [default: that of the installed profile, else apono-k8s-access]
    #[arg(long, value_name = "NAME")]
    pub role_name: Option<String>,
    /// A region of the cluster: China's, GovCloud's and others' have ARNs and sign-in addresses of their own
    /// [default: that of the installed profile]
    #[arg(long, value_name = "REGION", verbatim_doc_comment)]
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

#[derive(Debug, Args)]
pub struct TrustSso {
    #[command(flatten)]
    pub role: TheRole,
    /// How to print it: aws-cli is a shell script, cloudformation a template in YAML
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: PolicyFormat,
}

#[derive(Debug, Args)]
pub struct TrustSaml {
    /// The identity provider, as it is called in IAM
    #[arg(long, value_name = "NAME")]
    pub saml_provider: String,
    #[command(flatten)]
    pub role: TheRole,
    /// How long sessions may be, up to 12 hours: in the whole role only [default: IAM's, an hour]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(3600..=43_200))]
    pub max_session_duration: Option<u32>,
    /// How to print it: aws-cli is a shell script, cloudformation a template in YAML
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: PolicyFormat,
}

#[derive(Debug, Args)]
pub struct Permissions {
    #[command(flatten)]
    pub role: TheRole,
    /// How to print it: aws-cli is a shell script, cloudformation a template in YAML
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: PolicyFormat,
}

#[derive(Debug, Args)]
pub struct AwsAuth {
    #[command(flatten)]
    pub role: TheRole,
    /// What stands before the email in usernames, if Apono grants to such names
    #[arg(long, value_name = "PREFIX")]
    pub username_prefix: Option<UsernamePrefix>,
    /// The cluster, for --format aws-cli
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: Option<ClusterName>,
    /// How to print it: aws-cli is a shell script
    #[arg(long, value_name = "FORMAT", default_value = "yaml")]
    pub format: PolicyFormat,
}

#[derive(Debug, Args)]
pub struct AccessEntry {
    /// Name of the EKS cluster
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: ClusterName,
    #[command(flatten)]
    pub role: TheRole,
    /// What stands before the email in usernames, with a colon [default: apono-managed-user:]
    #[arg(long, value_name = "PREFIX")]
    pub username_prefix: Option<UsernamePrefix>,
    /// How to print it: aws-cli is a shell script, cloudformation a template in YAML
    #[arg(long, value_name = "FORMAT", default_value = "json")]
    pub format: PolicyFormat,
}

#[derive(Debug, Args)]
pub struct Check {
    /// What `aws iam get-role` and the like printed; `-` is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub role: TheRole,
    /// The identity provider that signs people in, as it is called in IAM (SAML)
    #[arg(long, value_name = "NAME")]
    pub saml_provider: Option<String>,
    /// What stands before the email in usernames
    #[arg(long, value_name = "PREFIX")]
    pub username_prefix: Option<UsernamePrefix>,
    /// The cluster, whose access entry for the role is looked at, too; it counts before aws-auth
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: Option<ClusterName>,
    /// Context of the cluster in your kubeconfig [default: the current one]
    #[arg(long, value_name = "NAME", conflicts_with = "files")]
    pub context: Option<String>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: StatusFormat,
}
