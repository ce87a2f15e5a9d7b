//! The cluster, looked up with the role's credentials.

use aws_credential_types::provider::SharedCredentialsProvider;

use super::Session;
use crate::credentials::Credentials;
use crate::eks::cluster::{self, Cluster};
use crate::failure::Failure;
use crate::names::{ClusterName, Region};
use crate::{aws, eks};

impl Session<'_> {
    /// Looks up the cluster with the role's credentials; `account` is the role's account.
    pub fn describe_cluster(
        &self,
        credentials: &Credentials,
        account: &str,
        name: &ClusterName,
        region: &Region,
    ) -> Result<Cluster, Failure> {
        let http = self.http()?;
        let files = self.files()?;
        let step = format!("DescribeCluster in {region}");
        let _step = self.context.output.step(step);
        let provider = Some(SharedCredentialsProvider::new(credentials.for_the_sdk()));
        aws::block_on(async {
            let profile = self.context.profile.as_str();
            let config = aws::client_config(files, profile, region, http, provider).await;
            cluster::describe(&config, name, account, self.context.now()).await
        })
        .map_err(cluster::Error::from)
        .flatten()
        .map_err(|error| eks::explain::describe_cluster(error, name, region, &self.context.profile))
    }
}
