//! An edited profile, another key, another STS: what was cached before is never the answer.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::cache::{entry, logged_in, logins};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};
use kit::standin::{Key, Operation, Options, Principal, ROLE_ARN, Role, Service, Trust};

/// A laptop whose role, and the one beside it, anybody of the account may assume.
fn trusting(config: &str) -> Laptop {
    let everybody = Trust::Principal("arn:aws:iam::111122223333:*".into());
    let roles = ["access", "acces2"].map(|end| Role {
        trust: everybody.clone(),
        ..Role::guide(&ROLE_ARN.replace("access", end))
    });
    let alice = || {
        Key::lasting(Principal::sso(
            "111122223333",
            "Engineer",
            "alice@example.com",
        ))
    };
    let sources = ["default", "desktop"]
        .map(|name| (name.to_owned(), alice()))
        .into();
    let laptop = Laptop::bare(Options {
        roles: roles.into(),
        sources,
        ..Options::default()
    });
    laptop.home.write(".aws/config", config);
    laptop
}

/// Edits a file so that its size and its time of change say nothing.
fn edit_unseen(path: &Path, from: &str, to: &str) {
    let before = fs::read_to_string(path).unwrap();
    let modified = fs::metadata(path).unwrap().modified().unwrap();
    let after = before.replacen(from, to, 1);
    assert_ne!(before, after);
    assert_eq!(before.len(), after.len());
    fs::write(path, after).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(modified).unwrap();
}

#[test]
fn an_edited_profile_is_never_answered_with_what_was_cached_before() {
    const CHAIN: &str = "[profile desktop]\nregion = eu-west-1\n";
    let config = &(PROFILE.to_owned() + "duration_seconds = 3600\nexternal_id = aa\n" + CHAIN);
    let role = "RoleArn";
    let cases = [
        (
            "role/apono-k8s-access",
            "role/apono-k8s-acces2",
            role,
            "arn:aws:iam::111122223333:role/apono-k8s-acces2",
        ),
        (
            "alice@example.com",
            "carol@example.com",
            "RoleSessionName",
            "carol@example.com",
        ),
        (
            "alice@example.com",
            "Alice@example.com",
            "RoleSessionName",
            "Alice@example.com",
        ),
        ("= 3600", "= 1800", "DurationSeconds", "1800"),
        ("external_id = aa", "external_id = bb", "ExternalId", "bb"),
        ("= default", "= desktop", role, ROLE_ARN),
    ];
    std::thread::scope(|scope| {
        for settled in [false, true] {
            for (from, to, parameter, value) in cases {
                scope.spawn(move || {
                    let laptop = trusting(config);
                    // Files that have just been written are not trusted to show the next change, so both must be tried.
                    std::thread::sleep(Duration::from_secs(if settled { 4 } else { 0 }));
                    laptop.succeeds(laptop.run(LOGIN));
                    laptop
                        .succeeds(laptop.run(LOGIN))
                        .explains(&["from the cache"]);
                    let header =
                        String::from_utf8_lossy(&fs::read(entry(&laptop)).unwrap()).into_owned();
                    assert_eq!(header.contains("\"stamp\":null"), !settled, "{header}");
                    edit_unseen(&laptop.home.path(".aws/config"), from, to);
                    laptop.succeeds(laptop.run(GET_TOKEN));
                    let log = laptop.aws.log();
                    let asked: Vec<_> = log
                        .iter()
                        .filter(|asked| asked.operation == Operation::AssumeRole)
                        .collect();
                    assert_eq!(asked.len(), 2, "{from} -> {to}, settled: {settled}");
                    assert_eq!(asked[1].parameter(parameter), Some(value));
                });
            }
        }
    });
}

#[test]
fn what_else_the_credentials_depend_on() {
    let laptop = logged_in();
    let other_key = Key::lasting(Principal::sso(
        "111122223333",
        "Engineer",
        "alice@example.com",
    ));
    laptop.aws.add_key(other_key.clone());
    // Another STS, another config file, another key in the credentials file.
    let url = laptop
        .aws
        .url(Service::Sts)
        .replace("127.0.0.1", "localhost");
    laptop.succeeds(laptop.run(GET_TOKEN).env("AWS_ENDPOINT_URL_STS", url));
    assert_eq!(logins(&laptop), 2);
    let copy = laptop.home.path("config");
    fs::write(&copy, PROFILE).unwrap();
    laptop.succeeds(laptop.run(GET_TOKEN).env("AWS_CONFIG_FILE", &copy));
    assert_eq!(logins(&laptop), 3);
    laptop.succeeds(laptop.run(LOGIN));
    let before = logins(&laptop);
    let keys = laptop.home.read(".aws/credentials");
    let key = laptop.aws.source("default");
    let keys = keys
        .replace(&key.access_key, &other_key.access_key)
        .replace(&key.secret, &other_key.secret)
        .replace(
            key.session_token.as_deref().unwrap(),
            other_key.session_token.as_deref().unwrap(),
        );
    laptop.home.write(".aws/credentials", keys);
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(logins(&laptop), before + 1);
    // A comment changes nothing.
    laptop
        .home
        .write(".aws/config", format!("# mine\n{PROFILE}"));
    laptop
        .succeeds(laptop.run(LOGIN))
        .explains(&["from the cache"]);
}
