//! The HTTP client of all AWS calls: one connector, so one connection for each host; proxies and CAs as AWS tools use them;
//! responses of limited size, within a limited time.

use std::cell::RefCell;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Limited};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::time::{Instant, Sleep, sleep_until, timeout, timeout_at};

use crate::sys::file;

/// The time limit of a connection, with the look-up of the host's name.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The time limit of one request to an AWS service, from the connection to the last byte. STS responds in well under a second;
/// after a silence, a second attempt fits into the time that all has to be done in.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(9);
/// The time limit of a request of [`Client::send`], from the connection to the last byte.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// The largest response that is read, in bytes. Real ones have a few kilobytes.
const MAX_ANSWER: usize = 256 << 10;
/// The largest CA bundle that is read, in bytes.
const MAX_CA_BUNDLE: u64 = 8 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    File(#[from] file::Error),
    #[error("{path} not found", path = path.display())]
    NoCaBundle { path: PathBuf },
    #[error("{path} has no valid PEM certificates", path = path.display())]
    BadCaBundle { path: PathBuf },
    #[error("no valid PEM certificates")]
    BadCertificates,
    /// The URL of an endpoint or a proxy that the client would silently ignore.
    #[error("{name} is not an http or https URL")]
    BadUrl { name: &'static str },
    #[error("could not set up TLS: {0}")]
    Tls(String),
}

/// Refuses a URL from the environment that the client would ignore or fail on. Its value may have a password in it, and is not
/// printed.
pub fn check_url(name: &'static str, value: &str) -> Result<(), Error> {
    // A proxy may be given as HOST:PORT, as in curl.
    let bare = name.to_ascii_uppercase().ends_with("_PROXY") && !value.contains("://");
    let url = if bare {
        format!("http://{value}")
    } else {
        value.to_owned()
    };
    let usable = url.parse::<http::Uri>().is_ok_and(|url| {
        let scheme = matches!(url.scheme_str(), Some("http" | "https"));
        scheme && url.host().is_some_and(|host| !host.is_empty())
    });
    if usable {
        Ok(())
    } else {
        Err(Error::BadUrl { name })
    }
}

/// An HTTP client. It is cheap to clone, and clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    connector: SharedHttpConnector,
}

impl Client {
    /// Returns a client that trusts `ca_bundle` (like `AWS_CA_BUNDLE`, instead of the system's roots), and uses the proxies of
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    pub fn new(ca_bundle: Option<PathBuf>) -> Result<Self, Error> {
        let Some(path) = ca_bundle else {
            return Client::with(TrustStore::default());
        };
        let pem = file::read(&path, MAX_CA_BUNDLE)?
            .ok_or_else(|| Error::NoCaBundle { path: path.clone() })?;
        Client::trusting(pem).map_err(|error| match error {
            Error::BadCertificates => Error::BadCaBundle { path },
            error => error,
        })
    }

    /// Returns a client that trusts these certificates (PEM) and no others.
    pub fn trusting(pem: Vec<u8>) -> Result<Self, Error> {
        if !are_certificates(&pem) {
            return Err(Error::BadCertificates);
        }
        Client::with(TrustStore::empty().with_pem_certificate(pem))
    }

    fn with(trust: TrustStore) -> Result<Self, Error> {
        let tls = TlsContext::builder()
            .with_trust_store(trust)
            .build()
            .map_err(|e| Error::Tls(e.to_string()))?;
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .build();
        let connector = Connector::builder()
            .connector_settings(settings)
            .sleep_impl(TokioSleep::new())
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls)
            .build();
        Ok(Client {
            connector: SharedHttpConnector::new(Bounded {
                inner: SharedHttpConnector::new(connector),
            }),
        })
    }
}

/// Returns whether all certificates can be parsed. The HTTP library panics on one that cannot.
fn are_certificates(pem: &[u8]) -> bool {
    let mut certificates = CertificateDer::pem_slice_iter(pem).peekable();
    let parsed = |found: Result<CertificateDer<'_>, _>| {
        found.is_ok_and(|found| webpki::anchor_from_trusted_cert(&found).is_ok())
    };
    certificates.peek().is_some() && certificates.all(parsed)
}

