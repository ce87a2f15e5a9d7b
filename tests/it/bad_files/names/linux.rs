//! What needs Linux or its programs here.

use super::*;
use kit::laptop::UPDATE_KUBECONFIG;

/// On a terminal the command-line parser quotes what was typed.
#[test]
fn a_terminal_is_not_steered_by_a_name() {
    let laptop = Laptop::new();
    for flag in ["--profile", "--color", "--no-such-flag"] {
        let command = format!("apono-login {flag}=$(printf 'x\\033]52;c;ZXZpbA==\\007y')");
        let output = laptop.home.on_terminal(&command).exits(2);
        assert!(!output.stdout.contains("\x1b]52"), "{flag}: {output:?}");
    }
}

/// Names in a kubeconfig may hold any character, and must be the same when read back.
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
        let named = ["--alias", evil, "--user-alias", evil, "--namespace", "shop"];
        let words = UPDATE_KUBECONFIG.split(' ').chain(named);
        let output = laptop.run_words(words).output();
        laptop.check_discretion(&output);
        if !output.status.success() {
            assert!(matches!(output.status.code(), Some(1 | 2)), "{output}");
            assert!(!laptop.home.path(".kube/config").exists(), "{output}");
            continue;
        }
        let view = crate::bad_files::kubeconfig::linux::view(&laptop, ".kube/config");
        assert_eq!(view["current-context"], evil);
        assert_eq!(view["contexts"][0]["name"], evil);
        assert_eq!(view["contexts"][0]["context"]["user"], evil);
        assert_eq!(view["contexts"].as_array().unwrap().len(), 1);
    }
}
