//! A request to the port that waits for the sign-in: a request line, and header lines.

use http::{Method, Request, Uri};
use http_body_util::BodyExt as _;

use crate::credentials::Secret;
use crate::sys::loopback::Answer;
use crate::sys::loopback::reply::{Reply, Site};

const STATE: &str = "x7Jq_0-state";
const PORT: u16 = 54321;
const HOST: &str = "127.0.0.1:54321";
const SIGN_IN: &str = "https://oidc.eu-west-1.amazonaws.com/authorize?state=x7Jq_0-state";

pub fn callback_request(data: &[u8]) {
    let state = Secret::new(STATE);
    let site = Site::new(PORT, SIGN_IN, &state);

    // The right request is accepted with any code that RFC 6749 allows, whatever else is in it.
    let code = String::from_utf8_lossy(data);
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("x", &code)
        .append_pair("code", &code)
        .append_pair("state", STATE)
        .finish();
    let right = Request::get(format!("/oauth/callback?{query}"))
        .header("host", HOST)
        .body(());
    if let Ok(right) = right {
        let allowed =
            (1..=8192).contains(&code.len()) && code.bytes().all(|b| matches!(b, b' '..=b'~'));
        match site.reply(&right) {
            Reply::Callback(Answer::Code(found)) => assert!(allowed && found.reveal() == code),
            other => assert!(!allowed, "{other:?}"),
        }
    }

    let Some(request) = parsed(data) else { return };
    let reply = site.reply(&request);
    assert_page(&reply, &request);
    match reply {
        Reply::Callback(answer) => assert_right(&request, &answer),
        Reply::SignIn(to) => {
            assert_eq!(
                (to.to_str().ok(), request.uri().path()),
                (Some(SIGN_IN), "/")
            );
            assert_ours(&request);
        }
        Reply::NotFound => assert_ours(&request),
        Reply::Bad => {}
    }
}

/// Splits it as an HTTP server does: lines at CRLF or LF, three words in the first.
fn parsed(data: &[u8]) -> Option<Request<()>> {
    let mut lines = data
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut words = lines.next()?.split(|byte| *byte == b' ');
    let method = Method::from_bytes(words.next()?).ok()?;
    let uri: Uri = Uri::try_from(words.next()?).ok()?;
    let mut request = Request::builder().method(method).uri(uri);
    for line in lines.take_while(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':')?;
        request = request.header(&line[..colon], line[colon + 1..].trim_ascii());
    }
    request.body(()).ok()
}

/// No web page can make a browser send these: the method, the host without a name, and no second host.
fn assert_ours(request: &Request<()>) {
    assert_eq!(request.method(), Method::GET);
    let hosts: Vec<_> = request.headers().get_all("host").iter().collect();
    assert_eq!(hosts, [HOST]);
    assert!(request.uri().authority().is_none());
}

fn assert_right(request: &Request<()>, answer: &Answer) {
    assert_ours(request);
    assert_eq!(request.uri().path(), "/oauth/callback");
    let query = request.uri().query().unwrap_or_default();
    let values = |name: &str| -> Vec<String> {
        let pairs = form_urlencoded::parse(query.as_bytes()).filter(|(n, _)| n == name);
        pairs.map(|(_, value)| value.into_owned()).collect()
    };
    assert_eq!(values("state"), [STATE]);
    let (codes, errors) = (values("code"), values("error"));
    match answer {
        Answer::Code(code) => {
            assert_eq!(
                (codes.as_slice(), errors.as_slice()),
                ([code.reveal().to_owned()].as_slice(), [].as_slice())
            );
            assert!((1..=8192).contains(&code.reveal().len()));
        }
        Answer::Refused { error, description } => {
            assert!(codes.is_empty() && errors.len() == 1);
            assert!(
                (1..=100).contains(&error.len()) && error.bytes().all(|b| matches!(b, b' '..=b'~'))
            );
            assert!(
                description
                    .as_ref()
                    .is_none_or(|text| text.chars().count() <= 500)
            );
        }
    }
}

/// A page shows nothing of the request: it is one of five.
fn assert_page(reply: &Reply, request: &Request<()>) {
    let page = reply.page();
    let location = page.headers().get("location").cloned();
    let security = page.headers().get("content-security-policy").cloned();
    assert_eq!(location.is_some(), matches!(reply, Reply::SignIn(_)));
    assert!(security.is_some_and(|policy| {
        policy
            .to_str()
            .is_ok_and(|p| p.starts_with("default-src 'none'"))
    }));
    let mut body = page.into_body();
    let frame = crate::sys::ready(body.frame())
        .flatten()
        .and_then(Result::ok);
    let text = frame
        .and_then(|frame| frame.into_data().ok())
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(!text.contains(STATE));
    let query = request.uri().query().unwrap_or_default();
    assert!(query.len() < 16 || !text.contains(query));
}
