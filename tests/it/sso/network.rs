//! Proxies, certificate authorities, and FIPS and dual-stack endpoints during a sign-in.

#[cfg(target_os = "linux")]
mod linux;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::sources::sign_in::{ALICE, Style, laptop_over_tls, leave_token};
use crate::sso::person::{browser, browsers, while_running};
use kit::browser::Browser;
use kit::home::{Output, Run};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::standin::{Operation, Service};

/// Hosts that only the proxy can resolve: no server listens on this port.
const PORTAL: &str = "localhost:1";
const STS: &str = "localhost:2";

/// An HTTP proxy for CONNECT, which forwards these hosts and refuses all others.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn start(names: Vec<(&'static str, SocketAddr)>, refusal: &'static str) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (names, log) = (names.clone(), Arc::clone(&log));
                std::thread::spawn(move || serve(stream, &names, refusal, &log));
            }
        });
        Proxy { address, asked }
    }

    /// Returns the requested hosts and ports since the last call, each once.
    fn hosts(&self) -> Vec<String> {
        let mut hosts = std::mem::take(&mut *self.asked.lock().unwrap());
        hosts.sort();
        hosts.dedup();
        hosts
    }

    fn of(&self, run: Run) -> Run {
        let url = format!("http://user:hunter2hunter2@{}", self.address);
        run.env("HTTPS_PROXY", url)
    }
}

fn serve(
    mut stream: TcpStream,
    names: &[(&str, SocketAddr)],
    refusal: &str,
    log: &Mutex<Vec<String>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let target = line.strip_prefix("CONNECT ").unwrap_or(&line);
    let to = target.split(' ').next().unwrap().to_owned();
    let mut header = String::new();
    while reader.read_line(&mut header).is_ok_and(|length| length > 2) {
        header.clear();
    }
    let found = names.iter().find(|(name, _)| *name == to);
    log.lock().unwrap().push(to.clone());
    let Some((_, address)) = found else {
        let answer = format!("HTTP/1.1 {refusal}\r\nContent-Length: 0\r\n\r\n");
        let _ = stream.write_all(answer.as_bytes());
        return;
    };
    let mut there = TcpStream::connect(address).unwrap();
    let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
    stream.write_all(established).unwrap();
    let (mut from_there, mut to_here) = (there.try_clone().unwrap(), stream.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_there, &mut to_here);
        let _ = to_here.shutdown(std::net::Shutdown::Both);
    });
    // Bytes that were read together with the request's head go first.
    let _ = there.write_all(reader.buffer());
    let _ = std::io::copy(&mut stream, &mut there);
    let _ = there.shutdown(std::net::Shutdown::Both);
}

fn address(laptop: &Laptop, service: Service) -> SocketAddr {
    let url = laptop.aws.url(service);
    url.split("://").nth(1).unwrap().parse().unwrap()
}

/// Opens the link as the person's browser would: not through the proxy, whose hosts it cannot resolve.
fn allow(laptop: &Laptop, link: &str) {
    let browser = Browser::trusting(&laptop.aws.ca());
    let url = browser.get(link).location().unwrap();
    let portal = laptop.aws.url(Service::Portal);
    let known = url.replace(&format!("https://{PORTAL}"), &portal);
    assert_eq!(browser.allow(&known, ALICE).status, 200, "{url}");
}

/// Runs the command; Alice signs in at the link that it opens.
fn sign_in(laptop: &Laptop, run: Run) -> Output {
    while_running(laptop, run, |link| allow(laptop, link))
        .0
        .ended(0)
}

fn behind(laptop: &Laptop, proxy: &Proxy, arguments: &str) -> Run {
    let run = laptop.run(arguments);
    proxy
        .of(run)
        .env("AWS_ENDPOINT_URL_SSO", format!("https://{PORTAL}"))
        .env("AWS_ENDPOINT_URL_SSO_OIDC", format!("https://{PORTAL}"))
        .env("AWS_ENDPOINT_URL_STS", format!("https://{STS}"))
}

#[test]
fn all_of_it_goes_through_the_proxy() {
    let laptop = laptop_over_tls();
    let names = [(PORTAL, Service::Portal), (STS, Service::Sts)];
    let names = names.map(|(name, service)| (name, address(&laptop, service)));
    let proxy = Proxy::start(names.into(), "403 Forbidden");
    let output = sign_in(&laptop, behind(&laptop, &proxy, LOGIN));
    laptop.check_discretion(output.recorded(""));
    assert_eq!(proxy.hosts(), [PORTAL, STS]);
    for operation in [
        Operation::RegisterClient,
        Operation::CreateToken,
        Operation::GetRoleCredentials,
        Operation::AssumeRole,
    ] {
        assert_eq!(laptop.aws.count(operation), 1, "{operation:?}");
    }
    // The browser's callback came over loopback, without a proxy.
    let renewal = laptop.aws.sign_ins().remove(0);
    let over = laptop.aws.let_expire(renewal);
    leave_token(&laptop, Style::Session, &over);
    laptop.succeeds(laptop.run("logout"));
    laptop.succeeds(behind(&laptop, &proxy, GET_TOKEN)).json();
    assert_eq!(proxy.hosts(), [PORTAL, STS]);
    laptop.succeeds(behind(&laptop, &proxy, "logout --sso"));
    assert_eq!(laptop.aws.count(Operation::Logout), 1);
    assert_eq!(proxy.hosts(), [PORTAL]);
}

#[test]
fn a_proxy_that_wants_a_password() {
    let laptop = laptop_over_tls();
    let refusal = "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic";
    let proxy = Proxy::start(Vec::new(), refusal);
    let browser = browser(&laptop);
    for arguments in [LOGIN, "login --device-code", "-v login"] {
        let run = proxy.of(laptop.run(arguments)).env("BROWSER", &browser);
        let output = laptop.fails(run, 1, "");
        assert!(!output.stderr.contains("hunter2"), "{output}");
    }
    assert!(!proxy.hosts().is_empty());
    assert_eq!(browsers(&laptop), 0);
    assert!(!laptop.home.path(&Style::Session.token_file()).exists());

    // Hosts in NO_PROXY are reached directly.
    let run = proxy.of(laptop.run(LOGIN)).env("NO_PROXY", "127.0.0.1");
    sign_in(&laptop, run);
    assert_eq!(proxy.hosts(), [""; 0]);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
}

#[test]
fn certificate_authorities() {
    let laptop = laptop_over_tls();
    let browser = browser(&laptop);
    let bare = |arguments: &str| laptop.run(arguments).env_remove("AWS_CA_BUNDLE");
    for arguments in [LOGIN, "login --device-code"] {
        let run = bare(arguments).env("BROWSER", &browser);
        laptop.fails(run, 1, "");
    }
    assert_eq!(browsers(&laptop), 0);
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 0);

    sign_in(&laptop, laptop.run(LOGIN));
    laptop.succeeds(laptop.run("logout --sso"));

    laptop.home.write("company.pem", laptop.aws.ca());
    let bundle = laptop.home.path("company.pem");
    let section = "[profile apono-k8s-access]\n";
    let config = laptop.home.read(".aws/config");
    assert!(config.contains(section), "{config}");
    let with = format!("{section}ca_bundle = {}\n", bundle.display());
    let config = config.replace(section, &with);
    laptop.home.write(".aws/config", config);
    sign_in(&laptop, bare(LOGIN));
    laptop.succeeds(bare("logout --sso"));
    assert_eq!(laptop.aws.count(Operation::Logout), 2);
}
