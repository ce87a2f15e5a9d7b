//! `KUBERNETES_EXEC_INFO`, and the answer in the version that it requests.

use serde_json::Value;

use crate::credentials::Secret;
use crate::kube::exec_credential::{Version, render};

const GROUP: &str = "client.authentication.k8s.io/";

/// Each key once.
#[derive(serde::Deserialize)]
struct Once {
    #[serde(default, rename = "apiVersion")]
    _version: Value,
    #[serde(default, rename = "kind")]
    _kind: Value,
}

pub fn exec_info(data: &[u8]) {
    let text = std::str::from_utf8(data).ok();
    let json: Option<Value> = text.and_then(|text| serde_json::from_str(text).ok());
    // A key that is given twice makes it malformed, as it does here: which of the two counts differs between readers.
    let json = json.filter(|_| text.is_some_and(|text| serde_json::from_str::<Once>(text).is_ok()));
    // What a plain reading of the JSON says.
    let field = |name: &str| json.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let kind = field("kind").is_none_or(|kind| kind == "ExecCredential");
    let said = field("apiVersion").filter(|_| kind);

    let version = match Version::requested(text) {
        Ok(version) => version.unwrap_or(Version::V1),
        Err(error) => {
            assert_eq!(Some(&error.requested), said.as_ref());
            assert!(
                !["v1", "v1beta1"]
                    .iter()
                    .any(|v| error.requested == format!("{GROUP}{v}"))
            );
            return;
        }
    };
    let seconds = data.iter().fold(0i64, |sum, byte| {
        (sum * 31 + i64::from(*byte)) % 4_000_000_000
    });
    let expires_at = chrono::DateTime::from_timestamp(seconds, 7).unwrap_or_default();
    let token = format!("k8s-aws-v1.{}", hex::encode(data.get(..16).unwrap_or(data)));
    let answer = render(version, &Secret::new(&*token), expires_at);
    let answer = answer.reveal();

    assert_eq!(answer.find('\n'), Some(answer.len() - 1), "one line");
    let answer: Value = serde_json::from_str(answer).expect("the answer is JSON");
    let answered = answer["apiVersion"].as_str().unwrap_or_default();
    assert!(
        ["v1", "v1beta1"]
            .iter()
            .any(|v| answered == format!("{GROUP}{v}"))
    );
    // client-go rejects another version than it asked for.
    match said {
        Some(said) if said.starts_with(GROUP) => assert_eq!(answered, said),
        _ => assert_eq!(answered, format!("{GROUP}v1")),
    }
    assert_eq!(answer["kind"], "ExecCredential");
    assert_eq!(answer["status"]["token"], token);
    let expires = answer["status"]["expirationTimestamp"]
        .as_str()
        .unwrap_or_default();
    let expires = chrono::DateTime::parse_from_rfc3339(expires).expect("RFC 3339");
    assert_eq!(expires.timestamp(), expires_at.timestamp());
}
