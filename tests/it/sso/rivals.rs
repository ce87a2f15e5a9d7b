//! Other programs that renew the same SSO session: in a container with another cache directory, and AWS tools, which take no
//! lock. A refresh token works once. No user is told to sign in.

use std::fs;
use std::time::{Duration, Instant};

use crate::sources::sign_in::{
    ALICE, ENGINEER, START_URL, Style, laptop, leave_token, sign_in, stored,
};
use crate::sso::person::{signed_in, ten_minutes_left, token_file};
use kit::home::{Output, Run};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, files_below};
use kit::machine::calm;
use kit::standin::{Operation, SignIn};
use kit::tools;

const STYLE: Style = Style::Session;
const ROUNDS: usize = 12;
/// Too short for a run that waits for another tool.
const AT_ONCE: Duration = Duration::from_millis(2_400);

/// Expires the sign-in, which can still be renewed.
fn over(laptop: &Laptop) -> SignIn {
    let over = laptop.aws.let_expire(sign_in(laptop, STYLE, ALICE));
    leave_token(laptop, STYLE, &over);
    laptop.aws.forget();
    over
}

fn timed(run: impl FnOnce() -> Output) -> Duration {
    let started = Instant::now();
    run();
    started.elapsed()
}

/// Runs both at the same time and returns what the second one said.
fn with_ours<T: Send>(laptop: &Laptop, other: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        laptop.succeeds(laptop.run("login --force"));
        other.join().unwrap()
    })
}

/// A dev container, Flatpak or Snap shares `~/.aws` and has a cache directory of its own.
#[test]
fn a_container_that_shares_the_sign_in() {
    let laptop = laptop(STYLE);
    let container = laptop.home.path("container");
    for round in 0..ROUNDS {
        over(&laptop);
        laptop.aws.set_delay(Duration::from_millis(200));
        with_ours(&laptop, || {
            let run = laptop.run("login --force");
            laptop.succeeds(run.env("XDG_CACHE_HOME", &container))
        });
        laptop.aws.behave();
        let renewals = laptop.aws.count(Operation::CreateToken);
        assert_eq!(renewals, 1, "round {round}");
    }
    assert!(container.join("apono-login").is_dir());
    assert_eq!(laptop.aws.count(Operation::Authorize), 0);
}

/// Renews as the aws CLI does, once for each file that says so.
const BOTOCORE: &str = "
import os, sys, time, botocore.session, botocore.tokens
for number in range(int(sys.argv[1])):
    session = botocore.session.Session(profile='work')
    provider = botocore.tokens.SSOTokenProvider(session)
    provider._client  # This takes half a second.
    while not os.path.exists(f'go-{number}'):
        time.sleep(0.002)
    try:
        provider.load_token().get_frozen_token()
        print('ok', flush=True)
    except Exception as error:
        print(type(error).__name__, flush=True)
    open(f'done-{number}', 'w').close()
";

