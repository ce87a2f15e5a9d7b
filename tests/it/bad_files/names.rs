//! Names on the command line that would have a special meaning for a file, a shell, a host or a terminal.

#[cfg(target_os = "linux")]
mod linux;

use kit::home::Output;
use kit::laptop::{Laptop, PROFILE};

const EVIL: [&str; 10] = [
    "",
    "x\n[profile evil]\nrole_arn = y",
    "x\r",
    "x]",
    ";$(id)",
    "a b",
    "\x1b]0;x\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\u{202e}nimda",
    "é",
];

/// Checks that the command line is refused: status 2, empty stdout, no file read or written.
#[track_caller]
fn refused(laptop: &Laptop, typed: &str, value: &str) -> Output {
    let typed = format!("{typed}=");
    let words = typed.split(' ').map(str::to_owned);
    let mut words: Vec<String> = words.collect();
    *words.last_mut().unwrap() += value;
    let run = laptop.run_words(&words);
    let output = run
        .known_as(&format!("apono-login {typed}{value:?}"))
        .exits(2);
    assert_eq!(output.stdout, "", "{output}");
    assert!(output.stderr.starts_with("error: "), "{output}");
    laptop.check_discretion(&output);
    assert_eq!(laptop.home.read(".aws/config"), PROFILE);
    output
}

#[test]
fn flags_that_hold_something_else() {
    let laptop = Laptop::new();
    for evil in EVIL.iter().chain(&["-rf", "--help=x"]) {
        refused(&laptop, "status --profile", evil).recorded("");
        for typed in [
            "login --profile",
            "install --profile",
            "install --account-id",
            "install --region",
            "install --source-profile",
            "install --role-name",
            "install --email",
            "get-token --region eu-west-1 --cluster-name",
            "update-kubeconfig --name prod --region",
        ] {
            // A session name and a role may start with a dash, and are not read as a flag.
            let may = typed.ends_with("-name") || typed.ends_with("--email");
            if !(may && evil.starts_with('-')) || typed.starts_with("get-token") {
                refused(&laptop, typed, evil);
            }
        }
    }
    for (typed, value) in [
        ("install --account-id", "11112222333"),
        ("install --account-id", "1111222233334"),
        ("install --account-id", "１１１１２２２２３３３３"),
        ("install --region", "evil.com/#"),
        ("install --region", "us_east_1"),
        ("install --region", "eu-west-1.evil.com"),
        ("install --region", "../../x"),
        ("install --email", "a"),
        ("install --email", &"a".repeat(65)),
        ("install --email", "alicé@example.com"),
        ("install --email", "alice smith@example.com"),
        ("install --email", "a:b"),
        ("install --email", "a/b"),
        ("install --email", "alice@example.com\n"),
        ("update-kubeconfig --region eu-west-1 --name", "prod\r\nx"),
        ("status --profile", &"a".repeat(129)),
    ] {
        refused(&laptop, typed, value).recorded("");
    }
    assert!(laptop.aws.log().is_empty());
}

#[test]
fn the_longest_session_name_is_taken() {
    let laptop = Laptop::new();
    let email = format!("{}@example.com", "a".repeat(52));
    laptop.succeeds(laptop.run(&format!("install --email {email} --yes")));
    let config = laptop.home.read(".aws/config");
    assert!(config.contains(&format!("role_session_name = {email}\n")));
}

#[test]
fn the_environment_is_no_safer() {
    let laptop = Laptop::new();
    for evil in &EVIL[1..] {
        let run = laptop.run("login").env("APONO_PROFILE", evil);
        laptop.fails(run, 2, &format!("{evil:?}"));
    }
    for region in ["evil.com/#", "us_east_1", "eu-west-1\n"] {
        let run = laptop
            .run("get-token --cluster-name prod")
            .env("AWS_REGION", region);
        laptop.fails(run, 1, &format!("{region:?}"));
    }
    assert!(laptop.aws.log().is_empty());
}
