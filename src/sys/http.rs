//! The HTTP client of all AWS calls: one connection for each host; proxies and CAs as AWS tools use them; responses of limited
//! size, within a limited time.

mod labels;
mod proxy;
mod roots;
mod socks;
mod timed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use http_body_util::{BodyExt as _, Limited};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::time::timeout;

use crate::sys::{descriptors, file};
pub use labels::{CaFile, Endpoint, Fault, Labels};
pub use proxy::{Proxies, Proxy, ProxyRefusal, of_system as system_proxy};
use roots::Sparing;
pub use roots::of_system as roots_of_system;
use timed::Named;
pub use timed::{Late, NotSent, custom_server, date, trouble, within};

/// The time limit of a connection, with the look-up of the host's name.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The time limit of one request to an AWS service, from the connection to the last byte. STS responds in well under a second;
/// after a silence, a second attempt fits into the time that all has to be done in.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(9);
/// The time limit of a request of [`Client::send`], from the connection to the last byte.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);
/// The largest response that is read, in bytes. Real ones have a few kilobytes.
const MAX_ANSWER: usize = 256 << 10;
/// The variable that names the file with the system's certificate authorities. The TLS library reads it.
pub const ROOTS: &str = "SSL_CERT_FILE";
/// The largest CA bundle that is read, in bytes.
const MAX_CA_BUNDLE: u64 = 8 << 20;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    File(#[from] file::Error),
    /// The file with the system's certificate authorities.
    #[error("{ROOTS}: {0}")]
    Roots(file::Error),
    #[error("{path} not found", path = path.display())]
    NoCaBundle { path: PathBuf },
    #[error("{path} has no valid PEM certificates", path = path.display())]
    BadCaBundle { path: PathBuf },
    #[error("no valid PEM certificates")]
    BadCertificates,
    /// The URL of an endpoint that the client would silently ignore.
    #[error("{name} is not an http or https URL")]
    BadUrl { name: &'static str },
    /// The URL of a proxy that cannot be used.
    #[error("{name} is not an http, https or socks5 URL")]
    BadProxy { name: &'static str },
    #[error("could not set up TLS: {0}")]
    Tls(String),
    #[error(transparent)]
    Descriptors(std::io::Error),
}

/// Refuses the URL of an endpoint in the environment that the client would ignore or fail on. Its value may have a password in it,
/// and is not printed.
pub fn check_url(name: &'static str, value: &str) -> Result<(), Error> {
    let usable = value.parse::<http::Uri>().is_ok_and(|url| {
        let scheme = matches!(url.scheme_str(), Some("http" | "https"));
        scheme && url.host().is_some_and(|host| !host.is_empty())
    });
    usable.then_some(()).ok_or(Error::BadUrl { name })
}

/// Checks the file that [`ROOTS`] names: the TLS library would wait for a pipe, and read a device, without end.
pub fn check_roots(path: &Path) -> Result<(), Error> {
    file::read(path, MAX_CA_BUNDLE)
        .map(drop)
        .map_err(Error::Roots)
}

/// An HTTP client. It is cheap to clone, and clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    connector: SharedHttpConnector,
    labels: Arc<Labels>,
}

impl Client {
    /// Returns the client of this run that trusts `ca_bundle`, which `make` makes the first time: all calls of a run share the
    /// connections to a host.
    ///
    /// # Errors
    /// Those of `make`, which is then tried again the next time.
    pub fn shared<E>(
        ca_bundle: Option<PathBuf>,
        make: impl FnOnce(Option<PathBuf>) -> Result<Client, E>,
    ) -> Result<Client, E> {
        static CLIENTS: Mutex<BTreeMap<Option<PathBuf>, Client>> = Mutex::new(BTreeMap::new());
        let mut clients = CLIENTS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&ca_bundle) {
            return Ok(client.clone());
        }
        let client = make(ca_bundle.clone())?;
        clients.insert(ca_bundle, client.clone());
        Ok(client)
    }

    /// Returns a client that trusts the system's certificate authorities. `file` has these authorities as text: those that AWS
    /// mostly needs are taken from it first.
    pub fn of_system(file: Option<PathBuf>, proxies: &Proxies) -> Result<Self, Error> {
        descriptors::check().map_err(Error::Descriptors)?;
        Client::with(TrustStore::default(), file, proxies)
    }

    /// Returns a client that trusts the certificates in this file instead of the system's (`AWS_CA_BUNDLE`).
    pub fn of_bundle(path: PathBuf, proxies: &Proxies) -> Result<Self, Error> {
        descriptors::check().map_err(Error::Descriptors)?;
        let pem = file::read(&path, MAX_CA_BUNDLE)?
            .ok_or_else(|| Error::NoCaBundle { path: path.clone() })?;
        Client::trusting(pem, proxies).map_err(|error| match error {
            Error::BadCertificates => Error::BadCaBundle { path },
            error => error,
        })
    }

    /// Returns a client that trusts these certificates (PEM) and no others.
    pub fn trusting(pem: Vec<u8>, proxies: &Proxies) -> Result<Self, Error> {
        Client::with(only(pem)?, None, proxies)
    }

    fn with(trust: TrustStore, file: Option<PathBuf>, proxies: &Proxies) -> Result<Self, Error> {
        Ok(Client {
            connector: SharedHttpConnector::new(Sparing::new(trust, file, proxies.clone())?),
            labels: Arc::default(),
        })
    }

    /// Sets what errors name as the cause of where requests go, and of which certificates are trusted.
    pub fn labelled(mut self, labels: Labels) -> Self {
        self.labels = Arc::new(labels);
        self
    }
}

/// Returns the TLS settings that trust these authorities, which are not parsed yet.
fn context(trust: TrustStore) -> Result<TlsContext, Error> {
    let context = TlsContext::builder().with_trust_store(trust).build();
    context.map_err(|error| Error::Tls(error.to_string()))
}

/// Returns the trust in these certificates (PEM) and no others.
fn only(pem: Vec<u8>) -> Result<TrustStore, Error> {
    match are_certificates(&pem) {
        true => Ok(TrustStore::empty().with_pem_certificate(pem)),
        false => Err(Error::BadCertificates),
    }
}

/// Returns a connector that sends all requests through this proxy, if it is one.
fn connector_through(tls: TlsContext, proxy: ProxyConfig) -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .sleep_impl(TokioSleep::new())
        .proxy_config(proxy)
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .tls_context(tls)
        .build();
    SharedHttpConnector::new(connector)
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
        let sent = async {
            let answer = self.connector.call(request).await;
            let answer = answer.map_err(|error| match error.is_timeout() {
                true => "the connection timed out".to_owned(),
                false => innermost(&error),
            })?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
            let body = body.map_err(|error| innermost(error.as_ref()))?;
            let body = body.to_bytes().into();
            Ok(Answer { status, body })
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
            labels: Arc::clone(&self.labels),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, Error, Proxies, check_url};

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
            let refused = Client::trusting(bad.clone().into_bytes(), &Proxies::default());
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
    }
}
