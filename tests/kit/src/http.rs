//! One HTTP/1.1 request over a plain connection, with exactly the headers given: a presigned request must be sent with a
//! Host that is not where it goes, which no HTTP client offers.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A reply: its status and everything after the head.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: String,
}

/// GETs `target` (path and query) from `address` (host:port).
pub fn get(address: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
    send(address, &format!("GET {target} HTTP/1.1"), headers, "")
}

/// POSTs `body` as JSON to `target` at `address` (host:port).
pub fn post_json(address: &str, target: &str, body: &serde_json::Value) -> Reply {
    let headers = [("Host", address), ("Content-Type", "application/json")];
    send(
        address,
        &format!("POST {target} HTTP/1.1"),
        &headers,
        &body.to_string(),
    )
}

fn send(address: &str, first_line: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    let mut connection = TcpStream::connect(address).unwrap();
    connection
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut request = format!(
        "{first_line}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    connection
        .write_all(format!("{request}\r\n{body}").as_bytes())
        .unwrap();
    let mut reply = String::new();
    connection.read_to_string(&mut reply).unwrap();
    let (head, body) = reply
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no HTTP reply: {reply:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply {
        status,
        body: body.to_owned(),
    }
}
