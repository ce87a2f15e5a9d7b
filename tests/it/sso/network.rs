//! Proxies, certificate authorities, FIPS and dual-stack hosts, on the way to sign in.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::sources::sign_in::{Style, laptop, leave_token};
use crate::sso::person::{browser, signing_in, token_file, while_running};
use kit::browser::{Browser, opened};
use kit::home::Run;
use kit::laptop::{GET_TOKEN, INSTALL, LOGIN, Laptop};
use kit::standin::{Operation, Options, Service};

const ALICE: &str = "alice@example.com";
/// Names that the proxy knows and nobody else: nobody listens there.
const PORTAL: &str = "localhost:1";
const STS: &str = "localhost:2";

/// An HTTP proxy for CONNECT: to these names it leads, and refuses all others.
struct Proxy {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn leading_to(names: Vec<(String, SocketAddr)>) -> Proxy {
        Proxy::start(
            names,
            b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        )
    }

    fn start(names: Vec<(String, SocketAddr)>, refusal: &'static [u8]) -> Proxy {
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

    /// Host and port of what was asked for, in order.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    /// Each once.
    fn hosts(&self) -> Vec<String> {
        let mut hosts = self.asked();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    fn of(&self, run: Run) -> Run {
        run.env(
            "HTTPS_PROXY",
            format!("http://user:hunter2hunter2@{}", self.address),
        )
    }
}

fn serve(
    mut stream: TcpStream,
    names: &[(String, SocketAddr)],
    refusal: &[u8],
    log: &Mutex<Vec<String>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let to = line
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next());
    let to = to.unwrap_or(&line).to_owned();
    let mut header = String::new();
    while reader.read_line(&mut header).is_ok_and(|length| length > 2) {
        header.clear();
    }
    let found = names.iter().find(|(name, _)| *name == to);
    log.lock().unwrap().push(to.clone());
    let Some((_, address)) = found else {
        let _ = stream.write_all(refusal);
        return;
    };
    let mut there = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .unwrap();
    let (mut from_there, mut to_here) = (there.try_clone().unwrap(), stream.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_there, &mut to_here);
        let _ = to_here.shutdown(std::net::Shutdown::Both);
    });
    // What came with the head goes first.
    let early = reader.buffer().to_vec();
    let _ = there.write_all(&early);
    let _ = std::io::copy(&mut stream, &mut there);
    let _ = there.shutdown(std::net::Shutdown::Both);
}

fn over_tls() -> Laptop {
    let laptop = Laptop::bare(Options {
        tls: true,
        ..Options::default()
    });
    laptop.home.write(".aws/config", Style::Session.config());
    laptop.succeeds(laptop.run(&format!("{INSTALL} --source-profile work")));
    laptop
}

fn address(laptop: &Laptop, service: Service) -> SocketAddr {
    let url = laptop.aws.url(service);
    url.split("://").nth(1).unwrap().parse().unwrap()
}

/// The person's browser goes where the link leads, in its own way: it does not know the proxy's names.
fn allow(laptop: &Laptop, link: &str) {
    let browser = Browser::trusting(&laptop.aws.ca());
    let url = browser.get(link).location().unwrap();
    let known = url.replace(
        &format!("https://{PORTAL}"),
        &laptop.aws.url(Service::Portal),
    );
    assert_eq!(browser.allow(&known, ALICE).status, 200, "{url}");
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
    let laptop = over_tls();
    let proxy = Proxy::leading_to(vec![
        (PORTAL.to_owned(), address(&laptop, Service::Portal)),
        (STS.to_owned(), address(&laptop, Service::Sts)),
    ]);
    let run = behind(&laptop, &proxy, LOGIN);
    let (output, ()) = while_running(&laptop, run, |link| allow(&laptop, link));
    laptop.check_discretion(&output);
    assert!(output.status.success(), "{output}");
    output.explains(&["You are alice@example.com"]);
    assert_eq!(proxy.hosts(), [PORTAL, STS]);
    for operation in [
        Operation::RegisterClient,
        Operation::CreateToken,
        Operation::GetRoleCredentials,
        Operation::AssumeRole,
    ] {
        assert_eq!(laptop.aws.count(operation), 1, "{operation:?}");
    }
    // Loopback, where the browser's answer came to, has no proxy.
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
    let laptop = over_tls();
    let refusal: &[u8] = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
    let proxy = Proxy::start(Vec::new(), refusal);
    let browser = browser(&laptop);
    for arguments in [LOGIN, "login --device-code", "-v login"] {
        let run = proxy.of(laptop.run(arguments)).env("BROWSER", &browser);
        let output = laptop.fails(run, 4, "");
        assert!(!output.stderr.contains("hunter2"), "{output}");
    }
    assert!(!proxy.asked().is_empty());
    assert_eq!(opened(&laptop.home, std::time::Duration::ZERO), [""; 0]);
    assert!(!laptop.home.path(&Style::Session.token_file()).exists());

    // Not for whom NO_PROXY names.
    let run = proxy.of(laptop.run(LOGIN)).env("NO_PROXY", "127.0.0.1");
    let (output, ()) = while_running(&laptop, run, |link| allow(&laptop, link));
    assert!(output.status.success(), "{output}");
    assert_eq!(proxy.asked(), [""; 0]);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
}

