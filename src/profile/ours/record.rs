//! What an installed profile records in its keys, so that a later run knows what it may change or remove.
//!
//! `apono_team = example.awsapps.com/start` (`example.awsapps.com/start data` for a file that names its team),
//! `apono_team_clusters = main eu-west-1 context=prod namespace=shop, spare us-east-1`: the contexts written for the profile.
//! One of the profiles of an installation also records kubectl's current context from before it, so that `uninstall` can
//! restore it: `apono_context_before = kind`. A profile whose context another one took over records the name of that context, so
//! that it gets it back: `apono_contexts_taken = prod, my%20context 2`, with a number if it was not the first one to lose it.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

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
/// Maximum length of a recorded context name as it is written, in bytes.
const MAX_CONTEXT: usize = 1024;

impl Before {
    /// Returns what the value of the key says. `None` if it says nothing.
    pub fn parse(value: &str) -> Option<Self> {
        match value {
            NO_KEY => Some(Before::NoKey),
            name if is_plain(name) => Some(Before::Context(decoded(name)?)),
            _ => None,
        }
    }

    /// Returns the value of the key; `None` for a name that is empty or too long.
    pub fn remember(&self) -> Option<String> {
        let value = match self {
            Before::NoKey => NO_KEY.to_owned(),
            Before::Context(name) => utf8_percent_encode(name, ENCODED).to_string(),
        };
        (Self::parse(&value).as_ref() == Some(self)).then_some(value)
    }
}

/// A context of the profile that another one took over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub context: String,
    /// Of the profiles that lost the context, the one with the highest number lost it last. It counts from 1.
    pub number: u32,
}

/// What a config file cannot hold unchanged in a list, besides what is not ASCII; and [`NO_KEY`].
const ENCODED: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b',')
    .add(b'%')
    .add(b'#')
    .add(b';')
    .add(b'~');

fn decoded(name: &str) -> Option<String> {
    let name = percent_decode_str(name).decode_utf8().ok()?;
    Some(name.into_owned())
}

/// Returns the contexts that the value records. Invalid items are ignored.
pub fn taken(value: &str) -> Vec<Taken> {
    value.split(',').filter_map(one_taken).collect()
}

fn one_taken(item: &str) -> Option<Taken> {
    let mut words = item.split_whitespace();
    let context = decoded(words.next()?)?;
    let number = words.next().map_or(Some(1), |number| number.parse().ok())?;
    words.next().is_none().then_some(Taken { context, number })
}

/// Returns the value that records these contexts; `None` if there are none.
pub fn remember_taken(taken: &[Taken]) -> Option<String> {
    let item = |Taken { context, number }: &Taken| {
        let context = utf8_percent_encode(context, ENCODED);
        match number {
            1 => context.to_string(),
            number => format!("{context} {number}"),
        }
    };
    let items: Vec<_> = taken.iter().map(item).collect();
    (!items.is_empty()).then(|| items.join(", "))
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
    fn any_context_from_before_is_read_back() {
        let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
        let long = "x".repeat(MAX_CONTEXT + 1);
        for (name, value) in [
            ("kind", Some("kind")),
            (arn, Some(arn)),
            ("a=b;c#d", Some("a=b%3Bc%23d")),
            ("my context", Some("my%20context")),
            ("#a", Some("%23a")),
            ("a\n[profile evil]", Some("a%0A[profile%20evil]")),
            ("é", Some("%C3%A9")),
            ("~", Some("%7E")),
            ("", None),
            (&long, None),
        ] {
            let before = Before::Context(name.to_owned());
            assert_eq!(before.remember().as_deref(), value);
            let back = value.and_then(Before::parse);
            assert_eq!(back, value.map(|_| before));
        }
        assert_eq!(Before::parse("~"), Some(Before::NoKey));
        assert_eq!(Before::NoKey.remember().as_deref(), Some("~"));
    }

    #[test]
    fn contexts_that_were_taken_are_read_back() {
        let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
        for (given, value) in [
            (&[("prod", 1), ("shop/eu", 2)][..], Some("prod, shop/eu 2")),
            (&[(arn, 1)], Some(arn)),
            (
                &[("a b", 1), ("a,b", 12), ("#c", 1), ("a%20b", 1)],
                Some("a%20b, a%2Cb 12, %23c, a%2520b"),
            ),
            (
                &[("é", 1), ("a\n[profile evil]", 1)],
                Some("%C3%A9, a%0A[profile%20evil]"),
            ),
            (&[], None),
        ] {
            let given = given.iter().map(|&(context, number)| Taken {
                context: context.to_owned(),
                number,
            });
            let given: Vec<_> = given.collect();
            assert_eq!(remember_taken(&given).as_deref(), value);
            assert_eq!(taken(value.unwrap_or_default()), given);
        }
        for invalid in ["", " ", "a b", "a 1 2", "a -1", "%FF"] {
            assert_eq!(taken(invalid), [], "{invalid}");
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
