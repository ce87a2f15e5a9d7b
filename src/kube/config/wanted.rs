//! What a kubeconfig is to contain after edits. Decides; the text is changed elsewhere.

use std::collections::HashSet;

use super::edit::Doc;
use super::schema::{is_base64, present};
use super::{Cluster, Config, Edit, Entry, Error, FoundContext, FoundUser};
use crate::yaml::{Meaning, Scalar};

/// The index of an item in the file, if it is there, and what the item is to be.
type Placed<T> = (Option<usize>, T);

/// The content that the edited file must have.
pub(super) struct Wanted {
    clusters: Vec<Placed<Cluster>>,
    contexts: Vec<Placed<FoundContext>>,
    users: Vec<Placed<FoundUser>>,
    current_context: Option<String>,
    has_current_key: bool,
}

impl Wanted {
    /// Returns the content of the file before any edit.
    pub fn new(found: &Config) -> Self {
        fn placed<T: Clone>(items: &[T]) -> Vec<Placed<T>> {
            let items = items.iter().cloned().enumerate();
            items.map(|(at, item)| (Some(at), item)).collect()
        }
        Wanted {
            clusters: placed(&found.clusters),
            contexts: placed(&found.contexts),
            users: placed(&found.users),
            current_context: found.current_context.clone(),
            has_current_key: found.has_current_key,
        }
    }

    pub fn config(&self) -> Config {
        fn bare<T: Clone>(items: &[Placed<T>]) -> Vec<T> {
            items.iter().map(|(_, item)| item.clone()).collect()
        }
        Config {
            clusters: bare(&self.clusters),
            users: bare(&self.users),
            contexts: bare(&self.contexts),
            current_context: self.current_context.clone(),
            has_current_key: self.has_current_key,
        }
    }

    /// Returns the places and names of the items of each list, in the order of [`super::schema::LISTS`].
    pub fn places(&self) -> [Vec<Placed<&str>>; 3] {
        let clusters = self.clusters.iter().map(|(at, of)| (*at, of.name.as_str()));
        let contexts = self.contexts.iter().map(|(at, of)| (*at, of.name.as_str()));
        let users = self.users.iter().map(|(at, of)| (*at, of.name.as_str()));
        [clusters.collect(), contexts.collect(), users.collect()]
    }

    /// Makes the edit. `doc` is the file before all edits.
    ///
    /// # Errors
    /// kubectl could not read the entry, or an existing item has fields that conflict with it.
    pub fn make(&mut self, edit: &Edit, doc: &Doc<'_>) -> Result<(), Error> {
        match edit {
            Edit::Upsert(entry) => self.upsert(entry, doc)?,
            Edit::Remove(ours) => {
                let is_ours = |user: &FoundUser| user.exec.as_ref().is_some_and(|e| ours.owns(e));
                self.remove(is_ours);
            }
            Edit::Rename { from, to } => self.rename(from, to),
            Edit::Namespace { context, namespace } => {
                let mut contexts = self.contexts.iter_mut();
                if let Some((_, found)) = contexts.find(|(_, found)| found.name == *context) {
                    found.namespace = Some(namespace.clone()).filter(|name| !name.is_empty());
                }
            }
            Edit::Use(name) => self.switch_to(Some(name.clone()).filter(|name| !name.is_empty())),
            Edit::Unset => (self.current_context, self.has_current_key) = (None, false),
        }
        Ok(())
    }

    fn switch_to(&mut self, context: Option<String>) {
        self.has_current_key |= context.is_some();
        self.current_context = context;
    }

