//! The rules for bearer tokens of EKS clusters, as implemented in aws-iam-authenticator
//! (<https://github.com/kubernetes-sigs/aws-iam-authenticator>, `pkg/token/token.go`): a token is a presigned
//! GetCallerIdentity request, which is checked and then sent to STS.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

use super::codec::{base64url_decode, pairs};
use super::http::Request;
use super::sts::authenticate;
use super::world::{Cluster, Principal, Service, World};

const PREFIX: &str = "k8s-aws-v1.";
const LIMIT: usize = 4096;
const PARAMETERS: [&str; 9] = [
    "action",
    "version",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];

/// Returns the principal that the token authenticates, or why the token is rejected.
pub fn identify(world: &World, cluster: &Cluster, token: &str) -> Result<Principal, String> {
    let request = presigned_request(cluster, token, world.now())?;
    if !cluster.authenticates {
        return Err("the authenticator does not run".to_owned());
    }
    let (principal, _) = authenticate(world, &request, Service::Sts)
        .map_err(|(_, code, message)| format!("STS refuses the token: {code}: {message}"))?;
    if !cluster
        .mapped_roles
        .contains(&without_path(&principal.principal_arn))
    {
        return Err(format!("aws-auth does not map {}", principal.arn));
    }
    Ok(principal)
}

/// Returns the request that a token contains, after checking every rule that does not need STS.
fn presigned_request(
    cluster: &Cluster,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Request, String> {
    if token.len() > LIMIT {
        return Err("token is too large".to_owned());
    }
    let encoded = token
        .strip_prefix(PREFIX)
        .ok_or("token is missing the expected prefix")?;
    let url = base64url_decode(encoded).ok_or("token is not unpadded base64url")?;
    let url = String::from_utf8(url).map_err(|_| "token is not a URL")?;
    let rest = url
        .strip_prefix("https://")
        .ok_or("unexpected scheme in pre-signed URL")?;
    let (host, target) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let partition = cluster.arn.split(':').nth(1).unwrap_or_default();
    let region =
        host_region(host, partition).ok_or_else(|| format!("unexpected hostname {host:?}"))?;
    if target.contains('#') || !target.starts_with("/?") {
        return Err("unexpected path in pre-signed URL".to_owned());
    }
    let request = Request::new("GET", target)
        .with("host", host)
        .with("x-k8s-aws-id", cluster.id());
    let mut seen: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs(&request.query).ok_or("malformed query")? {
        let name = name.to_ascii_lowercase();
        if !PARAMETERS.contains(&name.as_str()) {
            return Err(format!("non-whitelisted query parameter {name:?}"));
        }
        if seen.iter().any(|(earlier, _)| *earlier == name) {
            return Err(format!("query parameter {name:?} repeated"));
        }
        seen.push((name, value));
    }
    let get = |name: &str| {
        seen.iter()
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    };
    if get("action") != "GetCallerIdentity" {
        return Err("unexpected action parameter in pre-signed URL".to_owned());
    }
    if !get("x-amz-signedheaders")
        .split(';')
        .any(|name| name == "x-k8s-aws-id")
    {
        return Err("client did not sign the x-k8s-aws-id header in the pre-signed URL".to_owned());
    }
    if !get("x-amz-expires")
        .parse::<i64>()
        .is_ok_and(|seconds| (0..=900).contains(&seconds))
    {
        return Err("invalid X-Amz-Expires parameter in pre-signed URL".to_owned());
    }
    let signed = NaiveDateTime::parse_from_str(get("x-amz-date"), "%Y%m%dT%H%M%SZ");
    let signed = signed
        .map_err(|_| "error parsing X-Amz-Date parameter")?
        .and_utc();
    if now > signed + Duration::minutes(15) {
        return Err("X-Amz-Date parameter is expired".to_owned());
    }
    let scoped = get("x-amz-credential")
        .split('/')
        .nth(2)
        .unwrap_or_default();
    if !region.is_empty() && scoped != region {
        return Err(format!(
            "Credential should be scoped to a valid region, not {scoped:?}"
        ));
    }
    Ok(request)
}

/// Returns the region of a partition's STS host name, which is "" for the global one.
fn host_region<'a>(host: &'a str, partition: &str) -> Option<&'a str> {
    let (suffixes, regions): (&[&str], &str) = match partition {
        "aws" if host == "sts.amazonaws.com" => return Some(""),
        "aws" => (&[".amazonaws.com", ".api.aws"], ""),
        "aws-us-gov" => (&[".amazonaws.com", ".api.aws"], "us-gov-"),
        "aws-cn" => (
            &[".amazonaws.com.cn", ".api.amazonwebservices.com.cn"],
            "cn-",
        ),
        "aws-eusc" => (&[".amazonaws.eu", ".api.amazonwebservices.eu"], "eusc-"),
        _ => return None,
    };
    let rest = host
        .strip_prefix("sts-fips.")
        .or_else(|| host.strip_prefix("sts."))?;
    let region = suffixes
        .iter()
        .find_map(|suffix| rest.strip_suffix(suffix))?;
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let known = region.starts_with(regions) && region.contains('-') && region.bytes().all(plain);
    known.then_some(region)
}

/// Removes the path from `arn:…:role/some/path/Name`, because aws-auth lists roles without it.
fn without_path(arn: &str) -> String {
    match (arn.split_once(":role/"), arn.rsplit_once('/')) {
        (Some((start, _)), Some((_, name))) => format!("{start}:role/{name}"),
        _ => arn.to_owned(),
    }
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
