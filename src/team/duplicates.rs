//! What must not be there twice: it would be written twice under one name.

use super::problem::What;
use super::reader::Reader;
use super::{Account, Cluster, Found, MAX_CLUSTERS};

/// Notes the second of what has one name, and too many clusters.
pub(super) fn refuse_duplicates(reader: &mut Reader<'_>, found: &[Found]) {
    let mut contexts = Vec::new();
    for (index, Found { account, at, .. }) in found.iter().enumerate() {
        let Account { role, source, .. } = account;
        let earlier = || found[..index].iter().map(|found| &found.account);
        if let Some(name) = &account.name
            && earlier().any(|other| other.name.as_ref() == Some(name))
        {
            reader.note(*at, What::Twice(format!("an account named {name}")));
        }
        if earlier().any(|other| other.role == *role && other.source == *source) {
            let what = format!("account {} with the same sign-in", role.account());
            reader.note(*at, What::Twice(what));
        }
        let mut clusters = Vec::new();
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
                // The cluster's ARN names it.
                None => format!("cluster {name} in {region} of {id}, without an alias,"),
            };
            if clusters.contains(&(name, region)) {
                reader.note(*at, What::Twice(format!("cluster {name} in {region}")));
            } else if contexts.contains(&context) {
                reader.note(*at, What::Twice(context));
            } else if contexts.len() == MAX_CLUSTERS {
                let (key, most) = ("clusters", MAX_CLUSTERS);
                return reader.note(*at, What::TooMany { key, most });
            } else {
                clusters.push((name, region));
                contexts.push(context);
            }
        }
    }
}
