//! What an installed profile records in its keys, so that a later run knows what it may change or remove.
//!
//! `apono_team = example.awsapps.com/start` (`example.awsapps.com/start data` for a file that names its team),
//! `apono_team_clusters = main eu-west-1 context=prod namespace=shop, spare us-east-1`: the contexts written for the profile.
//! One of the profiles of an installation also records kubectl's current context from before it, so that `uninstall` can
//! restore it: `apono_context_before = kind`. A profile whose context another one took over records the name of that context, so
//! that it gets it back: `apono_contexts_taken = prod`.

use std::fmt;

use crate::names::{ClusterName, ContextName, Namespace, Region};

/// A cluster, and the name and namespace of its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    pub name: ClusterName,
    pub region: Region,
    /// The name of the context; `None` is the cluster's ARN.
    pub alias: Option<ContextName>,
    /// `None` keeps the user's choice.
    pub namespace: Option<Namespace>,
}

impl Cluster {
    /// Returns whether both are the same cluster of an account, whatever the names of their contexts.
    pub fn is(&self, other: &Cluster) -> bool {
        self.name == other.name && self.region == other.region
    }
}

/// Returns the clusters that the value records. Invalid items are ignored.
pub fn clusters(value: &str) -> Vec<Cluster> {
    value.split(',').filter_map(cluster).collect()
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

/// The `current-context` of a kubeconfig before the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Before {
    /// The file did not have the key.
    NoKey,
    /// A context. That there was none, with an empty value of the key, is not recorded.
    Context(String),
}

/// How [`Before::NoKey`] is written.
const NO_KEY: &str = "~";
/// Maximum length of a recorded context name, in bytes.
const MAX_CONTEXT: usize = 256;

impl Before {
    /// Returns what the value of the key says. `None` if it says nothing.
    pub fn parse(value: &str) -> Option<Self> {
        match value {
            NO_KEY => Some(Before::NoKey),
            name => is_plain(name).then(|| Before::Context(name.to_owned())),
        }
    }

    /// Returns the value of the key; `None` for a name that a config file cannot hold unchanged.
    pub fn remember(&self) -> Option<String> {
        let value = self.to_string();
        (Self::parse(&value).as_ref() == Some(self)).then_some(value)
    }
}

impl fmt::Display for Before {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Before::NoKey => NO_KEY,
            Before::Context(name) => name,
        })
    }
}

/// Returns the names of contexts that the value records.
pub fn contexts(value: &str) -> Vec<String> {
    let names = value.split(',').map(str::trim);
    names
        .filter(|name| is_plain(name))
        .map(str::to_owned)
        .collect()
}

/// Returns the value that records these contexts; `None` if there are none. A name that a config file cannot hold unchanged is
/// left out.
pub fn remember_contexts(names: &[String]) -> Option<String> {
    let can_be = |name: &&String| contexts(name) == [(*name).clone()];
    let names: Vec<_> = names.iter().filter(can_be).map(String::as_str).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn is_plain(name: &str) -> bool {
    let plain = name.chars().all(|c| c.is_ascii_graphic()) && !name.starts_with(['#', ';']);
    plain && (1..=MAX_CONTEXT).contains(&name.len())
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
            assert_eq!(remember(&clusters(text)).as_deref(), Some(text));
        }
        assert_eq!(remember(&[]), None);
    }

    #[test]
    fn a_context_that_a_config_file_can_hold_unchanged_is_read_back() {
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
            ("~", false),
        ] {
            let before = Before::Context(name.to_owned());
            let value = before.remember();
            assert_eq!(value.is_some(), good, "{name:?}");
            let back = value.and_then(|value| Before::parse(&value));
            assert_eq!(back, Some(before).filter(|_| good));
        }
        assert_eq!(Before::parse("~"), Some(Before::NoKey));
        assert_eq!(Before::NoKey.remember().as_deref(), Some("~"));
    }

    #[test]
    fn contexts_are_read_back() {
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>()
        };
        for (given, value) in [
            (&["prod", "shop/eu"][..], Some("prod, shop/eu")),
            (&["a b", "prod", "a,b", "#c", ""], Some("prod")),
            (&["a b"], None),
            (&[], None),
        ] {
            let remembered = remember_contexts(&names(given));
            assert_eq!(remembered.as_deref(), value);
            let back = contexts(value.unwrap_or_default());
            assert_eq!(remember_contexts(&back), remembered);
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
