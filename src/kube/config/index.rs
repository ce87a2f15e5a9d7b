//! The entries of a kubeconfig by name, for those who look up many.

use std::collections::HashMap;

use super::{Config, Entry, FoundCluster, FoundContext, FoundUser};

/// The items of a [`Config`] by their names, which are unique in a list.
pub struct Index<'c> {
    pub clusters: HashMap<&'c str, &'c FoundCluster>,
    pub users: HashMap<&'c str, &'c FoundUser>,
    pub contexts: HashMap<&'c str, &'c FoundContext>,
}

impl<'c> Index<'c> {
    pub fn of(config: &'c Config) -> Self {
        let clusters = config.clusters.iter();
        let users = config.users.iter();
        let contexts = config.contexts.iter();
        Index {
            clusters: clusters.map(|of| (of.name.as_str(), of)).collect(),
            users: users.map(|of| (of.name.as_str(), of)).collect(),
            contexts: contexts.map(|of| (of.name.as_str(), of)).collect(),
        }
    }

    /// Whether the file has the entry as it is to be, so that an [`Edit::Upsert`](super::Edit::Upsert) changes nothing.
    pub fn has(&self, entry: &Entry) -> bool {
        let Entry {
            cluster,
            user,
            context,
            ..
        } = entry;
        let is_cluster = |found: &&FoundCluster| {
            let wanted = (&cluster.server, &cluster.certificate_authority_data);
            let proxy = cluster.proxy_url.as_ref();
            (&found.server, &found.certificate_authority_data) == wanted
                && proxy.is_none_or(|proxy| *proxy == found.proxy_url)
        };
        let is_user = |found: &&FoundUser| {
            found.exec.as_ref() == Some(&user.exec_over(found.exec.as_ref()))
                && found.credentials.is_empty()
        };
        let is_context = |found: &&FoundContext| {
            let namespace = found.namespace.as_deref().unwrap_or_default();
            (&found.cluster, &found.user) == (&cluster.name, &user.name)
                && context.namespace.iter().all(|wanted| wanted == namespace)
        };
        self.clusters
            .get(cluster.name.as_str())
            .is_some_and(is_cluster)
            && self.users.get(user.name.as_str()).is_some_and(is_user)
            && self
                .contexts
                .get(context.name.as_str())
                .is_some_and(is_context)
    }
}
