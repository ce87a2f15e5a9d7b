//! What else comes to the port where the browser's answer is waited for.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::sources::sign_in::{Style, laptop};
use crate::sso::person::{SOON, meanwhile};
use crate::sso::watch::{end_browser, lasting_browser, nothing_is_stored, watched};
use kit::browser::{Browser, Page, opened, send};
use kit::laptop::{LOGIN, Laptop};
use kit::standin::{Fault, Operation};

const ALICE: &str = "alice@example.com";

/// `http://127.0.0.1:PORT/` as `127.0.0.1:PORT`: anything more would be readable in the process list.
#[track_caller]
fn address(link: &str) -> String {
    let address = link
        .strip_prefix("http://")
        .and_then(|rest| rest.strip_suffix('/'))
        .unwrap_or_else(|| panic!("{link}"));
    let port = address.strip_prefix("127.0.0.1:").unwrap();
    port.parse::<u16>().unwrap();
    address.to_owned()
}

/// The query of the callback that would end the wait: with a code of hers, not yet redeemed.
fn true_query(link: &str) -> String {
    let callback = Browser::new().allow_only(link, ALICE).location().unwrap();
    let (before, query) = callback.split_once('?').unwrap();
    assert_eq!(before, format!("{link}oauth/callback"));
    query.to_owned()
}

fn value<'a>(query: &'a str, name: &str) -> &'a str {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).unwrap().1
}

fn get(address: &str, target: &str) -> String {
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    String::from_utf8_lossy(&send(address, request.as_bytes())).into_owned()
}

#[test]
fn wrong_ones_are_ignored_and_the_right_one_is_heard() {
    let laptop = laptop(Style::Session);
    let (output, query) = meanwhile(&laptop, &format!("{LOGIN} -v"), |link| {
        let (address, query) = (address(link), true_query(link));
        let (code, state) = (value(&query, "code"), value(&query, "state"));
        let callback = |query: &str| format!("GET /oauth/callback?{query} HTTP/1.1\r\n");
        let host = format!("Host: {address}\r\n\r\n");
        let to_us = |query: &str| callback(query) + &host;
        let other_state = state.chars().rev().collect::<String>();
        let refused = [
            ("nothing", to_us("")),
            (
                "another state",
                to_us(&format!("code={code}&state={other_state}")),
            ),
            (
                "half a state",
                to_us(&format!("code={code}&state={}", &state[..20])),
            ),
            ("no state", to_us(&format!("code={code}"))),
            ("an empty state", to_us(&format!("code={code}&state="))),
            ("a state without a code", to_us(&format!("state={state}"))),
            ("an error of another page", to_us("error=access_denied")),
            (
                "an error with another state",
                to_us(&format!("error=access_denied&state={other_state}")),
            ),
            (
                "a code and an error",
                to_us(&format!("{query}&error=access_denied")),
            ),
            ("two codes", to_us(&format!("{query}&code=forged"))),
            ("two states", to_us(&format!("{query}&state={other_state}"))),
            (
                "two states that are one",
                to_us(&format!("{query}&st%61te={state}")),
            ),
            (
                "a code with a line end",
                to_us(&format!("code=%0d%0aforged&state={state}")),
            ),
            (
                "another Host",
                format!("{}Host: evil.example\r\n\r\n", callback(&query)),
            ),
            (
                "a name for this computer",
                format!(
                    "{}Host: {}\r\n\r\n",
                    callback(&query),
                    address.replace("127.0.0.1", "localhost")
                ),
            ),
            ("no Host", format!("{}\r\n", callback(&query))),
            (
                "two Hosts",
                format!("{}Host: a\r\n{host}", callback(&query)),
            ),
            (
                "a whole URL",
                format!("GET http://{address}/oauth/callback?{query} HTTP/1.1\r\n{host}"),
            ),
            (
                "POST",
                format!("POST /oauth/callback?{query} HTTP/1.1\r\nContent-Length: 0\r\n{host}"),
            ),
            (
                "HEAD",
                format!("HEAD /oauth/callback?{query} HTTP/1.1\r\n{host}"),
            ),
            (
                "another path",
                format!("GET /callback?{query} HTTP/1.1\r\n{host}"),
            ),
        ];
        for (name, request) in refused {
            let answer = send(&address, request.as_bytes());
            let answer = String::from_utf8_lossy(&answer);
            let status = answer.split(' ').nth(1);
            assert!(matches!(status, Some("400" | "404")), "{name}: {answer}");
            for secret in [code, state] {
                assert!(!answer.contains(secret), "{name}: {answer}");
            }
        }
        let long = format!("GET /oauth/callback?code={}", "A".repeat(8 << 20));
        let many = format!("{}{}\r\n", callback(&query), "X-Y: z\r\n".repeat(100_000));
        let junk: [(&str, &[u8]); 5] = [
            ("a request line of 8 MB", long.as_bytes()),
            ("a hundred thousand headers", many.as_bytes()),
            ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
            ("bytes", b"\x00\xff\xfe\r\n\r\n\x1b]0;x\x07"),
            ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        ];
        for (name, bytes) in junk {
            let answer = send(&address, bytes);
            assert!(!answer.starts_with(b"HTTP/1.1 2"), "{name}");
        }
        // None of it has used the code up.
        let page = Browser::new().get(&format!("{link}oauth/callback?{query}"));
        assert_eq!(page.status, 200, "{page:?}");
        query
    });
    laptop.check_discretion(&output);
    assert!(output.status.success(), "{output}");
    output.explains(&["You are alice@example.com"]);
    says_nothing_of(&laptop, &output.stderr, &query);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
    let links = opened(&laptop.home, Duration::ZERO);
    assert_eq!(links.len(), 1, "one browser: {links:?}");
    address(&links[0]);
}

