//! Laws of setting up: over generated laptops and wishes, with the kubeconfig entries that would be written.

mod in_turn;
mod many;

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::select;

use super::changes::{self, Change, Changes, State};
use super::clusters::{self, New};
use super::desired::{Account, Cluster, Desired, Profile, Switch};
use super::source::{Portal, Source, Sso};
use crate::kube::config::{self, Config, Context, Entry, Exec, User};
use crate::kube::file::Kubeconfigs;
use crate::names::{IdpArn, ProfileName, TeamName};
use crate::profile::edit;
use crate::profile::plan::SamlSource;
use crate::profile::read::Files;

/// `~/.aws/config` before the first run. A last line without a line break gets one, which stays.
const CONFIGS: [&str; 6] = [
    "",
    "[default]\nregion = us-east-1\n",
    "# mine\n[profile dev]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Engineer\n\n[sso-session corp]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n",
    "[default]\r\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\r\naws_secret_access_key = x\r\n",
    "[sso-session example]\nsso_start_url = https://other.awsapps.com/start\nsso_region = eu-west-1\n\n[profile Engineer-111122223333]\nregion = us-east-1\n",
    "[profile a]\nregion = us-east-1\n\n\n\n",
];

/// A kubeconfig before the first run.
const KUBECONFIGS: [&str; 6] = [
    "apiVersion: v1\nclusters: []\ncontexts: []\ncurrent-context: \"\"\nkind: Config\npreferences: {}\nusers: []\n",
    "apiVersion: v1\nclusters:\n- cluster:\n    server: https://127.0.0.1:6443\n  name: kind\ncontexts:\n- context:\n    cluster: kind\n    user: kind\n  name: kind\ncurrent-context: kind\nkind: Config\nusers:\n- name: kind\n  user: {}\n",
    "apiVersion: v1\nclusters:\n- cluster:\n    server: https://127.0.0.1:6443\n  name: other\ncontexts:\n- context:\n    cluster: other\n    user: other\n  name: other\nkind: Config\nusers:\n- name: other\n  user:\n    token: t\n",
    "kind: Config\napiVersion: v1\nclusters: []\nusers: []\ncontexts: []",
    "# mine\napiVersion: v1\ncurrent-context: \"\"\nclusters: []\ncontexts: []\nusers: []\nkind: Config\n",
    "{\"apiVersion\": \"v1\", \"kind\": \"Config\", \"clusters\": [], \"contexts\": [], \"users\": [], \"current-context\": \"\"}\n",
];

/// The files of a laptop.
#[derive(Clone, PartialEq, Eq)]
struct Laptop {
    config: Vec<u8>,
    kubeconfigs: Vec<Vec<u8>>,
}

impl std::fmt::Debug for Laptop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for file in [&self.config].into_iter().chain(&self.kubeconfigs) {
            write!(f, "\n----\n{}", String::from_utf8_lossy(file))?;
        }
        Ok(())
    }
}

fn laptops() -> impl Strategy<Value = Laptop> {
    let kubeconfigs = prop::collection::vec(select(&KUBECONFIGS[..]), 1..3);
    (select(&CONFIGS[..]), kubeconfigs).prop_map(|(config, kubeconfigs)| Laptop {
        config: config.into(),
        kubeconfigs: kubeconfigs.into_iter().map(Into::into).collect(),
    })
}

fn sources(account: &str) -> impl Strategy<Value = Source> + use<> {
    let sso = |url: &str, role: &str| {
        Source::Sso(Sso {
            portal: Portal {
                start_url: url.parse().unwrap(),
                region: "eu-west-1".parse().unwrap(),
            },
            account: account.parse().unwrap(),
            role: role.parse().unwrap(),
            profile: None,
            session: None,
        })
    };
    let idp = SamlSource {
        provider: IdpArn::new(&"aws".parse().unwrap(), &account.parse().unwrap(), "Okta").unwrap(),
        url: "https://example.okta.com/home/amazon_aws/0oa1/272"
            .parse()
            .unwrap(),
        keep_session: false,
    };
    select(vec![
        sso("https://example.awsapps.com/start", "Engineer"),
        sso("https://example.awsapps.com/start", "Admin"),
        sso("https://third.awsapps.com/start", "Engineer"),
        Source::Profile("default".parse().unwrap()),
        Source::Saml(idp),
    ])
}

