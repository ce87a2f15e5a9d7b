//! What an installed profile remembers of its team file, in two keys of its own: whose it is, and which contexts were
//! written for it. By these a later run knows what is to be taken back, and what is somebody else's.
//!
//! `apono_team = example.awsapps.com/start` (`example.awsapps.com/start data` for a file that names its team),
//! `apono_team_clusters = main eu-west-1 context=prod namespace=shop, spare us-east-1`
//!
//! One of the profiles also remembers which context was kubectl's current one before, so that it can be again:
//! `apono_context_before = kind`.

use aws_config::profile::ProfileSet;

use super::Cluster;
use crate::names::{ProfileName, TeamName};

pub const KEY: &str = "apono_team";
pub const CLUSTERS_KEY: &str = "apono_team_clusters";
pub const BEFORE_KEY: &str = "apono_context_before";

/// Characters of a context's name that is remembered.
const LONGEST: usize = 256;

/// The team's profiles, by name: those that were installed under this base name, and the others.
pub fn profiles(
    set: &ProfileSet,
    team: &TeamName,
    base: &ProfileName,
) -> (Vec<ProfileName>, Vec<ProfileName>) {
    let is_theirs = |name: &&str| team_of(set, name) == Some(team.as_str());
    let mut names: Vec<ProfileName> = set
        .profiles()
        .filter(is_theirs)
        .filter_map(|name| name.parse().ok())
        .collect();
    names.sort();
    names.into_iter().partition(|name| begins_with(name, base))
}

/// `BASE`, or `BASE-ACCOUNT`.
fn begins_with(name: &ProfileName, base: &ProfileName) -> bool {
    let rest = name.as_str().strip_prefix(base.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Whose file the profile comes from, if from one.
pub fn team_of<'a>(set: &'a ProfileSet, profile: &str) -> Option<&'a str> {
    set.get_profile(profile)?.get(KEY)
}

/// The clusters that the profile remembers. What is not of our making is passed over.
pub fn clusters(set: &ProfileSet, profile: &str) -> Vec<Cluster> {
    let value = set
        .get_profile(profile)
        .and_then(|found| found.get(CLUSTERS_KEY));
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

/// The context that was the current one before, as one of these profiles remembers it.
pub fn context_before<'a>(
    set: &ProfileSet,
    profiles: impl IntoIterator<Item = &'a ProfileName>,
) -> Option<String> {
    let mut profiles = profiles.into_iter();
    let before = profiles.find_map(|name| set.get_profile(name.as_str())?.get(BEFORE_KEY));
    before.and_then(rememberable)
}

/// A name that a config file holds as it is. Others are not remembered.
pub fn rememberable(context: &str) -> Option<String> {
    let plain = context.chars().all(|c| c.is_ascii_graphic()) && !context.starts_with(['#', ';']);
    let fits = (1..=LONGEST).contains(&context.len());
    (plain && fits).then(|| context.to_owned())
}

/// What a profile with these clusters shall remember. `None` if there is none.
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
    fn what_is_remembered_is_read_back() {
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
    fn contexts_that_a_config_file_holds_as_they_are() {
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
    fn what_is_not_of_our_making_names_nothing() {
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
