//! Programs that write a file in place, as the aws CLI does: they empty it first.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use kit::laptop::{INSTALL, Laptop, PROFILE, UPDATE_KUBECONFIG};

use super::{CONFIG, KUBECONFIG};

const THEIRS: &str = "# mine\n[default]\nregion = eu-west-1\n";
const KIND: &str = "apiVersion: v1\nkind: Config\n";

/// Opens a file of the home as these programs do.
fn emptied(laptop: &Laptop, path: &str) -> File {
    let mut options = OpenOptions::new();
    let file = options.write(true).truncate(true);
    file.open(laptop.home.path(path)).unwrap()
}

#[test]
fn an_edit_waits_until_the_file_is_written() {
    for (path, before, command) in [
        (CONFIG, THEIRS, INSTALL),
        (KUBECONFIG, KIND, UPDATE_KUBECONFIG),
    ] {
        for written in [0, before.len() / 2, before.len()] {
            let laptop = Laptop::new();
            laptop.home.write(path, before);
            if path == KUBECONFIG {
                laptop.succeeds(laptop.run("login"));
            }
            let mut file = emptied(&laptop, path);
            file.write_all(&before.as_bytes()[..written]).unwrap();
            thread::scope(|scope| {
                let run = scope.spawn(|| laptop.succeeds(laptop.run(command)));
                thread::sleep(Duration::from_millis(1500));
                assert!(!run.is_finished(), "{command}, {written} bytes");
                assert_eq!(laptop.home.read(path), before[..written]);
                file.write_all(&before.as_bytes()[written..]).unwrap();
                drop(file);
            });
            let after = laptop.home.read(path);
            assert!(
                after.starts_with(before) && after.contains("apono-k8s-access"),
                "{written} bytes: {after}"
            );
        }
    }
}

/// A command that only reads does not blame the half of a file.
#[test]
fn a_half_that_cannot_be_read_is_read_again() {
    for command in ["login", "status", "doctor", "export-credentials"] {
        let laptop = Laptop::new();
        let whole = laptop.home.read(CONFIG);
        let (half, rest) = whole.split_at("[profile apono".len());
        let mut file = emptied(&laptop, CONFIG);
        file.write_all(half.as_bytes()).unwrap();
        thread::scope(|scope| {
            let run = scope.spawn(|| laptop.run(command).output());
            thread::sleep(Duration::from_millis(700));
            file.write_all(rest.as_bytes()).unwrap();
            drop(file);
            let output = run.join().unwrap();
            assert!(!output.to_string().contains(".aws/config:"), "{output}");
        });
    }
}

/// What is wrong with a file is named although an editor has it open.
#[test]
fn a_malformed_file_that_stays_open_is_not_waited_for_long() {
    let laptop = Laptop::with_config("[default]\nregion = eu-west-1\n[broken\n");
    let mut options = OpenOptions::new();
    let _file = options.append(true).open(laptop.home.path(CONFIG)).unwrap();
    let started = Instant::now();
    let output = laptop.run("status").exits(1);
    assert!(
        output.stderr.contains("config:3: invalid section header"),
        "{output}"
    );
    assert!(started.elapsed() < Duration::from_secs(6));
}

#[test]
fn a_file_that_is_written_for_ever_is_not_changed() {
    let laptop = Laptop::with_config(THEIRS);
    let mut file = emptied(&laptop, CONFIG);
    let started = Instant::now();
    laptop.fails(laptop.run(INSTALL), 4, "");
    assert!(started.elapsed() < Duration::from_secs(15));
    assert_eq!(laptop.home.read(CONFIG), "");
    file.write_all(THEIRS.as_bytes()).unwrap();
    drop(file);
    laptop.succeeds(laptop.run(INSTALL));
    let expected = format!("{THEIRS}\n{PROFILE}duration_seconds = 3600\n");
    assert_eq!(laptop.home.read(CONFIG), expected);
}

/// A program that only reads the file does not hold up an edit.
#[test]
fn readers_are_not_waited_for() {
    let laptop = Laptop::with_config(THEIRS);
    let _file = File::open(laptop.home.path(CONFIG)).unwrap();
    let started = Instant::now();
    laptop.succeeds(laptop.run(INSTALL));
    assert!(started.elapsed() < Duration::from_secs(5));
}
