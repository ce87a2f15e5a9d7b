//! Servers that misbehave below HTTP or at it: each connection to one of them is treated in the same way.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

/// How a server misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing listens.
    Refuses,
    /// The host's name does not exist.
    NoSuchHost,
    /// It accepts the connection and reads, and never answers.
    Silent,
    /// It closes the connection at once.
    Closes,
    /// It closes the connection after the request.
    ClosesAfterRequest,
    /// Half of a header, and silence.
    HalfHeader,
    /// Half of a header, and the end of the connection.
    CutHeader,
    /// A header without end, byte by byte.
    TrickledHeader,
    /// Header lines without end, as fast as they are read.
    EndlessHeader,
    /// A header line of a megabyte.
    HugeHeader,
    /// A body of known length, byte by byte.
    TrickledBody,
    /// Less than the announced length, and the end of the connection.
    ShortBody,
    /// Less than the announced length, and silence.
    StalledBody,
    /// A body without length and end, as fast as it is read.
    EndlessBody,
    /// Chunks without end, as fast as they are read.
    EndlessChunks,
    /// A chunk each half second, without end.
    TrickledChunks,
    /// Chunks whose size is not a number.
    BadChunks,
    /// TLS was asked for: it accepts the connection, and its handshake never ends.
    SilentTls,
    /// TLS was asked for: it answers in plain HTTP.
    PlainForTls,
    /// It greets as an SSH server.
    Ssh,
    /// It redirects to itself.
    RedirectLoop,
    /// Only "100 Continue", again and again.
    OnlyContinue,
    /// Status 500, without a body.
    Status500,
    /// Status 503 and a page; `x-amz-retry-after` asks for ten minutes.
    Status503,
    /// Status 429; `Retry-After` asks for ten minutes.
    Status429,
    /// A login page with status 200.
    LoginPage,
    /// Status 200 without a body.
    Empty,
}

impl Kind {
    pub const ALL: [Kind; 27] = [
        Kind::Refuses,
        Kind::NoSuchHost,
        Kind::Silent,
        Kind::Closes,
        Kind::ClosesAfterRequest,
        Kind::HalfHeader,
        Kind::CutHeader,
        Kind::TrickledHeader,
        Kind::EndlessHeader,
        Kind::HugeHeader,
        Kind::TrickledBody,
        Kind::ShortBody,
        Kind::StalledBody,
        Kind::EndlessBody,
        Kind::EndlessChunks,
        Kind::TrickledChunks,
        Kind::BadChunks,
        Kind::SilentTls,
        Kind::PlainForTls,
        Kind::Ssh,
        Kind::RedirectLoop,
        Kind::OnlyContinue,
        Kind::Status500,
        Kind::Status503,
        Kind::Status429,
        Kind::LoginPage,
        Kind::Empty,
    ];

    /// Whether the server is asked for TLS.
    pub fn over_tls(self) -> bool {
        matches!(self, Kind::SilentTls | Kind::PlainForTls)
    }
}

/// How long a server goes on with one connection.
const LONGEST: Duration = Duration::from_secs(90);

/// Returns a local address where nothing listens until the process ends. It is the near end of a connection: the port of a
/// listener that was closed may be given to another test's server.
pub fn refusing() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let connection = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let address = connection.local_addr().unwrap();
    std::mem::forget((listener, connection));
    address
}

/// Starts a server of this kind, which runs until the process ends. Returns its URL, without a path.
pub fn start(kind: Kind) -> String {
    if kind == Kind::NoSuchHost {
        return "http://no-such-host.invalid".to_owned();
    }
    if kind == Kind::Refuses {
        return format!("http://{}", refusing());
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let scheme = if kind.over_tls() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr().unwrap());
    let itself = url.clone();
    spawn(move || {
        for stream in listener.incoming().flatten() {
            let itself = itself.clone();
            // The client may end the connection at any time.
            spawn(move || converse(kind, stream, &itself));
        }
    });
    url
}

