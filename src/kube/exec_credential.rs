//! The output of an exec credential plugin.
//!
//! <https://kubernetes.io/docs/reference/config-api/client-authentication.v1/>

use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;

use crate::credentials::Secret;

const GROUP: &str = "client.authentication.k8s.io/";

/// The supported versions of the ExecCredential API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V1,
    V1Beta1,
}

/// A version that is not supported, here or by current clients.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be v1 or v1beta1")]
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
    /// The version in kubeconfig entries: every client supports it, and some do not support v1.
    pub const WRITTEN: Version = Version::V1Beta1;

    /// Returns the version as it is typed, without the API group.
    pub fn short(self) -> &'static str {
        &self.as_str()[GROUP.len()..]
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Version::V1 => "client.authentication.k8s.io/v1",
            Version::V1Beta1 => "client.authentication.k8s.io/v1beta1",
        }
    }

    /// Returns the version that `KUBERNETES_EXEC_INFO` requests. `None` if the variable is unset, empty or malformed: some clients
    /// do not set it.
    pub fn requested(exec_info: Option<&str>) -> Result<Option<Self>, UnknownVersion> {
        let info = exec_info.and_then(|json| serde_json::from_str::<Info>(json).ok());
        let info = info.filter(|info| {
            info.kind
                .as_deref()
                .is_none_or(|kind| kind == "ExecCredential")
        });
        let known = |info: Info| {
            let with_group = info.api_version.starts_with(GROUP);
            let version = info.api_version.parse().ok().filter(|_| with_group);
            version.ok_or(UnknownVersion {
                requested: info.api_version,
            })
        };
        info.map(known).transpose()
    }
}

/// Reads a version with or without its API group.
impl FromStr for Version {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        match text.strip_prefix(GROUP).unwrap_or(text) {
            "v1" => Ok(Version::V1),
            "v1beta1" => Ok(Version::V1Beta1),
            _ => Err(UnknownVersion {
                requested: text.to_owned(),
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
        for version in [Version::V1, Version::V1Beta1] {
            let requested = Version::requested(Some(&info(version.short())));
            assert_eq!(requested, Ok(Some(version)));
            for typed in [version.short(), version.as_str()] {
                assert_eq!(typed.parse(), Ok(version));
            }
        }
        for unknown in ["v1alpha1", "v2", "client.authentication.k8s.io/v1", ""] {
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
            assert_eq!(Version::requested(unset), Ok(None), "{unset:?}");
        }
        let without_group = info("v1").replace(GROUP, "");
        assert!(Version::requested(Some(&without_group)).is_err());
        let big = info("v1").replace(
            "\"interactive\":false",
            &format!("\"cluster\":{{\"ca\":\"{}\"}}", "A".repeat(1 << 20)),
        );
        assert_eq!(Version::requested(Some(&big)), Ok(Some(Version::V1)));
    }

    #[test]
    fn the_output_is_one_json_value_with_whole_seconds() {
        let when = DateTime::from_timestamp(1_800_000_000, 999_999_999).unwrap();
        let json = render(Version::V1, &Secret::new("k8s-aws-v1.abc"), when);
        let expected = "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"spec\":{},\"status\":{\"expirationTimestamp\":\"2027-01-15T08:00:00Z\",\"token\":\"k8s-aws-v1.abc\"}}\n";
        assert_eq!(json.reveal(), expected);
    }
}
