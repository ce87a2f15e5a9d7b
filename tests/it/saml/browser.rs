//! A real Chromium signs in, and the response is caught on its way to AWS.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::saml::federation::{ALICE, Federation};
use kit::idp::{Claims, Cookie, Way};
use kit::laptop::{LOGIN, mode};
use kit::standin::{Operation, Role};
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
        output.explains(&[
            "Sign in at http://127.0.0.1:",
            "says that you are alice@example.com, with one role; good for AWS until",
            "You are alice@example.com",
        ]);
        let first = way == Way::Plain;
        assert_eq!(
            federation.idp.sign_ins(),
            usize::from(first),
            "{way:?}: remembered after the first"
        );
    }
    assert_eq!(
        federation.laptop.aws.count(Operation::AssumeRoleWithSaml),
        5 * 2,
        "12 hours, then one"
    );
    federation.no_browser_is_left();
}

/// Else it would be no news that nothing was sent there.
#[test]
fn what_is_sent_to_aws_is_seen_here() {
    let federation = Federation::new();
    let browser = federation.laptop.home.path("chromium");
    let folder = federation.laptop.home.path("folder").display().to_string();
    let words = [
        format!("--user-data-dir={folder}"),
        "--timeout=5000".to_owned(),
        "--dump-dom".to_owned(),
        "https://signin.aws.amazon.com/saml".to_owned(),
    ];
    federation.laptop.home.run(browser, words).output();
    assert!(federation.received().starts_with("GET /saml HTTP/1.1\r\n"));
}

#[test]
fn what_stays_behind_is_the_persons_alone() {
    let federation = Federation::installed();
    let run = federation
        .laptop
        .home
        .run("sh", ["-c", "umask 000; exec apono-login"]);
    federation.succeeds(run);
    assert!(!federation.remembered().is_empty());
    for folder in [
        ".local/share/apono-login",
        ".local/share/apono-login/browser",
    ] {
        let path = federation.laptop.home.path(folder);
        assert_eq!(mode(path), 0o700, "{folder}");
    }
    // One argument is ours to give: the rest is the test's.
    let [arguments] = federation.browsers().try_into().unwrap();
    assert!(!arguments.contains("http"), "{arguments}");

    let output = federation.succeeds(federation.laptop.run("logout --sso"));
    output.explains(&["Forgot the credentials", "Signed out at http://127.0.0.1:"]);
    assert_eq!(federation.remembered().len(), 0);
    let output = federation.succeeds(federation.laptop.run("logout --sso"));
    output.explains(&["There was nothing to forget", "Nobody was signed in at"]);
}

#[test]
fn somebody_else_signs_in() {
    let federation = Federation::installed();
    federation.idp.set_person(Some("bob@example.com"));
    let run = federation.laptop.run(LOGIN);
    let output = federation.fails(run, 1, "");
    output.explains(&["install --email bob@example.com"]);
    assert_eq!(
        federation.laptop.aws.count(Operation::AssumeRoleWithSaml),
        0
    );
}

#[test]
fn nobody_signs_in() {
    let federation = Federation::installed();
    federation.idp.set_person(None);
    // The window is closed by the person: here by who ends the browser.
    let run = federation.laptop.run(LOGIN);
    let started = Instant::now();
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            while federation.idp.visits().is_empty() {
                assert!(started.elapsed() < Duration::from_secs(30));
                std::thread::sleep(Duration::from_millis(50));
            }
            std::thread::sleep(Duration::from_secs(1));
            let folder = federation
                .laptop
                .home
                .path(crate::saml::federation::BROWSERS);
            let folder = folder.display().to_string();
            let ended = std::process::Command::new("pkill")
                .args(["-f", &folder])
                .status();
            assert!(ended.unwrap().success());
        });
        run.exits(3)
    });
    output.explains(&[
        "error: you did not sign in",
        "the window was closed",
        "run `apono-login`",
    ]);
    federation.no_browser_is_left();
}

#[test]
fn it_is_gone_when_we_are() {
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
    // And another one can be started with the same folder.
    federation.idp.set_person(Some(ALICE));
    federation.succeeds(federation.laptop.run(LOGIN));
}

#[test]
fn a_session_that_ends_with_the_browser_is_asked_for_again() {
    let federation = Federation::installed();
    federation
        .idp
        .set_cookie(Cookie::Session(Duration::from_secs(3600)));
    for sign_ins in [1, 2] {
        federation.succeeds(federation.laptop.run("login --force"));
        assert_eq!(federation.idp.sign_ins(), sign_ins);
    }
}

/// Another partition has other names for everything, and AWS's sign-in is somewhere else.
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
        .explains(&[role]);
    assert_eq!(federation.browsers().len(), 2);
}

/// A screen that nobody looks at, and its number.
struct Screen {
    server: Child,
    name: String,
}

impl Screen {
    fn new() -> Screen {
        tools::bin();
        let mut server = Command::new("/usr/bin/Xvfb")
            .args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                "1280x800x24",
                "-nolisten",
                "tcp",
            ])
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

/// On a desktop, with the browser that is found there: a window opens, and closes.
#[test]
fn in_a_window() {
    let federation = Federation::installed();
    let screen = Screen::new();
    let laptop = &federation.laptop;
    let link = laptop.home.path("bin/google-chrome");
    std::fs::create_dir(link.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(laptop.home.path("chromium"), &link).unwrap();
    let path = format!("{}:/usr/bin:/bin", link.parent().unwrap().display());
    let run = laptop.run("login --verbose");
    let run = run
        .env("APONO_LOGIN_BROWSER", "")
        .env("DISPLAY", &screen.name);
    let output = federation.succeeds(run.env("PATH", path));
    output.explains(&[
        "in the window that opens now",
        "bin/google-chrome",
        "You are alice@example.com",
    ]);
    let visits = federation.idp.visits();
    assert!(
        visits
            .iter()
            .all(|visit| !visit.user_agent.contains("Headless")),
        "{visits:?}"
    );
    federation.no_browser_is_left();
}
