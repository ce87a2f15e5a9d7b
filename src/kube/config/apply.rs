//! Makes the edits of a kubeconfig: decides what the file is to contain after them, and replaces the text that differs.
//!
//! All that can be replaced at once is, so that the result is parsed once in most cases, and a few times however many edits there
//! are: items are removed and renamed first; then items are added and fields are set; then missing fields are added, one to each
//! item at a time.

use std::collections::HashMap;

use super::edit::{Doc, Splice, splice};
use super::env;
use super::item::{Item, List, is_same};
use super::render::Value;
use super::schema::{LISTS, USERS, present};
use super::wanted::Wanted;
use super::{Config, Entry, Error, Others, Ours, decode, parse, verify};
use crate::yaml::{Id, Tree};

/// A change of a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Adds the entry, or updates it. Existing items with its names get its values and keep their other fields, but for other
    /// credentials beside the exec plugin, which are removed; missing ones are added at the end of their lists. The cluster of
    /// an older version is renamed, if only the contexts of the entry use it.
    Upsert(Box<Entry>),
    /// Removes the users of these entries, the contexts that use them, and the clusters that were written for them, with a context
    /// or without, unless other contexts use those, in all kubeconfigs together. Empties `current-context` if it is one of those contexts.
    Remove(Ours),
    /// Renames a context; it stays the current context if it was. If there already is a context `to`, `from` is removed.
    /// Nothing if there is no context `from`.
    Rename { from: String, to: String },
    /// Sets the namespace of a context; an empty one means no namespace. Nothing if there is no such context.
    Namespace { context: String, namespace: String },
    /// Sets the current context, which may be in another file; an empty one means none.
    Use(String),
    /// Removes the key `current-context` with its line. Nothing if it is not there.
    Unset,
}

const CURRENT: &str = "current-context";

/// An empty kubeconfig, as kubectl writes it.
const EMPTY: &str = "\
apiVersion: v1
clusters: []
contexts: []
current-context: \"\"
kind: Config
users: []
";

/// Maximum number of rounds: more than an item has fields. A change without effect must not be repeated forever.
const MAX_ROUNDS: usize = 20;

/// Returns the file after the edits, as if applied one after another: the same bytes if nothing differs. What one of them
/// writes and a later one takes back is not written at all.
///
/// # Errors
/// kubectl could not read the file or an entry, or the YAML cannot be edited without changing other text.
pub fn apply(file: &[u8], others: Others<'_>, edits: &[Edit]) -> Result<Vec<u8>, Error> {
    let (tree, found) = parse(file)?;
    apply_to(file, &tree, &found, others, edits)
}

/// Does what [`apply`] does with a file that is parsed already: `tree` and `found` are what [`parse`] has returned.
///
/// # Errors
/// Those of [`apply`].
pub fn apply_to(
    file: &[u8],
    tree: &Tree,
    found: &Config,
    others: Others<'_>,
    edits: &[Edit],
) -> Result<Vec<u8>, Error> {
    let (bom, text) = decode(file)?;
    let before = Doc::new(text, tree);
    let wanted = Wanted::new(found, others, edits, &before)?;
    if wanted.is_as_found() {
        return Ok(file.to_vec());
    }
    if tree.root().is_none() {
        let open_line = !text.is_empty() && !text.ends_with(['\n', '\r']);
        let break_line = if open_line { "\n" } else { "" };
        let whole = [bom, text, break_line, EMPTY].concat().into_bytes();
        let (tree, found) = parse(&whole)?;
        return match tree.root() {
            Some(_) => apply_to(&whole, &tree, &found, others, edits),
            // An end marker, for example: what follows it is another document, which kubectl does not read.
            None => Err(Error::Unsupported {
                line: 1,
                what: "empty document",
            }),
        };
    }
    let mut splices = removals(&before, found, &wanted)?;
    if splices.is_empty() {
        splices = additions(&before, found, &wanted)?;
    }
    let mut text = splice(text, splices);
    for _ in 0..MAX_ROUNDS {
        let Some((tree, now)) = parsed(&text) else {
            break;
        };
        let splices = additions(&Doc::new(&text, &tree), &now, &wanted)?;
        if !splices.is_empty() {
            text = splice(&text, splices);
            continue;
        }
        if !verify::is_right(&before, &Doc::new(&text, &tree), &now, &wanted) {
            break;
        }
        // If the removed items were last, the line break before them was added with them, unless it belongs to a block scalar.
        let end = text.strip_suffix('\n').unwrap_or(&text);
        let end = end.strip_suffix('\r').unwrap_or(end);
        let was_open = !before.text.ends_with(['\n', '\r']) && end != text;
        let is_right = |(tree, now): (Tree, Config)| {
            verify::is_right(&before, &Doc::new(end, &tree), &now, &wanted)
        };
        let is_open = was_open && parsed(end).is_some_and(is_right);
        let after = if is_open { end } else { &text };
        return Ok([bom, after].concat().into_bytes());
    }
    Err(before.unverified())
}

