//! Two accounts behind one portal, with a cluster each, and a laptop that knows nothing of them.

use crate::sso::person::while_running;
use kit::browser::Browser;
use kit::home::Output;
use kit::laptop::Laptop;
use kit::standin::{ACCOUNT, Cluster, Grant, Options, REGION, Role};
use kit::tools;

pub const ALICE: &str = "alice@example.com";
pub const OTHER_ACCOUNT: &str = "444455556666";
pub const TOP: &str =
    "sso_start_url = \"https://example.awsapps.com/start\"\nsso_region = \"eu-west-1\"\n";
pub const PROD: &str = r#"
[[accounts]]
id = "111122223333"
name = "prod"
sso_role_name = "Engineer"
clusters = [{ name = "prod", region = "eu-west-1", alias = "prod", namespace = "default" }]
"#;
pub const STAGING: &str = r#"
[[accounts]]
id = "444455556666"
name = "staging"
sso_role_name = "Engineer"
clusters = [{ name = "staging", region = "eu-west-1", alias = "staging" }]
"#;
/// The command, where nobody is asked.
pub const INSTALL: &str = "install --from team.toml --email alice@example.com";

/// The same where something may go.
pub const INSTALL_YES: &str = "install --from team.toml --email alice@example.com --yes";

pub fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/apono-k8s-access")
}

/// A laptop on which nothing of AWS has ever been, with this team file.
pub fn laptop(file: &str) -> Laptop {
    let cluster = |account: &str, name: &str| Cluster {
        arn: format!("arn:aws:eks:{REGION}:{account}:cluster/{name}"),
        mapped_roles: vec![role(account)],
        ..Cluster::new(name, REGION)
    };
    let laptop = Laptop::bare(Options {
        roles: vec![
            Role::guide(&role(ACCOUNT)),
            Role::guide(&role(OTHER_ACCOUNT)),
        ],
        clusters: vec![
            cluster(ACCOUNT, "prod"),
            cluster(ACCOUNT, "spare"),
            cluster(OTHER_ACCOUNT, "staging"),
        ],
        grants: vec![Grant {
            user: ALICE.to_owned(),
            namespace: "default".to_owned(),
        }],
        ..Options::default()
    });
    std::fs::remove_dir_all(laptop.home.path(".aws")).unwrap();
    laptop.aws.assign(ALICE, OTHER_ACCOUNT, "Engineer");
    laptop.home.write("team.toml", file);
    laptop
}

pub fn both() -> String {
    format!("{TOP}{PROD}{STAGING}")
}

/// The command, in which alice signs in once.
#[track_caller]
pub fn signing_in(laptop: &Laptop, arguments: &str) -> Output {
    let (output, page) = while_running(laptop, laptop.run(arguments), |link| {
        Browser::new().allow(link, ALICE)
    });
    assert_eq!(page.status, 200, "{page:?}");
    laptop.check_discretion(&output);
    output
}

/// A laptop on which it has been installed.
#[track_caller]
pub fn installed(file: &str) -> Laptop {
    let laptop = laptop(file);
    let output = signing_in(&laptop, INSTALL);
    assert!(output.status.success(), "{output}");
    laptop
}

pub fn kubectl(laptop: &Laptop, arguments: &str) -> Output {
    let run = laptop
        .home
        .run(tools::kubectl("1.34"), arguments.split(' '));
    run.output()
}

/// Names of all contexts, as kubectl reads them.
#[track_caller]
pub fn contexts(laptop: &Laptop) -> Vec<String> {
    let output = kubectl(laptop, "config get-contexts -o name");
    assert!(output.status.success(), "{output}");
    output.stdout.lines().map(str::to_owned).collect()
}

pub fn current(laptop: &Laptop) -> String {
    kubectl(laptop, "config current-context")
        .stdout
        .trim()
        .to_owned()
}

#[track_caller]
pub fn lists_pods(laptop: &Laptop, context: &str) {
    let output = kubectl(
        laptop,
        &format!("get pods --namespace default --context {context}"),
    );
    assert!(output.stdout.contains("cart-"), "{output}");
}

/// All profiles, as botocore reads them (what `aws configure list-profiles` prints; version 1 has no such command).
#[track_caller]
pub fn profiles(laptop: &Laptop) -> Vec<String> {
    let script = "import botocore.session, json; print(json.dumps(botocore.session.Session().available_profiles))";
    let read = laptop.home.run(tools::python(), ["-c", script]).succeeds();
    let mut names: Vec<String> = serde_json::from_value(read.json()).unwrap();
    names.sort();
    names
}

/// The laptop's two files.
pub fn files(laptop: &Laptop) -> (String, String) {
    let read = |path| std::fs::read_to_string(laptop.home.path(path)).unwrap_or_default();
    (read(".aws/config"), read(".kube/config"))
}

/// What the summary says of each thing.
pub fn states(output: &Output) -> Vec<(String, String)> {
    let lines = output.stderr.lines().filter(|line| line.starts_with("  "));
    let parts = lines.filter_map(|line| line.trim().split_once("  "));
    let owned = |(state, what): (&str, &str)| (what.trim().to_owned(), state.to_owned());
    parts.map(owned).collect()
}

/// The summary says exactly this.
#[track_caller]
pub fn became(output: &Output, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(what, state)| (what.to_string(), state.to_string()))
        .collect();
    assert_eq!(states(output), expected, "{output}");
}