/// Returns up to two clusters; each has a context of its own name.
fn some_clusters(account: &'static str) -> impl Strategy<Value = Vec<Cluster>> {
    let one = move |name: &'static str| {
        let alias = prop::option::of(select(vec![
            format!("{name}-{account}"),
            format!("{account}-{name}"),
        ]));
        let namespace = prop::option::of(select(vec!["shop", "kube-system"]));
        (alias, namespace).prop_map(move |(alias, namespace)| Cluster {
            name: name.parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            alias: alias.map(|alias| alias.parse().unwrap()),
            namespace: namespace.map(|namespace| namespace.parse().unwrap()),
        })
    };
    (
        prop::option::of(one("main")),
        prop::option::of(one("spare")),
    )
        .prop_map(|(main, spare)| main.into_iter().chain(spare).collect())
}

const ACCOUNTS: [(&str, &str); 3] = [
    ("prod", "111122223333"),
    ("staging", "444455556666"),
    ("labs", "777788889999"),
];

fn profile(index: usize) -> impl Strategy<Value = Profile> {
    let (name, account) = ACCOUNTS[index];
    let parts = (sources(account), some_clusters(account), any::<bool>());
    parts.prop_map(move |(source, clusters, by_process)| Profile {
        name: format!("apono-k8s-access-{name}").parse().unwrap(),
        account: Account {
            name: Some(name.parse().unwrap()),
            role: format!("arn:aws:iam::{account}:role/apono-k8s-access")
                .parse()
                .unwrap(),
            region: "eu-west-1".parse().unwrap(),
            source,
            clusters,
            required: false,
        },
        email: "alice@example.com".parse().unwrap(),
        by_process,
    })
}

/// Returns what one team file may ask for.
fn wishes() -> impl Strategy<Value = Vec<Profile>> {
    let each = (0..ACCOUNTS.len()).map(|index| prop::option::of(profile(index)));
    let wishes = each.collect::<Vec<_>>();
    wishes.prop_map(|profiles| profiles.into_iter().flatten().collect())
}

fn desired(profiles: Vec<Profile>) -> Desired {
    let all = ACCOUNTS.iter();
    let all = all.map(|(name, _)| {
        format!("apono-k8s-access-{name}")
            .parse::<ProfileName>()
            .unwrap()
    });
    let is_wanted = |name: &ProfileName| profiles.iter().any(|profile| profile.name == *name);
    Desired {
        places: crate::setup::team_file::Places::default(),
        team: (!profiles.is_empty())
            .then(|| TeamName::of_portal(&"https://example.awsapps.com/start".parse().unwrap())),
        gone: all.filter(|name| !is_wanted(name)).collect(),
        profiles,
        switch: Switch::IfNone,
        program: "/usr/local/bin/apono-login".to_owned(),
    }
}

impl Laptop {
    fn read(&self) -> Kubeconfigs {
        let mut files = Kubeconfigs::default();
        for (number, bytes) in self.kubeconfigs.iter().enumerate() {
            let path = PathBuf::from(number.to_string());
            files.add(path, bytes.clone()).unwrap();
        }
        files
    }

    /// Returns the decision.
    fn changes(&self, desired: &Desired) -> Changes {
        let nowhere = Path::new("/nonexistent/credentials");
        let files = Files::composed(Path::new("config"), self.config.clone(), nowhere).unwrap();
        let state = State {
            profiles: files.profiles(),
            config: &self.config,
            credentials: b"",
            kubeconfigs: &self.read(),
        };
        changes::decide(&state, desired).unwrap()
    }

    /// Returns the laptop after a whole run.
    fn after(&self, desired: &Desired) -> Laptop {
        self.after_with(desired, |_| ())
    }

    /// Returns the laptop after a whole run that writes other entries.
    fn after_with(&self, desired: &Desired, change: impl Fn(&mut Entry)) -> Laptop {
        let changes = self.changes(desired);
        let laptop = Laptop {
            config: edit::apply(&self.config, &changes.config).unwrap(),
            kubeconfigs: self.read().edited(&changes.contexts.edits).unwrap(),
        };
        let mut new = Vec::new();
        for profile in &desired.profiles {
            for cluster in &profile.account.clusters {
                let mut entry = entry(profile, cluster);
                change(&mut entry);
                new.push(New {
                    entry,
                    command: crate::failure::command::Command::new(""),
                    was_current: changes.contexts.was_current(profile, cluster),
                });
            }
        }
        let files = laptop.read();
        let arranged = clusters::arrange(&files, &new, changes.contexts.switches(desired)).unwrap();
        let added = arranged.added;
        assert!(added.iter().all(Result::is_ok), "{added:?}");
        Laptop {
            kubeconfigs: arranged.after,
            ..laptop
        }
    }

