//! A real Chromium signs in, and the program intercepts the response on its way to AWS.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::saml::federation::{ALICE, BROWSERS, Federation};
use crate::sso::watch::wait_for;
use kit::idp::{Claims, Cookie, Way};
use kit::laptop::{LOGIN, mode};
use kit::standin::Role;
use kit::tools;

#[test]
fn every_way_a_response_goes_to_aws() {
    let federation = Federation::installed();
    for way in [
        Way::Plain,
        Way::Frame,
        Way::Popup,
        Way::Redirect307,
        Way::TwicePosted,
    ] {
        federation.idp.set_way(way);
        federation.idp.forget();
        let output = federation.succeeds(federation.laptop.run("login --force"));
        output.recorded(&format!("{way:?}"));
        // The browser remembers the sign-in after the first run.
        let first = usize::from(way == Way::Plain);
        assert_eq!(federation.idp.sign_ins(), first, "{way:?}");
    }
    // A request for 12 hours, then one for 1 hour.
    assert_eq!(federation.roles_assumed(), 5 * 2);
    federation.no_browser_is_left();
}

/// Shows that the test would see a request to AWS. Otherwise the tests that expect none would prove nothing.
#[test]
fn what_is_sent_to_aws_is_seen_here() {
    let federation = Federation::new();
    let browser = federation.laptop.home.path("chromium");
    let folder = federation.laptop.home.path("folder").display().to_string();
    let words = format!(
        "--user-data-dir={folder} --timeout=5000 --dump-dom https://signin.aws.amazon.com/saml"
    );
    federation
        .laptop
        .home
        .run(browser, words.split(' '))
        .output();
    assert!(federation.received().starts_with("GET /saml HTTP/1.1\r\n"));
}

#[test]
fn what_stays_behind_is_private() {
    let federation = Federation::installed();
    let script = "umask 000; exec apono-login";
    let run = federation.laptop.home.run("sh", ["-c", script]);
    federation.succeeds(run);
    assert!(!federation.remembered().is_empty());
    for folder in [
        ".local/share/apono-login",
        ".local/share/apono-login/browser",
    ] {
        let path = federation.laptop.home.path(folder);
        assert_eq!(mode(path), 0o700, "{folder}");
    }
    // The program passes one argument to the browser; the test adds the others.
    let [arguments] = federation.browsers().try_into().unwrap();
    assert!(!arguments.contains("http"), "{arguments}");

    let logout = || federation.succeeds(federation.laptop.run("logout --sso"));
    logout().recorded("");
    assert_eq!(federation.remembered().len(), 0);
    logout().recorded("again");
}

#[test]
fn another_person_signs_in() {
    let federation = Federation::installed();
    federation.idp.set_person(Some("bob@example.com"));
    federation.fails(federation.laptop.run(LOGIN), 1, "");
    assert_eq!(federation.roles_assumed(), 0);
}

#[test]
fn no_user_signs_in() {
    let federation = Federation::installed();
    federation.idp.set_person(None);
    // The person closes the window; here another process ends the browser.
    let folder = federation.laptop.home.path(BROWSERS).display().to_string();
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            let visited = || (!federation.idp.visits().is_empty()).then_some(());
            wait_for("a visit", visited);
            std::thread::sleep(Duration::from_secs(1));
            let ended = Command::new("pkill").args(["-f", &folder]).status();
            assert!(ended.unwrap().success());
        });
        federation.laptop.run(LOGIN).output()
    });
    federation.laptop.failed(output, 3, "");
    federation.no_browser_is_left();
}

#[test]
fn the_browser_ends_with_the_program() {
    let federation = Federation::installed();
    federation.idp.set_person(None);
    for signal in ["INT", "TERM", "KILL"] {
        federation.idp.forget();
        let words = ["--foreground", "-s", signal, "10", "apono-login"];
        let output = federation.laptop.home.run("timeout", words).output();
        assert!(!output.status.success(), "{output}");
        assert!(!federation.idp.visits().is_empty(), "{output}");
        federation.no_browser_is_left();
    }
    // A new browser can be started with the same folder.
    federation.idp.set_person(Some(ALICE));
    federation.succeeds(federation.laptop.run(LOGIN));
}

#[test]
fn a_session_that_ends_with_the_browser_is_asked_for_again() {
    let federation = Federation::installed();
    let hour = Duration::from_secs(3600);
    federation.idp.set_cookie(Cookie::Session(hour));
    for sign_ins in [1, 2] {
        federation.succeeds(federation.laptop.run("login --force"));
        assert_eq!(federation.idp.sign_ins(), sign_ins);
    }
}

/// Another partition has other ARNs and another AWS sign-in host.
#[test]
fn in_china() {
    let federation = Federation::new();
    let role = "arn:aws-cn:iam::111122223333:role/apono-k8s-access";
    let provider = "arn:aws-cn:iam::111122223333:saml-provider/Okta";
    let recipient = "https://cn-north-1.signin.amazonaws.cn/saml";
    let aws = &federation.laptop.aws;
    aws.put_role(Role::guide(role));
    aws.add_saml_provider(provider, &federation.idp.provider_certificate());
    aws.trust_saml_at(role, provider, recipient);
    let url = federation.idp.url();
    let install = format!("install --yes --saml-url {url} --region cn-north-1");
    let mut claims = Claims::of(ALICE);
    claims.roles = vec![(role.to_owned(), provider.to_owned())];
    claims.recipient = Some(recipient.to_owned());
    federation.idp.set_claims(claims);
    federation.succeeds(federation.laptop.run(&install));
    federation
        .succeeds(federation.laptop.run(LOGIN))
        .recorded("");
    // The response of the installation serves the login, too.
    assert_eq!(federation.browsers().len(), 1);
}

/// A virtual screen, and its display number.
struct Screen {
    server: Child,
    name: String,
}

impl Screen {
    fn new() -> Screen {
        tools::bin();
        let words = "-displayfd 1 -screen 0 1280x800x24 -nolisten tcp";
        let mut server = Command::new("/usr/bin/Xvfb")
            .args(words.split(' '))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        let stdout = server.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut number).unwrap();
        let name = format!(":{}", number.trim());
        Screen { server, name }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// On a desktop with an installed browser: a window opens and closes.
#[test]
fn in_a_window() {
    let federation = Federation::installed();
    let screen = Screen::new();
    let laptop = &federation.laptop;
    let link = laptop.home.path("bin/google-chrome");
    std::fs::create_dir(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(laptop.home.path("chromium"), &link).unwrap();
    let path = format!("{}:/usr/bin:/bin", link.parent().unwrap().display());
    let run = laptop.run(LOGIN).env("APONO_LOGIN_BROWSER", "");
    let run = run.env("DISPLAY", &screen.name).env("PATH", path);
    federation.succeeds(run).recorded("");
    let visits = federation.idp.visits();
    for visit in visits {
        assert!(!visit.user_agent.contains("Headless"), "{visit:?}");
    }
    assert_eq!(federation.browsers().len(), 1);
    federation.no_browser_is_left();
}
