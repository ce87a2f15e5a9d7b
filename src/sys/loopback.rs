//! Receives an OAuth redirect on 127.0.0.1 (RFC 8252, 7.3): waits for the one callback with the expected `state`.
//!
//! Owns the socket and its connections: their number, their time limits and the order in which they are closed. `reply`
//! decides the response to each request. Opens no browser, and knows nothing of AWS. Every request is untrusted until its
//! `state` is checked: all programs and web pages on this computer can reach the port.

pub mod reply;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{poll_fn, ready};
use std::io;
use std::net::Ipv4Addr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http::Request;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use crate::credentials::Secret;
use reply::{Reply, Site};

/// How long the head of a request may take. A browser sends it at once, but also opens connections that it does not use.
const HEAD_LIMIT: Duration = Duration::from_secs(5);
/// How long a browser may take to read the page.
const PAGE_LIMIT: Duration = Duration::from_secs(2);
/// The largest head of a request, in bytes. Browsers send the cookies of all other programs on 127.0.0.1.
const MAX_HEAD: usize = 64 << 10;
/// The most connections at the same time.
const MAX_OPEN: usize = 64;
/// How long a connection stays open before a new one may replace it: long enough for a browser to send its request, and so
/// short that many silent connections do not block the browser.
const MIN_STAY: Duration = Duration::from_millis(250);
/// How long to wait after the system refused to accept a connection, most likely for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The identity provider's response, which the browser delivered (RFC 6749, 4.1.2). Its `state` was correct.
#[derive(Debug)]
pub enum Answer {
    /// The authorization code: 1 to 8192 printable ASCII characters.
    Code(Secret),
    /// No code. `error` is 1 to 100 printable ASCII characters; `description` is up to 500 characters of any kind: clean it
    /// before printing.
    Refused {
        error: String,
        description: Option<String>,
    },
}

/// A port on 127.0.0.1 that waits for a redirect.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    port: u16,
}

impl Listener {
    /// Binds a port that the system chooses. From then on a browser can connect; [`Self::answer`] responds to it.
    ///
    /// # Errors
    /// No port is available, or this is called outside of a tokio runtime.
    pub fn bind() -> io::Result<Self> {
        tokio::runtime::Handle::try_current().map_err(io::Error::other)?;
        let socket = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        let port = socket.local_addr()?.port();
        let socket = TcpListener::from_std(socket)?;
        Ok(Listener { socket, port })
    }

    #[cfg(test)]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URL to which the identity provider redirects the browser.
    pub fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, reply::CALLBACK)
    }

    /// Returns a link that redirects to the sign-in page. It is in the browser's command line, which all users of the computer
    /// can read: so it is short, needs no quoting, and has no parameters of the request.
    pub fn link(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Waits for the right callback, without a time limit. Redirects requests for [`Self::link`] to `sign_in_url`, and
    /// rejects all others. The port is closed once the callback has arrived; its page is sent before this returns.
    pub async fn answer(self, sign_in_url: &str, state: &Secret) -> Answer {
        let site = Site::new(self.port, sign_in_url, state);
        let received = Cell::new(None);
        let mut connections = Connections {
            socket: self.socket,
            open: VecDeque::new(),
            pause: Box::pin(sleep_until(Instant::now())),
        };
        let (answer, serving) = poll_fn(|cx| connections.poll(cx, &site, &received)).await;
        drop(connections);
        if let Some(serving) = serving {
            let _ = timeout(PAGE_LIMIT, serving).await;
        }
        answer
    }
}

/// The listening socket and the open connections. They are in one future instead of tasks, so that they are closed when the
/// wait ends.
struct Connections<'a> {
    socket: TcpListener,
    /// Oldest first.
    open: VecDeque<Connection<'a>>,
    /// No connection is accepted before it is over.
    pause: Pin<Box<Sleep>>,
}

struct Connection<'a> {
    since: Instant,
    serving: Serving<'a>,
}

type Serving<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

impl<'a> Connections<'a> {
    /// Returns the answer, and its connection if its page is still to be sent.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        site: &'a Site<'a>,
        received: &'a Cell<Option<Answer>>,
    ) -> Poll<(Answer, Option<Serving<'a>>)> {
        loop {
            let mut index = 0;
            while let Some(connection) = self.open.get_mut(index) {
                let done = connection.serving.as_mut().poll(cx).is_ready();
                // Checked after each connection, so that there is at most one answer, and its connection is known.
                if let Some(answer) = received.take() {
                    let connection = self.open.remove(index).filter(|_| !done);
                    return Poll::Ready((answer, connection.map(|connection| connection.serving)));
                }
                if done {
                    self.open.remove(index);
                } else {
                    index += 1;
                }
            }
            let stream = ready!(self.poll_accept(cx));
            self.open.push_back(Connection {
                since: Instant::now(),
                serving: Box::pin(serve(stream, site, received)),
            });
        }
    }

    /// Accepts one more connection. Closes the oldest one if there are too many.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<TcpStream> {
        loop {
            ready!(self.pause.as_mut().poll(cx));
            let full = self.open.len() >= MAX_OPEN;
            if let Some(oldest) = self.open.front().filter(|_| full) {
                let may_go = oldest.since + MIN_STAY;
                if may_go > Instant::now() {
                    self.pause.as_mut().reset(may_go);
                    continue;
                }
            }
            match ready!(self.socket.poll_accept(cx)) {
                Ok((stream, _)) => {
                    if full {
                        self.open.pop_front();
                    }
                    return Poll::Ready(stream);
                }
                Err(_) => self.pause.as_mut().reset(Instant::now() + ACCEPT_PAUSE),
            }
        }
    }
}

/// Serves one request with one page. Errors of the connection are ignored.
async fn serve(stream: TcpStream, site: &Site<'_>, received: &Cell<Option<Answer>>) {
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let reply = site.reply(&request);
        let page = reply.page();
        if let Reply::Callback(answer) = reply {
            received.set(Some(answer));
        }
        ready(Ok::<_, Infallible>(page))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .max_buf_size(MAX_HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    let _ = timeout(HEAD_LIMIT + PAGE_LIMIT, connection).await;
}
