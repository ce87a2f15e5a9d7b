//! What a kubeconfig is to contain after edits. Decides; the text is changed elsewhere.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::edit::Doc;
use super::item::List;
use super::ours::Key;
use super::schema::{CREDENTIALS, is_base64, is_set, present};
use super::{Config, Edit, Entry, Error, FoundCluster, FoundContext, FoundUser, Others};

/// The content that the edited file must have.
pub(super) struct Wanted<'f> {
    pub clusters: List<'f, FoundCluster>,
    pub contexts: List<'f, FoundContext>,
    pub users: List<'f, FoundUser>,
    pub current_context: Option<&'f str>,
    pub has_current_key: bool,
    found: &'f Config,
    others: Others<'f>,
}

impl<'f> Wanted<'f> {
    /// Returns what is wanted of a file with this content. `doc` is the file before all edits.
    ///
    /// # Errors
    /// kubectl could not read an entry, or an existing item has fields that conflict with it.
    pub fn new(
        found: &'f Config,
        others: Others<'f>,
        edits: &'f [Edit],
        doc: &Doc<'_>,
    ) -> Result<Self, Error> {
        let mut wanted = Wanted {
            clusters: List::new(&found.clusters),
            contexts: List::new(&found.contexts),
            users: List::new(&found.users),
            current_context: found.current_context.as_deref(),
            has_current_key: found.has_current_key,
            found,
            others,
        };
        let are_removals =
            |a: &Edit, b: &Edit| matches!((a, b), (Edit::Remove(_), Edit::Remove(_)));
        for edits in edits.chunk_by(are_removals) {
            wanted.make(edits, doc)?;
        }
        Ok(wanted)
    }

    /// Returns whether this is the content of the file before all edits.
    pub fn is_as_found(&self) -> bool {
        let found = self.found;
        self.clusters.is(&found.clusters)
            && self.contexts.is(&found.contexts)
            && self.users.is(&found.users)
            && self.current_context == found.current_context.as_deref()
            && self.has_current_key == found.has_current_key
    }

    /// Returns whether the item at this place of one of [`super::schema::LISTS`] is kept.
    pub fn keeps(&self, list: usize, place: usize) -> bool {
        match list {
            0 => self.clusters.at(place).is_some(),
            1 => self.contexts.at(place).is_some(),
            _ => self.users.at(place).is_some(),
        }
    }

