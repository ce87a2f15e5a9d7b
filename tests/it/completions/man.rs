//! The manual pages, as mandoc reads them.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;

use kit::{Home, tools};

/// Returns the page as a terminal shows it, without bold.
fn shown(home: &Home, file: &str) -> String {
    let page = home.run("mandoc", ["-T", "utf8", file]).succeeds().stdout;
    let mut shown = String::new();
    for c in page.chars() {
        match c {
            '\u{8}' => drop(shown.pop()),
            c => shown.push(c),
        }
    }
    shown
}

#[track_caller]
fn record(home: &Home, file: &str) {
    let mut page = home.run("mandoc", ["-T", "utf8", file]).succeeds();
    page.stdout = shown(home, file);
    page.recorded(file);
}

#[test]
fn one_page_for_each_command() {
    tools::bin();
    let home = Home::new();
    let output = home.apono_login("man --dir share/man/man1").succeeds();
    assert_eq!(output.stdout, "");
    output.recorded("");
    let folder = home.path("share/man/man1");
    let files = std::fs::read_dir(&folder).unwrap();
    let names: BTreeSet<_> = files
        .map(|found| found.unwrap().file_name().into_string().unwrap())
        .collect();
    let commands = crate::help::commands(&home).into_iter().map(|command| {
        let page = format!("apono-login {command}");
        format!("{}.1", page.trim_end().replace(' ', "-"))
    });
    assert_eq!(names, BTreeSet::from_iter(commands));
    for name in &names {
        let file = format!("share/man/man1/{name}");
        let mode = std::fs::metadata(home.path(&file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o644, "packagers ship it as it is");
        assert!(home.read(&file).is_ascii(), "{name}");
        home.run("mandoc", ["-T", "lint", "-W", "error", &file])
            .succeeds();
        let text = shown(&home, &file);
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "GLOBAL OPTIONS",
            "EXIT STATUS",
        ] {
            assert!(
                text.lines().any(|line| line == section),
                "{name}: {section}\n{text}"
            );
        }
    }
    // Overwrites the existing files.
    home.apono_login("man --dir share/man/man1").succeeds();
    record(&home, "share/man/man1/apono-login-token-inspect.1");
}

#[test]
fn the_page_of_the_whole_tool() {
    tools::bin();
    let home = Home::new();
    let page = home.apono_login("man").succeeds().stdout;
    home.write("page.1", &page);
    record(&home, "page.1");
    let folder = home.apono_login("man --dir page.1/x");
    folder.exits(1).recorded("a file in place of the folder");
}
