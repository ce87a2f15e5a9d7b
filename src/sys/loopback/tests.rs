//! The listener with real connections: other requests first, then the right callback.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Instant as Clock;

use super::*;

const STATE: &str = "the-state";
const SIGN_IN: &str = "https://oidc.example/authorize?state=the-state&redirect_uri=x";

/// What the clients of one wait know.
#[derive(Clone, Copy)]
struct Port(u16);

impl Port {
    fn connect(self) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.0)).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream
    }

    /// Sends bytes and reads to the end, also of a connection that is refused, closed or reset in the middle.
    fn send(self, bytes: &[u8]) -> String {
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.0)) else {
            return String::new();
        };
        let _ = stream.write_all(bytes);
        rest(&mut stream)
    }

    fn get(self, target: &str) -> String {
        self.send(
            format!(
                "GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n",
                self.0
            )
            .as_bytes(),
        )
    }

    fn right(self) -> String {
        self.get("/oauth/callback?code=right&state=the-state")
    }
}

fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn status(answer: &str) -> &str {
    answer
        .lines()
        .next()
        .and_then(|l| l.split(' ').nth(1))
        .unwrap_or("none")
}

/// Waits for the answer while `visit` runs on another thread.
fn wait<T: Send + 'static>(visit: impl FnOnce(Port) -> T + Send + 'static) -> (Answer, T) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = Listener::bind().unwrap();
        let port = Port(listener.port());
        let visitor = thread::spawn(move || visit(port));
        let state = Secret::new(STATE);
        let limit = Duration::from_secs(30);
        let answer = timeout(limit, listener.answer(SIGN_IN, &state))
            .await
            .unwrap();
        (answer, visitor.join().unwrap())
    })
}

/// Checks that the wait goes on whatever `strangers` do, and that the right callback is still accepted.
fn survives<T: Send + 'static>(strangers: impl FnOnce(Port) -> T + Send + 'static) -> T {
    let (answer, (seen, page)) = wait(|port| {
        let seen = strangers(port);
        (seen, port.right())
    });
    assert!(matches!(answer, Answer::Code(code) if code.reveal() == "right"));
    assert_eq!(status(&page), "200");
    seen
}

#[test]
fn urls_are_those_that_clients_register() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let listener = Listener::bind().unwrap();
        let port = listener.port();
        assert_eq!(
            listener.redirect_uri(),
            format!("http://127.0.0.1:{port}/oauth/callback")
        );
        assert_eq!(listener.link(), format!("http://127.0.0.1:{port}/"));
        assert!(listener.socket.local_addr().unwrap().ip().is_loopback());
    });
    assert!(Listener::bind().is_err(), "there is no runtime here");
}

#[test]
fn the_code_is_received_and_the_page_is_complete() {
    let (answer, page) = wait(Port::right);
    assert!(matches!(answer, Answer::Code(code) if code.reveal() == "right"));
    let (head, body) = page.split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200 "), "{head}");
    for line in [
        "content-type: text/html; charset=utf-8",
        "cache-control: no-store",
        "content-security-policy: default-src 'none'; style-src 'unsafe-inline'",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "connection: close",
    ] {
        assert_eq!(
            head.lines().filter(|l| *l == line).count(),
            1,
            "{line}\n{head}"
        );
    }
    let length = format!("content-length: {}", body.len());
    assert!(head.lines().any(|l| l == length), "{head}");
    assert!(body.ends_with("</html>\n") && body.contains("return to the terminal"));
    for part in ["right", STATE, "<script", "http:", "https:", "src="] {
        assert!(!body.contains(part), "{part}");
    }
}

#[test]
fn a_refusal_is_received_and_not_shown_in_the_page() {
    let query = "error=access_denied&error_description=%3Cscript%3Ehello&state=the-state";
    let (answer, page) = wait(move |port| port.get(&format!("/oauth/callback?{query}")));
    let Answer::Refused { error, description } = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(
        (error.as_str(), description.as_deref()),
        ("access_denied", Some("<script>hello"))
    );
    assert!(
        page.contains("refused") && page.contains("terminal"),
        "{page}"
    );
    assert!(
        !page.contains("access_denied") && !page.contains("hello"),
        "{page}"
    );
}

