//! The first installation: from a team file to pods, with one sign-in.

#[cfg(target_os = "linux")]
mod linux;

use crate::team::setting::*;
use kit::standin::{Fault, Operation, Service};

#[test]
fn a_single_account_keeps_the_plain_name() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    assert_eq!(
        profiles(&laptop),
        ["Engineer-111122223333", "apono-k8s-access"]
    );
    // `--profile` changes the name; APONO_PROFILE does not, because it names one profile only.
    let dry_run = laptop.run(&format!("{INSTALL} --dry-run"));
    let dry_run = dry_run.env("APONO_PROFILE", "apono-k8s-access");
    laptop.succeeds(dry_run).recorded("APONO_PROFILE");
    run(&laptop, &format!("{INSTALL} --profile work"));
    assert_eq!(
        profiles(&laptop),
        ["Engineer-111122223333", "apono-k8s-access", "work"]
    );
    assert_eq!(current(&laptop), "prod");
    lists_pods(&laptop, "prod");
}

#[test]
fn a_dry_run_writes_nothing_and_asks_for_no_sign_in() {
    let laptop = laptop(&both());
    let shown = run(&laptop, &format!("{INSTALL} --dry-run"));
    assert!(!laptop.home.path(".aws").exists());
    assert!(!laptop.home.path(".kube").exists());
    laptop.asked_none_of(&[Service::Portal, Service::Sts, Service::Eks]);
    // The installation writes what the dry run showed.
    signing_in(&laptop, INSTALL);
    let (config, _) = files(&laptop);
    let added = shown.stdout.split_inclusive('\n');
    let added = added.filter_map(|line| line.strip_prefix('+'));
    let added: String = added.skip(1).collect();
    assert_eq!(config, added);
}

/// A cluster that fails does not stop the others, and is added by the next run.
#[test]
fn one_broken_cluster() {
    let file = both().replace("name = \"prod\", region", "name = \"nowhere\", region");
    let laptop = laptop(&file);
    let output = signing_in(&laptop, INSTALL);
    laptop.failed(output, 1, "");
    assert_eq!(contexts(&laptop), ["staging"]);
    lists_pods(&laptop, "staging");
    laptop.home.write("team.toml", both());
    run(&laptop, INSTALL);
    assert_eq!(current(&laptop), "staging", "it is the person's by now");
}

#[test]
fn one_account_whose_role_cannot_be_assumed() {
    let laptop = laptop(&both());
    laptop.aws.delete_role(&role("111122223333"));
    let output = signing_in(&laptop, INSTALL);
    laptop.failed(output, 1, "");
    assert_eq!(contexts(&laptop), ["staging"]);
    assert_eq!(current(&laptop), "staging", "the first that works");
}

/// After a failed sign-in the written files stay, and the next run continues from there.
#[test]
fn a_sign_in_that_fails() {
    let laptop = laptop(&both());
    let fault = Fault::error(400, "InvalidRequestException", "Invalid start url");
    laptop.aws.misbehave(Operation::RegisterClient, fault);
    laptop.failed(laptop.run(INSTALL).output(), 1, "");
    laptop.aws.behave();
    signed_in(&laptop, INSTALL).recorded("");
    assert_eq!(contexts(&laptop), ["prod", "staging"]);
    assert_eq!(current(&laptop), "prod");
}

/// The guide's setup: the person's own source profile provides the credentials, and may itself get them from the tool.
#[test]
fn a_source_profile_of_the_persons_own() {
    let source = "source_profile = \"default\"";
    let file = PROD.replace("sso_role_name = \"Engineer\"", source);
    let laptop = laptop(&file);
    laptop.aws.write_home(&laptop.home.path("")).unwrap();
    run(
        &laptop,
        "install --from team.toml --yes --credential-process",
    );
    config_recorded(&laptop);
    lists_pods(&laptop, "prod");
    run(&laptop, INSTALL);
    // Downloaded again, with another file name.
    laptop.home.write("team-1.toml", &file);
    run(&laptop, "install --from team-1.toml");
    run(&laptop, "uninstall --from team-1.toml --yes");
    assert_eq!(files(&laptop).0, "");
}
