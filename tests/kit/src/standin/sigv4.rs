//! Verifies AWS Signature Version 4, in headers and in presigned URLs, as documented at
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.
//!
//! Pure: the input is a request, a secret and a time. It shares no code with the SDK's signer, so a request that it accepts is
//! one that AWS would accept.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

use super::codec::{hmac, pairs, percent_encode, sha256_hex};
use super::http::Request;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: &str = "%Y%m%dT%H%M%SZ";

/// Why a signature is rejected.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The request is unsigned.
    Missing,
    /// Parts of the signature are missing or malformed; contains the message.
    Incomplete(String),
    /// Scope, time or digest is wrong; contains AWS's message.
    Mismatch(String),
}

/// The parts of a request's signature.
#[derive(Debug)]
pub struct Presented {
    pub access_key: String,
    pub region: String,
    /// The session token in the request.
    pub token: Option<String>,
    /// The signature is in the query rather than in a header.
    pub presigned: bool,
    scope_date: String,
    service: String,
    terminator: String,
    signed_headers: Vec<String>,
    signature: String,
    amz_date: String,
    at: DateTime<Utc>,
}

impl Presented {
    /// Reads the parts of the signature without verifying it.
    pub fn read(request: &Request) -> Result<Presented, Refusal> {
        let query =
            pairs(&request.query).ok_or_else(|| incomplete("the query string is malformed"))?;
        let in_query = |name: &str| {
            query
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.clone())
        };
        let need = |value: Option<String>, what: &str| {
            value.ok_or_else(|| incomplete(&format!("Authorization requires '{what}'")))
        };
        let (credential, signed, signature, amz_date, token, presigned);
        if let Some(header) = request.header("authorization") {
            let rest = header
                .strip_prefix(ALGORITHM)
                .ok_or_else(|| incomplete("Unsupported algorithm"))?;
            let part = |name: &str| {
                let mut parts = rest
                    .split(',')
                    .filter_map(|part| part.trim().split_once('='));
                parts
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| value.to_owned())
            };
            credential = need(part("Credential"), "Credential")?;
            signed = need(part("SignedHeaders"), "SignedHeaders")?;
            signature = need(part("Signature"), "Signature")?;
            amz_date = need(
                request.header("x-amz-date").map(str::to_owned),
                "X-Amz-Date",
            )?;
            token = request.header("x-amz-security-token").map(str::to_owned);
            presigned = false;
        } else if let Some(algorithm) = in_query("X-Amz-Algorithm") {
            if algorithm != ALGORITHM {
                return Err(incomplete("Unsupported algorithm"));
            }
            credential = need(in_query("X-Amz-Credential"), "X-Amz-Credential")?;
            signed = need(in_query("X-Amz-SignedHeaders"), "X-Amz-SignedHeaders")?;
            signature = need(in_query("X-Amz-Signature"), "X-Amz-Signature")?;
            amz_date = need(in_query("X-Amz-Date"), "X-Amz-Date")?;
            token = in_query("X-Amz-Security-Token");
            presigned = true;
        } else {
            return Err(Refusal::Missing);
        }
        let [access_key, scope_date, region, service, terminator] =
            <[&str; 5]>::try_from(credential.split('/').collect::<Vec<_>>())
                .map_err(|_| incomplete("Credential must have exactly 5 slash-delimited elements"))?
                .map(str::to_owned);
        let at = NaiveDateTime::parse_from_str(&amz_date, DATE)
            .map_err(|_| incomplete("Date must be in ISO-8601 'basic format'"))?
            .and_utc();
        let signed_headers = signed.split(';').map(str::to_owned).collect();
        Ok(Presented {
            access_key,
            region,
            token,
            presigned,
            scope_date,
            service,
            terminator,
            signed_headers,
            signature,
            amz_date,
            at,
        })
    }

    /// Verifies the signature. `now` is the verifier's clock: a signed request is valid for 5 minutes before and after its
    /// time, a presigned one for 15 minutes (as in STS, regardless of X-Amz-Expires).
    pub fn verify(
        &self,
        request: &Request,
        secret: &str,
        service: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.check_scope(service)?;
        self.check_time(now)?;
        self.check_signed_headers(request)?;
        let payload = sha256_hex(&request.body);
        if request
            .header("x-amz-content-sha256")
            .is_some_and(|claimed| claimed != payload)
        {
            return Err(mismatch(
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            ));
        }
        if self.expected(request, secret, &payload) != self.signature {
            return Err(mismatch(
                "The request signature we calculated does not match the signature you provided. Check your AWS \
                 Secret Access Key and signing method. Consult the service documentation for details.",
            ));
        }
        Ok(())
    }

    fn check_scope(&self, service: &str) -> Result<(), Refusal> {
        if self.service != service {
            return Err(mismatch(&format!(
                "Credential should be scoped to correct service: '{service}'. "
            )));
        }
        if self.terminator != "aws4_request" {
            return Err(mismatch(
                "Credential should be scoped with a valid terminator: 'aws4_request'. ",
            ));
        }
        if !self.amz_date.starts_with(&self.scope_date) || self.scope_date.len() != 8 {
            return Err(mismatch(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date. ",
            ));
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.region.is_empty() || !self.region.bytes().all(plain) {
            return Err(mismatch("Credential should be scoped to a valid region. "));
        }
        Ok(())
    }

    fn check_time(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let minutes = if self.presigned { 15 } else { 5 };
        let (shown, now_shown) = (&self.amz_date, now.format(DATE));
        let (earliest, latest) = (now - Duration::minutes(minutes), now + Duration::minutes(5));
        if self.at < earliest {
            return Err(mismatch(&format!(
                "Signature expired: {shown} is now earlier than {} ({now_shown} - {minutes} min.)",
                earliest.format(DATE)
            )));
        }
        if self.at > latest {
            return Err(mismatch(&format!(
                "Signature not yet current: {shown} is still later than {} ({now_shown} + 5 min.)",
                latest.format(DATE)
            )));
        }
        Ok(())
    }

    /// Requires that `host` and all `x-amz-` headers of the request are signed, and that all signed headers are present.
    fn check_signed_headers(&self, request: &Request) -> Result<(), Refusal> {
        let mut sorted = self.signed_headers.clone();
        sorted.sort();
        sorted.dedup();
        if sorted != self.signed_headers {
            return Err(incomplete("SignedHeaders must be sorted and unique"));
        }
        if !self.signed_headers.iter().any(|name| name == "host") {
            return Err(mismatch(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization. ",
            ));
        }
        for (name, _) in &request.headers {
            if name.starts_with("x-amz-") && !self.signed_headers.contains(name) {
                return Err(mismatch(&format!("The header '{name}' must be signed. ")));
            }
        }
        match self
            .signed_headers
            .iter()
            .find(|name| request.header(name).is_none())
        {
            Some(absent) => Err(mismatch(&format!(
                "The signed header '{absent}' is not present. "
            ))),
            None => Ok(()),
        }
    }

    fn expected(&self, request: &Request, secret: &str, payload: &str) -> String {
        let canonical =
            canonical_request(request, &self.signed_headers, payload, self.service == "s3");
        let scope = format!(
            "{}/{}/{}/{}",
            self.scope_date, self.region, self.service, self.terminator
        );
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{scope}\n{}",
            self.amz_date,
            sha256_hex(canonical.as_bytes())
        );
        let key = signing_key(secret, &self.scope_date, &self.region, &self.service);
        hex::encode(hmac(&key, to_sign.as_bytes()))
    }
}

