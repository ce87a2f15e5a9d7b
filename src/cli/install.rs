//! `install`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::SignIn;
use crate::names::{
    AccountId, ClusterName, IdpUrl, ProfileName, Region, RoleSessionName, SsoRoleName, StartUrl,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  # sign in through an AWS access portal (IAM Identity Center), and add a cluster
  apono-login install --sso-start-url https://example.awsapps.com/start --sso-role-name Engineer \\
    --account-id 111122223333 --cluster-name prod --region eu-west-1
  # all accounts and clusters of your team, from the file that your admin gave you
  apono-login install --from team.toml
  # sign in at an identity provider (SAML), by the link that opens AWS there
  apono-login install --saml-url https://example.okta.com/home/amazon_aws/0oa1/272 \\
    --cluster-name prod --region eu-west-1
  # with a profile that signs in some other way
  apono-login install --source-profile work --account-id 111122223333 --email alice@example.com --region eu-west-1";

/// What a team file says itself.
const FROM_A_FILE: [&str; 11] = [
    "account_id",
    "region",
    "source_profile",
    "role_name",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
    "saml_provider",
    "saml_url",
    "cluster_name",
];

const SSO_FLAGS: [&str; 5] = [
    "source_profile",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
];

#[derive(Debug, Args)]
pub struct Install {
    /// AWS account of the cluster: 12 digits
    #[arg(long, value_name = "ID")]
    pub account_id: Option<AccountId>,
    /// Your email as your identity provider has it, capitals included
    #[arg(long, value_name = "EMAIL")]
    pub email: Option<RoleSessionName>,
    /// Region of the cluster
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
    /// Profile whose credentials may assume the role
    /// [default: the one installed, else default; with --sso-… one that fits, else a new one]
    #[arg(long, value_name = "NAME", verbatim_doc_comment)]
    pub source_profile: Option<ProfileName>,
    /// Role made by your admin, with its path if it has one
    /// [default: the one installed, else apono-k8s-access]
    #[arg(long, value_name = "NAME", verbatim_doc_comment)]
    pub role_name: Option<String>,
    /// Start URL of your AWS access portal: the source profile signs in there
    #[arg(long, value_name = "URL")]
    pub sso_start_url: Option<StartUrl>,
    /// Region of the access portal
    /// [default: that of a profile for the same start URL, else --region]
    #[arg(long, value_name = "REGION", verbatim_doc_comment)]
    pub sso_region: Option<Region>,
    /// AWS account to sign in to [default: --account-id]
    #[arg(long, value_name = "ID")]
    pub sso_account_id: Option<AccountId>,
    /// Permission set to sign in with
    #[arg(long, value_name = "NAME")]
    pub sso_role_name: Option<SsoRoleName>,
    /// Identity provider that signs you in, as it is called in IAM (SAML) [default: the one that the sign-in tells]
    #[arg(long, value_name = "NAME", conflicts_with_all = SSO_FLAGS)]
    pub saml_provider: Option<String>,
    /// Link that opens AWS at the identity provider
    #[arg(long, value_name = "URL", conflicts_with_all = SSO_FLAGS)]
    pub saml_url: Option<IdpUrl>,
    /// Log in and add this cluster to your kubeconfig, too; can be given several times
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: Vec<ClusterName>,
    /// Set up all that a team file names: accounts, sign-ins, clusters
    #[arg(long, value_name = "FILE", conflicts_with_all = FROM_A_FILE)]
    pub from: Option<PathBuf>,
    #[command(flatten)]
    pub sign_in: SignIn,
    /// Let AWS tools fetch credentials through apono-login instead of assuming the role themselves
    #[arg(long)]
    pub credential_process: bool,
    /// Print the change as a unified diff and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Ask nothing: change a profile that is there, take the email that the sign-in tells
    #[arg(long)]
    pub yes: bool,
}
