//! A cluster's token: decoded, and checked against every rule that decides whether it is accepted.
//!
//! Pure: a token and a timestamp in, its contents out. The rules are those of the authenticator
//! (<https://github.com/kubernetes-sigs/aws-iam-authenticator>, `pkg/token/token.go`), and those rules of STS that can be
//! checked without a secret. Of the signature and of the session token only the length is kept.

mod url;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::Serialize;
use zeroize::Zeroizing;

use super::token::{MAX_LEN, PREFIX};
use crate::aws;
use crate::credentials::Secret;
use crate::names::Region;
use url::Url;

/// The parameters of a presigned `GetCallerIdentity` that clusters allow. Case is ignored.
const KNOWN: [&str; 9] = [
    "Action",
    "Version",
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-Security-Token",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
];
/// Parameters with secret values. Unknown parameters count as secret too.
const HIDDEN: [&str; 2] = ["X-Amz-Security-Token", "X-Amz-Signature"];
/// The only host without a region. It is in partition `aws`.
const GLOBAL_HOST: &str = "sts.amazonaws.com";
/// How long the authenticator accepts a token after it was signed, whatever `X-Amz-Expires` says.
const ACCEPTED_FOR: TimeDelta = TimeDelta::minutes(15);
/// How far ahead of STS's clock a signature may be.
const TOLERATED_SKEW: TimeDelta = TimeDelta::minutes(5);
/// The allowed values of `X-Amz-Expires`, in seconds.
const EXPIRES: std::ops::RangeInclusive<i64> = 0..=900;
/// The most characters of a name that are shown.
const LONGEST_NAME: usize = 100;

/// Why a text cannot be decoded as a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the text does not start with {PREFIX}")]
    Prefix,
    #[error("the text after {PREFIX} is not base64url: it was cut, wrapped or changed")]
    Encoding,
    #[error("the encoded text is not a URL: it was cut or changed")]
    NotAUrl,
}

/// The contents of a token. Its texts come from the token and can contain anything: clean them before printing.
/// Its fields are part of `token inspect --output json`: add, do not rename.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// Bytes of the token.
    pub size: usize,
    /// The host of the presigned URL.
    pub host: String,
    /// The host's region. `None` for the global host, and for hosts that are not of STS.
    #[serde(skip)]
    pub region: Option<Region>,
    pub access_key_id: Option<String>,
    pub signed_at: Option<DateTime<Utc>>,
    /// `X-Amz-Expires`, in seconds. Clusters accept 0 to 900, and otherwise ignore it: see [`Inspection::accepted_until`].
    #[serde(rename = "x_amz_expires")]
    pub expires: Option<i64>,
    pub signed_headers: Vec<String>,
    /// All parameters, in order.
    pub parameters: Vec<Parameter>,
    /// Every reason why it would be rejected. Empty if it would be accepted, provided that its signature is correct and the
    /// credentials that signed it have not expired.
    #[serde(skip)]
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parameter {
    pub name: String,
    /// `None` if it is a secret.
    pub value: Option<String>,
    /// The characters of the value.
    pub characters: usize,
}

/// One reason to reject a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("the token has {size} bytes, but clusters accept at most {MAX_LEN}")]
    TooLong { size: usize },
    #[error("the token is padded with `=`")]
    Padded,
    #[error("the URL does not start with https://")]
    Scheme,
    #[error("the URL has control characters")]
    ControlCharacters,
    #[error("the URL has a user name")]
    User,
    #[error(
        "the host {host:?} is not an AWS STS endpoint: clusters reject custom endpoints and ports"
    )]
    Host { host: String },
    #[error("the URL's path is not /")]
    Path,
    #[error("the URL has a fragment")]
    Fragment,
    #[error("the URL's query cannot be read: a parameter is not percent-encoded correctly")]
    Query,
    #[error("clusters do not allow the parameter {name:?}")]
    Unknown { name: String },
    #[error("the parameter {name} occurs more than once")]
    Repeated { name: &'static str },
    #[error("the parameter {name} is missing")]
    Missing { name: &'static str },
    #[error("the parameter {name} must be {expected}")]
    Unexpected {
        name: &'static str,
        expected: &'static str,
    },
    #[error("the header {name} is not signed")]
    Unsigned { name: &'static str },
    #[error("the {part} is {found:?}, but must be {expected:?}")]
    Scope {
        part: &'static str,
        found: String,
        expected: String,
    },
    #[error("the token was signed {} ago, but clusters accept it for 15 minutes", Age(*.age))]
    Expired { age: TimeDelta },
    #[error("the token was signed {} in the future: the signer's clock is ahead, or this computer's is behind", Age(*.ahead))]
    NotYetValid { ahead: TimeDelta },
}

/// A time span to print: `23 s`, `14 min`, `3 h 2 min`.
pub struct Age(pub TimeDelta);

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.num_seconds() {
            s if s < 120 => write!(f, "{s} s"),
            s if s < 7_200 => write!(f, "{} min", s / 60),
            s if s < 172_800 => write!(f, "{} h {} min", s / 3_600, s / 60 % 60),
            s => write!(f, "{} days", s / 86_400),
        }
    }
}

