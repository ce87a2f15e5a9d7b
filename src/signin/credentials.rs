//! Source credentials: those that assume the role. They are kept in memory only.
//!
//! The SDK's profile chain provides static keys, `credential_source`, chained `source_profile`, web identity and `aws login`.
//! [`sso`] provides IAM Identity Center: the SDK renews SSO sessions without a lock, and cannot ask the user to sign in.
//! [`process`] runs a `credential_process` with limits.

use std::path::PathBuf;
use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::TokioSleep;

use super::error::Error;
use super::explain;
use super::interaction::{Interaction, LONGEST_SIGN_IN};
use super::next::Next;
use super::process;
use super::sources::Sources;
use super::sso::SsoClient;
use crate::aws::{self};
use crate::failure::Failure;
use crate::profile::keys;
use crate::profile::plan::{Named, Root, Source};
use crate::profile::read::Files;
use crate::sys::file;

/// How long a credential_process may take that can ask the user at the terminal.
const LONGEST_PROCESS: Duration = Duration::from_secs(180);
/// The largest token file, in bytes. AWS accepts tokens of 20,000.
const MAX_TOKEN_FILE: u64 = 64 << 10;

impl Sources<'_> {
    /// Gets the source's credentials.
    pub fn get(
        &self,
        source: &Source,
        interaction: Interaction,
        next: Next<'_>,
    ) -> Result<Credentials, Failure> {
        let limit = self.limit(source, interaction);
        aws::block_on_for(limit, self.explained(source, interaction, next))?
    }

    /// Returns how long [`explained`](Self::explained) may take, and a request with the credentials after that.
    pub(super) fn limit(&self, source: &Source, interaction: Interaction) -> Duration {
        aws::LIMIT
            + match source.root() {
                Some(Root::Sso(_)) if interaction != Interaction::None => LONGEST_SIGN_IN,
                Some(Root::Process { .. }) if self.context.can_ask => LONGEST_PROCESS,
                _ => Duration::ZERO,
            }
    }

    /// Gets the source's credentials, or explains why there are none.
    pub(super) async fn explained(
        &self,
        source: &Source,
        interaction: Interaction,
        next: Next<'_>,
    ) -> Result<Credentials, Failure> {
        let _step = self.context.output.step("source credentials");
        let answer = self.credentials(source, interaction).await;
        answer.map_err(|error| explain::source(error, source, next, self.context.now()))
    }

    async fn credentials(
        &self,
        source: &Source,
        interaction: Interaction,
    ) -> Result<Credentials, Error> {
        let token_file = match source.root() {
            Some(Root::Sso(sso)) => {
                let client = SsoClient::new(self, &sso).await?;
                return self
                    .through(source, client.credentials(interaction).await?)
                    .await;
            }
            Some(Root::Process { command }) => {
                let limit = match self.context.can_ask {
                    true => LONGEST_PROCESS,
                    false => aws::LIMIT,
                };
                return self
                    .through(source, process::credentials(&command, limit)?)
                    .await;
            }
            Some(Root::WebIdentity { token_file }) => Some(token_file.into()),
            Some(Root::Named(Named::EcsContainer)) => self.context.container_token_file(),
            _ => None,
        };
        if let Some(path) = token_file {
            check_token_file(path)?;
        }
        let provider = self.provider(source).ok_or_else(|| {
            CredentialsError::not_loaded("this sign-in gives no source credentials")
        })?;
        Ok(provider.provide_credentials().await?)
    }

    /// Assumes the roles of the chain, each with the credentials of the one before, as the SDK's own chain does.
    async fn through(&self, source: &Source, first: Credentials) -> Result<Credentials, Error> {
        let mut credentials = first;
        for hop in source.hops() {
            let config = self.config(None).await;
            let mut role = AssumeRoleProvider::builder(&hop.role_arn).configure(&config);
            if let Some(name) = &hop.session_name {
                role = role.session_name(name);
            }
            if let Some(id) = &hop.external_id {
                role = role.external_id(id);
            }
            let provider = role.build_from_provider(credentials).await;
            credentials = provider.provide_credentials().await?;
        }
        Ok(credentials)
    }

    /// Returns the SDK's provider for the source. `None` if it has none.
    fn provider(&self, source: &Source) -> Option<SharedCredentialsProvider> {
        let region = aws_config::Region::new(self.region.as_str().to_owned());
        let config = ProviderConfig::empty()
            .with_region(Some(region))
            .with_http_client(self.http.clone())
            .with_sleep_impl(TokioSleep::new())
            .with_timeout_config(aws::timeouts())
            .with_retry_config(aws::retries());
        Some(match (source, source.root()?) {
            (Source::Profile { name, .. }, _) => match static_keys(self.files, name) {
                Some(keys) => SharedCredentialsProvider::new(keys),
                None => SharedCredentialsProvider::new(
                    ProfileFileCredentialsProvider::builder()
                        .configure(&config)
                        .profile_files(self.files.profiles().contents(name))
                        .profile_name(name)
                        .build(),
                ),
            },
            (_, Root::Named(Named::Environment)) => {
                SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
            }
            (_, Root::Named(Named::EcsContainer)) => SharedCredentialsProvider::new(
                EcsCredentialsProvider::builder().configure(&config).build(),
            ),
            (_, Root::Named(Named::Ec2InstanceMetadata)) => SharedCredentialsProvider::new(
                ImdsCredentialsProvider::builder()
                    .configure(&config)
                    .build(),
            ),
            _ => return None,
        })
    }
}

/// Checks that a token file can be read.
fn check_token_file(path: PathBuf) -> Result<(), Error> {
    match file::read(&path, MAX_TOKEN_FILE) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Error::NoTokenFile(path)),
        Err(error) => Err(Error::TokenFile(error)),
    }
}

/// Returns the static keys of the source profile. In a chain they take precedence over `role_arn`, except in the profile
/// that the chain starts from; the SDK's provider would treat this profile as that one.
fn static_keys(files: &Files, name: &str) -> Option<Credentials> {
    let profile = files.profiles().get_profile(name)?;
    let key_id = profile.get(keys::AWS_ACCESS_KEY_ID)?;
    let secret = profile.get(keys::AWS_SECRET_ACCESS_KEY)?;
    let token = profile.get(keys::AWS_SESSION_TOKEN).map(str::to_owned);
    Some(Credentials::new(key_id, secret, token, None, "profile"))
}
