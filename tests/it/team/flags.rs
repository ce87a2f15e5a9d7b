//! One profile from flags: the same as from a team file of one account, and taken back in the same way.

use crate::team::setting::*;
use kit::laptop::Laptop;

const FLAGS: &str = "install --sso-start-url https://example.awsapps.com/start --sso-region eu-west-1 --account-id 111122223333 --sso-role-name Engineer --email alice@example.com --region eu-west-1 --cluster-name prod";
const KIND: &str = "apiVersion: v1\nkind: Config\nclusters:\n- name: kind\n  cluster: {server: 'https://127.0.0.1:1'}\ncontexts:\n- name: kind\n  context: {cluster: kind, user: kind}\nusers:\n- name: kind\n  user: {token: secret}\n";
const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";

#[test]
fn the_same_as_from_a_team_file_of_one_account() {
    let account = PROD.replace(", alias = \"prod\", namespace = \"default\"", "");
    let by_team = installed(&format!("{TOP}{account}"));
    let by_flags = laptop("");
    signed_in(&by_flags, FLAGS);
    let (config, kubeconfig) = files(&by_team);
    let lines = config.split_inclusive('\n');
    let lines = lines.filter(|line| !line.starts_with("apono_team"));
    assert_eq!(files(&by_flags).0, lines.collect::<String>());
    // Each laptop has a cluster of its own.
    let entries = |text: &str| {
        let lines = text.lines();
        let kept = lines.filter(|line| !line.contains("server:") && !line.contains("certificate-"));
        kept.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(entries(&files(&by_flags).1), entries(&kubeconfig));
}

#[test]
fn uninstall_restores_the_current_context() {
    for current in ["current-context: kind\n", "current-context: \"\"\n", ""] {
        let laptop = laptop("");
        let before = format!("{KIND}{current}");
        laptop.home.write(".aws/config", "# mine\n");
        laptop.home.write(".kube/config", &before);
        signed_in(&laptop, FLAGS);
        assert_eq!(self::current(&laptop), ARN);
        laptop.succeeds(laptop.run("uninstall --yes"));
        assert_eq!(files(&laptop), ("# mine\n".to_owned(), before), "{current}");
    }
}

/// The entries are in one file of `KUBECONFIG`, the current context is in the other.
#[test]
fn uninstall_restores_the_current_context_of_another_file() {
    let laptop = laptop("");
    let (first, second) = (
        KIND,
        "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\ncurrent-context: kind\n",
    );
    laptop.home.write("first", first);
    laptop.home.write("second", second);
    let paths = [laptop.home.path("first"), laptop.home.path("second")];
    let kubeconfig = std::env::join_paths(&paths).unwrap();
    let run =
        |arguments: &str| laptop.succeeds(laptop.run(arguments).env("KUBECONFIG", &kubeconfig));
    let read = |index: usize| std::fs::read_to_string(&paths[index]).unwrap();
    leave_sign_in(&laptop);
    run(FLAGS);
    assert!(read(0).contains(ARN));
    assert!(read(1).contains(&format!("current-context: {ARN}")));
    run("uninstall --yes");
    assert_eq!((read(0).as_str(), read(1).as_str()), (first, second));
}

#[test]
fn flags_leave_the_contexts_of_a_team_alone() {
    let laptop = installed(&format!("{TOP}{PROD}"));
    let before = files(&laptop).1;
    run(&laptop, "install --email bob@example.com --yes");
    assert_eq!(files(&laptop).1, before);
}

/// The contexts of the old account are of no use any more. What was removed is said.
#[test]
fn another_account() {
    let laptop = laptop("");
    laptop
        .home
        .write(".kube/config", format!("{KIND}current-context: kind\n"));
    signed_in(&laptop, FLAGS);
    run(&laptop, "install --account-id 444455556666 --yes");
    assert_eq!(contexts(&laptop), ["kind"]);
    run(&laptop, "uninstall --yes");
}

/// The last profile of an sso-session signs in elsewhere: the session is ended, and its token removed.
#[test]
fn another_sign_in() {
    let laptop = laptop("");
    signed_in(&laptop, FLAGS);
    let tokens = || kit::laptop::files_below(&laptop.home.path(".aws/sso/cache")).len();
    assert!(tokens() > 0);
    run(&laptop, "install --source-profile elsewhere --yes");
    assert_eq!(tokens(), 0);
}

/// A context of another apono-login profile is taken over, and that is said.
#[test]
fn a_context_of_another_profile() {
    let laptop = laptop("");
    signed_in(&laptop, FLAGS);
    run(&laptop, &format!("{FLAGS} --profile second --dry-run"));
    run(&laptop, &format!("{FLAGS} --profile second"));
}

#[test]
fn a_cluster_is_named_once() {
    let laptop = laptop("");
    let run = laptop.run(&format!("{FLAGS} --cluster-name prod"));
    run.exits(2).recorded("");
}

/// A kubeconfig that cannot be read is no matter of a profile without clusters.
#[test]
fn a_broken_kubeconfig_without_clusters() {
    let laptop = laptop("");
    laptop.home.write(".kube/config", "a: [b");
    laptop.succeeds(laptop.run(&FLAGS.replace(" --cluster-name prod", "")));
    assert_eq!(files(&laptop).1, "a: [b");
}

/// Signs in without a cluster.
fn leave_sign_in(laptop: &Laptop) {
    let install = FLAGS.replace(" --cluster-name prod", "");
    laptop.succeeds(laptop.run(&install));
    signed_in(laptop, "login");
}