impl Inspection {
    /// Returns until when a cluster accepts the token, if it has no problems and the credentials that signed it last as long.
    pub fn accepted_until(&self) -> Option<DateTime<Utc>> {
        self.signed_at?.checked_add_signed(ACCEPTED_FOR)
    }

    /// Returns whether the token is for one cluster. The cluster's name is signed, but not in the token.
    pub fn is_bound_to_a_cluster(&self) -> bool {
        self.signs("x-k8s-aws-id")
    }

    fn signs(&self, header: &str) -> bool {
        let mut headers = self.signed_headers.iter();
        headers.any(|signed| signed.eq_ignore_ascii_case(header))
    }
}

/// Decodes and checks a token. `token` is the token alone, of any length.
///
/// # Errors
/// It cannot be decoded.
pub fn inspect(token: &str, now: DateTime<Utc>) -> Result<Inspection, Error> {
    let text = presigned_url(token)?;
    let url = Url::parse(text.reveal()).ok_or(Error::NotAUrl)?;

    let mut problems = Vec::new();
    let size = token.len();
    problems.extend((size > MAX_LEN).then_some(Problem::TooLong { size }));
    problems.extend(token.ends_with('=').then_some(Problem::Padded));
    problems.extend_from_slice(&url.problems);
    let region = region_of(url.host);
    if region.is_none() {
        let host = shortened(url.host);
        problems.push(Problem::Host { host });
    }
    let headers = url.get("X-Amz-SignedHeaders").unwrap_or_default();
    let credential = url.get("X-Amz-Credential").unwrap_or_default();
    let access_key_id = credential.split('/').next().unwrap_or_default();
    let signed_at = url.get("X-Amz-Date").and_then(time);
    let expires = url.get("X-Amz-Expires");
    let mut inspection = Inspection {
        size,
        host: shortened(url.host),
        region: region.flatten(),
        access_key_id: Some(access_key_id.to_owned()).filter(|id| !id.is_empty()),
        signed_at,
        expires: expires.and_then(|seconds| seconds.parse().ok()),
        signed_headers: headers.split(';').map(str::to_owned).collect(),
        parameters: url.parameters.iter().map(shown).collect(),
        problems,
    };
    let problems = [
        of_parameters(&url),
        of_values(&url, &inspection),
        of_time(signed_at, now).into_iter().collect(),
    ];
    inspection.problems.extend(problems.into_iter().flatten());
    Ok(inspection)
}

/// Returns the presigned URL in a token.
///
/// # Errors
/// The token cannot be decoded.
pub fn presigned_url(token: &str) -> Result<Secret, Error> {
    let encoded = token.strip_prefix(PREFIX).ok_or(Error::Prefix)?;
    let decoded = URL_SAFE_NO_PAD.decode(encoded.trim_end_matches('='));
    let decoded = Zeroizing::new(decoded.map_err(|_| Error::Encoding)?);
    let text = std::str::from_utf8(&decoded).map_err(|_| Error::NotAUrl)?;
    Ok(Secret::new(text))
}

