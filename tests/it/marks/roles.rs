//! A profile that flags installed with another role than the default one.

use kit::laptop::{INSTALL, Laptop, PROFILE};
use kit::standin::{Options, ROLE_ARN, Role};

const OTHERS: &str = "# mine\n[default]\nregion = us-east-1\n";
const MARK: &str = "apono_installed = true\n";
const FLAGS: &str = "--profile labs --role-name apono-other";

fn laptop() -> Laptop {
    let roles = [ROLE_ARN.to_owned(), ROLE_ARN.replace("k8s-access", "other")];
    let laptop = Laptop::bare(Options {
        roles: roles.iter().map(|role| Role::guide(role)).collect(),
        ..Options::default()
    });
    laptop.home.write(".aws/config", OTHERS);
    laptop
}

fn installed() -> Laptop {
    let laptop = laptop();
    laptop.succeeds(laptop.run(&format!("{INSTALL} {FLAGS}")));
    laptop
}

/// The only one: no command needs its name.
#[test]
fn each_command_knows_it() {
    let laptop = installed();
    for command in [
        "login",
        "status",
        "logout",
        "login --all",
        "status",
        "logout --all",
        "exec -- true",
        "uninstall --dry-run",
        "uninstall --all --yes",
    ] {
        let here = match cfg!(windows) {
            true => command.replace("-- true", "-- cmd /c exit"),
            false => command.to_owned(),
        };
        let run = laptop
            .run(&here)
            .known_as(&format!("apono-login {command}"));
        laptop.succeeds(run).recorded(command);
    }
    assert_eq!(laptop.home.read(".aws/config"), OTHERS);
    assert_eq!(laptop.cached("entry").len(), 0);
}

/// With another one there, all means both, and a choice is asked for.
#[test]
fn it_is_one_of_all() {
    let laptop = installed();
    laptop.succeeds(laptop.run(&format!("{INSTALL} --profile prod")));
    for command in ["login --all", "status"] {
        let output = laptop.succeeds(laptop.run(command));
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(said.contains("labs") && said.contains("prod"), "{output}");
    }
    let output = laptop.fails(laptop.run("exec -- true hunter2"), 2, "exec");
    assert!(!output.stderr.contains("hunter2"), "{output}");
    laptop.succeeds(laptop.run("uninstall --all --yes"));
    assert_eq!(laptop.home.read(".aws/config"), OTHERS);
}

#[test]
fn only_what_nothing_else_marks_is_marked() {
    let laptop = installed();
    let profile = PROFILE
        .replace("[profile apono-k8s-access]", "[profile labs]")
        .replace("role/apono-k8s-access", "role/apono-other");
    let config = || laptop.home.read(".aws/config");
    let expected = format!("{OTHERS}\n{profile}duration_seconds = 3600\n{MARK}");
    assert_eq!(config(), expected);

    let again = laptop.succeeds(laptop.run(&format!("{INSTALL} {FLAGS}")));
    again.explains(&["Profile labs is already up to date"]);

    // The command of a process marks it, and so does the default role.
    laptop.succeeds(laptop.run(&format!("{INSTALL} {FLAGS} --credential-process")));
    assert!(!config().contains(MARK), "{}", config());
    laptop.succeeds(laptop.run("uninstall --profile labs --yes"));
    laptop.succeeds(laptop.run(&format!("{INSTALL} {FLAGS}")));
    laptop.succeeds(laptop.run(&format!(
        "{INSTALL} --profile labs --role-name apono-k8s-access --yes"
    )));
    let guide = PROFILE.replace("[profile apono-k8s-access]", "[profile labs]");
    assert_eq!(
        config(),
        format!("{OTHERS}\n{guide}duration_seconds = 3600\n")
    );
    laptop.succeeds(laptop.run("uninstall --profile labs --yes"));
    assert_eq!(config(), OTHERS);
}

/// Where a section began an empty file, no blank line is left.
#[test]
fn an_empty_config_file_is_empty_again() {
    for order in [["labs", "prod"], ["prod", "labs"]] {
        let laptop = laptop();
        let portal = "--sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 --sso-role-name Engineer";
        laptop.home.write(".aws/config", "");
        for flags in [
            format!("{FLAGS} {portal}"),
            format!("--profile prod {portal}"),
        ] {
            laptop.succeeds(laptop.run(&format!("{INSTALL} {flags}")));
        }
        for profile in order {
            laptop.succeeds(laptop.run(&format!("uninstall --profile {profile} --yes")));
        }
        assert_eq!(laptop.home.read(".aws/config"), "", "{order:?}");
    }
}

/// A profile of the user with another role is neither changed nor removed, whatever it is named by, unless the user says that it
/// may be.
#[test]
fn one_that_the_user_wrote_stays() {
    let laptop = laptop();
    let theirs = format!(
        "{OTHERS}\n[profile admin]\nrole_arn = arn:aws:iam::111122223333:role/admin\n\
         source_profile = default\nregion = eu-west-1\n"
    );
    laptop.home.write(".aws/config", &theirs);
    for command in [
        "uninstall --profile admin --yes",
        &format!("{INSTALL} --profile admin --yes"),
        &format!("{INSTALL} --profile admin --role-name admin --yes"),
    ] {
        laptop.fails(laptop.run(command), 1, command);
        assert_eq!(laptop.home.read(".aws/config"), theirs, "{command}");
    }
    laptop.succeeds(laptop.run("uninstall --all --yes"));
    assert_eq!(laptop.home.read(".aws/config"), theirs);
    laptop.home.write(".aws/config", format!("{theirs}{MARK}"));
    laptop.succeeds(laptop.run("uninstall --profile admin --yes"));
    assert_eq!(laptop.home.read(".aws/config"), OTHERS);
}
