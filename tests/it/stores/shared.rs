//! One home, several keyrings: a container with a user namespace of its own, a sandbox without keyrings, another computer.
//! Each side keeps its own credentials.

use std::fs;
use std::path::Path;

use crate::stores::person::Person;
use crate::stores::warnings;
use kit::home::Run;
use kit::laptop::{GET_TOKEN, LOGIN};

/// Runs the command as in Toolbx, Distrobox and rootless Podman: as the same user, in another user namespace. It is the same
/// one each time, since a process stays in it until [`stop_container`].
fn in_container(person: &Person, command: &str) -> Run {
    let script = format!(
        "[ -e pid ] || {{ unshare --user --map-current-user sleep 120 >/dev/null 2>&1 & echo $! >pid; sleep 0.2; }}; \
         exec nsenter --user --preserve-credentials --target $(cat pid) apono-login {command}"
    );
    let run = person.shell("auto", &format!("cd && {script}"));
    run.known_as(&format!("apono-login {command}"))
}

fn stop_container(person: &Person) {
    let script = "cd && [ ! -e pid ] || kill $(cat pid)";
    person.shell("auto", script).succeeds();
}

fn in_sandbox(person: &Person, command: &str) -> Run {
    person.without_kernel("auto", command)
}

/// Runs the command with another boot ID, which only root can do.
fn on_another_computer(person: &Person, command: &str) -> Run {
    let other = person.home().join("boot_id");
    fs::write(&other, "0a1b2c3d-0000-4000-8000-000000000000\n").unwrap();
    let mount = "mount --bind \"$HOME/boot_id\" /proc/sys/kernel/random/boot_id";
    let script = format!("exec unshare -m sh -c '{mount} && exec apono-login {command}'");
    let run = person.shell("auto", &script);
    run.known_as(&format!("apono-login {command}"))
}

type There = fn(&Person, &str) -> Run;

fn places() -> Vec<(There, Person, &'static str)> {
    let mut places: Vec<(There, Person, _)> = vec![
        (in_container, Person::plain(), "kernel"),
        (in_sandbox, Person::new(), "file"),
    ];
    let person = Person::new();
    if person.uid() == 0 {
        places.push((on_another_computer, person, "kernel"));
    }
    places
}

#[test]
fn each_side_keeps_its_own() {
    for (there, person, store) in places() {
        let here = |command: &str| person.run("auto", command);
        let there = |command: &str| there(&person, command);
        let both_hit = |logins| {
            for _ in 0..2 {
                person.answers(here(GET_TOKEN));
                person.answers(there(GET_TOKEN));
            }
            assert_eq!(person.logins(), logins);
        };
        person.laptop.succeeds(here(LOGIN));
        let key = person.kernel_key();
        person.answers(there(GET_TOKEN));
        both_hit(2);
        let stores = |run: Run| person.store_in_status(run).0;
        assert_eq!(stores(here("status --output json")), "kernel");
        assert_eq!(stores(there("status --output json")), store);
        assert_eq!(person.kernel_key(), key);
        for run in [here("status --short"), there("status --short")] {
            let line = person.laptop.succeeds(run).stdout;
            assert!(line.starts_with("alice@example.com "), "{line}");
        }
        person.laptop.succeeds(here("login --force"));
        both_hit(3);
        person.laptop.succeeds(there("login --force"));
        both_hit(4);

        // Signing out is for all of them.
        person.laptop.succeeds(here("logout"));
        assert!(person.entries().is_empty());
        assert_eq!(person.kernel_key(), None);
        assert!(!person.cache().exists());
        person.answers(there(GET_TOKEN));
        assert_eq!(person.logins(), 5);
        stop_container(&person);
    }
}

/// The key of a named store is not looked for anywhere else.
#[test]
fn a_named_store_is_not_lowered() {
    let person = Person::new();
    person.logs_in("kernel");
    let run = person.without_kernel("kernel", GET_TOKEN);
    person.laptop.fails(run, 1, "");
    assert!(!person.key_file().exists());
    person.hits("kernel");
}

/// The entry of a container that is gone is deleted once it has expired, and so are the files of older versions.
#[test]
fn nothing_is_kept_for_ever() {
    let person = Person::new();
    person.answers(in_sandbox(&person, GET_TOKEN));
    let [of_sandbox] = <[_; 1]>::try_from(person.entries()).unwrap();
    let name = of_sandbox.file_name().unwrap().to_str().unwrap();
    let slot = name.split('.').next().unwrap();
    let old = of_sandbox.with_file_name(format!("{slot}.entry"));
    fs::copy(&of_sandbox, &old).unwrap();
    person.misses("kernel");
    assert!(of_sandbox.exists() && !old.exists());

    let bytes = fs::read(&of_sandbox).unwrap();
    expire(&of_sandbox, &bytes);
    person.laptop.succeeds(person.run("auto", "login --force"));
    assert_eq!(person.entries().len(), 1);
    assert!(!of_sandbox.exists());
}

/// Replaces the expiry in the header, which can be read without the key, by one in 2004.
fn expire(path: &Path, bytes: &[u8]) {
    const BEFORE: &[u8] = b"\"expires_at\":1";
    let at = bytes.windows(BEFORE.len()).position(|part| part == BEFORE);
    let mut bytes = bytes.to_owned();
    bytes[at.unwrap() + BEFORE.len()] = b'0';
    fs::write(path, bytes).unwrap();
}

/// A key that cannot be read at the moment may still be there, and everything is sealed with it.
#[test]
fn a_key_that_cannot_be_read_now_is_not_replaced() {
    let person = Person::new();
    person.logs_in("file");
    let key = fs::read(person.key_file()).unwrap();
    for (call, errno) in [
        ("read", "EIO"),
        ("read", "EINTR"),
        ("openat", "EIO"),
        ("openat", "EACCES"),
        ("openat", "EMFILE"),
        ("openat", "ENFILE"),
        ("openat", "ESTALE"),
    ] {
        let before = person.logins();
        let path = person.key_file();
        let strace = format!("strace -f -qq -o /dev/null -P {}", path.display());
        let fault = format!("-e trace={call} -e inject={call}:error={errno}");
        // EINTR is not an error: the call is made again, and would be refused for ever.
        let times = if errno == "EINTR" { ":when=1" } else { "" };
        let script = format!("exec {strace} {fault}{times} apono-login {GET_TOKEN} -v");
        let output = person.laptop.succeeds(person.shell("file", &script));
        person.check_token(&output);
        let failures = usize::from(errno != "EINTR");
        assert_eq!(person.logins(), before + failures, "{call} {errno}");
        assert_eq!(warnings(&output).len(), failures, "{output}");
        assert_eq!(fs::read(&path).unwrap(), key, "{call} {errno}");
        person.hits("file");
    }
}
