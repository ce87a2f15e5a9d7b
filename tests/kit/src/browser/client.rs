//! A minimal browser together with its user: fetches pages, fills in forms and follows redirects, as far as signing in
//! requires. No scripts and no cookies.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// The longest wait for any part of a response.
const PATIENCE: Duration = Duration::from_secs(20);
/// The maximum number of consecutive redirects.
const HOPS: usize = 10;

/// The response at a URL.
#[derive(Clone, Debug)]
pub struct Page {
    pub url: String,
    pub status: u16,
    /// Header names are in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the redirect's target, if this is a redirect.
    pub fn location(&self) -> Option<String> {
        let to = self.header("location");
        let redirect = matches!(self.status, 301 | 302 | 303 | 307 | 308);
        to.filter(|_| redirect).map(|to| absolute(&self.url, to))
    }
}

#[derive(Clone, Default)]
pub struct Browser {
    /// The only CA that is trusted (PEM).
    ca: Option<String>,
}

impl Browser {
    /// Returns a browser for plain HTTP.
    pub fn new() -> Browser {
        Browser::default()
    }

    /// Returns a browser that also speaks HTTPS and trusts certificates of this CA (PEM).
    pub fn trusting(ca: &str) -> Browser {
        Browser {
            ca: Some(ca.to_owned()),
        }
    }

    /// Fetches a page without following redirects.
    pub fn get(&self, url: &str) -> Page {
        self.ask("GET", url, "")
    }

    /// Posts a form without following redirects.
    pub fn post(&self, url: &str, fields: &[(&str, &str)]) -> Page {
        let fields = fields
            .iter()
            .map(|(name, value)| format!("{}={}", percent_encode(name), percent_encode(value)));
        self.ask("POST", url, &fields.collect::<Vec<_>>().join("&"))
    }

    /// Fetches a page and follows redirects.
    pub fn visit(&self, url: &str) -> Page {
        self.follow(self.get(url))
    }

    /// Signs in with this email at the page that `url` leads to, allows the request, and returns the last page.
    pub fn allow(&self, url: &str, email: &str) -> Page {
        self.follow(self.allow_only(url, email))
    }

    /// Like `allow`, but returns the response to the form without following its redirect.
    pub fn allow_only(&self, url: &str, email: &str) -> Page {
        self.decide(url, &[("email", email), ("decision", "allow")])
    }

    /// Denies the request at the page that `url` leads to, and returns the last page.
    pub fn deny(&self, url: &str) -> Page {
        self.follow(self.decide(url, &[("decision", "deny")]))
    }

