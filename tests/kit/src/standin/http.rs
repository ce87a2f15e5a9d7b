//! An HTTP/1.1 server on loopback, plain or over TLS, with one thread per connection. It supports what SDKs and kubectl need,
//! and can send damaged responses on purpose (see `fault`).

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::codec::pairs;
use super::fault::Delivery;
use super::world::{Operation, Service, World};

/// A request as received. Header names are in lower case; path and query are not decoded.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Request {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        Request {
            method: method.to_owned(),
            path,
            query,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn with(mut self, name: &str, value: &str) -> Request {
        self.headers
            .push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns the parameters of the query and of a form in the body.
    pub fn parameters(&self) -> Vec<(String, String)> {
        let form = self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let body = if form {
            std::str::from_utf8(&self.body).unwrap_or_default()
        } else {
            ""
        };
        [pairs(&self.query), pairs(body)]
            .into_iter()
            .flatten()
            .flatten()
            .collect()
    }

    /// Returns the JSON body's members that are strings or lists of strings (joined with spaces), for the log.
    pub fn members(&self) -> Vec<(String, String)> {
        let json = self
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/json"));
        let body = json.then(|| serde_json::from_slice(&self.body));
        let Some(Ok(serde_json::Value::Object(members))) = body else {
            return Vec::new();
        };
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::Array(values) => {
                let words: Option<Vec<_>> = values.iter().map(|value| value.as_str()).collect();
                words.map(|words| words.join(" "))
            }
            value => value.as_str().map(str::to_owned),
        };
        let members = members.iter();
        members
            .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
            .collect()
    }
}

/// A response before any fault is applied.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// The principal or user that the request was authenticated as; for the log.
    pub caller: Option<String>,
    /// Why the request was rejected, where the response does not say so; for the log.
    pub note: Option<String>,
}

impl Answer {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Answer {
        let headers = vec![("content-type", content_type.to_owned())];
        Answer {
            status,
            headers,
            body: body.into(),
            caller: None,
            note: None,
        }
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Answer {
        Answer::new(status, "application/json", body.to_string())
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }

    pub fn from(mut self, caller: &str) -> Answer {
        self.caller = Some(caller.to_owned());
        self
    }

    fn head(&self, world: &World, length: usize) -> String {
        let reason = match self.status {
            200 => "OK",
            201 => "Created",
            302 => "Found",
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "Not Found",
            503 => "Service Unavailable",
            _ => "-",
        };
        let date = world.now().format("%a, %d %b %Y %H:%M:%S GMT");
        let mut head = format!(
            "HTTP/1.1 {} {reason}\r\nDate: {date}\r\nContent-Length: {length}\r\n",
            self.status
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head + "\r\n"
    }
}

/// Handles a request: returns which operation it was, and the response.
pub type Handler = Arc<dyn Fn(&World, &Request) -> (Operation, Answer) + Send + Sync>;

/// Starts to serve until the world stops; returns the address.
pub fn serve(
    world: &Arc<World>,
    service: Service,
    tls: Option<Arc<rustls::ServerConfig>>,
    handler: Handler,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let world = Arc::clone(world);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if world.stopping.load(Ordering::SeqCst) {
                return;
            }
            // A response is sent in several writes; with Nagle's algorithm each would wait for the previous one's acknowledgment.
            let _ = stream.set_nodelay(true);
            let Ok(guard) = world.connected(service, &stream) else {
                continue;
            };
            let (world, tls, handler) = (Arc::clone(&world), tls.clone(), Arc::clone(&handler));
            thread::spawn(move || {
                // A broken connection is the client's problem; the server goes on with the next one.
                let _ = match tls.map(rustls::ServerConnection::new) {
                    None => converse(&world, service, &handler, stream),
                    Some(Ok(session)) => converse(
                        &world,
                        service,
                        &handler,
                        rustls::StreamOwned::new(session, stream),
                    ),
                    Some(Err(error)) => Err(io::Error::other(error)),
                };
                world.disconnected(guard);
            });
        }
    });
    Ok(address)
}

fn converse(
    world: &World,
    service: Service,
    handler: &Handler,
    mut stream: impl Read + Write,
) -> io::Result<()> {
    while let Some(request) = read_request(&mut stream)? {
        let (operation, answer) = handler(world, &request);
        let (delivery, delay) = world.record(service, operation, &request, answer);
        thread::sleep(delay);
        match delivery {
            Delivery::Whole(answer) => {
                let head = answer.head(world, answer.body.len());
                stream.write_all(&[head.as_bytes(), &answer.body].concat())?;
                stream.flush()?;
            }
            Delivery::Trickle(answer, pause) => {
                stream.write_all(answer.head(world, answer.body.len()).as_bytes())?;
                for byte in &answer.body {
                    stream.write_all(&[*byte])?;
                    stream.flush()?;
                    thread::sleep(pause);
                }
            }
            Delivery::Truncated(answer) => {
                let head = answer.head(world, answer.body.len());
                let half = &answer.body[..answer.body.len() / 2];
                stream.write_all(&[head.as_bytes(), half].concat())?;
                return stream.flush();
            }
            Delivery::HangUp => return Ok(()),
            // Reads until the client closes the connection or the stand-in stops.
            Delivery::Hang => return io::copy(&mut stream, &mut io::sink()).map(drop),
        }
        if request
            .header("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"))
        {
            return Ok(());
        }
    }
    Ok(())
}

/// Reads the next request of a connection; returns `None` if the client has closed it.
fn read_request(stream: &mut impl Read) -> io::Result<Option<Request>> {
    const HEAD_LIMIT: usize = 1 << 20;
    let malformed = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if bytes.len() > HEAD_LIMIT {
            return Err(malformed("head too long"));
        }
        let mut chunk = [0; 8192];
        match stream.read(&mut chunk)? {
            0 if bytes.is_empty() => return Ok(None),
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    };
    let mut body = bytes.split_off(head_end + 4);
    let head = String::from_utf8(bytes).map_err(|_| malformed("head is not UTF-8"))?;
    let mut lines = head.trim_end().split("\r\n");
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target)) = (first.next(), first.next()) else {
        return Err(malformed("no request line"));
    };
    let mut request = Request::new(method, target);
    for line in lines {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| malformed("header without a colon"))?;
        request = request.with(name, value.trim());
    }
    if request.header("transfer-encoding").is_some() {
        return Err(malformed("chunked requests are not read"));
    }
    let length: usize = match request.header("content-length") {
        Some(length) => length.parse().map_err(|_| malformed("content-length"))?,
        None => 0,
    };
    let missing = length.saturating_sub(body.len());
    let received = body.len();
    body.resize(received + missing, 0);
    stream.read_exact(&mut body[received..])?;
    request.body = body;
    Ok(Some(request))
}

/// Wakes a listener, so that it notices that it should stop.
pub fn wake(address: SocketAddr) {
    let _ = TcpStream::connect_timeout(&address, Duration::from_millis(200));
}
