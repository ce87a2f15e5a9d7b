//! Makes the edits of a kubeconfig: decides what the file is to contain after them, and replaces the text that differs.
//!
//! All that can be replaced at once is, so that the text is parsed a few times, however many edits there are: items are removed
//! and renamed first; then items are added, and fields are set, one of each item at a time.

use std::collections::HashMap;

use super::edit::{Doc, Splice, splice};
use super::render::Value;
use super::schema::{self, LISTS, present};
use super::wanted::Wanted;
use super::{Config, Entry, Error, Exec, Ours, decode, verify};
use crate::yaml::Id;

/// A change of a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Adds the entry, or updates it. Existing items with its names get its values and keep their other fields; missing ones
    /// are added at the end of their lists.
    Upsert(Entry),
    /// Removes the users of these entries, the contexts that use them, and the clusters that only those contexts use. Empties
    /// `current-context` if it is one of those contexts.
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
pub fn apply(file: &[u8], edits: &[Edit]) -> Result<Vec<u8>, Error> {
    let (bom, text) = decode(file)?;
    let before = Doc::parse(text)?;
    let found = schema::read(&before.tree)?;
    let mut wanted = Wanted::new(&found);
    for edit in edits {
        wanted.make(edit, &before)?;
    }
    let config = wanted.config();
    if config == found {
        return Ok(file.to_vec());
    }
    if before.tree.root().is_none() {
        let open_line = !text.is_empty() && !text.ends_with(['\n', '\r']);
        let whole = [text, if open_line { "\n" } else { "" }, EMPTY].concat();
        return match Doc::parse(&whole)?.tree.root() {
            Some(_) => apply(&[bom, &whole].concat().into_bytes(), edits),
            // An end marker, for example: what follows it is another document, which kubectl does not read.
            None => Err(Error::Unsupported {
                line: 1,
                what: "empty document",
            }),
        };
    }
    let mut splices = removals(&before, &found, &wanted)?;
    if splices.is_empty() {
        splices = additions(&before, &found, &config)?;
    }
    let mut text = splice(text, splices);
    for _ in 0..MAX_ROUNDS {
        let Some((doc, now)) = parsed(&text) else {
            break;
        };
        let splices = additions(&doc, &now, &config)?;
        if !splices.is_empty() {
            text = splice(&text, splices);
            continue;
        }
        if !verify::is_right(&before, &doc, &now, &wanted) {
            break;
        }
        // If the removed items were last, the line break before them was added with them, unless it belongs to a block scalar.
        let end = text.strip_suffix('\n').unwrap_or(&text);
        let end = end.strip_suffix('\r').unwrap_or(end);
        let was_open = !before.text.ends_with(['\n', '\r']) && end != text;
        let is_right = |(doc, now): (_, _)| verify::is_right(&before, &doc, &now, &wanted);
        let is_open = was_open && parsed(end).is_some_and(is_right);
        let after = if is_open { end } else { &text };
        return Ok([bom, after].concat().into_bytes());
    }
    Err(before.unverified())
}

fn parsed(text: &str) -> Option<(Doc<'_>, Config)> {
    let doc = Doc::parse(text).ok()?;
    let config = schema::read(&doc.tree).ok()?;
    Some((doc, config))
}

/// Returns the removal of the items that are not wanted any more, and the new names of the others.
fn removals(doc: &Doc<'_>, found: &Config, wanted: &Wanted) -> Result<Vec<Splice>, Error> {
    let mut splices = vec![];
    let Some(root) = doc.tree.root() else {
        return Ok(splices);
    };
    let lists = LISTS.iter().zip(items(found)).zip(wanted.places());
    for ((&(list, ..), found), places) in lists {
        let at = present(&doc.tree, root, list);
        let ids = at.and_then(|at| doc.tree.items(at)).unwrap_or_default();
        let places = places
            .into_iter()
            .filter_map(|(at, name)| Some((at?, name)));
        let kept: HashMap<usize, &str> = places.collect();
        let mut gone = vec![];
        for (index, ((name, _), &id)) in found.iter().zip(ids).enumerate() {
            match kept.get(&index) {
                None => gone.push(index),
                Some(new) if new == name => {}
                Some(new) => {
                    let path = [at, Some(id)];
                    splices.extend(set(doc, &path, "name", &Value::str(new))?);
                }
            }
        }
        if !gone.is_empty() {
            splices.extend(doc.remove(root, list, &gone)?);
        }
    }
    Ok(splices)
}

