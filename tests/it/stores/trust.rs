//! Whose the cache is: what another user can change is refused, as ssh refuses it; what root took is named.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::stores::person::Person;
use crate::stores::warnings;
use kit::laptop::{GET_TOKEN, LOGIN, mode};

const COMMANDS: [&str; 4] = [GET_TOKEN, LOGIN, "status", "status --short"];

/// Changes the owner as root.
fn chown(person: &Person, owner: u32, path: &Path) {
    let words = ["-R", &format!("{owner}:{owner}"), path.to_str().unwrap()];
    person.laptop.home.run("chown", words).succeeds();
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[track_caller]
fn is_refused(person: &Person, title: &str) {
    let before = person.logins();
    for command in COMMANDS {
        let output = person.run("file", command).exits(1);
        assert_eq!(output.stdout, "", "{output}");
        let error = output.stderr.lines().next().unwrap();
        assert!(error.ends_with(" is not safe to use"), "{output}");
    }
    person.laptop.fails(person.run("file", GET_TOKEN), 1, title);
    let doctor = person.run("file", "doctor").exits(1);
    assert!(doctor.stdout.starts_with("FAILED at config: "), "{doctor}");
    assert_eq!(person.logins(), before, "{title}");
}

#[test]
fn what_others_can_write_is_refused() {
    let person = Person::plain();
    person.logs_in("file");
    for (path, bits) in [
        (person.cache(), 0o770),
        (person.cache(), 0o777),
        (person.cache(), 0o702),
        (person.key_file(), 0o620),
        (person.key_file(), 0o666),
    ] {
        let good = mode(&path);
        set_mode(&path, bits);
        let name = path.file_name().unwrap().display();
        is_refused(&person, &format!("{name} with mode {bits:o}"));
        assert_eq!(mode(&path), bits, "left as it is");
        set_mode(&path, good);
        person.hits("file");
    }
    // What others can only read is closed.
    set_mode(&person.cache(), 0o755);
    set_mode(&person.key_file(), 0o644);
    person.hits("file");
    person.laptop.succeeds(person.run("file", "login --force"));
    assert_eq!(mode(person.cache()), 0o700);
    assert_eq!(mode(person.key_file()), 0o600);
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    let person = Person::plain();
    if Person::new().uid() != 0 {
        return;
    }
    person.logs_in("file");
    let (uid, other) = (person.uid(), 61_184);
    for path in [person.cache(), person.key_file()] {
        chown(&person, other, &path);
        // So that it can be read.
        let opened = if path.is_dir() { 0o755 } else { 0o644 };
        let good = mode(&path);
        set_mode(&path, opened);
        let name = path.file_name().unwrap().display();
        is_refused(&person, &format!("{name} of another user"));
        chown(&person, uid, &path);
        set_mode(&path, good);
        person.hits("file");
    }
}

/// After `sudo` with the user's `HOME`. Root is trusted, but the folder cannot be written.
#[test]
fn a_folder_of_root_is_named_once() {
    let person = Person::plain();
    if Person::new().uid() != 0 {
        return;
    }
    for (title, of_root) in [
        ("the folder", person.cache()),
        ("its parent", person.home().join(".cache")),
    ] {
        person.logs_in("file");
        chown(&person, 0, &of_root);
        let output = person.laptop.succeeds(person.run("file", GET_TOKEN));
        assert_eq!(output.stderr, "", "{output}");
        // Nor on a terminal, where kubectl runs it four times for each command.
        let script = format!("exec script -qec 'apono-login {GET_TOKEN}' /dev/null");
        let output = person.laptop.succeeds(person.shell("file", &script));
        assert_eq!(warnings_in(&output.stdout), 0, "{output}");
        let output = person.laptop.succeeds(person.run("file", LOGIN));
        assert_eq!(warnings(&output).len(), 1, "{output}");
        output.recorded(title);
        for command in ["status", "doctor"] {
            person.run("file", command).output().recorded(title);
        }
        // As the hint says.
        chown(&person, person.uid(), &of_root);
        person.hits("file");
    }
}

fn warnings_in(shown: &str) -> usize {
    shown.matches("warning: ").count()
}
