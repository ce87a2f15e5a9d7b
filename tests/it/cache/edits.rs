//! After a change of the profile, the key or the STS endpoint, old cached credentials are not used.

#[cfg(target_os = "linux")]
mod linux;

use std::fs;
use std::path::Path;

use crate::cache::{logged_in, logins, logs_in_from_the_cache};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop, PROFILE};
use kit::standin::{Key, Options, Principal, ROLE_ARN, Role, Service, Trust};

fn alices_key() -> Key {
    let alice = "alice@example.com";
    Key::lasting(Principal::sso("111122223333", "Engineer", alice))
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

#[test]
fn what_else_the_credentials_depend_on() {
    let laptop = logged_in();
    let other_key = alices_key();
    laptop.aws.add_key(other_key.clone());
    // Another STS endpoint, another config file, and another key in the credentials file.
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
    let mut keys = laptop.home.read(".aws/credentials");
    let parts = |key: &Key| {
        let session_token = key.session_token.clone().unwrap();
        [key.access_key.clone(), key.secret.clone(), session_token]
    };
    let key = parts(laptop.aws.source("default"));
    for (old, new) in key.iter().zip(parts(&other_key)) {
        keys = keys.replace(old, &new);
    }
    laptop.home.write(".aws/credentials", keys);
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(logins(&laptop), before + 1);
    // A comment does not matter.
    let commented = format!("# mine\n{PROFILE}");
    laptop.home.write(".aws/config", commented);
    logs_in_from_the_cache(&laptop, LOGIN);
}
