//! What a failed call to AWS means.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use chrono::{DateTime, TimeDelta, Utc};

use super::{CALL_TIMEOUT, TOLERATED_SKEW, faults};
use crate::sys::http::{self, Fault};

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
    pub(super) fn network(message: impl ToString) -> Self {
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
fn fault(error: &(dyn std::error::Error + 'static)) -> Option<Fault> {
    if let Some(late) = find::<http::Late>(error) {
        return late.fault.clone();
    }
    find::<http::NotSent>(error)?.fault.clone()
}

/// Returns that this computer's clock is wrong, if it is by the `Date` of the last response in the same [`block_on`](super::block_on): what
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
