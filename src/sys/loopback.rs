//! The receiving end of an OAuth redirect on 127.0.0.1 (RFC 8252, 7.3): waits for the one callback that carries our `state`.
//!
//! Owns the socket and the connections on it: how many, how long, in which order they go. What is said to a request is
//! decided in `reply`. Opens no browser and knows nothing of AWS. Whatever comes is hostile until its `state` is right:
//! every other program and every web page on this machine can reach the port.

mod reply;
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

/// How long a request's head may take. A browser sends it at once; connections it opened in advance stay silent.
const HEAD_LIMIT: Duration = Duration::from_secs(5);
/// How long a browser may take to read its page.
const PAGE_LIMIT: Duration = Duration::from_secs(2);
/// Largest head of a request, in bytes. Browsers add the cookies of every other program on 127.0.0.1.
const MAX_HEAD: usize = 64 << 10;
/// Connections at once.
const MAX_OPEN: usize = 64;
/// What every connection gets before it has to make room for the next: enough for a browser to say what it wants, and so
/// little that a crowd of silent ones does not keep the browser out.
const MIN_STAY: Duration = Duration::from_millis(250);
/// After the system refused a connection, for want of file descriptors most likely.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The identity provider's answer, as the browser carried it here (RFC 6749, 4.1.2). Its `state` was ours.
#[derive(Debug)]
pub enum Answer {
    /// The authorization code: 1 to 8192 printable ASCII characters.
    Code(Secret),
    /// No code. `error` is 1 to 100 printable ASCII characters; `description` is up to 500 characters of any kind: print it
    /// only cleaned.
    Refused {
        error: String,
        description: Option<String>,
    },
}

/// A port of 127.0.0.1 that waits for a redirect.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    port: u16,
}

impl Listener {
    /// Takes a port that the system chooses. From here on a browser can connect; it is answered by [`Self::answer`].
    ///
    /// # Errors
    /// There is no port to be had, or this is called outside of a tokio runtime.
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

    /// Where the identity provider sends the browser back to.
    pub fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, reply::CALLBACK)
    }

    /// Leads to the sign-in page. It stands in a browser's command line, which everybody on the machine can read: so it is
    /// short, needs no quoting, and says nothing of the request.
    pub fn link(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Waits, for ever if need be, for the right callback. Sends whoever asks for [`Self::link`] to `sign_in_url`, and
    /// refuses everything else. The port is closed as soon as the callback is there; its page is sent before this returns.
    pub async fn answer(self, sign_in_url: &str, state: &Secret) -> Answer {
        let site = Site::new(self.port, sign_in_url, state);
        let heard = Cell::new(None);
        let mut visits = Visits {
            socket: self.socket,
            open: VecDeque::new(),
            pause: Box::pin(sleep_until(Instant::now())),
        };
        let (answer, talk) = poll_fn(|cx| visits.poll(cx, &site, &heard)).await;
        drop(visits);
        if let Some(talk) = talk {
            let _ = timeout(PAGE_LIMIT, talk).await;
        }
        answer
    }
}

/// The connections that are open, and the door through which new ones come. They live in one future rather than in tasks,
/// so that they are gone when the wait is.
struct Visits<'a> {
    socket: TcpListener,
    /// Oldest first.
    open: VecDeque<Visit<'a>>,
    /// Nobody is let in before it is over.
    pause: Pin<Box<Sleep>>,
}

struct Visit<'a> {
    since: Instant,
    talk: Talk<'a>,
}

type Talk<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

impl<'a> Visits<'a> {
    /// Ready with the answer, and with the connection that brought it if its page is still to be sent.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        site: &'a Site<'a>,
        heard: &'a Cell<Option<Answer>>,
    ) -> Poll<(Answer, Option<Talk<'a>>)> {
        loop {
            let mut index = 0;
            while let Some(visit) = self.open.get_mut(index) {
                let over = visit.talk.as_mut().poll(cx).is_ready();
                // Looked for after each, so that there is only ever one, and its connection is known.
                if let Some(answer) = heard.take() {
                    let visit = self.open.remove(index).filter(|_| !over);
                    return Poll::Ready((answer, visit.map(|visit| visit.talk)));
                }
                if over {
                    self.open.remove(index);
                } else {
                    index += 1;
                }
            }
            let stream = ready!(self.poll_accept(cx));
            self.open.push_back(Visit {
                since: Instant::now(),
                talk: Box::pin(talk(stream, site, heard)),
            });
        }
    }

    /// Lets one more in; the oldest goes if there are too many.
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

/// One request, one page. Whatever goes wrong with the connection is the visitor's trouble.
async fn talk(stream: TcpStream, site: &Site<'_>, heard: &Cell<Option<Answer>>) {
    let service = service_fn(|request: Request<hyper::body::Incoming>| {
        let reply = site.reply(&request);
        let page = reply.page();
        if let Reply::Heard(answer) = reply {
            heard.set(Some(answer));
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
