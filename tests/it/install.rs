//! `install` and `uninstall` as a person types them, on a terminal and without one.

mod sso;
mod sso_asked;

use kit::home::{Output, apono_login};
use kit::laptop::{INSTALL, Laptop, PROFILE};
use kit::standin::Options;

const OTHERS: &str = "# mine\n[default]\nregion = us-east-1\n";

fn with_default_profile() -> Laptop {
    let laptop = Laptop::bare(Options::default());
    laptop.home.write(".aws/config", OTHERS);
    laptop
}

/// `apono-login ARGUMENTS` on a terminal, with these lines typed.
fn typed(laptop: &Laptop, arguments: &str, lines: &[&str]) -> Output {
    let command = format!("apono-login {arguments}");
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let run = laptop
        .home
        .run("script", ["-qec", &command, "/dev/null"])
        .input(input);
    run.output()
}

#[test]
fn the_guides_profile_and_nothing_else() {
    let laptop = with_default_profile();
    laptop.home.apono_login(INSTALL).succeeds();
    let expected = format!("{OTHERS}\n{PROFILE}");
    assert_eq!(laptop.home.read(".aws/config"), expected);

    let again = laptop.home.apono_login(INSTALL).succeeds();
    again.explains(&["already up to date"]);
    assert_eq!(laptop.home.read(".aws/config"), expected);
}

#[test]
fn another_email_is_shown_as_a_diff_and_then_written() {
    let laptop = with_default_profile();
    laptop.home.apono_login(INSTALL).succeeds();
    let changed = laptop
        .home
        .apono_login("install --email bob@example.com")
        .succeeds();
    changed.explains(&[
        "-role_session_name = alice@example.com",
        "+role_session_name = bob@example.com",
    ]);
    let bobs = PROFILE.replace("alice", "bob");
    assert_eq!(laptop.home.read(".aws/config"), format!("{OTHERS}\n{bobs}"));
}

#[test]
fn a_dry_run_prints_the_diff_and_writes_nothing() {
    let laptop = with_default_profile();
    let shown = laptop
        .home
        .apono_login(&format!("{INSTALL} --dry-run"))
        .succeeds()
        .stdout;
    for line in PROFILE.lines() {
        assert!(shown.contains(&format!("\n+{line}\n")), "{shown}");
    }
    assert_eq!(laptop.home.read(".aws/config"), OTHERS);
}

#[test]
fn what_is_missing_is_named_at_once_without_a_terminal() {
    let laptop = with_default_profile();
    let refused = laptop
        .home
        .apono_login("install --email alice@example.com")
        .exits(2);
    refused.explains(&["missing: --account-id, --region", "hint: "]);
    assert!(!refused.stderr.contains("--email,"), "{refused}");
    assert_eq!(laptop.home.read(".aws/config"), OTHERS);
}

#[test]
fn what_is_missing_is_asked_for_on_a_terminal_and_again_after_a_slip() {
    let laptop = with_default_profile();
    let lines = [
        "1111222233",
        "111122223333",
        "eu-west-1",
        "alice@example.com",
    ];
    let asked = typed(&laptop, "install", &lines);
    assert!(asked.status.success(), "{asked}");
    assert!(asked.stdout.contains("exactly 12 digits"), "{asked}");
    let expected = format!("{OTHERS}\n{PROFILE}");
    assert_eq!(laptop.home.read(".aws/config"), expected);

    let refused = typed(&laptop, "install --email bob@example.com", &["n"]);
    assert_eq!(refused.status.code(), Some(1), "{refused}");
    assert_eq!(laptop.home.read(".aws/config"), expected);
    let agreed = typed(&laptop, "install --email bob@example.com", &[""]);
    assert!(agreed.status.success(), "{agreed}");
    assert!(laptop.home.read(".aws/config").contains("bob@example.com"));
}

