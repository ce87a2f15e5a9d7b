//! The bearer token for an EKS cluster: a presigned STS `GetCallerIdentity` URL, encoded.
//!
//! Pure: credentials, cluster, endpoint host and a timestamp in, token out.
//! The rules are those of the authenticator that verifies tokens in EKS: <https://github.com/kubernetes-sigs/aws-iam-authenticator>, `pkg/token/token.go`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::credentials::{Credentials, Secret};
use crate::names::{ClusterName, Region};

pub const PREFIX: &str = "k8s-aws-v1.";
/// The longest token that the authenticator accepts, in bytes.
pub const MAX_LEN: usize = 4096;
/// `X-Amz-Expires` as the reference clients send it, in seconds. The authenticator accepts 0 to 900.
const PRESIGN_EXPIRES: &str = "60";
const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// How long clients use a token. The authenticator accepts it for 15 minutes; clients stop one minute earlier.
const LIFETIME: TimeDelta = TimeDelta::minutes(14);
/// All but the unreserved characters of RFC 3986, as SigV4 requires.
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
    /// The session token makes the token longer than the authenticator accepts. Bytes.
    #[error("the token would be {length} bytes long, but clusters accept at most {MAX_LEN}")]
    TooLong { length: usize },
    /// Not expected: HMAC accepts keys of any length.
    #[error("the token could not be signed")]
    Signing,
}

/// Signs a token. `sts_host` is the regional STS host name, without scheme or port. It comes from the SDK's endpoint rules,
/// never from a custom endpoint, which the authenticator would reject.
pub fn sign_token(
    credentials: &Credentials,
    cluster: &ClusterName,
    region: &Region,
    sts_host: &str,
    now: DateTime<Utc>,
) -> Result<Token, Error> {
    let presigned = presign(credentials, cluster, region, sts_host, now)?;
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

/// Returns the text without the token that it may contain.
pub fn redacted(text: &str) -> String {
    match text.split_once(PREFIX) {
        Some((before, _)) => format!("{before}{PREFIX}…"),
        None => text.to_owned(),
    }
}

/// Returns the presigned URL: AWS Signature Version 4 in the query (`AWS4-HMAC-SHA256`) of a request without a body.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
///
/// Not done with the SDK, because every call of kubectl waits for it, and so that no copy of a secret stays in memory.
fn presign(
    credentials: &Credentials,
    cluster: &ClusterName,
    region: &Region,
    host: &str,
    now: DateTime<Utc>,
) -> Result<Secret, Error> {
    let time = now.format("%Y%m%dT%H%M%SZ").to_string();
    let date = &time[..8];
    let scope = format!("{date}/{region}/sts/aws4_request");

    // The parameters are sorted by name, as SigV4 requires.
    let session_token = credentials.session_token.reveal();
    let mut url = String::with_capacity(3 * session_token.len() + 512);
    url.push_str("https://");
    url.push_str(host);
    url.push_str("/?");
    let query = url.len();
    url.push_str("Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256");
    url.push_str("&X-Amz-Credential=");
    url.extend(encode(&credentials.access_key_id));
    url.extend(["%2F"].into_iter().chain(encode(&scope)));
    url.extend(["&X-Amz-Date=", &time, "&X-Amz-Expires=", PRESIGN_EXPIRES]);
    url.push_str("&X-Amz-Security-Token=");
    url.extend(encode(session_token));
    url.push_str("&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id");

    let mut canonical_request = Sha256::new();
    for part in [
        "GET\n/\n",
        &url[query..],
        "\nhost:",
        host,
        "\nx-k8s-aws-id:",
        cluster.as_str(),
        "\n\nhost;x-k8s-aws-id\n",
        EMPTY_SHA256,
    ] {
        canonical_request.update(part);
    }
    let canonical_request = hex::encode(canonical_request.finalize());
    let string_to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical_request}");

    let secret = credentials.secret_access_key.reveal();
    let mut key = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
    key.extend_from_slice(b"AWS4");
    key.extend_from_slice(secret.as_bytes());
    let mut key = hmac(&key, date)?;
    for part in [region.as_str(), "sts", "aws4_request"] {
        key = hmac(key.as_slice(), part)?;
    }
    url.push_str("&X-Amz-Signature=");
    url.push_str(&hex::encode(hmac(key.as_slice(), &string_to_sign)?));
    Ok(Secret::new(url))
}