/// A server's response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Client {
    /// Makes one request to a server that is not an AWS service.
    ///
    /// # Errors
    /// There is no response, or it is longer than [`MAX_ANSWER`] or too slow. The text is that of the connection's error.
    pub async fn send(&self, request: HttpRequest) -> Result<Answer, String> {
        let sent =
            async {
                let answer = self.connector.call(request).await.map_err(|error| {
                    match error.is_timeout() {
                        true => "the connection timed out".to_owned(),
                        false => innermost(&error),
                    }
                })?;
                let status = answer.status().as_u16();
                let body = answer.into_body().collect().await;
                let body = body.map_err(|error| innermost(error.as_ref()))?;
                Ok(Answer {
                    status,
                    body: body.to_bytes().into(),
                })
            };
        let late = |_| format!("no response within {} seconds", ANSWER_TIMEOUT.as_secs());
        timeout(ANSWER_TIMEOUT, sent).await.map_err(late)?
    }
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |link| link.source());
    chain.last().unwrap_or(error).to_string()
}

impl HttpClient for Client {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        // The SDK's clients of container and instance endpoints, which are near, have shorter limits.
        let limit = settings.read_timeout().unwrap_or(ATTEMPT_TIMEOUT);
        SharedHttpConnector::new(Named {
            inner: self.connector.clone(),
            limit: limit.min(ATTEMPT_TIMEOUT),
        })
    }
}

tokio::task_local! {
    static LAST: RefCell<Last>;
}

/// The last request.
#[derive(Debug, Default)]
struct Last {
    /// The server, with its port.
    server: Option<String>,
    /// What was wrong with the response.
    trouble: Option<String>,
}

/// Time is up.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}no response within {} seconds", prefix(server), limit.as_secs())]
pub struct Late {
    /// The server that was asked last.
    server: Option<String>,
    limit: Duration,
}

fn prefix(server: &Option<String>) -> String {
    let server = server.as_ref().map(|server| format!("{server}: "));
    server.unwrap_or_default()
}

/// Runs the future, with all requests that it makes, for at most `limit`.
pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, Late> {
    let run = async {
        let mut future = pin!(future);
        timeout(limit, &mut future).await.map_err(|_| Late {
            server: LAST.with(|last| last.borrow().server.clone()),
            limit,
        })
    };
    LAST.scope(RefCell::default(), run).await
}

/// Returns why another attempt may get a better response than the last one in the same [`within`]: the server is overloaded or
/// broken, another server answered in its place, or the response ended too early or not at all. Not all of the SDK's errors
/// tell.
pub fn trouble() -> Option<String> {
    let trouble = LAST.try_with(|last| last.borrow().trouble.clone());
    trouble.ok().flatten()
}

fn note(trouble: impl FnOnce() -> Option<String>) {
    // Outside of `within`, nothing asks for it.
    let _ = LAST.try_with(|last| last.borrow_mut().trouble = trouble());
}

fn trouble_in(answer: &HttpResponse) -> Option<String> {
    let status = answer.status();
    let page = answer.headers().get("content-type");
    if status.is_server_error() || status.as_u16() == 429 {
        Some(format!("status {}", status.as_u16()))
    } else if (300..400).contains(&status.as_u16())
        || page.is_some_and(|kind| kind.starts_with("text/html"))
    {
        Some("another server answered (proxy or captive portal?)".to_owned())
    } else {
        None
    }
}

/// Names the server in the text of a connection's error, and ends a request that takes longer than `limit`.
#[derive(Debug)]
struct Named {
    inner: SharedHttpConnector,
    limit: Duration,
}

/// An error of a connection, with the server that it was for.
#[derive(Debug, thiserror::Error)]
#[error("{server}: {why}")]
struct NotSent {
    server: String,
    why: String,
}

impl HttpConnector for Named {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let server = server(request.uri());
        let _ = LAST.try_with(|last| {
            last.replace(Last {
                server: server.clone(),
                trouble: None,
            })
        });
        let (limit, end) = (self.limit, Instant::now() + self.limit);
        let sent = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let late = Late {
                server: server.clone(),
                limit,
            };
            match timeout_at(end, sent).await {
                Err(_) => Err(ConnectorError::timeout(Box::new(late))),
                Ok(Err(error)) => Err(match server {
                    Some(server) => named(error, server),
                    None => error,
                }),
                Ok(Ok(answer)) => {
                    let prefix = prefix(&late.server);
                    note(|| trouble_in(&answer).map(|trouble| prefix + &trouble));
                    Ok(answer.map(|body| {
                        SdkBody::from_body_1_x(Timed {
                            body,
                            end: Box::pin(sleep_until(end)),
                            late: Some(late.clone()),
                        })
                    }))
                }
            }
        })
    }
}

