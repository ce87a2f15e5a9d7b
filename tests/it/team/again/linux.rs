//! What needs Linux or its programs here.

use super::*;

#[test]
fn an_account_and_a_cluster_that_were_removed() {
    let spare = "namespace = \"default\" }, { name = \"spare\", region = \"eu-west-1\" }]";
    let with_spare = both().replace("namespace = \"default\" }]", spare);
    let laptop = installed(&with_spare);
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/spare";
    assert_eq!(contexts(&laptop), [arn, "prod", "staging"]);
    kubectl(&laptop, "config use-context staging");
    // A context that the person created for the same profile is the person's own.
    laptop.succeeds(laptop.run(
        "update-kubeconfig --name prod --region eu-west-1 --profile apono-k8s-access-prod --alias mine --no-switch",
    ));
    let cached = laptop.cached("entry").len();

    laptop.home.write("team.toml", both());
    let before = files(&laptop);
    laptop.failed(laptop.run(INSTALL).output(), 1, "no terminal to ask on");
    assert_eq!(files(&laptop), before);
    run(&laptop, INSTALL_YES);
    assert_eq!(contexts(&laptop), ["mine", "prod", "staging"]);
    assert!(!files(&laptop).1.contains("spare"), "the cluster went, too");

    // Only one account is left, so its profile has the plain name.
    laptop.home.write("team.toml", format!("{TOP}{PROD}"));
    run(&laptop, &format!("{INSTALL} --dry-run"));
    assert_eq!(contexts(&laptop), ["mine", "prod", "staging"]);
    laptop.failed(laptop.run(INSTALL).output(), 1, "no terminal to ask on");
    run(&laptop, INSTALL_YES);
    assert_eq!(contexts(&laptop), ["prod"]);
    assert_eq!(current(&laptop), "");
    assert_eq!(laptop.cached("entry").len(), cached - 1);
    let sign_ins = laptop.aws.count(Operation::Consent);
    assert_eq!(sign_ins, 1, "one sign-in for all of it");
    lists_pods(&laptop, "prod");
}

#[test]
fn what_has_another_name() {
    let laptop = installed(&both());
    kubectl(&laptop, "config set-context staging --namespace mine");
    let file = both()
        .replace("alias = \"prod\"", "alias = \"live\"")
        .replace(", namespace = \"default\"", "")
        .replace("sso_role_name", "sso_role_name ")
        .replace("name = \"staging\"\nsso", "name = \"test\"\nsso");
    laptop.home.write("team.toml", &file);
    run(&laptop, INSTALL_YES);
    assert_eq!(contexts(&laptop), ["live", "staging"]);
    assert_eq!(current(&laptop), "live", "the same under its new name");
    let (config, kubeconfig) = files(&laptop);
    assert!(!kubeconfig.contains("namespace: default"), "{kubeconfig}");
    assert!(!config.contains("-staging"), "{config}");
    lists_pods(&laptop, "live");
    lists_pods(&laptop, "staging");
    run(&laptop, INSTALL);
}

/// On a terminal the changes are shown and confirmed; Return means yes.
#[test]
fn the_person_is_asked_before_what_is_there_changes() {
    let laptop = installed(&both());
    laptop.home.write("team.toml", format!("{TOP}{STAGING}"));
    let before = files(&laptop);
    let install = || laptop.home.on_terminal(&format!("apono-login {INSTALL}"));
    install().input("n\n").exits(1).recorded("no");
    assert_eq!(files(&laptop), before);
    install().input("\n").succeeds().recorded("yes");
    assert_eq!(contexts(&laptop), ["staging"]);
}

/// With several profiles, none of them with the default name, a command without a profile applies to all.
#[test]
fn without_a_profile_named_all_are_meant() {
    let laptop = installed(&both());
    kubectl(&laptop, "config unset current-context");
    let short = run(&laptop, "status --short").stdout;
    assert!(short.starts_with("alice@example.com 59m"), "{short}");
    run(&laptop, "status");
    run(&laptop, "logout --all");
    run(&laptop, "logout --sso --profile apono-k8s-access-prod");
    let status = laptop.run("status").exits(3);
    assert_eq!(status.recorded("").stderr, "");
    let json = laptop.run("status --output json").exits(3).json();
    assert_eq!(json["profile"], "apono-k8s-access-prod", "the first");
    assert_eq!(json["profiles"][1]["sign_in_needed"], true);
    assert_eq!(laptop.run("status --short").exits(3).stdout, "");

    laptop.aws.forget();
    signed_in(&laptop, "").recorded("");
    assert_eq!(laptop.aws.count(Operation::Consent), 1);
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 2);
    lists_pods(&laptop, "staging");
    // With a named profile the command applies to that one only.
    let plain = laptop.run("login --profile apono-k8s-access");
    laptop.fails(plain, 1, "");
}
