//! Calls to AWS: the client configuration, and the meaning of a failed call.
//!
//! The runtime is built here, on first use: a run that needs no network does not pay for it.

pub mod denial;
pub mod denied;
pub mod explain;
mod faults;
pub mod sign_in_page;
pub mod sts;

use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region as SdkRegion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::runtime::Handle;

use crate::names::{Partition, Region};
use crate::profile::read::Files;
use crate::sys::http::Fault;
use crate::sys::{self, http};

/// The time limit of what needs no user, such as a whole refresh of credentials: a second less than the 20 seconds after which
/// those who wait for it take over.
pub const LIMIT: Duration = Duration::from_secs(19);
const CALL_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest pause before another attempt, even if the service asks for a longer one.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How far a signature's time may be from AWS's clock.
pub const TOLERATED_SKEW: TimeDelta = TimeDelta::minutes(5);

/// Why a call failed, as far as the response tells.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("{message}")]
    Denied { message: String },
    #[error("{message}")]
    NotFound { message: String },
    /// The credentials that signed the request have expired.
    #[error("{message}")]
    Expired { message: String },
    /// AWS does not know the access key, or the secret key does not match it.
    #[error("{message}")]
    UnknownKey { message: String },
    /// How far this computer's clock is ahead of AWS's, in seconds; negative when behind.
    #[error("this computer's clock is {} {} AWS's", span(*seconds), if *seconds < 0 { "behind" } else { "ahead of" })]
    ClockSkew { seconds: i64 },
    #[error("AWS is limiting requests: {message}")]
    Throttled { message: String },
    #[error("AWS responded with status {status}: {message}")]
    Unavailable { status: u16, message: String },
    #[error("{message}")]
    Network {
        message: String,
        /// What has to be changed first, if that is known.
        fault: Option<Fault>,
    },
    /// The response is not what the service documents.
    #[error("{}", unreadable(message))]
    Unreadable { message: String },
    /// Any other error, with the service's own code and message.
    #[error("{}", rejected(code, message))]
    Rejected { code: String, message: String },
}

impl Error {
    fn network(message: impl ToString) -> Self {
        Error::Network {
            message: message.to_string(),
            fault: None,
        }
    }

    fn unreadable(message: String) -> Self {
        Error::Unreadable { message }
    }
}

impl From<http::Late> for Error {
    fn from(late: http::Late) -> Self {
        Error::Network {
            message: late.to_string(),
            fault: late.fault,
        }
    }
}

fn span(seconds: i64) -> String {
    match seconds.unsigned_abs() {
        s if s < 120 => format!("{s} seconds"),
        s => format!("{} minutes", s / 60),
    }
}

/// Runs the future for at most [`LIMIT`].
pub fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Error> {
    block_on_for(LIMIT, future)
}

/// Runs the future for at most this long: longer than [`LIMIT`] where a user may be asked.
pub fn block_on_for<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, Error> {
    let ended = network()?.block_on(http::within(limit, future));
    ended.map_err(Error::from)
}

/// Returns the runtime, which all threads share. It lives until the process ends, for two reasons: connections belong to it, so
/// that a later call can use them again; and nothing waits for its threads, one of which may hang in the system's look-up of a
/// host's name, or in reading a file. A thread of its own drives it: others wait in a call for a lock, or for another program.
fn network() -> Result<&'static Handle, Error> {
    static NETWORK: OnceLock<Handle> = OnceLock::new();
    if let Some(network) = NETWORK.get() {
        return Ok(network);
    }
    let failed = |e: io::Error| Error::network(format!("could not start the network runtime: {e}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(failed)?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .map_err(failed)?;
    // One more, to look up a host's name: tokio panics where it cannot start it.
    let spare = std::thread::Builder::new().spawn(|| ()).map_err(failed)?;
    let _ = spare.join();
    Ok(NETWORK.get_or_init(|| handle))
}

/// Returns the configuration of a service client. It is read as the SDK does (endpoints, FIPS, dual-stack), but with these
/// files, region, HTTP client, time limits and credentials only. `None` is for services that take unsigned requests.
pub async fn client_config(
    files: &Files,
    profile: &str,
    region: &Region,
    http: http::Client,
    credentials: Option<SharedCredentialsProvider>,
) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest())
        .profile_files(files.profiles().contents(profile))
        .profile_name(profile)
        .region(SdkRegion::new(region.as_str().to_owned()))
        .http_client(http)
        .timeout_config(timeouts())
        .retry_config(retries());
    let loader = match credentials {
        Some(credentials) => loader.credentials_provider(credentials),
        None => loader.no_credentials(),
    };
    loader.load().await
}

/// Returns the time limit of all attempts of one call together, where [`block_on_for`] has a longer one. That of one attempt is
/// the HTTP client's.
pub fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_timeout(CALL_TIMEOUT)
        .build()
}

pub fn retries() -> RetryConfig {
    RetryConfig::standard()
        .with_max_attempts(3)
        .with_max_backoff(LONGEST_PAUSE)
}

