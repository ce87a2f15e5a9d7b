//! A `credential_process` that does not end or prints too much, and files that a token is read from.

use std::time::{Duration, Instant};

use crate::sso::watch::wait_for;
use kit::home::Output;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};
use kit::standin::{Operation, Options, ROLE_ARN, Role, Trust};

const GONE: Duration = Duration::from_secs(21);
const AT_ONCE: Duration = Duration::from_secs(10);

fn with_process(command: &str) -> Laptop {
    let profile = PROFILE.replace("= default", "= process");
    Laptop::with_config(format!(
        "{profile}[profile process]\ncredential_process = {command}\n"
    ))
}

/// Returns whether a process with this command line runs.
fn runs(line: &str) -> bool {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
        .any(|found| String::from_utf8_lossy(&found).replace('\0', " ").trim() == line)
}

#[track_caller]
fn within<T>(limit: Duration, run: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let done = run();
    let took = started.elapsed();
    assert!(took < limit, "{took:?}");
    done
}

#[test]
fn one_that_does_not_end_is_killed_with_all_that_it_started() {
    // A length of sleep that no other process has.
    let line = |n: u32| format!("sleep 9{n}.{}", std::process::id());
    let cases = [
        ("it hangs", format!("{} & {}", line(1), line(2))),
        (
            "it trickles",
            format!("{} & while printf ' '; do sleep 1; done", line(3)),
        ),
        ("a child has its output", format!("{} & exit 0", line(4))),
    ];
    std::thread::scope(|scope| {
        let ended = cases.map(|(title, command)| {
            let run = move || {
                let laptop = with_process(&command);
                let output = within(GONE, || laptop.run(GET_TOKEN).output());
                (laptop, output)
            };
            (title, scope.spawn(run))
        });
        for (title, ended) in ended {
            let (laptop, output) = ended.join().unwrap();
            laptop.failed(output, 4, title);
        }
    });
    for n in 1..5 {
        wait_for("its end", || (!runs(&line(n))).then_some(()));
    }
}

/// Half a gigabyte, with less address space than that.
#[test]
fn its_output_is_limited() {
    for (title, command) in [
        ("large", "head -c 500000000 /dev/zero"),
        ("endless", "yes"),
        (
            "on stderr",
            "head -c 500000000 /dev/zero | tr '\\0' x >&2; echo the cause >&2; exit 1",
        ),
    ] {
        let laptop = with_process(command);
        let script = format!("ulimit -v 400000; exec apono-login {GET_TOKEN}");
        let run = laptop.home.run("sh", ["-c", &script]);
        let mut output = run.output();
        output.stderr = output.stderr.replace("xx", "");
        laptop.failed(output, 1, title);
    }
}

#[test]
fn at_the_root_of_a_chain() {
    let anybody = |arn: &str| Role {
        trust: Trust::Principal("arn:aws:iam::111122223333:*".into()),
        ..Role::guide(arn)
    };
    let mid = "arn:aws:iam::111122223333:role/mid";
    let laptop = Laptop::bare(Options {
        roles: vec![anybody(ROLE_ARN), anybody(mid)],
        ..Options::default()
    });
    let key = laptop.aws.source("default");
    let answer = serde_json::json!({
        "Version": 1,
        "AccessKeyId": key.access_key,
        "SecretAccessKey": key.secret,
        "SessionToken": key.session_token,
    });
    laptop.home.write("answer.json", answer.to_string());
    let profile = PROFILE.replace("= default", "= mid");
    let command = format!("cat {}", laptop.home.path("answer.json").display());
    laptop.home.write(
        ".aws/config",
        format!("{profile}[profile mid]\nrole_arn = {mid}\nsource_profile = process\n[profile process]\ncredential_process = {command}\n"),
    );
    laptop.succeeds(laptop.run(LOGIN));
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 2);
    laptop.succeeds(laptop.run(GET_TOKEN));
}

/// The SDK would wait for the pipe, and read the device, for ever.
#[test]
fn a_token_file_is_a_file() {
    let web = |laptop: &Laptop, file: &str| {
        let profile = PROFILE.replace("= default", "= web");
        let role = "arn:aws:iam::111122223333:role/ci";
        let file = match file.starts_with('/') {
            true => file.into(),
            false => laptop.home.path(file),
        };
        let config = format!(
            "{profile}[profile web]\nrole_arn = {role}\nweb_identity_token_file = {}\n",
            file.display()
        );
        laptop.home.write(".aws/config", config);
    };
    let laptop = Laptop::bare(Options::default());
    laptop.home.run("mkfifo", ["pipe"]).succeeds();
    laptop.home.write("large", "a".repeat(100_000));
    let fails = |output: Output, title: &str| drop(laptop.failed(output, 1, title));
    for file in ["pipe", "/dev/zero", "missing", "large", "."] {
        web(&laptop, file);
        let output = within(AT_ONCE, || laptop.run(GET_TOKEN).output());
        fails(output, &format!("web identity: {file}"));
    }
    let profile = PROFILE.replace(
        "source_profile = default",
        "credential_source = EcsContainer",
    );
    laptop.home.write(".aws/config", profile);
    for file in ["pipe", "/dev/zero", "missing"] {
        let run = laptop
            .run(GET_TOKEN)
            .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")
            .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file);
        let output = within(AT_ONCE, || run.output());
        fails(output, &format!("container: {file}"));
    }
    // So is a file of certificates.
    laptop.home.write(".aws/config", PROFILE);
    for (variable, file) in [
        ("SSL_CERT_FILE", "pipe"),
        ("SSL_CERT_FILE", "/dev/zero"),
        ("AWS_CA_BUNDLE", "pipe"),
    ] {
        let run = laptop.run(GET_TOKEN).env(variable, file);
        let output = within(AT_ONCE, || run.output());
        fails(output, &format!("{variable}={file}"));
    }
}
