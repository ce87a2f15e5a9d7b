//! A decoder for the part of protobuf in which kubectl (since 1.33) encodes its access reviews:
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding>.

use serde_json::{Value, json};

/// Returns the `spec` of a SelfSubjectAccessReview or SelfSubjectRulesReview, as the equivalent JSON.
pub fn review(kind: &str, body: &[u8]) -> Option<Value> {
    let envelope = body.strip_prefix(b"k8s\0")?;
    let spec = field(field(envelope, 2)?, 2)?;
    let text = |message, number| {
        String::from_utf8_lossy(field(message, number).unwrap_or_default()).into_owned()
    };
    let spec = match kind {
        "SelfSubjectRulesReview" => json!({ "namespace": text(spec, 1) }),
        _ => {
            let asked = field(spec, 1).unwrap_or_default();
            let [namespace, verb, group, resource] = [1, 2, 3, 5].map(|number| text(asked, number));
            json!({ "resourceAttributes": {
                "namespace": namespace, "verb": verb, "group": group, "resource": resource,
            } })
        }
    };
    Some(
        json!({ "kind": kind, "apiVersion": "authorization.k8s.io/v1", "metadata": {}, "spec": spec }),
    )
}

/// Returns the first length-delimited field with this number.
fn field(mut message: &[u8], number: u64) -> Option<&[u8]> {
    while !message.is_empty() {
        let tag = varint(&mut message)?;
        match tag & 7 {
            0 => drop(varint(&mut message)?),
            2 => {
                let length = usize::try_from(varint(&mut message)?).ok()?;
                let (value, rest) = message.split_at_checked(length)?;
                if tag >> 3 == number {
                    return Some(value);
                }
                message = rest;
            }
            _ => return None,
        }
    }
    None
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
