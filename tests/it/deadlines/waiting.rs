//! Waiting for other processes, and for a network that was silent a moment ago.

use std::time::{Duration, Instant};

use crate::sso::watch::{wait_for, watched};
use kit::home::Output;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE, UPDATE_KUBECONFIG, mode};
use kit::standin::{Fault, Operation, Options, ROLE_ARN, Role};
use kit::tools;

const AT_ONCE: Duration = Duration::from_secs(10);
/// All attempts of one call.
const ATTEMPTS: usize = 3;

fn timed(run: impl FnOnce() -> Output) -> (Duration, Output) {
    let started = Instant::now();
    let output = run();
    (started.elapsed(), output)
}

fn silent() -> Laptop {
    let laptop = Laptop::new();
    laptop.aws.misbehave(Operation::AssumeRole, Fault::Hang);
    laptop
}

/// kubectl runs the plugin up to five times in a row.
#[test]
fn kubectl_waits_once_for_a_silent_server() {
    let kubectl = tools::kubectl("1.37");
    let laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    laptop.succeeds(laptop.run("logout"));
    laptop.aws.forget();
    laptop.aws.misbehave(Operation::AssumeRole, Fault::Hang);
    let (took, output) = timed(|| laptop.home.run(&kubectl, ["get", "pods"]).output());
    assert!(took < Duration::from_secs(30), "{took:?}");
    let failures = output
        .stderr
        .matches("error: could not assume role")
        .count();
    assert!(failures > 1, "{output}");
    laptop.check_discretion(&output.ended(1));
    assert!(laptop.aws.count(Operation::AssumeRole) <= ATTEMPTS);
}

#[test]
fn a_failure_is_shared_for_some_seconds() {
    let laptop = Laptop::new();
    let unavailable = || {
        laptop
            .aws
            .misbehave(Operation::AssumeRole, Fault::unavailable())
    };
    let asked = || laptop.aws.count(Operation::AssumeRole);
    unavailable();
    laptop.fails(laptop.run(GET_TOKEN), 4, "first");
    let before = asked();
    for command in [GET_TOKEN, "export-credentials"] {
        laptop.fails(laptop.run(command), 4, "again");
    }
    assert_eq!(asked(), before, "answered without a request");
    let [file] = laptop.cached("failed").try_into().unwrap();
    assert_eq!(mode(&file), 0o600);

    // Another environment or another config is another matter.
    laptop.aws.behave();
    laptop.succeeds(laptop.run(GET_TOKEN).env("NO_PROXY", "127.0.0.1"));
    assert!(laptop.cached("failed").is_empty(), "obsolete");
    laptop.succeeds(laptop.run("logout"));
    unavailable();
    laptop.fails(laptop.run(GET_TOKEN), 4, "first");
    laptop.aws.behave();
    laptop
        .home
        .write(".aws/config", format!("{PROFILE}# edited\n"));
    laptop.succeeds(laptop.run(GET_TOKEN));
    laptop.succeeds(laptop.run("logout"));

    // A person's own command tries at once.
    unavailable();
    laptop.fails(laptop.run(GET_TOKEN), 4, "first");
    let before = asked();
    laptop.fails(laptop.run(LOGIN), 4, "first");
    assert!(asked() > before);
    laptop.aws.behave();
    laptop.succeeds(laptop.run(LOGIN));
    assert!(laptop.cached("failed").is_empty());
    laptop.succeeds(laptop.run("logout"));

    // After some seconds, everybody does.
    unavailable();
    laptop.fails(laptop.run(GET_TOKEN), 4, "first");
    laptop.aws.behave();
    std::thread::sleep(Duration::from_secs(10));
    laptop.succeeds(laptop.run(GET_TOKEN));

    laptop.succeeds(laptop.run("logout"));
    unavailable();
    laptop.fails(laptop.run(GET_TOKEN), 4, "first");
    laptop.succeeds(laptop.run("logout --all"));
    assert!(laptop.cached("failed").is_empty());
}

/// Tools kill the plugin after a minute.
#[test]
fn two_processes_behind_a_silent_server_share_its_silence() {
    let laptop = silent();
    std::thread::scope(|scope| {
        let run = || timed(|| laptop.run(GET_TOKEN).output());
        let first = scope.spawn(run);
        wait_for("a request", || {
            (laptop.aws.count(Operation::AssumeRole) > 0).then_some(())
        });
        let (took, second) = scope.spawn(run).join().unwrap();
        assert!(took < Duration::from_secs(25), "{took:?}");
        let (took, first) = first.join().unwrap();
        assert!(took < Duration::from_secs(21), "{took:?}");
        laptop.failed(first, 4, "the first");
        laptop.failed(second, 4, "the second");
    });
    assert!(laptop.aws.count(Operation::AssumeRole) <= ATTEMPTS);
}

