//! Tokens that are renewed without the person, and what happens if they cannot be renewed.

#[cfg(target_os = "linux")]
mod linux;

use std::net::TcpListener;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};

use crate::sources::sign_in::{ALICE, ENGINEER, Style, laptop, leave_token, sign_in};
use crate::sso::person::{
    browser, browsers, closed_port, links, signed_in, signing_in, token_file,
};
use kit::home::patience;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, files_below, has_mode};
use kit::standin::{Fault, Operation, SignIn};

const STYLE: Style = Style::Session;

/// Expires the sign-in, which can still be renewed.
fn over(laptop: &Laptop) -> SignIn {
    let over = laptop.aws.let_expire(sign_in(laptop, STYLE, ALICE));
    leave_token(laptop, STYLE, &over);
    over
}

fn no_browser(laptop: &Laptop) {
    assert_eq!(browsers(laptop), 0);
    assert_eq!(laptop.aws.count(Operation::Authorize), 0);
}

/// Checks that the token in the file is the one that AWS issued last.
#[track_caller]
fn is_the_last_one(laptop: &Laptop, here: &serde_json::Value) {
    let there = laptop.aws.sign_ins().pop().unwrap();
    let refresh_token = there.refresh_token.as_deref();
    assert_eq!(here["refreshToken"].as_str(), refresh_token);
    assert_eq!(here["accessToken"], there.access_token);
}

#[test]
fn twenty_at_once_renew_once() {
    let name = |number: usize| format!("team-{number}");
    let profile = |number: usize| {
        let name = name(number);
        format!(
            "[profile {name}]\nrole_arn = arn:aws:iam::111122223333:role/apono-k8s-access\n\
             role_session_name = {ALICE}\nsource_profile = work\nregion = eu-west-1\n"
        )
    };
    let config: String = (0..20).map(profile).collect();
    let laptop = Laptop::with_config(STYLE.config() + &config);
    for round in 0..3 {
        let over = over(&laptop);
        laptop.aws.forget();
        laptop.aws.set_delay(Duration::from_millis(200));
        std::thread::scope(|scope| {
            for number in 0..20 {
                let (laptop, name) = (&laptop, name(number));
                scope.spawn(move || {
                    let run = laptop.run(&format!("{GET_TOKEN} --profile {name}"));
                    laptop.succeeds(run).json();
                });
            }
        });
        let count = |operation| laptop.aws.count(operation);
        assert_eq!(count(Operation::CreateToken), 1, "round {round}");
        assert_eq!(count(Operation::GetRoleCredentials), 20, "round {round}");
        let here = token_file(&laptop, STYLE);
        assert_ne!(here["refreshToken"].as_str(), over.refresh_token.as_deref());
        is_the_last_one(&laptop, &here);
        laptop.aws.behave();
        laptop.succeeds(laptop.run("logout --all"));
    }
}

#[test]
fn a_quarter_of_an_hour_ahead() {
    for (minutes, renewed) in [(20, 0), (16, 0), (14, 1), (10, 1), (1, 1)] {
        let laptop = laptop(STYLE);
        laptop.aws.set_sso_seconds(minutes * 60 + 20);
        signed_in(&laptop, LOGIN);
        laptop.succeeds(laptop.run("logout"));
        laptop.aws.set_sso_seconds(8 * 3600);
        laptop.aws.forget();
        laptop.succeeds(laptop.run(GET_TOKEN));
        let count = laptop.aws.count(Operation::CreateToken);
        assert_eq!(count, renewed, "{minutes} minutes left");
    }
}