fn parsed(text: &str) -> Option<(Tree, Config)> {
    parse(text.as_bytes()).ok()
}

/// Returns the removal of the items that are not wanted any more, the new names of the others, the removal of credentials that are
/// not wanted beside an exec plugin, and with all that the new value of `current-context`.
fn removals(doc: &Doc<'_>, found: &Config, wanted: &Wanted<'_>) -> Result<Vec<Splice>, Error> {
    fn of<T: Item>(
        doc: &Doc<'_>,
        list: &str,
        found: &[T],
        wanted: &List<'_, T>,
    ) -> Result<Vec<Splice>, Error> {
        let mut splices = vec![];
        let Some(root) = doc.tree.root() else {
            return Ok(splices);
        };
        let at = present(doc.tree, root, list);
        let ids = at.and_then(|at| doc.tree.items(at)).unwrap_or_default();
        let mut gone = vec![];
        for (place, (item, &id)) in found.iter().zip(ids).enumerate() {
            match wanted.at(place).map(Item::name) {
                None => gone.push(place),
                Some(name) if name == item.name() => {}
                Some(name) => splices.extend(set(doc, &[at, Some(id)], "name", &Value::Str(name))?),
            }
        }
        if !gone.is_empty() {
            splices.extend(doc.remove(root, list, &gone)?);
        }
        Ok(splices)
    }
    let [clusters, contexts, users] = LISTS.map(|(list, ..)| list);
    let mut splices = [
        of(doc, clusters, &found.clusters, &wanted.clusters)?,
        of(doc, contexts, &found.contexts, &wanted.contexts)?,
        of(doc, users, &found.users, &wanted.users)?,
        credentials(doc, wanted)?,
    ]
    .concat();
    let root = doc.tree.root();
    let root = root.filter(|root| !splices.is_empty() && doc.tree.own(*root, CURRENT).is_some());
    if let (Some(root), Some(value)) = (root, current(found, wanted)) {
        splices.extend(doc.set(root, CURRENT, &value)?);
    }
    Ok(splices)
}

/// Returns the removal of the credentials that a user has, and is to have no more.
fn credentials(doc: &Doc<'_>, wanted: &Wanted<'_>) -> Result<Vec<Splice>, Error> {
    let (list, body, _) = LISTS[USERS];
    let root = doc.tree.root();
    let at = root.and_then(|root| present(doc.tree, root, list));
    let ids = at.and_then(|at| doc.tree.items(at)).unwrap_or_default();
    let mut splices = vec![];
    for (place, &id) in ids.iter().enumerate() {
        let (path, gone) = (
            [at, Some(id), present(doc.tree, id, body)],
            wanted.unset(place),
        );
        if let (false, Some(user)) = (gone.is_empty(), end_of(doc, &path)?) {
            splices.extend(doc.unset(user, &gone)?);
        }
    }
    Ok(splices)
}

/// Returns the new value of `current-context`, if it differs.
fn current<'w>(found: &Config, wanted: &Wanted<'w>) -> Option<Value<'w>> {
    let now = (found.has_current_key, found.current_context.as_deref());
    let differs = wanted.has_current_key && now != (true, wanted.current_context);
    differs.then(|| Value::Str(wanted.current_context.unwrap_or_default()))
}

/// An item that is missing, or that differs from the one at this place of its list.
struct Change<'c> {
    now: Option<(usize, Value<'c>)>,
    wanted: Value<'c>,
}

fn changes<'c, T: Item>(found: &'c [T], wanted: &'c List<'_, T>) -> Vec<Change<'c>> {
    let places: HashMap<&str, usize> = found.iter().map(Item::name).zip(0..).collect();
    let change = |wanted: &'c T| {
        let place = places.get(wanted.name()).copied();
        let now = place.map(|place| (place, &found[place]));
        let differs = now.is_none_or(|(_, now)| !is_same(now, wanted));
        differs.then(|| Change {
            now: now.map(|(place, now)| (place, now.value())),
            wanted: wanted.value(),
        })
    };
    wanted.iter().filter_map(change).collect()
}

