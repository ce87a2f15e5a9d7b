//! The certificate authorities, read and parsed only as far as a connection needs them. A system has about 145, and often each
//! once more in a file of its own: ten times the work of everything else in a call to AWS.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memchr_iter;
use memchr::memmem::{self, Finder};

use super::proxy::{Proxies, routed};
use super::{Error, MAX_CA_BUNDLE, are_certificates, context, innermost};
use crate::sys::file;

/// The files with the system's certificate authorities, of which the TLS library reads the first one too.
const FILES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
];
/// What the names of the authorities contain that AWS's certificates are from: <https://www.amazontrust.com/repository/>.
const OF_AWS: [&str; 2] = ["Amazon", "Starfield"];
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

/// Returns the file with all of the system's certificate authorities, where there is one.
pub fn of_system() -> Option<PathBuf> {
    let mut files = FILES.iter().map(Path::new);
    // Elsewhere the authorities are in the system's own store.
    let found = files.find(|path| cfg!(target_os = "linux") && path.exists());
    found.map(Path::to_owned)
}

/// A connector that trusts no more certificate authorities than a request needs: none for an http URL, first AWS's own for an
/// https URL, and all of them once a certificate was refused, so that this decides. It is cheap to clone.
#[derive(Debug, Clone)]
pub struct Sparing(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    none: Lazy,
    /// A file with some of `all`, among them AWS's own, and the connector that trusts these.
    file: Option<PathBuf>,
    of_aws: OnceLock<Option<SharedHttpConnector>>,
    all: Lazy,
    proxies: Proxies,
}

/// A connector that is set up on first use, which parses what it trusts.
#[derive(Debug)]
struct Lazy(TlsContext, OnceLock<SharedHttpConnector>);

impl Lazy {
    fn new(trust: TrustStore) -> Result<Self, Error> {
        Ok(Lazy(context(trust)?, OnceLock::new()))
    }

    fn get(&self, proxies: &Proxies) -> &SharedHttpConnector {
        self.1.get_or_init(|| routed(self.0.clone(), proxies))
    }
}

impl Sparing {
    /// Returns a connector that trusts all of `trust`, of which `file` has a part.
    pub fn new(trust: TrustStore, file: Option<PathBuf>, proxies: Proxies) -> Result<Self, Error> {
        Ok(Sparing(Arc::new(Inner {
            none: Lazy::new(TrustStore::empty())?,
            file,
            of_aws: OnceLock::new(),
            all: Lazy::new(trust)?,
            proxies,
        })))
    }
}

impl Inner {
    /// Returns the connector with the fewest authorities that can do.
    fn first(&self, url: &str) -> &SharedHttpConnector {
        if self.all.1.get().is_some() {
            return self.all.get(&self.proxies);
        }
        // Behind a proxy with an https URL a certificate counts for http too, and is refused.
        if url.starts_with("http:") {
            return self.none.get(&self.proxies);
        }
        let of_aws = self.of_aws.get_or_init(|| {
            let pem = file::read(self.file.as_ref()?, MAX_CA_BUNDLE).ok()??;
            let pem = of_aws(&pem);
            let is_usable = are_certificates(&pem);
            let trust = TrustStore::empty().with_pem_certificate(pem);
            let context = is_usable.then(|| context(trust).ok())??;
            Some(routed(context, &self.proxies))
        });
        of_aws
            .as_ref()
            .unwrap_or_else(|| self.all.get(&self.proxies))
    }
}

impl HttpConnector for Sparing {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = Arc::clone(&self.0);
        HttpConnectorFuture::new(async move {
            let first = inner.first(request.uri());
            let all = inner.all.1.get();
            let is_last = all.is_some_and(|all| std::ptr::eq(all, first));
            let again = (!is_last).then(|| request.try_clone()).flatten();
            match (first.call(request).await, again) {
                // Nothing of the request was sent yet.
                (Err(error), Some(again)) if innermost(&error).contains(REFUSED) => {
                    inner.all.get(&inner.proxies).call(again).await
                }
                (answer, _) => answer,
            }
        })
    }
}

/// What the TLS library says of each certificate that it does not accept.
pub(super) const REFUSED: &str = "invalid peer certificate";

/// Returns the certificates of the authorities that AWS's certificates are from, and perhaps others. They are chosen by their text:
/// to decode all takes longer than everything else in a call to AWS.
fn of_aws(bundle: &[u8]) -> Vec<u8> {
    let needles: Vec<_> = OF_AWS.into_iter().flat_map(in_base64).collect();
    let finders: Vec<_> = needles.iter().map(Finder::new).collect();
    let ends = Finder::new(END);
    let (mut chosen, mut text) = (Vec::new(), Vec::new());
    for start in memmem::find_iter(bundle, BEGIN) {
        let rest = &bundle[start..];
        let Some(end) = ends.find(rest) else { break };
        let certificate = &rest[..end + END.len()];
        // A name may go on in the next line.
        text.clear();
        let mut line = 0;
        for end in memchr_iter(b'\n', certificate) {
            text.extend_from_slice(&certificate[line..end]);
            line = end + 1;
        }
        if finders.iter().any(|finder| finder.find(&text).is_some()) {
            chosen.extend_from_slice(certificate);
            chosen.push(b'\n');
        }
    }
    chosen
}