#[test]
fn without_a_network() {
    for fault in [Fault::HangUp, Fault::unavailable(), Fault::html()] {
        let laptop = laptop(STYLE);
        laptop.aws.set_sso_seconds(600);
        signed_in(&laptop, LOGIN);
        laptop.succeeds(laptop.run("logout"));
        let before = token_file(&laptop, STYLE);
        laptop.aws.forget();
        laptop.aws.misbehave(Operation::CreateToken, fault);
        // The token is valid for ten more minutes.
        laptop.succeeds(laptop.run(GET_TOKEN)).json();
        assert!(laptop.aws.count(Operation::CreateToken) > 0);
        assert_eq!(token_file(&laptop, STYLE), before);
    }

    let laptop = laptop(STYLE);
    over(&laptop);
    laptop.aws.forget();
    let before = token_file(&laptop, STYLE);
    let browser = browser(&laptop);
    for command in [GET_TOKEN, LOGIN] {
        let run = laptop.run(command).env("BROWSER", &browser);
        let run = run.env("AWS_ENDPOINT_URL_SSO_OIDC", closed_port());
        laptop.fails(run, 4, "");
        no_browser(&laptop);
        assert_eq!(token_file(&laptop, STYLE), before);
    }
    laptop.succeeds(laptop.run(GET_TOKEN));
}

#[test]
fn a_refresh_token_that_was_revoked() {
    let laptop = laptop(STYLE);
    let over = over(&laptop);
    laptop.aws.revoke(&over);
    laptop.aws.forget();
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
    no_browser(&laptop);
    laptop.aws.forget();
    signed_in(&laptop, LOGIN);
    // One attempt to renew, then one sign-in.
    assert_eq!(laptop.aws.count(Operation::CreateToken), 2);
    assert_eq!(laptop.aws.count(Operation::Authorize), 1);
    assert_eq!(browsers(&laptop), 1);
}

/// Another tool has already used the refresh token when the request arrives, and has stored the new tokens in the file.
#[test]
fn another_tool_was_faster() {
    for command in [GET_TOKEN, LOGIN] {
        let laptop = laptop(STYLE);
        let stale = over(&laptop);
        laptop.aws.revoke(&stale);
        let theirs = laptop.aws.sign_in(ALICE, &ENGINEER);
        laptop.aws.forget();
        laptop.aws.set_delay(Duration::from_secs(1));
        let browser = browser(&laptop);
        std::thread::scope(|scope| {
            let run = laptop.run(command).env("BROWSER", &browser);
            let ours = scope.spawn(|| laptop.succeeds(run));
            while laptop.aws.count(Operation::CreateToken) == 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
            leave_token(&laptop, STYLE, &theirs);
            ours.join().unwrap();
        });
        assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
        no_browser(&laptop);
        let here = token_file(&laptop, STYLE);
        assert_eq!(here["accessToken"], theirs.access_token, "left as it is");
    }
}

#[test]
fn a_token_that_does_not_live_as_its_file_says() {
    let says_seven_hours = |renewable: bool| {
        let laptop = laptop(STYLE);
        let mut over = over(&laptop);
        if !renewable {
            laptop.aws.revoke(&over);
        }
        over.expires = Utc::now() + TimeDelta::hours(7);
        leave_token(&laptop, STYLE, &over);
        laptop.aws.forget();
        laptop
    };
    for renewable in [true, false] {
        let laptop = says_seven_hours(renewable);
        let run = laptop.run(GET_TOKEN);
        match renewable {
            true => laptop.succeeds(run),
            false => laptop.fails_in_a_line(run, ""),
        };
        assert_eq!(laptop.aws.count(Operation::CreateToken), 1, "one attempt");
        no_browser(&laptop);
    }

    let laptop = says_seven_hours(false);
    signed_in(&laptop, LOGIN);
    assert_eq!(laptop.aws.count(Operation::Authorize), 1);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);

    // If the portal refuses even a new token, the program must not sign in again and again.
    let message = "Session token not found or invalid";
    let fault = Fault::error(401, "UnauthorizedException", message);
    laptop.aws.misbehave(Operation::GetRoleCredentials, fault);
    laptop.aws.forget();
    laptop.failed(signing_in(&laptop, "login --force"), 1, "never accepted");
    assert_eq!(laptop.aws.count(Operation::Authorize), 1);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
    assert_eq!(browsers(&laptop), 1);
}

