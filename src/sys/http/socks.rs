//! Requests through a SOCKS5 proxy.
//!
//! The SDK's HTTP client speaks to HTTP proxies only, and takes no connections that others have made. So it gets an HTTP proxy in this
//! process: a listener on loopback that passes each connection on through SOCKS5. It takes only connections that know a secret of this
//! process, so that other users of this computer cannot use the proxy of this one. What passes is still encrypted by TLS from
//! end to end.
//!
//! The proxy resolves the names of hosts, with `socks5://` as with `socks5h://`. Kubectl and Go do the same.
//! <https://www.rfc-editor.org/rfc/rfc1928>, <https://www.rfc-editor.org/rfc/rfc1929>

#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::TlsContext;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use hyper_util::client::proxy::matcher::Intercept;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::proxy::{ProxyRefusal, Through, address};
use super::timed::server;
use super::{CONNECT_TIMEOUT, connector_through};
use crate::credentials::Secret;

/// The longest head of a request to the listener, in bytes. The HTTP library makes it.
const MAX_HEAD: usize = 16 << 10;
const USER: &str = "apono-login";
/// The most connections that have not shown the key yet, and how long each may take to. The HTTP library shows it at once. Those that
/// come then wait until one of them ends.
const MOST_UNKNOWN: usize = 64;
const LONGEST_UNKNOWN: Duration = Duration::from_secs(2);

/// The time limit of a connection to the proxy and through it: less than that of the whole connection, so that an error names the
/// proxy.
const LIMIT: Duration = CONNECT_TIMEOUT.saturating_sub(Duration::from_secs(1));

/// The status of the answer in place of a connection that could not be made.
const BAD_GATEWAY: u16 = 502;

/// A connector that sends all requests through a SOCKS5 proxy.
#[derive(Debug)]
pub struct Bridge {
    proxy: Arc<Proxy>,
    tls: TlsContext,
    inner: Arc<OnceLock<SharedHttpConnector>>,
}

#[derive(Debug)]
struct Proxy {
    scheme: String,
    /// Host and port.
    address: String,
    /// The variable or key that names it.
    setting: &'static str,
    login: Option<(String, Secret)>,
    /// Why the last connection failed, and the host and port that it was for.
    failed: Mutex<Option<(String, Failed)>>,
}

/// Why there is no connection through the proxy.
#[derive(Debug)]
enum Failed {
    /// It wants a password, or refused that of the URL.
    Password,
    Other(String),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Failed::Other(match error.kind() {
            io::ErrorKind::UnexpectedEof => "it closed the connection".to_owned(),
            _ => error.to_string(),
        })
    }
}

impl Bridge {
    /// Returns the connector through a proxy, which `setting` names. It listens from the first request on.
    pub fn new(proxy: &Intercept, setting: &'static str, tls: TlsContext) -> Self {
        let login = proxy.raw_auth();
        Bridge {
            proxy: Arc::new(Proxy {
                scheme: proxy.uri().scheme_str().unwrap_or_default().to_owned(),
                address: address(proxy.uri()),
                setting,
                login: login.map(|(user, password)| (user.to_owned(), Secret::new(password))),
                failed: Mutex::default(),
            }),
            tls,
            inner: Arc::default(),
        }
    }
}

impl HttpConnector for Bridge {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (proxy, inner, tls) = (self.proxy.clone(), self.inner.clone(), self.tls.clone());
        HttpConnectorFuture::new(async move {
            let server = server(request.uri()).unwrap_or_default();
            let inner = match inner.get() {
                Some(inner) => inner,
                None => {
                    let made = listen(&proxy, tls).map_err(|e| ConnectorError::io(e.into()))?;
                    inner.get_or_init(|| made)
                }
            };
            let answer = inner.call(request).await;
            // The failure may be that of another request.
            let is_good = |answer: &HttpResponse| answer.status().as_u16() != BAD_GATEWAY;
            match proxy.take_failure(&server) {
                Some(error) if !answer.as_ref().is_ok_and(is_good) => Err(error),
                _ => answer,
            }
        })
    }
}

impl Proxy {
    fn failure(&self) -> MutexGuard<'_, Option<(String, Failed)>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns why the last connection to this server failed.
    fn take_failure(&self, server: &str) -> Option<ConnectorError> {
        let (_, failed) = self.failure().take_if(|(of, _)| of == server)?;
        let (setting, address) = (self.setting, self.address.clone());
        Some(match failed {
            Failed::Password => ProxyRefusal {
                setting,
                address,
                scheme: self.scheme.clone(),
                refused: self.login.is_some(),
            }
            .error(),
            Failed::Other(why) => ConnectorError::io(Box::new(Through {
                setting,
                address,
                why,
            })),
        })
    }

