//! Calls to AWS: the client they go through, and what it means when one fails.
//!
//! The runtime, TLS and its roots are built here, on first use, so that a run which needs no network pays for none of it.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region as SdkRegion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use chrono::{DateTime, TimeDelta, Utc};

use crate::names::{Partition, Region};
use crate::profile::read::Files;
use crate::sys;

/// One attempt. STS and EKS answer in well under a second.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);
/// All attempts of one call together.
const CALL_TIMEOUT: Duration = Duration::from_secs(40);
/// AWS refuses signatures older or newer than this.
pub const TOLERATED_SKEW: TimeDelta = TimeDelta::minutes(5);

/// Why a call failed, as far as it can be told from outside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{message}")]
    Denied { message: String },
    #[error("{message}")]
    NotFound { message: String },
    /// The credentials that signed the request are over.
    #[error("{message}")]
    Expired { message: String },
    /// AWS does not know the access key, or the secret does not fit it.
    #[error("{message}")]
    UnknownKey { message: String },
    /// Seconds by which our clock is ahead of AWS's; negative when behind.
    #[error("this computer's clock is {} {}", span(*seconds), if *seconds < 0 { "behind" } else { "ahead" })]
    ClockSkew { seconds: i64 },
    #[error("AWS is limiting requests: {message}")]
    Throttled { message: String },
    #[error("AWS answered with status {status}: {message}")]
    Unavailable { status: u16, message: String },
    #[error("{message}")]
    Network { message: String },
    /// An answer that is not what the service documents.
    #[error("the answer could not be read: {message}")]
    Unreadable { message: String },
    /// Any other refusal, in the service's own code and words.
    #[error("{code}: {message}")]
    Rejected { code: String, message: String },
}

fn span(seconds: i64) -> String {
    match seconds.unsigned_abs() {
        s if s < 120 => format!("{s} seconds"),
        s => format!("{} minutes", s / 60),
    }
}

/// Runs the future on a runtime made for it.
pub fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::Network {
            message: format!("the network runtime could not be started: {e}"),
        })?;
    Ok(runtime.block_on(future))
}

/// Configuration of a service client, read as the SDK does (endpoints, FIPS, dual-stack), but with our
/// files, region, HTTP client and time limits, and with nobody's credentials but those given; `None` for services that
/// take requests unsigned.
pub async fn client_config(
    files: &Files,
    profile: &str,
    region: &Region,
    http: crate::sys::http::Client,
    credentials: Option<SharedCredentialsProvider>,
) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .profile_files(files.contents().clone())
        .profile_name(profile)
        .region(SdkRegion::new(region.as_str().to_owned()))
        .http_client(http)
        .timeout_config(timeouts())
        .retry_config(RetryConfig::standard().with_max_attempts(3));
    let loader = match credentials {
        Some(credentials) => loader.credentials_provider(credentials),
        None => loader.no_credentials(),
    };
    loader.load().await
}

pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(CALL_TIMEOUT)
        .build()
}

/// What a failed call means. `now` is our clock, held against the answer's `Date`; `None` where the request was not signed,
/// and so does not depend on it.
pub fn classify<E>(
    error: &SdkError<E, HttpResponse>,
    now: impl Into<Option<DateTime<Utc>>>,
) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match error {
        SdkError::ServiceError(service) => {
            let meta = service.err().meta();
            let status = service.raw().status().as_u16();
            let skew = now.into().and_then(|now| skew(service.raw(), now));
            match meta.code() {
                // Not a word of AWS: a login page, an answer cut short.
                None if (200..500).contains(&status) && status != 429 => Error::Unreadable {
                    message: format!("status {status}: {}", innermost(error)),
                },
                code => {
                    let message = meta.message().unwrap_or("no message").to_owned();
                    refusal(code.unwrap_or("error"), message, status, skew)
                }
            }
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            if status >= 500 {
                return Error::Unavailable {
                    status,
                    message: "no readable answer".to_owned(),
                };
            }
            Error::Unreadable {
                message: innermost(error),
            }
        }
        SdkError::TimeoutError(_) => Error::Network {
            message: format!("no answer within {} seconds", CALL_TIMEOUT.as_secs()),
        },
        SdkError::DispatchFailure(failure) if failure.is_timeout() => Error::Network {
            message: "the connection timed out".to_owned(),
        },
        SdkError::DispatchFailure(_) => Error::Network {
            message: innermost(error),
        },
        _ => Error::Unreadable {
            message: DisplayErrorContext(error).to_string(),
        },
    }
}

