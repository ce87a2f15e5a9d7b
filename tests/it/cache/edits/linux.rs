//! What needs Linux or its programs here.

use super::*;
use crate::cache::linux::entry;
use kit::laptop::Laptop;
use kit::standin::Operation;
use kit::standin::Options;
use kit::standin::ROLE_ARN;
use kit::standin::Role;
use kit::standin::Trust;
use std::path::Path;
use std::time::Duration;

#[test]
fn an_edited_profile_is_never_answered_with_what_was_cached_before() {
    const CHAIN: &str = "[profile desktop]\nregion = eu-west-1\n";
    let config = &(PROFILE.to_owned() + "duration_seconds = 3600\nexternal_id = aa\n" + CHAIN);
    let role = "RoleArn";
    let other_role = "arn:aws:iam::111122223333:role/apono-k8s-acces2";
    let [alice, carol, capital] =
        ["alice", "carol", "Alice"].map(|name| format!("{name}@example.com"));
    let cases = &[
        (ROLE_ARN, other_role, role, other_role),
        (&alice, &carol, "RoleSessionName", &carol),
        (&alice, &capital, "RoleSessionName", &capital),
        ("= 3600", "= 1800", "DurationSeconds", "1800"),
        ("external_id = aa", "external_id = bb", "ExternalId", "bb"),
        ("= default", "= desktop", role, ROLE_ARN),
    ];
    std::thread::scope(|scope| {
        for settled in [false, true] {
            for &(from, to, parameter, value) in cases {
                scope.spawn(move || {
                    let laptop = trusting(config);
                    // A file that was just written may change again unnoticed, so fresh and settled files are both tested.
                    std::thread::sleep(Duration::from_secs(if settled { 4 } else { 0 }));
                    laptop.succeeds(laptop.run(LOGIN));
                    logs_in_from_the_cache(&laptop, LOGIN);
                    let is_settled = || {
                        let header = fs::read(entry(&laptop)).unwrap();
                        !String::from_utf8_lossy(&header).contains("\"stamp\":null")
                    };
                    assert!(!settled || is_settled());
                    // On a busy computer the files may have settled already.
                    while !settled && is_settled() {
                        laptop.home.write(".aws/config", config);
                        laptop.succeeds(laptop.run("login --force"));
                    }
                    let before = logins(&laptop);
                    edit_unseen(&laptop.home.path(".aws/config"), from, to);
                    laptop.succeeds(laptop.run(GET_TOKEN));
                    let mut asked = laptop.aws.log();
                    asked.retain(|asked| asked.operation == Operation::AssumeRole);
                    assert_eq!(asked.len(), before + 1, "{from} -> {to}, {settled}");
                    assert_eq!(asked[before].parameter(parameter), Some(value));
                });
            }
        }
    });
}

/// Returns a laptop with two roles that everyone in the account may assume.
fn trusting(config: &str) -> Laptop {
    let everybody = Trust::Principal("arn:aws:iam::111122223333:*".into());
    let roles = ["access", "acces2"].map(|end| Role {
        trust: everybody.clone(),
        ..Role::guide(&ROLE_ARN.replace("access", end))
    });
    let sources = ["default", "desktop"].map(|name| (name.to_owned(), alices_key()));
    let laptop = Laptop::bare(Options {
        roles: roles.into(),
        sources: sources.into(),
        ..Options::default()
    });
    laptop.home.write(".aws/config", config);
    laptop
}

/// Edits a file without a change of its size and modification time.
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
