//! Taking it back: byte for byte what was there before.

use crate::team::setting::*;
use kit::laptop::files_below;

const CONFIG: &str = "# mine\n[default]\nregion = us-east-1 # home\n\n[profile work]\n; nothing yet\noutput=json\n\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n";
const KUBECONFIG: &str = "# mine\napiVersion: v1\nkind: Config\nclusters:\n- name: kind\n  cluster: {server: 'https://127.0.0.1:1'} # here\ncontexts:\n- name: kind\n  context: {cluster: kind, user: kind}\nusers:\n- name: kind\n  user: {token: secret}\ncurrent-context: kind\n";

#[test]
fn uninstall_all_leaves_every_byte_as_it_was() {
    for newline in ["\n", "\r\n"] {
        let (config, kubeconfig) = (
            CONFIG.replace('\n', newline),
            KUBECONFIG.replace('\n', newline),
        );
        let laptop = laptop(&both());
        laptop.home.write(".aws/config", &config);
        laptop.home.write(".kube/config", &kubeconfig);
        let output = signing_in(&laptop, INSTALL);
        assert!(output.status.success(), "{output}");
        assert_eq!(contexts(&laptop), ["kind", "prod", "staging"]);
        let shown = laptop.succeeds(laptop.run("uninstall --all --dry-run"));
        for line in [
            "-[profile apono-k8s-access-prod]",
            "-[profile Engineer-444455556666]",
            "-[sso-session example]",
            "-  name: prod",
        ] {
            assert!(
                shown.stdout.contains(&format!("\n{line}\n")),
                "{line}: {shown}"
            );
        }
        let done = laptop.succeeds(laptop.run("uninstall --all"));
        done.explains(&[
            "Removed the entries of apono-k8s-access-prod, apono-k8s-access-staging from ",
            "Removed profile apono-k8s-access-prod, profile apono-k8s-access-staging, profile Engineer-",
            "sso-session example from ",
            "Signed out at https://example.awsapps.com/start",
            "Forgot the cached credentials",
        ]);
        assert_eq!(files(&laptop).0, config);
        assert_eq!(
            files(&laptop).1,
            kubeconfig,
            "kind is the current one again"
        );
        assert!(files_below(&laptop.home.path(".cache")).is_empty());
        let again = laptop.succeeds(laptop.run("uninstall --all"));
        again.explains(&["There is nothing to remove"]);
    }
}

/// Two companies on one laptop: neither file touches what the other one set up.
#[test]
fn two_team_files() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    let first = files(&laptop);
    let labs = format!("{TOP}{STAGING}").replace("example.awsapps", "labs.awsapps");
    laptop.home.write("labs.toml", &labs);
    let run = "install --from labs.toml --email alice@example.com";
    // Both want the plain name.
    laptop.fails(laptop.run(run), 1, "");
    assert_eq!(files(&laptop), first);
    let output = signing_in(&laptop, &format!("{run} --profile labs"));
    assert!(output.status.success(), "{output}");
    assert_eq!(contexts(&laptop), ["prod", "staging"]);
    assert_eq!(current(&laptop), "staging", "its first time");
    let both = files(&laptop);
    let output = laptop.succeeds(laptop.run(INSTALL));
    output.explains(&["Everything is up to date"]);
    assert_eq!(files(&laptop), both);

    let left = laptop.succeeds(laptop.run("uninstall --from labs.toml"));
    left.explains(&[
        "Left profile labs: its name does not begin with apono-k8s-access (say",
        "There is nothing to remove",
    ]);
    assert_eq!(files(&laptop), both);
    let done = laptop.succeeds(laptop.run("uninstall --from labs.toml --profile labs"));
    done.explains(&["Removed profile labs, profile Engineer-444455556666, sso-session labs from "]);
    assert_eq!(files(&laptop).0, first.0);
    assert_eq!(contexts(&laptop), ["prod"]);
    assert_eq!(current(&laptop), "prod", "it was before");
    lists_pods(&laptop, "prod");
    let nothing = laptop.succeeds(laptop.run("uninstall --from labs.toml"));
    nothing.explains(&["There is nothing to remove"]);
    laptop.succeeds(laptop.run("uninstall --all"));
    assert_eq!(files(&laptop).0, "");
}