    /// Returns the fields of the user at this place that are to be removed.
    pub fn unset(&self, place: usize) -> Vec<&'static str> {
        let found = &self.found.users[place].credentials;
        let kept = self.users.at(place).map_or(found, |user| &user.credentials);
        let gone = found.iter().filter(|field| !kept.contains(field));
        gone.copied().collect()
    }

    /// Returns whether the item that is to have this name was in the file.
    pub fn had(&self, list: usize, name: &str) -> bool {
        let place = match list {
            0 => self.clusters.place(name),
            1 => self.contexts.place(name),
            _ => self.users.place(name),
        };
        place.is_some()
    }

    /// Makes one edit, or several removals at once: each goes through the whole lists.
    fn make(&mut self, edits: &'f [Edit], doc: &Doc<'_>) -> Result<(), Error> {
        match edits {
            [Edit::Upsert(entry)] => self.upsert(entry, doc)?,
            [Edit::Rename { from, to }] => self.rename(from, to),
            [Edit::Namespace { context, namespace }] => self.contexts.change(context, |found| {
                found.namespace = Some(namespace.clone()).filter(|name| !name.is_empty());
            }),
            [Edit::Use(name)] => self.switch_to(Some(name.as_str()).filter(|n| !n.is_empty())),
            [Edit::Unset] => (self.current_context, self.has_current_key) = (None, false),
            removals => {
                let key = |edit: &'f Edit| match edit {
                    Edit::Remove(ours) => Some(ours.key()),
                    _ => None,
                };
                self.remove(&removals.iter().filter_map(key).collect());
            }
        }
        Ok(())
    }

    fn switch_to(&mut self, context: Option<&'f str>) {
        self.has_current_key |= context.is_some();
        self.current_context = context;
    }

    fn upsert(&mut self, entry: &'f Entry, doc: &Doc<'_>) -> Result<(), Error> {
        check(entry)?;
        let Entry {
            cluster,
            user,
            context,
            ..
        } = entry;
        self.adopt(entry);
        let found = self.clusters.get(&cluster.name);
        let kept = |field: fn(&FoundCluster) -> &String| found.map(field).cloned();
        self.clusters.put(Cow::Owned(FoundCluster {
            name: cluster.name.clone(),
            server: cluster.server.clone(),
            certificate_authority_data: cluster.certificate_authority_data.clone(),
            proxy_url: match &cluster.proxy_url {
                Some(proxy) => proxy.clone(),
                None => kept(|of| &of.proxy_url).unwrap_or_default(),
            },
            tls_server_name: kept(|of| &of.tls_server_name).unwrap_or_default(),
        }));
        let at = self.clusters.place(&cluster.name);
        if let Some(at) = at.filter(|_| !cluster.certificate_authority_data.is_empty()) {
            refuse_conflict(doc, ("clusters", "cluster"), at, &OTHER_TRUST)?;
        }
        // One without an exec plugin is one of the same name that apono-login did not write.
        let found = self.users.get(&user.name);
        let has_exec = found.is_some_and(|of| of.exec.is_some());
        let at = self.users.place(&user.name);
        if let Some(at) = at.filter(|_| !has_exec) {
            refuse_conflict(doc, ("users", "user"), at, &CREDENTIALS)?;
        }
        let exec = user.exec_over(found.and_then(|of| of.exec.as_ref()));
        self.users.put(Cow::Owned(FoundUser {
            name: user.name.clone(),
            exec: Some(exec),
            credentials: Vec::new(),
        }));
        let found = self.contexts.get(&context.name);
        let kept = found.and_then(|of| of.namespace.clone());
        let namespace = context.namespace.clone().map_or(kept, Some);
        self.contexts.put(Cow::Owned(FoundContext {
            name: context.name.clone(),
            cluster: cluster.name.clone(),
            user: user.name.clone(),
            namespace: namespace.filter(|namespace| !namespace.is_empty()),
        }));
        Ok(())
    }

    /// Gives the cluster that an older version wrote for the entry its new name, and the contexts of the entry with it. A cluster
    /// that any other context uses stays for that one.
    fn adopt(&mut self, entry: &Entry) {
        let (from, to) = (&entry.former_cluster, &entry.cluster.name);
        if from == to || self.clusters.get(from).is_none() {
            return;
        }
        let is_of_entry = |context: &&FoundContext| {
            context.user == entry.user.name || context.name == entry.context.name
        };
        let here = self.contexts.iter().filter(|of| of.cluster == *from);
        let (ours, theirs): (Vec<_>, Vec<_>) = here.partition(is_of_entry);
        let mut elsewhere = self.others.contexts();
        let is_shared = !theirs.is_empty() || elsewhere.any(|of| of.cluster == *from);
        let ours: Vec<_> = ours.into_iter().map(|of| of.name.clone()).collect();
        for context in &ours {
            self.contexts
                .change(context, |of| of.cluster.clone_from(to));
        }
        match self.clusters.get(to) {
            _ if is_shared || ours.is_empty() => {}
            Some(_) => self.clusters.take(from),
            None => self.clusters.change(from, |of| of.name.clone_from(to)),
        }
    }

    /// Removes the entries that have one of these keys.
    fn remove(&mut self, ours: &HashSet<Key<'_>>) {
        let is_ours = |user: &FoundUser| user.owners().any(|owner| ours.contains(&owner));
        // kubectl uses the first user of a name.
        let mut users = HashMap::new();
        let [before, after] = [self.others.before, self.others.after].map(users_of);
        for user in before.chain(self.users.iter()).chain(after) {
            users.entry(&*user.name).or_insert(user);
        }
        users.retain(|_, user| is_ours(user));
        let goes = |context: &FoundContext| users.contains_key(&*context.user);
        let contexts = self.contexts.remove(goes);
        let (gone, others): (Vec<_>, Vec<_>) = self.others.contexts().partition(|of| goes(of));
        let gone = contexts.iter().map(AsRef::as_ref).chain(gone);
        // The user may have made the context use another one.
        let written = gone.filter(|of| users[&*of.user].has_cluster(&of.cluster));
        let written = written.map(|of| of.cluster.as_str());
        // The context of a user may be gone already, or belong to another user by now.
        let alike = users.values().filter(|user| user.has_cluster(&user.name));
        let alike = alike.map(|user| user.name.as_str());
        let mut clusters: HashSet<&str> = written.chain(alike).collect();
        for context in self.contexts.iter().chain(others) {
            clusters.remove(context.cluster.as_str());
        }
        self.clusters
            .remove(|cluster| clusters.contains(cluster.name.as_str()));
        self.users.remove(is_ours);
        let mut names = contexts.iter().map(|context| context.name.as_str());
        if names.any(|name| self.current_context == Some(name)) {
            self.current_context = None;
        }
    }

    fn rename(&mut self, from: &str, to: &'f str) {
        if from == to || self.contexts.get(from).is_none() {
            return;
        }
        match self.contexts.get(to) {
            Some(_) => self.contexts.take(from),
            None => {
                let rename = |context: &mut FoundContext| to.clone_into(&mut context.name);
                self.contexts.change(from, rename);
            }
        }
        if self.current_context == Some(from) {
            self.switch_to(Some(to));
        }
    }
}