/// Neither what went through the browser nor what was kept back from it.
#[track_caller]
fn says_nothing_of(laptop: &Laptop, said: &str, query: &str) {
    let log = laptop.aws.log();
    let redeemed = log
        .iter()
        .find(|asked| asked.operation == Operation::CreateToken);
    let verifier = redeemed.unwrap().parameter("codeVerifier").unwrap();
    assert!(verifier.len() >= 43);
    for secret in [value(query, "code"), value(query, "state"), verifier] {
        assert!(!said.contains(secret), "{said}");
    }
}

/// More connections than are kept, each of which says something, and none of them all.
#[test]
fn slow_senders_keep_nobody_out() {
    let laptop = laptop(Style::Session);
    let (output, page) = meanwhile(&laptop, LOGIN, |link| {
        let address = address(link);
        let slow: Vec<TcpStream> = (0..150)
            .map(|_| {
                let mut stream = TcpStream::connect(&address).unwrap();
                let _ = stream.write_all(b"GET /oauth/callback?code=");
                stream
            })
            .collect();
        let page = Browser::new().allow(link, ALICE);
        drop(slow);
        page
    });
    assert_eq!(page.status, 200, "{page:?}");
    assert!(output.status.success(), "{output}");
}

#[test]
fn a_callback_works_once() {
    let laptop = laptop(Style::Session);
    // The wait is over, the program is not.
    laptop.aws.set_delay(Duration::from_millis(500));
    let (output, ()) = meanwhile(&laptop, LOGIN, |link| {
        let (address, query) = (address(link), true_query(link));
        let target = format!("/oauth/callback?{query}");
        let answer = get(&address, &target);
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        for target in [target.as_str(), "/"] {
            let Ok(mut stream) = TcpStream::connect(&address) else {
                continue;
            };
            let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n");
            let mut answer = Vec::new();
            let _ = stream.write_all(request.as_bytes());
            let _ = stream.read_to_end(&mut answer);
            assert_eq!(answer, b"", "the port is open yet");
        }
    });
    assert!(output.status.success(), "{output}");
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
}

