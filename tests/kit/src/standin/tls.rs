//! The stand-in's own certificate authority, created anew at every start.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, StreamOwned};

pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "kubernetes");
        // What those of AWS have in their names.
        name.push(DnType::OrganizationName, "Stand-in for Amazon");
        let key = KeyPair::generate().expect("a key can be generated");
        Authority {
            issuer: CertifiedIssuer::self_signed(params, key).expect("the parameters are valid"),
        }
    }

    /// Returns the authority's certificate.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Returns the configuration of a server on 127.0.0.1 that speaks HTTP/1.1.
    pub fn server(&self) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key can be generated");
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let params = CertificateParams::new(names).expect("the names are valid");
        let certificate = params
            .signed_by(&key, &self.issuer)
            .expect("the parameters are valid");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("rcgen writes PKCS #8");
        let mut config =
            ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()
                .expect("ring knows TLS 1.3")
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key)
                .expect("key and certificate belong together");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Arc::new(config)
    }
}

/// Sends one request without a body over TLS to `127.0.0.1:port`, and trusts only this CA. Returns status and body of the
/// response.
pub fn send(
    ca: &str,
    address: &str,
    request: (&str, &str),
    headers: &[(&str, &str)],
) -> io::Result<(u16, String)> {
    let (method, path) = request;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        roots
            .add(certificate.map_err(io::Error::other)?)
            .map_err(io::Error::other)?;
    }
    let config =
        ClientConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
    let host = address.split(':').next().unwrap_or_default().to_owned();
    let name = ServerName::try_from(host).map_err(io::Error::other)?;
    let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(session, TcpStream::connect(address)?);
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n"
    )?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        // The stand-in closes without a close_notify; the Content-Length shows whether the body is complete.
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or_else(|| io::Error::other("no HTTP answer"))?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok((
        status.ok_or_else(|| io::Error::other("no HTTP status"))?,
        body.to_owned(),
    ))
}
