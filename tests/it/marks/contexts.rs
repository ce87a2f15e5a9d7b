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

/// Installs a profile from the team file.
const THREE: &str = "install --from team.toml --email alice@example.com --yes --profile three";

fn team_file(laptop: &Laptop) {
    let cluster = "{ name = \"prod\", region = \"eu-west-1\", alias = \"prod\" }";
    laptop.home.write("team.toml", format!("team = \"shop\"\n[[accounts]]\nid = \"111122223333\"\nsource_profile = \"default\"\nclusters = [{cluster}]\n"));
}

/// A context that a team file takes over, under the name that `update-kubeconfig` gave it.
#[test]
fn one_that_a_team_file_took_goes_back() {
    let laptop = laptop();
    let update = format!("{UPDATE_KUBECONFIG} --alias prod --no-switch");
    laptop.succeeds(laptop.run(&format!("{update} --profile one")));
    let before = files(&laptop);
    team_file(&laptop);
    laptop.succeeds(laptop.run(THREE));
    let (config, kubeconfig) = files(&laptop);
    assert!(config.contains("apono_contexts_taken = prod\n"), "{config}");
    assert!(kubeconfig.contains("user: three@"), "{kubeconfig}");
    // The same again changes nothing.
    laptop
        .succeeds(laptop.run(THREE))
        .explains(&["Everything is up to date"]);
    assert_eq!(files(&laptop), (config, kubeconfig));
    uninstall(&laptop, "three");
    assert_eq!(files(&laptop), before);
}

/// The user has moved the profile that loses the context to the credentials file: the config file gets no section for the record.
#[test]
fn a_profile_of_the_credentials_file_gets_no_section() {
    let laptop = laptop();
    let update = format!("{UPDATE_KUBECONFIG} --alias prod --no-switch");
    laptop.succeeds(laptop.run(&format!("{update} --profile one")));
    let config = laptop.home.read(".aws/config");
    let start = config.find("\n[profile one]").unwrap();
    let end = config.find("\n[profile two]").unwrap();
    let moved = config[start..end].replace("profile ", "");
    let credentials = laptop.home.read(".aws/credentials");
    laptop
        .home
        .write(".aws/credentials", format!("{credentials}{moved}"));
    let rest = [&config[..start], &config[end..]].concat();
    laptop.home.write(".aws/config", rest);
    let before = files(&laptop);
    team_file(&laptop);
    for take in [THREE, &format!("{update} --profile two")] {
        laptop.succeeds(laptop.run(take));
        let (config, _) = files(&laptop);
        assert!(!config.contains("[profile one]"), "{config}");
    }
    uninstall(&laptop, "three");
    let (config, _) = files(&laptop);
    assert_eq!(config, before.0);
}

/// The first one takes it once more: it is the last to lose it to the second one.
#[test]
fn it_goes_back_to_the_last_one_to_lose_it() {
    let laptop = laptop();
    laptop.succeeds(laptop.run(&format!("{INSTALL} --profile three")));
    for profile in ["one", "three", "one", "two"] {
        let update = format!("{UPDATE_KUBECONFIG} --alias prod --profile {profile}");
        laptop.succeeds(laptop.run(&update));
    }
    for (profile, heir) in [("two", "one"), ("one", "three")] {
        let back = laptop.succeeds(laptop.run(&format!("uninstall --profile {profile} --yes")));
        back.explains(&[&format!("Context prod is for profile {heir} again")]);
    }
    uninstall(&laptop, "three");
    assert_eq!(files(&laptop), (CONFIG.to_owned(), KUBECONFIG.to_owned()));
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

/// Without the record `uninstall` could not restore what was there, so the kubeconfig waits for it.
#[cfg(any(target_os = "linux", windows))]
#[test]
fn nothing_is_changed_while_another_program_writes_the_config() {
    let laptop = laptop();
    let before = files(&laptop);
    let config = laptop.home.path(".aws/config");
    let other = std::fs::File::options().append(true).open(config).unwrap();
    let update = format!("{UPDATE_KUBECONFIG} --alias prod --profile one");
    let output = laptop.run(&update).exits(4).to_string();
    assert!(output.contains("another program is writing"), "{output}");
    assert_eq!(files(&laptop), before);
    drop(other);
    laptop.succeeds(laptop.run(&update));
    uninstall(&laptop, "one");
    uninstall(&laptop, "two");
    assert_eq!(files(&laptop), (CONFIG.to_owned(), KUBECONFIG.to_owned()));
}
