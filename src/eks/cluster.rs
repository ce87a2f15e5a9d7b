//! `DescribeCluster`: a cluster's endpoint and its certificate authority.
//!
//! <https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeCluster.html>

use aws_config::SdkConfig;
use aws_sdk_eks::types::{
    AccessConfigResponse, AuthenticationMode, ClusterStatus, VpcConfigResponse,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};

use crate::aws;
use crate::names::ClusterName;

/// The longest certificate authority, in bytes of base64. A CA certificate is about 1.5 KB.
const MAX_CA: usize = 64 << 10;
/// The most networks that are listed. EKS allows 40.
const MAX_CIDRS: usize = 40;

/// What a kubeconfig and `doctor` need to know about a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    pub arn: String,
    /// `https://…`
    pub endpoint: String,
    /// PEM in base64, as in `certificate-authority-data`.
    pub certificate_authority: String,
    /// The networks that can reach the endpoint.
    pub reach: Reach,
    /// How the cluster maps roles to users.
    pub mapping: Mapping,
    /// What tokens are for instead of the name: the ID of a local cluster on an AWS Outpost.
    /// <https://docs.aws.amazon.com/eks/latest/userguide/eks-outposts-local-cluster-create.html>
    pub local_id: Option<ClusterName>,
}

/// The networks that can reach an API server.
/// <https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Anywhere,
    /// These networks only.
    Networks(Vec<String>),
    /// The cluster's own network only.
    Private,
}

/// How a cluster maps roles to users.
/// <https://docs.aws.amazon.com/eks/latest/userguide/setting-up-access-entries.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mapping {
    ConfigMap,
    AccessEntries,
    Both,
}

/// How the problem of a field begins that is not in the response.
pub const MISSING: &str = "missing";

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Call(#[from] aws::Error),
    /// The cluster is being created or deleted, or has failed.
    #[error("the cluster's status is {0}")]
    Inactive(ClusterStatus),
    /// The cluster is another one that EKS only shows, see [EKS Connector](https://docs.aws.amazon.com/eks/latest/userguide/eks-connector.html).
    #[error("it is connected to EKS, but is not an EKS cluster{}", provider.as_ref().map(|of| format!(" (provider: {of})")).unwrap_or_default())]
    Connected { provider: Option<String> },
    #[error("{field}: {problem}")]
    BadAnswer {
        field: &'static str,
        problem: String,
    },
}

/// Describes a cluster in the client's region. The response must be for `account`, the client's account.
pub async fn describe(
    config: &SdkConfig,
    name: &ClusterName,
    account: &str,
    now: DateTime<Utc>,
) -> Result<Cluster, Error> {
    let region = config.region().map(AsRef::as_ref).unwrap_or_default();
    let asked = format!(":eks:{region}:{account}:cluster/{name}");
    let config = aws_sdk_eks::config::Builder::from(config)
        .disable_clock_skew_correction(true)
        .build();
    let answer = aws_sdk_eks::Client::from_conf(config)
        .describe_cluster()
        .name(name.as_str())
        .send()
        .await
        .map_err(|error| aws::classify(&error, now))?;
    // A cluster that is being created has fields missing, but is there.
    let cluster = answer.cluster().ok_or_else(|| aws::Error::Unreadable {
        message: aws::NOT_OF_AWS.to_owned(),
    })?;
    if let Some(connector) = cluster.connector_config() {
        let provider = connector.provider().map(str::to_owned);
        return Err(Error::Connected { provider });
    }
    use ClusterStatus as S;
    if let Some(status @ (S::Creating | S::Pending | S::Deleting | S::Failed)) = cluster.status() {
        return Err(Error::Inactive(status.clone()));
    }
    let ca = cluster.certificate_authority().and_then(|ca| ca.data());
    Ok(Cluster {
        arn: arn(cluster.arn(), &asked)?,
        endpoint: endpoint(cluster.endpoint())?,
        certificate_authority: certificate(ca)?,
        reach: reach(cluster.resources_vpc_config()),
        mapping: mapping(cluster.access_config()),
        local_id: cluster
            .outpost_config()
            .map(|_| local_id(cluster.id()))
            .transpose()?,
    })
}

fn reach(network: Option<&VpcConfigResponse>) -> Reach {
    let Some(network) = network else {
        return Reach::Anywhere;
    };
    let everywhere = |cidr: &String| cidr == "0.0.0.0/0";
    let cidrs = network.public_access_cidrs();
    match network.endpoint_public_access() {
        false => Reach::Private,
        true if cidrs.is_empty() || cidrs.iter().any(everywhere) => Reach::Anywhere,
        true => Reach::Networks(cidrs.iter().take(MAX_CIDRS).cloned().collect()),
    }
}

