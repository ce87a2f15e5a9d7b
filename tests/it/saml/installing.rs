//! `install` with a sign-in at an identity provider, and taking it back.

use crate::saml::federation::{ALICE, BROWSERS, Federation};
use kit::home::Run;
use kit::idp::{Claims, PROVIDER_ARN};
use kit::standin::{Operation, ROLE_ARN};

/// As typed on a terminal, with these answers. What it says comes on stdout there.
fn typed(federation: &Federation, arguments: &str, answers: &str) -> Run {
    let command = format!("apono-login {arguments}");
    let run = federation
        .laptop
        .home
        .run("script", ["-qec", &command, "/dev/null"]);
    run.env("SHELL", "/bin/sh").input(answers)
}

#[test]
fn the_link_is_enough_for_a_newcomer() {
    let federation = Federation::new();
    let command = format!(
        "install --saml-url {} --cluster-name prod --region eu-west-1",
        federation.idp.url()
    );
    let output = typed(&federation, &command, "").succeeds();
    for line in [
        "Sign in at http://127.0.0.1",
        "Profile apono-k8s-access is in ",
        "It signs in at http://127.0.0.1",
        "(arn:aws:iam::111122223333:saml-provider/Okta)",
        "You are alice@example.com",
        "Context arn:aws:eks:eu-west-1:111122223333:cluster/prod is in",
        "Next: `kubectl get pods`",
    ] {
        assert!(output.stdout.contains(line), "{line:?} in\n{output}");
    }
    assert_eq!(federation.idp.sign_ins(), 1);
    assert_eq!(
        federation.browsers().len(),
        1,
        "the response serves for both"
    );
    let kubectl = kit::tools::kubectl("1.34");
    federation
        .laptop
        .home
        .run(kubectl, ["get", "pods"])
        .succeeds();

    // Without a terminal, told to ask nothing.
    let second = Federation::new();
    let command = format!(
        "install --yes --saml-url {} --region eu-west-1",
        second.idp.url()
    );
    second.succeeds(second.laptop.run(&command));
    let read = |federation: &Federation| {
        let config = federation.laptop.home.read(".aws/config");
        config.replace(&federation.idp.url(), "URL")
    };
    assert_eq!(read(&federation), read(&second));
}

#[test]
fn several_roles_to_choose_from() {
    let federation = Federation::new();
    let role = |account: &str, name: &str, provider: &str| {
        (
            format!("arn:aws:iam::{account}:role/{name}"),
            format!("arn:aws:iam::{account}:saml-provider/{provider}"),
        )
    };
    let mut claims = Claims::of(ALICE);
    claims.roles = vec![
        role("444455556666", "apono-k8s-access", "Okta"),
        role("444455556666", "admin", "Okta"),
        (ROLE_ARN.to_owned(), PROVIDER_ARN.to_owned()),
        role("111122223333", "path/reader", "Okta"),
    ];
    federation.idp.set_claims(claims);
    let url = federation.idp.url();
    let base = format!("install --saml-url {url} --region eu-west-1");
    let config = || federation.laptop.home.read(".aws/config");
    let reset = || {
        federation.laptop.run("uninstall --yes").succeeds();
    };

    let output = typed(&federation, &base, "2\n").succeeds();
    for line in [
        "1  arn:aws:iam::444455556666:role/apono-k8s-access by Okta",
        "2  arn:aws:iam::111122223333:role/apono-k8s-access by Okta",
        "Which one? [1-2]",
    ] {
        assert!(output.stdout.contains(line), "{line:?} in\n{output}");
    }
    assert!(
        config().contains(&format!("apono_role_arn = {ROLE_ARN}\n")),
        "{}",
        config()
    );
    reset();
    for (flags, chosen) in [
        ("--account-id 111122223333", "role/apono-k8s-access"),
        ("--role-name admin", "444455556666:role/admin"),
        ("--role-name path/reader", "111122223333:role/path/reader"),
    ] {
        federation.succeeds(federation.laptop.run(&format!("{base} --yes {flags}")));
        assert!(config().contains(&format!("{chosen}\n")), "{}", config());
        reset();
    }
    for answer in ["0\n", "3\n", "x\n", "\n", ""] {
        let output = typed(&federation, &base, answer).exits(1);
        assert!(output.stdout.contains("nothing was changed"), "{output}");
    }
    let several = federation.laptop.run(&format!("{base} --yes"));
    federation.fails(several, 1, "");
    for flags in [
        "--role-name nothing",
        "--account-id 777788889999",
        "--saml-provider Entra",
    ] {
        let run = federation.laptop.run(&format!("{base} --yes {flags}"));
        federation.fails(run, 1, "");
    }
    let run = federation
        .laptop
        .run(&format!("{base} --yes --email bob@example.com"));
    federation.fails(run, 1, "");
    assert!(
        !std::fs::exists(federation.laptop.home.path(".aws/config")).unwrap_or(true)
            || config().is_empty()
    );
    assert_eq!(
        federation.laptop.aws.count(Operation::AssumeRoleWithSaml),
        0
    );
}

