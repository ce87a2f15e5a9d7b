//! The AWS SDK reads the sign-ins that the program stores.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::sources::sign_in::{ENGINEER_ARN, STYLES, Style, laptop};
use crate::sso::person::signed_in;
use kit::home::apono_login;
use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::standin::Operation;

/// The program `examples/whoami.rs`. Cargo builds it along with all tests, but not with a single test file.
static WHOAMI: LazyLock<PathBuf> = LazyLock::new(|| {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--example", "whoami"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.unwrap().success());
    Path::new(apono_login()).with_file_name("examples/whoami")
});

fn whoami(laptop: &Laptop) {
    let output = laptop.home.run(&*WHOAMI, ["work"]).succeeds();
    assert_eq!(output.stdout.trim_end(), ENGINEER_ARN);
}

#[test]
fn the_sdk_uses_our_sign_in() {
    for style in STYLES {
        let laptop = laptop(style);
        signed_in(&laptop, LOGIN);
        whoami(&laptop);
        assert_eq!(laptop.aws.count(Operation::CreateToken), 1, "{style:?}");
    }
}

/// The SDK renews the program's sign-in, and the program uses what the SDK stored.
#[test]
fn the_sdk_renews_our_sign_in() {
    let laptop = laptop(Style::Session);
    laptop.aws.set_sso_seconds(200);
    signed_in(&laptop, LOGIN);
    laptop.aws.set_sso_seconds(8 * 3600);
    let before = laptop.aws.count(Operation::CreateToken);
    whoami(&laptop);
    assert_eq!(laptop.aws.count(Operation::CreateToken), before + 1);
    laptop.succeeds(laptop.run("logout"));
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(laptop.aws.count(Operation::CreateToken), before + 1);
}
