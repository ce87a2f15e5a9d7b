//! Reads a kubeconfig, and rejects what kubectl cannot read.
//!
//! The types are those of client-go's `tools/clientcmd/api/v1` (field names are case-sensitive, unknown fields are ignored,
//! null is the zero value). kubectl rejects the whole file for one field of a wrong type, and so does this module.

use std::collections::HashSet;

use super::{Config, Error, Exec, FoundCluster, FoundContext, FoundUser};
use crate::yaml::{Id, Meaning, Scalar, Tree};

enum Shape {
    Any,
    Str,
    Bool,
    /// Base64.
    Bytes,
    List(&'static Shape),
    /// A list of mappings with different names.
    Extensions(&'static Shape),
    /// A mapping with any keys and values of one shape.
    Dict(&'static Shape),
    Struct(&'static [(&'static str, Shape)]),
}

use Shape::{Any, Bool, Bytes, Dict, Extensions, List, Str, Struct};

const STRINGS: Shape = List(&Str);
const EXTENSIONS: Shape = Extensions(&Struct(&[("name", Str), ("extension", Any)]));

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
        &["certificate-authority-data", "proxy-url", "server"],
    ),
    ("contexts", "context", &["cluster", "namespace", "user"]),
    ("users", "user", &["exec"]),
];

/// Credentials that kubectl prefers to an exec plugin, or rejects beside one.
pub(super) const CREDENTIALS: [&str; 9] = [
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

/// The place of the users in [`LISTS`].
pub(super) const USERS: usize = 2;

/// Returns the content of a tree. A tree without a root is an empty kubeconfig, as for kubectl.
pub(super) fn read(tree: &Tree) -> Result<Config, Error> {
    let Some(root) = tree.root() else {
        return Ok(Config::default());
    };
    check(tree, root, &CONFIG, Field { key: "", of: None })?;
    let head = [("kind", "Config"), ("apiVersion", "v1")];
    for (key, wanted) in head {
        let found = string(tree, root, key);
        if !found.is_empty() && found != wanted {
            let found = found.to_owned();
            return Err(Error::NotAKubeconfig { key, found });
        }
    }
    let current = string(tree, root, "current-context");
    Ok(Config {
        clusters: entries(tree, root, "clusters", "cluster", |name, body| {
            FoundCluster {
                name,
                server: field(tree, body, "server"),
                certificate_authority_data: field(tree, body, "certificate-authority-data"),
                proxy_url: field(tree, body, "proxy-url"),
                tls_server_name: field(tree, body, "tls-server-name"),
            }
        })?,
        users: entries(tree, root, "users", "user", |name, body| FoundUser {
            name,
            exec: body
                .and_then(|b| present(tree, b, "exec"))
                .map(|exec| read_exec(tree, exec)),
            credentials: CREDENTIALS
                .into_iter()
                .filter(|field| body.is_some_and(|body| is_set(tree, body, field)))
                .collect(),
        })?,
        contexts: entries(tree, root, "contexts", "context", |name, body| {
            FoundContext {
                name,
                cluster: field(tree, body, "cluster"),
                user: field(tree, body, "user"),
                namespace: Some(field(tree, body, "namespace")).filter(|n| !n.is_empty()),
            }
        })?,
        current_context: Some(current.to_owned()).filter(|c| !c.is_empty()),
        has_current_key: tree.get(root, "current-context").is_some(),
    })
}

pub(super) fn read_exec(tree: &Tree, exec: Id) -> Exec {
    let args = present(tree, exec, "args").and_then(|a| tree.items(a));
    let args = args.unwrap_or_default().iter();
    let provide = present(tree, exec, "provideClusterInfo").and_then(|b| tree.scalar(b));
    let field = |key| string(tree, exec, key).to_owned();
    Exec {
        api_version: field("apiVersion"),
        command: field("command"),
        args: args.map(|&a| text(tree, a).to_owned()).collect(),
        env: super::env::read(tree, exec),
        interactive_mode: field("interactiveMode"),
        install_hint: field("installHint"),
        provide_cluster_info: provide.is_some_and(|s| s.meaning() == Meaning::Bool(true)),
    }
}

/// Returns the value at `key`, unless it is null.
pub(super) fn present(tree: &Tree, map: Id, key: &str) -> Option<Id> {
    tree.get(map, key).filter(|&id| !tree.is_null(id))
}

/// Returns the string at `key`; an empty one if it is missing or null, as in Go.
pub(super) fn string<'t>(tree: &'t Tree, map: Id, key: &str) -> &'t str {
    present(tree, map, key).map_or("", |id| text(tree, id))
}

fn text(tree: &Tree, id: Id) -> &str {
    let text = tree.scalar(id).and_then(Scalar::as_str);
    text.unwrap_or_default()
}