    fn current(&self) -> Option<String> {
        let current = |config: &Config| config.current_context.clone();
        self.read().configs.iter().find_map(current)
    }
}

fn entry(profile: &Profile, cluster: &Cluster) -> Entry {
    let arn = format!(
        "arn:aws:eks:{}:{}:cluster/{}",
        cluster.region,
        profile.account.role.account(),
        cluster.name
    );
    let args = [
        "get-token",
        "--cluster-name",
        cluster.name.as_str(),
        "--region",
        cluster.region.as_str(),
        "--profile",
        profile.name.as_str(),
        "--api-version",
        "v1beta1",
    ];
    Entry {
        user: User {
            name: format!("{}@{arn}", profile.name),
            exec: exec(&args),
            kept_env: Vec::new(),
        },
        context: Context {
            name: profile.account.context_name(cluster),
            namespace: cluster.namespace.as_ref().map(ToString::to_string),
        },
        cluster: config::Cluster {
            name: format!("{}@{arn}", profile.name),
            server: "https://example.eks.amazonaws.com".to_owned(),
            certificate_authority_data: "QQ==".to_owned(),
            proxy_url: None,
        },
        former_cluster: arn,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_second_run_changes_nothing(laptop in laptops(), wishes in wishes()) {
        let desired = desired(wishes);
        let once = laptop.after(&desired);
        prop_assert_eq!(&once.after(&desired), &once);
        let changes = once.changes(&desired);
        let mut sections = changes.sections.iter();
        prop_assert!(sections.all(|outcome| outcome.change == Change::Same));
        prop_assert!(!changes.alters());
        prop_assert!(changes.contexts.pending.is_empty());
    }

    #[test]
    fn entries_of_older_versions_become_new_ones(laptop in laptops(), wishes in wishes()) {
        let desired = desired(wishes);
        let older = laptop.after_with(&desired, |entry| {
            entry.cluster.name = entry.former_cluster.clone();
        });
        let now = laptop.after(&desired);
        prop_assert_eq!(older.after(&desired), now);
    }

    #[test]
    fn uninstall_leaves_every_byte_as_it_was(
        laptop in laptops(),
        first in wishes(),
        second in wishes(),
    ) {
        let mut now = laptop.after(&desired(first));
        let currents = |laptop: &Laptop| {
            let configs = laptop.read().configs.into_iter();
            configs.map(|config| config.current_context.is_some()).collect::<Vec<_>>()
        };
        let before = currents(&now);
        now = now.after(&desired(second));
        // Where the current context was removed and other profiles stayed, the user had to choose.
        prop_assume!(before == currents(&now));
        let back = now.after(&desired(Vec::new()));
        prop_assert_eq!(back, laptop);
    }

    #[test]
    fn uninstall_removes_entries_of_older_versions(laptop in laptops(), wishes in wishes()) {
        let older = laptop.after_with(&desired(wishes), |entry| {
            entry.cluster.name = entry.former_cluster.clone();
        });
        prop_assert_eq!(older.after(&desired(Vec::new())), laptop);
    }

    #[test]
    fn what_others_wrote_is_never_changed(laptop in laptops(), wishes in wishes()) {
        let after = laptop.after(&desired(wishes));
        for (before, after) in laptop.read().configs.iter().zip(&after.read().configs) {
            for context in &before.contexts {
                prop_assert!(after.contexts.contains(context));
            }
            for user in &before.users {
                prop_assert!(after.users.contains(user));
            }
        }
    }

    #[test]
    fn the_first_context_becomes_the_current_one_where_there_is_none(laptop in laptops(), wishes in wishes()) {
        let after = laptop.after(&desired(wishes.clone()));
        let mut contexts = wishes.iter().flat_map(|profile| {
            profile.account.clusters.iter().map(|cluster| profile.account.context_name(cluster))
        });
        prop_assert_eq!(after.current(), laptop.current().or(contexts.next()));
    }
}

fn exec(args: &[&str]) -> Exec {
    Exec {
        api_version: "client.authentication.k8s.io/v1".to_owned(),
        command: "/usr/local/bin/apono-login".to_owned(),
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        env: Vec::new(),
        interactive_mode: "IfAvailable".to_owned(),
        install_hint: "install it".to_owned(),
        provide_cluster_info: false,
    }
}