#[test]
fn a_stopped_holder_of_the_lock_is_overtaken() {
    let laptop = silent();
    let (_, (took, second)) = watched(
        &laptop,
        GET_TOKEN,
        |run| run,
        |first| {
            wait_for("a request", || {
                (laptop.aws.count(Operation::AssumeRole) > 0).then_some(())
            });
            first.signal("STOP");
            laptop.aws.behave();
            let second = timed(|| laptop.run(GET_TOKEN).output());
            first.signal("KILL");
            second
        },
    );
    assert!(took < Duration::from_secs(45), "{took:?}");
    laptop.check_discretion(&second.ended(0));
}

/// The code is asked for before the lock is taken.
#[test]
fn no_process_waits_for_the_mfa_code_of_another() {
    let role = Role {
        needs_mfa: true,
        trust: kit::standin::Trust::Principal("arn:aws:iam::111122223333:*".into()),
        ..Role::guide(ROLE_ARN)
    };
    let laptop = Laptop::bare(Options {
        roles: vec![role],
        ..Options::default()
    });
    let config = PROFILE.replace("= default", "= operator")
        + "mfa_serial = arn:aws:iam::111122223333:mfa/operator\n";
    laptop.home.write(".aws/config", config);
    // Nothing is typed on the first terminal.
    let script = "sleep 15 | script -E never -qefc 'exec apono-login' said";
    let (took, second) = std::thread::scope(|scope| {
        let first = laptop
            .home
            .run("sh", ["-c", script])
            .env("SHELL", "/bin/sh");
        scope.spawn(|| first.output());
        wait_for("the question", || {
            let said = std::fs::read_to_string(laptop.home.path("said")).unwrap_or_default();
            said.contains("MFA code").then_some(())
        });
        timed(|| {
            let second = laptop.home.on_terminal("apono-login");
            second.input("123456\n").output()
        })
    });
    assert!(took < AT_ONCE, "{took:?}");
    second.ended(0);
    laptop.succeeds(laptop.run(GET_TOKEN));
}

/// A shell waits until all processes have closed the output of a command substitution, whatever its descriptor.
#[test]
fn the_background_refresh_holds_no_descriptor_open() {
    let laptop = Laptop::new();
    laptop.aws.set_session_seconds(300);
    laptop.succeeds(laptop.run(LOGIN));
    laptop.aws.set_session_seconds(3600);
    laptop.aws.misbehave(Operation::AssumeRole, Fault::Hang);
    let script = format!("token=$(apono-login {GET_TOKEN} 3>&1 19>&1); echo ${{#token}}");
    let (took, output) = timed(|| laptop.home.run("bash", ["-c", &script]).output());
    assert!(took < AT_ONCE, "{took:?}");
    assert!(output.ended(0).stdout.trim().parse::<usize>().unwrap() > 100);
    wait_for("the refresh", || {
        (laptop.aws.count(Operation::AssumeRole) > 1).then_some(())
    });
}

/// The system's resolver cannot be interrupted; it runs in a thread that the process does not wait for.
#[test]
fn a_silent_name_server() {
    let laptop = Laptop::new();
    laptop.home.write(
        "resolv.conf",
        "nameserver 127.0.0.1\noptions timeout:30 attempts:2\n",
    );
    laptop.home.write("silent.py", "import socket, time\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.bind(('127.0.0.1', 53))\ntime.sleep(90)\n");
    let script = format!(
        "ip link set lo up; mount --bind resolv.conf /etc/resolv.conf; python3 silent.py & sleep 0.5; \
         apono-login {GET_TOKEN}; code=$?; kill $!; exit $code"
    );
    let run = laptop.home.run("unshare", ["-rmn", "sh", "-c", &script]);
    let run = run.known_as(&format!(
        "apono-login {GET_TOKEN} # with a silent name server"
    ));
    let run = run.env("AWS_ENDPOINT_URL_STS", "http://sts.example.com");
    let (took, output) = timed(|| run.output());
    laptop.failed(output, 4, "");
    assert!(
        took > Duration::from_secs(4),
        "{took:?}: the name was not found at once"
    );
    assert!(took < Duration::from_secs(22), "{took:?}");
}
