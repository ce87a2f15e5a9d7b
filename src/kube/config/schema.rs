//! Reads a kubeconfig, and rejects what kubectl cannot read.
//!
//! The types are those of client-go's `tools/clientcmd/api/v1` (field names are case-sensitive, unknown fields are ignored,
//! null is the zero value). kubectl rejects the whole file for one field of a wrong type, and so does this module.

use std::collections::HashSet;

use super::{Cluster, Config, Error, Exec, FoundContext, FoundUser};
use crate::yaml::{Id, Meaning, Scalar, Tree};

enum Shape {
    Any,
    Str,
    Bool,
    /// Base64.
    Bytes,
    List(&'static Shape),
    /// A mapping with any keys and values of one shape.
    Dict(&'static Shape),
    Struct(&'static [(&'static str, Shape)]),
}

use Shape::{Any, Bool, Bytes, Dict, List, Str, Struct};

const STRINGS: Shape = List(&Str);
const EXTENSIONS: Shape = List(&Struct(&[("name", Str), ("extension", Any)]));

const CONFIG: Shape = Struct(&[
    ("kind", Str),
    ("apiVersion", Str),
    (
        "preferences",
        Struct(&[("colors", Bool), ("extensions", EXTENSIONS)]),
    ),
    (
        "clusters",
        List(&Struct(&[("name", Str), ("cluster", CLUSTER)])),
    ),
    ("users", List(&Struct(&[("name", Str), ("user", USER)]))),
    (
        "contexts",
        List(&Struct(&[("name", Str), ("context", CONTEXT)])),
    ),
    ("current-context", Str),
    ("extensions", EXTENSIONS),
]);

const CLUSTER: Shape = Struct(&[
    ("server", Str),
    ("tls-server-name", Str),
    ("insecure-skip-tls-verify", Bool),
    ("certificate-authority", Str),
    ("certificate-authority-data", Bytes),
    ("proxy-url", Str),
    ("disable-compression", Bool),
    ("extensions", EXTENSIONS),
]);

const USER: Shape = Struct(&[
    ("client-certificate", Str),
    ("client-certificate-data", Bytes),
    ("client-key", Str),
    ("client-key-data", Bytes),
    ("token", Str),
    ("tokenFile", Str),
    ("as", Str),
    ("as-uid", Str),
    ("as-groups", STRINGS),
    ("as-user-extra", Dict(&STRINGS)),
    ("username", Str),
    ("password", Str),
    (
        "auth-provider",
        Struct(&[("name", Str), ("config", Dict(&Str))]),
    ),
    ("exec", EXEC),
    ("extensions", EXTENSIONS),
]);

const EXEC: Shape = Struct(&[
    ("command", Str),
    ("args", STRINGS),
    ("env", List(&Struct(&[("name", Str), ("value", Str)]))),
    ("apiVersion", Str),
    ("installHint", Str),
    ("provideClusterInfo", Bool),
    ("interactiveMode", Str),
]);

const CONTEXT: Shape = Struct(&[
    ("cluster", Str),
    ("user", Str),
    ("namespace", Str),
    ("extensions", EXTENSIONS),
]);

/// The three lists: each with the key of an item's body, and the fields of the body that an edit may set.
pub(super) const LISTS: [(&str, &str, &[&str]); 3] = [
    (
        "clusters",
        "cluster",
        &["certificate-authority-data", "server"],
    ),
    ("contexts", "context", &["cluster", "namespace", "user"]),
    ("users", "user", &["exec"]),
];

/// Returns the content of a tree. A tree without a root is an empty kubeconfig, as for kubectl.
pub(super) fn read(tree: &Tree) -> Result<Config, Error> {
    let Some(root) = tree.root() else {
        return Ok(Config::default());
    };
    check(tree, root, &CONFIG, "")?;
    let head = [("kind", "Config"), ("apiVersion", "v1")];
    for (key, wanted) in head {
        let found = string(tree, root, key);
        if !found.is_empty() && found != wanted {
            return Err(Error::NotAKubeconfig { key, found });
        }
    }
    let current = string(tree, root, "current-context");
    Ok(Config {
        clusters: entries(tree, root, "clusters", "cluster", |name, body| Cluster {
            name,
            server: field(tree, body, "server"),
            certificate_authority_data: field(tree, body, "certificate-authority-data"),
        })?,
        users: entries(tree, root, "users", "user", |name, body| FoundUser {
            name,
            exec: body
                .and_then(|b| present(tree, b, "exec"))
                .map(|exec| read_exec(tree, exec)),
        })?,
        contexts: entries(tree, root, "contexts", "context", |name, body| {
            FoundContext {
                name,
                cluster: field(tree, body, "cluster"),
                user: field(tree, body, "user"),
                namespace: Some(field(tree, body, "namespace")).filter(|n| !n.is_empty()),
            }
        })?,
        current_context: Some(current).filter(|c| !c.is_empty()),
        has_current_key: tree.get(root, "current-context").is_some(),
    })
}

