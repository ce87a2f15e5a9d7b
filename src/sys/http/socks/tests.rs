//! Who gets through the proxy of this process.

use std::io::{Read as _, Write as _};

use super::*;

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

fn proxy() -> Proxy {
    Proxy {
        scheme: "socks5".to_owned(),
        address: "127.0.0.1:9".to_owned(),
        setting: "https_proxy",
        login: None,
        failed: Mutex::default(),
    }
}

#[test]
fn keys_are_equal_as_a_whole() {
    for (one, other, equal) in [("", "", true), ("ab", "ab", true), ("ab", "ac", false)] {
        assert_eq!(is_equal(one, other), equal);
    }
    assert!(!is_equal("ab", "abc") && !is_equal("abc", "ab"));
}

/// Connections that show no key are limited in number and time: who knows the key gets through.
#[test]
fn who_shows_no_key_keeps_nobody_out() {
    let runtime = runtime();
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let basic = Arc::new(Secret::new("Basic right"));
        tokio::spawn(take(listener, Arc::new(proxy()), basic));
        let before = tokio::time::Instant::now();
        let mut silent = Vec::new();
        for _ in 0..MOST_UNKNOWN + 8 {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        let started = tokio::time::Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = "CONNECT a.example:443 HTTP/1.1\r\nProxy-Authorization: Basic right\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("502"), "{answer}");
        // It waited until some of the others had to go. To connect them takes long on some systems.
        let (took, in_all) = (started.elapsed(), before.elapsed());
        assert!(
            in_all > LONGEST_UNKNOWN && took < LIMIT,
            "{in_all:?}, {took:?}"
        );
        assert_eq!(silent[0].read(&mut [0]).await.unwrap(), 0);
    });
}

/// Other users of this computer must not get through the proxy of this one.
#[test]
fn who_does_not_know_the_key_is_refused() {
    let proxy = proxy();
    let runtime = runtime();
    let unknown = Arc::new(Semaphore::new(1));
    for (key, status) in [
        ("", "403"),
        ("Proxy-Authorization: Basic eA==\r\n", "403"),
        ("Proxy-Authorization: Basic right\r\n", "502"),
    ] {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let head = format!("CONNECT a.example:443 HTTP/1.1\r\n{key}\r\n");
        let asks = std::thread::spawn(move || {
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.write_all(head.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        let stream = listener.accept().unwrap().0;
        stream.set_nonblocking(true).unwrap();
        runtime.block_on(async {
            let stream = TcpStream::from_std(stream).unwrap();
            // It is free again after each.
            let permit = unknown.clone().try_acquire_owned().unwrap();
            pass_on(stream, &proxy, "Basic right", permit)
                .await
                .unwrap();
        });
        let answer = asks.join().unwrap();
        assert!(answer.contains(status), "{key}: {answer}");
    }
    assert!(proxy.take_failure("a.example:443").is_some());
}