/// Two teams of one company: one portal, and a file for each.
#[test]
fn two_teams_at_one_portal() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    let first = files(&laptop);
    let file = format!("{TOP}{STAGING}");
    let run = "install --from data.toml --yes";
    let email = "--email alice@example.com";
    laptop.home.write("data.toml", &file);
    // Both have the plain name, and the other would be gone.
    let run_plain = laptop.run(&format!("install --from data.toml {email}"));
    run_plain.exits(1).explains(&[
        "nothing in the team file needs profile Engineer-111122223333, account 111122223333 in profile \
         apono-k8s-access, context prod\n",
        "`apono-login install --from data.toml --yes`",
    ]);
    assert_eq!(files(&laptop), first);
    // Under a name of their own both stay, whoever runs again.
    laptop.succeeds(laptop.run(&format!("{run} {email} --profile data")));
    let both = files(&laptop);
    assert_eq!(contexts(&laptop), ["prod", "staging"]);
    let again = laptop.succeeds(laptop.run(INSTALL_YES));
    again.explains(&["Everything is up to date"]);
    assert_eq!(files(&laptop), both);
    laptop.succeeds(laptop.run("uninstall --from team.toml --profile other"));
    assert_eq!(files(&laptop), both);
    laptop.succeeds(laptop.run("uninstall --from data.toml --profile data"));
    assert_eq!(files(&laptop).0, first.0);

    // With a name in the file one does not take the other's profiles, not even where the names look alike.
    laptop
        .home
        .write("data.toml", format!("team = \"data\"\n{file}"));
    let refused = laptop.run(&format!("{run} {email}"));
    laptop.fails(refused, 1, "");
    let run = format!("{run} {email} --profile apono-k8s-access-data");
    let output = laptop.succeeds(laptop.run(&run));
    output.explains(&["Team example.awsapps.com/start data, 1 account:"]);
    let both = files(&laptop);
    assert!(
        both.0
            .contains("apono_team = example.awsapps.com/start data\n")
    );
    for run in [INSTALL_YES, &run] {
        let again = laptop.succeeds(laptop.run(run));
        again.explains(&["Everything is up to date"]);
        assert_eq!(files(&laptop), both);
    }
    laptop.succeeds(laptop.run("uninstall --from team.toml"));
    assert_eq!(contexts(&laptop), ["staging"]);
    lists_pods(&laptop, "staging");
}

/// A profile that somebody made their own is left to them, without our marks, and is in nobody's way.
#[test]
fn a_profile_that_is_not_ours_any_more() {
    let laptop = installed(&both());
    let (installed, _) = files(&laptop);
    let make_theirs = |name: &str| {
        let header = format!("[profile apono-k8s-access-{name}]\n");
        let theirs = format!("{header}sso_session = corp\n");
        laptop
            .home
            .write(".aws/config", files(&laptop).0.replace(&header, &theirs));
    };
    make_theirs("staging");
    laptop.home.write("team.toml", format!("{TOP}{PROD}"));
    let output = laptop.succeeds(laptop.run(INSTALL_YES));
    output.explains(&[
        "profile apono-k8s-access-staging is somebody else's; it was left as it is",
        "changed     profile apono-k8s-access-staging",
        "removed     profile apono-k8s-access-prod",
    ]);
    let theirs = "[profile apono-k8s-access-staging]\nsso_session = corp\n\
                  role_arn = arn:aws:iam::444455556666:role/apono-k8s-access\n";
    let (config, _) = files(&laptop);
    assert!(config.contains(theirs), "{config}");
    assert_eq!(config.matches("apono_team =").count(), 1, "{config}");
    assert_eq!(config.matches("apono_wrote =").count(), 1, "{config}");
    assert!(
        config.contains("[profile Engineer-444455556666]"),
        "it is used"
    );
    let again = laptop.succeeds(laptop.run(INSTALL));
    again.explains(&["Everything is up to date"]);

    laptop.home.write(".aws/config", installed);
    laptop.home.write("team.toml", both());
    make_theirs("prod");
    let done = laptop.succeeds(laptop.run("uninstall --from team.toml"));
    done.explains(&[
        "profile apono-k8s-access-prod is somebody else's; it was left as it is",
        "Removed profile apono-k8s-access-staging, profile Engineer-444455556666, our marks in profile apono-k8s-access-prod",
    ]);
    let (config, _) = files(&laptop);
    assert!(config.contains("[profile apono-k8s-access-prod]\nsso_session = corp\n"));
    assert!(!config.contains("apono_"), "{config}");
    assert!(!config.contains("staging"), "{config}");
    let again = laptop.succeeds(laptop.run("uninstall --from team.toml"));
    again.explains(&["There is nothing to remove"]);
}

/// One profile after the other: what they share goes with the last.
#[test]
fn one_profile_of_a_team() {
    let laptop = installed(&both());
    let done = laptop.succeeds(laptop.run("uninstall --profile apono-k8s-access-prod"));
    done.explains(&["Left sso-session example: profile Engineer-444455556666 uses it"]);
    assert_eq!(contexts(&laptop), ["staging"]);
    lists_pods(&laptop, "staging");
    laptop.succeeds(laptop.run("uninstall --profile apono-k8s-access-staging"));
    assert_eq!(files(&laptop).0, "");
}

/// What looks like ours and is somebody's own stays, and keeps nothing of ours.
#[test]
fn uninstall_all_leaves_what_is_not_ours() {
    let laptop = laptop(&both());
    let theirs = "[profile ci]\nrole_arn = arn:aws:iam::111122223333:role/apono-k8s-access\nrole_session_name = ci\n\
                  web_identity_token_file = /token\n\n[profile admin]\nrole_arn = arn:aws:iam::111122223333:role/admin\n\
                  role_session_name = alice\nsource_profile = default\n";
    laptop.home.write(".aws/config", theirs);
    signing_in(&laptop, INSTALL);
    let output = laptop.succeeds(laptop.run("uninstall --all"));
    output.explains(&["profile ci is somebody else's; it was left as it is"]);
    assert_eq!(files(&laptop).0, theirs);
}
