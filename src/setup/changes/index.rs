//! What there is in the kubeconfigs, by name and by profile.

use std::collections::HashMap;

use crate::kube::config::{Config, FoundContext, FoundUser, Ours};

/// Returns the users by name. kubectl uses the first of a name.
pub fn users_by_name(configs: &[Config]) -> HashMap<&str, &FoundUser> {
    let users = configs.iter().flat_map(|config| &config.users).rev();
    users.map(|user| (user.name.as_str(), user)).collect()
}

/// Returns the contexts of a kubeconfig by name.
pub fn contexts_by_name(config: &Config) -> HashMap<&str, &FoundContext> {
    let contexts = config.contexts.iter();
    contexts
        .map(|context| (context.name.as_str(), context))
        .collect()
}

/// The entries of apono-login in one kubeconfig, by profile.
pub struct Index<'c> {
    /// The users, and those in another file whose cluster is in this one. A user can exist without a context.
    users: HashMap<&'c str, Vec<&'c FoundUser>>,
    /// The names of the contexts in their order, with their users, which can be in another file.
    contexts: HashMap<&'c str, Vec<(&'c str, &'c FoundUser)>>,
}

impl<'c> Index<'c> {
    /// `all` are the users of all kubeconfigs.
    pub fn of(config: &'c Config, all: &HashMap<&str, &'c FoundUser>) -> Self {
        let profile = |user: &'c FoundUser| user.our_exec()?.flag("--profile");
        let (mut users, mut contexts) = (HashMap::new(), HashMap::new());
        for user in &config.users {
            if let Some(profile) = profile(user) {
                users.entry(profile).or_insert_with(Vec::new).push(user);
            }
        }
        for cluster in &config.clusters {
            let user = all.get(cluster.name.as_str()).copied();
            if let Some((user, profile)) = user.and_then(|user| Some((user, profile(user)?))) {
                users.entry(profile).or_insert_with(Vec::new).push(user);
            }
        }
        for context in &config.contexts {
            let user = all.get(context.user.as_str()).copied();
            if let Some((user, profile)) = user.and_then(|user| Some((user, profile(user)?))) {
                let of_profile = contexts.entry(profile).or_insert_with(Vec::new);
                of_profile.push((context.name.as_str(), user));
            }
        }
        Index { users, contexts }
    }

    /// Returns whether the file has users, clusters or contexts that are `ours`.
    pub fn has(&self, ours: &Ours) -> bool {
        let users = self.users.get(ours.profile.as_str());
        let has_user = users.is_some_and(|users| users.iter().any(|user| ours.owns(user)));
        has_user || !self.contexts_of(ours).is_empty()
    }

    /// Returns the names of the contexts whose users are `ours`, in their order.
    pub fn contexts_of(&self, ours: &Ours) -> Vec<String> {
        let contexts = self.contexts.get(ours.profile.as_str());
        let contexts = contexts.into_iter().flatten();
        let contexts = contexts.filter(|(_, user)| ours.owns(user));
        contexts.map(|(name, _)| (*name).to_owned()).collect()
    }
}
