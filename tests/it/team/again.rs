//! The second time: an unchanged file writes nothing, a changed one is what is there afterwards.

use std::os::unix::fs::MetadataExt as _;

use crate::team::setting::*;
use kit::standin::{Operation, Service};

#[test]
fn an_unchanged_file_writes_nothing_and_signs_nobody_in() {
    let laptop = installed(&both());
    let look = || {
        [".aws/config", ".kube/config"].map(|path| {
            let metadata = std::fs::metadata(laptop.home.path(path)).unwrap();
            (metadata.ino(), metadata.mtime_nsec(), metadata.ctime_nsec())
        })
    };
    let before = look();
    laptop.aws.forget();
    // Whether the email is said again or not, and with what line endings.
    for (command, file) in [
        (INSTALL, both()),
        ("install --from team.toml", both().replace('\n', "\r\n")),
        ("install --from team.toml --dry-run", both()),
    ] {
        laptop.home.write("team.toml", file);
        let output = laptop.succeeds(laptop.run(command));
        output.explains(&["Everything is up to date"]);
        assert_eq!(output.stdout, "", "{output}");
        assert_eq!(look(), before, "{output}");
    }
    let output = laptop.run("install --from -").input(both()).succeeds();
    became(
        &output,
        &[
            ("profile apono-k8s-access-prod", "up to date"),
            ("profile apono-k8s-access-staging", "up to date"),
            ("context prod", "up to date"),
            ("context staging", "up to date"),
        ],
    );
    assert_eq!(laptop.aws.connections(Service::Portal), 0);
    assert_eq!(laptop.aws.connections(Service::Sts), 0);
}

#[test]
fn an_account_and_a_cluster_that_are_gone() {
    let spare = "namespace = \"default\" }, { name = \"spare\", region = \"eu-west-1\" }]";
    let with_spare = both().replace("namespace = \"default\" }]", spare);
    let laptop = installed(&with_spare);
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/spare";
    assert_eq!(contexts(&laptop), [arn, "prod", "staging"]);
    kubectl(&laptop, "config use-context staging");
    // A context that the person made for the same profile is theirs.
    laptop.succeeds(laptop.run(
        "update-kubeconfig --name prod --region eu-west-1 --profile apono-k8s-access-prod --alias mine --no-switch",
    ));
    let cached = laptop.cached("entry").len();

    laptop.home.write("team.toml", both());
    // Nobody can be asked whether it may go.
    let before = files(&laptop);
    let refused = laptop.run(INSTALL).exits(1);
    refused.explains(&[
        "error: something would be removed, and there is no terminal to ask on\n",
        &format!("cause: nothing in the team file needs context {arn}\n"),
        "`apono-login install --from team.toml --yes`",
    ]);
    assert_eq!(files(&laptop), before);
    let output = laptop.succeeds(laptop.run(INSTALL_YES));
    became(
        &output,
        &[
            ("profile apono-k8s-access-prod", "changed"),
            ("profile apono-k8s-access-staging", "up to date"),
            (&format!("context {arn}"), "removed"),
            ("context prod", "up to date"),
            ("context staging", "up to date"),
        ],
    );
    assert_eq!(contexts(&laptop), ["mine", "prod", "staging"]);
    assert!(!files(&laptop).1.contains("spare"), "the cluster went, too");

    // One account is left, so that it has the plain name.
    laptop.home.write("team.toml", format!("{TOP}{PROD}"));
    let shown = laptop.succeeds(laptop.run(&format!("{INSTALL} --dry-run")));
    for line in ["-[profile apono-k8s-access-staging]", "-  name: staging"] {
        assert!(
            shown.stdout.contains(&format!("\n{line}\n")),
            "{line}: {shown}"
        );
    }
    assert_eq!(contexts(&laptop), ["mine", "prod", "staging"]);
    let refused = laptop.run(INSTALL).exits(1);
    refused.explains(&[
        "needs profile apono-k8s-access-prod, profile apono-k8s-access-staging, \
         profile Engineer-444455556666, context mine, context staging\n",
        "`team = \"NAME\"`",
    ]);
    let output = laptop.succeeds(laptop.run(INSTALL_YES));
    became(
        &output,
        &[
            ("profile apono-k8s-access", "added"),
            ("profile apono-k8s-access-prod", "removed"),
            ("profile apono-k8s-access-staging", "removed"),
            ("profile Engineer-444455556666", "removed"),
            ("context mine", "removed"),
            ("context staging", "removed"),
            ("context prod", "changed"),
        ],
    );
    output.explains(&["The current context staging is gone"]);
    assert_eq!(contexts(&laptop), ["prod"]);
    assert_eq!(current(&laptop), "");
    assert_eq!(
        laptop.cached("entry").len(),
        cached - 1,
        "of the one that is there"
    );
    assert_eq!(
        laptop.aws.count(Operation::Consent),
        1,
        "all by one sign-in"
    );
    lists_pods(&laptop, "prod");
}

