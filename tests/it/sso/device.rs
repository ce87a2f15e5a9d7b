//! With a code, in a browser anywhere; and when that is chosen without being asked for.

use std::time::{Duration, Instant};

use crate::sources::sign_in::{STYLES, Style, laptop};
use crate::sso::person::SOON;
use crate::sso::watch::{Watched, nothing_is_stored, wait_for, watched, watched_on_terminal};
use kit::browser::{Browser, opened, record_browser};
use kit::home::{Output, Run};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, mode};
use kit::standin::{Fault, Operation};

const ALICE: &str = "alice@example.com";
const DEVICE: &str = "login --device-code";

/// The link that is shown, and the code in it, which is shown beside.
fn shown(run: &Watched) -> (String, String) {
    let link = run.said("/device?user_code=");
    let (_, code) = link.split_once("user_code=").unwrap();
    assert!(run.said("It shows the code ").contains(code));
    (link.clone(), code.to_owned())
}

fn allow(run: &Watched) {
    let (link, _) = shown(run);
    assert_eq!(Browser::new().allow(&link, ALICE).status, 200);
}

/// The person does this while it waits.
fn meanwhile(laptop: &Laptop, what: impl FnOnce(&Watched) + Send) -> Output {
    let (output, ()) = watched(laptop, DEVICE, |run| run, what);
    laptop.check_discretion(&output);
    output
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(output.status.success(), "{output}");
    output.explains(&["You are alice@example.com"]);
}

#[test]
fn signed_in_with_a_code() {
    for style in STYLES {
        let laptop = laptop(style);
        for times in 1..=2 {
            let output = meanwhile(&laptop, allow);
            succeeded(&output);
            assert_eq!(mode(laptop.home.path(&style.token_file())), 0o600);
            laptop.succeeds(laptop.run(GET_TOKEN));
            assert_eq!(laptop.aws.count(Operation::Authorize), 0);
            assert_eq!(laptop.aws.count(Operation::StartDeviceAuthorization), times);
            // The next morning: the registration is still good.
            assert_eq!(laptop.aws.count(Operation::RegisterClient), 1);
            laptop.aws.end_sign_ins();
            std::fs::remove_file(laptop.home.path(&style.token_file())).unwrap();
            laptop.succeeds(laptop.run("logout"));
        }
    }
}

/// Nobody has to be asked twice for that.
#[test]
fn a_registration_that_the_service_forgot() {
    let laptop = laptop(Style::Session);
    succeeded(&meanwhile(&laptop, allow));
    laptop.aws.end_sign_ins();
    laptop.aws.forget_clients();
    laptop.succeeds(laptop.run("logout"));
    std::fs::remove_file(laptop.home.path(&Style::Session.token_file())).unwrap();
    succeeded(&meanwhile(&laptop, allow));
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 2);
}

fn polls(laptop: &Laptop) -> usize {
    laptop.aws.count(Operation::CreateToken)
}

/// Five seconds more between two questions, each time it is asked for.
#[test]
fn slower_when_asked() {
    let laptop = laptop(Style::Session);
    let slow_down = Fault::error(400, "SlowDownException", "Too many requests");
    laptop
        .aws
        .misbehave_times(Operation::CreateToken, slow_down, 1);
    let output = meanwhile(&laptop, |run| {
        let (link, _) = shown(run);
        wait_for("a first poll", || (polls(&laptop) == 1).then_some(()));
        let first = Instant::now();
        assert_eq!(Browser::new().allow(&link, ALICE).status, 200);
        wait_for("a second poll", || (polls(&laptop) == 2).then_some(()));
        assert!(first.elapsed() > Duration::from_millis(5900), "{first:?}");
    });
    succeeded(&output);
    assert_eq!(polls(&laptop), 2);
}

