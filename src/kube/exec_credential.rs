//! The output of an exec credential plugin.
//!
//! <https://kubernetes.io/docs/reference/config-api/client-authentication.v1/>

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;

use crate::credentials::Secret;

const V1: &str = "client.authentication.k8s.io/v1";
const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

/// The supported versions of the ExecCredential API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V1,
    V1Beta1,
}

/// The client requests a version that is not supported, here or by current clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the client requests {requested:?}")]
pub struct UnknownVersion {
    pub requested: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    api_version: String,
    kind: Option<String>,
}

impl Version {
    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1 => V1,
            Version::V1Beta1 => V1BETA1,
        }
    }

    /// Returns the version that `KUBERNETES_EXEC_INFO` requests; v1 if the variable is unset, empty or malformed.
    pub fn requested(exec_info: Option<&str>) -> Result<Self, UnknownVersion> {
        let info = exec_info.and_then(|json| serde_json::from_str::<Info>(json).ok());
        let Some(info) = info.filter(|info| {
            info.kind
                .as_deref()
                .is_none_or(|kind| kind == "ExecCredential")
        }) else {
            return Ok(Version::V1);
        };
        match info.api_version.as_str() {
            V1 => Ok(Version::V1),
            V1BETA1 => Ok(Version::V1Beta1),
            _ => Err(UnknownVersion {
                requested: info.api_version,
            }),
        }
    }
}

/// Returns one line of JSON with exactly one value, as client-go requires.
///
/// Nothing in it needs escaping (a token is letters, digits and `-_.`), so the text is written directly: a serializer would
/// take three times as long.
pub fn render(version: Version, token: &Secret, expires_at: DateTime<Utc>) -> Secret {
    let expires_at = expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let parts = [
        "{\"kind\":\"ExecCredential\",\"apiVersion\":\"",
        version.as_str(),
        "\",\"spec\":{},\"status\":{\"expirationTimestamp\":\"",
        &expires_at,
        "\",\"token\":\"",
        token.reveal(),
        "\"}}\n",
    ];
    // Allocated once: a growing buffer would leave copies of the token in memory.
    Secret::new(parts.concat())
}

/// Returns the token in an ExecCredential. `None` if there is none: a JSON error could quote the token.
pub fn token_in(json: &str) -> Option<Secret> {
    #[derive(Deserialize)]
    struct ExecCredential {
        status: Status,
    }
    #[derive(Deserialize)]
    struct Status {
        token: Secret,
    }
    let credential: ExecCredential = serde_json::from_str(json).ok()?;
    Some(credential.status.token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_output_has_the_requested_version() {
        let info = |version: &str| {
            format!(
                "{{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/{version}\",\"spec\":{{\"interactive\":false}}}}\n"
            )
        };
        assert_eq!(Version::requested(Some(&info("v1"))), Ok(Version::V1));
        assert_eq!(
            Version::requested(Some(&info("v1beta1"))),
            Ok(Version::V1Beta1)
        );
        for unknown in ["v1alpha1", "v2"] {
            assert!(
                Version::requested(Some(&info(unknown))).is_err(),
                "{unknown}"
            );
        }
        for unset in [
            None,
            Some(""),
            Some("null"),
            Some("{"),
            Some("[]"),
            Some("{\"apiVersion\":3}"),
        ] {
            assert_eq!(Version::requested(unset), Ok(Version::V1), "{unset:?}");
        }
        let big = info("v1").replace(
            "\"interactive\":false",
            &format!("\"cluster\":{{\"ca\":\"{}\"}}", "A".repeat(1 << 20)),
        );
        assert_eq!(Version::requested(Some(&big)), Ok(Version::V1));
    }

    #[test]
    fn the_output_is_one_json_value_with_whole_seconds() {
        let when = DateTime::from_timestamp(1_800_000_000, 999_999_999).unwrap();
        let json = render(Version::V1, &Secret::new("k8s-aws-v1.abc"), when);
        let expected = "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"spec\":{},\"status\":{\"expirationTimestamp\":\"2027-01-15T08:00:00Z\",\"token\":\"k8s-aws-v1.abc\"}}\n";
        assert_eq!(json.reveal(), expected);
    }
}
