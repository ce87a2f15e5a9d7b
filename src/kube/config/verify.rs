//! Checks the result of an edit.
//!
//! It must contain the requested change, and everything else must be unchanged. The second is checked by digests of all other
//! values in file order: they include unknown fields, and aliases do not make them expensive.

use std::collections::HashSet;

use super::Config;
use super::edit::Doc;
use super::schema::{self, LISTS};
use super::wanted::Wanted;
use crate::yaml::{Digest, Id, Tree};

/// The fields of `exec` that an edit may set. All others belong to the user.
const OWNED_EXEC: [&str; 6] = [
    "apiVersion",
    "args",
    "command",
    "installHint",
    "interactiveMode",
    "provideClusterInfo",
];

/// Returns whether the file reads as `wanted` after the edit (`now`), and has what it had before in everything that an edit
/// cannot set. Items that are kept must still have their other fields.
pub(super) fn is_right(before: &Doc<'_>, after: &Doc<'_>, now: &Config, wanted: &Wanted) -> bool {
    let json = |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let places = wanted.places().map(|items| {
        let kept = items.into_iter().filter_map(|(at, name)| Some((at?, name)));
        kept.unzip::<_, _, HashSet<_>, HashSet<_>>()
    });
    by_name(now) == by_name(&wanted.config())
        && others(&before.tree, |list, at, _| places[list].0.contains(&at))
            == others(&after.tree, |list, _, name| places[list].1.contains(name))
        && (json(after.text) || !json(before.text))
}

/// Returns the content with each list in order of its names, which are unique: a new item can be anywhere among the others.
fn by_name(config: &Config) -> Config {
    let mut config = config.clone();
    config.clusters.sort_by(|a, b| a.name.cmp(&b.name));
    config.users.sort_by(|a, b| a.name.cmp(&b.name));
    config.contexts.sort_by(|a, b| a.name.cmp(&b.name));
    config
}

/// Returns the digests of everything that an edit cannot set, in file order. Of the items of each list, which are given to
/// `is_kept` with their index and name, only those that are kept.
fn others(tree: &Tree, is_kept: impl Fn(usize, usize, &str) -> bool) -> Vec<Digest> {
    let mut out = vec![];
    let pairs = tree.root().and_then(|root| tree.pairs(root));
    for &(key, value) in pairs.unwrap_or_default() {
        let list = LISTS.iter().position(|(list, ..)| tree.key_is(key, list));
        if let Some(list) = list {
            for (at, &item) in tree.items(value).unwrap_or_default().iter().enumerate() {
                if is_kept(list, at, &schema::string(tree, item, "name")) {
                    rest_of_item(tree, item, LISTS[list].1, LISTS[list].2, &mut out);
                }
            }
        } else if !tree.key_is(key, "current-context") {
            out.extend([tree.node(key).digest, tree.node(value).digest]);
        }
    }
    out
}

fn rest_of_item(tree: &Tree, item: Id, body: &str, fields: &[&str], out: &mut Vec<Digest>) {
    rest(tree, item, &["name", body], out);
    let Some(body) = schema::present(tree, item, body) else {
        return;
    };
    rest(tree, body, fields, out);
    let exec = fields
        .contains(&"exec")
        .then(|| schema::present(tree, body, "exec"));
    if let Some(exec) = exec.flatten() {
        // `env: null` is written with a new `exec`, as kubectl does.
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
