//! Uninstalling restores the files byte for byte.

use crate::team::setting::*;
use kit::laptop::files_below;

const CONFIG: &str = "# mine\n[default]\nregion = us-east-1 # home\n\n[profile work]\n; nothing yet\noutput=json\n\n[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = us-east-1\n";
const KUBECONFIG: &str = "# mine\napiVersion: v1\nkind: Config\nclusters:\n- name: kind\n  cluster: {server: 'https://127.0.0.1:1'} # here\ncontexts:\n- name: kind\n  context: {cluster: kind, user: kind}\nusers:\n- name: kind\n  user: {token: secret}\ncurrent-context: kind\n";

#[test]
fn uninstall_all_leaves_every_byte_as_it_was() {
    for newline in ["\n", "\r\n"] {
        let [config, kubeconfig] = [CONFIG, KUBECONFIG].map(|text| text.replace('\n', newline));
        let laptop = laptop(&both());
        laptop.home.write(".aws/config", &config);
        laptop.home.write(".kube/config", &kubeconfig);
        signed_in(&laptop, INSTALL);
        assert_eq!(contexts(&laptop), ["kind", "prod", "staging"]);
        run(&laptop, "uninstall --all --dry-run");
        run(&laptop, "uninstall --all --yes");
        assert_eq!(files(&laptop).0, config);
        // kind is the current context again.
        assert_eq!(files(&laptop).1, kubeconfig);
        assert!(files_below(&laptop.home.path(".cache")).is_empty());
        run(&laptop, "uninstall --all --yes");
    }
}

/// Two companies on one laptop: installing one team file does not change the other team's setup.
#[test]
fn two_team_files() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    let first = files(&laptop);
    let labs = format!("{TOP}{STAGING}").replace("example.awsapps", "labs.awsapps");
    laptop.home.write("labs.toml", &labs);
    let install = "install --from labs.toml --email alice@example.com";
    laptop.fails(laptop.run(install), 1, "both want the plain name");
    assert_eq!(files(&laptop), first);
    signed_in(&laptop, &format!("{install} --profile labs")).recorded("");
    assert_eq!(contexts(&laptop), ["prod", "staging"]);
    assert_eq!(current(&laptop), "prod", "the person has one");
    let both = files(&laptop);
    run(&laptop, INSTALL);
    assert_eq!(files(&laptop), both);

    run(&laptop, "uninstall --from labs.toml --yes");
    assert_eq!(files(&laptop), both);
    run(&laptop, "uninstall --from labs.toml --profile labs --yes");
    assert_eq!(files(&laptop).0, first.0);
    assert_eq!(contexts(&laptop), ["prod"]);
    assert_eq!(current(&laptop), "prod", "it was before");
    lists_pods(&laptop, "prod");
    run(&laptop, "uninstall --from labs.toml --yes");
    run(&laptop, "uninstall --all --yes");
    assert_eq!(files(&laptop).0, "");
}

/// The prefix that is offered is free for all accounts of the file; the command that removes them is named once.
#[test]
fn two_accounts_of_two_team_files() {
    let laptop = installed(&both());
    let labs = both().replace("example.awsapps", "labs.awsapps");
    laptop.home.write("labs.toml", &labs);
    let install = "install --from labs.toml --email alice@example.com";
    let prefix = "--profile apono-k8s-access-2";
    laptop
        .fails(laptop.run(install), 1, "")
        .explains(&[&format!("{install} {prefix}`")]);
    run(&laptop, "uninstall --from team.toml --profile other --yes");
}

/// Two teams of one company: one access portal and two team files.
#[test]
fn two_teams_at_one_portal() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    let first = files(&laptop);
    let file = format!("{TOP}{STAGING}");
    laptop.home.write("data.toml", &file);
    let install = "install --from data.toml --email alice@example.com";
    // Both would have the plain name, and the first profile would be replaced.
    laptop.failed(laptop.run(install).output(), 1, "the plain name");
    assert_eq!(files(&laptop), first);
    // With separate names both profiles stay, whichever file is installed again.
    run(&laptop, &format!("{install} --yes --profile data"));
    let both = files(&laptop);
    assert_eq!(contexts(&laptop), ["prod", "staging"]);
    run(&laptop, INSTALL_YES);
    assert_eq!(files(&laptop), both);
    run(&laptop, "uninstall --from team.toml --profile other --yes");
    assert_eq!(files(&laptop), both);
    run(&laptop, "uninstall --from data.toml --profile data --yes");
    assert_eq!(files(&laptop).0, first.0);

    // With a team name in each file, neither replaces the other's profiles, even if the names are similar.
    let named = format!("team = \"data\"\n{file}");
    laptop.home.write("data.toml", named);
    let install = format!("{install} --yes");
    laptop.fails(laptop.run(&install), 1, "the plain name, with a team");
    let install = format!("{install} --profile apono-k8s-access-data");
    run(&laptop, &install);
    config_recorded(&laptop);
    let both = files(&laptop);
    for install in [INSTALL_YES, &install] {
        run(&laptop, install);
        assert_eq!(files(&laptop), both);
    }
    run(&laptop, "uninstall --from team.toml --yes");
    assert_eq!(contexts(&laptop), ["staging"]);
    lists_pods(&laptop, "staging");
}

/// A profile that was changed to another kind is kept without the tool's marks, and breaks no command.
#[test]
fn a_profile_that_is_not_ours_any_more() {
    let laptop = installed(&both());
    let (installed, _) = files(&laptop);
    let make_theirs = |name: &str| {
        let header = format!("[profile apono-k8s-access-{name}]\n");
        let theirs = format!("{header}sso_session = corp\n");
        let config = files(&laptop).0.replace(&header, &theirs);
        laptop.home.write(".aws/config", config);
    };
    make_theirs("staging");
    laptop.home.write("team.toml", format!("{TOP}{PROD}"));
    run(&laptop, INSTALL_YES);
    config_recorded(&laptop);
    run(&laptop, INSTALL);

    laptop.home.write(".aws/config", installed);
    laptop.home.write("team.toml", both());
    make_theirs("prod");
    run(&laptop, "uninstall --from team.toml --yes");
    config_recorded(&laptop);
    run(&laptop, "uninstall --from team.toml --yes");
}

/// Uninstalling one profile at a time: shared sections are removed with the last profile.
#[test]
fn one_profile_of_a_team() {
    let laptop = installed(&both());
    run(&laptop, "uninstall --profile apono-k8s-access-prod --yes");
    assert_eq!(contexts(&laptop), ["staging"]);
    lists_pods(&laptop, "staging");
    run(
        &laptop,
        "uninstall --profile apono-k8s-access-staging --yes",
    );
    assert_eq!(files(&laptop).0, "");
}

/// The person's own profiles that look like the tool's are kept unchanged.
#[test]
fn uninstall_all_leaves_what_is_not_ours() {
    let laptop = laptop(&both());
    let theirs = "[profile ci]\nrole_arn = arn:aws:iam::111122223333:role/apono-k8s-access\nrole_session_name = ci\n\
                  web_identity_token_file = /token\n\n[profile admin]\nrole_arn = arn:aws:iam::111122223333:role/admin\n\
                  role_session_name = alice\nsource_profile = default\n";
    laptop.home.write(".aws/config", theirs);
    signing_in(&laptop, INSTALL);
    run(&laptop, "uninstall --all --yes");
    assert_eq!(files(&laptop).0, theirs);
}
