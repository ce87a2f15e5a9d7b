//! What source credentials are requested with, and calls to AWS with them.

use crate::aws::{self, sts};
use crate::context::Context;
use crate::failure::Failure;
use crate::names::Region;
use crate::profile::read::Files;
use crate::store::Cache;
use crate::sys::http;
use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use std::path::PathBuf;

/// Gets source credentials, and calls AWS.
#[derive(Debug)]
pub struct Sources<'a> {
    pub context: &'a Context,
    pub files: &'a Files,
    /// The region of STS.
    pub region: Region,
    pub http: http::Client,
    /// The folder of the SSO tokens of AWS tools.
    pub sso_cache: PathBuf,
    /// Holds the locks of renewals.
    pub locks: &'a Cache,
}

impl Sources<'_> {
    /// Returns the configuration of a service client with these credentials. `None` is for unsigned requests.
    pub async fn config(&self, credentials: Option<Credentials>) -> SdkConfig {
        let provider = credentials.map(SharedCredentialsProvider::new);
        let profile = self.context.profile.as_str();
        aws::client_config(
            self.files,
            profile,
            &self.region,
            self.http.clone(),
            provider,
        )
        .await
    }

    /// Returns the ARN of the identity that the credentials belong to.
    pub fn caller(&self, credentials: Credentials) -> Result<Result<String, sts::Error>, Failure> {
        let caller = async {
            let client = sts::client(&self.config(Some(credentials)).await);
            sts::caller(&client, self.context.now()).await
        };
        Ok(aws::block_on(caller).map_err(sts::Error::from).flatten())
    }
}