/// Returns what is missing and what differs, as far as it can be set at once; nothing if the text has what is wanted.
fn additions(doc: &Doc<'_>, found: &Config, wanted: &Wanted<'_>) -> Result<Vec<Splice>, Error> {
    let tree = doc.tree;
    let Some(root) = tree.root() else {
        return Ok(vec![]);
    };
    // Keys of the document come last: they can be added where something is added to the last item. New ones wait until those
    // that exist have their values: the last of these can be empty, and end where the new ones go.
    let (mut splices, mut keys, mut new_keys) = (vec![], vec![], vec![]);
    let mut set_key = |key: &str, value: &Value<'_>| {
        let splices = doc.set(root, key, value)?;
        match tree.own(root, key) {
            Some(_) => keys.push(splices),
            None => new_keys.push(splices),
        }
        Ok::<_, Error>(())
    };
    let lists = [
        changes(&found.clusters, &wanted.clusters),
        changes(&found.contexts, &wanted.contexts),
        changes(&found.users, &wanted.users),
    ];
    for ((list, ..), changes) in LISTS.into_iter().zip(lists) {
        let at = present(tree, root, list);
        let ids = at.and_then(|at| tree.items(at)).unwrap_or_default();
        let mut new = vec![];
        for Change { now, wanted } in changes {
            match now {
                Some((place, now)) => {
                    splices.extend(change(doc, &[at, ids.get(place).copied()], &now, &wanted)?);
                }
                None => new.push(wanted.without_empty()),
            }
        }
        match (new.is_empty(), ids.is_empty()) {
            (true, _) => {}
            (false, true) => set_key(list, &Value::List(new))?,
            (false, false) => splices.extend(doc.push(root, list, &new)?),
        }
    }
    if let Some(value) = current(found, wanted) {
        set_key(CURRENT, &value)?;
    }
    if keys.is_empty() {
        keys = new_keys;
    }
    if tree.pairs(root).is_none_or(<[_]>::is_empty) {
        // There is no place for a second one.
        keys.truncate(1);
    }
    splices.extend(keys.into_iter().flatten());
    // Last, so that the document is never empty.
    if splices.is_empty() && found.has_current_key && !wanted.has_current_key {
        return doc.unset(root, &[CURRENT]);
    }
    Ok(splices)
}

/// Sets the fields that differ of the mapping at the end of `path`: those that it has, else the first one that it does not have.
fn change(
    doc: &Doc<'_>,
    path: &[Option<Id>],
    now: &Value<'_>,
    wanted: &Value<'_>,
) -> Result<Vec<Splice>, Error> {
    let (Value::Map(now), Value::Map(wanted)) = (now, wanted) else {
        return Ok(vec![]);
    };
    let map = path.last().copied().flatten();
    let (mut splices, mut missing) = (vec![], None);
    for (key, value) in wanted.iter().filter(|pair| !now.contains(pair)) {
        let inner = map.and_then(|map| present(doc.tree, map, key));
        let now = now.iter().find(|(name, _)| name == key);
        match (value, now, inner) {
            (Value::Map(_), Some((_, now)), Some(_)) => {
                splices.extend(change(doc, &[path, &[inner]].concat(), now, value)?);
            }
            (Value::List(wanted), Some((_, Value::List(now))), Some(_)) if *key == env::KEY => {
                if let Some(exec) = end_of(doc, path)? {
                    splices.extend(env::change(doc, exec, now, wanted)?);
                }
            }
            _ if map.is_some_and(|map| doc.tree.own(map, key).is_some()) => {
                splices.extend(set(doc, path, key, &value.without_empty())?);
            }
            _ => missing = missing.or(Some((key, value))),
        }
    }
    match missing.filter(|_| splices.is_empty()) {
        Some((key, value)) => set(doc, path, key, &value.without_empty()),
        None => Ok(splices),
    }
}

/// Sets `key` in the mapping at the end of `path`.
fn set(
    doc: &Doc<'_>,
    path: &[Option<Id>],
    key: &str,
    value: &Value<'_>,
) -> Result<Vec<Splice>, Error> {
    match end_of(doc, path)? {
        Some(map) => doc.set(map, key, value),
        None => Ok(vec![]),
    }
}

/// Returns the end of the path, unless an alias is on it: the text that an alias stands for is also used elsewhere.
fn end_of(doc: &Doc<'_>, path: &[Option<Id>]) -> Result<Option<Id>, Error> {
    let mut ids = path.iter().flatten();
    match ids.clone().find(|id| doc.tree.is_alias(**id)) {
        Some(&alias) => Err(doc.unsupported(alias, "alias")),
        None => Ok(ids.next_back().copied()),
    }
}
