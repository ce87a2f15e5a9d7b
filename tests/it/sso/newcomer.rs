//! A new person with an empty laptop: one command, one sign-in and one prompt, and kubectl works.

use crate::sources::sign_in::ALICE;
use crate::sso::chromium::chromium;
use crate::sso::person::{allow, meanwhile, signing_in, while_running};
use crate::sso::watch::wait_for;
use kit::browser::Browser;
use kit::home::Run;
use kit::laptop::Laptop;
use kit::standin::{Fault, Operation, Options, RoleCredentials, Service};
use kit::{ministack, tools};

const INSTALL: &str = "install --sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 \
    --account-id 111122223333 --sso-role-name Engineer --cluster-name prod --region eu-west-1";

/// Returns a laptop without any files; AWS is set up.
fn bare(tls: bool) -> Laptop {
    let laptop = Laptop::bare(Options {
        tls,
        ..Options::default()
    });
    std::fs::remove_dir_all(laptop.home.path(".aws")).unwrap();
    laptop
}

/// Runs the command on a terminal, with this input.
fn on_terminal(laptop: &Laptop, arguments: &str, typed: &str) -> Run {
    let command = format!("apono-login {arguments}");
    laptop.home.on_terminal(&command).input(typed)
}

#[track_caller]
fn gets_pods(laptop: &Laptop) {
    let kubectl = laptop.home.run(tools::kubectl("1.37"), ["get", "pods"]);
    let pods = kubectl.succeeds();
    assert!(pods.stdout.contains("cart-"), "{pods}");
}

#[test]
fn from_nothing_to_kubectl_get_pods() {
    let laptop = bare(true);
    laptop.aws.set_auto_consent(Some(ALICE));
    // One key press: Return.
    let install = on_terminal(&laptop, INSTALL, "\n");
    let output = install.env("BROWSER", chromium(&laptop)).succeeds();
    output.recorded("first");
    gets_pods(&laptop);
    for (operation, count) in [
        (Operation::Authorize, 1),
        (Operation::CreateToken, 1),
        (Operation::AssumeRole, 1),
        (Operation::DescribeCluster, 1),
    ] {
        assert_eq!(laptop.aws.count(operation), count, "{operation:?}");
    }

    let yes = format!("{INSTALL} --profile other --yes");
    on_terminal(&laptop, &yes, "")
        .succeeds()
        .recorded("told not to ask");

    // The next morning everything has expired.
    laptop.aws.end_sign_ins();
    laptop.succeeds(laptop.run("logout --all"));
    let get_token = laptop.run("get-token --cluster-name prod --region eu-west-1");
    laptop.fails_in_a_line(get_token, "the next morning");
    let run = laptop.run("").env("BROWSER", chromium(&laptop));
    laptop.succeeds(run).recorded("as the hint says");
    gets_pods(&laptop);
}

/// The same over SSH: a device code instead of a browser, opened on the person's own computer.
#[test]
fn the_same_over_ssh() {
    let laptop = bare(true);
    let aws = &laptop.aws;
    let file = laptop.home.path("terminal");
    let output = std::thread::scope(|scope| {
        let person = scope.spawn(|| {
            let link = wait_for("a link on the terminal", || {
                let shown = std::fs::read_to_string(&file).unwrap_or_default();
                let mut lines = shown.lines().map(str::trim);
                let link = lines.find(|line| line.starts_with("https://"));
                link.map(str::to_owned)
            });
            Browser::trusting(&aws.ca()).allow(&link, ALICE)
        });
        let run = laptop
            .home
            .on_terminal_into("terminal", &format!("apono-login {INSTALL}"));
        let run = run.env("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22");
        let run = run.env("LANG", "C.UTF-8");
        let output = run.input("\n").succeeds();
        assert_eq!(person.join().unwrap().status, 200);
        output
    });
    output.recorded("");
    assert_eq!(aws.count(Operation::Authorize), 0);
    gets_pods(&laptop);
}

/// Role credentials, AssumeRole, DescribeCluster and the check of the token by an independent AWS (ministack).
#[test]
fn the_guides_trust_policy_accepts_only_who_signed_in() {
    let others = ministack::shared();
    // The session name in the profile, and the exit status.
    for (email, status) in [("alice@example.com", 0), ("bob@example.com", 1)] {
        let laptop = bare(false);
        laptop.aws.give_role_credentials(|account, role, email| {
            assert_eq!((account, role), (ministack::ACCOUNT, "Engineer"));
            let key = others.sso_credentials(email);
            Some(RoleCredentials {
                access_key: key.access_key_id,
                secret: key.secret_access_key,
                session_token: key.session_token,
            })
        });
        let run = laptop
            .run(&format!("{INSTALL} --email {email}"))
            .env("AWS_ENDPOINT_URL_STS", others.url())
            .env("AWS_ENDPOINT_URL_EKS", others.url());
        let (output, _) = while_running(&laptop, run, allow);
        output.ended(status).recorded(email);
        if status != 0 {
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

/// A failure before anything is written: the hint changes the command, not a profile that does not exist.
#[test]
fn an_install_that_does_not_sign_in_writes_nothing() {
    let install = |role: &str| INSTALL.replace("Engineer", role) + " --yes";
    let engineer = install("Engineer");
    let laptop = bare(false);
    let nothing_written = |laptop: &Laptop| {
        assert!(!laptop.home.path(".aws/config").exists());
        assert!(laptop.cached("entry").is_empty());
    };
    let dry_run = laptop.run(&format!("{engineer} --dry-run"));
    laptop.fails(dry_run, 2, "a dry run");
    assert_eq!(laptop.aws.connections(Service::Portal), 0);
    nothing_written(&laptop);

    let (output, _) = meanwhile(&laptop, &engineer, |link| Browser::new().deny(link));
    laptop.failed(output, 3, "denied");
    nothing_written(&laptop);
    let output = signing_in(&laptop, &install("Enginer"));
    laptop.failed(output, 1, "not assigned");
    nothing_written(&laptop);

    let laptop = bare(false);
    let fault = Fault::error(400, "InvalidRequestException", "Invalid start url");
    laptop.aws.misbehave(Operation::RegisterClient, fault);
    laptop.fails(laptop.run(&engineer), 1, "a start URL that is not known");
    nothing_written(&laptop);
}
