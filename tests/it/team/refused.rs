//! Team files and setups that are refused without any change.

#[cfg(target_os = "linux")]
mod linux;

use crate::team::setting::*;

#[test]
fn errors_have_their_line_and_column() {
    let file = both().replace("alias = \"staging\"", "alais = \"staging\"");
    let file = file.replace("111122223333", "1111");
    let laptop = laptop(&file);
    laptop.fails(laptop.run(INSTALL), 1, "");
    assert!(!laptop.home.path(".aws").exists());
}

#[test]
fn files_that_are_none() {
    let laptop = laptop("");
    laptop.home.write("huge.toml", " ".repeat(2 << 20));
    laptop.home.write("bytes.toml", b"role_name = \"\xff\"");
    std::fs::create_dir(laptop.home.path("folder")).unwrap();
    for file in [
        "team.toml",
        "huge.toml",
        "bytes.toml",
        "missing.toml",
        "folder",
    ] {
        let run = laptop.run(&format!("install --from {file} --email a@b.c"));
        laptop.fails(run, 1, "");
    }
    let piped = laptop.run("install --from - --email a@b.c");
    laptop.fails(piped.input("x = 1\n"), 1, "");
    // The name of a file must not control the terminal either. Windows has no such names.
    if cfg!(not(windows)) {
        laptop.home.write("\u{1b}[31m.toml", "x = 1\n");
        let words = ["install", "--email", "a@b.c", "--from", "\u{1b}[31m.toml"];
        let run = laptop
            .run_words(words)
            .known_as("apono-login install --email a@b.c --from FILE");
        laptop.fails(run, 1, "a file name");
    }
    assert!(!laptop.home.path(".aws").exists());
}

#[test]
fn what_a_team_file_says_cannot_be_said_beside_it() {
    let laptop = laptop(&both());
    for flag in [
        "--account-id 111122223333",
        "--cluster-name prod",
        "--sso-role-name Admin",
        "--saml-provider Okta",
    ] {
        let refused = laptop.run(&format!("{INSTALL} {flag}")).exits(2);
        refused.recorded(flag);
    }
    assert!(!laptop.home.path(".aws").exists());
}

#[test]
fn the_email_is_missing_and_no_user_can_be_asked() {
    let laptop = laptop(&both());
    laptop.fails(laptop.run("install --from team.toml"), 2, "");
    laptop.home.write("our team.toml", both());
    let words = ["install", "--from", "our team.toml", "--profile", "labs"];
    laptop.fails(laptop.run_words(words), 2, "a name with a blank");
    let dry_run = laptop.run("install --from team.toml --yes --dry-run");
    laptop.fails(dry_run, 2, "a dry run");
    assert!(!laptop.home.path(".aws").exists());
}
