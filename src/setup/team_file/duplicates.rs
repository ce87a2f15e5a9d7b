//! Finds duplicates: accounts and clusters that would be written under the same name.

use std::collections::{HashMap, HashSet};

use super::problem::What;
use super::reader::Reader;
use super::{Found, MAX_CLUSTERS};
use crate::setup::desired::{Account, Cluster};
use crate::setup::source::Source;

/// Adds a problem for each duplicate, at its second place, and for too many clusters.
pub(super) fn refuse_duplicates(reader: &mut Reader<'_>, found: &[Found]) {
    let mut names = HashSet::new();
    let mut sources: HashMap<&str, Vec<&Source>> = HashMap::new();
    let mut contexts = HashSet::new();
    for (index, Found { account, at, .. }) in found.iter().enumerate() {
        let Account { role, source, .. } = account;
        if let Some(name) = &account.name
            && !names.insert(name)
        {
            reader.note(*at, What::Duplicate(format!("account name {name}")));
        }
        let same_role = sources.entry(role.as_str()).or_default();
        if same_role.contains(&source) {
            let what = format!(
                "account {}: an earlier one has the same sign-in",
                role.account()
            );
            reader.note(*at, What::Duplicate(what));
        }
        same_role.push(source);
        let mut clusters = HashSet::new();
        for (cluster, at) in account.clusters.iter().zip(&found[index].clusters_at) {
            let Cluster {
                name,
                region,
                alias,
                ..
            } = cluster;
            let id = role.account();
            let context = match alias {
                Some(alias) => format!("alias {alias}"),
                // The name of its context is the cluster's ARN.
                None => format!(
                    "context for cluster {name} in {region} of account {id}: add an alias to one of them"
                ),
            };
            if clusters.contains(&(name, region)) {
                reader.note(*at, What::Duplicate(format!("cluster {name} in {region}")));
            } else if contexts.contains(&context) {
                reader.note(*at, What::Duplicate(context));
            } else if contexts.len() == MAX_CLUSTERS {
                let (key, most) = ("clusters", MAX_CLUSTERS);
                return reader.note(*at, What::TooMany { key, most });
            } else {
                clusters.insert((name, region));
                contexts.insert(context);
            }
        }
    }
}