pub fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> [u8; 32] {
    let start = hmac(format!("AWS4{secret}").as_bytes(), date.as_bytes());
    [region, service, "aws4_request"]
        .iter()
        .fold(start, |key, part| hmac(&key, part.as_bytes()))
}

fn canonical_request(
    request: &Request,
    signed_headers: &[String],
    payload: &str,
    encoded_once: bool,
) -> String {
    // Every service except S3 encodes the path a second time; on the wire it is encoded once.
    let path = match encoded_once {
        true => request.path.clone(),
        false => request
            .path
            .split('/')
            .map(|part| percent_encode(part.as_bytes()))
            .collect::<Vec<_>>()
            .join("/"),
    };
    let mut query: Vec<(String, String)> = pairs(&request.query)
        .unwrap_or_default()
        .into_iter()
        .filter(|(name, _)| name != "X-Amz-Signature")
        .map(|(name, value)| {
            (
                percent_encode(name.as_bytes()),
                percent_encode(value.as_bytes()),
            )
        })
        .collect();
    query.sort();
    let query: Vec<String> = query
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let headers: String = signed_headers
        .iter()
        .map(|name| {
            let values = request.headers.iter().filter(|(key, _)| key == name);
            let values: Vec<String> = values
                .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect();
            format!("{name}:{}\n", values.join(","))
        })
        .collect();
    let (method, query, signed) = (&request.method, query.join("&"), signed_headers.join(";"));
    format!("{method}\n{path}\n{query}\n{headers}\n{signed}\n{payload}")
}

/// Signs a request that is complete except for its signature, for tests that alter a valid request.
pub fn sign(request: &Request, secret: &str, payload: &str) -> Result<String, Refusal> {
    Ok(Presented::read(request)?.expected(request, secret, payload))
}

fn incomplete(what: &str) -> Refusal {
    Refusal::Incomplete(what.to_owned())
}

fn mismatch(what: &str) -> Refusal {
    Refusal::Mismatch(what.to_owned())
}

#[cfg(test)]
#[path = "sigv4_tests.rs"]
mod tests;