fn encode(value: &str) -> PercentEncode<'_> {
    utf8_percent_encode(value, &QUERY_VALUE)
}

fn hmac(key: &[u8], message: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Error::Signing)?;
    hmac.update(message.as_bytes());
    Ok(Zeroizing::new(hmac.finalize().into_bytes().into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sigv4::http_request::{
        SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
    };
    use aws_sigv4::sign::v4;
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
    fn the_presigned_url_equals_that_of_botocore() {
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

    /// Returns the parameters of the same request as the SDK's signer makes them, sorted.
    fn signed_by_the_sdk(
        credentials: &Credentials,
        cluster: &str,
        region: &str,
        host: &str,
    ) -> Vec<String> {
        let identity = aws_credential_types::Credentials::new(
            credentials.access_key_id.clone(),
            credentials.secret_access_key.reveal(),
            Some(credentials.session_token.reveal().to_owned()),
            None,
            "test",
        )
        .into();
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(std::time::Duration::from_secs(60));
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("sts")
            .time(noon().into())
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let url = format!("https://{host}/?Action=GetCallerIdentity&Version=2011-06-15");
        let headers = [("host", host), ("x-k8s-aws-id", cluster)].into_iter();
        let request = SignableRequest::new("GET", &url, headers, SignableBody::empty()).unwrap();
        let (instructions, _) = sign(request, &params).unwrap().into_parts();
        let added = instructions.params().iter();
        let added = added.map(|(name, value)| format!("{name}={}", encode(value)));
        let given = ["Action=GetCallerIdentity", "Version=2011-06-15"].map(str::to_owned);
        let mut all: Vec<String> = given.into_iter().chain(added).collect();
        all.sort();
        all
    }

    proptest::proptest! {
        #[test]
        fn the_sdk_signs_the_same(
            key_id in "[A-Z0-9]{16,128}",
            secret in "[ -~]{1,130}",
            session_token in "[ -~]{1,900}",
            cluster in "[0-9A-Za-z][A-Za-z0-9_-]{0,99}",
            region in "[a-z]{2}-[a-z]{4,9}-[1-9]",
        ) {
            let credentials = Credentials {
                access_key_id: key_id,
                secret_access_key: Secret::new(secret),
                session_token: Secret::new(session_token),
                expires_at: noon(),
            };
            let host = format!("sts.{region}.amazonaws.com");
            let expected = signed_by_the_sdk(&credentials, &cluster, &region, &host);
            let url = presign(&credentials, &cluster.parse().unwrap(), &region.parse().unwrap(), &host, noon()).unwrap();
            let (base, query) = url.reveal().split_once('?').unwrap();
            proptest::prop_assert_eq!(base, format!("https://{host}/"));
            let mut found: Vec<&str> = query.split('&').collect();
            found.sort_unstable();
            proptest::prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_token_lives_no_longer_than_the_credentials_that_signed_it() {
        let mut short = credentials();
        assert_eq!(signed(&short).unwrap().expires_at, noon() + LIFETIME);
        short.expires_at = noon() + TimeDelta::minutes(5);
        assert_eq!(signed(&short).unwrap().expires_at, short.expires_at);
    }

    #[test]
    fn a_token_that_is_too_long_is_refused() {
        let mut long = credentials();
        long.session_token = Secret::new("A".repeat(2_600));
        assert!(signed(&long).is_ok());
        long.session_token = Secret::new("A/+=".repeat(650));
        assert!(matches!(signed(&long), Err(Error::TooLong { length }) if length > 4096));
    }
}
