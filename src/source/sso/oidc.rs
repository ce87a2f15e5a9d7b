//! The OIDC service of IAM Identity Center: <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/>.
//!
//! Requests are unsigned, so this computer's clock has no part in them. Answers are checked here, once.

use aws_sdk_ssooidc::Client as Sdk;
use aws_sdk_ssooidc::config::endpoint::{Params, ResolveEndpoint as _};
use aws_sdk_ssooidc::operation::create_token::builders::CreateTokenFluentBuilder;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use chrono::{DateTime, TimeDelta, Utc};

use super::token::{Client, Flow, Token};
use crate::aws;
use crate::credentials::{self, Secret};
use crate::profile::plan::SsoSource;

/// As it is registered: without the port, which is another each time (RFC 8252, 7.3).
const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";
/// What the person is shown on the consent page.
const CLIENT_NAME: &str = "apono-login";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Seconds. A token that lives longer than a session of 90 days is none of theirs.
const LONGEST_TOKEN: i32 = 91 * 86_400;
/// Bytes.
const MAX_TOKEN: usize = 16 << 10;
/// Seconds between two polls where the service names none (RFC 8628, 3.2).
const DEFAULT_INTERVAL: u64 = 5;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Device flow: the person is not there yet.
    #[error("not yet")]
    Pending,
    /// Device flow: polled too often.
    #[error("too fast")]
    SlowDown,
    /// Device flow: the code is over.
    #[error("the code expired")]
    CodeExpired,
    /// The person, or an admin's rule, said no.
    #[error("{message}")]
    Declined { message: String },
    /// The service does not know the client that was registered, any more.
    #[error("{message}")]
    UnknownClient { message: String },
    /// The code or the refresh token was used, revoked, or never theirs.
    #[error("{message}")]
    InvalidGrant { message: String },
    #[error(transparent)]
    Call(#[from] aws::Error),
    #[error("{field}: {problem}")]
    BadAnswer {
        field: &'static str,
        problem: &'static str,
    },
}

/// A device authorization that waits for the person.
#[derive(Debug)]
pub struct Device {
    pub code: Secret,
    pub user_code: String,
    pub verification_uri: String,
    /// With the user code in it.
    pub verification_uri_complete: String,
    /// Seconds.
    pub interval: u64,
    /// Seconds.
    pub expires_in: u64,
}

#[derive(Debug, Clone)]
pub struct Oidc {
    sdk: Sdk,
    /// Tries once.
    once: Sdk,
    endpoint: Params,
}

impl Oidc {
    pub fn new(config: &aws_config::SdkConfig) -> Result<Self, aws::Error> {
        let endpoint = Params::builder()
            .set_region(config.region().map(ToString::to_string))
            .set_use_fips(config.use_fips())
            .set_use_dual_stack(config.use_dual_stack())
            .set_endpoint(endpoint_of(config))
            .build()
            .map_err(no_endpoint)?;
        let once = aws_sdk_ssooidc::config::Builder::from(config)
            .retry_config(RetryConfig::disabled())
            .build();
        Ok(Oidc {
            sdk: Sdk::new(config),
            once: Sdk::from_conf(once),
            endpoint,
        })
    }

    /// Where the browser begins. By the SDK's own endpoint rules, FIPS and dual-stack included.
    pub fn authorize_url(&self) -> Result<String, aws::Error> {
        let resolver = aws_sdk_ssooidc::config::endpoint::DefaultResolver::new();
        let endpoint = crate::sys::ready(resolver.resolve_endpoint(&self.endpoint));
        let endpoint = endpoint.ok_or_else(|| no_endpoint("it took too long"))?;
        let url = endpoint
            .map_err(no_endpoint)?
            .url()
            .trim_end_matches('/')
            .to_owned();
        Ok(format!("{url}/authorize"))
    }

