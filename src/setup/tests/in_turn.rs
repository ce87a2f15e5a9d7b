//! Profiles that are set up one after the other, in every way, and removed in any order.

use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::*;
use crate::setup::switched;

/// A command that writes contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Install,
    TeamFile,
    UpdateKubeconfig { switches: bool },
}

/// Returns a profile in the same account as others, with contexts whose names others may have, too; and how it is set up.
fn of_one_cluster() -> impl Strategy<Value = (Profile, Way)> {
    let alias = prop::option::of(select(vec!["a", "b", "c"]));
    let ways = [
        Way::Install,
        Way::TeamFile,
        Way::UpdateKubeconfig { switches: false },
        Way::UpdateKubeconfig { switches: true },
    ];
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
        let files = self.read();
        let arranged = clusters::arrange(&files, &[new], switches).unwrap();
        let added = arranged.added[0].as_ref().unwrap();
        let nowhere = Path::new("/nonexistent/credentials");
        let of_aws = Files::composed(Path::new("config"), self.config.clone(), nowhere).unwrap();
        let records = switched::records(&files, of_aws.profiles(), added, &profile.name, false);
        Laptop {
            config: edit::apply(&self.config, &records).unwrap(),
            kubeconfigs: arranged.after,
        }
    }

    /// Returns the laptop after all of these profiles were set up, each with the context that it names or that of its cluster, and
    /// were removed in this order.
    fn with_and_without(&self, profiles: Vec<(Profile, Way)>, order: Vec<usize>) -> Laptop {
        let mut now = self.clone();
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
            if let Way::UpdateKubeconfig { switches } = way {
                for cluster in &clusters {
                    now = now.updated(&profile, cluster, switches);
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
        now
    }

    /// Returns the profile of each context with this name.
    fn profiles_of(&self, context: &str) -> Vec<String> {
        let configs = self.read().configs;
        let users = || configs.iter().flat_map(|config| &config.users);
        let profile = |of: &config::FoundContext| {
            let user = users().find(|user| user.name == of.user)?;
            Some(user.our_exec()?.flag("--profile")?.to_owned())
        };
        let contexts = configs.iter().flat_map(|config| &config.contexts);
        let contexts = contexts.filter(|of| of.name == context);
        contexts.filter_map(profile).collect()
    }
}

/// Returns three profiles of one cluster.
fn three() -> Vec<Profile> {
    let one = profile(0);
    let mut one = one
        .new_tree(&mut TestRunner::deterministic())
        .unwrap()
        .current();
    let named = |number| {
        one.name = format!("p{number}").parse().unwrap();
        one.clone()
    };
    (0..3).map(named).collect()
}

/// Returns the cluster, with this name for its context.
fn main_as(alias: Option<&str>) -> Cluster {
    Cluster {
        name: "main".parse().unwrap(),
        region: "eu-west-1".parse().unwrap(),
        alias: alias.map(|alias| alias.parse().unwrap()),
        namespace: None,
    }
}

/// The first profile's context would become that of the second one, which the third one had taken another context from.
#[test]
fn a_context_does_not_go_to_a_profile_that_lost_another_one() {
    let laptop = Laptop {
        config: Vec::new(),
        kubeconfigs: vec![KUBECONFIGS[2].into()],
    };
    let aliases = [None, Some("b"), Some("b")];
    let profiles = three()
        .into_iter()
        .zip(aliases)
        .map(|(mut profile, alias)| {
            profile.account.clusters = vec![main_as(alias)];
            (profile, Way::Install)
        });
    assert_eq!(
        laptop.with_and_without(profiles.collect(), vec![0, 1, 2]),
        laptop
    );
}

/// The second profile records the context of the first one, which the third one takes: it gets the record of the first one, else those of
/// the second and the third lead in a circle, and what was current before all is lost.
#[test]
fn a_record_of_a_context_that_is_taken_goes_on_to_the_one_before() {
    let laptop = Laptop {
        config: Vec::new(),
        kubeconfigs: vec![KUBECONFIGS[1].into()],
    };
    let aliases = [None, Some("b"), None];
    let profiles = three().into_iter().zip(aliases);
    let profiles = profiles.map(|(mut profile, alias)| {
        profile.account.clusters = vec![main_as(alias)];
        (profile, Way::UpdateKubeconfig { switches: true })
    });
    assert_eq!(
        laptop.with_and_without(profiles.collect(), vec![0, 1, 2]),
        laptop
    );
}

/// The second profile records the context of the first one as the current one from before it, and then gets that very context back.
#[test]
fn a_context_that_goes_back_is_not_its_own_predecessor() {
    let laptop = Laptop {
        config: Vec::new(),
        kubeconfigs: vec![KUBECONFIGS[1].into()],
    };
    let mut now = laptop.clone();
    let profiles = three();
    let program = "/usr/local/bin/apono-login";
    for profile in &profiles {
        let mut profile = profile.clone();
        profile.account.clusters.clear();
        now = now.after(&Desired {
            profiles: vec![profile],
            program: program.to_owned(),
            ..Desired::default()
        });
    }
    let [first, second, third] = profiles.try_into().unwrap();
    now = now.updated(&second, &main_as(None), false);
    now = now.updated(&first, &main_as(None), true);
    now = now.updated(&second, &main_as(Some("b")), true);
    now = now.updated(&third, &main_as(Some("b")), true);
    for profile in [first, second, third] {
        now = now.after(&Desired {
            gone: vec![profile.name],
            ..Desired::default()
        });
    }
    assert_eq!(now, laptop);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Each takes the context from the one before it, perhaps more than once. Whichever is removed, the context is for the last one
    /// to take it of those that stay.
    #[test]
    fn a_context_goes_back_to_one_that_it_was_taken_from(
        laptop in laptops(),
        profiles in prop::collection::vec(profile(0), 3),
        switches in any::<bool>(),
        turns in prop::collection::vec(0..3_usize, 0..5),
        order in Just(vec![0, 1, 2]).prop_shuffle(),
    ) {
        let mut now = laptop.clone();
        let mut before = Vec::new();
        let mut installed = Vec::new();
        let cluster = Cluster {
            name: "main".parse().unwrap(),
            region: "eu-west-1".parse().unwrap(),
            alias: Some("prod".parse().unwrap()),
            namespace: None,
        };
        for (number, mut profile) in profiles.into_iter().enumerate() {
            profile.name = format!("p{number}").parse().unwrap();
            profile.account.clusters.clear();
            let desired = Desired {
                profiles: vec![profile.clone()],
                program: "/usr/local/bin/apono-login".to_owned(),
                ..Desired::default()
            };
            before.push(now.clone());
            profile.account.clusters = vec![cluster.clone()];
            now = now.after(&desired).updated(&profile, &cluster, switches);
            installed.push(profile);
        }
        let mut left = vec![0, 1, 2];
        for at in &turns {
            now = now.updated(&installed[*at], &cluster, switches);
            left.retain(|other| other != at);
            left.push(*at);
        }
        for at in order {
            let is_in_turn = turns.is_empty() && left.last() == Some(&at);
            let was_whole = left.len() == at + 1;
            left.retain(|other| *other != at);
            let desired = Desired {
                gone: vec![installed[at].name.clone()],
                ..Desired::default()
            };
            now = now.after(&desired);
            let last = left.last().map(|at| installed[*at].name.to_string());
            prop_assert_eq!(now.profiles_of("prod"), Vec::from_iter(last));
            if is_in_turn && was_whole {
                prop_assert_eq!(&now, &before[at]);
            }
        }
        prop_assert_eq!(now, laptop);
    }

    #[test]
    fn profiles_of_one_cluster_leave_nothing_in_any_order(
        laptop in laptops(),
        profiles in prop::collection::vec(of_one_cluster(), 3),
        order in Just(vec![0, 1, 2]).prop_shuffle(),
    ) {
        prop_assert_eq!(laptop.with_and_without(profiles, order), laptop);
    }
}
