//! The clusters that were looked up within the last day and are in a kubeconfig as AWS described them.

use std::collections::HashMap;

use crate::kube::config;
use crate::session::Session;
use crate::session::look_ups::LookUps;
use crate::setup::desired::{Cluster, Profile};
use crate::setup::laptop::Laptop;

/// What need not be looked up again.
pub struct Known<'a> {
    laptop: &'a Laptop<'a>,
    look_ups: LookUps,
    /// The clusters of the kubeconfigs by name, which is the ARN.
    clusters: HashMap<&'a str, &'a config::Cluster>,
}

impl<'a> Known<'a> {
    /// Nothing is known: all clusters are looked up.
    pub fn nothing(laptop: &'a Laptop<'a>) -> Self {
        Known {
            look_ups: LookUps::read(&laptop.session.cache, laptop.context.now()),
            clusters: HashMap::new(),
            laptop,
        }
    }

    /// What the kubeconfigs say that was looked up within the last day.
    pub fn lately(laptop: &'a Laptop<'a>) -> Self {
        let configs = laptop.kubeconfigs.configs.iter().rev();
        let clusters = configs.flat_map(|config| &config.clusters);
        Known {
            // kubectl uses the first of a name.
            clusters: clusters
                .map(|cluster| (cluster.name.as_str(), cluster))
                .collect(),
            ..Known::nothing(laptop)
        }
    }

    /// Returns the cluster, if it is known to the profile of this session.
    pub fn find(
        &self,
        session: &Session<'_>,
        profile: &Profile,
        cluster: &Cluster,
    ) -> Option<config::Cluster> {
        let found = *self.clusters.get(profile.account.arn(cluster).as_str())?;
        let is_known = self.look_ups.contains(&hash_of(session, found)?);
        is_known.then(|| found.clone())
    }

    /// Adds the hash of a cluster that was looked up now.
    pub fn add(&mut self, hash: Option<String>) {
        let now = self.laptop.context.now();
        hash.into_iter()
            .for_each(|hash| self.look_ups.add(hash, now));
    }

    /// Stores what was added, for the next run.
    pub fn write(&self) {
        self.look_ups.write(&self.laptop.session.cache);
    }
}

/// Returns the hash under which it is stored that the cluster was looked up.
pub fn hash_of(session: &Session<'_>, cluster: &config::Cluster) -> Option<String> {
    let config::Cluster {
        name,
        server,
        certificate_authority_data,
    } = cluster;
    session.hash_of([name, server, certificate_authority_data])
}
