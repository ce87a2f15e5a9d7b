//! Two processes that renew one session of `aws login` at the same time: AWS is asked once, and nothing in the file is lost.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::sources::console;
use kit::laptop::{Laptop, PROFILE, has_mode};

const OLD: &str = "the-refresh-token-before";
const NEW: &str = "the-refresh-token-after";
/// How long AWS takes to renew.
const SLOW: Duration = Duration::from_millis(700);

/// Starts a service that renews credentials: with these keys, once for each refresh token. Returns its URL and the number of
/// requests.
fn renewing(keys: [String; 3]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (keys, counted) = (keys.clone(), Arc::clone(&counted));
            std::thread::spawn(move || answer(stream.unwrap(), &keys, &counted));
        }
    });
    (url, count)
}

fn answer(mut stream: TcpStream, [id, secret, token]: &[String; 3], counted: &AtomicUsize) {
    let mut request = Vec::new();
    let mut some = [0; 4096];
    while !String::from_utf8_lossy(&request).contains("grant") {
        match stream.read(&mut some) {
            Ok(read @ 1..) => request.extend_from_slice(&some[..read]),
            _ => return,
        }
    }
    counted.fetch_add(1, Ordering::SeqCst);
    std::thread::sleep(SLOW);
    let body = serde_json::json!({
        "accessToken": { "accessKeyId": id, "secretAccessKey": secret, "sessionToken": token },
        "tokenType": "aws_sigv4", "expiresIn": 3600, "refreshToken": NEW,
    });
    let body = body.to_string();
    let length = body.len();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    let _ = write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{body}");
}

#[test]
fn two_at_once_ask_aws_once() {
    let roles = ["a", "b"].map(|name| {
        let role = PROFILE.replace("apono-k8s-access]", &format!("{name}]"));
        role.replace("= default", "= console")
    });
    let laptop = Laptop::with_config(console::profile() + &roles.concat());
    let key = laptop.aws.source("default");
    let token = key.session_token.clone().unwrap();
    let keys = [key.access_key.clone(), key.secret.clone(), token];
    let texts = keys.each_ref().map(String::as_str);
    let (path, file) = console::file(texts, OLD, "2020-01-01T00:00:00Z");
    for wrapped in [false, true] {
        let mut file: serde_json::Value = serde_json::from_str(&file).unwrap();
        if wrapped {
            file["dpopKey"] = console::PKCS8.into();
        }
        laptop.home.write(&path, file.to_string());
        let (url, count) = renewing(keys.clone());
        std::thread::scope(|scope| {
            for name in ["a", "b"] {
                let command = format!("login --force --profile {name}");
                let run = laptop.run(&command).env("AWS_ENDPOINT_URL_SIGNIN", &url);
                let laptop = &laptop;
                scope.spawn(move || laptop.succeeds(run));
            }
        });
        assert_eq!(count.load(Ordering::SeqCst), 1, "wrapped: {wrapped}");
        let after: serde_json::Value = serde_json::from_str(&laptop.home.read(&path)).unwrap();
        assert_eq!(after["refreshToken"], NEW);
        has_mode(laptop.home.path(&path), 0o600);
    }
}