    pub async fn register(&self, source: &SsoSource, flow: Flow) -> Result<Client, Error> {
        let request = self
            .sdk
            .register_client()
            .client_name(CLIENT_NAME)
            .client_type("public")
            .set_scopes(Some(source.scopes.clone()));
        let request = match flow {
            Flow::Code => request
                .grant_types("authorization_code")
                .grant_types("refresh_token")
                .redirect_uris(REDIRECT_URI)
                .issuer_url(&source.start_url),
            Flow::Device => request,
        };
        let answer = request.send().await.map_err(|error| failed(&error))?;
        let expires_at = DateTime::from_timestamp(answer.client_secret_expires_at(), 0);
        Ok(Client {
            id: opaque("clientId", answer.client_id())?,
            secret: Secret::new(opaque("clientSecret", answer.client_secret())?),
            expires_at: expires_at.ok_or_else(|| bad("clientSecretExpiresAt", "no such time"))?,
        })
    }

    pub async fn exchange(
        &self,
        client: &Client,
        code: &Secret,
        verifier: &Secret,
        redirect_uri: &str,
        now: DateTime<Utc>,
    ) -> Result<Token, Error> {
        let request = self
            .sdk
            .create_token()
            .grant_type("authorization_code")
            .code(code.reveal())
            .code_verifier(verifier.reveal())
            .redirect_uri(redirect_uri);
        create_token(request, client, now).await
    }

