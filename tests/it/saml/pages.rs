//! Pages that wait for the user. After some seconds the terminal says what the window shows.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::{ServerConnection, StreamOwned};

use crate::saml::federation::Federation;
use crate::sso::watch::wait_for;
use kit::home::Run;
use kit::standin::Authority;

/// Logs in with this browser, or the usual one. The window is closed once the terminal has told this page.
#[track_caller]
fn told(federation: &Federation, browser: Option<PathBuf>, page: &str) {
    let prepare = |run: Run| match browser {
        Some(browser) => run.env("APONO_LOGIN_BROWSER", browser),
        None => run,
    };
    let output = federation.window_closed_once(prepare, |run| {
        let started = || (!federation.browsers().is_empty()).then_some(());
        wait_for("a browser", started);
        let line = run.said("The browser window shows ");
        assert!(line.ends_with(page), "{line}");
    });
    federation.laptop.failed(output, 3, "");
    federation.no_browser_is_left();
}

#[test]
fn an_error_page_of_the_identity_provider() {
    let federation = Federation::installed();
    federation.idp.set_failing(true);
    let url = federation.idp.url();
    let origin = url.split("/app").next().unwrap();
    told(&federation, None, &format!("\"Example Inc.\" at {origin}"));
}

/// Installs with this link of an identity provider, and returns a browser that checks certificates, unlike the usual one of the
/// tests.
fn at(federation: &Federation, url: &str) -> PathBuf {
    let home = &federation.laptop.home;
    let install = federation.install_command();
    let install = install.replace(&federation.idp.url(), url);
    federation.laptop.succeeds(federation.laptop.run(&install));
    let lenient = home.read("chromium");
    let strict = lenient.replace("--ignore-certificate-errors ", "");
    assert_ne!(strict, lenient);
    let (_, strict) = strict.split_once('\n').unwrap();
    home.program("strict", strict)
}

/// A server whose certificate no browser trusts.
fn self_signed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Authority::new().server();
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            std::thread::spawn(move || {
                let mut stream = StreamOwned::new(session, connection);
                let _ = std::io::copy(&mut stream, &mut std::io::sink());
            });
        }
    });
    address
}

#[test]
fn a_warning_of_the_certificate() {
    let federation = Federation::new();
    let address = self_signed();
    let browser = at(&federation, &format!("https://{address}/app/exk1"));
    let page = format!("\"Privacy error\" at https://{address}");
    told(&federation, Some(browser), &page);
}

#[test]
fn an_identity_provider_that_is_not_reached() {
    let federation = Federation::new();
    let port = crate::sso::person::closed_port();
    let port = port.rsplit(':').next().unwrap();
    let browser = at(&federation, &format!("http://127.0.0.1:{port}/app/exk1"));
    let page = format!("an error of the browser (can it reach http://127.0.0.1:{port}?)");
    told(&federation, Some(browser), &page);
}
