//! The bearer token EKS accepts: a presigned STS `GetCallerIdentity` URL, encoded.
//!
//! Pure: credentials, cluster, endpoint host and a timestamp in, token out.
//! The rules are the verifier's: <https://github.com/kubernetes-sigs/aws-iam-authenticator>, `pkg/token/token.go`.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials as SigningCredentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::credentials::{Credentials, Secret};
use crate::names::{ClusterName, Region};

const PREFIX: &str = "k8s-aws-v1.";
/// The verifier refuses longer ones. Bytes.
const MAX_LEN: usize = 4096;
/// What the reference clients put in `X-Amz-Expires`; the verifier only asks for 0 to 900. Seconds.
const PRESIGN_EXPIRES: u64 = 60;
/// The verifier takes a token for 15 minutes from its signing; clients say 14, to be on the safe side.
const LIFETIME: TimeDelta = TimeDelta::minutes(14);
/// All but the unreserved characters of RFC 3986, as SigV4 asks.
const QUERY_VALUE: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A token for one cluster.
#[derive(Debug)]
pub struct Token {
    pub value: Secret,
    /// The earlier of 14 minutes from now and the expiry of the credentials that signed it.
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The session token is so long that the verifier would refuse the result. Bytes.
    #[error("the EKS token would be {length} bytes, and clusters refuse more than {MAX_LEN}")]
    TooLong { length: usize },
    #[error("the EKS token could not be signed: {0}")]
    Signing(String),
}

/// Signs a token. `sts_host` is the regional STS host name, without scheme or port: it comes from the
/// SDK's endpoint rules and never from a custom endpoint, which the verifier would refuse.
pub fn sign_token(
    credentials: &Credentials,
    cluster: &ClusterName,
    region: &Region,
    sts_host: &str,
    now: DateTime<Utc>,
) -> Result<Token, Error> {
    let signing = |error: &dyn std::fmt::Display| Error::Signing(error.to_string());
    let identity = SigningCredentials::new(
        credentials.access_key_id.clone(),
        credentials.secret_access_key.reveal(),
        Some(credentials.session_token.reveal().to_owned()),
        None,
        "apono-login",
    )
    .into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(PRESIGN_EXPIRES));
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region.as_str())
        .name("sts")
        .time(SystemTime::from(now))
        .settings(settings)
        .build()
        .map_err(|e| signing(&e))?
        .into();

    let url = format!("https://{sts_host}/?Action=GetCallerIdentity&Version=2011-06-15");
    let headers = [("host", sts_host), ("x-k8s-aws-id", cluster.as_str())];
    let request = SignableRequest::new("GET", &url, headers.into_iter(), SignableBody::empty())
        .map_err(|e| signing(&e))?;
    let (instructions, _) = sign(request, &params)
        .map_err(|e| signing(&e))?
        .into_parts();

    // Room for all of it: growing would leave copies behind.
    let session_token = credentials.session_token.reveal().len();
    let mut presigned = String::with_capacity(3 * session_token + 1024);
    presigned.push_str(&url);
    for (name, value) in instructions.params() {
        presigned.push('&');
        presigned.push_str(name);
        presigned.push('=');
        presigned.extend(utf8_percent_encode(value, &QUERY_VALUE));
    }
    let presigned = Secret::new(presigned);
    let mut value = String::with_capacity(PREFIX.len() + presigned.reveal().len() * 4 / 3 + 4);
    value.push_str(PREFIX);
    URL_SAFE_NO_PAD.encode_string(presigned.reveal(), &mut value);
    let value = Secret::new(value);
    let length = value.reveal().len();
    if length > MAX_LEN {
        return Err(Error::TooLong { length });
    }
    Ok(Token {
        value,
        expires_at: (now + LIFETIME).min(credentials.expires_at),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: "ASIAEXAMPLE00000001".into(),
            secret_access_key: Secret::new("secret/Key+0123456789"),
            session_token: Secret::new("session//token==with+signs"),
            expires_at: Utc.with_ymd_and_hms(2026, 11, 23, 13, 0, 0).unwrap(),
        }
    }

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 23, 12, 0, 0).unwrap()
    }

    fn signed(credentials: &Credentials) -> Result<Token, Error> {
        let (cluster, region) = ("prod".parse().unwrap(), "eu-west-1".parse().unwrap());
        sign_token(
            credentials,
            &cluster,
            &region,
            "sts.eu-west-1.amazonaws.com",
            noon(),
        )
    }

    /// The expected signature is botocore's (`SigV4QueryAuth`) for the same input.
    #[test]
    fn the_presigned_url_is_the_one_botocore_makes() {
        let token = signed(&credentials()).unwrap();
        let encoded = token.value.reveal().strip_prefix(PREFIX).unwrap();
        let url = String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap();
        let (base, query) = url.split_once('?').unwrap();
        assert_eq!(base, "https://sts.eu-west-1.amazonaws.com/");
        let mut parameters: Vec<&str> = query.split('&').collect();
        parameters.sort_unstable();
        let expected = [
            "Action=GetCallerIdentity",
            "Version=2011-06-15",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Credential=ASIAEXAMPLE00000001%2F20261123%2Feu-west-1%2Fsts%2Faws4_request",
            "X-Amz-Date=20261123T120000Z",
            "X-Amz-Expires=60",
            "X-Amz-Security-Token=session%2F%2Ftoken%3D%3Dwith%2Bsigns",
            "X-Amz-Signature=0a603fcd49bab9fff9a1793c5df64ae8ae516aa42a9434115e7f6c1dfc8dc64d",
            "X-Amz-SignedHeaders=host%3Bx-k8s-aws-id",
        ];
        assert_eq!(parameters, expected);
    }

    #[test]
    fn a_token_lives_no_longer_than_the_credentials_that_signed_it() {
        let mut short = credentials();
        assert_eq!(signed(&short).unwrap().expires_at, noon() + LIFETIME);
        short.expires_at = noon() + TimeDelta::minutes(5);
        assert_eq!(signed(&short).unwrap().expires_at, short.expires_at);
    }

    #[test]
    fn a_token_that_the_verifier_would_refuse_is_not_given() {
        let mut long = credentials();
        long.session_token = Secret::new("A".repeat(2_600));
        assert!(signed(&long).is_ok());
        long.session_token = Secret::new("A/+=".repeat(650));
        assert!(matches!(signed(&long), Err(Error::TooLong { length }) if length > 4096));
    }
}