pub(super) fn read_exec(tree: &Tree, exec: Id) -> Exec {
    let args = present(tree, exec, "args").and_then(|a| tree.items(a));
    let args = args.unwrap_or_default().iter();
    let provide = present(tree, exec, "provideClusterInfo").and_then(|b| tree.scalar(b));
    Exec {
        api_version: string(tree, exec, "apiVersion"),
        command: string(tree, exec, "command"),
        args: args.map(|&a| text(tree, a)).collect(),
        interactive_mode: string(tree, exec, "interactiveMode"),
        install_hint: string(tree, exec, "installHint"),
        provide_cluster_info: provide.is_some_and(|s| s.meaning() == Meaning::Bool(true)),
    }
}

/// Returns the value at `key`, unless it is null.
pub(super) fn present(tree: &Tree, map: Id, key: &str) -> Option<Id> {
    tree.get(map, key).filter(|&id| !tree.is_null(id))
}

/// Returns the string at `key`; an empty one if it is missing or null, as in Go.
pub(super) fn string(tree: &Tree, map: Id, key: &str) -> String {
    present(tree, map, key).map_or_else(String::new, |id| text(tree, id))
}

fn text(tree: &Tree, id: Id) -> String {
    let text = tree.scalar(id).and_then(Scalar::as_str);
    text.unwrap_or_default().to_owned()
}

fn field(tree: &Tree, body: Option<Id>, key: &str) -> String {
    body.map_or_else(String::new, |body| string(tree, body, key))
}

/// Returns the items of one of the three lists: each has a name and a body. client-go rejects duplicate names.
fn entries<T>(
    tree: &Tree,
    root: Id,
    list: &'static str,
    body: &str,
    make: impl Fn(String, Option<Id>) -> T,
) -> Result<Vec<T>, Error> {
    let items = present(tree, root, list).and_then(|l| tree.items(l));
    let mut names = HashSet::new();
    let mut found = vec![];
    for &item in items.unwrap_or_default() {
        let name = string(tree, item, "name");
        if !names.insert(name.clone()) {
            let line = tree.node(item).line;
            return Err(Error::DuplicateName { line, list, name });
        }
        found.push(make(name, present(tree, item, body)));
    }
    Ok(found)
}

/// Checks the types. The schema bounds the depth of the recursion, whatever the file contains.
fn check(tree: &Tree, id: Id, shape: &Shape, path: &str) -> Result<(), Error> {
    let mismatch = |expected| {
        Err(Error::Type {
            line: tree.node(id).line,
            field: path.to_owned(),
            expected,
        })
    };
    if tree.is_null(id) {
        return Ok(());
    }
    let meaning = tree.scalar(id).map(Scalar::meaning);
    match (shape, meaning) {
        (Any, _) | (Str, Some(Meaning::Str(_))) | (Bool, Some(Meaning::Bool(_))) => Ok(()),
        (Bytes, Some(Meaning::Str(text))) if is_base64(text) => Ok(()),
        (Str, _) => mismatch("a string"),
        (Bool, _) => mismatch("a boolean"),
        (Bytes, _) => mismatch("base64"),
        (List(of), _) => {
            let Some(items) = tree.items(id) else {
                return mismatch("a list");
            };
            let path = format!("{path}[]");
            items.iter().try_for_each(|&i| check(tree, i, of, &path))
        }
        (Dict(of), _) => {
            let Some(pairs) = tree.pairs(id) else {
                return mismatch("a mapping");
            };
            keys(tree, pairs)?;
            pairs
                .iter()
                .try_for_each(|&(_, v)| check(tree, v, of, path))
        }
        (Struct(fields), _) => {
            let Some(pairs) = tree.pairs(id) else {
                return mismatch("a mapping");
            };
            keys(tree, pairs)?;
            let dot = if path.is_empty() { "" } else { "." };
            fields
                .iter()
                .try_for_each(|(name, shape)| match tree.get(id, name) {
                    Some(value) => check(tree, value, shape, &format!("{path}{dot}{name}")),
                    None => Ok(()),
                })
        }
    }
}

/// Checks the keys of a mapping. Of duplicate keys, kubectl uses the last and silently removes the first when it writes the
/// file, so a file with duplicate keys is rejected.
fn keys(tree: &Tree, pairs: &[(Id, Id)]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for &(key, value) in pairs {
        let line = tree.node(key).line;
        let Some(scalar) = tree.scalar(key).filter(|s| !s.is_null()) else {
            let reason = "a mapping key must be a string".to_owned();
            return Err(Error::Syntax { line, reason });
        };
        if scalar.is_merge() && !merges(tree, value) {
            let reason = "the value of a merge key must be a mapping".to_owned();
            return Err(Error::Syntax { line, reason });
        }
        if !seen.insert(scalar.text.as_str()) {
            let key = scalar.text.clone();
            return Err(Error::DuplicateKey { line, key });
        }
    }
    Ok(())
}

fn merges(tree: &Tree, value: Id) -> bool {
    match tree.items(value) {
        Some(maps) => maps.iter().all(|&m| tree.pairs(m).is_some()),
        None => tree.pairs(value).is_some(),
    }
}

/// Returns whether a text is standard base64 with padding, as Go decodes a `[]byte` field: it skips line breaks.
pub(super) fn is_base64(text: &str) -> bool {
    let body: Vec<u8> = text
        .bytes()
        .filter(|b| !matches!(b, b'\r' | b'\n'))
        .collect();
    let data = body.iter().rev().skip_while(|&&b| b == b'=').count();
    body.len().is_multiple_of(4)
        && body.len() - data <= 2
        && body[..data]
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}