    /// Returns a connection through the proxy to a server (host and port).
    async fn dial(&self, server: &str) -> Result<TcpStream, Failed> {
        let refused = |why: &str| Failed::Other(why.to_owned());
        let (host, port) = server.rsplit_once(':').ok_or_else(|| refused("no port"))?;
        let port: u16 = port.parse().map_err(|_| refused("no port"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let mut stream = TcpStream::connect(self.address.as_str()).await?;
        // A method for each way to log in: none (0), or user name and password (2).
        let methods: &[u8] = match self.login {
            Some(_) => &[5, 2, 0, 2],
            None => &[5, 1, 0],
        };
        stream.write_all(methods).await?;
        let mut chosen = [0; 2];
        stream.read_exact(&mut chosen).await?;
        match (chosen, &self.login) {
            ([5, 0], _) => {}
            ([5, 2], Some((user, password))) => {
                let password = password.reveal();
                let (Ok(user_len), Ok(password_len)) =
                    (u8::try_from(user.len()), u8::try_from(password.len()))
                else {
                    return Err(refused(
                        "its user name or password is longer than 255 bytes",
                    ));
                };
                // With full capacity: a vector that grows leaves copies in memory.
                let length = 3 + user.len() + password.len();
                let mut login = Zeroizing::new(Vec::with_capacity(length));
                login.extend_from_slice(&[1, user_len]);
                login.extend_from_slice(user.as_bytes());
                login.push(password_len);
                login.extend_from_slice(password.as_bytes());
                stream.write_all(&login).await?;
                let mut accepted = [0; 2];
                stream.read_exact(&mut accepted).await?;
                if accepted[1] != 0 {
                    return Err(Failed::Password);
                }
            }
            ([5, _], _) => return Err(Failed::Password),
            _ => return Err(refused("it is not a SOCKS5 proxy")),
        }
        // Version, command (connect), reserved; then the kind of address, the address and the port.
        let mut request = vec![5, 1, 0];
        match (host.parse::<IpAddr>(), u8::try_from(host.len())) {
            (Ok(IpAddr::V4(ip)), _) => {
                request.push(1);
                request.extend_from_slice(&ip.octets());
            }
            (Ok(IpAddr::V6(ip)), _) => {
                request.push(4);
                request.extend_from_slice(&ip.octets());
            }
            (Err(_), Ok(length)) => {
                request.extend_from_slice(&[3, length]);
                request.extend_from_slice(host.as_bytes());
            }
            (Err(_), Err(_)) => return Err(refused("the name of the host is too long")),
        }
        request.extend_from_slice(&port.to_be_bytes());
        stream.write_all(&request).await?;
        let mut reply = [0; 4];
        stream.read_exact(&mut reply).await?;
        if reply[0] != 5 {
            return Err(refused("it is not a SOCKS5 proxy"));
        }
        if reply[1] != 0 {
            return Err(Failed::Other(in_words(reply[1])));
        }
        // The proxy's own address and port, which mean nothing here.
        let length = match reply[3] {
            1 => 4,
            4 => 16,
            _ => usize::from(stream.read_u8().await?),
        };
        let mut bound = vec![0; length + 2];
        stream.read_exact(&mut bound).await?;
        Ok(stream)
    }
}

/// Returns what a SOCKS5 proxy's reply says (RFC 1928, section 6).
fn in_words(reply: u8) -> String {
    let words = match reply {
        1 => "it could not connect",
        2 => "its rules do not allow this connection",
        3 => "it could not reach the network",
        4 => "it could not find or reach the host",
        5 => "the connection was refused behind it",
        6 => "the host did not respond in time",
        7 => "it does not connect to other hosts",
        8 => "it does not support this kind of address",
        code => return format!("it replied with code {code}"),
    };
    words.to_owned()
}

/// Starts to listen, and returns the connector that sends requests there.
fn listen(proxy: &Arc<Proxy>, tls: TlsContext) -> io::Result<SharedHttpConnector> {
    let mut key = Zeroizing::new([0; 32]);
    getrandom::fill(key.as_mut()).map_err(io::Error::other)?;
    let key = Zeroizing::new(hex::encode(key.as_slice()));
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let port = listener.local_addr()?.port();
    listener.set_nonblocking(true)?;
    let listener = TcpListener::from_std(listener)?;
    let config = ProxyConfig::all(format!("http://127.0.0.1:{port}")).map_err(io::Error::other)?;
    let inner = connector_through(tls, config.with_basic_auth(USER, key.as_str()));
    let login = Zeroizing::new(format!("{USER}:{}", *key));
    let basic = Zeroizing::new(STANDARD.encode(login.as_bytes()));
    let basic = Arc::new(Secret::new(format!("Basic {}", *basic)));
    tokio::spawn(take(listener, Arc::clone(proxy), basic));
    Ok(inner)
}

/// Takes connections, and passes those on that know the key.
async fn take(listener: TcpListener, proxy: Arc<Proxy>, basic: Arc<Secret>) {
    let unknown = Arc::new(Semaphore::new(MOST_UNKNOWN));
    // It is never closed.
    while let Ok(permit) = Arc::clone(&unknown).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                let (proxy, basic) = (Arc::clone(&proxy), Arc::clone(&basic));
                tokio::spawn(async move { pass_on(stream, &proxy, basic.reveal(), permit).await });
            }
            // Other programs may use up what connections need, for a moment.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Reads the head of a request, and returns where it ends; `None` if there is none.
async fn head(stream: &mut TcpStream, text: &mut Zeroizing<Vec<u8>>) -> io::Result<Option<usize>> {
    loop {
        if let Some(end) = memchr::memmem::find(text, b"\r\n\r\n") {
            return Ok(Some(end));
        }
        // It does not grow, which would leave copies in memory.
        let is_full = text.len() == text.capacity();
        if is_full || stream.read_buf(&mut **text).await? == 0 {
            return Ok(None);
        }
    }
}

/// Returns whether both are the same, in a time that does not depend on where they differ.
fn is_equal(one: &str, other: &str) -> bool {
    let pairs = one.bytes().zip(other.bytes());
    let differing = pairs.fold(0, |differing, (a, b)| {
        std::hint::black_box(differing | (a ^ b))
    });
    one.len() == other.len() && differing == 0
}

/// Passes a connection of the HTTP library on, to the server that the head of its request names. `unknown` is held until it has
/// shown the key.
async fn pass_on(
    mut stream: TcpStream,
    proxy: &Proxy,
    basic: &str,
    unknown: OwnedSemaphorePermit,
) -> io::Result<()> {
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_HEAD));
    let head = timeout(LONGEST_UNKNOWN, head(&mut stream, &mut text)).await;
    let Ok(Some(end)) = head.unwrap_or(Ok(None)) else {
        return Ok(());
    };
    let head = Zeroizing::new(String::from_utf8_lossy(&text[..end]).into_owned());
    let mut lines = head.split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default(), first.next());
    let url: Uri = target.unwrap_or_default().parse().unwrap_or_default();
    let is_key = |line: &&str| {
        let header = line.split_once(':');
        header.is_some_and(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"))
    };
    let key = lines
        .clone()
        .find(is_key)
        .and_then(|line| line.split_once(':'));
    if key.is_none_or(|(_, key)| !is_equal(key.trim(), basic)) {
        return stream.write_all(b"HTTP/1.1 403 Forbidden\r\n\r\n").await;
    }
    drop(unknown);
    let is_tunnel = method == "CONNECT";
    let target = match is_tunnel {
        true => target.map(str::to_owned),
        false => server(&url.to_string()),
    };
    let target = target.unwrap_or_default();
    let dialled = timeout(LIMIT, proxy.dial(&target)).await;
    let late = format!("no connection within {} seconds", LIMIT.as_secs());
    let mut through = match dialled.unwrap_or(Err(Failed::Other(late))) {
        Ok(through) => through,
        Err(failed) => {
            *proxy.failure() = Some((target, failed));
            let answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";
            return stream.write_all(answer).await;
        }
    };
    if is_tunnel {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    } else {
        // The request itself, as it would be without a proxy; one for each connection.
        let path = url.path_and_query().map_or("/", |path| path.as_str());
        let mut request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        for line in lines.filter(|line| !is_key(line)) {
            request.push_str(line);
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        through.write_all(request.as_bytes()).await?;
        through.write_all(&text[end + 4..]).await?;
    }
    copy_bidirectional(&mut stream, &mut through).await?;
    Ok(())
}
