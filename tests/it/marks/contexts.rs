//! Two profiles that `update-kubeconfig` gives a context under the same name, one after the other.

use kit::laptop::{INSTALL, Laptop, UPDATE_KUBECONFIG};
use kit::standin::{Cluster, Options, REGION};

const CONFIG: &str = "# mine\n[default]\nregion = us-east-1\n";
const KUBECONFIG: &str = "\
# mine
apiVersion: v1
kind: Config
clusters:
- name: kind
  cluster: {server: 'https://127.0.0.1:1'} # here
contexts:
- name: kind
  context: {cluster: kind, user: kind}
users:
- name: kind
  user: {}
current-context: kind
";

type Files = (String, String);

fn files(laptop: &Laptop) -> Files {
    let read = |path| laptop.home.read(path);
    (read(".aws/config"), read(".kube/config"))
}

fn laptop() -> Laptop {
    let laptop = Laptop::bare(Options {
        clusters: ["prod", "spare"]
            .map(|name| Cluster::new(name, REGION))
            .into(),
        ..Options::default()
    });
    laptop.home.write(".aws/config", CONFIG);
    laptop.home.write(".kube/config", KUBECONFIG);
    for profile in ["one", "two"] {
        laptop.succeeds(laptop.run(&format!("{INSTALL} --profile {profile}")));
    }
    laptop
}

fn uninstall(laptop: &Laptop, profile: &str) {
    laptop.succeeds(laptop.run(&format!("uninstall --profile {profile} --yes")));
}

/// The first command names the user, or does not; both switch, or neither.
const WAYS: [(&str, &str); 3] = [("", ""), (" --no-switch", ""), ("", " --user-alias mine")];

#[test]
fn the_context_goes_back() {
    for (switch, user) in WAYS {
        let laptop = laptop();
        let update = format!("{UPDATE_KUBECONFIG} --alias prod{switch}");
        laptop.succeeds(laptop.run(&format!("{update}{user} --profile one")));
        let (_, before) = files(&laptop);
        let dry = laptop.succeeds(laptop.run(&format!("{update} --profile two --dry-run")));
        assert!(
            dry.stdout.contains("+apono_contexts_taken = prod\n"),
            "{dry}"
        );
        let taken = laptop.succeeds(laptop.run(&format!("{update} --profile two")));
        taken.explains(&["Context prod was for profile one before"]);
        let back = laptop.succeeds(laptop.run("uninstall --profile two --yes"));
        back.explains(&["Context prod is for profile one again"]);
        let (config, after) = files(&laptop);
        assert_eq!(after, before, "{update}{user}");
        assert!(!config.contains("taken"), "{config}");
        uninstall(&laptop, "one");
        assert_eq!(files(&laptop), (CONFIG.to_owned(), KUBECONFIG.to_owned()));
    }
}

/// Also where the first one is removed first, or takes the context back itself.
#[test]
fn nothing_is_left_in_any_order() {
    let [plain, no_switch, named] = WAYS;
    for (way, turns, order) in [
        (plain, "one two", "one two"),
        (plain, "one two one", "one two"),
        (plain, "one two one", "two one"),
        (no_switch, "one two one", "two one"),
        (named, "one two", "one two"),
    ] {
        let (laptop, (switch, user)) = (laptop(), way);
        for profile in turns.split(' ') {
            // Each names a user of its own, or none.
            let user = match user {
                "" => String::new(),
                option => format!("{option}-{profile}"),
            };
            let update = format!("{UPDATE_KUBECONFIG} --alias prod{switch}{user}");
            laptop.succeeds(laptop.run(&format!("{update} --profile {profile}")));
        }
        for profile in order.split(' ') {
            uninstall(&laptop, profile);
        }
        let before = (CONFIG.to_owned(), KUBECONFIG.to_owned());
        assert_eq!(files(&laptop), before, "{way:?} {turns} {order}");
    }
}

/// A context that a team file takes over, under the name that `update-kubeconfig` gave it.
#[test]
fn one_that_a_team_file_took_goes_back() {
    let laptop = laptop();
    let update = format!("{UPDATE_KUBECONFIG} --alias prod --no-switch");
    laptop.succeeds(laptop.run(&format!("{update} --profile one")));
    let before = files(&laptop);
    let cluster = "{ name = \"prod\", region = \"eu-west-1\", alias = \"prod\" }";
    laptop.home.write("team.toml", format!("team = \"shop\"\n[[accounts]]\nid = \"111122223333\"\nsource_profile = \"default\"\nclusters = [{cluster}]\n"));
    let install = "install --from team.toml --email alice@example.com --yes --profile three";
    laptop.succeeds(laptop.run(install));
    let (config, kubeconfig) = files(&laptop);
    assert!(config.contains("apono_contexts_taken = prod\n"), "{config}");
    assert!(kubeconfig.contains("user: three@"), "{kubeconfig}");
    // The same again changes nothing.
    laptop
        .succeeds(laptop.run(install))
        .explains(&["Everything is up to date"]);
    assert_eq!(files(&laptop), (config, kubeconfig));
    uninstall(&laptop, "three");
    assert_eq!(files(&laptop), before);
}

/// The hint adds the cluster that the context was for, whichever profile it is for now.
#[test]
fn another_cluster_under_the_same_name() {
    for (profile, was) in [("two", "profile one"), ("one", "cluster prod")] {
        let laptop = laptop();
        let update = format!("{UPDATE_KUBECONFIG} --alias dev");
        laptop.succeeds(laptop.run(&format!("{update} --profile one")));
        let update = update.replace("prod", "spare");
        let moved = laptop.succeeds(laptop.run(&format!("{update} --profile {profile}")));
        let hint = format!(
            "add one for {was} under another name: `apono-login update-kubeconfig --name prod --region eu-west-1 --alias prod-one --no-switch"
        );
        moved.explains(&[&format!("Context dev was for {was} before"), &hint]);
        let again = laptop.succeeds(laptop.run(&format!("{update} --profile {profile}")));
        assert!(!again.stderr.contains("before"), "{again}");
    }
}
