//! Ctrl-C while AWS does not respond: `timeout` sends it.

use std::time::Duration;

use kit::home::apono_login;
use kit::laptop::{LOGIN, Laptop};

#[test]
fn ctrl_c_ends_it_and_leaves_nothing_behind() {
    let laptop = Laptop::new();
    laptop.aws.set_delay(Duration::from_secs(20));
    let interrupted = ["--preserve-status", "-s", "INT", "1", apono_login()];
    laptop.home.run("timeout", interrupted).exits(130);
    assert!(laptop.cached("entry").is_empty());
    assert!(laptop.cached("tmp").is_empty());
    laptop.aws.set_delay(Duration::ZERO);
    laptop.succeeds(laptop.run(LOGIN));
}
