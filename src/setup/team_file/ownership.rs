//! What an installed profile records of its team file, in two keys: the team, and the contexts that were written for the
//! profile. A later run reads from them what it may change or remove.
//!
//! `apono_team = example.awsapps.com/start` (`example.awsapps.com/start data` for a file that names its team),
//! `apono_team_clusters = main eu-west-1 context=prod namespace=shop, spare us-east-1`
//!
//! One of the profiles also records kubectl's current context from before the installation, so that `uninstall` can restore
//! it: `apono_context_before = kind`.

use aws_config::profile::ProfileSet;

use super::Cluster;
use crate::names::{ProfileName, TeamName};
use crate::profile::keys;

/// Maximum length of a recorded context name, in characters.
const MAX_CONTEXT: usize = 256;

/// Returns the profiles of the team, sorted by name: those with this base name, and the others.
pub fn profiles(
    set: &ProfileSet,
    team: &TeamName,
    base: &ProfileName,
) -> (Vec<ProfileName>, Vec<ProfileName>) {
    let is_of_team = |name: &&str| team_of(set, name) == Some(team.as_str());
    let mut names: Vec<ProfileName> = set
        .profiles()
        .filter(is_of_team)
        .filter_map(|name| name.parse().ok())
        .collect();
    names.sort();
    names.into_iter().partition(|name| begins_with(name, base))
}

/// Returns whether the name is `BASE` or `BASE-ACCOUNT`.
fn begins_with(name: &ProfileName, base: &ProfileName) -> bool {
    let rest = name.as_str().strip_prefix(base.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Returns the team whose file the profile was installed from, if it was.
pub fn team_of<'a>(set: &'a ProfileSet, profile: &str) -> Option<&'a str> {
    set.get_profile(profile)?.get(keys::APONO_TEAM)
}

/// Returns the clusters recorded in the profile. Invalid entries are ignored.
pub fn clusters(set: &ProfileSet, profile: &str) -> Vec<Cluster> {
    let value = set
        .get_profile(profile)
        .and_then(|found| found.get(keys::APONO_TEAM_CLUSTERS));
    let items = value.unwrap_or_default().split(',');
    items.filter_map(cluster).collect()
}

fn cluster(item: &str) -> Option<Cluster> {
    let mut words = item.split_whitespace();
    let mut cluster = Cluster {
        name: words.next()?.parse().ok()?,
        region: words.next()?.parse().ok()?,
        alias: None,
        namespace: None,
    };
    for word in words {
        match word.split_once('=')? {
            ("context", name) => cluster.alias = Some(name.parse().ok()?),
            ("namespace", name) => cluster.namespace = Some(name.parse().ok()?),
            _ => return None,
        }
    }
    Some(cluster)
}

/// Returns the current context from before the installation, if one of these profiles records it.
pub fn context_before<'a>(
    set: &ProfileSet,
    profiles: impl IntoIterator<Item = &'a ProfileName>,
) -> Option<String> {
    let mut profiles = profiles.into_iter();
    let before = profiles.find_map(|name| {
        set.get_profile(name.as_str())?
            .get(keys::APONO_CONTEXT_BEFORE)
    });
    before.and_then(rememberable)
}

/// Returns the context name if a config file can hold it unchanged. Other names are not recorded.
pub fn rememberable(context: &str) -> Option<String> {
    let plain = context.chars().all(|c| c.is_ascii_graphic()) && !context.starts_with(['#', ';']);
    let fits = (1..=MAX_CONTEXT).contains(&context.len());
    (plain && fits).then(|| context.to_owned())
}

/// Returns the value that records these clusters in a profile; `None` if there are no clusters.
pub fn remember(clusters: &[Cluster]) -> Option<String> {
    let item = |cluster: &Cluster| {
        let alias = cluster.alias.iter().map(|name| format!(" context={name}"));
        let namespace = cluster.namespace.iter();
        let namespace = namespace.map(|name| format!(" namespace={name}"));
        let more: String = alias.chain(namespace).collect();
        format!("{} {}{more}", cluster.name, cluster.region)
    };
    let items: Vec<_> = clusters.iter().map(item).collect();
    (!items.is_empty()).then(|| items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_clusters_are_read_back() {
        for text in [
            "main eu-west-1 context=prod namespace=shop, spare us-east-1",
            "a eu-west-1 namespace=shop",
        ] {
            let clusters: Vec<_> = text.split(',').filter_map(cluster).collect();
            assert_eq!(remember(&clusters).as_deref(), Some(text));
        }
        assert_eq!(remember(&[]), None);
    }

    #[test]
    fn names_of_one_base() {
        let begins =
            |name: &str, base: &str| begins_with(&name.parse().unwrap(), &base.parse().unwrap());
        assert!(begins("labs", "labs"));
        assert!(begins("labs-prod", "labs"));
        assert!(!begins("labs2", "labs"));
        assert!(!begins("labs2-prod", "labs"));
        assert!(!begins("labs", "labs-prod"));
    }

    #[test]
    fn contexts_that_a_config_file_can_hold_unchanged() {
        let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
        for (name, good) in [
            ("kind", true),
            (arn, true),
            ("a=b;c#d", true),
            ("", false),
            ("a b", false),
            ("#a", false),
            ("a\n[profile evil]", false),
            ("é", false),
        ] {
            assert_eq!(rememberable(name).is_some(), good, "{name:?}");
        }
    }

    #[test]
    fn invalid_entries_are_ignored() {
        for evil in [
            "",
            "main",
            "main nowhere",
            "$(id) eu-west-1",
            "main eu-west-1 prod",
            "main eu-west-1 context=$(id)",
            "main eu-west-1 namespace=-",
            "main eu-west-1 user=x",
        ] {
            assert_eq!(cluster(evil), None, "{evil}");
        }
    }
}
