//! Sends one HTTP/1.1 request over a plain connection, with exactly the given headers: a presigned request must carry a Host
//! header that differs from the server's address, which HTTP clients do not offer.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A response: its status and its body.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: String,
}

/// Sends GET `target` (path and query) to `address` (host:port).
pub fn get(address: &str, target: &str, headers: &[(&str, &str)]) -> Reply {
    send(address, &format!("GET {target} HTTP/1.1"), headers, "")
}

/// Sends POST `target` to `address` (host:port), with `body` as JSON.
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
        .unwrap_or_else(|| panic!("not an HTTP response: {reply:?}"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply {
        status,
        body: body.to_owned(),
    }
}
