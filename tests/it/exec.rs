//! `exec` on Windows: which program runs, with which arguments, how it ends.

use std::os::windows::process::CommandExt as _;
use std::path::Path;

use kit::home::apono_login;
use kit::laptop::{LOGIN, Laptop};

/// Logs in, with a folder of programs in front of the `PATH`.
fn laptop(files: &[(&str, &str)]) -> Laptop {
    let mut laptop = Laptop::new();
    laptop.succeeds(laptop.run(LOGIN));
    for (name, text) in files {
        laptop.home.write(&format!("tools/{name}"), text);
    }
    let folder = laptop.home.path("tools");
    laptop.home = laptop.home.with_path(folder);
    laptop
}

/// A batch file that prints its arguments as they came.
const PRINTS: &str = "@echo off\r\necho 1=%1\r\necho 2=%2\r\necho 3=%3\r\nexit /b 0\r\n";

#[test]
fn a_batch_file_gets_its_arguments_as_they_were_typed() {
    let laptop = laptop(&[("aws", "#!/bin/sh\nexit 9\n"), ("aws.cmd", PRINTS)]);
    for argument in [
        "a b",
        "a&echo injected",
        "a & echo injected",
        "(a) ^b",
        "a|b<c>d",
        "100% of %PATH%",
        "!PATH!",
        "\" & echo injected & \"",
    ] {
        let output = laptop.run_words(["exec", "--", "aws", "first", argument, "last"]);
        let output = output.output();
        let lines: Vec<_> = output.stdout.lines().map(str::trim_end).collect();
        assert!(!lines.contains(&"injected"), "{output}");
        assert_eq!(lines.first(), Some(&"1=first"), "{output}");
        assert_eq!(lines.get(2), Some(&"3=last"), "{output}");
        // The cmd.exe of wine expands what stands for a percent sign in another way.
        if !argument.contains(['%', '"']) {
            let expected = format!("2=\"{argument}\"");
            assert_eq!(lines.get(1), Some(&expected.as_str()), "{output}");
        }
    }
}

#[test]
fn the_persons_order_of_endings() {
    let laptop = laptop(&[
        ("tool.bat", "@exit /b 11\r\n"),
        ("tool.cmd", "@exit /b 12\r\n"),
        ("tool.py", ""),
    ]);
    let status = |pathext: Option<&str>| {
        let run = laptop.run("exec -- tool");
        let run = match pathext {
            Some(pathext) => run.env("PATHEXT", pathext),
            None => run.env_remove("PATHEXT"),
        };
        run.output().status.code()
    };
    for (pathext, expected) in [
        (None, 11),
        (Some(".COM;.EXE;.BAT;.CMD"), 11),
        (Some(".cmd;.bat"), 12),
        (Some(".PY;;cmd"), 12),
        (Some(".EXE"), 127),
    ] {
        assert_eq!(status(pathext), Some(expected), "{pathext:?}");
    }
}

#[test]
fn the_whole_exit_code_comes_back() {
    let laptop = laptop(&[("tool.cmd", "@exit /b 300\r\n")]);
    assert_eq!(laptop.run("exec -- tool").output().status.code(), Some(300));
    // The last one is the status of a program that Ctrl-C ended.
    for status in [0, 1, 255, 256, 300, 0xC000_013A_u32.cast_signed()] {
        let run = laptop.run_words(["exec", "--", "cmd", "/d", "/c", &format!("exit {status}")]);
        assert_eq!(run.output().status.code(), Some(status));
    }
}

/// Starts `exec -- CHILD` in a console of its own, presses Ctrl-C once the child is ready, and returns the exit status.
fn pressed(laptop: &Laptop, presses: &Path, ready: &Path, child: &[&Path]) -> i32 {
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    let words = child.iter().map(|word| format!("\"{}\"", word.display()));
    let words: Vec<_> = words.collect();
    let line = format!("\"{}\" exec -- {}", apono_login(), words.join(" "));
    let run = laptop.home.run(presses, [ready.as_os_str(), line.as_ref()]);
    let mut command = run.into_command();
    let status = command.creation_flags(CREATE_NO_WINDOW).status().unwrap();
    status.code().unwrap()
}

#[test]
fn ctrl_c_is_for_the_command() {
    let laptop = laptop(&[]);
    let presses = kit::in_c::program("ctrl-c", "ctrl-c");
    let [ready, done] = ["ready", "done"].map(|name| laptop.home.path(name));
    let waits = [&presses, Path::new("--wait"), &ready];
    // It works for a second after Ctrl-C.
    let child = [&waits[..], &[&done]].concat();
    assert_eq!(pressed(&laptop, &presses, &ready, &child), 300);
    assert!(done.exists());
    // It is ended at once: wine gives it another status than Windows.
    std::fs::remove_file(&ready).unwrap();
    let status = pressed(&laptop, &presses, &ready, &waits);
    let ended = [0, 0xC000_013A_u32.cast_signed()];
    assert!(ended.contains(&status), "{status:x}");
}
