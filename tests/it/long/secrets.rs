//! Secrets in the arguments and the environment of other programs, and the bytes of the cache's key.
//!
//! The output of every run in these tests, and all files of every home, are searched by `kit::canary`. Core dumps: see
//! `stores::memory`.

use std::fs;

use crate::long::Tally;
use crate::sources::sign_in::{ALICE, Style, laptop as signing_in_at_sso, sign_in};
use crate::sso::person::{allow, while_running};
use kit::canary;
use kit::home::{Output, Run, apono_login};
use kit::laptop::{GET_TOKEN, INSTALL, Laptop, PROFILE, UPDATE_KUBECONFIG, files_below};
use kit::standin::{Options, base64};
use kit::tools;

const TRACE: &str = "programs.trace";

/// Returns the command under strace, which records every program that is started with its arguments and environment.
fn watched(laptop: &Laptop, words: &[&str]) -> Run {
    let strace = "strace -f -qq -v -s 1000000 --signal=none -e trace=execve -o";
    let mut all: Vec<&str> = strace.split(' ').chain([TRACE]).collect();
    all.extend(words);
    laptop.home.run(all[0], &all[1..])
}

/// Returns what is wrong with the started programs of a trace.
fn misplaced(trace: &str, to_environment: bool) -> Vec<String> {
    let mut found = Vec::new();
    for line in trace.lines().filter(|line| line.contains("execve(")) {
        let (arguments, environment) = line.split_once("], [").unwrap();
        if canary::is_in(arguments) {
            found.push(format!("in arguments: {arguments}"));
        }
        if canary::is_in(environment) && !to_environment {
            found.push(format!("in the environment of: {arguments}"));
        }
    }
    found
}

#[test]
fn no_program_gets_a_secret_except_that_of_exec() {
    let mut tally = Tally::new("secrets in arguments and environments");
    let mut check = |laptop: &Laptop, command: &str, run: &dyn Fn(Run) -> Output| {
        let _ = fs::remove_file(laptop.home.path(TRACE));
        let words: Vec<_> = [apono_login()]
            .into_iter()
            .chain(command.split(' '))
            .collect();
        let output = run(watched(laptop, &words));
        let trace = fs::read_to_string(laptop.home.path(TRACE)).unwrap();
        assert!(trace.contains("execve("), "{output}");
        let wrong = misplaced(&trace, command.starts_with("exec "));
        tally.round(match wrong.is_empty() {
            true => Ok(()),
            false => Err(format!("{command}: {}", wrong.join("\n"))),
        });
        trace
    };
    let any = |run: Run| run.output();

    // IAM Identity Center with a browser, and everything afterwards.
    let laptop = signing_in_at_sso(Style::Session);
    let trace = check(&laptop, "login", &|run| {
        while_running(&laptop, run, allow).0.ended(0)
    });
    assert!(trace.contains("/browser"), "{trace}");
    laptop.aws.set_session_seconds(300);
    for command in [
        "login --force",
        GET_TOKEN,
        UPDATE_KUBECONFIG,
        "export-credentials --format env",
        "status",
        "doctor",
        "policy check --account-id 111122223333",
        "exec -- sh -c env",
        "logout --sso",
        "uninstall --yes",
    ] {
        check(&laptop, command, &any);
    }
    assert!(
        !laptop
            .home
            .path(".aws/sso/cache")
            .read_dir()
            .unwrap()
            .any(|_| true)
    );

    // With the real tools on PATH.
    let mut laptop = signing_in_at_sso(Style::Legacy);
    laptop.home = laptop.home.with_path(tools::bin());
    sign_in(&laptop, Style::Legacy, ALICE);
    for command in [
        UPDATE_KUBECONFIG,
        "doctor",
        "policy check --account-id 111122223333",
    ] {
        check(&laptop, command, &any);
    }

    // Keys in a file, and a program that prints them.
    let laptop = Laptop::bare(Options::default());
    check(&laptop, INSTALL, &any);
    check(&laptop, "login", &|run| run.succeeds());
    let key = laptop.aws.source("default");
    let process = format!(
        r#"{{"Version": 1, "AccessKeyId": "{}", "SecretAccessKey": "{}", "SessionToken": "{}"}}"#,
        key.access_key,
        key.secret,
        key.session_token.as_ref().unwrap()
    );
    laptop.home.write("keys.json", process);
    let keys = laptop.home.path("keys.json");
    let config = format!(
        "[profile cat]\ncredential_process = cat {}\n\n{PROFILE}",
        keys.display()
    );
    laptop
        .home
        .write(".aws/config", config.replace("= default", "= cat"));
    let trace = check(&laptop, GET_TOKEN, &|run| run.succeeds());
    assert!(trace.contains("/cat\""), "{trace}");
    tally.end();
}

/// The control for the test above.
#[test]
fn a_secret_for_another_program_would_be_noticed() {
    let laptop = Laptop::new();
    let secret = &laptop.aws.source("default").secret;
    for (script, wrong) in [
        ("SECRET=$0 true", 0),
        ("SECRET=$0 sh -c :", 1),
        ("sh -c : $0", 1),
    ] {
        // Through a file, since the arguments of the shell would contain it.
        let script = format!(
            "set -- \"$(cat secret)\"; {}",
            script.replace("$0", "\"$1\"")
        );
        laptop.home.write("secret", secret);
        watched(&laptop, &["sh", "-c", &script]).succeeds();
        let trace = fs::read_to_string(laptop.home.path(TRACE)).unwrap();
        laptop.home.planted_at(laptop.home.path(TRACE));
        assert_eq!(misplaced(&trace, false).len(), wrong, "{script}: {trace}");
    }
}

/// The key of the cache, which seals all credentials, is in its file and nowhere else.
#[test]
fn the_key_of_the_cache_is_only_in_its_file() {
    let laptop = Laptop::new();
    let mut outputs = Vec::new();
    for command in [
        "login -v",
        "status -v",
        "doctor -v",
        "get-token -v --cluster-name prod --region eu-west-1",
    ] {
        outputs.push(laptop.run(command).output());
    }
    let key_file = laptop.home.path(".cache/apono-login/key");
    let key = fs::read(&key_file).unwrap();
    assert_eq!(key.len(), 32);
    let texts = [hex::encode(&key), hex::encode_upper(&key), base64(&key)];
    let is_in = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        bytes.windows(key.len()).any(|part| part == key) || texts.iter().any(|of| text.contains(of))
    };
    assert!(is_in(&fs::read(&key_file).unwrap()), "the control");
    for output in outputs {
        let told = is_in(output.stdout.as_bytes()) || is_in(output.stderr.as_bytes());
        assert!(!told, "{output}");
    }
    for file in files_below(&laptop.home.path("")) {
        assert!(
            file == key_file || !is_in(&fs::read(&file).unwrap()),
            "{}",
            file.display()
        );
    }
}
