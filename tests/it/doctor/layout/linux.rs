//! What needs Linux or its programs here.

use super::*;

#[test]
fn colors_are_for_terminals_unless_forced() {
    let laptop = denied();
    let plain = laptop.run(DOCTOR).exits(1).stdout;
    assert!(!plain.contains('\x1b'), "{plain}");
    let always = laptop
        .run(&format!("{DOCTOR} --color always"))
        .exits(1)
        .stdout;
    assert_eq!(anstream::adapter::strip_str(&always).to_string(), plain);
    for colored in [
        "\x1b[1m\x1b[31mFAILED at username:\x1b[0m ",
        "\n\x1b[1mcause:\x1b[0m ",
        "\n\x1b[1m\x1b[36mhint:\x1b[0m ",
        "\n\x1b[32mok     \x1b[0m program ",
        "\n\x1b[1m\x1b[31mFAILED \x1b[0m username ",
        "\n\x1b[2m-      \x1b[0m not checked: ",
    ] {
        assert!(always.contains(colored), "{colored:?} in {always:?}");
    }
    let cases = [
        ("TERM=xterm", "", "auto", true),
        ("TERM=dumb", "", "auto", false),
        ("TERM=xterm", "NO_COLOR=1", "auto", false),
        ("TERM=xterm", "NO_COLOR=1", "always", true),
        ("TERM=xterm", "CLICOLOR=0", "auto", false),
        ("TERM=xterm", "", "never", false),
        ("", "CLICOLOR_FORCE=1", "auto", true),
        ("", "CLICOLOR_FORCE=1", "never", false),
        ("", "", "auto", false),
    ];
    for (terminal, variable, choice, colored) in cases {
        let typed = format!("{DOCTOR} --color {choice}");
        let run = match terminal {
            "" => laptop.run(&typed),
            _ => laptop.home.on_terminal(&format!("apono-login {typed}")),
        };
        let set = [terminal, variable]
            .into_iter()
            .filter_map(|set| set.split_once('='));
        let output = set
            .fold(run, |run, (name, value)| run.env(name, value))
            .exits(1);
        let case = format!("{terminal} {variable} {choice}: {output}");
        assert_eq!(output.stdout.contains("\x1b[32mok "), colored, "{case}");
        assert_eq!(output.stdout.contains("\x1b["), colored, "{case}");
    }
}
