//! Checks the result of an edit by parsing it again.
//!
//! It must contain the requested change, and everything else must be unchanged. The second is checked by digests of all other
//! values in file order: they include unknown fields, and aliases do not make them expensive.

use std::collections::HashSet;

use super::edit::Doc;
use super::{Config, Error, schema};
use crate::yaml::{Digest, Id, Tree};

/// What an edit may change: items by name, and the current context.
#[derive(Default)]
pub(super) struct Editable {
    pub clusters: HashSet<String>,
    pub users: HashSet<String>,
    pub contexts: HashSet<String>,
    pub current_context: bool,
    /// The former name of a renamed context.
    pub renamed: Option<String>,
}

impl Editable {
    pub fn names(&self, list: &str) -> &HashSet<String> {
        match list {
            "clusters" => &self.clusters,
            "users" => &self.users,
            _ => &self.contexts,
        }
    }

    fn was_renamed(&self, list: &str, name: &str) -> bool {
        list == "contexts" && self.renamed.as_deref() == Some(name)
    }
}

/// The fields of an item that an edit may set. All other fields belong to the user.
const OWNED: [(&str, &str, &[&str]); 3] = [
    (
        "clusters",
        "cluster",
        &["certificate-authority-data", "server"],
    ),
    ("contexts", "context", &["cluster", "namespace", "user"]),
    ("users", "user", &[]),
];
const OWNED_EXEC: [&str; 6] = [
    "apiVersion",
    "args",
    "command",
    "installHint",
    "interactiveMode",
    "provideClusterInfo",
];

/// Checks the result of an edit.
///
/// # Errors
/// Unless `after` reads as `expected`, and equals `before` in everything that is not `editable`: see [`Doc::unverified`]. Items
/// that were edited and not removed must still have their other fields.
pub(super) fn check(
    before: &str,
    after: &str,
    expected: &Config,
    editable: &Editable,
) -> Result<(), Error> {
    let old = Doc::parse(before)?;
    let json = |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let same = |new: Doc<'_>| {
        schema::read(&new.tree).is_ok_and(|config| by_name(&config) == by_name(expected))
            && others(&old.tree, expected, editable) == others(&new.tree, expected, editable)
            && (json(after) || !json(before))
    };
    match Doc::parse(after).is_ok_and(same) {
        true => Ok(()),
        false => Err(old.unverified()),
    }
}

/// Returns the content with each list in order of its names, which are unique: a new item can be anywhere among the others.
fn by_name(config: &Config) -> Config {
    let mut config = config.clone();
    config.clusters.sort_by(|a, b| a.name.cmp(&b.name));
    config.users.sort_by(|a, b| a.name.cmp(&b.name));
    config.contexts.sort_by(|a, b| a.name.cmp(&b.name));
    config
}

/// Returns the digests of everything that is not editable, in file order.
fn others(tree: &Tree, expected: &Config, editable: &Editable) -> Vec<Digest> {
    let mut out = vec![];
    let pairs = tree.root().and_then(|root| tree.pairs(root));
    for &(key, value) in pairs.unwrap_or_default() {
        let owned = OWNED.iter().find(|(list, ..)| tree.key_is(key, list));
        if let Some(&(list, body, fields)) = owned {
            for &item in tree.items(value).unwrap_or_default() {
                let name = schema::string(tree, item, "name");
                if !editable.names(list).contains(&name) {
                    out.push(tree.node(item).digest);
                } else if stays(expected, list, &name) || editable.was_renamed(list, &name) {
                    rest_of_item(tree, item, body, fields, &mut out);
                }
            }
        } else if !(editable.current_context && tree.key_is(key, "current-context")) {
            out.extend([tree.node(key).digest, tree.node(value).digest]);
        }
    }
    out
}

fn stays(expected: &Config, list: &str, name: &str) -> bool {
    match list {
        "clusters" => expected.clusters.iter().any(|c| c.name == name),
        "users" => expected.users.iter().any(|u| u.name == name),
        _ => expected.contexts.iter().any(|c| c.name == name),
    }
}

fn rest_of_item(tree: &Tree, item: Id, body: &str, fields: &[&str], out: &mut Vec<Digest>) {
    rest(tree, item, &["name", body], out);
    let Some(body) = schema::present(tree, item, body) else {
        return;
    };
    if !fields.is_empty() {
        return rest(tree, body, fields, out);
    }
    rest(tree, body, &["exec"], out);
    if let Some(exec) = schema::present(tree, body, "exec") {
        // `env: null` is written only in a new item, as kubectl does.
        let env = schema::present(tree, exec, "env").is_none();
        let env: &[&str] = if env { &["env"] } else { &[] };
        rest(tree, exec, &[env, &OWNED_EXEC].concat(), out);
    }
}

fn rest(tree: &Tree, map: Id, owned: &[&str], out: &mut Vec<Digest>) {
    for &(key, value) in tree.pairs(map).unwrap_or_default() {
        if !owned.iter().any(|name| tree.key_is(key, name)) {
            out.extend([tree.node(key).digest, tree.node(value).digest]);
        }
    }
}