/// Returns the authentication mode. Clusters without access entries have none, and use the ConfigMap.
fn mapping(access: Option<&AccessConfigResponse>) -> Mapping {
    match access.and_then(AccessConfigResponse::authentication_mode) {
        Some(AuthenticationMode::Api) => Mapping::AccessEntries,
        Some(AuthenticationMode::ApiAndConfigMap) => Mapping::Both,
        _ => Mapping::ConfigMap,
    }
}

fn bad(field: &'static str, problem: impl Into<String>) -> Error {
    Error::BadAnswer {
        field,
        problem: problem.into(),
    }
}

/// A field that a cluster only has once it is active.
fn not_yet(field: &'static str) -> Error {
    bad(field, format!("{MISSING}: the cluster is not active yet"))
}

/// Checks that the ARN is that of the requested cluster (in any partition), and needs no quoting.
fn arn(value: Option<&str>, asked: &str) -> Result<String, Error> {
    let value = value.ok_or_else(|| bad("arn", MISSING))?;
    let plain = value
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b":/-_".contains(&b));
    match plain && value.ends_with(asked) && value.starts_with("arn:aws") && value.len() <= 256 {
        true => Ok(value.to_owned()),
        false => Err(bad("arn", format!("must be arn:…{asked}, not {value:?}"))),
    }
}

/// Returns the ID of a local cluster on an Outpost, which is a UUID.
fn local_id(value: Option<&str>) -> Result<ClusterName, Error> {
    const FIELD: &str = "id";
    let value = value.ok_or_else(|| not_yet(FIELD))?;
    let id = value.parse();
    id.map_err(|_| bad(FIELD, format!("must be a UUID, not {value:?}")))
}

fn endpoint(value: Option<&str>) -> Result<String, Error> {
    const FIELD: &str = "endpoint";
    let value = value.ok_or_else(|| not_yet(FIELD))?;
    let host = value.strip_prefix("https://").unwrap_or_default();
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    match !host.is_empty() && host.len() <= 512 && host.bytes().all(plain) {
        true => Ok(value.to_owned()),
        false => Err(bad(FIELD, format!("must be https://HOST, not {value:?}"))),
    }
}

fn certificate(value: Option<&str>) -> Result<String, Error> {
    const FIELD: &str = "certificateAuthority.data";
    let value = value.ok_or_else(|| not_yet(FIELD))?;
    if value.len() > MAX_CA {
        return Err(bad(FIELD, format!("longer than {MAX_CA} bytes")));
    }
    let pem = STANDARD
        .decode(value)
        .map_err(|_| bad(FIELD, "not valid base64"))?;
    match pem.starts_with(b"-----BEGIN CERTIFICATE-----") {
        true => Ok(value.to_owned()),
        false => Err(bad(FIELD, "not a PEM certificate")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_that_would_break_a_kubeconfig_are_refused() {
        let asked = ":eks:eu-west-1:111122223333:cluster/prod";
        assert!(
            arn(
                Some("arn:aws:eks:eu-west-1:111122223333:cluster/prod"),
                asked
            )
            .is_ok()
        );
        for bad in [
            "",
            "arn:aws:eks:eu-west-1:111122223333:cluster/other",
            "arn:aws:eks:eu-west-1:444455556666:cluster/prod",
            "arn:aws:eks:eu-west-2:111122223333:cluster/prod",
            "arn:x\n- a/prod",
            "arn:{{}}/prod",
        ] {
            assert!(arn(Some(bad), asked).is_err(), "{bad:?}");
        }
        assert!(endpoint(Some("https://ABC.gr7.eu-west-1.eks.amazonaws.com")).is_ok());
        assert!(endpoint(Some("https://127.0.0.1:6443")).is_ok());
        for bad in [
            "http://x",
            "https://",
            "https://a b",
            "https://a\nb",
            "https://a/#",
            "file:///etc/passwd",
        ] {
            assert!(endpoint(Some(bad)).is_err(), "{bad:?}");
        }
        let pem = STANDARD.encode("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assert!(certificate(Some(&pem)).is_ok());
        assert!(certificate(Some("AAAA")).is_err());
        assert!(certificate(Some("not base64!")).is_err());
        assert!(certificate(None).is_err());
    }
}
