//! The first time: from a file to pods, with one sign-in.

use crate::sso::person::while_running;
use crate::team::setting::*;
use kit::browser::Browser;
use kit::laptop::Laptop;
use kit::standin::{Fault, Operation, Service};
use kit::tools;

#[test]
fn two_accounts_with_one_sign_in() {
    let laptop = laptop(&both());
    let output = signing_in(&laptop, "install --from team.toml --yes");
    assert!(output.status.success(), "{output}");
    became(
        &output,
        &[
            ("sso-session example", "added"),
            ("profile Engineer-111122223333", "added"),
            ("profile apono-k8s-access-prod", "added"),
            ("profile Engineer-444455556666", "added"),
            ("profile apono-k8s-access-staging", "added"),
            ("context prod", "added"),
            ("context staging", "added"),
        ],
    );
    output.explains(&[
        "Team example.awsapps.com/start, 2 accounts:",
        "Next: `kubectl get pods`",
    ]);
    for (operation, count) in [
        (Operation::RegisterClient, 1),
        (Operation::Consent, 1),
        (Operation::CreateToken, 1),
        (Operation::AssumeRole, 2),
        (Operation::DescribeCluster, 2),
    ] {
        assert_eq!(laptop.aws.count(operation), count, "{operation:?}");
    }
    assert_eq!(
        profiles(&laptop),
        [
            "Engineer-111122223333",
            "Engineer-444455556666",
            "apono-k8s-access-prod",
            "apono-k8s-access-staging"
        ]
    );
    assert_eq!(contexts(&laptop), ["prod", "staging"]);
    assert_eq!(current(&laptop), "prod", "the first of the file");
    lists_pods(&laptop, "prod");
    lists_pods(&laptop, "staging");
    let (config, _) = files(&laptop);
    for line in [
        "role_session_name = alice@example.com\n",
        "apono_team = example.awsapps.com/start\n",
        "apono_team_clusters = prod eu-west-1 context=prod namespace=default\n",
        "apono_team_clusters = staging eu-west-1 context=staging\n",
    ] {
        assert!(config.contains(line), "{line}: {config}");
    }
    let aws = |profile: &str| {
        let words =
            format!("sts get-caller-identity --query Arn --output text --profile {profile}");
        let run = laptop.home.run(tools::aws(), words.split(' '));
        run.succeeds().stdout.trim().to_owned()
    };
    for (profile, account) in [("prod", "111122223333"), ("staging", OTHER_ACCOUNT)] {
        let arn = format!("arn:aws:sts::{account}:assumed-role/apono-k8s-access/{ALICE}");
        assert_eq!(aws(&format!("apono-k8s-access-{profile}")), arn);
    }
}

#[test]
fn a_single_account_keeps_the_plain_name() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    assert_eq!(
        profiles(&laptop),
        ["Engineer-111122223333", "apono-k8s-access"]
    );
    // Another name is what was typed, and not a name in the environment, which is of one profile.
    let output = laptop
        .run(&format!("{INSTALL} --dry-run"))
        .env("APONO_PROFILE", "apono-k8s-access")
        .succeeds();
    output.explains(&["Everything is up to date"]);
    let both = laptop.succeeds(laptop.run(&format!("{INSTALL} --profile work")));
    became(
        &both,
        &[("profile work", "added"), ("context prod", "changed")],
    );
    assert_eq!(
        profiles(&laptop),
        ["Engineer-111122223333", "apono-k8s-access", "work"]
    );
    assert_eq!(current(&laptop), "prod");
    lists_pods(&laptop, "prod");
}

#[test]
fn a_dry_run_writes_nothing_and_signs_nobody_in() {
    let laptop = laptop(&both());
    let shown = laptop.succeeds(laptop.run(&format!("{INSTALL} --dry-run")));
    for line in [
        "+[sso-session example]",
        "+[profile Engineer-444455556666]",
        "+[profile apono-k8s-access-prod]",
        "+role_session_name = alice@example.com",
        "+apono_team = example.awsapps.com/start",
    ] {
        assert!(
            shown.stdout.contains(&format!("\n{line}\n")),
            "{line}: {shown}"
        );
    }
    shown.explains(&[
        "Would add context prod (cluster prod in eu-west-1)",
        "Would add context staging (cluster staging in eu-west-1)",
    ]);
    assert!(!laptop.home.path(".aws").exists());
    assert!(!laptop.home.path(".kube").exists());
    nobody_was_asked(&laptop);
    // It is the same that is written then.
    signing_in(&laptop, INSTALL);
    let (config, _) = files(&laptop);
    let added = shown.stdout.lines().filter(|line| line.starts_with('+'));
    let added: String = added
        .skip(1)
        .map(|line| format!("{}\n", &line[1..]))
        .collect();
    assert_eq!(config, added);
}

fn nobody_was_asked(laptop: &Laptop) {
    for service in [Service::Portal, Service::Sts, Service::Eks] {
        assert_eq!(laptop.aws.connections(service), 0, "{service:?}");
    }
}