/// Our clock less AWS's, as a refusal's `Date` tells it.
pub fn clock<E>(error: &SdkError<E, HttpResponse>, now: DateTime<Utc>) -> Option<TimeDelta> {
    skew(error.raw_response()?, now)
}

/// The network's part in a provider's failure, if it has one.
pub fn network_fault(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let connector = find::<ConnectorError>(error)?;
    Some(match connector.is_timeout() {
        true => "the connection timed out".to_owned(),
        false => innermost(connector),
    })
}

/// What AWS said to the first role of a chain, where that is why the chain's provider failed.
pub fn refused_in_chain(
    error: &(dyn std::error::Error + 'static),
    now: DateTime<Utc>,
) -> Option<Error> {
    let call = find::<SdkError<AssumeRoleError, HttpResponse>>(error)?;
    Some(classify(call, now))
}

/// What AWS said to a web identity token, where that is why a provider failed.
pub fn refused_web_identity(
    error: &(dyn std::error::Error + 'static),
    now: DateTime<Utc>,
) -> Option<Error> {
    let call = find::<SdkError<AssumeRoleWithWebIdentityError, HttpResponse>>(error)?;
    Some(classify(call, now))
}

/// The first error of this type in the chain of causes.
fn find<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    let chain = std::iter::successors(Some(error), |link| link.source());
    chain.filter_map(|link| link.downcast_ref()).next()
}

fn last<'a>(error: &'a (dyn std::error::Error + 'static)) -> &'a (dyn std::error::Error + 'static) {
    std::iter::successors(Some(error), |link| link.source())
        .last()
        .unwrap_or(error)
}

/// The last link of the chain of causes: the one that says "connection refused".
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let last = last(error);
    match last.downcast_ref::<ErrorMetadata>() {
        // Its own text is a struct's.
        Some(meta) => match (meta.code(), meta.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(what), None) | (None, Some(what)) => what.to_owned(),
            (None, None) => "not an answer that AWS gives".to_owned(),
        },
        None => last.to_string(),
    }
}

fn refusal(code: &str, message: String, status: u16, skew: Option<TimeDelta>) -> Error {
    if let Some(skew) = skew.filter(|skew| skew.abs() > TOLERATED_SKEW) {
        return Error::ClockSkew {
            seconds: skew.num_seconds(),
        };
    }
    match code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => {
            Error::Denied { message }
        }
        "ResourceNotFoundException" | "NoSuchEntity" => Error::NotFound { message },
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => Error::Expired { message },
        "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "InvalidAccessKeyId" => Error::UnknownKey { message },
        "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown" => Error::Throttled { message },
        _ if status == 429 => Error::Throttled { message },
        _ if status >= 500 => Error::Unavailable { status, message },
        code => Error::Rejected {
            code: code.to_owned(),
            message,
        },
    }
}

/// Our clock less the answer's `Date` header (RFC 9110), if it has one.
fn skew(response: &HttpResponse, now: DateTime<Utc>) -> Option<TimeDelta> {
    let date = response.headers().get("date")?;
    let theirs = DateTime::parse_from_rfc2822(date).ok()?;
    Some(now - theirs.to_utc())
}

/// The regional STS host, by the SDK's own endpoint rules. A custom endpoint has no part in it.
pub fn sts_host(region: &Region, fips: bool) -> Option<String> {
    sts_host_of_kind(region, fips, false)
}