/// Returns what is in the base64 text of all bytes that contain the name: it depends on the place of the name, modulo 3.
fn in_base64(name: &str) -> impl Iterator<Item = String> {
    (0..3).map(move |before| {
        let text = STANDARD.encode(["-".repeat(before).as_str(), name].concat());
        // The characters of which all six bits are the name's.
        let bits = 8 * before..8 * (before + name.len());
        text[bits.start.div_ceil(6)..bits.end / 6].to_owned()
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use aws_smithy_types::body::SdkBody;
    use kit::standin::{Options, Service, StandIn};
    use tempfile::NamedTempFile;

    use super::*;

    /// Amazon Root CA 3.
    const AMAZON: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBtjCCAVugAwIBAgITBmyf1XSXNmY/Owua2eiedgPySjAKBggqhkjOPQQDAjA5\n\
MQswCQYDVQQGEwJVUzEPMA0GA1UEChMGQW1hem9uMRkwFwYDVQQDExBBbWF6b24g\n\
Um9vdCBDQSAzMB4XDTE1MDUyNjAwMDAwMFoXDTQwMDUyNjAwMDAwMFowOTELMAkG\n\
A1UEBhMCVVMxDzANBgNVBAoTBkFtYXpvbjEZMBcGA1UEAxMQQW1hem9uIFJvb3Qg\n\
Q0EgMzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCmXp8ZBf8ANm+gBG1bG8lKl\n\
ui2yEujSLtf6ycXYqm0fc4E7O5hrOXwzpcVOho6AF2hiRVd9RFgdszflZwjrZt6j\n\
QjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgGGMB0GA1UdDgQWBBSr\n\
ttvXBp43rDCGB5Fwx5zEGbF4wDAKBggqhkjOPQQDAgNJADBGAiEA4IWSoxe3jfkr\n\
BqWTrBqYaGFy+uGh0PsceGCmQ5nFuMQCIQCcAu/xlJyzlvnrxir4tiz+OpAUFteM\n\
YyRIHN8wfdVoOw==\n\
-----END CERTIFICATE-----\n\
";

    fn get(connector: &Sparing, url: String) -> Result<u16, String> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request.set_uri(url).unwrap();
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        let answer = runtime.block_on(connector.call(request));
        answer
            .map(|answer| answer.status().as_u16())
            .map_err(|error| innermost(&error))
    }

    /// Returns a stand-in with this scheme, a connector that trusts AWS and perhaps it, and the file.
    fn setting(tls: bool, trusts_it: bool) -> (StandIn, Sparing, NamedTempFile) {
        let options = Options::default();
        let standin = StandIn::start(Options { tls, ..options });
        let own = if trusts_it {
            standin.ca()
        } else {
            String::new()
        };
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(AMAZON.as_bytes()).unwrap();
        let trust = TrustStore::empty().with_pem_certificate((own + AMAZON).as_bytes());
        let connector =
            Sparing::new(trust, Some(file.path().to_owned()), Proxies::default()).unwrap();
        (standin, connector, file)
    }

    #[test]
    fn authorities_of_aws_are_chosen() {
        let frame = |body: &str| {
            let (begin, end) = (str::from_utf8(BEGIN).unwrap(), str::from_utf8(END).unwrap());
            format!("{begin}\n{body}\n{end}\n")
        };
        let other = frame("AAAA");
        let bundle = format!("Amazon\n{other}# more\n{AMAZON}{other}");
        assert_eq!(of_aws(bundle.as_bytes()), AMAZON.as_bytes());
        for nothing in ["", &other, &frame("Amazon"), &AMAZON[..200]] {
            assert_eq!(of_aws(nothing.as_bytes()), b"");
        }
        // Wherever the name is, and wherever the lines end.
        for before in 0..9 {
            let body = STANDARD.encode(["x".repeat(before).as_str(), "Starfield", "yz"].concat());
            let body = body.split_at(6);
            let certificate = frame(&[body.0, "\n", body.1].concat());
            assert_eq!(
                of_aws(certificate.as_bytes()),
                certificate.as_bytes(),
                "{before}"
            );
        }
    }

    #[test]
    fn http_parses_no_certificate() {
        let (standin, connector, _file) = setting(false, true);
        get(&connector, standin.url(Service::Sts)).unwrap();
        assert!(connector.0.of_aws.get().is_none() && connector.0.all.1.get().is_none());
    }

    #[test]
    fn all_authorities_decide() {
        let (standin, connector, _file) = setting(true, true);
        for connections in [2, 3] {
            get(&connector, standin.url(Service::Sts)).unwrap();
            // The first time once in vain.
            assert_eq!(standin.connections(Service::Sts), connections);
        }
        let (standin, connector, _file) = setting(true, false);
        let refused = get(&connector, standin.url(Service::Sts)).unwrap_err();
        assert!(refused.contains("UnknownIssuer"), "{refused}");
        assert_eq!(standin.log().len(), 0);
    }
}