#[test]
fn a_registration_that_has_expired() {
    let laptop = laptop(STYLE);
    laptop.aws.set_registration_seconds(1800);
    laptop.aws.set_sso_seconds(60);
    signed_in(&laptop, LOGIN);
    // No attempt is made, because the file says that the registration has expired.
    let mut file = token_file(&laptop, STYLE);
    for end in ["registrationExpiresAt", "expiresAt"] {
        file[end] = "2026-01-01T00:00:00Z".into();
    }
    laptop.home.write(&STYLE.token_file(), file.to_string());
    laptop.succeeds(laptop.run("logout"));
    laptop.aws.forget();
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
    assert_eq!(laptop.aws.count(Operation::CreateToken), 0);
    signed_in(&laptop, LOGIN);
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 1);

    // AWS has deleted the registration, although the file says it is valid.
    laptop.aws.set_registration_seconds(90 * 86_400);
    laptop.succeeds(laptop.run("logout"));
    over(&laptop);
    laptop.aws.forget_clients();
    laptop.aws.forget();
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
    signed_in(&laptop, LOGIN);
    assert_eq!(laptop.aws.count(Operation::RegisterClient), 1);
}

#[test]
fn a_process_killed_while_it_renews_blocks_no_other() {
    let laptop = laptop(STYLE);
    over(&laptop);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let before = token_file(&laptop, STYLE);
    std::thread::scope(|scope| {
        let silenced = laptop.run(GET_TOKEN).env("AWS_ENDPOINT_URL_SSO_OIDC", url);
        let mut silenced = silenced.started();
        // The first process sends the request and holds the lock.
        let _connection = silent.accept().unwrap();
        scope.spawn(move || {
            std::thread::sleep(Duration::from_secs(1));
            silenced.kill().unwrap();
            silenced.wait().unwrap();
        });
        let started = Instant::now();
        laptop.succeeds(laptop.run(GET_TOKEN));
        assert!(started.elapsed() < patience(5));
    });
    assert_ne!(token_file(&laptop, STYLE), before);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);

    // AWS had rotated the token, but the process was killed before the response: a sign-in is needed; nothing hangs.
    laptop.succeeds(laptop.run("logout"));
    over(&laptop);
    laptop.aws.set_delay(Duration::from_secs(20));
    laptop.run(GET_TOKEN).killed_after(patience(1));
    laptop.aws.behave();
    let started = Instant::now();
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
    assert!(started.elapsed() < patience(5));
    signed_in(&laptop, LOGIN);
}

/// Whenever the process is killed, the file holds the old token or the new one, complete.
#[test]
fn killed_at_any_time_the_file_is_whole() {
    let laptop = laptop(STYLE);
    over(&laptop);
    let started = Instant::now();
    laptop.succeeds(laptop.run("login --force"));
    let whole = started.elapsed();
    let mut seen = [0, 0];
    for step in 1..=40 {
        let over = over(&laptop);
        laptop.run("login --force").killed_after(whole * step / 30);
        let here = token_file(&laptop, STYLE);
        let renewed = here["accessToken"] != over.access_token;
        seen[usize::from(renewed)] += 1;
        if renewed {
            is_the_last_one(&laptop, &here);
        }
        for file in files_below(&laptop.home.path(".aws/sso/cache")) {
            has_mode(&file, 0o600);
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "old and new: {seen:?}");
    over(&laptop);
    laptop.succeeds(laptop.run("login --force"));

    // The process is killed while it waits for the person.
    let before = laptop.home.read(&STYLE.token_file());
    laptop.aws.end_sign_ins();
    let run = laptop.run("login --force").env("BROWSER", browser(&laptop));
    let mut waiting = run.started();
    assert_eq!(links(&laptop, 1).len(), 1);
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    assert_eq!(laptop.home.read(&STYLE.token_file()), before);
    signed_in(&laptop, "login --force");
}

#[test]
fn a_folder_where_the_token_should_be() {
    let laptop = laptop(STYLE);
    let path = laptop.home.path(&STYLE.token_file());
    std::fs::create_dir_all(path.join("kept")).unwrap();
    laptop.fails_in_a_line(laptop.run(GET_TOKEN), "");
    let run = laptop.run(LOGIN).env("BROWSER", browser(&laptop));
    laptop.fails(run, 1, "");
    no_browser(&laptop);
    assert!(path.join("kept").is_dir());
}