impl<'c> Others<'c> {
    fn contexts(&self) -> impl Iterator<Item = &'c FoundContext> {
        let configs = self.before.iter().chain(self.after);
        configs.flat_map(|config| &config.contexts)
    }
}

fn users_of(configs: &[Config]) -> impl Iterator<Item = &FoundUser> {
    configs.iter().flat_map(|config| &config.users)
}

/// Checks that kubectl can read the entry.
fn check(entry: &Entry) -> Result<(), Error> {
    let Entry {
        cluster,
        user,
        context,
        ..
    } = entry;
    let fields = [
        ("cluster name", !cluster.name.is_empty()),
        ("server", !cluster.server.is_empty()),
        (
            "certificate-authority-data",
            is_base64(&cluster.certificate_authority_data),
        ),
        ("user name", !user.name.is_empty()),
        ("command", !user.exec.command.is_empty()),
        ("context name", !context.name.is_empty()),
    ];
    match fields.into_iter().find(|(_, valid)| !valid) {
        Some((field, _)) => Err(Error::Entry { field }),
        None => Ok(()),
    }
}

/// kubectl rejects `certificate-authority-data` together with the first. TLS verification that the user has turned off must
/// not be turned on silently, nor stay off.
const OTHER_TRUST: [&str; 2] = ["certificate-authority", "insecure-skip-tls-verify"];

/// Fails if the item at this place of the list has one of the fields, unless it is empty or false.
fn refuse_conflict(
    doc: &Doc<'_>,
    (list, body): (&str, &str),
    at: usize,
    fields: &[&'static str],
) -> Result<(), Error> {
    let tree = doc.tree;
    let list = tree.root().and_then(|root| present(tree, root, list));
    let item = list.and_then(|list| tree.items(list)?.get(at).copied());
    let set = |field: &&'static str| {
        let body = present(tree, item?, body)?;
        let value = present(tree, body, field)?;
        is_set(tree, body, field).then_some((*field, value))
    };
    match (item, fields.iter().find_map(set)) {
        (Some(item), Some((field, value))) => Err(Error::Conflict {
            line: tree.node(value).line,
            name: super::schema::string(tree, item, "name").to_owned(),
            field,
        }),
        _ => Ok(()),
    }
}
