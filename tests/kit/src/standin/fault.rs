//! Faults that the stand-in can be set to produce, and how they change a correct response.

use std::time::Duration;

use super::codec::xml_text;
use super::http::Answer;
use super::world::Service;

/// A fault. The request is first processed correctly (for example, credentials are created); then the response to it is
/// changed.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An error in the service's own format. The message is sent unchanged, control characters included.
    Error {
        status: u16,
        code: String,
        message: String,
    },
    /// This response instead of the correct one.
    Body {
        status: u16,
        content_type: String,
        body: Vec<u8>,
    },
    /// Replaces or removes an element (XML) or a key (JSON; `certificateAuthority.data` is a path that starts at the
    /// cluster, and the value can be an object).
    Field { name: String, value: Option<String> },
    /// The correct response, with this many bytes of padding.
    Padding(usize),
    /// A redirect with status 307 to this URL.
    Redirect(String),
    /// No response until the client closes the connection.
    Hang,
    /// The correct response, with this pause after each byte of the body.
    Trickle(Duration),
    /// The connection is closed in the middle of the body.
    Truncated,
    /// The connection is closed without a response.
    HangUp,
}

impl Fault {
    pub fn unavailable() -> Fault {
        Fault::error(
            503,
            "ServiceUnavailable",
            "The service is temporarily unavailable",
        )
    }

    pub fn throttling() -> Fault {
        Fault::error(400, "Throttling", "Rate exceeded")
    }

    pub fn error(status: u16, code: &str, message: &str) -> Fault {
        Fault::Error {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    /// Returns the login page of a captive portal or proxy.
    pub fn html() -> Fault {
        let body =
            b"<!DOCTYPE html><html><body><h1>Sign in to the guest network</h1></body></html>"
                .to_vec();
        Fault::Body {
            status: 200,
            content_type: "text/html; charset=utf-8".to_owned(),
            body,
        }
    }

    pub fn missing(name: &str) -> Fault {
        Fault::Field {
            name: name.to_owned(),
            value: None,
        }
    }

    pub fn field(name: &str, value: &str) -> Fault {
        Fault::Field {
            name: name.to_owned(),
            value: Some(value.to_owned()),
        }
    }

    pub fn apply(&self, service: Service, honest: Answer) -> Delivery {
        let (caller, note) = (honest.caller.clone(), honest.note.clone());
        let mut answer = match self {
            Fault::Error {
                status,
                code,
                message,
            } => service.error(*status, code, message),
            Fault::Body {
                status,
                content_type,
                body,
            } => Answer::new(*status, content_type, body.clone()),
            Fault::Field { name, value } => with_field(honest, name, value.as_deref()),
            Fault::Padding(bytes) => padded(honest, *bytes),
            Fault::Redirect(to) => Answer::new(307, "text/plain", "").with("location", to),
            Fault::Hang => return Delivery::Hang,
            Fault::Trickle(pause) => return Delivery::Trickle(honest, *pause),
            Fault::Truncated => return Delivery::Truncated(honest),
            Fault::HangUp => return Delivery::HangUp,
        };
        answer.caller = caller;
        answer.note = note;
        Delivery::Whole(answer)
    }
}

/// How a response is sent.
pub enum Delivery {
    Whole(Answer),
    Trickle(Answer, Duration),
    Truncated(Answer),
    HangUp,
    Hang,
}

fn is_json(answer: &Answer) -> bool {
    serde_json::from_slice::<serde_json::Value>(&answer.body).is_ok()
}

fn with_field(mut answer: Answer, name: &str, value: Option<&str>) -> Answer {
    if !is_json(&answer) {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        if let Some((before, rest)) = body.split_once(&open)
            && let Some((_, after)) = rest.split_once(&close)
        {
            let element = value
                .map(|value| format!("{open}{}{close}", xml_text(value)))
                .unwrap_or_default();
            answer.body = format!("{before}{element}{after}").into_bytes();
        }
        return answer;
    }
    let mut json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    let root = if json.get("cluster").is_some() {
        &mut json["cluster"]
    } else {
        &mut json
    };
    let (parent, key) = name.rsplit_once('.').unwrap_or(("", name));
    let pointer: String = parent
        .split('.')
        .filter(|part| !part.is_empty())
        .map(|part| format!("/{part}"))
        .collect();
    if let Some(object) = root
        .pointer_mut(&pointer)
        .and_then(|parent| parent.as_object_mut())
    {
        match value {
            Some(value) => {
                let whole = serde_json::from_str(value).ok();
                let whole = whole.filter(serde_json::Value::is_object);
                object.insert(key.to_owned(), whole.unwrap_or_else(|| value.into()));
            }
            None => drop(object.remove(key)),
        }
    }
    answer.body = json.to_string().into_bytes();
    answer
}

fn padded(mut answer: Answer, bytes: usize) -> Answer {
    let padding = "x".repeat(bytes);
    let padding = if is_json(&answer) {
        " ".repeat(bytes)
    } else {
        format!("<!--{padding}-->")
    };
    // Before the last character, so that the padding is inside the document and a reader cannot skip it.
    let cut = String::from_utf8_lossy(&answer.body)
        .rfind(['<', '}'])
        .unwrap_or(answer.body.len());
    let tail = answer.body.split_off(cut);
    answer.body.extend_from_slice(padding.as_bytes());
    answer.body.extend_from_slice(&tail);
    answer
}

#[cfg(test)]
#[path = "fault_tests.rs"]
mod tests;
