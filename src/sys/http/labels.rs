//! The settings that decide where requests go and whom they trust, so that an error can name the one that is its cause.

use std::path::PathBuf;

use aws_smithy_runtime_api::client::result::ConnectorError;

use super::innermost;
use super::proxy::{ProxyRefusal, Through};
use super::roots::REFUSED;
use super::timed::server;

/// The settings of one client.
#[derive(Debug, Default)]
pub struct Labels {
    endpoints: Vec<(String, Endpoint)>,
    ca: Option<CaFile>,
}

/// What names a server in AWS's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The variable, or the key and where it is.
    pub setting: String,
    pub is_variable: bool,
}

/// A file of certificate authorities that are trusted instead of the system's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaFile {
    pub path: PathBuf,
    /// The variable or key that names it.
    pub setting: &'static str,
}

/// What has to be changed before a request can succeed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// A setting names another server than AWS's.
    Endpoint(Endpoint),
    Proxy(ProxyRefusal),
    /// The proxy cannot be reached, or did not reach the server.
    Through {
        setting: &'static str,
        address: String,
    },
    /// No trusted authority has signed the server's certificate.
    UnknownIssuer {
        ca: Option<CaFile>,
    },
    /// The server's certificate has expired or is not valid yet, by this computer's clock.
    CertificateTime,
}

impl Labels {
    /// `endpoints` are settings and the URLs that they hold, the most important ones first.
    pub fn new(endpoints: Vec<(Endpoint, String)>, ca: Option<CaFile>) -> Self {
        let by_server =
            |(endpoint, url): (Endpoint, String)| server(&url).map(|server| (server, endpoint));
        Labels {
            endpoints: endpoints.into_iter().filter_map(by_server).collect(),
            ca,
        }
    }

    /// Returns what names this server (host and port).
    pub(super) fn of(&self, server: &str) -> Option<Endpoint> {
        let mut endpoints = self.endpoints.iter();
        let found = endpoints.find(|(named, _)| named == server);
        found.map(|(_, endpoint)| endpoint.clone())
    }

    /// Returns what has to be changed after this error, if trying again cannot help.
    pub(super) fn fault(&self, error: &ConnectorError) -> Option<Fault> {
        let chain =
            std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |link| {
                link.source()
            });
        let mut proxies = chain.filter_map(|link| {
            let through = || {
                let through = link.downcast_ref::<Through>()?;
                let (setting, address) = (through.setting, through.address.clone());
                Some(Fault::Through { setting, address })
            };
            let refusal = link.downcast_ref::<ProxyRefusal>();
            let refusal = refusal.map(|refusal| Fault::Proxy(refusal.clone()));
            refusal.or_else(through)
        });
        let proxy = proxies.next();
        let why = innermost(error);
        let Some((_, why)) = why.split_once(REFUSED) else {
            return proxy;
        };
        // As rustls names the reasons. An authority of the same name, but with another key, is another one.
        match why {
            why if why.contains("UnknownIssuer") || why.contains("BadSignature") => {
                Some(Fault::UnknownIssuer {
                    ca: self.ca.clone(),
                })
            }
            why if why.contains("expired") || why.contains("not valid yet") => {
                Some(Fault::CertificateTime)
            }
            _ => proxy,
        }
    }
}
