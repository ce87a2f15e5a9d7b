//! Access keys in the profile that has an SSO sign-in, or some keys of one.

#[cfg(target_os = "linux")]
mod linux;

use crate::sources::sign_in::{Style, laptop};
use kit::laptop::{LOGIN, Laptop};

const OLD: &str = "[work]
aws_access_key_id = ASIAOLD0000000000000
aws_secret_access_key = s0000000000000000000000000000000000000000
aws_session_token = old
";

/// Adds access keys that AWS does not know.
fn add_keys(laptop: &Laptop) {
    let credentials = laptop.home.read(".aws/credentials");
    laptop.home.write(".aws/credentials", credentials + OLD);
}

#[test]
fn a_part_of_one_is_not() {
    let laptop = laptop(Style::Legacy);
    add_keys(&laptop);
    let config = laptop.home.read(".aws/config");
    let config = config.replace("sso_role_name = Engineer\n", "");
    laptop.home.write(".aws/config", config);
    laptop.fails(laptop.run(LOGIN), 1, "a part");
    // None of it: the keys are named, and where they are.
    let config = laptop.home.read(".aws/config");
    let lines = config.lines().filter(|line| !line.starts_with("sso_"));
    let config: Vec<_> = lines.collect();
    laptop.home.write(".aws/config", config.join("\n") + "\n");
    laptop.fails(laptop.run(LOGIN), 1, "nothing");
}
