//! Other requests to the port on which the program waits for the browser's callback.

#[cfg(target_os = "linux")]
mod linux;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::sources::sign_in::{ALICE, Style, laptop};
use crate::sso::person::{allow, browsers, meanwhile, signed_in, signing_in};
use crate::sso::watch::nothing_is_stored;
use kit::browser::{Browser, send};
use kit::laptop::{LOGIN, Laptop};
use kit::standin::{Fault, Operation};

/// Returns `127.0.0.1:PORT` of the link, which must have no path or query: the process list shows it to other users.
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

/// Returns the query of the valid callback, with Alice's code, which is not redeemed yet.
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

#[test]
fn wrong_ones_are_ignored_and_the_right_one_is_heard() {
    let laptop = laptop(Style::Session);
    let (output, query) = meanwhile(&laptop, "login -v", |link| {
        let (address, query) = (address(link), true_query(link));
        let (code, state) = (value(&query, "code"), value(&query, "state"));
        let callback = |query: &str| format!("GET /oauth/callback?{query} HTTP/1.1\r\n");
        let host = format!("Host: {address}\r\n\r\n");
        let other_state = state.chars().rev().collect::<String>();
        let queries = [
            "".to_owned(),
            format!("code={code}&state={other_state}"),
            format!("code={code}&state={}", &state[..20]),
            format!("code={code}"),
            format!("code={code}&state="),
            format!("state={state}"),
            "error=access_denied".to_owned(),
            format!("error=access_denied&state={other_state}"),
            format!("{query}&error=access_denied"),
            format!("{query}&code=forged"),
            format!("{query}&state={other_state}"),
            format!("{query}&st%61te={state}"),
            format!("code=%0d%0aforged&state={state}"),
        ];
        let target = format!("/oauth/callback?{query} HTTP/1.1\r\n");
        let localhost = host.replace("127.0.0.1", "localhost");
        let requests = [
            format!("GET {target}Host: evil.example\r\n\r\n"),
            format!("GET {target}{localhost}"),
            format!("GET {target}\r\n"),
            format!("GET {target}Host: a\r\n{host}"),
            format!("GET http://{address}{target}{host}"),
            format!("POST {target}Content-Length: 0\r\n{host}"),
            format!("HEAD {target}{host}"),
            format!("GET {}{host}", target.replace("/oauth", "")),
        ];
        let to_us = queries.map(|query| callback(&query) + &host);
        for request in to_us.into_iter().chain(requests) {
            let answer = send(&address, request.as_bytes());
            let answer = String::from_utf8_lossy(&answer);
            let status = answer.split(' ').nth(1);
            assert!(matches!(status, Some("400" | "404")), "{request}: {answer}");
            for secret in [code, state] {
                assert!(!answer.contains(secret), "{request}: {answer}");
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
        // None of these requests has used the code.
        let page = Browser::new().get(&format!("{link}oauth/callback?{query}"));
        assert_eq!(page.status, 200, "{page:?}");
        query
    });
    laptop.check_discretion(&output);
    says_nothing_of(&laptop, &output.ended(0).stderr, &query);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
    assert_eq!(browsers(&laptop), 1);
}

/// Checks that the text holds neither the code and state, nor the verifier, which never went through the browser.
#[track_caller]
fn says_nothing_of(laptop: &Laptop, said: &str, query: &str) {
    let redeemed = laptop.aws.first(Operation::CreateToken);
    let verifier = redeemed.parameter("codeVerifier").unwrap();
    assert!(verifier.len() >= 43);
    for secret in [value(query, "code"), value(query, "state"), verifier] {
        assert!(!said.contains(secret), "{said}");
    }
}

/// More connections than the program keeps open, each of which sends only a part of a request.
#[test]
fn slow_senders_keep_no_other_out() {
    let laptop = laptop(Style::Session);
    let (output, ()) = meanwhile(&laptop, LOGIN, |link| {
        let address = address(link);
        let slow = || {
            let mut stream = TcpStream::connect(&address).unwrap();
            let _ = stream.write_all(b"GET /oauth/callback?code=");
            stream
        };
        let slow: Vec<TcpStream> = std::iter::repeat_with(slow).take(150).collect();
        allow(link);
        drop(slow);
    });
    output.ended(0);
}

#[test]
fn a_callback_works_once() {
    let laptop = laptop(Style::Session);
    // The callback was received, but the program is still running.
    laptop.aws.set_delay(Duration::from_millis(500));
    let (output, ()) = meanwhile(&laptop, LOGIN, |link| {
        let (address, query) = (address(link), true_query(link));
        let target = format!("/oauth/callback?{query}");
        let page = Browser::new().get(&format!("http://{address}{target}"));
        assert_eq!(page.status, 200, "{page:?}");
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
    output.ended(0);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
}

/// A callback with the right state is the answer: the person, or an admin's rule, denied the request.
#[test]
fn a_refusal_ends_the_wait() {
    let with_error = |link: &str, query: &str| {
        let state = value(&true_query(link), "state").to_owned();
        Browser::new().get(&format!("{link}oauth/callback?{query}&state={state}"))
    };
    let long = format!("error={}", "e".repeat(9000));
    let steers = "error=server_error&error_description=try%20%1b%5b31mlater";
    for (title, query, status) in [
        ("the person", None, 3),
        ("another error", Some(steers), 4),
        ("a long error", Some(&*long), 1),
    ] {
        let laptop = laptop(Style::Session);
        let (output, page) = meanwhile(&laptop, LOGIN, |link| match query {
            None => Browser::new().deny(link),
            Some(query) => with_error(link, query),
        });
        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains("terminal"), "{page:?}");
        laptop.failed(output, status, title);
        nothing_is_stored(&laptop);
        assert_eq!(laptop.aws.count(Operation::CreateToken), 0);
    }
}

/// A code with the right state that is not for this sign-in: invented, or issued for another code challenge.
#[test]
fn a_code_of_another_sign_in_is_worthless() {
    let made_up: fn(&str) -> String = |link| {
        let query = true_query(link);
        format!("code=forged&state={}", value(&query, "state"))
    };
    let injected: fn(&str) -> String = |link| {
        let asked = Browser::new().get(link).location().unwrap();
        let challenge = value(asked.split_once('?').unwrap().1, "code_challenge");
        // The attacker's challenge, whose verifier only the attacker knows.
        let theirs = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let page = Browser::new().allow_only(&asked.replace(challenge, theirs), ALICE);
        let location = page.location().unwrap();
        location.split_once('?').unwrap().1.to_owned()
    };
    for (title, query) in [("made up", made_up), ("given to another", injected)] {
        let laptop = laptop(Style::Session);
        let (output, query) = meanwhile(&laptop, LOGIN, |link| {
            let query = query(link);
            Browser::new().get(&format!("{link}oauth/callback?{query}"));
            query
        });
        let output = laptop.failed(output, 3, title);
        says_nothing_of(&laptop, &output.stderr, &query);
        nothing_is_stored(&laptop);
        assert!(laptop.aws.sign_ins().is_empty());
    }
}

#[test]
fn a_code_that_cannot_be_redeemed_is_a_failure_and_no_hang() {
    let laptop = laptop(Style::Session);
    laptop
        .aws
        .misbehave(Operation::CreateToken, Fault::unavailable());
    laptop.failed(signing_in(&laptop, LOGIN), 4, "");
    nothing_is_stored(&laptop);
    laptop.aws.behave();
    signed_in(&laptop, LOGIN);
}
