//! Where the user may start no more threads, a command fails with an error that says so, or works. It does not crash.

use std::fs;

use crate::stores::person::Person;
use kit::laptop::{GET_TOKEN, LOGIN};

/// A source profile whose credentials come from a program.
const PROCESS: &str =
    "[profile of-process]\ncredential_process = cat /nowhere\nregion = eu-west-1\n";

#[test]
fn a_limit_on_threads() {
    // The limit is none for root.
    let person = Person::plain();
    let path = person.home().join(".aws/config");
    let config = fs::read_to_string(&path).unwrap();
    let of_process = config.replace("source_profile = default", "source_profile = of-process");
    let configs = [config.clone(), of_process + PROCESS];
    for (at, config) in configs.iter().enumerate() {
        fs::write(&path, config).unwrap();
        for command in [LOGIN, GET_TOKEN] {
            let mut codes = Vec::new();
            for limit in 1..=6 {
                let script = format!(
                    "rm -rf ~/.cache/apono-login; exec prlimit --nproc={limit} apono-login {command}"
                );
                let output = person.shell("file", &script).output();
                let code = output.status.code();
                assert!(!output.stderr.contains("bug"), "{limit}: {output}");
                assert!(code.is_some_and(|code| code < 5), "{limit}: {output}");
                codes.push(code.unwrap());
            }
            assert!(codes[0] != 0, "{at}, {command}: one is too few: {codes:?}");
        }
    }
}
