//! The proxies of the environment, and the way of each request: direct, through an HTTP proxy, or through a SOCKS5 proxy.
//!
//! `HTTPS_PROXY` and `HTTP_PROXY` are as in Go and curl, with `socks5://` and `socks5h://`, which mean the same here as in kubectl: the proxy
//! resolves the names. `ALL_PROXY` stands in for both, as in curl, where it has a URL that can be used; else it is ignored, as the
//! aws CLI and kubectl ignore it always.
//!
//! The proxy settings of macOS and Windows are not used, as in kubectl, curl and all programs in Go: what `kubectl` cannot reach
//! would seem to work otherwise. The aws CLI and browsers use them.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::TlsContext;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use zeroize::Zeroizing;

use super::socks::Bridge;
use super::{Error, connector_through, innermost};

/// A proxy, and the setting that names it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    pub setting: &'static str,
    /// May have a password in it.
    url: Zeroizing<String>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.setting).finish()
    }
}

impl Proxy {
    /// Returns the proxy of this URL. It may be HOST:PORT, as in curl.
    pub fn new(setting: &'static str, url: &str) -> Result<Self, Error> {
        let url = match url.contains("://") {
            true => url.to_owned(),
            false => format!("http://{url}"),
        };
        let usable = url.parse::<Uri>().is_ok_and(|url| {
            let scheme = url.scheme_str().unwrap_or_default();
            let scheme = matches!(scheme, "http" | "https" | "socks5" | "socks5h");
            scheme && url.host().is_some_and(|host| !host.is_empty())
        });
        match usable {
            true => Ok(Proxy {
                setting,
                url: url.into(),
            }),
            false => Err(Error::BadProxy { name: setting }),
        }
    }
}

/// The proxies of http and of https requests.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    pub http: Option<Proxy>,
    pub https: Option<Proxy>,
    /// The hosts and networks that are reached without one, separated by commas.
    pub direct: String,
}

impl Proxies {
    /// Returns that all requests go through this proxy.
    pub fn all(proxy: Proxy) -> Self {
        Proxies {
            http: Some(proxy.clone()),
            https: Some(proxy),
            direct: String::new(),
        }
    }

    fn matcher(&self) -> Matcher {
        let url = |proxy: &Option<Proxy>| {
            let url = proxy.as_ref().map(|proxy| proxy.url.as_str());
            url.unwrap_or_default().to_owned()
        };
        Matcher::builder()
            .http(url(&self.http))
            .https(url(&self.https))
            .no(self.direct.clone())
            .build()
    }
}

/// Returns the host and port of the proxy that the system's settings, on macOS and Windows, name for this URL. Where a variable
/// names one for its scheme, it is that one. `None` also for a list of proxies by scheme (`http=…;https=…`), which the library takes
/// for one address.
pub fn of_system(url: &str) -> Option<String> {
    let has_settings = cfg!(any(windows, target_os = "macos"));
    let url: Uri = url.parse().ok().filter(|_| has_settings)?;
    let found = Matcher::from_system().intercept(&url)?;
    Some(address(found.uri())).filter(|address| !address.contains(['=', ';']))
}

/// A proxy that passes nothing on without the right password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the proxy {address} ({setting}) {}{}", if *refused { "refused the user name and the password" } else { "wants a user name and a password" }, if scheme.starts_with("socks") { "" } else { " (status 407)" })]
pub struct ProxyRefusal {
    pub setting: &'static str,
    /// Host and port.
    pub address: String,
    /// Of its URL.
    pub scheme: String,
    /// The URL of the proxy has a user name, which was sent.
    pub refused: bool,
}

impl ProxyRefusal {
    /// Returns the failure for it: another attempt would be refused, too.
    pub(super) fn error(self) -> ConnectorError {
        ConnectorError::user(Box::new(self))
    }
}

/// An error of a connection through a proxy.
#[derive(Debug, thiserror::Error)]
#[error("through the proxy {address} ({setting}): {why}")]
pub(super) struct Through {
    pub(super) setting: &'static str,
    pub(super) address: String,
    pub(super) why: String,
}

/// Returns a connector that sends each request through the proxy that is for it.
pub fn routed(tls: TlsContext, proxies: &Proxies) -> SharedHttpConnector {
    if proxies.http.is_none() && proxies.https.is_none() {
        return connector_through(tls, ProxyConfig::disabled());
    }
    SharedHttpConnector::new(Routes {
        ways: Arc::default(),
        matcher: Arc::new(proxies.matcher()),
        proxies: proxies.clone(),
        tls,
    })
}

