//! What is decided for a person is said: which context is the current one, whose a context was, and what stays.

use kit::laptop::{INSTALL, Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Options, ROLE_ARN, Role};

const CONFIG: &str = "[default]\nregion = us-east-1\n";
const MINE: &str = "\
apiVersion: v1
kind: Config
clusters:
- name: mine
  cluster: {server: 'https://127.0.0.1:1'}
contexts:
- name: mine
  context: {cluster: mine, user: me}
users:
- name: me
  user: {}
current-context: mine
";
const TEAM: &str = "\
[[accounts]]
id = \"111122223333\"
source_profile = \"default\"
clusters = [{ name = \"prod\", region = \"eu-west-1\", alias = \"prod\" }]
";
const FROM: &str = "install --from team.toml --email alice@example.com --yes";
const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";

/// Returns a laptop with a current context of the person's own, and two roles.
fn with_a_context() -> Laptop {
    let roles = [ROLE_ARN.to_owned(), ROLE_ARN.replace("access", "other")];
    let laptop = Laptop::bare(Options {
        roles: roles.iter().map(|role| Role::guide(role)).collect(),
        ..Options::default()
    });
    laptop
        .home
        .write(".aws/config", CONFIG)
        .write(".kube/config", MINE)
        .write("team.toml", TEAM);
    laptop
}

#[track_caller]
fn is_current(laptop: &Laptop, context: &str) {
    let text = laptop.home.read(".kube/config");
    let line = text
        .lines()
        .find(|line| line.starts_with("current-context"));
    assert_eq!(
        line,
        Some(&*format!("current-context: {context}")),
        "{text}"
    );
}

#[track_caller]
fn run(laptop: &Laptop, command: &str) -> String {
    let output = laptop.succeeds(laptop.run(command));
    output.recorded("");
    output.stderr
}

#[track_caller]
fn is_as_before(laptop: &Laptop) {
    assert_eq!(laptop.home.read(".kube/config"), MINE);
    assert_eq!(laptop.home.read(".aws/config"), CONFIG);
}

/// `aws eks update-kubeconfig` switches, and so do flags; a team file does only where there is no current context.
#[test]
fn which_context_is_the_current_one() {
    let laptop = with_a_context();
    let clusters = format!("{INSTALL} --cluster-name prod --yes");
    for (command, current) in [
        (&*clusters, ARN),
        (&*format!("{clusters} --no-switch"), "mine"),
        (FROM, "mine"),
        (UPDATE_KUBECONFIG, "mine"),
    ] {
        let is_update = command == UPDATE_KUBECONFIG;
        if is_update {
            run(&laptop, INSTALL);
        }
        run(&laptop, &format!("{command} --dry-run"));
        run(&laptop, command);
        is_current(&laptop, if is_update { ARN } else { current });
        run(&laptop, "uninstall --yes");
        is_as_before(&laptop);
    }
}

#[test]
fn a_team_file_gives_a_context_to_a_person_without_one() {
    let laptop = with_a_context();
    let none = MINE.replace("current-context: mine\n", "current-context: \"\"\n");
    laptop.home.write(".kube/config", &none);
    run(&laptop, &format!("{FROM} --dry-run"));
    run(&laptop, FROM);
    is_current(&laptop, "prod");
    run(&laptop, "uninstall --yes");
    assert_eq!(laptop.home.read(".kube/config"), none);

    laptop.succeeds(laptop.run(&format!("{FROM} --no-switch")));
    is_current(&laptop, "\"\"");
    laptop.succeeds(laptop.run("uninstall --yes"));
}

/// The person's choice of later, not that of the first installation, is restored.
#[test]
fn the_context_before_the_last_switch_is_restored() {
    let laptop = with_a_context();
    let both = MINE.replace(
        "- name: mine\n  context:",
        "- name: kind\n  context: {}\n- name: mine\n  context:",
    );
    laptop.home.write(".kube/config", &both);
    let install = format!("{INSTALL} --cluster-name prod --yes");
    for command in [&*install, UPDATE_KUBECONFIG] {
        laptop.succeeds(laptop.run(&install));
        let now = laptop.home.read(".kube/config");
        let chosen = now.replace(&format!("current-context: {ARN}"), "current-context: kind");
        assert_ne!(now, chosen);
        laptop.home.write(".kube/config", chosen);
        laptop.succeeds(laptop.run(command));
        is_current(&laptop, ARN);
        laptop.succeeds(laptop.run("uninstall --yes"));
        let kind = both.replace("current-context: mine", "current-context: kind");
        assert_eq!(laptop.home.read(".kube/config"), kind, "{command}");
        laptop.home.write(".kube/config", &both);
    }
}

/// The second profile of a cluster takes its context, and gives it back.
#[test]
fn a_context_that_was_taken_is_given_back() {
    let laptop = with_a_context();
    let install = |profile: &str| {
        let role = profile.replace("one", "access").replace("two", "other");
        let flags = format!("--cluster-name prod --yes --role-name apono-k8s-{role}");
        format!("{INSTALL} {flags} --profile {profile}")
    };
    let user = |profile: &str| format!("    user: {profile}@{ARN}\n");
    run(&laptop, &install("one"));
    let one = laptop.home.read(".kube/config");
    let said = run(&laptop, &install("two"));
    assert!(laptop.home.read(".kube/config").contains(&user("two")));
    run(&laptop, "uninstall --yes --profile two");
    assert_eq!(laptop.home.read(".kube/config"), one);
    run(&laptop, "uninstall --yes --profile one");
    is_as_before(&laptop);

    // The hint gives the first one a context of its own.
    for profile in ["one", "two"] {
        laptop.succeeds(laptop.run(&install(profile)));
    }
    let hint = said.lines().find(|line| line.starts_with("hint: to have"));
    let command = hint.and_then(|hint| hint.split('`').nth(1)).unwrap();
    let command = command.strip_prefix("apono-login ").unwrap();
    run(&laptop, command);
    let both = laptop.home.read(".kube/config");
    assert!(
        both.contains(&user("one")) && both.contains(&user("two")),
        "{both}"
    );
    is_current(&laptop, ARN);
    for profile in ["two", "one"] {
        run(&laptop, &format!("uninstall --yes --profile {profile}"));
    }
    is_as_before(&laptop);
}

#[test]
fn uninstall_keeps_what_a_person_added() {
    let laptop = with_a_context();
    laptop.succeeds(laptop.run(INSTALL));
    let added = "output = json\ncli_pager =\n";
    let config = laptop.home.read(".aws/config");
    laptop.home.write(".aws/config", format!("{config}{added}"));
    run(&laptop, "uninstall --yes --dry-run");
    run(&laptop, "uninstall --yes");
    let kept = format!("{CONFIG}\n[profile apono-k8s-access]\n{added}");
    assert_eq!(laptop.home.read(".aws/config"), kept);
    run(&laptop, "uninstall --yes");
    laptop.succeeds(laptop.run(INSTALL));
}

#[test]
fn uninstall_keeps_a_profile_that_others_are_built_on() {
    let laptop = with_a_context();
    laptop.succeeds(laptop.run(&format!("{INSTALL} --cluster-name prod --yes")));
    let built = "\n[profile built]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = apono-k8s-access\n";
    let config = laptop.home.read(".aws/config");
    laptop.home.write(".aws/config", format!("{config}{built}"));
    let kubeconfig = laptop.home.read(".kube/config");
    let shown = laptop.run("uninstall --dry-run").exits(1);
    shown.explains(&["is needed by other profiles"]);
    for command in ["uninstall --yes", "uninstall --all --yes"] {
        match command.contains("--all") {
            true => run(&laptop, command),
            // It alone was to be removed.
            false => laptop.fails(laptop.run(command), 1, command).stderr,
        };
        assert_eq!(laptop.home.read(".aws/config"), format!("{config}{built}"));
        assert_eq!(laptop.home.read(".kube/config"), kubeconfig);
    }
    laptop.home.write(".aws/config", config);
    run(&laptop, "uninstall --yes");
    is_as_before(&laptop);
}

/// One that stays gets back what the other one took, also where both were to be removed.
#[test]
fn a_profile_that_stays_gets_its_context_back() {
    let laptop = with_a_context();
    for profile in ["one", "two"] {
        let flags = format!("--cluster-name prod --yes --profile {profile}");
        laptop.succeeds(laptop.run(&format!("{INSTALL} {flags}")));
    }
    let built =
        "\n[profile built]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = one\n";
    let config = laptop.home.read(".aws/config");
    laptop.home.write(".aws/config", format!("{config}{built}"));
    run(&laptop, "uninstall --all --yes");
    let kubeconfig = laptop.home.read(".kube/config");
    assert!(
        kubeconfig.contains(&format!("    user: one@{ARN}\n")),
        "{kubeconfig}"
    );
    assert!(!kubeconfig.contains("two@"), "{kubeconfig}");
    is_current(&laptop, ARN);
}

/// A cluster entry of the person's own is not written for the entry, because it would be removed with it.
#[test]
fn a_cluster_of_the_persons_own_is_not_taken() {
    let laptop = with_a_context();
    laptop.succeeds(laptop.run(INSTALL));
    laptop.succeeds(laptop.run(UPDATE_KUBECONFIG));
    let text = laptop.home.read(".kube/config");
    let name = format!("apono-k8s-access@{ARN}");
    let (before, after) = text
        .split_once(&format!("  name: {name}\ncontexts:"))
        .unwrap();
    let theirs = format!(
        "{before}  name: {name}\n{}  name: tunnel\ncontexts:{after}",
        {
            let start = before.rfind("- cluster:").unwrap();
            &before[start..]
        }
    );
    laptop.home.write(".kube/config", &theirs);
    let update = format!("{UPDATE_KUBECONFIG} --user-alias tunnel");
    let refused = laptop.fails(laptop.run(&update), 1, "");
    assert_eq!(laptop.home.read(".kube/config"), theirs);
    let command = refused.stderr.split('`').nth(1).unwrap();
    laptop.succeeds(laptop.run(command.strip_prefix("apono-login ").unwrap()));
    laptop.succeeds(laptop.run("uninstall --yes"));
    let left = laptop.home.read(".kube/config");
    assert!(left.contains("name: tunnel"), "{left}");
}
