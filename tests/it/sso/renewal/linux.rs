//! What needs Linux or its programs here.

use super::*;
use crate::sso::person::{allow, ten_minutes_left, while_running};

#[test]
fn private_whatever_the_umask() {
    for umask in ["000", "777"] {
        let laptop = laptop(STYLE);
        let script = format!("umask {umask}; exec apono-login login");
        let run = laptop.home.run("sh", ["-c", &script]);
        let (output, _) = while_running(&laptop, run, allow);
        output.ended(0);
        let folder = laptop.home.path(".aws/sso/cache");
        has_mode(&folder, 0o700);
        // The token, the registration and the lock.
        let files = files_below(&folder);
        assert_eq!(files.len(), 3, "{umask}: {files:?}");
        for file in files {
            has_mode(&file, 0o600);
        }
    }
}

#[test]
fn a_cache_that_cannot_be_written() {
    let laptop = laptop(STYLE);
    over(&laptop);
    let before = laptop.home.read(&STYLE.token_file());
    let read_only = |yes: bool| {
        let bits = if yes { "500" } else { "700" };
        let folder = laptop.home.path(".aws/sso/cache");
        let words = [bits.as_ref(), folder.as_os_str()];
        laptop.home.run("chmod", words).succeeds();
    };
    read_only(true);
    laptop.aws.forget();
    for command in [GET_TOKEN, "login --force"] {
        let run = laptop.bound_by_modes(&format!("exec apono-login {command}"));
        laptop.fails(run.known_as(&format!("apono-login {command}")), 1, "");
    }
    read_only(false);
    assert_eq!(laptop.home.read(&STYLE.token_file()), before);
    // A refresh token works once: it was not used while the response could not be stored.
    assert_eq!(laptop.aws.count(Operation::CreateToken), 0);
    laptop.succeeds(laptop.run(GET_TOKEN));

    // A token that is still valid is used.
    laptop.succeeds(laptop.run("logout"));
    ten_minutes_left(&laptop, STYLE);
    read_only(true);
    let script = format!("exec apono-login {GET_TOKEN}");
    laptop.succeeds(laptop.bound_by_modes(&script)).json();
    read_only(false);
    assert_eq!(laptop.aws.count(Operation::CreateToken), 1);
}
