//! Large team files: what is asked of AWS, over how many connections, and how the work grows with the number of accounts.

use std::time::Duration;

use crate::team::setting::*;
use kit::laptop::Laptop;
use kit::standin::{ACCOUNT, Cluster, Operation, Options, REGION, Role, Service, Trust};

const REFRESH: &str = "install --from team.toml --email alice@example.com --refresh-clusters";
const CLUSTERS: usize = 2;

/// Returns a laptop with source credentials, and a team file of this many accounts with two clusters each.
fn team_of(accounts: usize) -> Laptop {
    let (mut roles, mut clusters, mut file) = (Vec::new(), Vec::new(), String::new());
    for number in 0..accounts {
        let account = format!("{:012}", 111_122_223_333 + number as u64);
        roles.push(Role {
            trust: Trust::Principal(format!("arn:aws:iam::{ACCOUNT}:*")),
            ..Role::guide(&role(&account))
        });
        file += &format!(
            "[[accounts]]\nid = \"{account}\"\nname = \"n{number}\"\nsource_profile = \"default\"\nclusters = [\n"
        );
        for cluster in 0..CLUSTERS {
            let name = format!("c{number}-{cluster}");
            file +=
                &format!("{{ name = \"{name}\", region = \"{REGION}\", alias = \"{name}\" }},\n");
            clusters.push(Cluster {
                arn: format!("arn:aws:eks:{REGION}:{account}:cluster/{name}"),
                ..Cluster::new(&name, REGION)
            });
        }
        file += "]\n";
    }
    let laptop = Laptop::bare(Options {
        tls: true,
        roles,
        clusters,
        ..Options::default()
    });
    laptop.home.write("team.toml", file);
    laptop
}

/// Returns the numbers of roles assumed and of clusters looked up by the command.
#[track_caller]
fn asked(laptop: &Laptop, command: &str) -> (usize, usize) {
    laptop.aws.forget();
    laptop.succeeds(laptop.run(command));
    let count = |operation| laptop.aws.count(operation);
    (
        count(Operation::AssumeRole),
        count(Operation::DescribeCluster),
    )
}

/// Eight at a time, over connections that are used again.
#[test]
fn connections_are_kept() {
    let laptop = team_of(20);
    laptop.aws.set_delay(Duration::from_millis(50));
    assert_eq!(asked(&laptop, INSTALL), (20, 20 * CLUSTERS));
    let connections = [Service::Sts, Service::Eks].map(|service| laptop.aws.connections(service));
    // Eight of each, and some more where the next request is sooner than the end of the last one is noticed.
    let requests = 20 + 20 * CLUSTERS;
    assert!(
        connections.iter().sum::<usize>() * 2 <= requests,
        "{connections:?}"
    );
    let contexts: Vec<_> = (0..20)
        .flat_map(|number| (0..CLUSTERS).map(move |cluster| format!("name: c{number}-{cluster}")))
        .collect();
    let (_, kubeconfig) = files(&laptop);
    let mut lines = kubeconfig.lines().map(str::trim);
    let in_order = contexts.iter().all(|name| lines.any(|line| line == name));
    assert!(in_order, "in the order of the file:\n{kubeconfig}");
}

/// Within a day a cluster is looked up again only if something of it differs, or on request.
#[test]
fn what_was_looked_up_today_is_not_asked_again() {
    let laptop = team_of(3);
    asked(&laptop, INSTALL);
    let before = files(&laptop);
    assert_eq!(asked(&laptop, INSTALL), (0, 0));
    laptop.asked_none_of(&[Service::Sts, Service::Eks, Service::Portal]);
    assert_eq!(files(&laptop), before);

    // An installation ends with credentials.
    for entry in laptop.cached("entry") {
        std::fs::remove_file(entry).unwrap();
    }
    assert_eq!(asked(&laptop, INSTALL), (3, 0));
    assert_eq!(asked(&laptop, REFRESH), (0, 3 * CLUSTERS));
    assert_eq!(files(&laptop), before);

    // The server of one cluster was edited; one cluster was removed.
    let cluster = laptop.aws.cluster("c1-0");
    let edited = before.1.replace(&cluster.endpoint, "https://127.0.0.1:1");
    laptop.home.write(".kube/config", edited);
    assert_eq!(asked(&laptop, INSTALL), (0, 1));
    assert_eq!(files(&laptop), before);

    // A context with another name is for the same cluster.
    let team = laptop.home.read("team.toml");
    laptop.home.write(
        "team.toml",
        team.replace("alias = \"c1-0\"", "alias = \"other\""),
    );
    assert_eq!(asked(&laptop, INSTALL_YES), (0, 0));
    assert!(files(&laptop).1.contains("name: other"));

    // Another session name, another identity.
    let bob = INSTALL_YES.replace("alice@", "bob@");
    assert_eq!(asked(&laptop, &bob), (3, 3 * CLUSTERS));

    // What is known is deleted with the cache.
    assert_eq!(asked(&laptop, &bob), (0, 0));
    laptop.succeeds(laptop.run("logout --all"));
    assert_eq!(laptop.cached("looked-up"), Vec::<std::path::PathBuf>::new());
    assert_eq!(asked(&laptop, &bob), (3, 3 * CLUSTERS));
}

/// Returns how many files the command opens, but for those of other processes: how often the system is asked who writes a file
/// depends on them.
#[track_caller]
fn opened(laptop: &Laptop, command: &str) -> usize {
    let trace = laptop.home.path("trace");
    let script = format!(
        "strace -f -qq -e trace=openat -o {} apono-login {command}",
        trace.display()
    );
    let run = laptop.home.run("sh", ["-c", &script]);
    laptop.succeeds(run);
    let trace = std::fs::read_to_string(trace).unwrap();
    let opened = trace.lines().filter(|line| !line.contains("\"/proc"));
    opened.count()
}

/// Twice the accounts are at most 2.2 times the work.
#[test]
fn work_grows_with_the_number_of_accounts() {
    let uninstall = "uninstall --from team.toml --yes";
    let (one, two) = (team_of(20), team_of(40));
    for command in [INSTALL, INSTALL, REFRESH, "login --all", uninstall] {
        let [few, many] = [&one, &two].map(|laptop| opened(laptop, command));
        assert!(
            many * 10 <= few * 22,
            "{command}: {few} files opened, then {many}"
        );
    }
}

/// A section of `services` that names another server for EKS may lead to another cluster.
#[test]
fn another_endpoint_is_another_answer() {
    let laptop = team_of(1);
    asked(&laptop, INSTALL);
    let eks = laptop.aws.url(Service::Eks);
    let config = laptop.home.read(".aws/config");
    let (before, after) = config.split_at(config.find("role_arn = ").unwrap());
    let section = format!("\n[services near]\neks =\n  endpoint_url = {eks}\n");
    let named = format!("{before}services = near\n{after}{section}");
    laptop.home.write(".aws/config", &named);
    assert_eq!(asked(&laptop, INSTALL).1, CLUSTERS);
    assert_eq!(asked(&laptop, INSTALL).1, 0);
    assert!(laptop.home.read(".aws/config").contains("services = near"));
    laptop
        .home
        .write(".aws/config", named.replace(&eks, &format!("{eks}/")));
    assert_eq!(asked(&laptop, INSTALL).1, CLUSTERS);
}
