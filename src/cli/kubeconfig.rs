//! `update-kubeconfig`, as typed.

use std::path::PathBuf;

use clap::Args;

use crate::names::{ClusterName, Region};

pub(super) const EXAMPLES: &str = "\
Examples:
  apono-login update-kubeconfig --name prod --region eu-west-1
  apono-login update-kubeconfig --name prod --region eu-west-1 \\
    --alias prod --namespace shop --no-switch";

#[derive(Debug, Args)]
pub struct UpdateKubeconfig {
    /// Add this EKS cluster
    #[arg(long, value_name = "CLUSTER")]
    pub name: ClusterName,
    /// Look for the cluster in this region [default: $AWS_REGION, else the region of the profile]
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
    /// Set the name of the context [default: the ARN of the cluster]
    #[arg(long, value_name = "NAME")]
    pub alias: Option<String>,
    /// Set the name of the user entry [default: PROFILE@ARN]
    #[arg(long, value_name = "NAME")]
    pub user_alias: Option<String>,
    /// Set the namespace of the context
    #[arg(long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Send kubectl's requests to the cluster through this proxy: an http, https or socks5 URL; "" means none [default: the proxy
    /// of the entry]
    #[arg(long, value_name = "URL")]
    pub proxy_url: Option<String>,
    /// Write to this kubeconfig [default: the file of $KUBECONFIG that has the entry, else its first file, else
    /// ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Do not switch the current context
    #[arg(long)]
    pub no_switch: bool,
    /// Print the change as a unified diff and write nothing
    #[arg(long)]
    pub dry_run: bool,
}
