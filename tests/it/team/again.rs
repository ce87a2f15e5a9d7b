//! Installing again: an unchanged file writes nothing, and a changed file is applied.

#[cfg(target_os = "linux")]
mod linux;

use crate::team::setting::*;
use kit::standin::{Operation, Service};

#[test]
fn an_unchanged_file_writes_nothing_and_asks_for_no_sign_in() {
    let laptop = installed(&both());
    let look = || {
        [".aws/config", ".kube/config"].map(|path| {
            let metadata = std::fs::metadata(laptop.home.path(path)).unwrap();
            (metadata.modified().unwrap(), metadata.len())
        })
    };
    let before = look();
    laptop.aws.forget();
    // With or without the email, and with either kind of line ending.
    for (command, file) in [
        (INSTALL, both()),
        ("install --from team.toml", both().replace('\n', "\r\n")),
        ("install --from team.toml --dry-run", both()),
    ] {
        laptop.home.write("team.toml", file);
        let output = run(&laptop, command);
        assert_eq!(look(), before, "{output}");
    }
    let piped = laptop.run("install --from -").input(both());
    laptop.succeeds(piped).recorded("piped");
    laptop.asked_none_of(&[Service::Portal, Service::Sts]);
}

/// The profile is renamed to the longer name without another sign-in or the email.
#[test]
fn a_second_account() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    laptop.home.write("team.toml", both());
    run(&laptop, "install --from team.toml --yes");
    assert_eq!(current(&laptop), "prod");
    assert_eq!(laptop.aws.count(Operation::Consent), 1);
    config_recorded(&laptop);
    lists_pods(&laptop, "prod");
    lists_pods(&laptop, "staging");
    laptop.succeeds(laptop.run("uninstall --all --yes"));
    assert_eq!(files(&laptop).0, "");
}

#[test]
fn another_role_and_another_permission_set() {
    let laptop = installed(&both());
    let other = "arn:aws:iam::111122223333:role/team/other";
    let mut guide = kit::standin::Role::guide(other);
    guide.max_session = 3600;
    laptop.aws.put_role(guide);
    laptop.aws.assign(ALICE, "111122223333", "Admin");
    let file = format!("role_name = \"team/other\"\n{TOP}{PROD}").replace("Engineer", "Admin");
    laptop.home.write("team.toml", &file);
    let output = laptop.run(INSTALL_YES).output();
    // The cached session is the old role's, so the new role is assumed with the current sign-in.
    output.recorded("");
    config_recorded(&laptop);
}