#[test]
fn the_link_redirects_as_often_as_it_is_opened() {
    let pages = survives(|port| [port.get("/"), port.get("/"), port.get("/?x=y")]);
    for page in pages {
        assert_eq!(status(&page), "302");
        assert!(page.contains(&format!("location: {SIGN_IN}\r\n")), "{page}");
    }
}

#[test]
fn other_requests_are_rejected_and_the_wait_goes_on() {
    survives(|port| {
        let ask = |method: &str, host: &str, target: &str| {
            port.send(format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes())
        };
        let ours = format!("127.0.0.1:{}", port.0);
        let right = "/oauth/callback?code=evil&state=the-state";
        for (method, host, target) in [
            (
                "GET",
                ours.as_str(),
                "/oauth/callback?code=evil&state=guessed",
            ),
            ("GET", &ours, "/oauth/callback?error=access_denied"),
            (
                "GET",
                &ours,
                "/oauth/callback?error=access_denied&state=guessed",
            ),
            ("GET", &ours, "/oauth/callback"),
            (
                "GET",
                &ours,
                "/oauth/callback?code=a&code=b&state=the-state",
            ),
            ("GET", &ours, "/oauth/callback?code=%ff&state=the-state"),
            ("GET", "evil.example", right),
            ("GET", &format!("localhost:{}", port.0), right),
            ("POST", &ours, right),
            ("HEAD", &ours, right),
            ("PUT", &ours, right),
        ] {
            let page = ask(method, host, target);
            assert_eq!(status(&page), "400", "{method} {host} {target}: {page}");
            assert!(
                !page.contains("evil") && !page.contains("guessed"),
                "{page}"
            );
        }
        assert_eq!(status(&ask("GET", &ours, "/favicon.ico")), "404");
        // Without a Host, and with a body.
        let bare = format!("GET {right} HTTP/1.0\r\n\r\n");
        assert_eq!(status(&port.send(bare.as_bytes())), "400");
        let form = format!(
            "POST /oauth/callback HTTP/1.1\r\nHost: {ours}\r\nContent-Length: 29\r\n\r\ncode=evil&state=the-state&a=b"
        );
        assert_eq!(status(&port.send(form.as_bytes())), "400");
    });
}

#[test]
fn what_is_not_http_is_dropped() {
    survives(|port| {
        for bytes in [
            &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\0\0\0\0\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        ] {
            let mut stream = port.connect();
            stream.write_all(bytes).unwrap();
            let _ = stream.shutdown(Shutdown::Write);
            let page = rest(&mut stream);
            assert!(!matches!(status(&page), "200" | "302"), "{page}");
        }
    });
}

#[test]
fn an_endless_request_line_is_cut_off() {
    survives(|port| {
        let mut line = b"GET /oauth/callback?state=the-state&code=".to_vec();
        line.resize(8 << 20, b'a');
        let page = port.send(&line);
        assert!(matches!(status(&page), "431" | "414" | "none"), "{page}");
        let header = format!("GET / HTTP/1.1\r\nCookie: {}\r\n\r\n", "c".repeat(8 << 20));
        let page = port.send(header.as_bytes());
        assert!(matches!(status(&page), "431" | "none"), "{page}");
    });
}

#[test]
fn many_cookies_and_the_longest_code_are_accepted() {
    let code = "c".repeat(8192);
    let target = format!("/oauth/callback?code={code}&state=the-state");
    let (answer, page) = wait(move |port| {
        let host = format!("127.0.0.1:{}", port.0);
        let cookies = "c".repeat(32 << 10);
        port.send(
            format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookies}\r\n\r\n")
                .as_bytes(),
        )
    });
    assert_eq!(status(&page), "200");
    assert!(matches!(answer, Answer::Code(heard) if heard.reveal() == code));
}

