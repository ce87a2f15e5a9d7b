//! What decides where requests go and whom they trust is named where it is the cause: custom endpoints, proxies, CA bundles, and
//! the clock.

use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};
use kit::misbehave::refusing;
use kit::standin::{Authority, Options, Service};

use super::network::answering;
use crate::sources::sign_in::{Style, laptop, sign_in};

/// The variable or key is in the error, in the hint, and in doctor's report.
#[test]
fn a_custom_endpoint_is_named() {
    let url = format!("http://{}", refusing());
    let services = "[services local]\nsts =\n  endpoint_url = URL\n".replace("URL", &url);
    let key = format!("{PROFILE}endpoint_url = {url}\n");
    let section = format!("{PROFILE}services = local\n{services}");
    for (title, config, setting) in [
        ("a variable", PROFILE, "AWS_ENDPOINT_URL"),
        ("a key", &key, "endpoint_url of profile apono-k8s-access"),
        (
            "a section",
            &section,
            "endpoint_url of sts in [services local]",
        ),
    ] {
        let laptop = Laptop::with_config(config);
        let run = |command| {
            let run = laptop.run(command).env_remove("AWS_ENDPOINT_URL_STS");
            match title {
                "a variable" => run.env("AWS_ENDPOINT_URL", &url),
                _ => run,
            }
        };
        let report = run("doctor").exits(4).stdout;
        assert!(report.contains("FAILED at network"), "{report}");
        let words = report.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words.matches(setting).count(), 2, "{report}");
        let outputs = [LOGIN, GET_TOKEN].map(|command| run(command).output());
        laptop.failed_alike(outputs, 4, title);
    }
    // A server that is no AWS.
    let laptop = Laptop::new();
    let page = answering(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    let run = laptop.run(LOGIN);
    let run = run.env("AWS_ENDPOINT_URL_STS", format!("http://{page}"));
    laptop.fails(run, 4, "another server");
}

/// The order is that of the aws CLI: `AWS_CA_BUNDLE`, `ca_bundle`, `REQUESTS_CA_BUNDLE`.
#[test]
fn the_bundle_of_requests_is_used_last() {
    let laptop = Laptop::bare(Options {
        tls: true,
        ..Options::default()
    });
    let home = &laptop.home;
    home.write("good.pem", laptop.aws.ca())
        .write("stranger.pem", Authority::new().pem())
        .write(".aws/config", PROFILE);
    let path = |file: &str| home.path(file).display().to_string();
    let (good, stranger) = (path("good.pem"), path("stranger.pem"));
    let run = || laptop.run("login --force").env_remove("AWS_CA_BUNDLE");
    laptop.succeeds(run().env("REQUESTS_CA_BUNDLE", &good));
    laptop.succeeds(
        run()
            .env("REQUESTS_CA_BUNDLE", &stranger)
            .env("AWS_CA_BUNDLE", &good),
    );
    let other = run().env("REQUESTS_CA_BUNDLE", &stranger);
    laptop.fails(other, 1, "an authority that does not know the server");
    let gone = run().env("REQUESTS_CA_BUNDLE", path("gone.pem"));
    laptop.fails(gone, 1, "a file that is not there");
    home.write(".aws/config", format!("{PROFILE}ca_bundle = {good}\n"));
    laptop.succeeds(run().env("REQUESTS_CA_BUNDLE", &stranger));
    home.write(".aws/config", format!("{PROFILE}ca_bundle = {stranger}\n"));
    laptop.fails(run().env("REQUESTS_CA_BUNDLE", &good), 1, "the profile's");
}

/// An HTTP proxy wants a password for requests without TLS, too.
#[test]
fn a_proxy_that_wants_a_password() {
    let laptop = Laptop::new();
    let proxy =
        answering(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    let run = laptop
        .run(LOGIN)
        .env("HTTP_PROXY", format!("http://{proxy}"));
    laptop.fails(run, 1, "for http");
    let run = laptop
        .run(LOGIN)
        .env("http_proxy", format!("alice:hunter2hunter2@{proxy}"));
    let output = laptop.fails(run, 1, "for http, refused");
    assert!(!output.stderr.contains("hunter2"), "{output}");
}

/// What was just issued has expired by a clock that is ahead: the clock is named, not the proxy.
#[test]
fn a_clock_that_is_ahead_of_the_access_portals() {
    let laptop = laptop(Style::Session);
    let _alice = sign_in(&laptop, Style::Session, "alice@example.com");
    // The portal's credentials live for an hour.
    // Half a minute more, so that it is two hours however long this takes.
    laptop.aws.set_clock_skew(-2 * 3600 - 30);
    let outputs = [LOGIN, GET_TOKEN].map(|command| laptop.run(command).output());
    laptop.failed_alike(outputs, 1, "");
    assert!(laptop.aws.connections(Service::Portal) > 0);
}