/// Returns what is missing and what differs, as far as it can be set at once; nothing if the text has what is wanted.
fn additions(doc: &Doc<'_>, found: &Config, wanted: &Config) -> Result<Vec<Splice>, Error> {
    let tree = &doc.tree;
    let Some(root) = tree.root() else {
        return Ok(vec![]);
    };
    // Keys of the document come last: they can be added where something is added to the last item. New ones wait until those
    // that exist have their values: the last of these can be empty, and end where the new ones go.
    let (mut splices, mut keys, mut new_keys) = (vec![], vec![], vec![]);
    let mut set_key = |key: &str, value: &Value| {
        let splices = doc.set(root, key, value)?;
        match tree.own(root, key) {
            Some(_) => keys.push(splices),
            None => new_keys.push(splices),
        }
        Ok::<_, Error>(())
    };
    let lists = LISTS.iter().zip(items(found)).zip(items(wanted));
    for ((&(list, ..), found), wanted) in lists {
        let at = present(tree, root, list);
        let ids = at.and_then(|at| tree.items(at)).unwrap_or_default();
        let found = found.iter().zip(ids);
        let found: HashMap<_, _> = found
            .map(|((name, item), &id)| (*name, (item, id)))
            .collect();
        let mut new = vec![];
        for (name, item) in wanted {
            match found.get(name) {
                Some((now, id)) => splices.extend(change(doc, &[at, Some(*id)], now, &item)?),
                None => new.push(item.without_empty()),
            }
        }
        match (new.is_empty(), ids.is_empty()) {
            (true, _) => {}
            (false, true) => set_key(list, &Value::List(new))?,
            (false, false) => splices.extend(doc.push(root, list, &new)?),
        }
    }
    let current = |config: &Config| (config.has_current_key, config.current_context.clone());
    if wanted.has_current_key && current(wanted) != current(found) {
        let name = wanted.current_context.as_deref().unwrap_or_default();
        set_key(CURRENT, &Value::str(name))?;
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
        return doc.unset(root, CURRENT);
    }
    Ok(splices)
}

/// Sets the first field that differs, if any, of the mapping at the end of `path`.
fn change(
    doc: &Doc<'_>,
    path: &[Option<Id>],
    now: &Value,
    wanted: &Value,
) -> Result<Vec<Splice>, Error> {
    let (Value::Map(now), Value::Map(wanted)) = (now, wanted) else {
        return Ok(vec![]);
    };
    let Some((key, value)) = wanted.iter().find(|pair| !now.contains(pair)) else {
        return Ok(vec![]);
    };
    let map = path.last().copied().flatten();
    let inner = map.and_then(|map| present(&doc.tree, map, key));
    let now = now.iter().find(|(name, _)| name == key);
    match (value, now, inner) {
        (Value::Map(_), Some((_, now)), Some(_)) => {
            change(doc, &[path, &[inner]].concat(), now, value)
        }
        _ => set(doc, path, key, &value.without_empty()),
    }
}

/// Sets `key` in the mapping at the end of `path`, unless an alias is on it: the text that an alias stands for is also used
/// elsewhere.
fn set(doc: &Doc<'_>, path: &[Option<Id>], key: &str, value: &Value) -> Result<Vec<Splice>, Error> {
    let mut ids = path.iter().flatten();
    match (
        ids.clone().find(|id| doc.tree.is_alias(**id)),
        ids.next_back(),
    ) {
        (Some(&alias), _) => Err(doc.unsupported(alias, "alias")),
        (None, Some(&map)) => doc.set(map, key, value),
        (None, None) => Ok(vec![]),
    }
}

/// Returns the items of each list, by name, with the fields that an edit can set, in kubectl's order, which is alphabetical.
/// A field that is missing is an empty string.
fn items(config: &Config) -> [Vec<(&str, Value)>; 3] {
    let clusters = config.clusters.iter().map(|cluster| {
        let authority = Value::str(&cluster.certificate_authority_data);
        let fields = vec![
            ("certificate-authority-data", authority),
            ("server", Value::str(&cluster.server)),
        ];
        let name = Value::str(&cluster.name);
        let item = vec![("cluster", Value::Map(fields)), ("name", name)];
        (cluster.name.as_str(), Value::Map(item))
    });
    let contexts = config.contexts.iter().map(|context| {
        let fields = vec![
            ("cluster", Value::str(&context.cluster)),
            (
                "namespace",
                Value::str(context.namespace.as_deref().unwrap_or_default()),
            ),
            ("user", Value::str(&context.user)),
        ];
        let name = Value::str(&context.name);
        let item = vec![("context", Value::Map(fields)), ("name", name)];
        (context.name.as_str(), Value::Map(item))
    });
    let users = config.users.iter().map(|user| {
        let exec = user.exec.iter().map(|exec| ("exec", exec_fields(exec)));
        let name = Value::str(&user.name);
        let item = vec![("name", name), ("user", Value::Map(exec.collect()))];
        (user.name.as_str(), Value::Map(item))
    });
    [clusters.collect(), contexts.collect(), users.collect()]
}

fn exec_fields(exec: &Exec) -> Value {
    let args = exec.args.iter().map(|arg| Value::str(arg)).collect();
    Value::Map(vec![
        ("apiVersion", Value::str(&exec.api_version)),
        ("args", Value::List(args)),
        ("command", Value::str(&exec.command)),
        ("env", Value::Null),
        ("installHint", Value::str(&exec.install_hint)),
        ("interactiveMode", Value::str(&exec.interactive_mode)),
        ("provideClusterInfo", Value::Bool(exec.provide_cluster_info)),
    ])
}