#[test]
fn slow_and_silent_connections_are_closed_in_time() {
    survives(|port| {
        let mut silent = port.connect();
        let mut slow = port.connect();
        let started = Clock::now();
        let mut sent = 0;
        // A head that never ends, one byte at a time, until the connection is closed.
        while slow.write_all(b"G").is_ok() && started.elapsed() < Duration::from_secs(30) {
            sent += 1;
            thread::sleep(Duration::from_millis(100));
        }
        let took = started.elapsed();
        // Five seconds, and what a busy computer takes.
        let limit = Duration::from_secs(4)..Duration::from_secs(20);
        assert!(limit.contains(&took), "{took:?} and {sent} bytes");
        assert_eq!(silent.read(&mut [0]).unwrap_or(0), 0);
        assert!(started.elapsed() < Duration::from_secs(20));
    });
}

#[test]
fn many_silent_connections_do_not_block_the_browser() {
    let took = survives(|port| {
        let crowd: Vec<_> = (0..200).map(|_| port.connect()).collect();
        let started = Clock::now();
        assert_eq!(status(&port.get("/")), "302");
        // Still open when the right callback arrives.
        thread::spawn(move || {
            thread::sleep(Duration::from_secs(5));
            drop(crowd);
        });
        started.elapsed()
    });
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn many_busy_connections_do_not_block_the_browser() {
    survives(|port| {
        let crowd: Vec<_> = (0..8)
            .map(|_| {
                thread::spawn(move || {
                    for _ in 0..50 {
                        let page = port.get("/oauth/callback?code=evil&state=guessed");
                        assert_eq!(status(&page), "400", "{page}");
                    }
                })
            })
            .collect();
        for visitor in crowd {
            visitor.join().unwrap();
        }
    });
}

#[test]
fn a_replay_finds_the_port_closed() {
    let (_, again) = wait(|port| {
        assert_eq!(status(&port.right()), "200");
        port.right()
    });
    assert!(matches!(status(&again), "400" | "none"), "{again}");
}

#[test]
fn of_two_right_callbacks_one_is_received() {
    let (answer, pages) = wait(|port| {
        let ask = |code: &str| {
            let target = format!("/oauth/callback?code={code}&state=the-state");
            thread::spawn(move || port.get(&target))
        };
        [ask("one"), ask("two")].map(|visitor| visitor.join().unwrap())
    });
    let Answer::Code(code) = answer else {
        panic!("{answer:?}");
    };
    let heard = usize::from(code.reveal() == "two");
    assert_eq!(status(&pages[heard]), "200");
    assert_ne!(status(&pages[1 - heard]), "200");
}

#[test]
fn a_browser_that_does_not_read_does_not_delay_the_answer() {
    let started = Clock::now();
    let (answer, mut stream) = wait(|port| {
        let mut stream = port.connect();
        let target = "/oauth/callback?code=right&state=the-state";
        write!(
            stream,
            "GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n",
            port.0
        )
        .unwrap();
        stream
    });
    assert!(matches!(answer, Answer::Code(_)));
    assert!(
        started.elapsed() < Duration::from_millis(2500),
        "{:?}",
        started.elapsed()
    );
    // The page was sent all the same, and can be read after the listener is closed.
    assert!(rest(&mut stream).ends_with("</html>\n"));
}

#[test]
fn a_cancelled_wait_closes_the_port() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let is_closed = || {
        let port = runtime.block_on(async {
            let listener = Listener::bind().unwrap();
            let port = listener.port();
            let state = Secret::new(STATE);
            let wait = listener.answer(SIGN_IN, &state);
            assert!(timeout(Duration::from_millis(50), wait).await.is_err());
            port
        });
        TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err()
    };
    // Another test may have been given the port meanwhile, but not each time.
    assert!((0..5).any(|_| is_closed()));
}