/// Returns whether a field has a value other than Go's zero value. `auth-provider` is a pointer in client-go, for which an empty
/// mapping is a value.
pub(super) fn is_set(tree: &Tree, map: Id, field: &str) -> bool {
    let Some(value) = present(tree, map, field) else {
        return false;
    };
    match tree.scalar(value).map(Scalar::meaning) {
        Some(meaning) => !matches!(meaning, Meaning::Str("") | Meaning::Bool(false)),
        None => {
            let items = tree.items(value).map(<[_]>::is_empty);
            let pairs = tree.pairs(value).map(<[_]>::is_empty);
            field == "auth-provider" || items.or(pairs) == Some(false)
        }
    }
}

fn field(tree: &Tree, body: Option<Id>, key: &str) -> String {
    body.map_or("", |body| string(tree, body, key)).to_owned()
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
    let items = items.unwrap_or_default();
    unique(tree, items, list)?;
    let entry = |&item: &Id| {
        let name = string(tree, item, "name").to_owned();
        make(name, present(tree, item, body))
    };
    Ok(items.iter().map(entry).collect())
}

/// Checks that no two items have one name.
fn unique(tree: &Tree, items: &[Id], list: &'static str) -> Result<(), Error> {
    let mut names = HashSet::with_capacity(items.len());
    match items
        .iter()
        .find(|&&item| !names.insert(string(tree, item, "name")))
    {
        Some(&item) => Err(Error::DuplicateName {
            line: tree.node(item).line,
            list,
            name: string(tree, item, "name").to_owned(),
        }),
        None => Ok(()),
    }
}

/// The place of a value, as in `clusters[].cluster.server`: its key, and the place that it is in. Written out for an error only.
#[derive(Clone, Copy)]
struct Field<'p> {
    key: &'p str,
    of: Option<&'p Field<'p>>,
}

impl Field<'_> {
    fn path(&self) -> String {
        let Some(of) = self.of.map(Field::path) else {
            return self.key.to_owned();
        };
        let dot = match of.is_empty() || self.key == ITEM {
            true => "",
            false => ".",
        };
        [&of, dot, self.key].concat()
    }
}

const ITEM: &str = "[]";

/// Checks the types. The schema bounds the depth of the recursion, whatever the file contains.
fn check(tree: &Tree, id: Id, shape: &Shape, at: Field<'_>) -> Result<(), Error> {
    let mismatch = |expected| {
        Err(Error::Type {
            line: tree.node(id).line,
            field: at.path(),
            expected,
        })
    };
    let inside = |key| Field { key, of: Some(&at) };
    let meaning = tree.scalar(id).map(Scalar::meaning);
    match (shape, meaning) {
        (Any, _)
        | (_, Some(Meaning::Null))
        | (Str, Some(Meaning::Str(_)))
        | (Bool, Some(Meaning::Bool(_))) => Ok(()),
        (Bytes, Some(Meaning::Str(text))) if is_base64(text) => Ok(()),
        (Str, _) => mismatch("a string"),
        (Bool, _) => mismatch("a boolean"),
        (Bytes, _) => mismatch("base64"),
        (List(of) | Extensions(of), _) => {
            let Some(items) = tree.items(id) else {
                return mismatch("a list");
            };
            let mut each = items.iter();
            each.try_for_each(|&item| check(tree, item, of, inside(ITEM)))?;
            match shape {
                Extensions(_) => unique(tree, items, "extensions"),
                _ => Ok(()),
            }
        }
        (Dict(of), _) => {
            let Some(pairs) = tree.pairs(id) else {
                return mismatch("a mapping");
            };
            keys(tree, pairs)?;
            pairs
                .iter()
                .try_for_each(|&(_, value)| check(tree, value, of, at))
        }
        (Struct(fields), _) => {
            let Some(pairs) = tree.pairs(id) else {
                return mismatch("a mapping");
            };
            keys(tree, pairs)?;
            fields
                .iter()
                .try_for_each(|(name, shape)| match tree.get(id, name) {
                    Some(value) => check(tree, value, shape, inside(name)),
                    None => Ok(()),
                })
        }
    }
}

/// Checks the keys of a mapping. Of duplicate keys, kubectl uses the last and silently removes the first when it writes the
/// file, so a file with duplicate keys is rejected.
fn keys(tree: &Tree, pairs: &[(Id, Id)]) -> Result<(), Error> {
    let mut seen = HashSet::with_capacity(pairs.len());
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
        if !seen.insert(&*scalar.text) {
            let key = scalar.text.to_string();
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
    let is_break = |b: &u8| matches!(b, b'\r' | b'\n');
    let is_digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let digits = text.trim_end_matches(['=', '\r', '\n']);
    let padding = text[digits.len()..].matches('=').count();
    let length = text.len() - text.bytes().filter(is_break).count();
    // Without an early end, the compiler checks many bytes at a time.
    let are_valid = |valid, b: u8| valid & (is_digit(&b) | is_break(&b));
    length.is_multiple_of(4) && padding <= 2 && digits.bytes().fold(true, are_valid)
}
