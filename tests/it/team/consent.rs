//! Without a terminal, nothing that is installed is removed or changed without `--yes`.

use crate::team::setting::*;
use kit::laptop::Laptop;

/// Runs a command that is refused and changes nothing, and then the one that its hint names.
fn refused_then_done(laptop: &Laptop, arguments: &str) {
    let before = files(laptop);
    let cached = laptop.cached("entry");
    let failed = laptop.failed(laptop.run(arguments).output(), 1, arguments);
    assert_eq!(files(laptop), before, "{arguments}");
    assert_eq!(laptop.cached("entry"), cached);
    let hint = failed.stderr.split('`').nth(1).unwrap();
    let named = hint.replace('"', "");
    assert_eq!(named, format!("apono-login {arguments} --yes"));
    laptop.succeeds(laptop.home.pasted(hint));
    assert_ne!(files(laptop), before, "{arguments}");
}

#[test]
fn uninstalling_needs_consent() {
    for arguments in [
        "uninstall",
        "uninstall --all",
        "uninstall --from team.toml",
        "uninstall --profile apono-k8s-access-prod",
    ] {
        let laptop = installed(&both());
        refused_then_done(&laptop, arguments);
        laptop.succeeds(laptop.run("uninstall --all --yes"));
        run(&laptop, "uninstall");
        run(&laptop, "uninstall --all");
    }
}

#[test]
fn changing_the_email_needs_consent() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    refused_then_done(&laptop, "install --email bob@example.com");
    // The same again changes nothing.
    laptop.succeeds(laptop.run("install --email bob@example.com"));
    let before = files(&laptop);
    laptop.failed(laptop.run(INSTALL).output(), 1, "a team file");
    assert_eq!(files(&laptop), before);
}

/// A link is no file: the hints download it, and repeat the rest of what was typed.
#[test]
fn a_link_in_place_of_a_file() {
    let laptop = laptop(&both());
    let link = "https://example.com/a%20b/team.toml?v=1&x=2";
    for command in [
        format!("install --from {link} --email alice@example.com --dry-run"),
        format!("uninstall --from {link}"),
    ] {
        let words = command.split(' ');
        laptop.fails(laptop.run_words(words), 2, "");
    }
}
