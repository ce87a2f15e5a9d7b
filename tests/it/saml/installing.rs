//! `install` with a sign-in at an identity provider, and uninstalling.

use crate::saml::federation::{ALICE, BROWSERS, Federation};
use crate::sso::watch::wait_for;
use kit::home::Run;
use kit::idp::{Claims, Cookie, PROVIDER_ARN};
use kit::standin::{ROLE_ARN, Role};

/// Runs on a terminal, with this input.
fn typed(federation: &Federation, arguments: &str, answers: &str) -> Run {
    let command = format!("apono-login {arguments}");
    federation.laptop.home.on_terminal(&command).input(answers)
}

#[test]
fn the_link_is_enough_for_a_newcomer() {
    let federation = Federation::new();
    let command = format!(
        "install --saml-url {} --cluster-name prod --region eu-west-1",
        federation.idp.url()
    );
    typed(&federation, &command, "y\n").succeeds().recorded("");
    assert_eq!(federation.idp.sign_ins(), 1);
    // The same response serves the installation and the login.
    assert_eq!(federation.browsers().len(), 1);
    let kubectl = kit::tools::kubectl("1.37");
    let kubectl = federation.laptop.home.run(kubectl, ["get", "pods"]);
    kubectl.succeeds();

    // Without a terminal and without prompts.
    let second = Federation::new();
    let command = second.short("");
    second.succeeds(second.laptop.run(&command)).recorded("");
    let read = |federation: &Federation| {
        let config = federation.laptop.home.read(".aws/config");
        config.replace(&federation.idp.url(), "URL")
    };
    assert_eq!(read(&federation), read(&second));
}

/// The sign-in of the installation is the login, too: its response is valid for minutes.
#[test]
fn without_a_cluster_its_response_is_used_at_once() {
    let federation = Federation::new();
    let command = format!(
        "install --saml-url {} --region eu-west-1",
        federation.idp.url()
    );
    typed(&federation, &command, "\n").succeeds().recorded("");
    assert_eq!(federation.idp.sign_ins(), 1);
    assert_eq!(federation.browsers().len(), 1);
    federation.laptop.run("status").succeeds();
}

/// The browser signed in the wrong person, who says so.
#[test]
fn another_person_than_the_one_who_signed_in() {
    let federation = Federation::new();
    federation.idp.set_cookie(Cookie::Once);
    federation.idp.set_person(Some("bob@example.com"));
    let command = format!(
        "install --saml-url {} --region eu-west-1",
        federation.idp.url()
    );
    std::thread::scope(|scope| {
        scope.spawn(|| {
            wait_for("the first sign-in", || {
                (!federation.idp.issued().is_empty()).then_some(())
            });
            federation.idp.set_person(Some(ALICE));
        });
        typed(&federation, &command, "n\ny\n")
            .succeeds()
            .recorded("");
    });
    let config = federation.laptop.home.read(".aws/config");
    assert!(config.contains(&format!("= {ALICE}\n")), "{config}");
    // No answer is given.
    let federation = Federation::new();
    let command = format!(
        "install --saml-url {} --region eu-west-1",
        federation.idp.url()
    );
    typed(&federation, &command, "")
        .exits(1)
        .recorded("no answer");
    assert!(!federation.laptop.home.path(".aws/config").exists());
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
    // The installed role is assumed at once.
    let aws = &federation.laptop.aws;
    for (role, provider) in &claims.roles {
        aws.put_role(Role::guide(role));
        if provider != PROVIDER_ARN {
            aws.add_saml_provider(provider, &federation.idp.provider_certificate());
        }
        aws.trust_saml(role, provider);
    }
    federation.idp.set_claims(claims);
    let install = |flags: &str| federation.short(flags);
    let config = || federation.laptop.home.read(".aws/config");
    let reset = || {
        federation.laptop.run("uninstall --yes").succeeds();
    };

    let asking = install("").replace(" --yes", "");
    typed(&federation, &asking, "\n2\n")
        .succeeds()
        .recorded("2");
    let written = config();
    assert!(
        written.contains(&format!("apono_role_arn = {ROLE_ARN}\n")),
        "{written}"
    );
    reset();
    for (flags, chosen) in [
        ("--account-id 111122223333", "role/apono-k8s-access"),
        ("--role-name admin", "444455556666:role/admin"),
        ("--role-name path/reader", "111122223333:role/path/reader"),
    ] {
        federation.succeeds(federation.laptop.run(&install(flags)));
        assert!(config().contains(&format!("{chosen}\n")), "{}", config());
        reset();
    }
    let assumed = federation.roles_assumed();
    for answer in ["0\n", "3\n", "x\n", "\n", ""] {
        let run = typed(&federation, &asking, &format!("\n{answer}"));
        run.exits(1).recorded(&format!("{answer:?}"));
    }
    for flags in [
        "",
        "--role-name nothing",
        "--account-id 777788889999",
        "--saml-provider Entra",
        "--email bob@example.com",
    ] {
        let run = federation.laptop.run(&install(flags));
        federation.fails(run, 1, flags);
    }
    assert_eq!(config(), "");
    assert_eq!(federation.roles_assumed(), assumed);
}

