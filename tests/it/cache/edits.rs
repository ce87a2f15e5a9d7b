//! After a change of the profile, the key or the STS endpoint, old cached credentials are not used.

#[cfg(target_os = "linux")]
mod linux;

use std::fs;

use crate::cache::{logged_in, logins, logs_in_from_the_cache};
use kit::laptop::{GET_TOKEN, LOGIN, PROFILE};
use kit::standin::{Key, Principal, Service};

fn alices_key() -> Key {
    let alice = "alice@example.com";
    Key::lasting(Principal::sso("111122223333", "Engineer", alice))
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