/// One that does not work keeps no other out, and is there the next time.
#[test]
fn one_broken_cluster() {
    let file = both().replace("name = \"prod\", region", "name = \"nowhere\", region");
    let laptop = laptop(&file);
    let output = signing_in(&laptop, INSTALL);
    assert_eq!(output.status.code(), Some(1), "{output}");
    output.explains(&[
        "apono-k8s-access-prod, context prod:\nerror: ",
        "nowhere",
        "error: 1 part of the team file could not be set up",
        "run it again",
    ]);
    assert_eq!(contexts(&laptop), ["staging"]);
    lists_pods(&laptop, "staging");
    laptop.home.write("team.toml", both());
    let output = laptop.succeeds(laptop.run(INSTALL));
    became(
        &output,
        &[
            ("profile apono-k8s-access-prod", "changed"),
            ("profile apono-k8s-access-staging", "up to date"),
            ("context prod", "added"),
            ("context staging", "up to date"),
        ],
    );
    assert_eq!(current(&laptop), "staging", "it is the person's by now");
}

#[test]
fn one_account_that_does_not_let_us_in() {
    let laptop = laptop(&both());
    laptop.aws.delete_role(&role("111122223333"));
    let output = signing_in(&laptop, INSTALL);
    assert_eq!(output.status.code(), Some(1), "{output}");
    output.explains(&["\napono-k8s-access-prod:\nerror: ", &role("111122223333")]);
    assert_eq!(output.stderr.matches("error: ").count(), 2, "{output}");
    assert_eq!(contexts(&laptop), ["staging"]);
    assert_eq!(current(&laptop), "staging", "the first that works");
}

/// Nobody signs in: what is written stays, and the next run goes on from there.
#[test]
fn a_sign_in_that_fails() {
    let laptop = laptop(&both());
    let fault = Fault::error(400, "InvalidRequestException", "Invalid start url");
    laptop.aws.misbehave(Operation::RegisterClient, fault);
    let output = laptop.run(INSTALL).exits(1);
    output.explains(&[
        "apono-k8s-access-prod:\nerror: ",
        "2 parts of the team file",
    ]);
    laptop.aws.behave();
    let output = signing_in(&laptop, INSTALL);
    assert!(output.status.success(), "{output}");
    assert_eq!(contexts(&laptop), ["prod", "staging"]);
    assert_eq!(current(&laptop), "prod");
}

/// As a newcomer does it, on a terminal: one sign-in, one question.
#[test]
fn a_person_on_a_terminal_is_asked_for_the_email_alone() {
    let laptop = laptop(&both());
    let words = ["-qec", "apono-login install --from team.toml", "/dev/null"];
    let run = laptop.home.run("script", words).input("\n");
    let (output, page) = while_running(&laptop, run, |link| Browser::new().allow(link, ALICE));
    assert_eq!(page.status, 200, "{page:?}");
    assert!(output.status.success(), "{output}");
    for said in [
        "Sign in at https://example.awsapps.com/start in your browser",
        "alice@example.com, right? [Y/n]",
        "added       context staging",
        "Next: `kubectl get pods`",
    ] {
        assert!(output.stdout.contains(said), "{said}: {output}");
    }
    assert!(!output.stdout.contains("Change what is there?"), "{output}");
    assert_eq!(laptop.aws.count(Operation::Consent), 1);
    lists_pods(&laptop, "prod");
}

/// The guide's own way: a profile of the person's gives the credentials, and credentials can come through us.
#[test]
fn a_source_profile_of_the_persons_own() {
    let file = format!("{TOP}{PROD}").replace(
        "sso_role_name = \"Engineer\"",
        "source_profile = \"default\"",
    );
    let file = file.replace(TOP, "");
    let laptop = laptop(&file);
    laptop.aws.write_home(&laptop.home.path("")).unwrap();
    let output = laptop.succeeds(laptop.run("install --from team.toml --yes --credential-process"));
    became(
        &output,
        &[
            ("profile apono-k8s-access", "added"),
            ("context prod", "added"),
        ],
    );
    let (config, _) = files(&laptop);
    for line in [
        "apono_source_profile = default\n",
        "apono_role_session_name = alice@example.com\n",
        "apono_team = file:team\n",
    ] {
        assert!(config.contains(line), "{line}: {config}");
    }
    lists_pods(&laptop, "prod");
    laptop
        .succeeds(laptop.run(INSTALL))
        .explains(&["Everything is up to date"]);
    // Downloaded again, under another name.
    laptop.home.write("team-1.toml", &file);
    let again = laptop.succeeds(laptop.run("install --from team-1.toml"));
    became(
        &again,
        &[
            ("profile apono-k8s-access", "changed"),
            ("context prod", "up to date"),
        ],
    );
    laptop.succeeds(laptop.run("uninstall --from team-1.toml"));
    assert_eq!(files(&laptop).0, "");
}