    fn upsert(&mut self, entry: &Entry, doc: &Doc<'_>) -> Result<(), Error> {
        check(entry)?;
        let Entry {
            cluster,
            user,
            context,
        } = entry;
        let at = put(&mut self.clusters, cluster.clone(), |of| {
            of.name == cluster.name
        });
        if let Some(at) = at.filter(|_| !cluster.certificate_authority_data.is_empty()) {
            refuse_conflict(doc, ("clusters", "cluster"), at, &OTHER_TRUST)?;
        }
        let found = self.users.iter().find(|(_, of)| of.name == user.name);
        let has_exec = found.is_some_and(|(_, of)| of.exec.is_some());
        let wanted = FoundUser {
            name: user.name.clone(),
            exec: Some(user.exec.clone()),
        };
        let at = put(&mut self.users, wanted, |of| of.name == user.name);
        if let Some(at) = at.filter(|_| !has_exec) {
            refuse_conflict(doc, ("users", "user"), at, &OTHER_CREDENTIALS)?;
        }
        let found = self.contexts.iter().find(|(_, of)| of.name == context.name);
        let kept = found.and_then(|(_, of)| of.namespace.clone());
        let namespace = context.namespace.clone().map_or(kept, Some);
        let wanted = FoundContext {
            name: context.name.clone(),
            cluster: cluster.name.clone(),
            user: user.name.clone(),
            namespace: namespace.filter(|namespace| !namespace.is_empty()),
        };
        put(&mut self.contexts, wanted, |of| of.name == context.name);
        Ok(())
    }

    fn remove(&mut self, is_ours: impl Fn(&FoundUser) -> bool) {
        let users = self.users.extract_if(.., |(_, user)| is_ours(user));
        let users: HashSet<String> = users.map(|(_, user)| user.name).collect();
        let contexts = self
            .contexts
            .extract_if(.., |(_, of)| users.contains(&of.user));
        let contexts: Vec<FoundContext> = contexts.map(|(_, context)| context).collect();
        let mut clusters: HashSet<&str> = contexts.iter().map(|of| of.cluster.as_str()).collect();
        for (_, context) in &self.contexts {
            clusters.remove(context.cluster.as_str());
        }
        self.clusters
            .retain(|(_, cluster)| !clusters.contains(cluster.name.as_str()));
        let current = self.current_context.as_ref();
        if contexts
            .iter()
            .any(|context| Some(&context.name) == current)
        {
            self.current_context = None;
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let position = |name: &str| self.contexts.iter().position(|(_, of)| of.name == name);
        let Some(at) = position(from).filter(|_| from != to) else {
            return;
        };
        match position(to) {
            Some(_) => drop(self.contexts.remove(at)),
            None => to.clone_into(&mut self.contexts[at].1.name),
        }
        if self.current_context.as_deref() == Some(from) {
            self.switch_to(Some(to.to_owned()));
        }
    }
}

/// Replaces the item that `is_it`, or adds the new one at the end. Returns the place of the item in the file.
fn put<T>(items: &mut Vec<Placed<T>>, new: T, is_it: impl Fn(&T) -> bool) -> Option<usize> {
    match items.iter_mut().find(|(_, item)| is_it(item)) {
        Some((at, item)) => {
            *item = new;
            *at
        }
        None => {
            items.push((None, new));
            None
        }
    }
}

/// Checks that kubectl can read the entry.
fn check(entry: &Entry) -> Result<(), Error> {
    let Entry {
        cluster,
        user,
        context,
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

/// Credentials that kubectl prefers over an exec plugin, or that an exec plugin would override. A user with one of them and no
/// exec plugin is one of the same name that apono-login did not write.
const OTHER_CREDENTIALS: [&str; 9] = [
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "tokenFile",
    "username",
    "password",
    "auth-provider",
];

/// Fails if the item at this place of the list has one of the fields, unless it is empty or false.
fn refuse_conflict(
    doc: &Doc<'_>,
    (list, body): (&str, &str),
    at: usize,
    fields: &[&'static str],
) -> Result<(), Error> {
    let tree = &doc.tree;
    let list = tree.root().and_then(|root| present(tree, root, list));
    let item = list.and_then(|list| tree.items(list)?.get(at).copied());
    let set = |field: &&'static str| {
        let value = present(tree, present(tree, item?, body)?, field)?;
        let meaning = tree.scalar(value).map(Scalar::meaning);
        let is_off = matches!(meaning, Some(Meaning::Str("") | Meaning::Bool(false)));
        (!is_off).then_some((*field, value))
    };
    match (item, fields.iter().find_map(set)) {
        (Some(item), Some((field, value))) => Err(Error::Conflict {
            line: tree.node(value).line,
            name: super::schema::string(tree, item, "name"),
            field,
        }),
        _ => Ok(()),
    }
}
