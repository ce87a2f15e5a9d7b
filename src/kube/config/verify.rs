//! The outcome of an edit, read again as a stranger would.
//!
//! Two questions: does the text say what was asked, and is everything else as it was? The second is
//! answered by digests of values in file order, which hold for unknown fields too and cannot be
//! blown up by aliases.

use std::collections::HashSet;

use super::edit::Doc;
use super::tree::{Digest, Id, Tree};
use super::{Config, Error, schema};

/// The items an edit was free to change, by name.
#[derive(Default)]
pub(super) struct Ours {
    pub clusters: HashSet<String>,
    pub users: HashSet<String>,
    pub contexts: HashSet<String>,
    pub current_context: bool,
    /// The former name of a context that has another one now.
    pub renamed: Option<String>,
}

impl Ours {
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

/// The fields of our own items that are ours to set; all others are their owner's.
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

/// # Errors
/// [`Error::Unverified`] unless `after` reads as `expected` and agrees with `before` on everything
/// that is not `ours`. An item of ours that is still there must have its other fields.
pub(super) fn check(
    before: &str,
    after: &str,
    expected: &Config,
    ours: &Ours,
) -> Result<(), Error> {
    let unverified = |_| Error::Unverified;
    let (old, new) = (Doc::parse(before)?, Doc::parse(after).map_err(unverified)?);
    let config = schema::read(&new.tree).map_err(unverified)?;
    let json = |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let same = config == *expected
        && others(&old.tree, expected, ours) == others(&new.tree, expected, ours)
        && (json(after) || !json(before));
    if same { Ok(()) } else { Err(Error::Unverified) }
}

/// Digests of everything that is not ours, in order.
fn others(tree: &Tree, expected: &Config, ours: &Ours) -> Vec<Digest> {
    let mut out = vec![];
    let pairs = tree.root().and_then(|root| tree.pairs(root));
    for &(key, value) in pairs.unwrap_or_default() {
        let owned = OWNED.iter().find(|(list, ..)| tree.key_is(key, list));
        if let Some(&(list, body, fields)) = owned {
            for &item in tree.items(value).unwrap_or_default() {
                let name = schema::string(tree, item, "name");
                if !ours.names(list).contains(&name) {
                    out.push(tree.node(item).digest);
                } else if stays(expected, list, &name) || ours.was_renamed(list, &name) {
                    rest_of_item(tree, item, body, fields, &mut out);
                }
            }
        } else if !(ours.current_context && tree.key_is(key, "current-context")) {
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
        // The one field we write only when the item is new, as kubectl does: `env: null`.
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