#[derive(Debug)]
struct Routes {
    ways: Arc<Ways>,
    matcher: Arc<Matcher>,
    proxies: Proxies,
    tls: TlsContext,
}

/// The connectors, each made on first use.
#[derive(Debug, Default)]
struct Ways {
    direct: OnceLock<SharedHttpConnector>,
    http: OnceLock<SharedHttpConnector>,
    https: OnceLock<SharedHttpConnector>,
}

impl Routes {
    fn through(&self, proxy: &Proxy, found: &Intercept) -> SharedHttpConnector {
        let tls = self.tls.clone();
        match found.uri().scheme_str() {
            Some("socks5" | "socks5h") => {
                SharedHttpConnector::new(Bridge::new(found, proxy.setting, tls))
            }
            _ => {
                let config = ProxyConfig::all(proxy.url.as_str());
                SharedHttpConnector::new(ThroughHttp {
                    inner: connector_through(
                        tls,
                        config.unwrap_or_else(|_| ProxyConfig::disabled()),
                    ),
                    refusal: ProxyRefusal {
                        setting: proxy.setting,
                        address: address(found.uri()),
                        scheme: found.uri().scheme_str().unwrap_or_default().to_owned(),
                        refused: found.basic_auth().is_some(),
                    },
                })
            }
        }
    }
}

/// Returns the host and port of a proxy.
pub(super) fn address(url: &Uri) -> String {
    let port = match url.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => 1080,
    };
    let port = url.port_u16().unwrap_or(port);
    format!("{}:{port}", url.host().unwrap_or_default())
}

impl HttpConnector for Routes {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let url: Uri = request.uri().parse().unwrap_or_default();
        let (way, proxy) = match url.scheme_str() {
            Some("http") => (&self.ways.http, &self.proxies.http),
            _ => (&self.ways.https, &self.proxies.https),
        };
        let way = match (self.matcher.intercept(&url), proxy) {
            (Some(found), Some(proxy)) => way.get_or_init(|| self.through(proxy, &found)),
            _ => self
                .ways
                .direct
                .get_or_init(|| connector_through(self.tls.clone(), ProxyConfig::disabled())),
        };
        way.call(request)
    }
}

/// What the HTTP library says of a proxy that answers 407.
const REFUSED: &str = "proxy authorization required";

/// A connector through an HTTP proxy that says so if the proxy wants a password.
#[derive(Debug)]
struct ThroughHttp {
    inner: SharedHttpConnector,
    refusal: ProxyRefusal,
}

impl HttpConnector for ThroughHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (sent, refusal) = (self.inner.call(request), self.refusal.clone());
        HttpConnectorFuture::new(async move {
            match sent.await {
                Err(error) if innermost(&error).contains(REFUSED) => Err(refusal.error()),
                Ok(answer) if answer.status().as_u16() == 407 => Err(refusal.error()),
                Err(error) if error.is_io() => Err(ConnectorError::io(Box::new(Through {
                    setting: refusal.setting,
                    address: refusal.address,
                    why: innermost(&error),
                }))),
                answer => answer,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_proxies() {
        for good in [
            "proxy:3128",
            "http://user:pass@proxy.example.com:3128",
            "socks5://127.0.0.1:1080",
            "socks5h://user:pass@[::1]",
        ] {
            assert!(Proxy::new("HTTPS_PROXY", good).is_ok(), "{good}");
        }
        for bad in [
            "http://",
            "ftp://x:1",
            "socks://x:1",
            "socks4://x:1",
            "socks5://",
            ":3128",
        ] {
            assert!(Proxy::new("https_proxy", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hosts_that_are_reached_directly() {
        let proxy = Proxy::new("https_proxy", "socks5h://10.0.0.1:1080").unwrap();
        let proxies = Proxies {
            direct: "localhost, 127.0.0.0/8,::1,.example.com".to_owned(),
            ..Proxies::all(proxy)
        };
        let matcher = proxies.matcher();
        let is_direct = |url: &str| matcher.intercept(&url.parse().unwrap()).is_none();
        for url in [
            "https://127.0.0.1:8443/",
            "http://localhost:4566/",
            "https://[::1]:1/",
            "https://a.example.com/",
        ] {
            assert!(is_direct(url), "{url}");
        }
        for url in ["https://sts.amazonaws.com/", "https://10.0.0.2/"] {
            assert!(!is_direct(url), "{url}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let proxy = Proxy::new("HTTPS_PROXY", "http://user:hunter2@proxy:1").unwrap();
        let shown = format!("{:?}", Proxies::all(proxy));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
