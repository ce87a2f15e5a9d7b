//! An HTTP/1.1 server on loopback for browsers: one thread per connection, one request per connection.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::Shared;

/// Limits idle connections, which browsers open ahead of time without sending anything.
const PATIENCE: Duration = Duration::from_secs(30);
const LIMIT: u64 = 1 << 20;

pub(super) struct Request {
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The parameters of the query and of a form.
    pub parameters: Vec<(String, String)>,
    headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.header("cookie").split("; ");
        let mut pairs = cookies.filter_map(|cookie| cookie.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

pub(super) fn serve(
    shared: &Arc<Shared>,
    answer: fn(&Shared, &Request) -> Answer,
) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let shared = Arc::clone(shared);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if shared.stopping.load(Ordering::SeqCst) {
                return;
            }
            let shared = Arc::clone(&shared);
            // A broken connection is the browser's problem.
            thread::spawn(move || converse(&shared, answer, stream));
        }
    });
    Ok(address)
}

fn converse(
    shared: &Shared,
    answer: fn(&Shared, &Request) -> Answer,
    mut stream: TcpStream,
) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let Some(request) = read(&mut stream)? else {
        return Ok(());
    };
    let answer = answer(shared, &request);
    let delay = shared.state().delay;
    thread::sleep(delay);
    let mut head = format!(
        "HTTP/1.1 {} -\r\nContent-Length: {}\r\nConnection: close\r\nCache-Control: no-store\r\n\
         Content-Type: text/html; charset=utf-8\r\n",
        answer.status,
        answer.body.len()
    );
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n{}", answer.body).as_bytes())
}

fn read(stream: &mut TcpStream) -> io::Result<Option<Request>> {
    let broken = || io::Error::from(io::ErrorKind::InvalidData);
    let mut stream = stream.take(LIMIT);
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let mut chunk = [0; 8192];
        match stream.read(&mut chunk)? {
            0 => return Ok(None),
            count => bytes.extend_from_slice(&chunk[..count]),
        }
    };
    let mut body = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes).map_err(|_| broken())?;
    let mut lines = head.trim_end().split("\r\n");
    let first: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let [method, target, _] = first[..] else {
        return Err(broken());
    };
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(Ok(0), |(_, length)| length.parse::<usize>());
    let received = body.len();
    body.resize(length.map_err(|_| broken())?.max(received), 0);
    stream.read_exact(&mut body[received..])?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = |text: &[u8]| {
        form_urlencoded::parse(text)
            .into_owned()
            .collect::<Vec<(String, String)>>()
    };
    Ok(Some(Request {
        method: method.to_owned(),
        path: path.to_owned(),
        parameters: [pairs(query.as_bytes()), pairs(&body)].concat(),
        headers,
    }))
}
