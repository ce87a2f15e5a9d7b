//! SOCKS5 proxies: `https_proxy=socks5://…`, `all_proxy`, and the `proxy-url` of a kubeconfig.

#[cfg(target_os = "linux")]
mod linux;

use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE, UPDATE_KUBECONFIG};
use kit::misbehave::refusing;
use kit::socks::{Rules, Socks};
use kit::standin::{Options, Service};

/// A host that only the proxy can resolve: no server listens on this port.
const STS: &str = "localhost:2";

fn over_tls() -> Laptop {
    let laptop = Laptop::bare(Options {
        tls: true,
        ..Options::default()
    });
    laptop.home.write(".aws/config", PROFILE);
    laptop
}

fn port(laptop: &Laptop, service: Service) -> u16 {
    let url = laptop.aws.url(service);
    url.rsplit(':').next().unwrap().parse().unwrap()
}

fn to_sts(run: Run) -> Run {
    run.env("AWS_ENDPOINT_URL_STS", format!("https://{STS}"))
}

/// The proxy resolves the names, whatever the scheme says.
#[test]
fn requests_to_aws_go_through_it() {
    for (login, user) in [(None, ""), (Some(("us:er", "p@ss")), "us%3Aer:p%40ss@")] {
        for scheme in ["socks5", "socks5h"] {
            let laptop = over_tls();
            let names_lead_to = Some(port(&laptop, Service::Sts));
            let proxy = Socks::start(Rules {
                login,
                names_lead_to,
                ..Rules::default()
            });
            let url = format!("{scheme}://{user}{}", proxy.address);
            for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
                let run = to_sts(laptop.run("login --force")).env(name, &url);
                laptop.succeeds(run);
            }
            // One connection for each run.
            assert_eq!(proxy.asked(), [STS; 4], "{url}");
            // Requests to AWS only, not those to other servers.
            let run = to_sts(laptop.run("login --force")).env("HTTP_PROXY", &url);
            run.exits(4);
            assert_eq!(proxy.asked().len(), 4);
        }
    }
}

/// Endpoints without TLS, as of a LocalStack.
#[test]
fn plain_http() {
    let laptop = Laptop::new();
    let proxy = Socks::start(Rules::default());
    let url = format!("socks5h://{}", proxy.address);
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG).env("http_proxy", &url));
    let port = port(&laptop, Service::Sts);
    assert_eq!(proxy.asked()[0], format!("127.0.0.1:{port}"));
}

/// The environment of the report: hosts of no_proxy are reached directly, and what aws and kubectl do not read is no error.
#[test]
fn hosts_and_proxies_that_are_left_out() {
    // The names of variables have no case on Windows.
    let ignored = match cfg!(windows) {
        true => "Ignored ALL_PROXY",
        false => "Ignored all_proxy",
    };
    let laptop = Laptop::new();
    let run = laptop.run(LOGIN);
    let run = run.env("https_proxy", format!("socks5://{}", refusing()));
    laptop.succeeds(run.env("no_proxy", "localhost,127.0.0.0/8,::1"));
    for url in ["socks://127.0.0.1:1080/", "socks4://hunter2@127.0.0.1:1"] {
        let run = |command| laptop.run(command).env("all_proxy", url);
        let output = laptop.succeeds(run("login --force"));
        assert!(output.stderr.contains(ignored), "{output}");
        assert!(!output.stderr.contains("hunter2"), "{output}");
        let output = laptop.succeeds(run(GET_TOKEN));
        assert_eq!(output.stderr, "");
    }
    let output = laptop.run("doctor").env("all_proxy", "socks://127.0.0.1:1");
    let output = output.succeeds();
    assert!(output.stderr.contains(ignored), "{output}");
}

#[test]
fn what_it_refuses_is_said() {
    let login = Some(("alice", "right"));
    let start = |rules| Socks::start(rules).address.to_string();
    let no_user = start(Rules {
        login,
        ..Rules::default()
    });
    let wrong = format!("alice:hunter2hunter2@{no_user}");
    let unknown = start(Rules {
        reply: 4,
        ..Rules::default()
    });
    let http = super::network::answering(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let cases = [
        (4, "nothing listens", refusing().to_string()),
        (1, "it wants a password", no_user),
        (1, "it refuses the password", wrong),
        (4, "it cannot resolve the name", unknown),
        (4, "it is an HTTP proxy", http),
    ];
    let laptop = over_tls();
    for (status, title, proxy) in cases {
        let url = format!("socks5://{proxy}");
        let run = |command| laptop.run(command).env("https_proxy", &url);
        let outputs = [LOGIN, GET_TOKEN].map(|command| run(command).output());
        for output in &outputs {
            assert!(!output.stderr.contains("hunter2"), "{output}");
        }
        laptop.failed_alike(outputs, status, title);
    }
}
