//! The clusters that were looked up within the last day and are in a kubeconfig as AWS described them.

use std::collections::HashMap;

use crate::kube::config::{FoundCluster, FoundUser};
use crate::session::Session;
use crate::session::look_ups::LookUps;
use crate::setup::desired::{Cluster, Profile};
use crate::setup::laptop::Laptop;

use super::Described;

/// What need not be looked up again.
pub struct Known<'a> {
    laptop: &'a Laptop<'a>,
    look_ups: LookUps,
    /// The clusters and users of the kubeconfigs by name, which is `PROFILE@ARN` for both.
    clusters: HashMap<&'a str, &'a FoundCluster>,
    users: HashMap<&'a str, &'a FoundUser>,
}

impl<'a> Known<'a> {
    /// Nothing is known: all clusters are looked up.
    pub fn nothing(laptop: &'a Laptop<'a>) -> Self {
        Known {
            look_ups: LookUps::read(&laptop.session.cache, laptop.context.now()),
            clusters: HashMap::new(),
            users: HashMap::new(),
            laptop,
        }
    }

    /// What the kubeconfigs say that was looked up within the last day.
    pub fn lately(laptop: &'a Laptop<'a>) -> Self {
        let configs = laptop.kubeconfigs.configs.iter().rev();
        let clusters = configs.clone().flat_map(|config| &config.clusters);
        let users = configs.flat_map(|config| &config.users);
        Known {
            // kubectl uses the first of a name.
            clusters: clusters.map(|of| (of.name.as_str(), of)).collect(),
            users: users.map(|of| (of.name.as_str(), of)).collect(),
            ..Known::nothing(laptop)
        }
    }

    /// Returns the cluster, if it is known to the profile of this session.
    pub fn find(
        &self,
        session: &Session<'_>,
        profile: &Profile,
        cluster: &Cluster,
    ) -> Option<Described> {
        let arn = profile.account.arn(cluster);
        let name = format!("{}@{arn}", profile.name);
        let (found, user) = (self.clusters.get(&*name)?, self.users.get(&*name)?);
        let described = Described {
            arn,
            server: found.server.clone(),
            certificate_authority_data: found.certificate_authority_data.clone(),
            local_id: user.our_exec()?.flag("--cluster-id").map(str::to_owned),
        };
        let is_known = self.look_ups.contains(&hash_of(session, &described)?);
        is_known.then_some(described)
    }

    /// Adds the hash of a cluster that was looked up now.
    pub fn add(&mut self, hash: Option<String>) {
        let now = self.laptop.context.now();
        hash.into_iter()
            .for_each(|hash| self.look_ups.add(hash, now));
    }

    /// Stores what was added, for the next run.
    pub fn write(&self) {
        let now = self.laptop.context.now();
        self.look_ups.write(&self.laptop.session.cache, now);
    }
}

/// Returns the hash under which it is stored that the cluster was looked up.
pub fn hash_of(session: &Session<'_>, cluster: &Described) -> Option<String> {
    let Described {
        arn,
        server,
        certificate_authority_data,
        local_id,
    } = cluster;
    let said = [arn, server, certificate_authority_data];
    let said: Vec<_> = said
        .into_iter()
        .chain(local_id)
        .map(String::as_str)
        .collect();
    session.hash_of(&said)
}