/// Every STS host of a region: the plain one, that for FIPS, and that for IPv6.
pub fn sts_hosts(region: &Region) -> Vec<String> {
    let kinds = [(false, false), (true, false), (false, true)];
    let host = |(fips, dual_stack)| sts_host_of_kind(region, fips, dual_stack);
    kinds.into_iter().filter_map(host).collect()
}

fn sts_host_of_kind(region: &Region, fips: bool, dual_stack: bool) -> Option<String> {
    use aws_sdk_sts::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
    let params = Params::builder()
        .region(region.as_str())
        .use_fips(fips)
        .use_dual_stack(dual_stack)
        .build()
        .ok()?;
    let endpoint = sys::ready(DefaultResolver::new().resolve_endpoint(&params))?.ok()?;
    let host = endpoint.url().strip_prefix("https://")?;
    Some(host.trim_end_matches('/').to_owned())
}

/// The partition a region belongs to, read off the domain its endpoints are in.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
pub fn partition(region: &Region) -> Option<Partition> {
    let host = sts_host(region, false)?;
    let domain = host.strip_prefix("sts.")?.strip_prefix(region.as_str())?;
    let name = match domain {
        ".amazonaws.com" if region.as_str().starts_with("us-gov-") => "aws-us-gov",
        ".amazonaws.com" => "aws",
        ".amazonaws.com.cn" => "aws-cn",
        ".amazonaws.eu" => "aws-eusc",
        ".c2s.ic.gov" => "aws-iso",
        ".sc2s.sgov.gov" => "aws-iso-b",
        ".cloud.adc-e.uk" => "aws-iso-e",
        ".csp.hci.ic.gov" => "aws-iso-f",
        _ => return None,
    };
    name.parse().ok()
}

/// A region of the partition to ask STS in, where nobody names one.
pub fn home_region(partition: &Partition) -> Option<Region> {
    let region = match partition.as_str() {
        "aws" => "us-east-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-cn" => "cn-north-1",
        "aws-eusc" => "eusc-de-east-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        _ => return None,
    };
    region.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_partitions_are_the_sdks() {
        let cases = [
            ("eu-west-1", "sts.eu-west-1.amazonaws.com", "aws"),
            ("us-east-1", "sts.us-east-1.amazonaws.com", "aws"),
            (
                "us-gov-west-1",
                "sts.us-gov-west-1.amazonaws.com",
                "aws-us-gov",
            ),
            ("cn-north-1", "sts.cn-north-1.amazonaws.com.cn", "aws-cn"),
            (
                "eusc-de-east-1",
                "sts.eusc-de-east-1.amazonaws.eu",
                "aws-eusc",
            ),
            ("us-iso-east-1", "sts.us-iso-east-1.c2s.ic.gov", "aws-iso"),
            (
                "us-isob-east-1",
                "sts.us-isob-east-1.sc2s.sgov.gov",
                "aws-iso-b",
            ),
            (
                "eu-isoe-west-1",
                "sts.eu-isoe-west-1.cloud.adc-e.uk",
                "aws-iso-e",
            ),
            (
                "us-isof-south-1",
                "sts.us-isof-south-1.csp.hci.ic.gov",
                "aws-iso-f",
            ),
        ];
        for (region, host, name) in cases {
            let region: Region = region.parse().unwrap();
            assert_eq!(sts_host(&region, false).as_deref(), Some(host));
            let found = partition(&region).unwrap();
            assert_eq!(found.as_str(), name);
            let home = home_region(&found).unwrap();
            assert_eq!(partition(&home), Some(found));
        }
    }

    #[test]
    fn fips_hosts() {
        let region = "us-east-1".parse().unwrap();
        assert_eq!(
            sts_host(&region, true).as_deref(),
            Some("sts-fips.us-east-1.amazonaws.com")
        );
    }
}