/// What is said of a response that no AWS service gives.
pub const NOT_OF_AWS: &str = "the response did not come from AWS (proxy or captive portal?)";

/// What is said of an error without a message.
const NO_MESSAGE: &str = "no message";

/// Returns the code and the message, with the code once: some services repeat it in the message, or send nothing else.
fn rejected(code: &str, message: &str) -> String {
    let mut message = message.trim();
    while let Some(rest) = message
        .strip_prefix(code)
        .and_then(|rest| rest.strip_prefix(':'))
    {
        message = rest.trim_start();
    }
    match message {
        "" => format!("{code}: {NO_MESSAGE}"),
        message => format!("{code}: {message}"),
    }
}

fn unreadable(message: &str) -> String {
    match message.starts_with(NOT_OF_AWS) {
        true => message.to_owned(),
        false => format!("the response cannot be read: {message}"),
    }
}

/// Returns what a failed call means. `now` is compared with the response's `Date`; `None` for an unsigned request, which
/// does not depend on the clock.
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
                // Not a response of AWS: a login page, or one that was cut short.
                None if (200..500).contains(&status) && status != 429 => {
                    Error::unreadable(format!("{NOT_OF_AWS}: status {status}{}", of_server()))
                }
                code => {
                    let message = meta.message().unwrap_or(NO_MESSAGE).to_owned();
                    refusal(code.unwrap_or("error"), message, status, skew)
                }
            }
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            match find::<http::Late>(error) {
                Some(late) => late.clone().into(),
                None if status >= 500 => Error::Unavailable {
                    status,
                    message: "the response cannot be read".to_owned(),
                },
                None => Error::unreadable(innermost(error)),
            }
        }
        SdkError::TimeoutError(_) => {
            let limit = CALL_TIMEOUT.as_secs();
            Error::network(format!("no response within {limit} seconds"))
        }
        SdkError::DispatchFailure(_) => Error::Network {
            message: innermost(error),
            fault: fault(error),
        },
        _ => Error::unreadable(innermost(error)),
    }
}

/// Returns the end of a message that names the server of the last response, if a setting names it.
fn of_server() -> String {
    let server = http::custom_server();
    server.map_or_else(String::new, |(server, _)| {
        format!("{}{server}", faults::FROM)
    })
}

/// Returns what has to be changed before a request can succeed, if that is why it failed.
pub fn fault(error: &(dyn std::error::Error + 'static)) -> Option<Fault> {
    if let Some(late) = find::<http::Late>(error) {
        return late.fault.clone();
    }
    find::<http::NotSent>(error)?.fault.clone()
}

/// Returns that this computer's clock is wrong, if it is by the `Date` of the last response in the same [`block_on`]: what
/// has just been issued seems to have expired then.
pub fn wrong_clock(now: DateTime<Utc>) -> Option<Error> {
    let theirs = DateTime::parse_from_rfc2822(&http::date()?).ok()?;
    let ahead = now - theirs.to_utc();
    (ahead.abs() > TOLERATED_SKEW).then(|| Error::ClockSkew {
        seconds: ahead.num_seconds(),
    })
}

/// Returns how far this clock is ahead of AWS's, by the `Date` of an error response.
pub fn clock<E>(error: &SdkError<E, HttpResponse>, now: DateTime<Utc>) -> Option<TimeDelta> {
    skew(error.raw_response()?, now)
}

/// Returns the network error that made a provider fail, if that is why.
pub fn network_fault(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(late) = find::<http::Late>(error) {
        return Some(late.to_string());
    }
    if let Some(connector) = find::<ConnectorError>(error) {
        return Some(innermost(connector));
    }
    // The SDK's own limit for a response that stops, which has no public type.
    let text = innermost(error);
    text.starts_with("minimum throughput").then_some(text)
}

/// Returns whether a provider's endpoint was asked and did not answer as one: another attempt may succeed. See also
/// [`http::trouble`].
pub fn is_no_answer(error: &CredentialsError) -> bool {
    let text = innermost(error);
    let says = |words: &[&str]| words.iter().any(|&words| text.contains(words));
    match error {
        CredentialsError::InvalidConfiguration(_) => says(&["DNS lookup"]),
        CredentialsError::ProviderError(_) => says(&[
            "token response did not contain a TTL header",
            "the returned TTL was invalid",
        ]),
        CredentialsError::Unhandled(_) | CredentialsError::ProviderTimedOut(_) => true,
        _ => false,
    }
}

/// Returns AWS's error for a call of this kind, if that is why a provider failed: `AssumeRoleError` for the first role of a
/// chain, `AssumeRoleWithWebIdentityError` for a web identity token.
pub fn refused<E>(error: &(dyn std::error::Error + 'static), now: DateTime<Utc>) -> Option<Error>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    Some(classify(find::<SdkError<E, HttpResponse>>(error)?, now))
}

/// Returns the first error of this type in the chain of causes.
fn find<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    let chain = std::iter::successors(Some(error), |link| link.source());
    chain.filter_map(|link| link.downcast_ref()).next()
}

/// Returns the text of the last error in the chain of causes: the one that says "connection refused".
pub fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |link| link.source());
    let last = chain.last().unwrap_or(error);
    let text = last.to_string();
    match last.downcast_ref::<ErrorMetadata>() {
        // Its Display prints the fields of a struct.
        Some(meta) => match (meta.code(), meta.message()) {
            (Some(code), Some(message)) => format!("{code}: {message}"),
            (Some(what), None) | (None, Some(what)) => what.to_owned(),
            (None, None) => NOT_OF_AWS.to_owned(),
        },
        // A page in place of an XML document: the parser prints its own structs.
        None if text.contains("StartEl {") => NOT_OF_AWS.to_owned(),
        None => text,
    }
}

