//! `doctor`, as typed.

use clap::Args;

use super::StatusFormat;
use crate::names::{ClusterName, Region};

pub(super) const EXAMPLES: &str = "\
Examples:
  apono-login doctor
  apono-login doctor --cluster-name prod --region eu-west-1
  apono-login doctor --output json";

#[derive(Debug, Args)]
pub struct Doctor {
    /// Check access to this EKS cluster [default: that of the current context, if apono-login wrote it]
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: Option<ClusterName>,
    /// Look for the cluster in this region [default: $AWS_REGION, else the region of the profile]
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
    /// Set the output format
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: StatusFormat,
}
