//! The sign-in prompts of `install`, and the answers that it refuses.

#[cfg(target_os = "linux")]
mod linux;

use crate::install::sso::{CORP, SESSION_SECTION, SSO, fresh, with_sso};
use kit::laptop::INSTALL;

#[test]
fn all_that_is_missing_is_named_at_once() {
    let laptop = fresh();
    for flags in [
        "--sso-role-name Engineer",
        "--sso-start-url https://example.awsapps.com/start",
        SSO,
        "--sso-region eu-west-1 --account-id 111122223333 --email a@b.c --region eu-west-1",
    ] {
        laptop.fails(laptop.run(&format!("install {flags}")), 2, "");
    }
    assert!(!laptop.home.path(".aws/config").exists());

    let other = SESSION_SECTION.replace("//example", "//other");
    let two = format!("{CORP}\n{other}");
    laptop.home.write(".aws/config", &two);
    let run = laptop.run(&format!("{INSTALL} --sso-role-name Admin"));
    laptop.fails(run, 2, "two sessions, and nothing that tells which");
    assert_eq!(laptop.home.read(".aws/config"), two);
}

#[test]
fn flags_that_hold_something_else() {
    let laptop = fresh();
    laptop.home.write(".aws/config", CORP);
    // The unit tests of each kind of name have more invalid values.
    for (flag, evil) in [
        ("--sso-start-url", "javascript:alert(1)"),
        (
            "--sso-start-url",
            "https://example.awsapps.com/#\n[profile evil]",
        ),
        (
            "--sso-start-url",
            "https://example.awsapps.com/\x1b]0;x\x07",
        ),
        ("--sso-account-id", "111122223333\n"),
        ("--sso-region", "eu-west-1]"),
        ("--sso-role-name", "Engineer\nrole_arn = x"),
        ("--sso-role-name", "\x1b[31mEngineer"),
        ("--sso-role-name", "\u{202e}reenignE"),
        ("--sso-role-name", ""),
    ] {
        let install = with_sso();
        let mut words: Vec<&str> = install.split(' ').collect();
        match words.iter().position(|word| *word == flag) {
            Some(at) => words[at + 1] = evil,
            None => words.extend([flag, evil]),
        }
        let line = format!("apono-login install … {flag} {evil:?}");
        let refused = laptop.run_words(&words).known_as(&line).exits(2);
        assert_eq!(refused.stdout, "", "{refused}");
        laptop.check_discretion(refused.recorded(flag));
        assert_eq!(laptop.home.read(".aws/config"), CORP, "{refused}");
    }
    // Values in a file are not trusted either.
    let evil = "[profile work]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = a\x1b[31mb\n\n\
                [sso-session corp]\nsso_start_url = javascript:alert(1)\nsso_region = \u{202e}x\n";
    laptop.home.write(".aws/config", evil);
    let run = laptop.run(&format!("{} --source-profile work", with_sso()));
    laptop.fails(run, 1, "a profile in the file");
    assert_eq!(laptop.home.read(".aws/config"), evil);
}
