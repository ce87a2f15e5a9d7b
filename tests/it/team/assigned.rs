//! Accounts of a team file that the access portal does not assign to the person.

use crate::team::setting::*;
use kit::standin::Operation;

const SKIPPED: &str = "not assigned, skipped";

/// It is skipped, without a context; once it is assigned, the next run picks it up.
#[test]
fn an_account_that_is_not_assigned_yet() {
    let laptop = without_the_second(&both());
    signed_in(&laptop, INSTALL).recorded("");
    assert_eq!(contexts(&laptop), ["prod"]);
    run(&laptop, INSTALL);
    // `login` for all says the same; for that profile alone it fails.
    run(&laptop, "login --all");
    let alone = laptop.run("login --profile apono-k8s-access-staging");
    laptop.fails(alone, 1, "alone");

    laptop.aws.assign(ALICE, OTHER_ACCOUNT, "Engineer");
    let said = run(&laptop, "login --all");
    assert!(!said.stderr.contains(SKIPPED), "{said}");
    run(&laptop, INSTALL);
    assert_eq!(contexts(&laptop), ["prod", "staging"]);
    lists_pods(&laptop, "staging");
    assert_eq!(laptop.aws.count(Operation::Consent), 1);
}

/// The email comes from the sign-in of another account, whichever is the first in the file.
#[test]
fn the_first_account_is_not_assigned() {
    let laptop = without_the_second(&format!("{TOP}{STAGING}{PROD}"));
    signed_in(&laptop, "install --from team.toml --yes").recorded("");
    assert_eq!(contexts(&laptop), ["prod"]);
    assert_eq!(current(&laptop), "prod");
}

/// Where none is assigned, it is a failure that names the line of the file.
#[test]
fn none_is_assigned() {
    let laptop = without_the_second(&format!("{TOP}{STAGING}"));
    let output = signing_in(&laptop, "install --from team.toml --yes");
    laptop.failed(output, 1, "before anything is written");
    assert!(!laptop.home.path(".aws/config").exists());
    laptop.aws.forget();
    laptop.failed(laptop.run(INSTALL).output(), 1, "with an email");
}

/// Another permission set of the account is offered, for the line of the file.
#[test]
fn another_permission_set_is_assigned() {
    let laptop = without_the_second(&format!("{TOP}{STAGING}"));
    laptop.aws.assign(ALICE, OTHER_ACCOUNT, "Admin");
    let output = signing_in(&laptop, INSTALL);
    laptop.failed(output, 1, "");
}

/// It is skipped where the only other account fails because its permission set is the wrong one.
#[test]
fn the_other_account_has_another_permission_set() {
    let file = format!("{TOP}{}{STAGING}", PROD.replace("Engineer", "Enginer"));
    let laptop = without_the_second(&file);
    let output = signing_in(&laptop, INSTALL);
    laptop.failed(output, 1, "");
    laptop.failed(laptop.run("login --all").output(), 1, "login");
}

#[test]
fn an_account_that_is_required() {
    let file = both().replace(
        "name = \"staging\"\n",
        "name = \"staging\"\nrequired = true\n",
    );
    let laptop = without_the_second(&file);
    let output = signing_in(&laptop, INSTALL);
    laptop.failed(output, 1, "");
    assert_eq!(contexts(&laptop), ["prod"]);
    laptop.failed(laptop.run("login --all").output(), 1, "login");
    // It is required no more.
    laptop.home.write("team.toml", both());
    run(&laptop, INSTALL_YES);
    run(&laptop, "login --all");
    run(&laptop, "uninstall --all --yes");
    assert_eq!(files(&laptop).0, "");

    laptop
        .home
        .write("team.toml", file.replace("= true", "= \"yes\""));
    laptop.fails(laptop.run(INSTALL), 1, "not a boolean");
}

/// What fails for a value of the team file names its line.
#[test]
fn the_line_of_the_team_file() {
    let file = both().replace("name = \"prod\", region", "name = \"nowhere\", region");
    let laptop = laptop(&file);
    laptop.aws.delete_role(&role(OTHER_ACCOUNT));
    let output = signing_in(&laptop, INSTALL);
    let output = laptop.failed(output, 1, "");
    let line = |text: &str| 1 + file.lines().position(|line| line.contains(text)).unwrap();
    let account = 1 + file
        .lines()
        .enumerate()
        .filter(|(_, line)| *line == "[[accounts]]")
        .nth(1)
        .unwrap()
        .0;
    for line in [line("nowhere"), account] {
        output.explains(&[&format!("change line {line} of team.toml")]);
    }
}
