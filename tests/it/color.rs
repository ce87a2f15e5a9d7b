//! Colors: every text has them or none has, by the same rules.

use kit::laptop::Laptop;

/// Variables, `--color`, and whether texts that go to no terminal are colored.
const CASES: [(&[(&str, &str)], &str, bool); 12] = [
    (&[], "auto", false),
    (&[], "always", true),
    (&[("TERM", "xterm")], "auto", false),
    (&[("TERM", "dumb")], "auto", false),
    (&[("CLICOLOR", "1")], "auto", false),
    (&[("CLICOLOR_FORCE", "1")], "auto", true),
    (&[("CLICOLOR_FORCE", "")], "auto", false),
    (&[("CLICOLOR_FORCE", "1")], "never", false),
    (&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], "auto", true),
    (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], "auto", false),
    (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], "auto", true),
    (&[("NO_COLOR", "1")], "always", true),
];

/// Texts of clap and of this program, on both streams.
const COMMANDS: [&str; 5] = [
    "--help",
    "help login",
    "login --help",
    "--no-such-flag",
    "login --profile no-such-profile",
];

#[test]
fn one_rule_for_every_text() {
    let laptop = Laptop::new();
    for (variables, choice, expected) in CASES {
        for command in COMMANDS {
            let run = laptop.run(&format!("{command} --color={choice}"));
            let set = |run: kit::home::Run, (name, value): &(&str, &str)| run.env(name, value);
            let output = variables.iter().fold(run, set).output();
            let is_colored = [&output.stdout, &output.stderr]
                .iter()
                .any(|text| text.contains('\x1b'));
            assert_eq!(is_colored, expected, "{variables:?}: {output}");
        }
    }
}