/// Checks that each parameter is known, and there once.
fn of_parameters(url: &Url<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, _) in &url.parameters {
        if !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            let name = shortened(name);
            problems.push(Problem::Unknown { name });
        }
    }
    for name in KNOWN {
        match url.count(name) {
            // Static keys have no session token, and STS does not require a version.
            0 if name == "X-Amz-Security-Token" || name == "Version" => {}
            0 => problems.push(Problem::Missing { name }),
            1 => {}
            _ => problems.push(Problem::Repeated { name }),
        }
    }
    problems
}

/// Checks the value of each parameter.
fn of_values(url: &Url<'_>, inspection: &Inspection) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut expect = |name: &'static str, expected: &'static str, good: &dyn Fn(&str) -> bool| {
        if url.get(name).is_some_and(|value| !good(value)) {
            problems.push(Problem::Unexpected { name, expected });
        }
    };
    for (name, only) in [
        ("Action", "GetCallerIdentity"),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
    ] {
        expect(name, only, &|value| value == only);
    }
    let expires = inspection.expires;
    let in_range = expires.is_some_and(|seconds| EXPIRES.contains(&seconds));
    expect(
        "X-Amz-Expires",
        "a number of seconds from 0 to 900",
        &|_| in_range,
    );
    let is_time = inspection.signed_at.is_some();
    expect("X-Amz-Date", "a time such as 20261128T120000Z", &|_| {
        is_time
    });
    let hex = |v: &str| v.len() == 64 && v.bytes().all(|b| b.is_ascii_hexdigit());
    expect("X-Amz-Signature", "64 hexadecimal digits", &hex);
    let is_scope = |v: &str| v.split('/').count() == 5 && !v.starts_with('/');
    expect(
        "X-Amz-Credential",
        "KEY/DATE/REGION/sts/aws4_request",
        &is_scope,
    );
    if url.get("X-Amz-SignedHeaders").is_some() {
        let needed = ["host", "x-k8s-aws-id"].into_iter();
        let unsigned = needed.filter(|name| !inspection.signs(name));
        problems.extend(unsigned.map(|name| Problem::Unsigned { name }));
    }
    let scope = url.get("X-Amz-Credential").unwrap_or_default();
    let scope: Vec<&str> = scope.split('/').collect();
    if let [_, date, region, service, end] = scope[..] {
        let signed_at = inspection.signed_at;
        let of_date = signed_at.map(|time| time.format("%Y%m%d").to_string());
        // The global host is in us-east-1, and accepts signatures for any region.
        let of_host = inspection.region.as_ref().map(Region::as_str);
        for (part, found, expected) in [
            ("date in X-Amz-Credential", date, of_date.as_deref()),
            ("region in X-Amz-Credential", region, of_host),
            ("service in X-Amz-Credential", service, Some("sts")),
            ("end of X-Amz-Credential", end, Some("aws4_request")),
        ] {
            if let Some(expected) = expected.filter(|expected| found != *expected) {
                problems.push(Problem::Scope {
                    part,
                    found: shortened(found),
                    expected: shortened(expected),
                });
            }
        }
    }
    problems
}

fn of_time(signed_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Problem> {
    let age = now - signed_at?;
    match age {
        age if age > ACCEPTED_FOR => Some(Problem::Expired { age }),
        age if -age > TOLERATED_SKEW => Some(Problem::NotYetValid { ahead: -age }),
        _ => None,
    }
}

/// Returns the region of an STS host, by the SDK's endpoint rules: `Some(None)` for the global host, `None` for other hosts.
fn region_of(host: &str) -> Option<Option<Region>> {
    if host == GLOBAL_HOST {
        return Some(None);
    }
    let region: Region = host.split('.').nth(1)?.parse().ok()?;
    let is_known = aws::sts_hosts(&region).iter().any(|known| known == host);
    is_known.then_some(Some(region))
}

fn time(value: &str) -> Option<DateTime<Utc>> {
    let time = NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%SZ").ok()?;
    // chrono also accepts signs and spaces.
    let plain = value.len() == 16 && value.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| time.and_utc())
}

fn shown((name, value): &(String, Zeroizing<String>)) -> Parameter {
    let known = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(name));
    let is_public = known.is_some_and(|known| !HIDDEN.contains(known));
    Parameter {
        name: shortened(name),
        value: is_public.then(|| value.to_string()),
        characters: value.chars().count(),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests;