#[test]
fn the_role_is_in_the_partition_of_the_region() {
    for (region, partition) in [
        ("eu-west-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
    ] {
        let laptop = with_default_profile();
        let flags = "--account-id 111122223333 --email a@b.c --role-name team/apono";
        laptop
            .home
            .apono_login(&format!("install {flags} --region {region}"))
            .succeeds();
        let expected = format!("role_arn = arn:{partition}:iam::111122223333:role/team/apono\n");
        let written = laptop.home.read(".aws/config");
        assert!(written.contains(&expected), "{written}");
    }
}

#[test]
fn somebody_elses_profile_is_not_taken_over() {
    for (owned, word) in [
        ("sso_session = corp\n", "sso_session"),
        ("aws_access_key_id = AKIA\n", "aws_access_key_id"),
        ("credential_process = /bin/vault\n", "credential_process"),
    ] {
        let laptop = Laptop::bare(Options::default());
        let before = format!("[profile apono-k8s-access]\n{owned}");
        laptop.home.write(".aws/config", &before);
        laptop.fails(laptop.run(INSTALL), 1, "");
        assert_eq!(laptop.home.read(".aws/config"), before);
    }
}

#[test]
fn uninstall_takes_back_what_was_written() {
    let laptop = with_default_profile();
    let home = &laptop.home;
    let kubeconfig = "apiVersion: v1\nkind: Config\nclusters:\n- name: kind\n  cluster:\n    server: https://127.0.0.1:1\n\
                      contexts:\n- name: kind\n  context: {cluster: kind, user: kind} # mine\n\
                      users:\n- name: kind\n  user:\n    token: abc\ncurrent-context: kind\n";
    home.write(".kube/config", kubeconfig);
    for process in ["", " --credential-process"] {
        home.apono_login(&format!("{INSTALL}{process}")).succeeds();
        home.apono_login(
            "update-kubeconfig --name prod --region eu-west-1 --alias prod --no-switch",
        )
        .succeeds();
        assert!(home.read(".kube/config").contains("get-token"));

        let shown = home.apono_login("uninstall --dry-run").succeeds().stdout;
        assert!(shown.contains("-[profile apono-k8s-access]"), "{shown}");
        assert!(home.read(".aws/config").contains("apono-k8s-access"));

        home.apono_login("uninstall").succeeds();
        assert_eq!(home.read(".aws/config"), OTHERS);
        assert_eq!(home.read(".kube/config"), kubeconfig);
        assert!(!home.path(".cache/apono-login").exists());
    }
    home.apono_login("uninstall")
        .succeeds()
        .explains(&["nothing"]);
}

#[test]
fn uninstall_leaves_what_install_did_not_write() {
    let laptop = Laptop::bare(Options::default());
    let region_only = "[profile apono-k8s-access]\nregion = eu-west-1\n";
    laptop.home.write(".aws/config", region_only);
    laptop
        .succeeds(laptop.run("uninstall"))
        .explains(&["nothing"]);
    assert_eq!(laptop.home.read(".aws/config"), region_only);

    let theirs = "[profile apono-k8s-access]\nrole_arn = arn:aws:iam::111122223333:role/x\nrole_session_name = ci\n\
                  web_identity_token_file = /token\n";
    laptop.home.write(".aws/config", theirs);
    laptop.fails(laptop.run("uninstall"), 1, "");
    assert_eq!(laptop.home.read(".aws/config"), theirs);
}

/// A package manager's link stays when the version behind it changes, so the link is what is written down.
#[test]
fn the_link_on_the_path_is_written_down_and_not_what_it_leads_to() {
    let laptop = with_default_profile();
    std::fs::create_dir(laptop.home.path("bin")).unwrap();
    let link = laptop.home.path("bin/apono-login");
    std::os::unix::fs::symlink(apono_login(), &link).unwrap();
    let typed = |command: &str| {
        let script = format!("PATH=$HOME/bin:$PATH && apono-login {command}");
        laptop.succeeds(laptop.home.run("sh", ["-c", &script]));
    };
    typed(&format!("{INSTALL} --credential-process"));
    typed("update-kubeconfig --name prod");
    let link = link.display();
    let config = laptop.home.read(".aws/config");
    let process = format!("credential_process = {link} export-credentials");
    assert!(config.contains(&process), "{config}");
    let kubeconfig = laptop.home.read(".kube/config");
    assert!(
        kubeconfig.contains(&format!("command: {link}\n")),
        "{kubeconfig}"
    );
}
