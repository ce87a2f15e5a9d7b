//! Profiles that are set up one after the other, in every way, and removed in any order.

use super::*;

/// A command that writes contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Install,
    TeamFile,
    UpdateKubeconfig,
}

/// Returns a profile in the same account as others, with contexts whose names others may have, too; and how it is set up.
fn of_one_cluster() -> impl Strategy<Value = (Profile, Way)> {
    let alias = prop::option::of(select(vec!["a", "b", "c"]));
    let ways = [Way::Install, Way::TeamFile, Way::UpdateKubeconfig];
    (profile(0), alias, select(ways.to_vec())).prop_map(|(mut profile, alias, way)| {
        profile.account.clusters = vec![Cluster {
            name: "main".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            alias: alias.map(|alias| alias.parse().unwrap()),
            namespace: None,
        }];
        (profile, way)
    })
}

impl Laptop {
    /// Returns the laptop after `update-kubeconfig`.
    fn updated(&self, profile: &Profile, cluster: &Cluster, switches: bool) -> Laptop {
        let new = New {
            entry: entry(profile, cluster),
            command: crate::failure::command::Command::new(""),
            was_current: false,
        };
        let arranged = clusters::arrange(&self.read(), &[new], switches).unwrap();
        assert!(arranged.added.iter().all(Result::is_ok));
        Laptop {
            config: self.config.clone(),
            kubeconfigs: arranged.after,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn profiles_of_one_cluster_leave_nothing_in_any_order(
        laptop in laptops(),
        profiles in prop::collection::vec(of_one_cluster(), 3),
        order in Just(vec![0, 1, 2]).prop_shuffle(),
    ) {
        let mut now = laptop.clone();
        let mut installed = Vec::new();
        for (number, (mut profile, way)) in profiles.into_iter().enumerate() {
            profile.name = format!("p{number}").parse().unwrap();
            let team = TeamName::of_portal(&"https://example.awsapps.com/start".parse().unwrap());
            let clusters = std::mem::take(&mut profile.account.clusters);
            if way == Way::Install || way == Way::TeamFile {
                profile.account.clusters.clone_from(&clusters);
            }
            let desired = Desired {
                team: (way == Way::TeamFile).then_some(team),
                profiles: vec![profile.clone()],
                switch: match way {
                    Way::Install => Switch::Always,
                    _ => Switch::IfNone,
                },
                program: "/usr/local/bin/apono-login".to_owned(),
                ..Desired::default()
            };
            now = now.after(&desired);
            if way == Way::UpdateKubeconfig {
                for cluster in &clusters {
                    now = now.updated(&profile, cluster, false);
                }
            }
            installed.push(profile.name);
        }
        for at in order {
            let desired = Desired {
                gone: vec![installed[at].clone()],
                ..Desired::default()
            };
            now = now.after(&desired);
        }
        // Where a section of ours began the file, the blank line before the next one stays.
        if laptop.config.is_empty() {
            now.config.retain(|byte| *byte != b'\n');
        }
        prop_assert_eq!(now, laptop);
    }
}
