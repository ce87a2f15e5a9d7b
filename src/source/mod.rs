//! Source credentials: those that may assume the role.
//!
//! Today through the SDK's own profile chain: static keys, `credential_source`, `credential_process`, chained
//! `source_profile`, web identity, and SSO with a token that another tool cached.

pub mod sso_token;

use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::TokioSleep;

use crate::aws;
use crate::names::Region;
use crate::profile::plan::{Named, Plan, Source};
use crate::profile::read::Files;
use crate::sys::http;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}", aws::innermost(.0))]
    Provider(#[source] CredentialsError),
    #[error("no answer within {} seconds", LONGEST_WAIT.as_secs())]
    Timeout,
}

/// A credential_process may ask the person something, but not for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(180);

/// Gets the plan's source credentials. They are held in memory only.
pub async fn credentials(
    plan: &Plan,
    files: &Files,
    region: &Region,
    http: http::Client,
) -> Result<Credentials, Error> {
    let provider = provider(plan, files, region, http);
    tokio::time::timeout(LONGEST_WAIT, provider.provide_credentials())
        .await
        .map_err(|_| Error::Timeout)?
        .map_err(Error::Provider)
}

fn provider(
    plan: &Plan,
    files: &Files,
    region: &Region,
    http: http::Client,
) -> SharedCredentialsProvider {
    let config = ProviderConfig::empty()
        .with_region(Some(aws_config::Region::new(region.as_str().to_owned())))
        .with_http_client(http)
        .with_sleep_impl(TokioSleep::new())
        .with_timeout_config(aws::timeouts())
        .with_retry_config(RetryConfig::standard());
    match &plan.source {
        Source::Profile { name, .. } => match static_keys(files, name) {
            Some(keys) => SharedCredentialsProvider::new(keys),
            None => SharedCredentialsProvider::new(
                ProfileFileCredentialsProvider::builder()
                    .configure(&config)
                    .profile_files(files.contents().clone())
                    .profile_name(name)
                    .build(),
            ),
        },
        Source::Named(Named::Environment) => {
            SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
        }
        Source::Named(Named::EcsContainer) => SharedCredentialsProvider::new(
            EcsCredentialsProvider::builder().configure(&config).build(),
        ),
        Source::Named(Named::Ec2InstanceMetadata) => SharedCredentialsProvider::new(
            ImdsCredentialsProvider::builder()
                .configure(&config)
                .build(),
        ),
    }
}

/// Static keys of the source profile. They go before its `role_arn`, as everywhere in a chain but at its start;
/// asked by name, the SDK's provider would take this profile for the start.
fn static_keys(files: &Files, name: &str) -> Option<Credentials> {
    let profile = files.profiles().get_profile(name)?;
    let key_id = profile.get("aws_access_key_id")?;
    let secret = profile.get("aws_secret_access_key")?;
    let token = profile.get("aws_session_token").map(str::to_owned);
    Some(Credentials::new(key_id, secret, token, None, "profile"))
}
