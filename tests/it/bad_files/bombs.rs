//! Kubeconfigs of a megabyte whose aliases stand for much more ("billion laughs"): refused before anything is written, and at
//! once.

use std::time::{Duration, Instant};

use kit::home::patience;
use kit::laptop::{Laptop, UPDATE_KUBECONFIG};

/// More than any of these needs, on a machine that does other things.
const AT_ONCE: Duration = patience(20);
const SIZE: usize = 1 << 20;

/// Returns levels of lists, each of which has the one before many times, in a file of this size.
fn levels() -> String {
    let mut text = "a0: &a0 [x]\n".to_owned();
    let times = SIZE / 10 / ", *a0".len();
    for level in 0..9 {
        let list = vec![format!("*a{level}"); times].join(", ");
        text += &format!("a{}: &a{} [{list}]\n", level + 1, level + 1);
    }
    text
}

/// Returns users that all are the same large one.
fn users() -> String {
    let large = vec!["x"; SIZE / 4].join(",");
    let mut text = format!("x: &x [{large}]\nusers:\n");
    let user = "- name: u\n  user: {extensions: *x}\n";
    text += &user.repeat(SIZE / 2 / user.len());
    text
}

/// Returns merge keys of merge keys.
fn merges() -> String {
    let mut text = "m0: &m0 {a: b}\n".to_owned();
    let mut level = 0;
    while text.len() < SIZE {
        level += 1;
        let before = level - 1;
        text += &format!("m{level}: &m{level} {{<<: [*m{before}, *m{before}], k{level}: v}}\n");
    }
    text
}

#[test]
fn aliases_that_stand_for_much_more() {
    let laptop = Laptop::new();
    for (title, text) in [
        ("levels", levels()),
        ("users", users()),
        ("merges", merges()),
    ] {
        laptop.home.write(".kube/config", &text);
        for command in [UPDATE_KUBECONFIG, "doctor", "uninstall --yes"] {
            let started = Instant::now();
            let output = laptop.run(command).exits(1);
            let took = started.elapsed();
            assert!(took < AT_ONCE, "{title}: {command}: {took:?}");
            let said = format!("{}{}", output.stdout, output.stderr);
            assert!(said.contains("too many aliases"), "{output}");
            output.recorded(title);
        }
        assert_eq!(laptop.home.read(".kube/config"), text, "{title}");
    }
}
