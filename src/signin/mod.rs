//! Source credentials: those that assume the role.
//!
//! The SDK's profile chain provides static keys, `credential_source`, chained `source_profile`, web identity and `aws login`.
//! [`sso`] provides IAM Identity Center: the SDK renews SSO sessions without a lock, and cannot ask the user to sign in.
//! [`process`] runs a `credential_process` with limits. [`saml`] has no source credentials: its responses are for the role
//! itself.

pub mod explain;
pub mod interaction;
pub mod lock;
pub mod process;
pub mod saml;
pub mod sso;

use std::path::{Path, PathBuf};
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

use crate::aws;
use crate::context::Context;
use crate::names::Region;
use crate::profile::keys;
use crate::profile::plan::{Hop, Named, Root, Source, SsoSource};
use crate::profile::read::Files;
use crate::sys::{file, http};
use interaction::{Interaction, LONGEST_SIGN_IN};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// `trouble` is what was wrong with the last response: see [`http::trouble`].
    #[error("{}", aws::innermost(error))]
    Provider {
        #[source]
        error: CredentialsError,
        trouble: Option<String>,
    },
    #[error(transparent)]
    Process(#[from] process::Error),
    /// The file with a token for a provider of the SDK, which would wait for a pipe, and read a device, without end.
    #[error("{}", told(.0))]
    TokenFile(file::Error),
    #[error("{path} not found", path = .0.display())]
    NoTokenFile(PathBuf),
    #[error(transparent)]
    Sso(#[from] sso::Error),
}

impl From<CredentialsError> for Error {
    fn from(error: CredentialsError) -> Self {
        let trouble = http::trouble();
        Error::Provider { error, trouble }
    }
}

/// How long a credential_process may take that can ask the user at the terminal.
const LONGEST_PROCESS: Duration = Duration::from_secs(180);
/// The largest token file, in bytes. AWS accepts tokens of 20,000.
const MAX_TOKEN_FILE: u64 = 64 << 10;

/// Returns the text of an error, and of its source if it has one.
fn told(error: &file::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// Gets source credentials.
#[derive(Debug)]
pub struct Sources<'a> {
    pub context: &'a Context,
    pub files: &'a Files,
    /// The STS region for the roles of a chain.
    pub region: &'a Region,
    pub http: http::Client,
    /// The folder of the SSO tokens of AWS tools.
    pub sso_cache: std::path::PathBuf,
}

impl Sources<'_> {
    /// Gets the source's credentials. They are kept in memory only.
    pub async fn credentials(
        &self,
        source: &Source,
        interaction: Interaction,
    ) -> Result<Credentials, Error> {
        if let Source::Profile { root, hops, .. } = source {
            let first = match root {
                Root::Sso(sso) => self.sso_client(sso).await?.credentials(interaction).await?,
                Root::Process { command } => {
                    process::credentials(command, self.limit_of_process())?
                }
                Root::WebIdentity { token_file } => {
                    check_token_file(Path::new(token_file))?;
                    return self.of_the_sdk(source).await;
                }
                _ => return self.of_the_sdk(source).await,
            };
            return self.through(hops, first).await;
        }
        self.of_the_sdk(source).await
    }

    async fn of_the_sdk(&self, source: &Source) -> Result<Credentials, Error> {
        let root = match source {
            Source::Profile { root, .. } => Some(root),
            _ => None,
        };
        let container = Named::EcsContainer;
        if (*source == Source::Named(container) || root == Some(&Root::Named(container)))
            && let Some(path) = self.context.container_token_file()
        {
            check_token_file(&path)?;
        }
        let Some(provider) = self.provider(source) else {
            let why = "SAML has no source credentials";
            return Err(CredentialsError::not_loaded(why).into());
        };
        Ok(provider.provide_credentials().await?)
    }

    /// Returns how long [`credentials`](Self::credentials) may take, and a request with them after that.
    pub fn limit(&self, source: &Source, interaction: Interaction) -> Duration {
        let root = match source {
            Source::Profile { root, .. } => Some(root),
            _ => None,
        };
        aws::LIMIT
            + match root {
                Some(Root::Sso(_)) if interaction != Interaction::None => LONGEST_SIGN_IN,
                Some(Root::Process { .. }) if self.context.can_ask => LONGEST_PROCESS,
                _ => Duration::ZERO,
            }
    }

    fn limit_of_process(&self) -> Duration {
        match self.context.can_ask {
            true => LONGEST_PROCESS,
            false => aws::LIMIT,
        }
    }

    pub async fn sso_client<'b>(
        &'b self,
        sso: &'b SsoSource,
    ) -> Result<sso::SsoClient<'b>, sso::Error> {
        let cache = sso::cache::Cache::new(self.sso_cache.clone(), sso);
        let (files, http) = (self.files, self.http.clone());
        sso::SsoClient::new(self.context, sso, cache, files, http).await
    }

    /// Assumes the roles of a chain, each with the credentials of the one before, as the SDK's own chain does.
    async fn through(&self, hops: &[Hop], first: Credentials) -> Result<Credentials, Error> {
        let mut credentials = first;
        for hop in hops {
            let (files, http) = (self.files, self.http.clone());
            let profile = self.context.profile.as_str();
            let config = aws::client_config(files, profile, self.region, http, None).await;
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
        let config = ProviderConfig::empty()
            .with_region(Some(aws_config::Region::new(
                self.region.as_str().to_owned(),
            )))
            .with_http_client(self.http.clone())
            .with_sleep_impl(TokioSleep::new())
            .with_timeout_config(aws::timeouts())
            .with_retry_config(aws::retries());
        Some(match source {
            Source::Saml(_) => return None,
            Source::Profile { name, .. } => match static_keys(self.files, name) {
                Some(keys) => SharedCredentialsProvider::new(keys),
                None => SharedCredentialsProvider::new(
                    ProfileFileCredentialsProvider::builder()
                        .configure(&config)
                        .profile_files(self.files.contents().clone())
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
        })
    }
}

/// Checks that a token file can be read.
fn check_token_file(path: &Path) -> Result<(), Error> {
    match file::read(path, MAX_TOKEN_FILE) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Error::NoTokenFile(path.to_owned())),
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
