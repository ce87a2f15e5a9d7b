//! AWS cannot be reached, or another server answers.

#[cfg(target_os = "linux")]
mod linux;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};
use kit::misbehave::refusing;
use kit::standin::{Authority, Fault, Operation, Options};

/// Returns the address of a local server that answers each connection with these bytes.
pub fn answering(reply: &'static [u8]) -> String {
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

fn over_tls() -> Laptop {
    let laptop = Laptop::bare(Options {
        tls: true,
        ..Options::default()
    });
    laptop.home.write(".aws/config", PROFILE);
    laptop
}

#[test]
fn no_way_to_sts() {
    let no_tls = answering(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let no_http = answering(b"SSH-2.0-OpenSSH_9.6\r\n");
    let cases = [
        ("nothing listens", format!("http://{}", refusing())),
        ("no such host", "https://sts.eu-west-1.invalid".to_owned()),
        ("no TLS there", format!("https://{no_tls}")),
        ("it hangs up", format!("http://{}", answering(b""))),
        ("not HTTP", format!("http://{no_http}")),
    ];
    let laptop = Laptop::new();
    for (title, url) in &cases {
        let run = |command| laptop.run(command).env("AWS_ENDPOINT_URL_STS", url);
        let outputs = [LOGIN, GET_TOKEN].map(|command| run(command).output());
        laptop.failed_alike(outputs, 4, title);
    }
    assert!(laptop.cached("entry").is_empty());
}

#[test]
fn a_proxy_that_wants_a_password_is_named() {
    let laptop = over_tls();
    let proxy = answering(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
    let no_proxy = refusing().to_string();
    for (status, title, user, proxy) in [
        (1, "407", "user:hunter2hunter2@", &proxy),
        (1, "407 without a password", "", &proxy),
        (4, "refused", "user:hunter2hunter2@", &no_proxy),
    ] {
        let proxy = format!("http://{user}{proxy}");
        let output = laptop.fails(laptop.run(LOGIN).env("HTTPS_PROXY", proxy), status, title);
        assert!(!output.stderr.contains("hunter2"), "{output}");
    }
    // NO_PROXY keeps requests to loopback away from the proxy.
    let run = laptop.run(LOGIN).env("NO_PROXY", "127.0.0.1");
    let run = run.env("HTTPS_PROXY", format!("http://{}", refusing()));
    laptop.succeeds(run);
}

/// Invalid endpoints in the environment are an error; requests must not go to another host instead.
#[test]
fn addresses_that_cannot_be_used_are_refused() {
    let laptop = Laptop::new();
    for (name, value) in [
        ("AWS_ENDPOINT_URL", "garbage"),
        ("AWS_ENDPOINT_URL_STS", "ftp://127.0.0.1/"),
        ("AWS_ENDPOINT_URL_STS", "https://[::1"),
        ("HTTPS_PROXY", "http://"),
        ("https_proxy", "socks4://hunter2@127.0.0.1:1"),
    ] {
        let title = format!("{name}={value}");
        let output = laptop.fails(laptop.run(LOGIN).env(name, value), 1, &title);
        assert!(!output.stderr.contains("hunter2"), "{output}");
    }
}

#[test]
fn certificate_authorities() {
    let laptop = over_tls();
    laptop
        .home
        .write("empty.pem", "")
        .write("garbage.pem", [0xff; 100])
        .write("half.pem", "-----BEGIN CERTIFICATE-----\nMIIB")
        .write("stranger.pem", Authority::new().pem());
    std::fs::create_dir(laptop.home.path("folder.pem")).unwrap();
    for (file, status) in [
        ("none.pem", 1),
        ("empty.pem", 1),
        ("garbage.pem", 1),
        ("half.pem", 1),
        ("folder.pem", 1),
        ("stranger.pem", 1),
    ] {
        let bundle = laptop.home.path(file);
        let run = laptop.run(LOGIN).env("AWS_CA_BUNDLE", bundle);
        laptop.fails(run, status, file);
    }
    let system = laptop.run(LOGIN).env_remove("AWS_CA_BUNDLE");
    laptop.fails(
        system,
        1,
        "the system's own, which do not know the stand-in",
    );
    laptop.succeeds(laptop.run(LOGIN));
}

/// The program's limits are 9 s for an attempt and 19 s for all, so this test takes that long.
#[test]
fn silence_ends() {
    let slow = Fault::Trickle(Duration::from_secs(1));
    std::thread::scope(|scope| {
        let start = |(title, fault)| {
            let run = move || {
                let laptop = Laptop::new();
                laptop.aws.misbehave(Operation::AssumeRole, fault);
                let output = laptop.run(LOGIN).output();
                (laptop, output)
            };
            (title, scope.spawn(run))
        };
        for (title, ended) in [("hangs", Fault::Hang), ("trickles", slow)].map(start) {
            let (laptop, output) = ended.join().unwrap();
            laptop.failed(output, 4, title);
        }
    });
}