fn refusal(code: &str, message: String, status: u16, skew: Option<TimeDelta>) -> Error {
    if let Some(skew) = skew.filter(|skew| skew.abs() > TOLERATED_SKEW) {
        return Error::ClockSkew {
            seconds: skew.num_seconds(),
        };
    }
    match code {
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedAccess"
        | "UnauthorizedOperation" => Error::Denied { message },
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
        // As LocalStack says what it does not have.
        _ if status == 501 => Error::Unreadable {
            message: format!("status {status}: {message}{}", of_server()),
        },
        _ if status >= 500 => Error::Unavailable { status, message },
        code => Error::Rejected {
            code: code.to_owned(),
            message,
        },
    }
}

/// Returns how far `now` is ahead of the response's `Date` header (RFC 9110), if it has one.
fn skew(response: &HttpResponse, now: DateTime<Utc>) -> Option<TimeDelta> {
    let date = response.headers().get("date")?;
    let theirs = DateTime::parse_from_rfc2822(date).ok()?;
    Some(now - theirs.to_utc())
}

/// Returns the regional STS host by the SDK's endpoint rules, without custom endpoints.
pub fn sts_host(region: &Region, fips: bool) -> Option<String> {
    sts_host_of_kind(region, fips, false)
}

/// Returns every STS host of a region: standard, FIPS and dual-stack.
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

/// The partitions: the name, the domain of the endpoints, and the main region.
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
const PARTITIONS: [(&str, &str, &str); 8] = [
    ("aws", ".amazonaws.com", "us-east-1"),
    (GOV_CLOUD, ".amazonaws.com", "us-gov-west-1"),
    ("aws-cn", ".amazonaws.com.cn", "cn-north-1"),
    ("aws-eusc", ".amazonaws.eu", "eusc-de-east-1"),
    ("aws-iso", ".c2s.ic.gov", "us-iso-east-1"),
    ("aws-iso-b", ".sc2s.sgov.gov", "us-isob-east-1"),
    ("aws-iso-e", ".cloud.adc-e.uk", "eu-isoe-west-1"),
    ("aws-iso-f", ".csp.hci.ic.gov", "us-isof-south-1"),
];
const GOV_CLOUD: &str = "aws-us-gov";

/// Returns the partition of a region, by the domain of its endpoints.
pub fn partition(region: &Region) -> Option<Partition> {
    let host = sts_host(region, false)?;
    let of_region = host.strip_prefix("sts.")?.strip_prefix(region.as_str())?;
    // GovCloud has the domain of the commercial partition.
    let is_gov = region.as_str().starts_with("us-gov-");
    let mut partitions = PARTITIONS.iter();
    let (name, ..) = partitions
        .find(|(name, domain, _)| *domain == of_region && (*name == GOV_CLOUD) == is_gov)?;
    name.parse().ok()
}

/// Returns the partition's main region, for calls to STS where no region is configured.
pub fn home_region(partition: &Partition) -> Option<Region> {
    let mut partitions = PARTITIONS.iter();
    let (.., home) = partitions.find(|(name, ..)| *name == partition.as_str())?;
    home.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_waits_for_something_else_does_not_stop_the_others() {
        use std::time::{Duration, Instant};
        let (starts, started) = std::sync::mpsc::channel();
        let waiting = std::thread::spawn(move || {
            super::block_on(async {
                starts.send(()).unwrap();
                std::thread::sleep(Duration::from_secs(4));
            })
        });
        started.recv().unwrap();
        let began = Instant::now();
        super::block_on(async { tokio::time::sleep(Duration::from_millis(1)).await }).unwrap();
        assert!(began.elapsed() < Duration::from_secs(3));
        waiting.join().unwrap().unwrap();
    }

    #[test]
    fn the_name_of_an_error_is_said_once() {
        const CODE: &str = "InvalidRequestException";
        for (message, said) in [
            ("no", "InvalidRequestException: no"),
            ("InvalidRequestException: no", "InvalidRequestException: no"),
            (
                "InvalidRequestException: InvalidRequestException: no",
                "InvalidRequestException: no",
            ),
            (
                "InvalidRequestException:",
                "InvalidRequestException: no message",
            ),
            ("", "InvalidRequestException: no message"),
            (
                "InvalidRequestExceptions",
                "InvalidRequestException: InvalidRequestExceptions",
            ),
        ] {
            assert_eq!(rejected(CODE, message), said);
        }
    }

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
