//! The response to a request on loopback. Pure: no socket, no clock. No part of the request is ever sent back.

use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderValue, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Bytes;
use percent_encoding::percent_decode_str;

use super::Answer;
use crate::credentials::Secret;

/// The path that IAM Identity Center's public clients register.
pub(super) const CALLBACK: &str = "/oauth/callback";

/// The longest authorization code that is accepted, in bytes.
const MAX_CODE: usize = 8 << 10;
/// The longest error that is kept, in characters.
const MAX_ERROR: usize = 100;
/// The longest description that is kept, in characters.
const MAX_DESCRIPTION: usize = 500;

pub struct Site<'a> {
    /// The required `Host`. A web page that reaches this port under another name (DNS rebinding) sends another one.
    host: String,
    /// `None` if the URL is not allowed in a header.
    sign_in: Option<HeaderValue>,
    state: &'a Secret,
}

#[derive(Debug)]
pub enum Reply {
    /// Redirect to the sign-in page.
    SignIn(HeaderValue),
    /// The expected callback.
    Callback(Answer),
    NotFound,
    /// Another request, which is ignored.
    Bad,
}

impl<'a> Site<'a> {
    pub fn new(port: u16, sign_in_url: &str, state: &'a Secret) -> Self {
        let mut sign_in = HeaderValue::from_str(sign_in_url).ok();
        if let Some(url) = &mut sign_in {
            url.set_sensitive(true); // it holds `state`
        }
        Site {
            host: format!("127.0.0.1:{port}"),
            sign_in,
            state,
        }
    }

    pub fn reply<B>(&self, request: &Request<B>) -> Reply {
        let mut hosts = request.headers().get_all(HOST).iter();
        let host = (hosts.next(), hosts.next());
        let ours = matches!(host, (Some(host), None) if host == self.host.as_str());
        // An absolute URL in the request line is for proxies, and would name the host a second time.
        let direct = request.uri().authority().is_none();
        if !ours || !direct || request.method() != Method::GET {
            return Reply::Bad;
        }
        match request.uri().path() {
            "/" => self.sign_in.clone().map_or(Reply::NotFound, Reply::SignIn),
            CALLBACK => request
                .uri()
                .query()
                .and_then(Parameters::parse)
                .and_then(|parameters| parameters.answer(self.state))
                .map_or(Reply::Bad, Reply::Callback),
            _ => Reply::NotFound,
        }
    }
}

/// The parameters of a callback, each at most once (RFC 6749, 3.1).
#[derive(Default)]
struct Parameters {
    state: Option<Secret>,
    code: Option<Secret>,
    error: Option<String>,
    description: Option<String>,
}

impl Parameters {
    /// Parses a query. `None` if a parameter occurs twice, or is not UTF-8. Unknown parameters are ignored (RFC 6749, 4.1.2).
    fn parse(query: &str) -> Option<Self> {
        let mut found = Parameters::default();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decode(value)?;
            let before = match decode(name)?.as_str() {
                "state" => found.state.replace(Secret::new(value)).is_some(),
                "code" => found.code.replace(Secret::new(value)).is_some(),
                "error" => found.error.replace(value).is_some(),
                "error_description" => found.description.replace(value).is_some(),
                _ => false,
            };
            if before {
                return None;
            }
        }
        Some(found)
    }

    /// Returns the answer, if it is valid and has the expected `state`.
    fn answer(self, state: &Secret) -> Option<Answer> {
        if !same(self.state?.reveal().as_bytes(), state.reveal().as_bytes()) {
            return None;
        }
        match (self.code, self.error) {
            (Some(code), None) => {
                let code_like = printable(code.reveal()) && code.reveal().len() <= MAX_CODE;
                code_like.then_some(Answer::Code(code))
            }
            // The `state` was correct, so it ends the wait whatever its length.
            (None, Some(mut error)) if printable(&error) => {
                error.truncate(MAX_ERROR);
                let shorten = |text: String| text.chars().take(MAX_DESCRIPTION).collect();
                Some(Answer::Refused {
                    error,
                    description: self.description.map(shorten),
                })
            }
            _ => None,
        }
    }
}

