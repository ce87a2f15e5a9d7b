//! Names on the command line that would mean something else further on: to a file, a shell, a host, a terminal.

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

/// A command line that is refused as such: 2, nothing printed, nothing read or written.
#[track_caller]
fn refused(laptop: &Laptop, words: &[&str]) {
    println!("{words:?}");
    let output = laptop.run_words(words).exits(2);
    assert_eq!(output.stdout, "", "{output}");
    assert!(output.stderr.contains("error: "), "{output}");
    laptop.check_discretion(&output);
    assert!(!output.stderr.contains('\u{202e}'), "{output}");
    assert_eq!(laptop.home.read(".aws/config"), PROFILE);
}

#[test]
fn flags_that_hold_something_else() {
    let laptop = Laptop::new();
    let long = "a".repeat(65);
    for evil in EVIL.iter().chain(&["-rf", "--help=x"]) {
        for command in ["login", "status", "install"] {
            refused(&laptop, &[command, &format!("--profile={evil}")]);
        }
        for flag in [
            "--account-id",
            "--email",
            "--region",
            "--source-profile",
            "--role-name",
        ] {
            // A session name and a role may begin so, and are never anybody's flag.
            if !(matches!(flag, "--role-name" | "--email") && evil.starts_with('-')) {
                refused(&laptop, &["install", &format!("{flag}={evil}")]);
            }
        }
        refused(
            &laptop,
            &[
                "get-token",
                &format!("--cluster-name={evil}"),
                "--region",
                "eu-west-1",
            ],
        );
        refused(
            &laptop,
            &[
                "update-kubeconfig",
                "--name",
                "prod",
                &format!("--region={evil}"),
            ],
        );
    }
    let cases = [
        ("--account-id", "11112222333"),
        ("--account-id", "1111222233334"),
        ("--account-id", "１１１１２２２２３３３３"),
        ("--region", "evil.com/#"),
        ("--region", "us_east_1"),
        ("--region", "eu-west-1.evil.com"),
        ("--region", "../../x"),
        ("--email", "a"),
        ("--email", &long),
        ("--email", "alicé@example.com"),
        ("--email", "alice smith@example.com"),
        ("--email", "a:b"),
        ("--email", "a/b"),
        ("--email", "alice@example.com\n"),
    ];
    for (flag, value) in cases {
        refused(&laptop, &["install", flag, value]);
    }
    refused(
        &laptop,
        &[
            "update-kubeconfig",
            "--name",
            "prod\r\nx",
            "--region",
            "eu-west-1",
        ],
    );
    refused(&laptop, &["status", "--profile", &"a".repeat(129)]);
    assert!(laptop.aws.log().is_empty());
}

#[test]
fn the_longest_session_name_is_taken() {
    let laptop = Laptop::new();
    let email = format!("{}@example.com", "a".repeat(52));
    laptop.succeeds(laptop.run(&format!("install --email {email} --yes")));
    assert!(
        laptop
            .home
            .read(".aws/config")
            .contains(&format!("role_session_name = {email}\n"))
    );
}

#[test]
fn the_environment_is_no_safer() {
    let laptop = Laptop::new();
    for evil in &EVIL[1..] {
        laptop.fails(laptop.run("login").env("APONO_PROFILE", evil), 2, "");
    }
    for region in ["evil.com/#", "us_east_1", "eu-west-1\n"] {
        let run = laptop
            .run("get-token --cluster-name prod")
            .env("AWS_REGION", region);
        laptop.fails(run, 1, "");
    }
    assert!(laptop.aws.log().is_empty());
}

/// On a terminal the parser of the command line quotes what was typed.
#[test]
fn a_terminal_is_not_steered_by_a_name() {
    let laptop = Laptop::new();
    for flag in ["--profile", "--color", "--no-such-flag"] {
        let command = format!("apono-login {flag}=$(printf 'x\\033]52;c;ZXZpbA==\\007y')");
        let output = laptop
            .home
            .run("script", ["-qec", &command, "/dev/null"])
            .exits(2);
        assert!(
            !output.stdout.contains("\x1b]52"),
            "{flag}: {:?}",
            output.stdout
        );
    }
}

/// Names in a kubeconfig may hold anything; what is written must be read back as that.
#[test]
fn names_of_contexts_cannot_break_out() {
    for evil in [
        "x\ncurrent-context: evil",
        "- a: {",
        "'",
        "\"",
        "a: b #c",
        "*x",
        "null",
        "1e3",
        "\x1b[31m",
        "é\u{202e}",
    ] {
        let laptop = Laptop::new();
        println!("{evil:?}");
        let words = [
            "update-kubeconfig",
            "--name",
            "prod",
            "--region",
            "eu-west-1",
            "--alias",
            evil,
            "--user-alias",
            evil,
            "--namespace",
            "shop",
        ];
        let output = laptop.run_words(words).output();
        laptop.check_discretion(&output);
        if !output.status.success() {
            assert!(matches!(output.status.code(), Some(1 | 2)), "{output}");
            assert!(!laptop.home.path(".kube/config").exists(), "{output}");
            continue;
        }
        let view = laptop
            .home
            .run(
                kit::tools::kubectl("1.34"),
                ["config", "view", "--raw", "-o", "json"],
            )
            .succeeds()
            .json();
        assert_eq!(view["current-context"], evil);
        assert_eq!(view["contexts"][0]["name"], evil);
        assert_eq!(view["contexts"][0]["context"]["user"], evil);
        assert_eq!(view["contexts"].as_array().unwrap().len(), 1);
    }
}
