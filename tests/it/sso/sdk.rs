//! The AWS SDK's own reading of the sign-ins that we leave.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use crate::sources::sign_in::{STYLES, Style, laptop};
use crate::sso::person::signing_in;
use kit::home::{Run, apono_login};
use kit::laptop::{GET_TOKEN, LOGIN, Laptop};
use kit::standin::Operation;

const ALICE: &str = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Engineer_0123456789abcdef/alice@example.com";

/// `examples/whoami.rs`. Cargo builds it along with all tests, and not with this file alone.
static WHOAMI: LazyLock<PathBuf> = LazyLock::new(|| {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--example", "whoami"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.unwrap().success());
    Path::new(apono_login()).with_file_name("examples/whoami")
});

fn whoami(laptop: &Laptop) -> Run {
    laptop.home.run(&*WHOAMI, ["work"])
}

#[test]
fn the_sdk_uses_our_sign_in() {
    for style in STYLES {
        let laptop = laptop(style);
        let output = signing_in(&laptop, LOGIN, "alice@example.com");
        assert!(output.status.success(), "{output}");
        assert_eq!(whoami(&laptop).succeeds().stdout.trim_end(), ALICE);
        assert_eq!(laptop.aws.count(Operation::CreateToken), 1, "{style:?}");
    }
}

/// The SDK renews from what we wrote, and we take up what it wrote.
#[test]
fn the_sdk_renews_our_sign_in() {
    let laptop = laptop(Style::Session);
    laptop.aws.set_sso_seconds(200);
    let output = signing_in(&laptop, LOGIN, "alice@example.com");
    assert!(output.status.success(), "{output}");
    laptop.aws.set_sso_seconds(8 * 3600);
    let before = laptop.aws.count(Operation::CreateToken);
    assert_eq!(whoami(&laptop).succeeds().stdout.trim_end(), ALICE);
    assert_eq!(laptop.aws.count(Operation::CreateToken), before + 1);
    laptop.succeeds(laptop.run("logout"));
    laptop.succeeds(laptop.run(GET_TOKEN));
    assert_eq!(laptop.aws.count(Operation::CreateToken), before + 1);
}