/// botocore keeps a token that lives on where it cannot renew it; it fails where another program has renewed an expired one.
/// The program does not fail, whoever is first.
#[test]
fn botocore_at_the_same_time() {
    let laptop = laptop(STYLE);
    let rounds = ROUNDS.to_string();
    let words = ["-c", BOTOCORE, &rounds];
    let theirs = laptop.home.run(tools::python(), words);
    let mut first_were_they = 0;
    let told = std::thread::scope(|scope| {
        let told = scope.spawn(|| theirs.output());
        for round in 0..ROUNDS {
            std::thread::sleep(Duration::from_secs(1));
            match round % 2 {
                0 => drop(over(&laptop)),
                _ => ten_minutes_left(&laptop, STYLE),
            }
            laptop.aws.forget();
            laptop.aws.set_delay(Duration::from_millis(50));
            // Each of them is a little earlier in some rounds.
            let ahead = Duration::from_millis(30 * (round as u64 / 2));
            with_ours(&laptop, || {
                std::thread::sleep(ahead);
                laptop.home.write(&format!("go-{round}"), "");
                while !laptop.home.path(&format!("done-{round}")).exists() {
                    assert!(!told.is_finished(), "botocore ended in round {round}");
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
            laptop.aws.behave();
            let asked = laptop.aws.log().into_iter();
            let mut renewals = asked.filter(|asked| asked.operation == Operation::CreateToken);
            let first = renewals.next().unwrap().user_agent.unwrap();
            first_were_they += usize::from(first.contains("Botocore"));
        }
        told.join().unwrap().ended(0)
    });
    assert_eq!(laptop.aws.count(Operation::Authorize), 0);
    for (round, line) in told.stdout.lines().enumerate() {
        assert!(line == "ok" || round % 2 == 0, "round {round}: {told}");
    }
    println!("botocore was first in {first_were_they} of {ROUNDS} rounds");
}

/// Another tool has used the refresh token, and stores the new tokens a moment after AWS has rejected ours.
#[test]
fn a_tool_that_was_faster_and_stores_later() {
    for command in [GET_TOKEN, LOGIN] {
        let laptop = laptop(STYLE);
        let stale = over(&laptop);
        laptop.aws.revoke(&stale);
        let theirs = laptop.aws.sign_in(ALICE, &ENGINEER);
        std::thread::scope(|scope| {
            let ours = scope.spawn(|| laptop.succeeds(laptop.run(command)));
            while laptop.aws.count(Operation::CreateToken) == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
            std::thread::sleep(Duration::from_secs(1));
            leave_token(&laptop, STYLE, &theirs);
            ours.join().unwrap();
        });
        assert_eq!(laptop.aws.count(Operation::Authorize), 0);
        let here = token_file(&laptop, STYLE);
        assert_eq!(here["accessToken"], theirs.access_token, "left as it is");
    }
}

/// The AWS SDK for JavaScript truncates the file and then writes it.
#[test]
fn a_tool_that_is_writing_the_file() {
    let laptop = laptop(STYLE);
    let theirs = laptop.aws.sign_in(ALICE, &ENGINEER);
    let whole = theirs.cache_file(START_URL, true);
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        laptop.home.write(&STYLE.token_file(), &whole[..length]);
        std::thread::scope(|scope| {
            let ours = scope.spawn(|| laptop.succeeds(laptop.run("login --force")));
            std::thread::sleep(Duration::from_secs(1));
            laptop.home.write(&STYLE.token_file(), &whole);
            ours.join().unwrap();
        });
    }
    assert_eq!(laptop.aws.count(Operation::CreateToken), 0);
    assert_eq!(laptop.aws.count(Operation::Authorize), 0);
}

/// Where no other tool can be at work, or has been waited for already, the person learns at once that a sign-in is needed.
#[test]
fn who_is_signed_out_waits_once_at_most() {
    let _calm = calm();
    let laptop = laptop(STYLE);
    let told = |run: Run| timed(|| run.exits(3));
    let get_token = || laptop.run(GET_TOKEN);
    assert!(told(get_token()) < AT_ONCE, "never signed in");
    assert!(stored(&laptop).is_empty());
    assert!(!laptop.home.path(".aws/sso").exists(), "nothing was made");

    let stale = over(&laptop);
    laptop.aws.revoke(&stale);
    assert!(told(get_token()) > AT_ONCE, "the first time");
    for _ in 0..3 {
        assert!(told(get_token()) < AT_ONCE, "known to be rejected");
    }
    // Another refresh token.
    let stale = over(&laptop);
    laptop.aws.revoke(&stale);
    assert!(told(get_token()) > AT_ONCE, "another one");

    let whole = stale.cache_file(START_URL, true);
    let path = laptop.home.path(&STYLE.token_file());
    for (title, file) in [
        (
            "expired, without a refresh token",
            whole.replace("refreshToken", "x"),
        ),
        ("another format", "[]".to_owned()),
    ] {
        laptop.home.write(&STYLE.token_file(), file);
        assert!(told(get_token()) < AT_ONCE, "{title}");
    }
    fs::write(&path, &whole[..20]).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    let before = std::time::SystemTime::now() - Duration::from_secs(60);
    file.set_modified(before).unwrap();
    assert!(told(get_token()) < AT_ONCE, "cut off a minute ago");
}

/// The holder of the lock hangs.
#[test]
fn a_lock_that_is_held_for_too_long() {
    let laptop = laptop(STYLE);
    over(&laptop);
    let lock = laptop.home.path(&STYLE.token_file()).with_extension("lock");
    let script = "flock \"$0\" sleep 40 >/dev/null 2>&1 & echo $! > pid; sleep 0.3";
    let words = ["-c", script, lock.to_str().unwrap()];
    laptop.home.run("sh", words).succeeds();
    let took = timed(|| laptop.fails(laptop.run(GET_TOKEN), 4, ""));
    assert!(took < Duration::from_secs(20), "{took:?}");
    laptop.home.run("sh", ["-c", "kill $(cat pid)"]).succeeds();
}

/// `aws sso logout` (aws CLI 2) loads every file of the folder as JSON and looks for `accessToken` in it.
#[test]
fn the_aws_cli_can_read_the_folder() {
    const SWEEP: &str = "
import json, os, sys
folder = os.path.expanduser('~/.aws/sso/cache')
for name in os.listdir(folder):
    try:
        with open(os.path.join(folder, name)) as file:
            contents = json.load(file)
    except Exception:
        contents = None
    if contents is not None:
        print(name, 'accessToken' in contents)
";
    let laptop = laptop(STYLE);
    signed_in(&laptop, LOGIN);
    let stale = over(&laptop);
    laptop.aws.revoke(&stale);
    laptop.succeeds(laptop.run("logout"));
    laptop.run(GET_TOKEN).exits(3);
    let folder = laptop.home.path(".aws/sso/cache");
    assert_eq!(files_below(&folder).len(), 3);
    for note in [
        "",
        "asking",
        "failed:1800000000000 rejected:0123456789abcdef",
    ] {
        let lock = laptop.home.path(&STYLE.token_file()).with_extension("lock");
        if !note.is_empty() {
            fs::write(lock, note).unwrap();
        }
        let swept = laptop.home.run(tools::python(), ["-c", SWEEP]).succeeds();
        let tokens = swept.stdout.lines().filter(|line| line.ends_with(" True"));
        assert_eq!(tokens.count(), 1, "{swept}");
    }
}