/// The sign-in tells what AWS would refuse, before anything is written.
#[test]
fn a_response_that_is_not_good_is_no_beginning() {
    let federation = Federation::new();
    let good = || Claims::of(ALICE);
    let elsewhere = Claims {
        audience: Some("https://sp.example.net".to_owned()),
        ..good()
    };
    let over = Claims {
        issued: -1000,
        not_on_or_after: -700,
        ..good()
    };
    let nobodys = Claims {
        session_name: None,
        ..good()
    };
    let url = federation.idp.url();
    for (claims, status, word) in [
        (
            elsewhere,
            1,
            "not meant for AWS but for https://sp.example.net",
        ),
        (over, 3, "nothing was written: run the same command again"),
        (nobodys, 1, "no attribute RoleSessionName"),
    ] {
        federation.idp.set_claims(claims);
        let command = format!("install --yes --saml-url {url} --region eu-west-1");
        federation.fails(federation.laptop.run(&command), status, "");
    }
    assert!(!federation.laptop.home.path(".aws/config").exists());
}

#[test]
fn what_is_missing_and_what_does_not_fit_together() {
    let federation = Federation::new();
    let url = federation.idp.url();
    let run = |arguments: &str| federation.laptop.run(arguments);
    let words = [
        "missing: --region, --saml-provider, --account-id, --email",
        "--saml-url https://",
    ];
    federation.fails(run(&format!("install --saml-url {url}")), 2, "");
    let words = ["missing: --saml-url, --region"];
    federation.fails(run("install --saml-provider Okta --yes"), 2, "");
    let dry = format!("install --saml-url {url} --region eu-west-1 --yes --dry-run");
    federation.fails(run(&dry), 2, "");
    for other in [
        "--source-profile work",
        "--sso-start-url https://example.awsapps.com/start",
        "--sso-role-name Engineer",
    ] {
        run(&format!("install --saml-url {url} {other}")).exits(2);
    }
    for bad in [
        "http://example.com/x",
        "javascript:alert(1)",
        "https://user@example.com/",
    ] {
        run(&format!("install --saml-url {bad}")).exits(2);
    }
    let odd = format!(
        "install --account-id 111122223333 --email {ALICE} --region eu-west-1 --saml-url {url} --saml-provider a/b"
    );
    run(&odd).exits(2).explains(&["SAML provider"]);
    assert_eq!(federation.browsers().len(), 0);
    let output = federation
        .laptop
        .succeeds(run(&format!("{} --dry-run", federation.install_command())));
    assert!(
        output.stdout.contains("+apono_saml_url = http://127.0.0.1"),
        "{output}"
    );
    assert!(!federation.laptop.home.path(".aws/config").exists());
}

#[test]
fn from_one_kind_to_the_other_and_back() {
    let federation = Federation::new();
    let guides = "install --account-id 111122223333 --email alice@example.com --region eu-west-1";
    let laptop = &federation.laptop;
    laptop.succeeds(laptop.run(guides));
    let before = laptop.home.read(".aws/config");
    laptop.succeeds(laptop.run(&format!("{} --yes", federation.install_command())));
    let saml = laptop.home.read(".aws/config");
    assert!(
        !saml.contains("source_profile") && !saml.contains("\nrole_arn"),
        "{saml}"
    );
    federation.succeeds(federation.bring(&Claims::of(ALICE)));
    // The cache is of the profile as it was.
    laptop.succeeds(laptop.run(&format!("{guides} --source-profile default --yes")));
    let lines = |text: &str| std::collections::BTreeSet::from_iter(text.lines().map(str::to_owned));
    assert_eq!(lines(&laptop.home.read(".aws/config")), lines(&before));
    let status = laptop.run("status").succeeds();
    assert!(
        status.stdout.contains("none: run `apono-login`"),
        "{status}"
    );
}

#[test]
fn uninstall_takes_it_all_back() {
    let federation = Federation::new();
    let laptop = &federation.laptop;
    let others = "# mine\n[profile other]\nregion = us-east-1\n";
    laptop.home.write(".aws/config", others);
    federation.install();
    let second = format!("{} --profile second", federation.install_command());
    laptop.succeeds(laptop.run(&second));
    federation.succeeds(laptop.run("login"));
    assert!(!federation.remembered().is_empty());
    let output = federation.succeeds(laptop.run("uninstall --yes"));
    assert!(!output.stderr.contains("Signed out"), "{output}");
    assert!(
        !federation.remembered().is_empty(),
        "the second profile has use for it"
    );
    federation
        .succeeds(laptop.run("uninstall --yes --profile second"))
        .explains(&["Signed out at http://127.0.0.1"]);
    assert_eq!(federation.remembered().len(), 0);
    assert!(!laptop.home.path(&format!("{BROWSERS}/x")).exists());
    assert_eq!(laptop.home.read(".aws/config"), others);
}