    fn decide(&self, url: &str, decision: &[(&str, &str)]) -> Page {
        let page = self.visit(url);
        assert_eq!(page.status, 200, "no sign-in page: {page:?}");
        let (action, prepared) = form(&page);
        let prepared = prepared
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| decision.iter().all(|(decided, _)| decided != name));
        let fields: Vec<_> = prepared.chain(decision.iter().copied()).collect();
        self.post(&action, &fields)
    }

    fn follow(&self, mut page: Page) -> Page {
        for _ in 0..HOPS {
            match page.location() {
                None => return page,
                Some(to) => page = self.get(&to),
            }
        }
        panic!("too many redirects, the last to {:?}", page.location())
    }

    fn ask(&self, method: &str, url: &str, body: &str) -> Page {
        self.try_ask(method, url, body)
            .unwrap_or_else(|error| panic!("{method} {url}: {error}"))
    }

    fn try_ask(&self, method: &str, url: &str, body: &str) -> io::Result<Page> {
        let malformed = |what: &str| io::Error::other(what.to_owned());
        let url = url.split('#').next().unwrap();
        let (scheme, rest) = url.split_once("://").ok_or_else(|| malformed("no URL"))?;
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(at);
        let slash = if target.starts_with('/') { "" } else { "/" };
        let kind = match method {
            "POST" => "Content-Type: application/x-www-form-urlencoded\r\n",
            _ => "",
        };
        let length = body.len();
        let request = format!(
            "{method} {slash}{target} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: Mozilla/5.0\r\n\
             Accept: text/html,*/*;q=0.8\r\nConnection: close\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
        );
        let port = match scheme {
            "http" => "80",
            _ => "443",
        };
        let (host, port) = authority.split_once(':').unwrap_or((authority, port));
        let stream = TcpStream::connect(format!("{host}:{port}"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let answer = match scheme {
            "http" => exchange(stream, request.as_bytes())?,
            "https" => exchange(self.encrypt(host, stream)?, request.as_bytes())?,
            _ => return Err(malformed("neither http nor https")),
        };
        read_page(url, &answer).ok_or_else(|| malformed("no HTTP answer"))
    }

    fn encrypt(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let mut roots = RootCertStore::empty();
        for certificate in
            CertificateDer::pem_slice_iter(self.ca.as_deref().unwrap_or("").as_bytes())
        {
            let certificate = certificate.map_err(io::Error::other)?;
            roots.add(certificate).map_err(io::Error::other)?;
        }
        let provider = rustls::crypto::ring::default_provider();
        let config = ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        Ok(StreamOwned::new(session, stream))
    }
}

/// Sends the request and returns everything received until the connection closes.
fn exchange(mut stream: impl Read + Write, request: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(request)?;
    stream.flush()?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // The connection closed without a close_notify; the Content-Length shows whether the response is complete.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(answer),
    }
}

fn read_page(url: &str, answer: &[u8]) -> Option<Page> {
    let text = String::from_utf8_lossy(answer);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers: Option<Vec<_>> = lines
        .map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect();
    let page = Page {
        url: url.to_owned(),
        status,
        headers: headers?,
        body: body.to_owned(),
    };
    let announced: Option<usize> = page
        .header("content-length")
        .and_then(|length| length.parse().ok());
    let whole = announced.is_none_or(|length| length == body.len());
    (whole && page.header("transfer-encoding").is_none()).then_some(page)
}

fn absolute(base: &str, to: &str) -> String {
    if to.contains("://") {
        return to.to_owned();
    }
    assert!(to.starts_with('/'), "a relative link: {to}");
    let authority = base.find("://").unwrap() + 3;
    let end = base[authority..].find(['/', '?']).map(|at| authority + at);
    format!("{}{to}", &base[..end.unwrap_or(base.len())])
}

/// Returns the URL that the page's form posts to, and the form's fields.
fn form(page: &Page) -> (String, Vec<(String, String)>) {
    let (_, form) = page
        .body
        .split_once("<form ")
        .unwrap_or_else(|| panic!("no form: {page:?}"));
    let (form, _) = form.split_once("</form>").unwrap();
    let (head, content) = form.split_once('>').unwrap();
    let action = attribute(head, "action").unwrap();
    let inputs = content.split("<input ").skip(1);
    let fields = inputs.filter_map(|input| {
        let input = input.split('>').next().unwrap();
        Some((attribute(input, "name")?, attribute(input, "value")?))
    });
    (absolute(&page.url, &action), fields.collect())
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!("{name}=\""))?;
    let value = rest.split('"').next()?;
    let unescaped = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    let value = unescaped
        .iter()
        .fold(value.to_owned(), |value, (name, c)| value.replace(name, c));
    Some(value)
}

fn percent_encode(text: &str) -> String {
    let encoded = text.bytes().map(|byte| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    encoded.collect()
}

/// Sends these bytes unchanged to `address` (host:port), and returns what is received until the connection closes or
/// is idle for one second.
pub fn send(address: &str, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    // A server that rejects a request may close the connection before reading all of it.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let mut chunk = [0; 8192];
    while let Ok(count @ 1..) = stream.read(&mut chunk) {
        answer.extend_from_slice(&chunk[..count]);
        let pause = Some(Duration::from_secs(1));
        stream.set_read_timeout(pause).unwrap();
    }
    let _ = stream.shutdown(Shutdown::Both);
    answer
}