fn converse(kind: Kind, mut stream: TcpStream, itself: &str) -> io::Result<()> {
    const HALF: &str = "HTTP/1.1 200 OK\r\nContent-Ty";
    const XML: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n";
    const CHUNKED: &str = "Transfer-Encoding: chunked\r\n\r\n";
    if kind == Kind::Closes {
        return Ok(());
    }
    if kind == Kind::Ssh {
        stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n")?;
    }
    if kind.over_tls() {
        let _ = stream.read(&mut [0; 4096])?;
    } else {
        read_head(&mut stream)?;
    }
    let end = Instant::now() + LONGEST;
    let mut send = |text: &str| stream.write_all(text.as_bytes());
    match kind {
        Kind::Refuses | Kind::NoSuchHost | Kind::Closes => {}
        Kind::ClosesAfterRequest => {}
        Kind::Silent | Kind::SilentTls | Kind::Ssh => return until_closed(stream),
        Kind::HalfHeader => {
            send(HALF)?;
            return until_closed(stream);
        }
        Kind::CutHeader => send(HALF)?,
        Kind::TrickledHeader => {
            send("HTTP/1.1 200 OK\r\nX-A: ")?;
            while Instant::now() < end {
                send("a")?;
                sleep(Duration::from_millis(500));
            }
        }
        Kind::EndlessHeader => {
            send("HTTP/1.1 200 OK\r\n")?;
            while Instant::now() < end {
                send("X-A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")?;
            }
        }
        Kind::HugeHeader => {
            send(&format!(
                "HTTP/1.1 200 OK\r\nX-A: {}\r\n",
                "a".repeat(1 << 20)
            ))?;
            send("Content-Length: 0\r\n\r\n")?;
        }
        Kind::TrickledBody => {
            send(&format!("{XML}Content-Length: 10000\r\n\r\n"))?;
            while Instant::now() < end {
                send("<")?;
                sleep(Duration::from_millis(500));
            }
        }
        Kind::ShortBody => send(&format!("{XML}Content-Length: 10000\r\n\r\n<Assume"))?,
        Kind::StalledBody => {
            send(&format!("{XML}Content-Length: 10000\r\n\r\n<Assume"))?;
            return until_closed(stream);
        }
        Kind::EndlessBody => {
            send(&format!("{XML}Connection: close\r\n\r\n"))?;
            let some = " ".repeat(64 << 10);
            while Instant::now() < end {
                send(&some)?;
            }
        }
        Kind::EndlessChunks => {
            send(&format!("{XML}{CHUNKED}"))?;
            let some = format!("10000\r\n{}\r\n", " ".repeat(64 << 10));
            while Instant::now() < end {
                send(&some)?;
            }
        }
        Kind::TrickledChunks => {
            send(&format!("{XML}{CHUNKED}"))?;
            while Instant::now() < end {
                send("1\r\n \r\n")?;
                sleep(Duration::from_millis(500));
            }
        }
        Kind::BadChunks => send(&format!("{XML}{CHUNKED}many\r\n<Assume\r\n"))?,
        Kind::PlainForTls => send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")?,
        Kind::RedirectLoop => send(&format!(
            "HTTP/1.1 302 Found\r\nLocation: {itself}/again\r\nContent-Length: 0\r\n\r\n"
        ))?,
        Kind::OnlyContinue => {
            while Instant::now() < end {
                send("HTTP/1.1 100 Continue\r\n\r\n")?;
                sleep(Duration::from_millis(500));
            }
        }
        Kind::Status500 => {
            send("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")?;
        }
        Kind::Status503 => send(
            "HTTP/1.1 503 Service Unavailable\r\nx-amz-retry-after: 600000\r\nContent-Type: text/html\r\n\
             Content-Length: 19\r\n\r\n<h1>Come back</h1>\r\n",
        )?,
        Kind::Status429 => {
            send(
                "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 600\r\nContent-Length: 0\r\n\r\n",
            )?;
        }
        Kind::LoginPage => send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 38\r\n\r\n\
             <html><h1>Guest network</h1></html>   ",
        )?,
        Kind::Empty => send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")?,
    }
    // Not a reset, which could overtake what was sent.
    stream.shutdown(Shutdown::Write)?;
    until_closed(stream)
}

/// Reads a request's head and its body, as far as they have come together.
fn read_head(stream: &mut TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    let mut some = [0; 8192];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut some)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => head.extend_from_slice(&some[..count]),
        }
    }
    Ok(())
}

fn until_closed(mut stream: TcpStream) -> io::Result<()> {
    stream.set_read_timeout(Some(LONGEST))?;
    io::copy(&mut stream, &mut io::sink()).map(drop)
}
