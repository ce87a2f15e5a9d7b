//! The command line: the help of every command, options of the program itself, durations, exit codes, colors.

#[cfg(target_os = "linux")]
mod linux;

use kit::Home;
use kit::home::{Output, Run};
use kit::laptop::{INSTALL, LOGIN, Laptop, UPDATE_KUBECONFIG};
use kit::standin::Operation;

/// Returns every visible command: those that the help of another lists. The first is an empty line for the program itself.
pub fn commands(home: &Home) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut at = 0;
    while let Some(command) = all.get(at).cloned() {
        let help = shown(home, &format!("{command} --help"));
        let mut listed = false;
        for line in help.lines() {
            listed = match line {
                _ if line.ends_with(':') => line.contains("ommands"),
                _ => listed,
            };
            let name = line
                .strip_prefix("  ")
                .filter(|line| listed && !line.starts_with(' '));
            if let Some(name) = name.and_then(|line| line.split(' ').next()) {
                all.push(format!("{command} {name}").trim().to_owned());
            }
        }
        at += 1;
    }
    all
}

/// Returns the help on a terminal of 80 columns.
fn shown(home: &Home, typed: &str) -> String {
    help(home, typed).stdout
}

fn help(home: &Home, typed: &str) -> Output {
    let output = home.apono_login(typed).env("COLUMNS", "80").succeeds();
    assert_eq!(output.stderr, "", "{output}");
    output
}

