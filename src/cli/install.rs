//! `install`, as typed.

use std::path::PathBuf;

use clap::Args;

use super::SignIn;
use crate::names::{
    AccountId, ClusterName, IdpUrl, ProfileName, Region, RoleSessionName, SsoRoleName, StartUrl,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  # sign in through an AWS access portal (IAM Identity Center), add a cluster
  apono-login install --sso-start-url https://example.awsapps.com/start \\
    --sso-role-name Engineer --account-id 111122223333 \\
    --cluster-name prod --region eu-west-1
  # set up the accounts and clusters of your team from the file of your admin
  apono-login install --from team.toml
  # sign in at an identity provider (SAML) by the link that opens AWS there
  apono-login install \\
    --saml-url https://example.okta.com/home/amazon_aws/0oa1/272 \\
    --cluster-name prod --region eu-west-1
  # use a profile that signs in some other way
  apono-login install --source-profile work --account-id 111122223333 \\
    --email alice@example.com --region eu-west-1";

/// Flags whose values a team file contains.
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

const SSO_FLAGS: [&str; 6] = [
    "source_profile",
    "sso_session",
    "sso_start_url",
    "sso_region",
    "sso_account_id",
    "sso_role_name",
];

#[derive(Debug, Args)]
pub struct Install {
    /// Set the AWS account ID of the cluster (12 digits)
    #[arg(long, value_name = "ID")]
    pub account_id: Option<AccountId>,
    /// Set your email exactly as your identity provider has it, including capitals
    #[arg(long, value_name = "EMAIL")]
    pub email: Option<RoleSessionName>,
    /// Set the region of the cluster
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
    /// Assume the role with the credentials of this profile [default: the installed one, else default; with --sso-start-url
    /// a profile for it, else a new one]
    #[arg(long, value_name = "NAME")]
    pub source_profile: Option<ProfileName>,
    /// Set the role that your admin created, with its path if it has one [default: the installed one, else
    /// apono-k8s-access]
    #[arg(long, value_name = "NAME")]
    pub role_name: Option<String>,
    /// Sign in at the AWS access portal with this start URL
    #[arg(long, value_name = "URL")]
    pub sso_start_url: Option<StartUrl>,
    /// Set the region of the access portal [default: that of a profile with the same start URL, else --region]
    #[arg(long, value_name = "REGION")]
    pub sso_region: Option<Region>,
    /// Sign in to this AWS account [default: --account-id]
    #[arg(long, value_name = "ID")]
    pub sso_account_id: Option<AccountId>,
    /// Sign in with this permission set
    #[arg(long, value_name = "NAME")]
    pub sso_role_name: Option<SsoRoleName>,
    /// Use this sso-session of the AWS config file, or write one of this name: for several sign-ins at one access portal
    /// [default: the one in use, else the one that is signed in]
    #[arg(long, value_name = "NAME")]
    pub sso_session: Option<ProfileName>,
    /// Set the name of your SAML identity provider in IAM [default: the one in the SAML response]
    #[arg(long, value_name = "NAME", conflicts_with_all = SSO_FLAGS)]
    pub saml_provider: Option<String>,
    /// Sign in at your SAML identity provider by the link that opens AWS there
    #[arg(long, value_name = "URL", conflicts_with_all = SSO_FLAGS)]
    pub saml_url: Option<IdpUrl>,
    /// Log in and add this cluster to your kubeconfig (repeatable)
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: Vec<ClusterName>,
    /// Set up the accounts, sign-ins and clusters of this team file
    #[arg(long, value_name = "FILE", conflicts_with_all = FROM_A_FILE)]
    pub from: Option<PathBuf>,
    #[command(flatten)]
    pub sign_in: SignIn,
    /// Let AWS tools get credentials from apono-login instead of assuming the role themselves, which tools written in C++ cannot
    #[arg(long)]
    pub credential_process: bool,
    /// Look up all clusters of the team file, as after one was created again [default: those that were not looked up in the
    /// last 24 hours]
    #[arg(long, requires = "from")]
    pub refresh_clusters: bool,
    /// Do not switch the current context
    #[arg(long)]
    pub no_switch: bool,
    /// Print the change as a unified diff and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not prompt; overwrite an existing profile and use the email from the sign-in
    #[arg(long)]
    pub yes: bool,
}
