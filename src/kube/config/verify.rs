//! Checks the result of an edit.
//!
//! It must contain the requested change, and everything else must be unchanged. For the second, all other values are compared in
//! file order, unknown fields too.

use super::Config;
use super::edit::Doc;
use super::env;
use super::item::{Item, List};
use super::schema::{self, LISTS, USERS};
use super::wanted::Wanted;
use crate::yaml::{Id, Tree};

/// The fields of `exec` that an edit may set, besides some variables of `env`. All others belong to the user.
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
pub(super) fn is_right(
    before: &Doc<'_>,
    after: &Doc<'_>,
    now: &Config,
    wanted: &Wanted<'_>,
) -> bool {
    let json = |text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let current = (now.has_current_key, now.current_context.as_deref());
    let others_before = others(before.tree, |list, place, _| {
        let unset = || match list {
            USERS => wanted.unset(place),
            _ => Vec::new(),
        };
        wanted.keeps(list, place).then(unset)
    });
    let others_after = others(after.tree, |list, _, name| {
        wanted.had(list, name).then(Vec::new)
    });
    let is_same = |(&a, &b): (&Id, &Id)| before.tree.is_same(a, after.tree, b);
    has(&now.clusters, &wanted.clusters)
        && has(&now.contexts, &wanted.contexts)
        && has(&now.users, &wanted.users)
        && current == (wanted.has_current_key, wanted.current_context)
        && others_before.len() == others_after.len()
        && others_before.iter().zip(&others_after).all(is_same)
        && (!json(before.text) || json(after.text))
}

/// Returns whether a list has what is wanted, in any order: a new item can be anywhere among the others. Names are unique in both.
fn has<T: Item>(now: &[T], wanted: &List<'_, T>) -> bool {
    now.len() == wanted.iter().count()
        && now.iter().all(|item| wanted.get(item.name()) == Some(item))
}

/// Returns everything that an edit cannot set, in file order. Of the items of each list, which are given to
/// `unset` with their index and name, only those that are kept, without the fields that it returns.
fn others(tree: &Tree, unset: impl Fn(usize, usize, &str) -> Option<Vec<&'static str>>) -> Vec<Id> {
    let mut out = vec![];
    let pairs = tree.root().and_then(|root| tree.pairs(root));
    for &(key, value) in pairs.unwrap_or_default() {
        let list = LISTS.iter().position(|(list, ..)| tree.key_is(key, list));
        if let Some(list) = list {
            for (at, &item) in tree.items(value).unwrap_or_default().iter().enumerate() {
                if let Some(unset) = unset(list, at, schema::string(tree, item, "name")) {
                    let (_, body, fields) = LISTS[list];
                    rest_of_item(tree, item, body, &[fields, &unset].concat(), &mut out);
                }
            }
        } else if !tree.key_is(key, "current-context") {
            out.extend([key, value]);
        }
    }
    out
}

fn rest_of_item(tree: &Tree, item: Id, body: &str, fields: &[&str], out: &mut Vec<Id>) {
    rest(tree, item, &["name", body], out);
    let Some(body) = schema::present(tree, item, body) else {
        return;
    };
    rest(tree, body, fields, out);
    let exec = fields
        .contains(&"exec")
        .then(|| schema::present(tree, body, "exec"));
    if let Some(exec) = exec.flatten() {
        rest(tree, exec, &[&[env::KEY], &OWNED_EXEC[..]].concat(), out);
        out.extend(env::others(tree, exec));
    }
}

fn rest(tree: &Tree, map: Id, owned: &[&str], out: &mut Vec<Id>) {
    for &(key, value) in tree.pairs(map).unwrap_or_default() {
        if !owned.iter().any(|name| tree.key_is(key, name)) {
            out.extend([key, value]);
        }
    }
}