/// The profile gets the longer name; nobody signs in for that, or says the email again.
#[test]
fn a_second_account() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    laptop.home.write("team.toml", both());
    let output = laptop.succeeds(laptop.run("install --from team.toml --yes"));
    became(
        &output,
        &[
            ("profile apono-k8s-access-prod", "added"),
            ("profile Engineer-444455556666", "added"),
            ("profile apono-k8s-access-staging", "added"),
            ("profile apono-k8s-access", "removed"),
            ("context prod", "changed"),
            ("context staging", "added"),
        ],
    );
    assert_eq!(current(&laptop), "prod");
    assert_eq!(laptop.aws.count(Operation::Consent), 1);
    let (config, _) = files(&laptop);
    assert_eq!(
        config.matches(&format!("= {ALICE}\n")).count(),
        2,
        "{config}"
    );
    lists_pods(&laptop, "prod");
    lists_pods(&laptop, "staging");
    laptop.succeeds(laptop.run("uninstall --all"));
    assert_eq!(files(&laptop).0, "");
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
    let output = laptop.succeeds(laptop.run(INSTALL_YES));
    became(
        &output,
        &[
            ("profile apono-k8s-access-prod", "changed"),
            ("profile apono-k8s-access-test", "added"),
            ("profile apono-k8s-access-staging", "removed"),
            ("context prod", "removed"),
            ("context live", "added"),
            ("context staging", "changed"),
        ],
    );
    assert_eq!(contexts(&laptop), ["live", "staging"]);
    assert_eq!(current(&laptop), "live", "the same under its new name");
    let (config, kubeconfig) = files(&laptop);
    assert!(!kubeconfig.contains("namespace: default"), "{kubeconfig}");
    assert!(!config.contains("-staging"), "{config}");
    lists_pods(&laptop, "live");
    lists_pods(&laptop, "staging");
    let again = laptop.succeeds(laptop.run(INSTALL));
    again.explains(&["Everything is up to date"]);
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
    // Its session was another's: the role is assumed anew by the sign-in that lives.
    let (config, _) = files(&laptop);
    assert!(
        config.contains(&format!("role_arn = {other}\n")),
        "{config}"
    );
    assert!(
        config.contains("source_profile = Admin-111122223333\n"),
        "{config}"
    );
    assert!(!config.contains("Engineer"), "{config}");
    assert_eq!(config.matches("[sso-session").count(), 1, "{config}");
    let expected = [
        ("profile Admin-111122223333", "added"),
        ("profile apono-k8s-access", "added"),
        ("profile apono-k8s-access-prod", "removed"),
        ("profile apono-k8s-access-staging", "removed"),
        ("profile Engineer-111122223333", "removed"),
        ("profile Engineer-444455556666", "removed"),
        ("context staging", "removed"),
        ("context prod", "changed"),
    ];
    became(&output, &expected);
}

/// On a terminal it is shown and asked for; return is yes.
#[test]
fn the_person_is_asked_before_what_is_there_changes() {
    let laptop = installed(&both());
    laptop.home.write("team.toml", format!("{TOP}{STAGING}"));
    let before = files(&laptop);
    let typed = |answer: &str| {
        let words = ["-qec", &format!("apono-login {INSTALL}"), "/dev/null"];
        laptop.home.run("script", words).input(answer).output()
    };
    let refused = typed("n\n");
    assert_eq!(refused.status.code(), Some(1), "{refused}");
    for said in [
        "-[profile apono-k8s-access-prod]",
        "-  name: prod",
        "Change what is there? [Y/n]",
        "nothing was changed",
    ] {
        assert!(refused.stdout.contains(said), "{said}: {refused}");
    }
    assert_eq!(files(&laptop), before);
    let agreed = typed("\n");
    assert!(agreed.status.success(), "{agreed}");
    assert_eq!(contexts(&laptop), ["staging"]);
}

/// With several profiles and none of the usual name, all of them are meant where none is named.
#[test]
fn without_a_profile_named_all_are_meant() {
    let laptop = installed(&both());
    let short = laptop.run("status --short").succeeds();
    assert!(short.stdout.starts_with("alice@example.com 59m"), "{short}");
    let table = laptop.run("status").succeeds();
    for profile in ["apono-k8s-access-prod", "apono-k8s-access-staging"] {
        assert!(table.stdout.contains(profile), "{table}");
    }
    laptop.run("logout --all").succeeds();
    laptop
        .run("logout --sso --profile apono-k8s-access-prod")
        .succeeds();
    assert_eq!(laptop.run("status").exits(3).stderr, "");
    let json = laptop.run("status --output json").exits(3).json();
    assert_eq!(json["profile"], "apono-k8s-access-prod", "the first");
    assert_eq!(json["profiles"][1]["sign_in_needed"], true);
    assert_eq!(laptop.run("status --short").exits(3).stdout, "");

    laptop.aws.forget();
    let output = signing_in(&laptop, "");
    assert!(output.status.success(), "{output}");
    assert_eq!(laptop.aws.count(Operation::Consent), 1);
    assert_eq!(laptop.aws.count(Operation::AssumeRole), 2);
    lists_pods(&laptop, "staging");
    // One that is named is the only one meant.
    laptop
        .run("login --profile apono-k8s-access")
        .exits(1)
        .explains(&["--profile apono-k8s-access-prod or --profile apono-k8s-access-staging"]);
}
