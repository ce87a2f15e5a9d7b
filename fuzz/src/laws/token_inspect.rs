//! A cluster's token: one of ours, one of another program, and any text. A URL is encoded first.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::credentials::{Credentials, Secret};
use crate::eks::inspect::inspect;
use crate::eks::token::{MAX_LEN, PREFIX, redacted, sign_token};
use crate::names::{ClusterName, Region};
use crate::noon;

pub fn token_inspect(data: &[u8]) {
    signed(data);
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let token = match text.starts_with("http") {
        true => format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(text)),
        false => text.to_owned(),
    };
    let shown = redacted(&format!("a {token}"));
    assert!(!token.starts_with(PREFIX) || shown == format!("a {PREFIX}…"));
    let Ok(inspection) = inspect(&token, noon()) else {
        return;
    };
    assert_eq!(inspection.size, token.len());
    for parameter in &inspection.parameters {
        let secret = ["x-amz-security-token", "x-amz-signature"];
        let hidden = parameter.value.is_none();
        assert!(hidden || !secret.contains(&parameter.name.to_ascii_lowercase().as_str()));
    }
    if !inspection.problems.is_empty() {
        return;
    }
    assert!(token.len() <= MAX_LEN);
    let host = inspection.host.as_str();
    let known = [
        ".amazonaws.com",
        ".amazonaws.com.cn",
        ".api.aws",
        ".amazonaws.eu",
        ".api.amazonwebservices.com.cn",
        ".c2s.ic.gov",
        ".sc2s.sgov.gov",
        ".cloud.adc-e.uk",
        ".csp.hci.ic.gov",
    ];
    assert!(
        host.starts_with("sts.") || host.starts_with("sts-fips."),
        "{host}"
    );
    assert!(known.iter().any(|suffix| host.ends_with(suffix)), "{host}");
    assert!(inspection.is_bound_to_a_cluster());
    assert!(
        inspection
            .expires
            .is_some_and(|seconds| (0..=900).contains(&seconds))
    );
    let signed_at = inspection.signed_at.expect("a token has a time");
    assert!((-300..=900).contains(&(noon() - signed_at).num_seconds()));
    // The authenticator's own steps, one after the other.
    let url = token.strip_prefix(PREFIX).expect("the prefix");
    let url = String::from_utf8(URL_SAFE_NO_PAD.decode(url).expect("base64url")).expect("text");
    let uri: http::Uri = url.parse().expect("a URL");
    assert_eq!(
        (uri.scheme_str(), uri.path(), uri.port()),
        (Some("https"), "/", None)
    );
    assert_eq!(uri.host(), Some(host));
    let query = uri.query().unwrap_or_default();
    let mut names: Vec<String> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| name.to_ascii_lowercase())
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "each parameter once");
    assert!(
        names
            .iter()
            .all(|name| name == "action" || name == "version" || name.starts_with("x-amz-"))
    );
}

/// What is signed here has no problems, and nothing secret is shown of it.
fn signed(data: &[u8]) {
    let text = hex::encode(data);
    let (secret, session) = text.split_at(text.len() / 2);
    let credentials = Credentials {
        access_key_id: "ASIAEXAMPLEXAMPLEXA".to_owned(),
        secret_access_key: Secret::new(secret),
        session_token: Secret::new(format!("session/{session}+=")),
        expires_at: noon(),
    };
    let cluster: ClusterName = "prod".parse().expect("a cluster");
    let region: Region = "eu-west-1".parse().expect("a region");
    let token = sign_token(
        &credentials,
        &cluster,
        &region,
        "sts.eu-west-1.amazonaws.com",
        noon(),
    );
    let Ok(token) = token else {
        assert!(
            session.len() > 1000,
            "only a long session token makes a token too long"
        );
        return;
    };
    let token = token.value.reveal();
    assert!(token.len() <= MAX_LEN);
    let inspection = inspect(token, noon()).expect("a token");
    assert_eq!(inspection.problems, []);
    let shown = format!("{inspection:?}");
    assert!(secret.len() < 16 || !shown.contains(secret));
    assert!(session.len() < 16 || !shown.contains(session));
}