/// Ends a body with an error once its time is up.
struct Timed {
    body: SdkBody,
    end: Pin<Box<Sleep>>,
    /// `None` once it has ended.
    late: Option<Late>,
}

impl Body for Timed {
    type Data = <SdkBody as Body>::Data;
    type Error = <SdkBody as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if self.end.as_mut().poll(context).is_ready() {
            note(|| self.late.as_ref().map(Late::to_string));
            return Poll::Ready(self.late.take().map(|late| Err(late.into())));
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(Some(Err(error))) = &polled {
            let server = self.late.as_ref().map(|late| prefix(&late.server));
            note(|| Some(server.unwrap_or_default() + &innermost(error.as_ref())));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.late.is_none() || self.body.is_end_stream()
    }

    fn size_hint(&self) -> http_body::SizeHint {
        Body::size_hint(&self.body)
    }
}

/// Returns the host and port of a URL.
fn server(url: &str) -> Option<String> {
    let url: http::Uri = url.parse().ok()?;
    let port = match url.scheme_str() {
        Some("http") => 80,
        _ => 443,
    };
    Some(format!(
        "{}:{}",
        url.host()?,
        url.port_u16().unwrap_or(port)
    ))
}

/// Returns an error of the same kind that names the server.
fn named(error: ConnectorError, server: String) -> ConnectorError {
    let why = match error.is_timeout() {
        true => format!("no connection within {} seconds", CONNECT_TIMEOUT.as_secs()),
        false => innermost(&error),
    };
    let source = Box::new(NotSent { server, why });
    let connection = error.connection_metadata().cloned();
    let named = match &error {
        error if error.is_timeout() => ConnectorError::timeout(source),
        error if error.is_user() => ConnectorError::user(source),
        error if error.is_io() => ConnectorError::io(source),
        error => ConnectorError::other(source, error.as_other()),
    };
    match connection {
        Some(connection) => named.with_connection(connection),
        None => named,
    }
}

/// Ends a response with an error once it is longer than [`MAX_ANSWER`].
#[derive(Debug)]
struct Bounded {
    inner: SharedHttpConnector,
}

impl HttpConnector for Bounded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = self.inner.clone();
        HttpConnectorFuture::new(async move {
            let answer = inner.call(request).await?;
            Ok(answer.map(|body| {
                body.map_preserve_contents(|body| {
                    SdkBody::from_body_1_x(Limited::new(body, MAX_ANSWER))
                })
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, Error, check_url};

    /// On texts that only look like certificates the HTTP library would panic.
    #[test]
    fn certificates_that_cannot_be_parsed_are_refused() {
        let frame = |inside: &str| {
            format!("-----BEGIN CERTIFICATE-----\n{inside}\n-----END CERTIFICATE-----\n")
        };
        for bad in [
            String::new(),
            "no PEM".into(),
            frame("AAAA"),
            frame("!"),
            frame(""),
        ] {
            let refused = Client::trusting(bad.clone().into_bytes());
            assert!(matches!(refused, Err(Error::BadCertificates)), "{bad}");
        }
    }

    #[test]
    fn urls_that_would_be_ignored_are_refused() {
        for good in [
            "http://127.0.0.1:1",
            "https://sts.example.com/",
            "https://[::1]:8443",
        ] {
            assert!(check_url("AWS_ENDPOINT_URL", good).is_ok(), "{good}");
        }
        for bad in [
            "garbage",
            "ftp://x",
            "https://[::1",
            "https://",
            "https:// x",
            "//x",
        ] {
            assert!(check_url("AWS_ENDPOINT_URL", bad).is_err(), "{bad}");
        }
        for good in ["proxy:3128", "http://user:pass@proxy.example.com:3128"] {
            assert!(check_url("HTTPS_PROXY", good).is_ok(), "{good}");
        }
        for bad in ["http://", "ftp://x:1", "socks5://x:1", ":3128"] {
            assert!(check_url("https_proxy", bad).is_err(), "{bad}");
        }
    }
}
