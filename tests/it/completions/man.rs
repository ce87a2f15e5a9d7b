//! The manual pages, as mandoc reads them.

use std::os::unix::fs::PermissionsExt as _;

use kit::{Home, tools};

/// As a terminal shows it, without what makes letters bold.
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

#[test]
fn one_page_for_each_command() {
    tools::bin();
    let home = Home::new();
    let output = home.apono_login("man --dir share/man/man1").succeeds();
    assert_eq!(output.stdout, "");
    output.explains(&["pages are in share/man/man1"]);
    let folder = home.path("share/man/man1");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|found| found.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in [
        "apono-login.1",
        "apono-login-login.1",
        "apono-login-status.1",
        "apono-login-get-token.1",
        "apono-login-token.1",
        "apono-login-token-inspect.1",
        "apono-login-update-kubeconfig.1",
    ] {
        assert!(
            names.iter().any(|found| found == name),
            "{name} is not in {names:?}"
        );
    }
    for hidden in ["refresh", "complete-values", "help"] {
        assert!(!names.iter().any(|name| name.contains(hidden)), "{names:?}");
    }
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
        for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS"] {
            assert!(
                text.lines().any(|line| line == section),
                "{name}: {section}\n{text}"
            );
        }
    }
    // Again, over what is there.
    home.apono_login("man --dir share/man/man1").succeeds();
    let inspect = shown(&home, "share/man/man1/apono-login-token-inspect.1");
    assert!(inspect.contains("apono-login token inspect"), "{inspect}");
    assert!(
        inspect.contains(
            "EXAMPLES\n         apono-login get-token --cluster-name prod | apono-login token"
        ),
        "{inspect}"
    );
}

#[test]
fn the_page_of_the_whole_tool() {
    tools::bin();
    let home = Home::new();
    let page = home.apono_login("man").succeeds().stdout;
    home.write("page.1", &page);
    let text = shown(&home, "page.1");
    for words in [
        "\nENVIRONMENT\n       APONO_PROFILE\n",
        "\nFILES\n       ~/.aws/config\n",
        "       3      You have to sign in.\n",
        "       apono-login-status(1)\n",
        "\n       --profile <NAME>\n",
        "apono-login 0.",
    ] {
        assert!(text.contains(words), "{words:?}\n{text}");
    }
    assert!(!text.contains("complete-values"), "{text}");
    let folder = home.apono_login("man --dir page.1/x");
    folder.exits(1).explains(&["page.1", "hint: "]);
}