/// Decodes a name or a value of `application/x-www-form-urlencoded`.
fn decode(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// Returns whether the text is not empty, and ASCII without control characters, as codes and errors are (RFC 6749, appendix A).
fn printable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// Compares in constant time: only the length affects how long it takes.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differ = |all: u8, (a, b): (&u8, &u8)| std::hint::black_box(all | (a ^ b));
    one.len() == other.len() && one.iter().zip(other).fold(0, differ) == 0
}

impl Reply {
    pub fn page(&self) -> Response<Full<Bytes>> {
        let (status, title, text) = match self {
            Reply::SignIn(_) => (
                StatusCode::FOUND,
                "Sign in",
                "Redirecting to the sign-in page.",
            ),
            Reply::Callback(Answer::Code(_)) => (
                StatusCode::OK,
                "Sign-in received",
                "You can close this page and return to the terminal.",
            ),
            Reply::Callback(Answer::Refused { .. }) => (
                StatusCode::OK,
                "Sign-in refused",
                "You can close this page. See the terminal for the reason and the next step.",
            ),
            Reply::NotFound => (
                StatusCode::NOT_FOUND,
                "Not found",
                "This address is only for signing in with apono-login.",
            ),
            Reply::Bad => (
                StatusCode::BAD_REQUEST,
                "Request ignored",
                "This is not the response that apono-login is waiting for. Open the link in the terminal again.",
            ),
        };
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title} - apono-login</title>\n\
             <style>:root{{color-scheme:light dark}}body{{font:1.1rem system-ui,sans-serif;max-width:32rem;margin:20vh auto;\
             padding:0 1rem}}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{text}</p>\n</body>\n</html>\n"
        );
        let mut page = Response::new(Full::from(html));
        *page.status_mut() = status;
        let headers = page.headers_mut();
        for (name, value) in [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CACHE_CONTROL, "no-store"),
            (
                CONTENT_SECURITY_POLICY,
                "default-src 'none'; style-src 'unsafe-inline'",
            ),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CONNECTION, "close"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if let Reply::SignIn(url) = self {
            headers.insert(LOCATION, url.clone());
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = "s-1~.x";

    fn ask(method: &str, host: Option<&str>, target: &str) -> Reply {
        let state = Secret::new(STATE);
        let site = Site::new(4711, "https://sign.in/?state=s-1", &state);
        let mut request = Request::builder().method(method).uri(target);
        if let Some(host) = host {
            request = request.header(HOST, host);
        }
        site.reply(&request.body(()).unwrap())
    }

    fn get(target: &str) -> Reply {
        ask("GET", Some("127.0.0.1:4711"), target)
    }

    #[test]
    fn the_right_callback_is_accepted() {
        let long = "c".repeat(MAX_CODE);
        for (query, code) in [
            ("code=abc&state=s-1~.x", "abc"),
            ("state=s-1~.x&code=abc", "abc"),
            ("&code=abc&&state=s-1~.x&", "abc"),
            ("code=a%2Bb%20c+d&state=s%2D1%7e.x", "a+b c d"),
            ("code=a=b&state=s-1~.x", "a=b"),
            ("code=abc&state=s-1~.x&iss=x&iss=y&other", "abc"),
            (&format!("code={long}&state=s-1~.x"), &long),
        ] {
            let reply = get(&format!("{CALLBACK}?{query}"));
            assert!(
                matches!(&reply, Reply::Callback(Answer::Code(heard)) if heard.reveal() == code),
                "{query}: {reply:?}"
            );
            assert_eq!(reply.page().status(), 200);
        }
    }

    #[test]
    fn a_refusal_is_accepted_and_cut_to_size() {
        let refusal = |query: &str| match get(&format!("{CALLBACK}?{query}")) {
            Reply::Callback(Answer::Refused { error, description }) => (error, description),
            other => panic!("{query}: {other:?}"),
        };
        assert_eq!(
            refusal("error=access_denied&state=s-1~.x"),
            ("access_denied".to_owned(), None)
        );
        assert_eq!(
            refusal("error=x&error_description=caf%C3%A9+%1B[2J&state=s-1~.x"),
            ("x".to_owned(), Some("café \x1b[2J".to_owned()))
        );
        let (e, d) = ("e".repeat(3000), "%C3%A9".repeat(3000));
        let (error, description) =
            refusal(&format!("error={e}&error_description={d}&state=s-1~.x"));
        assert_eq!(error, "e".repeat(100));
        assert_eq!(description, Some("é".repeat(500)));
    }

    #[test]
    fn every_other_callback_is_ignored() {
        let long = format!("code={}&state=s-1~.x", "c".repeat(MAX_CODE + 1));
        for query in [
            "",
            "code=abc",
            "state=s-1~.x",
            "code=abc&state=",
            "code=abc&state=s-1~.y",
            "code=abc&state=s-1~.",
            "code=abc&state=s-1~.xx",
            "code=abc&state=S-1~.X",
            "code=abc&STATE=s-1~.x",
            "code=abc&state=s-1~.x&state=s-1~.x",
            "code=abc&code=abc&state=s-1~.x",
            "code=abc&code=abd&state=s-1~.x",
            "code=abc&%63ode=abc&state=s-1~.x",
            "code=&state=s-1~.x",
            "code&state=s-1~.x",
            "code=a%0Ab&state=s-1~.x",
            "code=%C3%A9&state=s-1~.x",
            "code=%FF&state=s-1~.x",
            "code=abc&state=s-1~.x&other=%FF",
            "code=abc&state=s-1~.x&%FF=other",
            "code=abc&error=x&state=s-1~.x",
            "code=abc&error=&state=s-1~.x",
            "code=&error=x&state=s-1~.x",
            "error=x",
            "error=access_denied&state=wrong",
            "error=&state=s-1~.x",
            "error=x&error=x&state=s-1~.x",
            "error=%1B[2J&state=s-1~.x",
            "error=x&error_description=a&error_description=b&state=s-1~.x",
            &long,
        ] {
            let reply = get(&format!("{CALLBACK}?{query}"));
            assert!(matches!(reply, Reply::Bad), "{query}: {reply:?}");
        }
        assert!(matches!(get(CALLBACK), Reply::Bad));
    }

    #[test]
    fn only_a_direct_get_with_our_host_is_served() {
        let right = format!("{CALLBACK}?code=abc&state={STATE}");
        let whole = format!("http://127.0.0.1:4711{right}");
        let ours = Some("127.0.0.1:4711");
        for (method, host, target) in [
            ("POST", ours, right.as_str()),
            ("HEAD", ours, &right),
            ("PUT", ours, &right),
            ("OPTIONS", ours, "*"),
            ("get", ours, &right),
            ("POST", ours, "/"),
            ("GET", None, &right),
            ("GET", Some(""), &right),
            ("GET", Some("127.0.0.1"), &right),
            ("GET", Some("127.0.0.1:4712"), &right),
            ("GET", Some("127.0.0.1:4711."), &right),
            ("GET", Some("127.0.0.1.:4711"), &right),
            ("GET", Some("localhost:4711"), &right),
            ("GET", Some("[::1]:4711"), &right),
            ("GET", Some("evil.example:4711"), &right),
            ("GET", Some("evil.example:4711"), "/"),
            ("GET", ours, &whole),
        ] {
            let reply = ask(method, host, target);
            assert!(
                matches!(reply, Reply::Bad),
                "{method} {host:?} {target}: {reply:?}"
            );
        }
        let twice = Request::builder()
            .uri(right)
            .header(HOST, "127.0.0.1:4711")
            .header(HOST, "127.0.0.1:4711")
            .body(())
            .unwrap();
        let state = Secret::new(STATE);
        let site = Site::new(4711, "https://sign.in/", &state);
        assert!(matches!(site.reply(&twice), Reply::Bad));
    }

    #[test]
    fn other_paths_are_not_found() {
        for path in [
            "/favicon.ico",
            "/oauth/callback/",
            "/oauth",
            "//",
            "/OAUTH/CALLBACK",
        ] {
            assert!(matches!(get(path), Reply::NotFound), "{path}");
        }
    }

    #[test]
    fn the_short_link_redirects_to_the_sign_in_page() {
        let page = get("/").page();
        assert_eq!(page.status(), 302);
        assert_eq!(page.headers()[LOCATION], "https://sign.in/?state=s-1");
        assert_eq!(page.headers()[CACHE_CONTROL], "no-store");
    }

    #[test]
    fn replies_do_not_show_secrets_in_debug() {
        let callback = format!("{CALLBACK}?code=abc&state={STATE}");
        for reply in [get("/"), get(&callback)] {
            let shown = format!("{reply:?}");
            assert!(!shown.contains("s-1") && !shown.contains("abc"), "{shown}");
        }
    }
}