/// Returns the commands in examples: continued lines joined, no comments, and of a pipe only `apono-login`.
fn typed_in(examples: &str) -> Vec<String> {
    let joined = examples.replace("\\\n", " ");
    let lines = joined.lines().skip(1).filter(|line| line.starts_with("  "));
    let commands = lines.flat_map(|line| line.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    commands
        .filter_map(|command| {
            let at = command.find("apono-login")?;
            let is_program = command[..at].trim_end().is_empty() || command[..at].ends_with("$(");
            let typed = command[at..].split(['>', ')']).next().unwrap();
            let typed = typed.split(" ||").next().unwrap().trim();
            is_program.then(|| typed.to_owned())
        })
        .collect()
}

#[test]
fn the_help_of_every_command() {
    let home = Home::new();
    let commands = commands(&home);
    assert!(commands.len() > 20, "{commands:?}");
    let mut tried = 0;
    for command in &commands {
        let output = help(&home, &format!("{command} --help"));
        output.recorded(&format!("apono-login {command}"));
        let text = &output.stdout;
        assert_eq!(
            *text,
            shown(&home, &format!("help {command}")),
            "help {command}"
        );
        assert_eq!(
            *text,
            shown(&home, &format!("{command} -h")),
            "{command} -h"
        );
        let (options, examples) = text.split_once("\nExample").unwrap_or((text, ""));
        // A wrapped line cannot be pasted.
        for (part, width) in [(options, 80), (examples, 78)] {
            let wide = part.lines().find(|line| line.chars().count() > width);
            assert_eq!(wide, None, "{command}");
        }
        let (own, global) = text.split_once("\nGlobal options:\n").unwrap();
        assert!(!global.contains("ptions:\n"), "{text}");
        let has_flags = own.contains("\n  -") || own.contains("\n      --");
        assert_eq!(has_flags, own.contains("ptions:\n"), "{text}");
        for example in typed_in(examples) {
            // The parser stops at --help only if all arguments before it are valid.
            let words = example.strip_prefix("apono-login").unwrap();
            let typed = match words.split_once(" -- ") {
                Some((before, _)) => format!("{before} --help"),
                None => format!("{words} --help"),
            };
            let is_named = |command: &&String| words.trim_start().starts_with(command.as_str());
            let named = commands.iter().rev().find(is_named).unwrap();
            let expected = shown(&home, &format!("{named} --help"));
            assert_eq!(shown(&home, &typed), expected, "{command}: {example}");
            tried += 1;
        }
    }
    assert!(tried > 40, "{tried}");
    for hidden in ["refresh-ahead", "complete-values"] {
        assert!(!commands.contains(&hidden.to_owned()));
    }
}

/// Commands that do not use `--profile` neither show nor accept it.
#[test]
fn profile_only_where_it_means_something() {
    let home = Home::new();
    let mut without = Vec::new();
    for command in commands(&home) {
        if !shown(&home, &format!("{command} --help")).contains("--profile") {
            without.push(command);
        }
    }
    let expected = [
        "token",
        "completions",
        "man",
        "help",
        "version",
        "token inspect",
    ];
    assert_eq!(without, expected);
    for typed in [
        "version --profile x",
        "--profile x version",
        "help --profile x",
        "man --profile x",
        "completions bash --profile x",
        "token inspect --profile x",
    ] {
        let refused = home.apono_login(typed).exits(2);
        assert_eq!(refused.stdout, "", "{refused}");
        refused.recorded(typed);
    }
}

#[test]
fn help_and_version() {
    let home = Home::new();
    let version = shown(&home, "version");
    assert_eq!(
        version,
        format!("apono-login {}\n", env!("CARGO_PKG_VERSION"))
    );
    for same in ["--version", "-V"] {
        assert_eq!(shown(&home, same), version);
    }
    for typed in [
        "help nosuch",
        "help policy nosuch",
        "nosuch",
        "logn",
        "status --shrt",
    ] {
        let refused = home.apono_login(typed).exits(2);
        assert_eq!(refused.stdout, "", "{refused}");
        refused.recorded(typed);
    }
}

#[test]
fn flags_of_login_stand_before_or_behind_it() {
    let laptop = Laptop::new();
    let asked = |typed: &str| {
        let before = laptop.aws.count(Operation::AssumeRole);
        laptop.succeeds(laptop.run(typed));
        laptop.aws.count(Operation::AssumeRole) - before
    };
    assert_eq!(asked(LOGIN), 1);
    for (typed, expected) in [
        ("login", 0),
        ("", 0),
        ("--force", 1),
        ("login --force", 1),
        ("--force login", 1),
    ] {
        assert_eq!(asked(typed), expected, "{typed}");
    }
}

#[test]
fn durations() {
    let laptop = Laptop::new();
    for (typed, seconds) in [
        ("3600", "3600"),
        ("1h", "3600"),
        ("15m", "900"),
        ("30m", "1800"),
        ("0h59m59s", "3599"),
    ] {
        laptop.aws.forget();
        laptop.succeeds(laptop.run(&format!("login --force --duration {typed}")));
        let asked = laptop.aws.first(Operation::AssumeRole);
        assert_eq!(asked.parameter("DurationSeconds"), Some(seconds), "{typed}");
    }
    for typed in ["90m", "1h30m"] {
        let run = laptop.run(&format!("login --force --duration {typed}"));
        laptop.fails(
            run,
            1,
            &format!("{typed}, of a role that is assumed by a role"),
        );
        let asked = laptop.aws.log().pop().unwrap();
        assert_eq!(asked.parameter("DurationSeconds"), Some("5400"), "{typed}");
    }
    laptop.aws.forget();
    for typed in ["13h", "14m", "1d", "h", "30m1h", "-1h", "1.5h", ""] {
        let words = ["login", &format!("--duration={typed}")];
        laptop.run_words(words).exits(2).recorded(typed);
    }
    assert!(laptop.aws.log().is_empty());
}

#[test]
fn colors() {
    let laptop = Laptop::new();
    let always = |typed: &str, status: i32, expected: &[&str]| {
        let run: Run = laptop.run(&format!("{typed} --color always"));
        let colored = run.exits(status);
        let plain = laptop.run(typed).exits(status);
        for (colored, plain) in [
            (&colored.stdout, &plain.stdout),
            (&colored.stderr, &plain.stderr),
        ] {
            let stripped = anstream::adapter::strip_str(colored).to_string();
            assert_eq!(stripped, *plain, "{typed}");
            assert!(!plain.contains('\x1b'), "{typed}");
        }
        let all = colored.stdout + &colored.stderr;
        for expected in expected {
            assert!(all.contains(expected), "{typed}: {expected:?} in {all:?}");
        }
    };
    let failure = [
        "\x1b[1m\x1b[31merror:\x1b[0m ",
        "\x1b[1mcause:\x1b[0m ",
        "\x1b[1m\x1b[36mhint:\x1b[0m ",
    ];
    always("login --profile other", 1, &failure);
    always("help nosuch", 2, &[failure[0], failure[2]]);
    always(
        "status --output yaml",
        2,
        &["\x1b[1m\x1b[31merror:\x1b[0m "],
    );
    let diff = [
        "\n\x1b[32m+region = eu-west-2\x1b[0m\n",
        "\n\x1b[31m-region = eu-west-1\x1b[0m\n",
    ];
    let install = INSTALL.replace("eu-west-1", "eu-west-2");
    always(&format!("{install} --dry-run"), 0, &diff);
    always(
        &format!("{UPDATE_KUBECONFIG} --dry-run"),
        0,
        &["\n\x1b[32m+- name: "],
    );
    for typed in ["--help", "help", "help status", "status --help"] {
        always(typed, 0, &["\x1b[1m\x1b[4mUsage:"]);
    }
    // JSON is for programs, so it has no colors.
    let json = laptop.run("status --output json --color always").succeeds();
    assert!(!json.stdout.contains('\x1b'), "{json}");
}
