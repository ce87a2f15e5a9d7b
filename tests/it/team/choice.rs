//! Which profiles a command works with where none is named: one rule for all commands.

use crate::team::setting::*;
use kit::home::Run;
use kit::laptop::Laptop;

const PROD_PROFILE: &str = "apono-k8s-access-prod";
const STAGING_PROFILE: &str = "apono-k8s-access-staging";
/// Prints the account of the credentials.
const EXEC: &str = "apono-login exec -- printenv AWS_ACCOUNT_ID";
const UPDATE: &str = "update-kubeconfig --name staging --region eu-west-1 --alias mine";

/// Returns a laptop with two accounts, of which no context is current.
fn of_two() -> Laptop {
    let laptop = installed(&both());
    kubectl(&laptop, "config unset current-context");
    laptop
}

fn sh(laptop: &Laptop, command: &str) -> Run {
    laptop.home.run("sh", ["-c", command]).known_as(command)
}

/// Returns the commands of this program in backticks.
fn commands(stderr: &str) -> Vec<&str> {
    let parts = stderr.split('`').skip(1).step_by(2);
    parts
        .filter(|part| part.starts_with("apono-login"))
        .collect()
}

/// Without a terminal, each hint is the typed command for one of the profiles, and works. The command of another program, which
/// may hold a secret, is not repeated.
#[test]
fn a_command_for_one_profile_names_the_command_for_each() {
    let laptop = of_two();
    let typed = sh(&laptop, EXEC).exits(2);
    typed.recorded("exec");
    let hints = commands(&typed.stderr);
    let accounts = hints.iter().map(|hint| {
        let whole = format!("{hint} printenv AWS_ACCOUNT_ID");
        let output = laptop.succeeds(sh(&laptop, &whole));
        output.stdout.trim().to_owned()
    });
    assert_eq!(
        accounts.collect::<Vec<_>>(),
        ["111122223333", OTHER_ACCOUNT]
    );
    for command in [
        "export-credentials --format env",
        "export-credentials",
        UPDATE,
        "doctor",
    ] {
        laptop.run(command).exits(2).recorded(command);
    }
}

/// On a terminal the profile is asked for, by number or name.
#[test]
fn a_command_for_one_profile_asks() {
    let laptop = of_two();
    for (answer, account) in [
        ("2\n", OTHER_ACCOUNT),
        ("apono-k8s-access-prod\n", "111122223333"),
    ] {
        let output = laptop.home.on_terminal(EXEC).input(answer).succeeds();
        assert!(output.stdout.contains(account), "{output}");
    }
    let output = laptop.home.on_terminal(EXEC).input("3\n\nprod\n");
    output.exits(2).recorded("no such one");
}

/// The profile of kubectl's current context is used by every command.
#[test]
fn the_current_context_chooses() {
    let laptop = installed(&both());
    for (context, account) in [("staging", OTHER_ACCOUNT), ("prod", "111122223333")] {
        kubectl(&laptop, &format!("config use-context {context}"));
        let profile = format!("apono-k8s-access-{context}");
        let output = laptop.succeeds(sh(&laptop, EXEC));
        assert_eq!(output.stdout.trim(), account, "{output}");
        for format in ["env", "process"] {
            let export = format!("export-credentials --format {format}");
            let output = laptop.run(&export).succeeds();
            assert!(output.stdout.contains(account), "{format}");
        }
        let json = laptop.succeeds(laptop.run("status --output json")).json();
        assert_eq!(json["profile"], profile.as_str());
        assert_eq!(json["profiles"].as_array().unwrap().len(), 2);
        let said = laptop.run("login --verbose").succeeds();
        let why =
            format!("profile {profile} is used: kubectl's current context {context} is for it");
        said.explains(&[&why]);
        let report = laptop.run("doctor --output json").output();
        assert_eq!(report.json()["profile"], profile.as_str());
    }
    kubectl(&laptop, "config use-context staging");
    run(&laptop, UPDATE);
    run(&laptop, "status");
    // A name comes first.
    let named = sh(
        &laptop,
        &EXEC.replace("--", &format!("--profile {PROD_PROFILE} --")),
    );
    assert_eq!(laptop.succeeds(named).stdout.trim(), "111122223333");
    let named = sh(&laptop, EXEC).env("APONO_PROFILE", PROD_PROFILE);
    assert_eq!(laptop.succeeds(named).stdout.trim(), "111122223333");

    // One whose profile has gone does not choose.
    laptop.succeeds(laptop.run("logout --all"));
    let (config, _) = files(&laptop);
    let other = config.replace(
        &format!("[profile {STAGING_PROFILE}]"),
        "[profile elsewhere]",
    );
    laptop.home.write(".aws/config", other);
    kubectl(&laptop, "config use-context mine");
    laptop.run("exec -- true").exits(2);
}

/// A hint leaves the profile out only where the same words choose the same one.
#[test]
fn hints_name_the_profile_where_the_words_would_choose_another() {
    let laptop = installed(&both());
    laptop.succeeds(laptop.run("logout --sso"));
    for (context, typed) in [
        ("staging", ""),
        ("staging", PROD_PROFILE),
        ("prod", PROD_PROFILE),
    ] {
        kubectl(&laptop, &format!("config use-context {context}"));
        let command = match typed {
            "" => "exec -- true".to_owned(),
            typed => format!("exec --profile {typed} -- true"),
        };
        let failed = laptop.run(&command).exits(3);
        failed.recorded(&format!("context {context}"));
        let command = commands(&failed.stderr)[0]
            .strip_prefix("apono-login")
            .unwrap();
        let said = signed_in(&laptop, command.trim());
        let account = match (typed, context) {
            (PROD_PROFILE, _) => "111122223333",
            _ => OTHER_ACCOUNT,
        };
        said.explains(&[&format!("arn:aws:iam::{account}:role")]);
        laptop.succeeds(laptop.run("logout --sso"));
    }
}

/// A cluster that is not found may be in the account of another profile.
#[test]
fn a_cluster_of_another_account() {
    let laptop = installed(&both());
    let update = "update-kubeconfig --name staging --region eu-west-1";
    laptop.fails(laptop.run(update), 1, "");
    laptop.succeeds(laptop.run(&format!("{update} --profile {STAGING_PROFILE}")));
    let named = format!("{update} --profile {PROD_PROFILE}");
    laptop.fails(laptop.run(&named), 1, "named");
}

/// The only installed profile is used, whatever its name.
#[test]
fn the_only_one() {
    let laptop = laptop(&format!("{TOP}{STAGING}"));
    signed_in(&laptop, &format!("{INSTALL} --profile work"));
    kubectl(&laptop, "config unset current-context");
    let output = laptop.succeeds(sh(&laptop, EXEC));
    assert_eq!(output.stdout.trim(), OTHER_ACCOUNT);
    for command in [
        UPDATE,
        "login",
        "status",
        "export-credentials",
        "doctor",
        "logout",
        "logout --sso",
        "uninstall --yes",
    ] {
        kubectl(&laptop, "config unset current-context");
        let output = laptop.run(command).output();
        assert_eq!(output.status.code(), Some(0), "{output}");
    }
    assert_eq!(files(&laptop).0, "");
}

/// With several, the commands that can do so use all.
#[test]
fn all_where_that_is_meant() {
    let laptop = of_two();
    run(&laptop, "login");
    run(&laptop, "status");
    run(&laptop, "logout");
    run(&laptop, "uninstall --dry-run");
    run(&laptop, "uninstall --yes");
    assert_eq!(files(&laptop).0, "");
}