#[test]
fn certificate_authorities() {
    let laptop = over_tls();
    let browser = browser(&laptop);
    let bare = |arguments: &str| laptop.run(arguments).env_remove("AWS_CA_BUNDLE");
    for arguments in [LOGIN, "login --device-code"] {
        let run = bare(arguments).env("BROWSER", &browser);
        laptop.fails(run, 4, "");
    }
    assert_eq!(opened(&laptop.home, std::time::Duration::ZERO), [""; 0]);
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 0);

    let run = laptop.run(LOGIN);
    let (output, ()) = while_running(&laptop, run, |link| allow(&laptop, link));
    assert!(output.status.success(), "{output}");
    laptop.succeeds(laptop.run("logout --sso"));

    laptop.home.write("company.pem", laptop.aws.ca());
    let bundle = laptop.home.path("company.pem");
    let section = "[profile apono-k8s-access]\n";
    let config = laptop.home.read(".aws/config");
    assert!(config.contains(section), "{config}");
    let with = format!("{section}ca_bundle = {}\n", bundle.display());
    let config = config.replace(section, &with);
    laptop.home.write(".aws/config", config);
    let (output, ()) = while_running(&laptop, bare(LOGIN), |link| allow(&laptop, link));
    assert!(output.status.success(), "{output}");
    laptop.succeeds(bare("logout --sso"));
    assert_eq!(laptop.aws.count(Operation::Logout), 2);
}

/// What a profile or the environment asks for, and where that leads: by the SDK's own rules,
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html>.
struct Hosts {
    fips: bool,
    dual_stack: bool,
    oidc: &'static str,
    portal: &'static str,
}

const HOSTS: [Hosts; 4] = [
    Hosts {
        fips: false,
        dual_stack: false,
        oidc: "oidc.eu-west-1.amazonaws.com",
        portal: "portal.sso.eu-west-1.amazonaws.com",
    },
    Hosts {
        fips: true,
        dual_stack: false,
        oidc: "oidc-fips.eu-west-1.amazonaws.com",
        portal: "portal.sso-fips.eu-west-1.amazonaws.com",
    },
    Hosts {
        fips: false,
        dual_stack: true,
        oidc: "oidc.eu-west-1.api.aws",
        portal: "portal.sso.eu-west-1.api.aws",
    },
    Hosts {
        fips: true,
        dual_stack: true,
        oidc: "oidc-fips.eu-west-1.api.aws",
        portal: "portal.sso-fips.eu-west-1.api.aws",
    },
];

#[test]
fn fips_and_dual_stack() {
    std::thread::scope(|scope| {
        for hosts in &HOSTS {
            scope.spawn(|| check_hosts(hosts, false));
            scope.spawn(|| check_hosts(hosts, true));
        }
    });
}

fn check_hosts(hosts: &Hosts, in_profile: bool) {
    let Hosts { oidc, portal, .. } = hosts;
    let case = format!("{oidc}, in the profile: {in_profile}");
    let asked_for = |names: [&'static str; 2]| {
        let [fips, dual_stack] = names;
        let all = [(fips, hosts.fips), (dual_stack, hosts.dual_stack)];
        all.into_iter().filter(|(_, wanted)| *wanted)
    };
    let aws = |run: Run| {
        let run = run
            .env_remove("AWS_ENDPOINT_URL_SSO")
            .env_remove("AWS_ENDPOINT_URL_SSO_OIDC");
        let variables = asked_for(["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"]);
        let variables = variables.filter(|_| !in_profile);
        variables.fold(run, |run, (name, _)| run.env(name, "true"))
    };
    let laptop = laptop(Style::Session);
    let proxy = Proxy::leading_to(Vec::new());

    // A client is registered, and somebody signed in, at the stand-in.
    assert!(signing_in(&laptop, LOGIN, ALICE).status.success());
    laptop.succeeds(laptop.run("logout"));
    if in_profile {
        let keys = asked_for(["use_fips_endpoint", "use_dualstack_endpoint"]);
        let keys: String = keys.map(|(key, _)| format!("{key} = true\n")).collect();
        let mut config = laptop.home.read(".aws/config");
        for section in ["[profile work]\n", "[profile apono-k8s-access]\n"] {
            assert!(config.contains(section), "{config}");
            config = config.replace(section, &format!("{section}{keys}"));
        }
        laptop.home.write(".aws/config", config);
    }

    // Where credentials come from.
    laptop.fails(aws(proxy.of(laptop.run(LOGIN))), 4, "");
    assert_eq!(proxy.hosts(), [format!("{portal}:443")], "{case}");

    // The page the person is led to.
    let token = laptop.home.read(&Style::Session.token_file());
    let ends = token_file(&laptop, Style::Session)["expiresAt"].clone();
    let path = laptop.home.path(&Style::Session.token_file());
    std::fs::remove_file(&path).unwrap();
    let words = ["-s", "INT", "1", "apono-login", "login", "--no-browser"];
    let run = aws(proxy.of(laptop.home.run("timeout", words)));
    let output = run.env("BROWSER", browser(&laptop)).output();
    let page = format!("  https://{oidc}/authorize?response_type=code&client_id=");
    output.explains(&[&page]);
    assert_eq!(proxy.hosts(), [""; 0], "{case}: nothing to ask for that");

    // Where a client is registered, and a token renewed.
    std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
    let run = aws(proxy.of(laptop.run("login --device-code")));
    laptop.fails(run, 4, "");
    assert_eq!(proxy.hosts(), [format!("{oidc}:443")], "{case}");
    let over = token.replace(ends.as_str().unwrap(), "2026-01-01T00:00:00Z");
    laptop.home.write(&Style::Session.token_file(), over);
    laptop.fails(aws(proxy.of(laptop.run(GET_TOKEN))), 4, "");
    assert_eq!(proxy.hosts(), [format!("{oidc}:443")], "{case}");
}
