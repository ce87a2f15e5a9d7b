//! The OIDC service of IAM Identity Center: <https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/>.
//!
//! Requests are unsigned, so they do not depend on this computer's clock. Responses are checked here.

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

/// The redirect URI that is registered. It has no port, since that differs each time (RFC 8252, 7.3).
const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";
/// The name that the consent page shows.
const CLIENT_NAME: &str = "apono-login";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The longest lifetime of a token that is accepted, in seconds. Sessions last 90 days at most.
const LONGEST_TOKEN: i32 = 91 * 86_400;
/// The longest token, in bytes.
const MAX_TOKEN: usize = 16 << 10;
/// The time between two polls, in seconds, if the service names none (RFC 8628, 3.2).
const DEFAULT_INTERVAL: u64 = 5;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Device flow: the user has not signed in yet.
    #[error("the sign-in is not complete")]
    Pending,
    /// Device flow: polled too often.
    #[error("polled too often")]
    SlowDown,
    /// Device flow: the code has expired.
    #[error("the code has expired")]
    CodeExpired,
    /// The user or a policy refused access.
    #[error("{message}")]
    Declined { message: String },
    /// The service does not know the registered client any more.
    #[error("{message}")]
    UnknownClient { message: String },
    /// The code or the refresh token is invalid, revoked or already used.
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

/// A device authorization that waits for the user to sign in.
#[derive(Debug)]
pub struct Device {
    pub code: Secret,
    pub user_code: String,
    pub verification_uri: String,
    /// The same link with the user code in it.
    pub verification_uri_complete: String,
    /// Seconds.
    pub interval: u64,
    /// Seconds.
    pub expires_in: u64,
}

#[derive(Debug, Clone)]
pub struct Oidc {
    sdk: Sdk,
    /// A client without retries.
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

    /// Returns the URL of the sign-in page, by the SDK's endpoint rules, with FIPS and dual-stack.
    pub fn authorize_url(&self) -> Result<String, aws::Error> {
        let resolver = aws_sdk_ssooidc::config::endpoint::DefaultResolver::new();
        let endpoint = crate::sys::ready(resolver.resolve_endpoint(&self.endpoint));
        let endpoint = endpoint.ok_or_else(|| no_endpoint("not available at once"))?;
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
            expires_at: expires_at
                .ok_or_else(|| bad("clientSecretExpiresAt", "not a valid time"))?,
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

    /// Gets a new token. The refresh token cannot be used again, even if the response is lost.
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
        // The SDK returns zero if it is missing.
        let seconds = |value: i32| u64::try_from(value).ok().filter(|seconds| *seconds > 0);
        let link = web_link("verificationUri", answer.verification_uri())?;
        let complete = answer.verification_uri_complete();
        let complete = complete.map(|uri| web_link("verificationUriComplete", Some(uri)));
        Ok(Device {
            code: Secret::new(opaque("deviceCode", answer.device_code())?),
            user_code: opaque("userCode", answer.user_code())?,
            verification_uri_complete: complete.transpose()?.unwrap_or_else(|| link.clone()),
            verification_uri: link,
            interval: seconds(answer.interval()).unwrap_or(DEFAULT_INTERVAL),
            expires_in: seconds(answer.expires_in())
                .ok_or_else(|| bad("expiresIn", "not a valid lifetime of a code"))?,
        })
    }

    /// Asks once whether the user has signed in. A retry would count as polling too often (RFC 8628, 3.5).
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
        return Err(bad("expiresIn", "not a valid lifetime of a token"));
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

/// Classifies an error response. It has `error` and `error_description` as in RFC 6749, and AWS's name of the error in a
/// header.
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
    let described = described();
    let message = described.clone().unwrap_or_else(|| classified.to_string());
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
            aws::Error::Rejected { code, message } => aws::Error::Rejected {
                code,
                message: described.unwrap_or(message),
            },
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

/// Checks a link that is printed for the user: an https URL, in characters without a meaning for a terminal.
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
        return Err(bad(
            field,
            "too long, or has characters that are not allowed",
        ));
    }
    Ok(value.to_owned())
}

/// Returns the custom endpoint of the environment or the profile, as the SDK's clients use it.
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
        message: format!("there is no endpoint to sign in at: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::web_link;

    #[test]
    fn links_for_the_user() {
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
