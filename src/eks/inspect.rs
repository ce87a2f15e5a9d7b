//! A cluster's token taken apart, and held against every rule of those who have to take it.
//!
//! Pure: a token and a timestamp in, what it says out. The rules are the verifier's
//! (<https://github.com/kubernetes-sigs/aws-iam-authenticator>, `pkg/token/token.go`), and those of STS's, whom it asks,
//! that need no secret. What signs the token, and what only its owner may have, is counted and not kept.

mod url;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use zeroize::Zeroizing;

use super::token::{MAX_LEN, PREFIX};
use crate::aws;
use crate::names::Region;
use url::Url;

/// Parameters of a presigned `GetCallerIdentity` that clusters let through; names are compared without case.
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
/// Whose values are nobody else's. So are those of parameters that we do not know.
const HIDDEN: [&str; 2] = ["X-Amz-Security-Token", "X-Amz-Signature"];
/// The one host without a region, in partition `aws` only.
const GLOBAL_HOST: &str = "sts.amazonaws.com";
/// The verifier takes a token for so long from its signing, whatever `X-Amz-Expires` says.
const TAKEN_FOR: TimeDelta = TimeDelta::minutes(15);
/// STS refuses what is signed further ahead of its clock.
const TOLERATED_SKEW: TimeDelta = TimeDelta::minutes(5);
/// What `X-Amz-Expires` may be. Seconds.
const EXPIRES: std::ops::RangeInclusive<i64> = 0..=900;
/// Characters of a name that is shown.
const LONGEST_NAME: usize = 100;

/// It cannot be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("it does not begin with {PREFIX}")]
    Prefix,
    #[error(
        "behind {PREFIX} there is something else than base64url: it was cut, wrapped or changed"
    )]
    Encoding,
    #[error("what it encodes is not a URL: it was cut or changed")]
    NotAUrl,
}

/// What a token says. Text in it is the token's, and may hold anything: print it only cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// Bytes of the token.
    pub size: usize,
    /// The STS host it is a request to.
    pub host: String,
    /// That host's region; `None` for the global host, and for one that is not STS's.
    pub region: Option<Region>,
    pub access_key_id: Option<String>,
    pub signed_at: Option<DateTime<Utc>>,
    /// Seconds, as it says. Clusters ask for 0 to 900 and go by [`Inspection::taken_until`].
    pub expires: Option<i64>,
    pub signed_headers: Vec<String>,
    /// All of them, in order.
    pub parameters: Vec<Parameter>,
    /// Why it would be refused: every reason there is. None means that it would be taken, if its signature is right and the
    /// credentials that signed it live.
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    Shown(String),
    Hidden { characters: usize },
}

/// One reason to refuse a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("it has {size} bytes, and clusters refuse more than {MAX_LEN}")]
    TooLong { size: usize },
    #[error("it is padded with `=`")]
    Padded,
    #[error("its URL does not begin with https://")]
    Scheme,
    #[error("its URL holds control characters")]
    ControlCharacters,
    #[error("its URL names a user")]
    User,
    #[error("its host {host:?} is not one of AWS STS: custom endpoints and ports are refused")]
    Host { host: String },
    #[error("its path is not /")]
    Path,
    #[error("its URL has a fragment")]
    Fragment,
    #[error(
        "its query cannot be read: one of the parameters is not percent-encoded as it should be"
    )]
    Query,
    #[error("it has a parameter {name:?} that clusters do not allow")]
    Unknown { name: String },
    #[error("its parameter {name} is there more than once")]
    Repeated { name: &'static str },
    #[error("it has no {name}")]
    Missing { name: &'static str },
    #[error("its {name} is not {expected}")]
    Unexpected {
        name: &'static str,
        expected: &'static str,
    },
    #[error("the header {name} is not signed")]
    Unsigned { name: &'static str },
    #[error("its {part} is {found:?}, and should be {expected:?}")]
    Scope {
        part: &'static str,
        found: String,
        expected: String,
    },
    #[error("it was signed {} ago, and clusters take a token for 15 minutes", Age(*.age))]
    Over { age: TimeDelta },
    #[error("it was signed {} from now: the clock of who signed it is ahead, or this one behind", Age(*.ahead))]
    Early { ahead: TimeDelta },
}

/// A time span for people: `23 s`, `14 min`, `3 h 2 min`.
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
    /// Until when a cluster takes it, if nothing else is wrong with it; no longer than the credentials that signed it.
    pub fn taken_until(&self) -> Option<DateTime<Utc>> {
        self.signed_at?.checked_add_signed(TAKEN_FOR)
    }

    /// It is for one cluster, whose name is signed and not told.
    pub fn is_bound_to_a_cluster(&self) -> bool {
        self.signs("x-k8s-aws-id")
    }

    fn signs(&self, header: &str) -> bool {
        let mut headers = self.signed_headers.iter();
        headers.any(|signed| signed.eq_ignore_ascii_case(header))
    }
}

/// Takes a token apart. `token` is the token and nothing else, of any length.
///
/// # Errors
/// There is nothing in it to be shown.
pub fn inspect(token: &str, now: DateTime<Utc>) -> Result<Inspection, Error> {
    let encoded = token.strip_prefix(PREFIX).ok_or(Error::Prefix)?;
    let unpadded = encoded.trim_end_matches('=');
    let decoded = URL_SAFE_NO_PAD.decode(unpadded);
    let decoded = Zeroizing::new(decoded.map_err(|_| Error::Encoding)?);
    let text = std::str::from_utf8(&decoded).map_err(|_| Error::NotAUrl)?;
    let url = Url::parse(text).ok_or(Error::NotAUrl)?;

    let mut problems = Vec::new();
    let size = token.len();
    problems.extend((size > MAX_LEN).then_some(Problem::TooLong { size }));
    problems.extend((encoded != unpadded).then_some(Problem::Padded));
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
    let mut inspection = Inspection {
        size,
        host: shortened(url.host),
        region: region.flatten(),
        access_key_id: Some(access_key_id.to_owned()).filter(|id| !id.is_empty()),
        signed_at,
        expires: url
            .get("X-Amz-Expires")
            .and_then(|value| value.parse().ok()),
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

/// Each parameter is known, and there once.
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
            // Static keys have none; STS needs no version to be read.
            0 if name == "X-Amz-Security-Token" || name == "Version" => {}
            0 => problems.push(Problem::Missing { name }),
            1 => {}
            _ => problems.push(Problem::Repeated { name }),
        }
    }
    problems
}