/// The state is right, so it is the answer: the person, or an admin's rule, says no.
#[test]
fn a_refusal_ends_the_wait() {
    type Refuse = fn(&str) -> Page;
    let cases: [(Refuse, &str); 3] = [
        (
            |link| Browser::new().deny(link),
            "access_denied: The user denied the request",
        ),
        (
            |link| {
                let state = value(&true_query(link), "state").to_owned();
                let query = "error=server_error&error_description=try%20%1b%5b31mlater";
                Browser::new().get(&format!("{link}oauth/callback?{query}&state={state}"))
            },
            "server_error: try \\u{1b}[31mlater",
        ),
        (
            |link| {
                let state = value(&true_query(link), "state").to_owned();
                let error = "e".repeat(9000);
                Browser::new().get(&format!("{link}oauth/callback?error={error}&state={state}"))
            },
            "eeeeeeee",
        ),
    ];
    for (refuse, cause) in cases {
        let laptop = laptop(Style::Session);
        let (output, page) = meanwhile(&laptop, LOGIN, refuse);
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains("terminal"), "{page:?}");
        assert_eq!(output.status.code(), Some(3), "{output}");
        laptop.check_discretion(&output);
        output.explains(&["error: the sign-in was refused", "cause: ", cause, "hint: "]);
        assert!(output.stderr.len() < 2000, "{output}");
        nothing_is_stored(&laptop);
        assert_eq!(laptop.aws.count(Operation::CreateToken), 0);
    }
}

/// With the right state, and a code that is not for us: made up, or given out for a challenge of somebody else's.
#[test]
fn a_code_of_another_sign_in_is_worthless() {
    let made_up: fn(&str) -> String = |link| {
        let query = true_query(link);
        format!("code=forged&state={}", value(&query, "state"))
    };
    let injected: fn(&str) -> String = |link| {
        let asked = Browser::new().get(link).location().unwrap();
        let challenge = value(asked.split_once('?').unwrap().1, "code_challenge");
        // The attacker's, whose verifier only the attacker knows.
        let theirs = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let page = Browser::new().allow_only(&asked.replace(challenge, theirs), ALICE);
        page.location()
            .unwrap()
            .split_once('?')
            .unwrap()
            .1
            .to_owned()
    };
    for (query, cause) in [
        (made_up, "Invalid authorization code"),
        (injected, "The code verifier does not match"),
    ] {
        let laptop = laptop(Style::Session);
        let (output, query) = meanwhile(&laptop, LOGIN, |link| {
            let query = query(link);
            Browser::new().get(&format!("{link}oauth/callback?{query}"));
            query
        });
        assert_eq!(output.status.code(), Some(3), "{output}");
        laptop.check_discretion(&output);
        output.explains(&["error: ", "cause: ", cause, "hint: "]);
        says_nothing_of(&laptop, &output.stderr, &query);
        nothing_is_stored(&laptop);
        assert!(laptop.aws.sign_ins().is_empty());
    }
}

/// Everybody on the machine can read command lines; the browser's is there as long as the browser is.
#[test]
fn nothing_in_the_process_list() {
    let laptop = laptop(Style::Session);
    let browser = lasting_browser(&laptop.home);
    let (output, ()) = watched(
        &laptop,
        LOGIN,
        |run| run.env("BROWSER", browser),
        |run| {
            let links = opened(&laptop.home, SOON);
            let (link, query) = (&links[0], true_query(&links[0]));
            let browser = laptop.home.read("browser.pid");
            let lines = [run.pid(), browser.trim().to_owned()].map(|pid| command_line(&pid));
            assert!(lines[0].contains("apono-login login"), "{lines:?}");
            assert!(lines[1].contains(link), "{lines:?}");
            for secret in [value(&query, "code"), value(&query, "state")] {
                assert!(!lines.concat().contains(secret), "{lines:?}");
            }
            let page = Browser::new().get(&format!("{link}oauth/callback?{query}"));
            assert_eq!(page.status, 200, "{page:?}");
        },
    );
    end_browser(&laptop.home);
    assert!(output.status.success(), "{output}");
    laptop.check_discretion(&output);
}

#[track_caller]
fn command_line(pid: &str) -> String {
    let bytes = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    String::from_utf8_lossy(&bytes).replace('\0', " ")
}

#[test]
fn a_code_that_cannot_be_redeemed_is_a_failure_and_no_hang() {
    let laptop = laptop(Style::Session);
    laptop
        .aws
        .misbehave(Operation::CreateToken, Fault::unavailable());
    let (output, page) = meanwhile(&laptop, LOGIN, |link| Browser::new().allow(link, ALICE));
    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(output.status.code(), Some(4), "{output}");
    laptop.check_discretion(&output);
    nothing_is_stored(&laptop);
    laptop.aws.behave();
    let (output, _) = meanwhile(&laptop, LOGIN, |link| Browser::new().allow(link, ALICE));
    assert!(output.status.success(), "{output}");
}