/// The sign-in reports what AWS would refuse, before anything is written.
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
    let nameless = Claims {
        session_name: None,
        ..good()
    };
    for (title, claims, status) in [
        ("another audience", elsewhere, 1),
        ("expired", over, 3),
        ("no name", nameless, 1),
    ] {
        federation.idp.set_claims(claims);
        let run = federation.laptop.run(&federation.short(""));
        federation.fails(run, status, title);
    }
    assert!(!federation.laptop.home.path(".aws/config").exists());
}

#[test]
fn what_is_missing_and_what_does_not_fit_together() {
    let federation = Federation::new();
    let url = federation.idp.url();
    let run = |arguments: &str| federation.laptop.run(arguments);
    let missing = run(&format!("install --saml-url {url}"));
    federation.fails(missing, 2, "no one can be asked");
    let missing = run("install --saml-provider Okta --yes");
    federation.fails(missing, 2, "no URL");
    let dry_run = run(&federation.short("--dry-run"));
    federation.fails(dry_run, 2, "a dry run cannot sign in");
    for other in [
        "--source-profile work",
        "--sso-start-url https://example.awsapps.com/start",
        "--sso-role-name Engineer",
    ] {
        let both = run(&format!("install --saml-url {url} {other}"));
        both.exits(2).recorded(other);
    }
    for bad in [
        "http://example.com/x",
        "javascript:alert(1)",
        "https://user@example.com/",
    ] {
        let run = run(&format!("install --saml-url {bad}"));
        run.exits(2).recorded(bad);
    }
    let odd = federation.install_command().replace("Okta", "a/b");
    run(&odd).exits(2).recorded("a/b");
    assert_eq!(federation.browsers().len(), 0);
    let dry_run = run(&format!("{} --dry-run", federation.install_command()));
    federation.succeeds(dry_run).recorded("a dry run");
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
    for key in ["source_profile", "\nrole_arn"] {
        assert!(!saml.contains(key), "{saml}");
    }
    federation.succeeds(federation.bring(&Claims::of(ALICE)));
    // The cached credentials belong to the profile before the change.
    laptop.succeeds(laptop.run(&format!("{guides} --source-profile default --yes")));
    let lines = |text: &str| std::collections::BTreeSet::from_iter(text.lines().map(str::to_owned));
    assert_eq!(lines(&laptop.home.read(".aws/config")), lines(&before));
    laptop.succeeds(laptop.run("status")).recorded("");
}

#[test]
fn uninstall_removes_all_of_it() {
    let federation = Federation::new();
    let laptop = &federation.laptop;
    let others = "# mine\n[profile other]\nregion = us-east-1\n";
    laptop.home.write(".aws/config", others);
    federation.install();
    let second = format!("{} --profile second", federation.install_command());
    laptop.succeeds(laptop.run(&second));
    federation.succeeds(laptop.run("login"));
    assert!(!federation.remembered().is_empty());
    federation
        .succeeds(laptop.run("uninstall --yes"))
        .recorded("");
    // The second profile still needs the browser's data.
    assert!(!federation.remembered().is_empty());
    let second = laptop.run("uninstall --yes --profile second");
    federation.succeeds(second).recorded("");
    assert_eq!(federation.remembered().len(), 0);
    assert!(!laptop.home.path(&format!("{BROWSERS}/x")).exists());
    assert_eq!(laptop.home.read(".aws/config"), others);
}