/// Each value that is there is one that is taken.
fn of_values(url: &Url<'_>, said: &Inspection) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut expect = |name: &'static str, expected: &'static str, good: &dyn Fn(&str) -> bool| {
        if url.get(name).is_some_and(|value| !good(value)) {
            problems.push(Problem::Unexpected { name, expected });
        }
    };
    expect("Action", "GetCallerIdentity", &|v| v == "GetCallerIdentity");
    expect("X-Amz-Algorithm", "AWS4-HMAC-SHA256", &|v| {
        v == "AWS4-HMAC-SHA256"
    });
    expect(
        "X-Amz-Expires",
        "a number of seconds from 0 to 900",
        &|_| {
            said.expires
                .is_some_and(|seconds| EXPIRES.contains(&seconds))
        },
    );
    expect("X-Amz-Date", "a time such as 20261128T120000Z", &|_| {
        said.signed_at.is_some()
    });
    let hex = |v: &str| v.len() == 64 && v.bytes().all(|b| b.is_ascii_hexdigit());
    expect("X-Amz-Signature", "64 hexadecimal digits", &hex);
    let scope = url
        .get("X-Amz-Credential")
        .map(|value| value.split('/').collect::<Vec<_>>());
    let parts = scope
        .as_ref()
        .is_none_or(|parts| parts.len() == 5 && !parts[0].is_empty());
    expect(
        "X-Amz-Credential",
        "KEY/DATE/REGION/sts/aws4_request",
        &|_| parts,
    );
    if url.get("X-Amz-SignedHeaders").is_some() {
        let needed = ["host", "x-k8s-aws-id"].into_iter();
        let unsigned = needed.filter(|name| !said.signs(name));
        problems.extend(unsigned.map(|name| Problem::Unsigned { name }));
    }
    if let Some([_, date, region, service, end]) = scope.as_deref() {
        let of_date = said.signed_at.map(|time| time.format("%Y%m%d").to_string());
        // The global host is in us-east-1, and takes what is signed for any region.
        let of_host = said.region.as_ref().map(Region::as_str);
        for (part, found, expected) in [
            ("day in X-Amz-Credential", date, of_date.as_deref()),
            ("region in X-Amz-Credential", region, of_host),
            ("service in X-Amz-Credential", service, Some("sts")),
            ("end of X-Amz-Credential", end, Some("aws4_request")),
        ] {
            if let Some(expected) = expected.filter(|expected| found != expected) {
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
    if age > TAKEN_FOR {
        Some(Problem::Over { age })
    } else if -age > TOLERATED_SKEW {
        Some(Problem::Early { ahead: -age })
    } else {
        None
    }
}

/// The region of a host of STS, inside it `None` for the global host. By the SDK's endpoint rules.
fn region_of(host: &str) -> Option<Option<Region>> {
    if host == GLOBAL_HOST {
        return Some(None);
    }
    let region: Region = host.split('.').nth(1)?.parse().ok()?;
    let hosts = aws::sts_hosts(&region);
    hosts
        .iter()
        .any(|known| known == host)
        .then_some(Some(region))
}

fn time(value: &str) -> Option<DateTime<Utc>> {
    let time = NaiveDateTime::parse_from_str(value, "%Y%m%dT%H%M%SZ").ok()?;
    // chrono takes signs and spaces, too.
    let plain = value.len() == 16 && value.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| time.and_utc())
}

fn shown((name, value): &(String, Zeroizing<String>)) -> Parameter {
    let known = KNOWN.iter().find(|known| known.eq_ignore_ascii_case(name));
    let value = match known {
        Some(known) if !HIDDEN.contains(known) => Value::Shown(value.to_string()),
        _ => Value::Hidden {
            characters: value.chars().count(),
        },
    };
    Parameter {
        name: shortened(name),
        value,
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests;
