//! Source credentials: those that assume the role. They are kept in memory only.
//!
//! The SDK provides the first credentials of a chain from static keys, `credential_source`, web identity and `aws login`.
//! [`sso`] provides IAM Identity Center: the SDK renews SSO sessions without a lock, and cannot ask the user to sign in.
//! [`process`] runs a `credential_process` with limits. The roles of the chain are assumed here: the SDK sends no MFA code.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::login::LoginCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
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
use super::{login, mfa};
use crate::aws::{self, sts};
use crate::failure::Failure;
use crate::profile::keys;
use crate::profile::plan::{Hop, Named, Root, Source};
use crate::profile::read::Files;
use crate::sys::file;

/// How long a credential_process may take that can ask the user at the terminal.
const LONGEST_PROCESS: Duration = Duration::from_secs(180);
/// The session name of a role of the chain whose profile has none.
const SESSION_NAME: &str = "apono-login";
/// The largest token file, in bytes. AWS accepts tokens of 20,000.
const MAX_TOKEN_FILE: u64 = 64 << 10;

impl Sources<'_> {
    /// Gets the source's credentials. Asks for MFA codes only if the user may be asked for a sign-in, too.
    pub fn get(
        &self,
        source: &Source,
        interaction: Interaction,
        next: Next<'_>,
    ) -> Result<Credentials, Failure> {
        let limit = self.limit(source, interaction);
        let explained =
            |error| explain::source(error, source, self.files, next, self.context.now());
        let root = aws::block_on_for(limit, self.root(source, interaction))?.map_err(explained)?;
        let may_ask = interaction != Interaction::None;
        let codes = mfa::of_chain(self.context, source, may_ask, next)?;
        aws::block_on_for(aws::LIMIT, self.through(source, root, &codes))?.map_err(explained)
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

    /// Gets the source's credentials, or explains why there are none. `codes` are the MFA codes for the roles of its chain.
    pub(super) async fn explained(
        &self,
        source: &Source,
        interaction: Interaction,
        codes: &[String],
        next: Next<'_>,
    ) -> Result<Credentials, Failure> {
        let answer = async {
            let root = self.root(source, interaction).await?;
            self.through(source, root, codes).await
        };
        let answer = answer.await;
        answer.map_err(|error| explain::source(error, source, self.files, next, self.context.now()))
    }

    /// Gets the first credentials of the chain.
    async fn root(&self, source: &Source, interaction: Interaction) -> Result<Credentials, Error> {
        let _step = self.context.output.step("source credentials");
        let token_file = match source.root() {
            Some(Root::Sso(sso)) => {
                let client = SsoClient::new(self, &sso).await?;
                return Ok(client.credentials(interaction).await?);
            }
            Some(Root::Process { command }) => {
                let limit = match self.context.can_ask {
                    true => LONGEST_PROCESS,
                    false => aws::LIMIT,
                };
                return Ok(process::credentials(&command, limit)?);
            }
            Some(Root::WebIdentity { token_file }) => Some(token_file.into()),
            Some(Root::Named(Named::EcsContainer)) => self.context.container_token_file(),
            _ => None,
        };
        if let Some(path) = token_file {
            check_token_file(path)?;
        }
        // Until the credentials are renewed.
        let _lock = match (source.root(), self.login_session(source)) {
            (Some(Root::Login), Some(session)) => {
                let lock = login::prepare(self.context, self.locks, session).await;
                lock.map_err(Error::LoginKey)?
            }
            _ => None,
        };
        let provider = self.provider(source).ok_or_else(|| {
            CredentialsError::not_loaded("this sign-in gives no source credentials")
        })?;
        Ok(provider.provide_credentials().await?)
    }

    /// Assumes the roles of the chain, each with the credentials of the one before.
    async fn through(
        &self,
        source: &Source,
        first: Credentials,
        codes: &[String],
    ) -> Result<Credentials, Error> {
        let mut credentials = first;
        let mut codes = codes.iter();
        for hop in source.hops() {
            let code = hop.mfa_serial.as_ref().and_then(|_| codes.next().cloned());
            let _step = self.context.output.step("a role of the chain");
            credentials = self.assumed(hop, credentials, code).await?;
        }
        Ok(credentials)
    }

    async fn assumed(
        &self,
        hop: &Hop,
        credentials: Credentials,
        code: Option<String>,
    ) -> Result<Credentials, Error> {
        let client = sts::client(&self.config(Some(credentials)).await);
        let answer = client
            .assume_role()
            .role_arn(&hop.role_arn)
            .role_session_name(hop.session_name.as_deref().unwrap_or(SESSION_NAME))
            .set_external_id(hop.external_id.clone())
            .set_serial_number(hop.mfa_serial.clone())
            .set_token_code(code)
            .send()
            .await
            .map_err(CredentialsError::provider_error)?;
        let given = answer
            .credentials()
            .ok_or_else(|| CredentialsError::unhandled("the response has no credentials"))?;
        let token = given.session_token().to_owned();
        let expiry = SystemTime::try_from(*given.expiration()).ok();
        let (id, secret) = (given.access_key_id(), given.secret_access_key());
        Ok(Credentials::new(id, secret, Some(token), expiry, "role"))
    }

    /// Returns the session of `aws login` that the source names.
    fn login_session(&self, source: &Source) -> Option<&str> {
        let origin = source.origin().unwrap_or_default();
        let profile = self.files.profiles().get_profile(origin)?;
        profile.get(keys::LOGIN_SESSION)
    }

    /// Returns the provider of the first credentials of the chain. `None` if the SDK has none.
    fn provider(&self, source: &Source) -> Option<SharedCredentialsProvider> {
        let region = aws_config::Region::new(self.region.as_str().to_owned());
        let config = ProviderConfig::empty()
            .with_region(Some(region))
            .with_http_client(self.http.clone())
            .with_sleep_impl(TokioSleep::new())
            .with_timeout_config(aws::timeouts())
            .with_retry_config(aws::retries());
        let origin = source.origin().unwrap_or_default();
        Some(match source.root()? {
            Root::StaticKeys => SharedCredentialsProvider::new(static_keys(self.files, origin)?),
            Root::WebIdentity { .. } => SharedCredentialsProvider::new(
                ProfileFileCredentialsProvider::builder()
                    .configure(&config)
                    .profile_files(self.files.profiles().contents(origin))
                    .profile_name(origin)
                    .build(),
            ),
            Root::Login => SharedCredentialsProvider::new(
                LoginCredentialsProvider::builder(self.login_session(source)?)
                    .configure(&config)
                    .build(),
            ),
            Root::Named(Named::Environment) => {
                SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new())
            }
            Root::Named(Named::EcsContainer) => SharedCredentialsProvider::new(
                EcsCredentialsProvider::builder().configure(&config).build(),
            ),
            Root::Named(Named::Ec2InstanceMetadata) => SharedCredentialsProvider::new(
                ImdsCredentialsProvider::builder()
                    .configure(&config)
                    .build(),
            ),
            Root::Sso(_) | Root::Process { .. } => return None,
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

/// Returns the static keys of a profile.
fn static_keys(files: &Files, name: &str) -> Option<Credentials> {
    let profile = files.profiles().get_profile(name)?;
    let key_id = profile.get(keys::AWS_ACCESS_KEY_ID)?;
    let secret = profile.get(keys::AWS_SECRET_ACCESS_KEY)?;
    let token = profile.get(keys::AWS_SESSION_TOKEN).map(str::to_owned);
    Some(Credentials::new(key_id, secret, token, None, "profile"))
}
