//! Tests of EKS tokens: a valid one, and for each rule one that breaks it.

use super::super::Options;
use super::super::codec::{base64url, percent_encode, sha256_hex};
use super::super::sigv4::sign;
use super::super::sts::mint;
use super::super::world::{Key, Role};
use super::*;

struct Desk {
    world: World,
    cluster: Cluster,
    key: Key,
}

impl Desk {
    fn new() -> Desk {
        let options = Options::default();
        let world = World::default();
        let key = mint(&world, &options.roles[0], "alice@example.com", 3600);
        Desk {
            world,
            cluster: options.clusters[0].clone(),
            key,
        }
    }

    /// Returns the URL of a valid token, signed for this host, with these changes made before signing.
    fn url(&self, host: &str, before: impl Fn(&mut Vec<(&'static str, String)>)) -> String {
        let at = self.world.now();
        let region = host
            .split('.')
            .nth(1)
            .filter(|region| region.contains('-'))
            .unwrap_or("us-east-1");
        let scope = format!(
            "{}/{}/{region}/sts/aws4_request",
            self.key.access_key,
            at.format("%Y%m%d")
        );
        let mut query = vec![
            ("Action", "GetCallerIdentity".to_owned()),
            ("Version", "2011-06-15".to_owned()),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
            ("X-Amz-Credential", scope),
            ("X-Amz-Date", at.format("%Y%m%dT%H%M%SZ").to_string()),
            ("X-Amz-Expires", "60".to_owned()),
            (
                "X-Amz-Security-Token",
                self.key.session_token.clone().unwrap(),
            ),
            ("X-Amz-SignedHeaders", "host;x-k8s-aws-id".to_owned()),
            ("X-Amz-Signature", String::new()),
        ];
        before(&mut query);
        let write = |query: &[(&str, String)]| {
            let pairs = query
                .iter()
                .map(|(name, value)| format!("{name}={}", percent_encode(value.as_bytes())));
            format!("/?{}", pairs.collect::<Vec<_>>().join("&"))
        };
        let unsigned = Request::new("GET", &write(&query))
            .with("host", host)
            .with("x-k8s-aws-id", "prod");
        let empty = sha256_hex(b"");
        query.retain(|(name, _)| *name != "X-Amz-Signature");
        query.push((
            "X-Amz-Signature",
            sign(&unsigned, &self.key.secret, &empty).unwrap(),
        ));
        format!("https://{host}{}", write(&query))
    }

    fn verdict(&self, url: &str) -> Result<Principal, String> {
        identify(
            &self.world,
            &self.cluster,
            &format!("{PREFIX}{}", base64url(url.as_bytes())),
        )
    }
}

const HOST: &str = "sts.eu-west-1.amazonaws.com";

fn set(name: &'static str, value: &str) -> impl Fn(&mut Vec<(&'static str, String)>) {
    move |query| {
        query.retain(|(key, _)| *key != name);
        query.push((name, value.to_owned()));
    }
}

#[test]
fn a_valid_token_authenticates_its_session() {
    let desk = Desk::new();
    for host in [
        HOST,
        "sts-fips.eu-west-1.amazonaws.com",
        "sts.eu-west-1.api.aws",
        "sts.amazonaws.com",
    ] {
        let principal = desk.verdict(&desk.url(host, |_| ()));
        assert_eq!(
            principal.map(|principal| principal.arn),
            Ok(
                "arn:aws:sts::111122223333:assumed-role/apono-k8s-access/alice@example.com"
                    .to_owned()
            ),
            "{host}"
        );
    }
}

#[test]
fn each_rule_broken_once() {
    let desk = Desk::new();
    let good = desk.url(HOST, |_| ());
    let encoded = base64url(good.as_bytes());
    let refused = |token: &str| identify(&desk.world, &desk.cluster, token).unwrap_err();
    assert_eq!(
        refused(&format!("{PREFIX}{}", "A".repeat(4096))),
        "token is too large"
    );
    assert_eq!(refused(&encoded), "token is missing the expected prefix");
    assert_eq!(
        refused(&format!("{PREFIX}{encoded}=")),
        "token is not unpadded base64url"
    );
    assert_eq!(
        refused(&format!("{PREFIX}{encoded}\n")),
        "token is not unpadded base64url"
    );

    let old = (desk.world.now() - Duration::minutes(16))
        .format("%Y%m%dT%H%M%SZ")
        .to_string();
    let cases = [
        (
            good.replace("https:", "http:"),
            "unexpected scheme in pre-signed URL",
        ),
        (
            good.replace(HOST, "127.0.0.1:4566"),
            "unexpected hostname \"127.0.0.1:4566\"",
        ),
        (
            desk.url("sts.eu-west-1.amazonaws.com:443", |_| ()),
            "unexpected hostname",
        ),
        (
            desk.url("alice@sts.eu-west-1.amazonaws.com", |_| ()),
            "unexpected hostname",
        ),
        (
            desk.url("sts.eu-west-1.amazonaws.com.evil.com", |_| ()),
            "unexpected hostname",
        ),
        (
            desk.url("sts.cn-north-1.amazonaws.com.cn", |_| ()),
            "unexpected hostname",
        ),
        (
            good.replace(".com/?", ".com/x?"),
            "unexpected path in pre-signed URL",
        ),
        (
            good.replace(".com/?", ".com?"),
            "unexpected path in pre-signed URL",
        ),
        (format!("{good}#x"), "unexpected path in pre-signed URL"),
        (
            desk.url(HOST, set("DurationSeconds", "900")),
            "non-whitelisted query parameter \"durationseconds\"",
        ),
        (
            format!("{good}&x-amz-expires=60"),
            "query parameter \"x-amz-expires\" repeated",
        ),
        (
            desk.url(HOST, set("Action", "AssumeRole")),
            "unexpected action parameter in pre-signed URL",
        ),
        (
            desk.url(HOST, set("X-Amz-SignedHeaders", "host")),
            "client did not sign the x-k8s-aws-id header",
        ),
        (
            desk.url(HOST, set("X-Amz-Expires", "901")),
            "invalid X-Amz-Expires parameter in pre-signed URL",
        ),
        (
            desk.url(HOST, set("X-Amz-Expires", "-1")),
            "invalid X-Amz-Expires parameter in pre-signed URL",
        ),
        (
            desk.url(HOST, set("X-Amz-Date", &old)),
            "X-Amz-Date parameter is expired",
        ),
        (
            desk.url("sts.eu-central-1.amazonaws.com", |_| ())
                .replace("eu-central-1.a", "eu-west-1.a"),
            "Credential",
        ),
        (
            good.replace("Signature=", "Signature=0"),
            "STS refuses the token: SignatureDoesNotMatch",
        ),
        (
            good.replace("X-Amz-Security-Token", "x-amz-security-token"),
            "STS refuses the token: InvalidClientTokenId",
        ),
    ];
    for (url, reason) in cases {
        let refusal = desk.verdict(&url).unwrap_err();
        assert!(
            refusal.starts_with(reason),
            "expected {reason}\nfound {refusal}\nfor {url}"
        );
    }
}

#[test]
fn a_token_for_another_cluster_or_of_expired_credentials_is_refused() {
    let mut desk = Desk::new();
    let url = desk.url(HOST, |_| ());
    desk.cluster.arn = desk.cluster.arn.replace("prod", "other");
    assert!(
        desk.verdict(&url)
            .unwrap_err()
            .contains("SignatureDoesNotMatch")
    );
    desk.cluster.arn = desk.cluster.arn.replace("other", "prod");
    desk.cluster.mapped_roles.clear();
    assert!(
        desk.verdict(&url)
            .unwrap_err()
            .starts_with("aws-auth does not map")
    );
    let past = desk.world.now() - Duration::seconds(1);
    desk.world
        .facts()
        .keys
        .get_mut(&desk.key.access_key)
        .unwrap()
        .expires = Some(past);
    assert!(desk.verdict(&url).unwrap_err().contains("ExpiredToken"));
}

#[test]
fn paths_of_roles_are_dropped() {
    let role = Role::guide("arn:aws:iam::111122223333:role/teams/apono/apono-k8s-access");
    assert_eq!(
        without_path(&role.arn),
        "arn:aws:iam::111122223333:role/apono-k8s-access"
    );
}
