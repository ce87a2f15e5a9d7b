//! No way to AWS, or somebody in the way.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use kit::home::apono_login;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::standin::{Authority, Fault, Operation, Options};

/// The address of something on loopback that answers every connection with these bytes.
fn answering(reply: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(reply);
        }
    });
    address.to_string()
}

/// An address on loopback where nobody listens.
fn refusing() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn no_way_to_sts() {
    let cases = [
        (
            "nobody listens",
            format!("http://{}", refusing()),
            "onnection refused",
        ),
        (
            "no such host",
            "https://sts.eu-west-1.invalid".to_owned(),
            "failed to lookup address",
        ),
        (
            "no TLS there",
            format!("https://{}", answering(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
            "",
        ),
        ("it hangs up", format!("http://{}", answering(b"")), ""),
        (
            "it is no HTTP",
            format!("http://{}", answering(b"SSH-2.0-OpenSSH_9.6\r\n")),
            "",
        ),
    ];
    let laptop = Laptop::new();
    for (name, url, word) in &cases {
        println!("{name}");
        for command in [LOGIN, GET_TOKEN] {
            let run = laptop.run(command).env("AWS_ENDPOINT_URL_STS", url);
            laptop.fails(run, 4, "");
        }
    }
    assert!(laptop.cached("entry").is_empty());
}

#[test]
fn a_proxy_that_wants_a_password_is_named() {
    let laptop = Laptop::bare(Options {
        tls: true,
        ..Options::default()
    });
    laptop.home.write(".aws/config", kit::laptop::PROFILE);
    let proxy = answering(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
    for (proxy, word) in [(proxy, "407"), (refusing(), "refused")] {
        let run = laptop
            .run(LOGIN)
            .env("HTTPS_PROXY", format!("http://user:hunter2hunter2@{proxy}"));
        let output = laptop.fails(run, 4, "");
        println!("{word}: {output}");
        assert!(
            !output.stderr.contains("hunter2"),
            "the proxy's password: {output}"
        );
    }
    // Loopback is not for the proxy where NO_PROXY says so.
    let run = laptop
        .run(LOGIN)
        .env("HTTPS_PROXY", format!("http://{}", refusing()))
        .env("NO_PROXY", "127.0.0.1");
    laptop.succeeds(run);
}

#[test]
fn ctrl_c_ends_it_and_leaves_nothing_behind() {
    let laptop = Laptop::new();
    laptop.aws.set_delay(Duration::from_secs(20));
    let interrupted = ["--preserve-status", "-s", "INT", "1", apono_login()];
    laptop.home.run("timeout", interrupted).exits(130);
    assert!(laptop.cached("entry").is_empty());
    assert!(laptop.cached("tmp").is_empty());
    laptop.aws.set_delay(Duration::ZERO);
    laptop.succeeds(laptop.run(LOGIN));
}

/// Requests must not quietly go elsewhere than the environment says.
#[test]
fn addresses_that_cannot_be_used_are_refused() {
    let laptop = Laptop::new();
    for (name, value) in [
        ("AWS_ENDPOINT_URL", "garbage"),
        ("AWS_ENDPOINT_URL_STS", "ftp://127.0.0.1/"),
        ("AWS_ENDPOINT_URL_STS", "https://[::1"),
        ("HTTPS_PROXY", "http://"),
        ("https_proxy", "socks5://hunter2@127.0.0.1:1"),
    ] {
        let run = laptop.run(LOGIN).env(name, value);
        let output = laptop.fails(run, 1, "");
        assert!(!output.stderr.contains("hunter2"), "{output}");
    }
}

#[test]
fn certificate_authorities() {
    let laptop = Laptop::bare(Options {
        tls: true,
        ..Options::default()
    });
    laptop.home.write(".aws/config", kit::laptop::PROFILE);
    let stranger = Authority::new().pem();
    laptop
        .home
        .write("empty.pem", "")
        .write("garbage.pem", [0xff; 100])
        .write("half.pem", "-----BEGIN CERTIFICATE-----\nMIIB");
    laptop.home.write("stranger.pem", stranger);
    std::fs::create_dir(laptop.home.path("folder.pem")).unwrap();
    let cases = [
        ("none.pem", 1, "no such file"),
        ("empty.pem", 1, "holds no PEM certificate"),
        ("garbage.pem", 1, "holds no PEM certificate"),
        ("half.pem", 1, "holds no PEM certificate"),
        ("folder.pem", 1, "is not a regular file"),
        ("stranger.pem", 4, "certificate"),
    ];
    for (file, status, word) in cases {
        let run = laptop
            .run(LOGIN)
            .env("AWS_CA_BUNDLE", laptop.home.path(file));
        laptop.fails(run, status, "");
    }
    // The system's own roots do not know the stand-in either.
    laptop.fails(laptop.run(LOGIN).env_remove("AWS_CA_BUNDLE"), 4, "");
    laptop.succeeds(laptop.run(LOGIN));
}

/// Our own limits are 15 s an attempt and 40 s a call, so this test takes as long.
#[test]
fn silence_ends() {
    let slow = Fault::Trickle(std::time::Duration::from_secs(1));
    std::thread::scope(|scope| {
        for (name, fault) in [("hangs", Fault::Hang), ("trickles", slow)] {
            scope.spawn(move || {
                let laptop = Laptop::new();
                laptop.aws.misbehave(Operation::AssumeRole, fault);
                println!("{name}: {}", laptop.fails(laptop.run(LOGIN), 4, ""));
            });
        }
    });
}
