//! Two accounts with one cluster each behind one access portal, and a laptop without any AWS setup.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

pub use crate::sources::sign_in::ALICE;
pub use crate::sso::person::{signed_in, signing_in};
#[cfg(not(target_os = "linux"))]
pub use elsewhere::*;
#[cfg(target_os = "linux")]
pub use linux::*;

use kit::home::Output;
use kit::laptop::Laptop;
use kit::standin::{ACCOUNT, Cluster, Grant, Options, REGION, Role};

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
/// The command that installs the team file without prompts.
pub const INSTALL: &str = "install --from team.toml --email alice@example.com";

/// The same command, allowed to remove profiles and contexts.
pub const INSTALL_YES: &str = "install --from team.toml --email alice@example.com --yes";

pub fn role(account: &str) -> String {
    format!("arn:aws:iam::{account}:role/apono-k8s-access")
}

/// Returns a laptop without any AWS files, with this team file.
pub fn laptop(file: &str) -> Laptop {
    let laptop = without_the_second(file);
    laptop.aws.assign(ALICE, OTHER_ACCOUNT, "Engineer");
    laptop
}

/// Returns the same for a person to whom the second account is not assigned.
pub fn without_the_second(file: &str) -> Laptop {
    let clusters = [
        (ACCOUNT, "prod"),
        (ACCOUNT, "spare"),
        (OTHER_ACCOUNT, "staging"),
    ];
    let cluster = |(account, name): (&str, &str)| Cluster {
        arn: format!("arn:aws:eks:{REGION}:{account}:cluster/{name}"),
        mapped_roles: vec![role(account)],
        ..Cluster::new(name, REGION)
    };
    let roles = [ACCOUNT, OTHER_ACCOUNT].map(|account| Role::guide(&role(account)));
    let laptop = Laptop::bare(Options {
        roles: roles.into(),
        clusters: clusters.map(cluster).into(),
        grants: vec![Grant {
            user: ALICE.to_owned(),
            namespace: "default".to_owned(),
        }],
        ..Options::default()
    });
    std::fs::remove_dir_all(laptop.home.path(".aws")).unwrap();
    laptop.home.write("team.toml", file);
    laptop
}

pub fn both() -> String {
    format!("{TOP}{PROD}{STAGING}")
}

/// Returns a laptop with the team file installed.
#[track_caller]
pub fn installed(file: &str) -> Laptop {
    let laptop = laptop(file);
    signed_in(&laptop, INSTALL);
    laptop
}

/// Runs `apono-login ARGUMENTS`, which succeeds with the recorded output.
#[track_caller]
pub fn run(laptop: &Laptop, arguments: &str) -> Output {
    let output = laptop.succeeds(laptop.run(arguments));
    output.recorded("");
    output
}

/// Returns the AWS config file and the kubeconfig.
pub fn files(laptop: &Laptop) -> (String, String) {
    let read = |path| std::fs::read_to_string(laptop.home.path(path)).unwrap_or_default();
    (read(".aws/config"), read(".kube/config"))
}

/// Checks that the profiles are as recorded.
#[track_caller]
pub fn config_recorded(laptop: &Laptop) {
    laptop.home.cat(".aws/config").recorded("");
}
