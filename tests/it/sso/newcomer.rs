//! A newcomer with a bare laptop: one command, one sign-in, one question, and kubectl works.

use std::time::{Duration, Instant};

use crate::sso::chromium::chromium;
use crate::sso::person::{SOON, meanwhile};
use kit::browser::{Browser, opened, record_browser};
use kit::home::Run;
use kit::laptop::Laptop;
use kit::standin::{Fault, Operation, Options, RoleCredentials, Service};
use kit::{Home, ministack, tools};

const INSTALL: &str = "install --sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 \
    --account-id 111122223333 --sso-role-name Engineer --cluster-name prod --region eu-west-1";

/// A laptop with nothing on it; AWS is there.
fn bare() -> Laptop {
    let laptop = Laptop::bare(Options {
        tls: true,
        ..Options::default()
    });
    std::fs::remove_dir_all(laptop.home.path(".aws")).unwrap();
    laptop
}

/// The command on a terminal, where the person types this. What the terminal shows is in `~/terminal`, too.
fn on_terminal(home: &Home, command: &str, typed: &str) -> Run {
    let words = ["-qefc", &format!("apono-login {command}"), "terminal"];
    home.run("script", words).input(typed)
}

/// The link that the terminal shows, as soon as it does.
fn link_on_terminal(home: &Home) -> String {
    let end = Instant::now() + SOON;
    while Instant::now() < end {
        let shown = std::fs::read_to_string(home.path("terminal")).unwrap_or_default();
        let mut lines = shown.lines().map(str::trim);
        if let Some(link) = lines.find(|line| line.starts_with("https://")) {
            return link.to_owned();
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("no link on the terminal");
}

#[test]
fn from_nothing_to_kubectl_get_pods() {
    let laptop = bare();
    laptop.aws.set_auto_consent(Some("alice@example.com"));
    // One key: return.
    let output = on_terminal(&laptop.home, INSTALL, "\n")
        .env("BROWSER", chromium(&laptop))
        .succeeds();
    for said in [
        "Sign in at https://example.awsapps.com/start in your browser",
        "alice@example.com, right? [Y/n]",
        "You are alice@example.com",
        "is the current one",
        "kubectl get pods",
    ] {
        assert!(output.stdout.contains(said), "{said}: {output}");
    }
    let pods = laptop
        .home
        .run(tools::kubectl("1.34"), ["get", "pods"])
        .succeeds();
    assert!(pods.stdout.contains("cart-"), "{pods}");
    for (operation, count) in [
        (Operation::Authorize, 1),
        (Operation::CreateToken, 1),
        (Operation::AssumeRole, 1),
        (Operation::DescribeCluster, 1),
    ] {
        assert_eq!(laptop.aws.count(operation), count, "{operation:?}");
    }

    // Asked to ask nothing, it takes what the sign-in tells.
    let output = on_terminal(
        &laptop.home,
        &format!("{INSTALL} --profile other --yes"),
        "",
    )
    .succeeds();
    assert!(!output.stdout.contains("right?"), "{output}");
    assert!(
        output.stdout.contains("You are alice@example.com"),
        "{output}"
    );

    // Next morning everything is over.
    laptop.aws.end_sign_ins();
    laptop.succeeds(laptop.run("logout"));
    laptop.fails_in_a_line(
        laptop.run("get-token --cluster-name prod --region eu-west-1"),
        "",
    );
    let run = laptop.run("").env("BROWSER", chromium(&laptop));
    laptop
        .succeeds(run)
        .explains(&["You are alice@example.com"]);
    laptop
        .home
        .run(tools::kubectl("1.34"), ["get", "pods"])
        .succeeds();
}

/// The same over SSH: a code instead of a browser, opened on the person's own computer.
#[test]
fn the_same_over_ssh() {
    let laptop = bare();
    let aws = &laptop.aws;
    let output = std::thread::scope(|scope| {
        let person = scope.spawn(|| {
            let link = link_on_terminal(&laptop.home);
            Browser::trusting(&aws.ca()).allow(&link, "alice@example.com")
        });
        let output = on_terminal(&laptop.home, INSTALL, "\n")
            .env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")
            .succeeds();
        assert_eq!(person.join().unwrap().status, 200);
        output
    });
    for said in [
        "Open this in any browser",
        "alice@example.com, right?",
        "is the current one",
        "▀",
    ] {
        assert!(output.stdout.contains(said), "{said}: {output}");
    }
    assert_eq!(aws.count(Operation::Authorize), 0);
    laptop
        .home
        .run(tools::kubectl("1.34"), ["get", "pods"])
        .succeeds();
}

/// Role credentials, AssumeRole, DescribeCluster and the token's verdict by an AWS that others wrote.
#[test]
fn the_guides_trust_policy_lets_who_signed_in_in_and_nobody_else() {
    let others = ministack::shared();
    // The name that the profile says, and how it ends.
    for (email, status) in [("alice@example.com", 0), ("bob@example.com", 1)] {
        let laptop = Laptop::bare(Options::default());
        std::fs::remove_dir_all(laptop.home.path(".aws")).unwrap();
        laptop.aws.give_role_credentials(|account, role, email| {
            assert_eq!((account, role), (ministack::ACCOUNT, "Engineer"));
            let key = others.sso_credentials(email);
            Some(RoleCredentials {
                access_key: key.access_key_id,
                secret: key.secret_access_key,
                session_token: key.session_token,
            })
        });
        let browser = record_browser(&laptop.home);
        let run = laptop
            .run(&format!("{INSTALL} --email {email}"))
            .env("AWS_ENDPOINT_URL_STS", others.url())
            .env("AWS_ENDPOINT_URL_EKS", others.url())
            .env("BROWSER", browser);
        let output = std::thread::scope(|scope| {
            let person = scope.spawn(|| {
                let links = opened(&laptop.home, SOON);
                Browser::new().allow(links.first().unwrap(), "alice@example.com")
            });
            let output = run.exits(status);
            assert_eq!(person.join().unwrap().status, 200);
            output
        });
        if status != 0 {
            output.explains(&["you may not assume", "signed in as alice@example.com"]);
            continue;
        }
        let credential = laptop
            .run("get-token --cluster-name prod --region eu-west-1")
            .env("AWS_ENDPOINT_URL_STS", others.url())
            .succeeds()
            .json();
        let review = others.review(credential["status"]["token"].as_str().unwrap());
        assert_eq!(review["authenticated"], true, "{review}");
    }
}

/// What goes wrong before anything is written is to be mended in the command, not in a profile that is not there.
#[test]
fn an_install_that_does_not_sign_in_writes_nothing() {
    let install = |role: &str| INSTALL.replace("Engineer", role) + " --yes";
    let nothing_written = |laptop: &Laptop| {
        assert!(!laptop.home.path(".aws/config").exists());
        assert!(laptop.cached("entry").is_empty());
    };
    let bare = || {
        let laptop = Laptop::bare(Options::default());
        std::fs::remove_dir_all(laptop.home.path(".aws")).unwrap();
        laptop
    };
    let laptop = bare();
    let (output, _) = meanwhile(&laptop, &install("Engineer"), |link| {
        Browser::new().deny(link)
    });
    assert_eq!(output.status.code(), Some(3), "{output}");
    output.explains(&[
        "the sign-in was refused",
        "nothing was written: run the same command again",
    ]);
    nothing_written(&laptop);

    let (output, _) = meanwhile(&laptop, &install("Enginer"), |link| {
        Browser::new().allow(link, "alice@example.com")
    });
    assert_eq!(output.status.code(), Some(1), "{output}");
    output.explains(&["yours in that account: Engineer; give --sso-role-name"]);
    nothing_written(&laptop);

    let laptop = bare();
    let fault = Fault::error(400, "InvalidRequestException", "Invalid start url");
    laptop.aws.misbehave(Operation::RegisterClient, fault);
    laptop.fails(laptop.run(&install("Engineer")), 1, "");
    nothing_written(&laptop);

    let laptop = bare();
    let dry_run = install("Engineer") + " --dry-run";
    laptop.fails(laptop.run(&dry_run), 2, "");
    assert_eq!(laptop.aws.connections(Service::Portal), 0);
    nothing_written(&laptop);
}