    /// A refresh token is used up by this, whoever's answer it was.
    pub async fn refresh(
        &self,
        client: &Client,
        refresh_token: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Token, Error> {
        let request = self
            .sdk
            .create_token()
            .grant_type("refresh_token")
            .refresh_token(refresh_token.reveal());
        create_token(request, client, now).await
    }

    pub async fn start_device(&self, client: &Client, start_url: &str) -> Result<Device, Error> {
        let answer = self
            .sdk
            .start_device_authorization()
            .client_id(&client.id)
            .client_secret(client.secret.reveal())
            .start_url(start_url)
            .send()
            .await
            .map_err(|error| failed(&error))?;
        let link = web_link("verificationUri", answer.verification_uri())?;
        let complete = answer.verification_uri_complete();
        let complete = complete.map(|uri| web_link("verificationUriComplete", Some(uri)));
        Ok(Device {
            code: Secret::new(opaque("deviceCode", answer.device_code())?),
            user_code: opaque("userCode", answer.user_code())?,
            verification_uri_complete: complete.transpose()?.unwrap_or_else(|| link.clone()),
            verification_uri: link,
            interval: u64::try_from(answer.interval())
                .ok()
                .filter(|seconds| *seconds > 0)
                .unwrap_or(DEFAULT_INTERVAL),
            // Zero, too, where it is missing.
            expires_in: u64::try_from(answer.expires_in())
                .ok()
                .filter(|seconds| *seconds > 0)
                .ok_or_else(|| bad("expiresIn", "no time that a code lasts"))?,
        })
    }

    /// A second attempt at once would count as a poll that came too fast (RFC 8628, 3.5).
    pub async fn poll(
        &self,
        client: &Client,
        device: &Device,
        now: DateTime<Utc>,
    ) -> Result<Token, Error> {
        let request = self
            .once
            .create_token()
            .grant_type(DEVICE_GRANT)
            .device_code(device.code.reveal());
        create_token(request, client, now).await
    }
}

async fn create_token(
    request: CreateTokenFluentBuilder,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<Token, Error> {
    let answer = request
        .client_id(&client.id)
        .client_secret(client.secret.reveal())
        .send()
        .await
        .map_err(|error| failed(&error))?;
    let seconds = answer.expires_in();
    if !(1..=LONGEST_TOKEN).contains(&seconds) {
        return Err(bad("expiresIn", "no time that a sign-in lasts"));
    }
    let refresh = answer.refresh_token();
    let refresh = refresh.map(|token| opaque("refreshToken", Some(token)));
    Ok(Token {
        access_token: Secret::new(opaque("accessToken", answer.access_token())?),
        expires_at: now + TimeDelta::seconds(seconds.into()),
        renewal: refresh
            .transpose()?
            .map(|token| (Secret::new(token), client.clone())),
    })
}

/// Errors come as RFC 6749 has them, `error` and `error_description`, with AWS's own name of it in a header.
fn failed<E>(error: &SdkError<E, HttpResponse>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let described = || {
        let body = error.raw_response()?.body().bytes()?;
        let body: serde_json::Value = serde_json::from_slice(body).ok()?;
        Some(body["error_description"].as_str()?.to_owned())
    };
    let code = error.code().unwrap_or_default().to_owned();
    let classified = aws::classify(error, None);
    let message = described().unwrap_or_else(|| classified.to_string());
    match code.as_str() {
        "AuthorizationPendingException" => Error::Pending,
        "SlowDownException" => Error::SlowDown,
        "ExpiredTokenException" => Error::CodeExpired,
        "AccessDeniedException" => Error::Declined { message },
        "InvalidClientException" | "UnauthorizedClientException" => {
            Error::UnknownClient { message }
        }
        "InvalidGrantException" => Error::InvalidGrant { message },
        _ => Error::Call(match classified {
            aws::Error::Rejected { code, .. } => aws::Error::Rejected { code, message },
            other => other,
        }),
    }
}

fn bad(field: &'static str, problem: &'static str) -> Error {
    Error::BadAnswer { field, problem }
}

fn opaque(field: &'static str, value: Option<&str>) -> Result<String, Error> {
    let value = value.ok_or_else(|| bad(field, "missing"))?;
    match credentials::opaque(value, MAX_TOKEN) {
        Ok(value) => Ok(value.to_owned()),
        Err(problem) => Err(bad(field, problem)),
    }
}

/// A page that the person is sent to: on the web, and in characters that mean nothing to a terminal.
fn web_link(field: &'static str, value: Option<&str>) -> Result<String, Error> {
    let value = value.ok_or_else(|| bad(field, "missing"))?;
    let url: http::Uri = value.parse().map_err(|_| bad(field, "not a URL"))?;
    let loopback = matches!(url.host(), Some("127.0.0.1" | "localhost"));
    let secure =
        url.scheme_str() == Some("https") || (url.scheme_str() == Some("http") && loopback);
    if !secure || url.host().is_none_or(str::is_empty) {
        return Err(bad(field, "not an https URL"));
    }
    if value.len() > 1024 || !value.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(bad(field, "not a URL for people"));
    }
    Ok(value.to_owned())
}

/// A custom endpoint, from the environment or the profile, as the SDK's clients take it.
fn endpoint_of(config: &aws_config::SdkConfig) -> Option<String> {
    let of_service = config.service_config().and_then(|service| {
        let key = aws_types::service_config::ServiceConfigKey::builder()
            .service_id("SSO OIDC")
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        service.load_config(key)
    });
    of_service.or_else(|| config.endpoint_url().map(str::to_owned))
}

fn no_endpoint(error: impl std::fmt::Display) -> aws::Error {
    aws::Error::Unreadable {
        message: format!("there is no endpoint for signing in: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::web_link;

    #[test]
    fn pages_that_a_person_can_be_sent_to() {
        for good in [
            "https://device.sso.eu-west-1.amazonaws.com/?user_code=ABCD-EFGH",
            "https://d-1234567890.awsapps.com/start/#/device?user_code=ABCD-EFGH",
            "http://127.0.0.1:4711/device",
        ] {
            assert_eq!(web_link("x", Some(good)).unwrap(), good);
        }
        let long = format!("https://example.com/{}", "a".repeat(1024));
        for bad in [
            "http://example.com/device",
            "javascript:alert(1)",
            "https://",
            "/device",
            "https://example.com/\u{1b}[0m",
            "https://example.com/a b",
            &long,
        ] {
            assert!(web_link("x", Some(bad)).is_err(), "{bad}");
        }
        assert!(web_link("x", None).is_err());
    }
}
