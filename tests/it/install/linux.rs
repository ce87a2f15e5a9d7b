//! What needs Linux or its programs here.

use super::*;
use kit::home::Run;
use kit::home::apono_login;

/// A package manager keeps its link when the version changes, so the link's path is written, not its target.
#[test]
fn the_link_on_the_path_is_written_down_and_not_what_it_leads_to() {
    let laptop = with_default_profile();
    std::fs::create_dir(laptop.home.path("bin")).unwrap();
    let link = laptop.home.path("bin/apono-login");
    std::os::unix::fs::symlink(apono_login(), &link).unwrap();
    for command in [
        &format!("{INSTALL} --credential-process"),
        "update-kubeconfig --name prod",
    ] {
        let script = format!("PATH=$HOME/bin:$PATH && apono-login {command}");
        laptop.succeeds(laptop.home.run("sh", ["-c", &script]));
    }
    let link = link.display();
    for (file, line) in [
        (".aws/config", format!("= {link} export-credentials")),
        (".kube/config", format!("command: {link}\n")),
    ] {
        let text = laptop.home.read(file);
        assert!(text.contains(&line), "{text}");
    }
}

/// Runs `apono-login ARGUMENTS` on a terminal, with these lines as input.
pub fn typed(laptop: &Laptop, arguments: &str, lines: &[&str]) -> Run {
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let run = laptop.home.on_terminal(&format!("apono-login {arguments}"));
    run.input(input)
}

#[test]
fn what_is_missing_is_asked_for_on_a_terminal_and_again_after_a_typing_error() {
    let laptop = with_default_profile();
    let run = laptop.run("install --email alice@example.com");
    laptop.fails(run, 2, "without a terminal");
    assert_eq!(laptop.home.read(".aws/config"), OTHERS);

    let lines = [
        "1111222233",
        "111122223333",
        "eu-west-1",
        "alice@example.com",
    ];
    typed(&laptop, "install", &lines).succeeds().recorded("");
    let expected = format!("{OTHERS}\n{PROFILE}duration_seconds = 3600\n");
    assert_eq!(laptop.home.read(".aws/config"), expected);

    for (answer, status, config) in [
        ("n", 1, &expected),
        ("", 0, &expected.replace("alice", "bob")),
    ] {
        let run = typed(&laptop, "install --email bob@example.com", &[answer]);
        run.exits(status).recorded(&format!("{answer:?}"));
        assert_eq!(laptop.home.read(".aws/config"), *config);
    }
}