/// The person is at it: a network that is gone for a moment must not cost the code.
#[test]
fn trouble_between_two_polls_is_survived() {
    let faults = [
        Fault::unavailable(),
        Fault::throttling(),
        Fault::HangUp,
        Fault::error(500, "InternalServerException", "oops"),
    ];
    std::thread::scope(|scope| {
        for fault in faults {
            scope.spawn(move || {
                let laptop = laptop(Style::Session);
                let aws = &laptop.aws;
                aws.misbehave_times(Operation::CreateToken, fault.clone(), 1);
                let output = meanwhile(&laptop, |run| {
                    let (link, _) = shown(run);
                    wait_for("a poll", || (polls(&laptop) == 1).then_some(()));
                    assert_eq!(Browser::new().allow(&link, ALICE).status, 200);
                });
                println!("{fault:?}");
                succeeded(&output);
                // Not at once again, which would be polling too fast.
                assert_eq!(polls(&laptop), 2);
            });
        }
    });
}

#[test]
fn refused_by_the_person() {
    let laptop = laptop(Style::Session);
    let output = meanwhile(&laptop, |run| {
        Browser::new().deny(&shown(run).0);
    });
    assert_eq!(output.status.code(), Some(3), "{output}");
    output.explains(&[
        "error: the sign-in was refused",
        "cause: The request was denied by the user",
        "hint: ",
    ]);
    nothing_is_stored(&laptop);
}

#[test]
fn nobody_came() {
    let laptop = laptop(Style::Session);
    laptop.aws.set_device(1, 3);
    let started = Instant::now();
    let output = meanwhile(&laptop, |run| drop(shown(run)));
    assert_eq!(output.status.code(), Some(3), "{output}");
    assert!(started.elapsed() < Duration::from_secs(15));
    output.explains(&["error: you have to sign in", "cause: ", "in time", "hint: "]);
    nothing_is_stored(&laptop);
}

#[test]
fn interrupted() {
    let laptop = laptop(Style::Session);
    let output = meanwhile(&laptop, |run| {
        shown(run);
        wait_for("a poll", || (polls(&laptop) > 0).then_some(()));
        run.signal("INT");
    });
    use std::os::unix::process::ExitStatusExt as _;
    assert_eq!(output.status.signal(), Some(2), "{output}");
    nothing_is_stored(&laptop);
    succeeded(&meanwhile(&laptop, allow));
}

/// A QR code, where it can be seen.
#[test]
fn before_a_terminal() {
    let laptop = laptop(Style::Session);
    let blocks = |text: &str| text.contains('█') && text.contains('▀') && text.contains('▄');
    let (output, ()) = watched_on_terminal(&laptop, DEVICE, |run| run, allow);
    assert!(output.status.success(), "{output}");
    let shown = &output.stdout;
    assert!(shown.contains("You are alice@example.com"), "{output}");
    let (before, after) = shown.split_once("Open this in any browser").unwrap();
    assert!(blocks(before) && !blocks(after), "{output}");
    for secret in laptop.aws.secrets() {
        assert!(!shown.contains(&secret), "{output}");
    }
    let piped = meanwhile(&self::laptop(Style::Session), allow);
    assert!(!blocks(&piped.stderr), "{piped}");
}

/// While it waits, the terminal says so.
#[test]
fn a_sign_of_life() {
    let laptop = laptop(Style::Session);
    let (output, ()) = watched_on_terminal(&laptop, DEVICE, |run| run, allow);
    assert!(output.status.success(), "{output}");
    assert!(
        output.stdout.contains("Waiting for you in the browser"),
        "{output}"
    );
}

