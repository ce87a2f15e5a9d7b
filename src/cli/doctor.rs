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
    /// Name of the EKS cluster [default: that of the current context, if apono-login wrote it]
    #[arg(long, value_name = "CLUSTER")]
    pub cluster_name: Option<ClusterName>,
    /// Region of the cluster [default: $AWS_REGION, else the profile's]
    #[arg(long, value_name = "REGION")]
    pub region: Option<Region>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: StatusFormat,
}