/// Where no browser of the person's may reach us.
#[test]
fn chosen_by_the_surroundings() {
    // Toolbox containers share the desktop's network: wherever the tests run, this is none that counts.
    let desktop = [("container", "flatpak"), ("DISPLAY", ":7")];
    type Variables = [(&'static str, &'static str)];
    let cases: [(&Variables, Option<&str>); 16] = [
        (&[], None),
        (&[("WAYLAND_DISPLAY", "wayland-7"), ("DISPLAY", "")], None),
        (&[("DISPLAY", "")], Some("there is no graphical desktop")),
        (
            &[("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22")],
            Some("this is an SSH session"),
        ),
        (
            &[("SSH_CLIENT", "10.0.0.1 50000 22")],
            Some("this is an SSH session"),
        ),
        (&[("SSH_TTY", "/dev/pts/7")], Some("this is an SSH session")),
        (&[("CODESPACES", "true")], Some("this is GitHub Codespaces")),
        (&[("GITPOD_WORKSPACE_ID", "x")], Some("this is Gitpod")),
        (
            &[("AWS_EXECUTION_ENV", "CloudShell")],
            Some("this is AWS CloudShell"),
        ),
        (
            &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")],
            Some("this is a pod of a cluster"),
        ),
        (
            &[("REMOTE_CONTAINERS", "true")],
            Some("this is a dev container"),
        ),
        (&[("container", "podman")], Some("this is a container")),
        (
            &[("WSL_DISTRO_NAME", "Debian")],
            Some("may not reach a port of WSL"),
        ),
        (
            &[("WSL_INTEROP", "/run/WSL/8_interop")],
            Some("may not reach a port of WSL"),
        ),
        (
            &[("BROWSER", "none")],
            Some("BROWSER says that none shall be opened"),
        ),
        // Somebody's dotfiles, on a machine without that browser.
        (
            &[("BROWSER", "no-such-browser"), ("SSH_TTY", "/dev/pts/7")],
            Some("this is an SSH session"),
        ),
    ];
    for (set, why) in cases {
        println!("{set:?}");
        let laptop = laptop(Style::Session);
        desktop_browser(&laptop);
        let refusal = Fault::error(400, "AccessDeniedException", "Not today");
        laptop
            .aws
            .misbehave(Operation::StartDeviceAuthorization, refusal);
        let prepare = |run: Run| {
            let path = format!("{}:/usr/bin:/bin", laptop.home.path("bin").display());
            let path = format!("{path}:{}", program_folder());
            let variables = desktop.iter().chain(set);
            variables.fold(run.env("PATH", path), |run, (name, value)| match *value {
                "" => run.env_remove(name),
                value => run.env(name, value),
            })
        };
        let (output, ()) = watched(&laptop, "login -v", prepare, |_| {
            if why.is_none() {
                let link = opened(&laptop.home, SOON).remove(0);
                Browser::new().deny(&link);
            }
        });
        // Either way the answer was no.
        assert_eq!(output.status.code(), Some(3), "{output}");
        output.explains(&[why.unwrap_or("authorization code")]);
        let device = laptop.aws.count(Operation::StartDeviceAuthorization);
        assert_eq!(device > 0, why.is_some(), "{output}");
        let links = opened(&laptop.home, Duration::ZERO);
        assert_eq!(links.is_empty(), why.is_some(), "{output}");
    }
}

/// An `xdg-open` that only writes down what it was to open.
fn desktop_browser(laptop: &Laptop) {
    let browser = record_browser(&laptop.home);
    let folder = laptop.home.path("bin");
    std::fs::create_dir(&folder).unwrap();
    std::fs::rename(browser, folder.join("xdg-open")).unwrap();
}

fn program_folder() -> String {
    let program = std::path::Path::new(kit::home::apono_login());
    program.parent().unwrap().display().to_string()
}

/// BROWSER is set there by editors whose browser is at the other end, with our port forwarded.
#[test]
fn a_browser_that_is_named_wins_over_the_surroundings() {
    for variable in ["SSH_CONNECTION", "CODESPACES", "WSL_DISTRO_NAME"] {
        let laptop = laptop(Style::Session);
        let browser = record_browser(&laptop.home);
        let prepare = |run: Run| run.env(variable, "x").env("BROWSER", browser);
        let (output, ()) = watched(&laptop, LOGIN, prepare, |_| {
            let link = opened(&laptop.home, SOON).remove(0);
            Browser::new().allow(&link, ALICE);
        });
        succeeded(&output);
        assert_eq!(laptop.aws.count(Operation::StartDeviceAuthorization), 0);
    }
}

/// The whole way of somebody on another machine.
#[test]
fn over_ssh() {
    let laptop = laptop(Style::Session);
    let prepare = |run: Run| run.env("SSH_CONNECTION", "10.0.0.1 50000 10.0.0.2 22");
    let (output, ()) = watched(&laptop, LOGIN, prepare, allow);
    succeeded(&output);
    laptop.check_discretion(&output);
}
